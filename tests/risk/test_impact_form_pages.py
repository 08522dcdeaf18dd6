"""The form of an impact assessment on its pages, with and without script."""

from __future__ import annotations

from typing import Any

import pytest

from risk.models import ImpactAssessment
from risk.services import impact_forms
from tests.cast import House, as_member
from tests.inventory.auditors import as_auditor, grant_for
from tests.queries import count_queries
from tests.risk.conftest import Ward, in_months
from tests.risk.form_answers import a_harm, whole_form
from tests.risk.test_guards import approved, in_progress, in_review, submitted
from tests.risk.test_pages import get, post

HTMX = {"HX-Request": "true"}


def stored(assessment: ImpactAssessment) -> ImpactAssessment:
    return ImpactAssessment.objects.get(pk=assessment.pk)


def form_answers(assessment: ImpactAssessment) -> dict[str, Any]:
    return {id: value for id, value in stored(assessment).answers.items() if id.startswith("IA-")}


def path_of(assessment: ImpactAssessment, rest: str = "") -> str:
    return f"impact-assessments/{assessment.pk}/{rest}"


def test_the_page_lists_the_sections_with_what_is_open(ward: Ward) -> None:
    assessment = in_progress(ward, **{"IA-002": "new"})

    page = get(as_member(ward.house, "owner"), ward.house, path_of(assessment)).content.decode()

    assert "1 of 65 answered" in page
    assert "63 required questions" in page
    assert "1 Scope, team and timing" in page and "1 of 5" in page
    assert "Send for review" in page


def test_a_section_is_saved_without_script_and_leads_on(ward: Ward) -> None:
    assessment, owner = in_progress(ward), as_member(ward.house, "owner")

    answer = post(
        owner,
        ward.house,
        path_of(assessment, "form/S0/answers/"),
        **{
            "asked": ["IA-001", "IA-002", "IA-003", "IA-004", "IA-005"],
            "IA-001": "Triage in both wards",
            "IA-002": "new",
            "IA-003": ["deployer_user"],
            "IA-005": ["none"],
            "row_version": stored(assessment).row_version,
            "next": "1",
        },
    )

    assert answer.status_code == 302 and answer["Location"].endswith("/form/S1/")
    assert form_answers(assessment) == {
        "IA-001": "Triage in both wards",
        "IA-002": "new",
        "IA-003": ["deployer_user"],
        "IA-005": ["none"],
    }


def test_one_answer_saves_by_itself(ward: Ward) -> None:
    assessment, owner = in_progress(ward, **{"IA-002": "new"}), as_member(ward.house, "owner")

    page = owner.post(
        ward.house.url(path_of(assessment, "form/S0/answers/")),
        {"asked": "IA-004", "IA-004": "Oscar, with the ward"},
        headers=HTMX,
    )

    assert page.status_code == 200
    assert "2 of 5 answered" in page.content.decode()
    assert form_answers(assessment) == {"IA-002": "new", "IA-004": "Oscar, with the ward"}


def test_a_version_that_is_no_number_counts_as_none(ward: Ward) -> None:
    assessment, owner = in_progress(ward, **{"IA-002": "new"}), as_member(ward.house, "owner")

    answer = post(
        owner,
        ward.house,
        path_of(assessment, "form/S0/answers/"),
        **{"asked": ["IA-001"], "IA-001": "Both wards", "row_version": "²"},
    )

    assert answer.status_code == 302
    assert form_answers(assessment)["IA-001"] == "Both wards"


def test_a_wrong_choice_is_refused_and_nothing_is_kept(ward: Ward) -> None:
    assessment, owner = in_progress(ward), as_member(ward.house, "owner")

    page = post(
        owner,
        ward.house,
        path_of(assessment, "form/S0/answers/"),
        **{"asked": ["IA-001", "IA-005"], "IA-001": "Triage", "IA-005": ["none", "dpia"]},
    )

    assert page.status_code == 422
    assert "stands alone" in page.content.decode()
    assert form_answers(assessment) == {}


def test_a_stale_section_keeps_what_was_typed_and_what_is_stored(ward: Ward) -> None:
    assessment, owner = in_progress(ward), as_member(ward.house, "owner")
    seen = stored(assessment).row_version
    ward.do(impact_forms.answer_form, "system", assessment=stored(assessment), answers={"IA-001": "Theirs"})

    page = post(
        owner,
        ward.house,
        path_of(assessment, "form/S0/answers/"),
        **{"asked": "IA-001", "IA-001": "Mine", "row_version": seen},
    )

    assert page.status_code == 409
    assert "Mine" in page.content.decode() and "Theirs" in page.content.decode()
    assert form_answers(assessment) == {"IA-001": "Theirs"}


def test_what_the_record_says_is_proposed_and_taken_by_one_press(ward: Ward) -> None:
    ward.system.intended_use = "Sorts referrals"
    ward.system.save(update_fields=["intended_use"])
    assessment, owner = in_progress(ward), as_member(ward.house, "owner")

    page = get(owner, ward.house, path_of(assessment, "form/S1/")).content.decode()
    post(owner, ward.house, path_of(assessment, "form/S1/answers/"), take="IA-012")

    assert "Use this for IA-012" in page
    assert form_answers(assessment) == {"IA-012": "Sorts referrals"}


def test_a_harm_is_added_changed_and_removed_by_page(ward: Ward) -> None:
    assessment, owner = in_progress(ward), as_member(ward.house, "owner")
    risk = ward.identified()
    version = stored(assessment).row_version
    typed = {key: value for key, value in a_harm(risk.pk).items() if value is not None}

    added = post(owner, ward.house, path_of(assessment, "rows/IA-063/new/"), row_version=version, **typed)
    page = get(owner, ward.house, path_of(assessment, "form/S6/")).content.decode()
    assert added.status_code == 302 and added["Location"].endswith("/form/S6/#IA-063")
    assert "Care comes too late" in page and str(risk) in page
    assert form_answers(assessment)["IA-063"][0]["severity"] == 4

    post(
        owner,
        ward.house,
        path_of(assessment, "rows/IA-063/0/"),
        row_version=version + 1,
        **typed | {"severity": "2"},
    )
    assert form_answers(assessment)["IA-063"][0]["severity"] == 2

    late = post(owner, ward.house, path_of(assessment, "rows/IA-063/0/remove/"), row_version=version)
    assert late.status_code == 409 and "IA-063" in form_answers(assessment)
    post(owner, ward.house, path_of(assessment, "rows/IA-063/0/remove/"), row_version=version + 2)
    assert form_answers(assessment) == {}


def test_a_harm_that_is_not_rated_says_what_is_missing(ward: Ward) -> None:
    assessment, owner = in_progress(ward), as_member(ward.house, "owner")

    page = post(
        owner, ward.house, path_of(assessment, "rows/IA-063/new/"), row_version=4, kind="harm", text="Late"
    )

    assert page.status_code in (409, 422)
    page = post(
        owner,
        ward.house,
        path_of(assessment, "rows/IA-063/new/"),
        row_version=stored(assessment).row_version,
        kind="harm",
        text="Late",
    )
    assert page.status_code == 422
    assert "Fill in “Severity”" in page.content.decode()
    assert form_answers(assessment) == {}


def test_sending_too_early_lists_each_open_question_with_its_place(ward: Ward) -> None:
    assessment, owner = in_progress(ward), as_member(ward.house, "owner")

    page = post(owner, ward.house, path_of(assessment, "submit/"))

    text = page.content.decode()
    assert page.status_code == 422
    assert "64 required questions of the assessment are still open" in text
    assert f'href="{ward.house.url(path_of(assessment, "form/S2/"))}#IA-020"' in text
    assert stored(assessment).state == "in_progress"


def test_the_whole_way_from_the_form_to_the_approval(ward: Ward) -> None:
    assessment = in_progress(ward, **whole_form(ward.identified().pk))
    owner, lead = as_member(ward.house, "owner"), as_member(ward.house, "lead")

    assert post(owner, ward.house, path_of(assessment, "submit/")).status_code == 302
    assert "Start review" in get(lead, ward.house, path_of(assessment)).content.decode()
    assert post(lead, ward.house, path_of(assessment, "review/")).status_code == 302
    silent = post(lead, ward.house, path_of(assessment, "send-back/"))
    assert silent.status_code == 422 and stored(assessment).state == "in_review"
    late = post(lead, ward.house, path_of(assessment, "approval/"), next_date=in_months(30))
    assert late.status_code == 422 and stored(assessment).state == "in_review"
    done = post(
        lead, ward.house, path_of(assessment, "approval/"), next_date=in_months(20), comment="Well argued"
    )

    assert done.status_code == 302
    found = stored(assessment)
    assert (found.state, found.next_date, found.comment) == ("approved", in_months(20), "Well argued")
    assert found.approved_by_id == ward.house.member["lead"].pk
    page = get(lead, ward.house, path_of(assessment)).content.decode()
    assert "Approved by" in page and "Well argued" in page
    system = get(lead, ward.house, f"systems/{ward.system.pk}/").content.decode()
    assert "Approved" in system


def test_whoever_gave_answers_is_told_that_another_person_decides(ward: Ward) -> None:
    assessment = in_review(ward)
    ImpactAssessment.objects.filter(pk=assessment.pk).update(contributors=[ward.house.member["lead"].pk])
    lead = as_member(ward.house, "lead")

    page = get(lead, ward.house, path_of(assessment)).content.decode()
    refused = post(lead, ward.house, path_of(assessment, "approval/"), next_date=in_months(6))

    assert "You gave answers in this assessment" in page and "Approve assessment" not in page
    assert refused.status_code == 422
    assert stored(assessment).state == "in_review"


def test_high_impacts_are_left_to_top_management_in_words(ward: Ward) -> None:
    assessment = in_review(ward, residual=4)

    lead = get(as_member(ward.house, "lead"), ward.house, path_of(assessment)).content.decode()
    top = get(as_member(ward.house, "top"), ward.house, path_of(assessment)).content.decode()

    assert "top management approves" in lead and "Approve assessment" not in lead
    assert "Approve assessment" in top


def test_a_form_in_review_is_read_and_not_written(ward: Ward) -> None:
    assessment, owner = submitted(ward), as_member(ward.house, "owner")
    before = form_answers(assessment)

    page = get(owner, ward.house, path_of(assessment, "form/S6/")).content.decode()
    refused = post(
        owner, ward.house, path_of(assessment, "form/S0/answers/"), asked="IA-004", **{"IA-004": "x"}
    )

    assert "Add a harm" not in page and "Care comes too late" in page
    assert refused.status_code == 422
    assert form_answers(assessment) == before


def test_the_print_view_has_every_question_and_answer(ward: Ward) -> None:
    assessment = approved(ward)

    page = get(as_member(ward.house, "lead"), ward.house, path_of(assessment, "print/")).content.decode()

    assert page.count('<dt><span class="ref">IA-') == 65
    assert "New system or use" in page and "Care comes too late" in page


@pytest.mark.parametrize("rest", ["form/S0/", "form/S6/", "rows/IA-013/new/", "print/"])
def test_there_is_no_form_before_the_screening_is_approved(ward: Ward, rest: str) -> None:
    assessment = ward.screening()

    assert get(as_member(ward.house, "owner"), ward.house, path_of(assessment, rest)).status_code == 404


@pytest.mark.parametrize("rest", ["form/S42/", "rows/IA-001/new/", "rows/IA-999/new/", "rows/IA-063/0/"])
def test_what_is_not_of_the_form_is_not_there(ward: Ward, rest: str) -> None:
    assessment = in_progress(ward)

    assert get(as_member(ward.house, "owner"), ward.house, path_of(assessment, rest)).status_code == 404


@pytest.mark.parametrize("who", ["risk_owner", "control_owner", "internal_auditor", "top", "lead"])
def test_only_the_owner_of_the_system_answers(ward: Ward, who: str) -> None:
    assessment, member = in_progress(ward), as_member(ward.house, who)

    page = get(member, ward.house, path_of(assessment, "form/S0/"))
    for rest in ("form/S0/answers/", "rows/IA-013/new/", "rows/IA-013/0/remove/"):
        refused = post(member, ward.house, path_of(assessment, rest), asked="IA-004", **{"IA-004": "x"})
        assert refused.status_code == 403

    assert page.status_code == 200 and "<textarea" not in page.content.decode()
    assert form_answers(assessment) == {}


def test_an_external_auditor_reads_the_approved_form(ward: Ward) -> None:
    assessment = approved(ward)
    auditor = as_auditor(grant_for(ward.house, ward.system))

    for rest in ("", "form/S6/", "print/"):
        page = get(auditor, ward.house, path_of(assessment, rest))
        assert page.status_code == 200, rest
        assert "<textarea" not in page.content.decode() and "Send back" not in page.content.decode()
    assert post(auditor, ward.house, path_of(assessment, "approval/")).status_code == 403


def test_another_organization_finds_no_form(ward: Ward, other_house: House) -> None:
    assessment = in_progress(ward)
    stranger = as_member(other_house, "lead")

    for rest in ("form/S0/", "print/", "rows/IA-013/new/"):
        assert stranger.get(other_house.url(path_of(assessment, rest))).status_code in (403, 404)
        assert stranger.get(ward.house.url(path_of(assessment, rest))).status_code == 404


@pytest.mark.parametrize("rest", ["form/S6/", "", "print/"])
def test_thirty_harms_are_shown_in_as_many_queries_as_one(ward: Ward, rest: str) -> None:
    risk = ward.identified()
    assessment = in_progress(ward, **{"IA-063": [a_harm(risk.pk)]})
    owner = as_member(ward.house, "owner")

    with count_queries() as few:
        assert get(owner, ward.house, path_of(assessment, rest)).status_code == 200
    rows = [a_harm(ward.identified().pk, text=f"Harm {number}") for number in range(30)]
    ward.do(impact_forms.answer_form, "owner", assessment=stored(assessment), answers={"IA-063": rows})
    with count_queries() as many:
        page = get(owner, ward.house, path_of(assessment, rest))

    assert len(many) == len(few), many
    assert rest == "" or "Harm 29" in page.content.decode()
