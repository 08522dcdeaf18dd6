"""The API of risk: the same refusals as the pages, and nothing that a key approves."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from aims.core import keys
from aims.core.permissions import verbs
from risk import taxonomy
from risk.models import ImpactAssessment, Risk
from tests.cast import NOW, House, as_member
from tests.queries import count_queries
from tests.risk.conftest import FULL, HIGH, Ward, make_system
from tests.risk.form_answers import a_harm, whole_form
from tests.risk.test_guards import in_progress


def api(client: Client, house: House, method: str, path: str, body: Any = None) -> Any:
    call = getattr(client, method)
    if body is None and method == "get":
        return call(house.api(path))
    return call(house.api(path), body or {}, content_type="application/json")


@pytest.fixture
def key(ward: Ward) -> Client:
    _, text = keys.create_key(
        actor=ward.house.system,
        name="Test",
        scopes=["risks:read", "risks:write", "impact-assessments:read", "impact-assessments:write"],
        now=NOW.replace(year=2099),
    )
    return Client(headers={"Authorization": f"Bearer {text}"})


@pytest.mark.parametrize("path", ["risks", "impact-assessments"])
def test_a_list_asks_as_often_for_thirty_rows_as_for_one(ward: Ward, key: Client, path: str) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            ward.identified()
            ward.screening(system=make_system(ward.house, f"System {number}"))

    fill(1)
    api(key, ward.house, "get", path)
    with count_queries() as few:
        assert api(key, ward.house, "get", path).json()["count"] == 1
    fill(29)
    with count_queries() as many:
        assert api(key, ward.house, "get", path).json()["count"] == 30
    assert len(many) == len(few), many


def test_a_key_identifies_a_risk_from_the_library(ward: Ward, key: Client) -> None:
    scenario = taxonomy.scenarios()[0]
    body = {"scenario": scenario.id, "system_id": ward.system.pk, "title": "Our own words"}

    made = api(key, ward.house, "post", "risks", body)

    assert made.status_code == 201
    risk = Risk.objects.get(pk=made.json()["id"])
    assert (risk.title, risk.cause) == ("Our own words", scenario.cause)
    assert risk.author_id is None


@pytest.mark.parametrize("field", ["level", "score", "state", "criteria_version", "organization_id"])
def test_what_the_server_computes_cannot_be_sent(ward: Ward, key: Client, field: str) -> None:
    risk = ward.identified()
    body = {"row_version": risk.row_version, field: "low"}

    refused = api(key, ward.house, "patch", f"risks/{risk.pk}", body)

    assert refused.status_code == 400
    assert field in refused.json()["errors"]
    assert Risk.objects.get(pk=risk.pk).row_version == risk.row_version


def test_an_old_version_is_answered_with_a_conflict(ward: Ward, key: Client) -> None:
    risk = ward.identified()
    body = {"row_version": risk.row_version, "title": "First"}

    assert api(key, ward.house, "patch", f"risks/{risk.pk}", body).status_code == 200
    again = api(key, ward.house, "patch", f"risks/{risk.pk}", body | {"title": "Second"})

    assert (again.status_code, again.json()["theirs"]) == (409, "First")
    assert Risk.objects.get(pk=risk.pk).title == "First"


RATING = {"likelihood": 4, "organization": 2, "individuals": 3, "society": 1, "reason": "Pilot"}


def test_a_person_scores_through_the_api_like_on_the_page(ward: Ward) -> None:
    risk, owner = ward.identified(), as_member(ward.house, "risk_owner")

    found = api(owner, ward.house, "post", f"risks/{risk.pk}/rate", RATING).json()

    assert (found["state"], found["score"], found["level"]) == ("evaluated", 12, "high")
    shown = api(owner, ward.house, "get", f"risks/{risk.pk}").json()
    assert "worst severity 3" in shown["explanation"]
    assert shown["criteria_version"] == 1


@pytest.mark.parametrize(
    ("made", "path", "page", "body"),
    [
        (Ward.identified, "rate", "score", RATING),
        (Ward.analysed, "evaluate", "evaluate", {}),
        (
            Ward.evaluated,
            "plan",
            "acceptance",
            {"option": "avoid", "plan": "Stop it", "due_date": "2099-01-01"},
        ),
        (Ward.planned, "start", "start", {}),
    ],
)
def test_no_key_takes_a_step_of_a_risk(
    ward: Ward, key: Client, made: Any, path: str, page: str, body: dict[str, Any]
) -> None:
    risk = made(ward)

    refused = api(key, ward.house, "post", f"risks/{risk.pk}/{path}", body)

    assert refused.status_code == 403
    assert "no key may do this" in refused.json()["detail"]
    assert Risk.objects.get(pk=risk.pk).state == risk.state


def test_no_approval_has_a_scope() -> None:
    deciding = ("accept", "approve", "decide", "confirm", "close", "stop", "submit", "evaluate", "plan")

    with_scope = [
        name
        for name, verb in verbs().items()
        if name.startswith("risk.") and verb.scope and "view" not in name
    ]

    assert sorted(with_scope) == [
        "risk.answer_assessment",
        "risk.answer_classification",
        "risk.edit_risk",
        "risk.identify_risk",
        "risk.start_assessment",
    ]
    assert not [name for name in with_scope if name.split(".")[1].startswith(deciding)]


def test_the_api_refuses_with_the_sentence_of_the_page(ward: Ward) -> None:
    risk, owner = ward.planned(), as_member(ward.house, "risk_owner")

    by_api = api(owner, ward.house, "post", f"risks/{risk.pk}/start")
    by_page = owner.post(ward.house.url(f"risks/{risk.pk}/start/"))

    assert (by_api.status_code, by_page.status_code) == (422, 422)
    assert by_api.json()["detail"] in by_page.content.decode()
    assert Risk.objects.get(pk=risk.pk).state == "treatment_planned"


def test_answers_come_one_by_one_and_the_score_is_explained(ward: Ward, key: Client) -> None:
    made = api(key, ward.house, "post", "impact-assessments", {"system_id": ward.system.pk}).json()
    path = f"impact-assessments/{made['id']}"

    for id, value in FULL.items():
        assert api(key, ward.house, "post", f"{path}/answers", {"answers": {id: value}}).status_code == 200
    score = api(key, ward.house, "get", f"{path}/score").json()

    assert (score["outcome"], score["unanswered"], len(score["questions"])) == ("full", [], 14)
    assert any("SCR-02" in sentence for sentence in score["explanation"])
    refused = api(key, ward.house, "post", f"{path}/finish")
    assert refused.status_code == 403
    assert ImpactAssessment.objects.get(pk=made["id"]).state == "screening"


@pytest.mark.parametrize("answers", [{"SCR-99": "yes"}, {"SCR-01": "perhaps"}, {"IA-001": "early"}])
def test_unknown_questions_and_answers_are_refused(ward: Ward, answers: dict[str, str]) -> None:
    assessment, owner = ward.screening(), as_member(ward.house, "owner")

    refused = api(
        owner, ward.house, "post", f"impact-assessments/{assessment.pk}/answers", {"answers": answers}
    )

    assert refused.status_code == 422
    assert ImpactAssessment.objects.get(pk=assessment.pk).answers == {}


def test_another_organization_finds_nothing(ward: Ward, other_house: House) -> None:
    risk, assessment = ward.evaluated(HIGH), ward.screening()
    stranger = as_member(other_house, "lead")

    for path in (f"risks/{risk.pk}", f"impact-assessments/{assessment.pk}"):
        assert api(stranger, other_house, "get", path).status_code == 404
    assert api(stranger, other_house, "get", "risks").json()["results"] == []
    body = {"title": "Theirs", "system_id": ward.system.pk}
    assert api(stranger, other_house, "post", "risks", body).status_code == 400
    assert api(stranger, ward.house, "get", "risks").status_code == 404


# The form


def test_a_key_answers_the_form_and_people_hand_it_in_and_decide(ward: Ward, key: Client) -> None:
    assessment = in_progress(ward)
    path, risk = f"impact-assessments/{assessment.pk}", ward.identified()

    form = api(key, ward.house, "get", f"{path}/form").json()
    answered = api(key, ward.house, "post", f"{path}/form", {"answers": whole_form(risk.pk)})
    refused = [api(key, ward.house, "post", f"{path}/{step}").status_code for step in ("submit", "review")]
    by_key = api(key, ward.house, "post", f"{path}/approve", {})

    assert (form["total"], form["answered"], len(form["questions"])) == (65, 0, 65)
    assert form["questions"][0]["proposal"].startswith("SYS-001")
    assert answered.status_code == 200 and len(answered.json()["answers"]) == 65 + 14
    assert refused == [403, 403] and by_key.status_code == 403
    assert ImpactAssessment.objects.get(pk=assessment.pk).state == "in_progress"

    owner, lead = as_member(ward.house, "owner"), as_member(ward.house, "lead")
    assert api(owner, ward.house, "post", f"{path}/submit").json()["state"] == "submitted"
    assert api(lead, ward.house, "post", f"{path}/review").json()["state"] == "in_review"
    done = api(lead, ward.house, "post", f"{path}/approve", {"comment": "Well argued"}).json()
    assert (done["state"], done["approved_by_id"]) == ("approved", ward.house.member["lead"].pk)


def test_rows_are_added_changed_and_removed(ward: Ward, key: Client) -> None:
    assessment, risk = in_progress(ward), ward.identified()
    path = f"impact-assessments/{assessment.pk}/rows"
    row = {name: value for name, value in a_harm(risk.pk).items() if value is not None}

    added = api(key, ward.house, "post", path, {"question": "IA-063", "row": row}).json()
    change = {"question": "IA-063", "position": 0, "row_version": added["row_version"]}
    changed = api(key, ward.house, "post", f"{path}/change", {**change, "row": row | {"severity": 2}}).json()
    stale = api(key, ward.house, "post", f"{path}/remove", change)
    removed = api(key, ward.house, "post", f"{path}/remove", change | {"row_version": changed["row_version"]})

    assert added["answers"]["IA-063"][0]["risk"] == str(risk)
    assert changed["answers"]["IA-063"][0]["severity"] == 2
    assert stale.status_code == 409
    assert "IA-063" not in removed.json()["answers"]


@pytest.mark.parametrize(
    "answers", [{"IA-999": "x"}, {"IA-002": 3}, {"IA-063": [{"kind": {}}]}, {"IA-040": [{}]}]
)
def test_answers_that_do_not_fit_are_refused_and_nothing_is_kept(
    ward: Ward, key: Client, answers: dict[str, Any]
) -> None:
    assessment = in_progress(ward)

    refused = api(
        key,
        ward.house,
        "post",
        f"impact-assessments/{assessment.pk}/form",
        {"answers": answers | {"IA-001": "x"}},
    )

    assert refused.status_code == 422
    assert "IA-001" not in ImpactAssessment.objects.get(pk=assessment.pk).answers


def test_there_is_no_form_before_the_screening_is_approved(ward: Ward, key: Client) -> None:
    assessment = ward.finished(FULL)

    assert api(key, ward.house, "get", f"impact-assessments/{assessment.pk}/form").status_code == 404


def test_the_form_asks_as_often_for_thirty_harms_as_for_one(ward: Ward, key: Client) -> None:
    assessment = in_progress(ward, **{"IA-063": [a_harm(ward.identified().pk)]})
    path = f"impact-assessments/{assessment.pk}/form"
    api(key, ward.house, "get", path)
    with count_queries() as few:
        assert api(key, ward.house, "get", path).json()["harms"] == 1
    rows = [a_harm(ward.identified().pk) for _ in range(30)]
    api(key, ward.house, "post", path, {"answers": {"IA-063": rows}})
    with count_queries() as many:
        assert api(key, ward.house, "get", path).json()["harms"] == 30
    assert len(many) == len(few), many
