"""The pages of risk: what they show to whom, in how many queries, and that a refusal changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from risk.models import ImpactAssessment, Risk, RiskApproval, RiskCriteria
from risk.services import assessments
from tests.cast import House, as_member, in_days
from tests.queries import count_queries
from tests.risk.conftest import FULL, HARMLESS, HIGH, Ward, approve_criteria, make_system

REGISTERS = ("risks/", "impact-assessments/", "risks/approvals/", "risks/csv/", "impact-assessments/csv/")


def get(client: Client, house: House, path: str) -> Any:
    return client.get(house.url(path))


def post(client: Client, house: House, path: str, **data: Any) -> Any:
    return client.post(house.url(path), data)


# Registers


@pytest.mark.parametrize("path", REGISTERS)
def test_a_register_asks_as_often_for_thirty_rows_as_for_one(ward: Ward, path: str) -> None:
    lead = as_member(ward.house, "lead")

    def fill(count: int) -> None:
        for number in range(count):
            ward.proposed(ward.evaluated())
            ward.screening(system=make_system(ward.house, f"System {number}"))

    fill(1)
    with count_queries() as few:
        assert get(lead, ward.house, path).status_code == 200
    fill(29)
    with count_queries() as many:
        assert get(lead, ward.house, path).status_code == 200
    assert len(many) == len(few), many


def test_the_page_of_a_system_asks_as_often_for_thirty_risks_as_for_one(ward: Ward) -> None:
    lead = as_member(ward.house, "lead")
    ward.identified()
    with count_queries() as few:
        assert get(lead, ward.house, f"systems/{ward.system.pk}/").status_code == 200
    for _ in range(29):
        ward.identified()
    with count_queries() as many:
        page = get(lead, ward.house, f"systems/{ward.system.pk}/")
    assert len(many) == len(few), many
    assert "R-030" in page.content.decode()
    assert "No screening yet" in page.content.decode()


def test_the_matrix_leads_to_the_risks_it_counts(ward: Ward) -> None:
    high, low = ward.evaluated(HIGH), ward.identified(title="Not scored at all")
    lead = as_member(ward.house, "lead")

    page = get(lead, ward.house, "risks/").content.decode()
    assert "measure=residual&amp;likelihood=4&amp;severity=3" in page
    cell = get(lead, ward.house, "risks/?measure=residual&likelihood=4&severity=3").content.decode()

    assert f"/risks/{high.pk}/" in cell
    assert f"/risks/{low.pk}/" not in cell


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("", {"evaluated", "treated", "closed"}),
        ("above", {"evaluated"}),
        ("untreated", {"evaluated"}),
        ("mine", {"evaluated", "treated"}),
        ("overdue", set()),
    ],
)
def test_views_hold_the_risks_they_name(ward: Ward, view: str, expected: set[str]) -> None:
    ward.evaluated(), ward.treated()
    Risk.objects.filter(pk=ward.identified().pk).update(state="closed")
    Risk.objects.update(review_date=in_days(1))

    page = get(as_member(ward.house, "risk_owner"), ward.house, f"risks/?view={view}")

    assert {risk.state for risk in page.context["rows"]} == expected
    tab = next(tab for tab in page.context["views"] if tab["current"])
    assert tab["count"] == len(expected)


def test_the_csv_defuses_formulas_and_keeps_the_filter(ward: Ward) -> None:
    ward.identified(title="=cmd|' /C calc'!A0")
    ward.evaluated()

    text = get(as_member(ward.house, "lead"), ward.house, "risks/csv/?state=identified").content.decode()

    assert "\"'=cmd" in text
    assert "Evaluated" not in text


# From suggestion to acceptance, by forms


def test_ticked_suggestions_become_risks_in_one_submit(ward: Ward) -> None:
    lead = as_member(ward.house, "lead")
    page = get(lead, ward.house, f"systems/{ward.system.pk}/suggested-risks/")
    ids = [each["row"].scenario.id for each in page.context["suggestions"]][:5]

    answer = post(lead, ward.house, f"systems/{ward.system.pk}/suggested-risks/add/", scenarios=ids)
    again = post(lead, ward.house, f"systems/{ward.system.pk}/suggested-risks/add/", scenarios=ids)

    assert (answer.status_code, again.status_code) == (302, 302)
    made = Risk.objects.order_by("id")
    assert [risk.scenario for risk in made] == ids
    assert all(risk.cause and risk.owner_id == ward.house.member["risk_owner"].pk for risk in made)


def test_ticking_nothing_is_refused_with_a_sentence(ward: Ward) -> None:
    lead = as_member(ward.house, "lead")

    page = post(lead, ward.house, f"systems/{ward.system.pk}/suggested-risks/add/")

    assert page.status_code == 422
    assert "Tick at least one scenario." in page.content.decode()
    assert not Risk.objects.exists()


def test_a_risk_goes_from_identified_to_accepted_by_forms(ward: Ward) -> None:
    house, owner = ward.house, as_member(ward.house, "risk_owner")
    risk = ward.identified()

    post(owner, house, f"risks/{risk.pk}/score/", score="4-3", society="1", reason="Pilot")
    risk.refresh_from_db()
    assert (risk.state, risk.score, risk.level) == ("evaluated", 12, "high")
    assert (risk.severity_organization, risk.severity_society) == (3, 1)

    post(owner, house, f"risks/{risk.pk}/acceptance/", reason="Worth it", expires_on=in_days(150))
    approval = RiskApproval.objects.get()
    queue = get(as_member(house, "top"), house, "risks/approvals/")
    assert risk.title in queue.content.decode()
    post(as_member(house, "top"), house, f"risks/approvals/{approval.pk}/approve/", back="queue")

    risk.refresh_from_db()
    assert risk.state == "accepted"
    page = get(owner, house, f"risks/{risk.pk}/").content.decode()
    assert "Tara Top" in page
    assert "Likelihood 4 (likely) × worst severity 3" in page


def test_scores_that_contradict_the_cell_are_refused_on_the_form(ward: Ward) -> None:
    risk = ward.identified()

    page = post(
        as_member(ward.house, "risk_owner"), ward.house, f"risks/{risk.pk}/score/", score="4-3", society="5"
    )

    assert page.status_code == 422
    assert "worst severity is 3" in page.content.decode()
    assert Risk.objects.get(pk=risk.pk).likelihood is None


def test_a_level_cannot_be_typed(ward: Ward) -> None:
    risk = ward.identified()

    post(as_member(ward.house, "lead"), ward.house, f"risks/{risk.pk}/edit/", title="x", level="low")

    assert Risk.objects.get(pk=risk.pk).level == ""


def test_an_edit_over_a_newer_version_shows_both(ward: Ward) -> None:
    risk, lead = ward.identified(), as_member(ward.house, "lead")
    data = {"title": "Mine", "system": ward.system.pk, "row_version": risk.row_version}
    Risk.objects.filter(pk=risk.pk).update(title="Theirs", row_version=risk.row_version + 1)

    page = post(lead, ward.house, f"risks/{risk.pk}/edit/", **data)

    assert page.status_code == 409
    assert "Theirs" in page.content.decode()
    assert Risk.objects.get(pk=risk.pk).title == "Theirs"


def test_the_page_says_what_stands_in_the_way(ward: Ward) -> None:
    risk = ward.planned()

    page = get(as_member(ward.house, "risk_owner"), ward.house, f"risks/{risk.pk}/").content.decode()

    assert "Top management has not approved the treatment plan as it stands" in page


# Criteria


def test_criteria_are_drafted_by_the_lead_and_approved_by_another_person(acting: House) -> None:
    lead, top = as_member(acting, "lead"), as_member(acting, "top")
    first = RiskCriteria.objects.get()
    assert "waits for approval" in get(top, acting, "risks/criteria/").content.decode()

    refused = post(lead, acting, f"risks/criteria/{first.pk}/approve/")
    accepted = post(top, acting, f"risks/criteria/{first.pk}/approve/")

    assert (refused.status_code, accepted.status_code) == (403, 302)
    first.refresh_from_db()
    assert first.approved_by_id == acting.member["top"].pk


def test_a_new_version_leaves_the_approved_one_alone(acting: House) -> None:
    approve_criteria(acting)
    lead = as_member(acting, "lead")
    values = get(lead, acting, "risks/criteria/draft/").context["form"].initial

    answer = post(lead, acting, "risks/criteria/draft/", **(values | {"medium_to": 8, "note": "Stricter"}))

    assert answer.status_code == 302
    newest, first = RiskCriteria.objects.all()
    assert (newest.version, newest.approved_at, newest.content["bands"][1]["highest"]) == (2, None, 8)
    assert first.content["bands"][1]["highest"] == 9


def test_bands_that_overlap_are_refused(acting: House) -> None:
    lead = as_member(acting, "lead")
    values = get(lead, acting, "risks/criteria/draft/").context["form"].initial

    page = post(lead, acting, "risks/criteria/draft/", **(values | {"low_to": 12}))

    assert page.status_code == 422
    assert RiskCriteria.objects.get().content["bands"][0]["highest"] == 4


def test_nothing_is_evaluated_before_the_criteria_are_approved(acting: House) -> None:
    ward = Ward(acting, make_system(acting))
    risk = ward.analysed()

    page = post(as_member(acting, "risk_owner"), acting, f"risks/{risk.pk}/evaluate/")

    assert page.status_code == 422
    assert "not approved yet" in page.content.decode()
    assert Risk.objects.get(pk=risk.pk).level == ""


# Screening


def test_an_answer_saves_by_itself_and_tells_the_score(ward: Ward) -> None:
    assessment, owner = ward.screening(), as_member(ward.house, "owner")

    page = owner.post(
        ward.house.url(f"impact-assessments/{assessment.pk}/answers/"),
        {"SCR-02": "yes"},
        headers={"HX-Request": "true"},
    )

    assert page.status_code == 200
    text = page.content.decode()
    assert "1 of 14 answered" in text
    assert 'name="row_version" value="2"' in text
    assert ImpactAssessment.objects.get(pk=assessment.pk).answers == {"SCR-02": "yes"}


def test_the_screening_works_without_script(ward: Ward) -> None:
    owner, lead = as_member(ward.house, "owner"), as_member(ward.house, "lead")
    post(owner, ward.house, f"systems/{ward.system.pk}/assess/")
    assessment = ImpactAssessment.objects.get()
    path = f"impact-assessments/{assessment.pk}/"

    post(owner, ward.house, f"{path}answers/", **HARMLESS, reason="Opening hours", row_version=1, finish="1")
    assert ImpactAssessment.objects.get().state == "screened_out_pending"
    late = post(lead, ward.house, f"{path}confirm/", next_date=in_days(400))
    post(lead, ward.house, f"{path}confirm/", next_date=in_days(330), comment="Agreed")

    assert late.status_code == 422
    assessment.refresh_from_db()
    assert (assessment.state, assessment.next_date) == ("screened_out", in_days(330))
    assert assessment.snapshot.content["answers"] == HARMLESS


def test_an_approved_screening_says_that_the_assessment_is_still_to_be_done(ward: Ward) -> None:
    assessment, lead = ward.finished(FULL), as_member(ward.house, "lead")
    path = f"impact-assessments/{assessment.pk}/"

    post(lead, ward.house, f"{path}approve/", next_date=in_days(180))

    page = get(lead, ward.house, path).content.decode()
    assert "0 of 65 answered" in page and "64 required questions still open" in page
    assert "SCR-02" in page
    system = get(lead, ward.house, f"systems/{ward.system.pk}/").content.decode()
    assert "Screening approved, assessment to be done" in system


def test_an_unfinished_screening_names_the_open_questions(ward: Ward) -> None:
    assessment, owner = ward.screening(), as_member(ward.house, "owner")

    page = post(
        owner, ward.house, f"impact-assessments/{assessment.pk}/answers/", **{"SCR-01": "no"}, finish="1"
    )

    assert page.status_code == 422
    assert "SCR-14" in page.content.decode()
    assert ImpactAssessment.objects.get().state == "screening"


def test_a_stale_form_does_not_overwrite_answers(ward: Ward) -> None:
    assessment, owner = ward.screening(), as_member(ward.house, "owner")
    ward.do(assessments.save_answers, "system", assessment=assessment, answers=HARMLESS)

    page = post(
        owner, ward.house, f"impact-assessments/{assessment.pk}/answers/", row_version=1, **{"SCR-02": "yes"}
    )

    assert page.status_code == 409
    assert ImpactAssessment.objects.get().answers == HARMLESS


# Who may


EVERY_PAGE = (
    "risks/",
    "risks/csv/",
    "risks/criteria/",
    "risks/approvals/",
    "impact-assessments/",
    "impact-assessments/csv/",
)
WRITE_PAGES = {
    "risks/new/": {"lead", "owner", "risk_owner"},
    "risks/criteria/draft/": {"lead"},
    "risks/approvals/": {"lead", "owner", "risk_owner", "control_owner", "internal_auditor", "top"},
}


@pytest.mark.parametrize("path", EVERY_PAGE)
@pytest.mark.parametrize("who", ["staff", "admin"])
def test_staff_and_administrators_read_no_risks(ward: Ward, who: str, path: str) -> None:
    assert get(as_member(ward.house, who), ward.house, path).status_code == 403


@pytest.mark.parametrize("path", WRITE_PAGES)
def test_forms_open_for_those_who_may_write(ward: Ward, path: str) -> None:
    everybody = ward.house.member

    opened = {
        who for who in everybody if get(as_member(ward.house, who), ward.house, path).status_code == 200
    }

    assert opened == WRITE_PAGES[path]


def test_a_risk_owner_does_not_touch_the_risk_of_another(ward: Ward) -> None:
    risk = ward.identified()
    Risk.objects.filter(pk=risk.pk).update(owner=ward.house.member["lead"])

    page = post(as_member(ward.house, "risk_owner"), ward.house, f"risks/{risk.pk}/score/", score="1-1")

    assert page.status_code == 403
    assert Risk.objects.get(pk=risk.pk).state == "identified"


def test_nothing_of_another_organization_is_found(ward: Ward, other_house: House) -> None:
    risk, assessment = ward.planned(), ward.finished(HARMLESS)
    approval = ward.plan_of(risk)
    stranger = as_member(other_house, "lead")
    top = as_member(other_house, "top")

    for path in (
        f"risks/{risk.pk}/",
        f"risks/{risk.pk}/edit/",
        f"impact-assessments/{assessment.pk}/",
        f"systems/{ward.system.pk}/suggested-risks/",
    ):
        assert stranger.get(other_house.url(path)).status_code == 404
        assert stranger.get(ward.house.url(path)).status_code == 404
    for path in (f"risks/approvals/{approval.pk}/approve/", f"risks/{risk.pk}/accept/"):
        assert top.post(other_house.url(path)).status_code == 404
    assert RiskApproval.objects.get(pk=approval.pk).state == "submitted"
    register = stranger.get(other_house.url("risks/")).content.decode()
    assert risk.title not in register
