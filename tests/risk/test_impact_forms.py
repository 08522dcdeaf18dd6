"""The verbs of the form: who, what is refused with nothing changed, and what is told."""

from __future__ import annotations

from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Notification, TrailEvent
from aims.core.tenancy.context import acting_as
from risk import harms, prefill, rounds
from risk.models import ImpactAssessment
from risk.progress import form_progress
from risk.services import impact_forms, impact_reviews
from tests.cast import House
from tests.risk.conftest import FULL, Ward, approve_criteria, in_months, make_system
from tests.risk.form_answers import a_harm, whole_form
from tests.risk.test_guards import approved, in_progress, in_review, returned, submitted
from tests.risk.test_impact_form_pages import form_answers, stored
from tests.risk.test_screening import HARMLESS

LIGHT = HARMLESS | {"SCR-07": "ge1m", "SCR-09": "public"}


def answer(ward: Ward, assessment: ImpactAssessment, who: str = "owner", **given: Any) -> None:
    ward.do(impact_forms.answer_form, who, assessment=assessment, **given)


def test_one_wrong_answer_keeps_all_of_them_out(ward: Ward) -> None:
    assessment = in_progress(ward)

    with pytest.raises(RuleBroken, match="IA-002"):
        answer(ward, assessment, answers={"IA-001": "Triage", "IA-002": "because"})

    assert form_answers(assessment) == {}
    assert not TrailEvent.objects.filter(action="impactassessment.form_answered").exists()


@pytest.mark.parametrize("id", ["IA-999", "SCR-01", ""])
def test_only_questions_of_the_form_are_answered(ward: Ward, id: str) -> None:
    assessment = in_progress(ward)

    with pytest.raises(RuleBroken, match="not a question of this form"):
        answer(ward, assessment, answers={id: "x"})

    assert stored(assessment).answers == FULL


def test_an_empty_answer_is_taken_back(ward: Ward) -> None:
    assessment = in_progress(ward, **{"IA-001": "Triage", "IA-002": "new"})

    answer(ward, assessment, answers={"IA-001": ""})

    assert form_answers(assessment) == {"IA-002": "new"}


def test_of_two_people_the_one_who_read_the_newest_version_writes(ward: Ward) -> None:
    assessment = in_progress(ward)
    seen = assessment.row_version
    answer(ward, assessment, "system", answers={"IA-001": "First"}, row_version=seen)

    with pytest.raises(StaleState) as stale:
        answer(ward, stored(assessment), answers={"IA-001": "Second"}, row_version=seen)

    assert (stale.value.yours, stale.value.theirs) == ("Second", "First")
    assert form_answers(assessment) == {"IA-001": "First"}


def test_ones_own_answer_that_saved_by_itself_is_no_conflict(ward: Ward) -> None:
    assessment = in_progress(ward)
    seen = stored(assessment).row_version
    answer(ward, assessment, answers={"IA-002": "new"})

    answer(ward, stored(assessment), answers={"IA-002": "change"}, row_version=seen)

    assert form_answers(assessment) == {"IA-002": "change"}


def test_what_somebody_else_answered_meanwhile_stays(ward: Ward) -> None:
    assessment = in_progress(ward, **{"IA-001": "As it was"})
    seen = stored(assessment).row_version
    answer(ward, stored(assessment), "system", answers={"IA-001": "Theirs"})

    answer(ward, stored(assessment), answers={"IA-001": "As it was", "IA-004": "Mine"}, row_version=seen)

    assert form_answers(assessment) == {"IA-001": "Theirs", "IA-004": "Mine"}


def test_whoever_answers_the_form_is_a_contributor_and_does_not_decide(ward: Ward) -> None:
    assessment = in_review(ward)
    assert stored(assessment).contributors == [ward.house.member["owner"].pk]
    ImpactAssessment.objects.filter(pk=assessment.pk).update(contributors=[ward.house.member["lead"].pk])

    with pytest.raises(RuleBroken, match="You gave answers"):
        ward.do(impact_reviews.approve_assessment, "lead", assessment=stored(assessment))

    assert (stored(assessment).state, stored(assessment).approved_by_id) == ("in_review", None)


def test_saving_what_stands_there_already_writes_nothing(ward: Ward) -> None:
    assessment = in_progress(ward, **{"IA-001": "Triage"})
    version = stored(assessment).row_version

    answer(ward, assessment, answers={"IA-001": "Triage "})

    assert stored(assessment).row_version == version


def test_an_answer_leaves_a_line_that_says_which(ward: Ward) -> None:
    assessment = in_progress(ward)

    answer(ward, assessment, answers={"IA-002": "new"})

    line = TrailEvent.objects.filter(action="impactassessment.form_answered").latest("id")
    assert '"after":{"answers":{"IA-002":"new"}}' in line.body


def test_a_risk_of_another_system_is_not_linked_to_a_harm(ward: Ward) -> None:
    elsewhere = ward.identified(system=make_system(ward.house, "Letters"))
    assessment = in_progress(ward)

    with pytest.raises(RuleBroken, match="Choose a risk of this system"):
        ward.do(
            impact_forms.put_row, "owner", assessment=assessment, question="IA-063", row=a_harm(elsewhere.pk)
        )

    assert form_answers(assessment) == {}


def test_a_risk_of_another_organization_is_not_linked_to_a_harm(ward: Ward, other_house: House) -> None:
    with acting_as(other_house.lead):
        approve_criteria(other_house)
        theirs = Ward(other_house, make_system(other_house)).identified()
    assessment = in_progress(ward)

    for row in (a_harm(theirs.pk), a_harm(999_999)):
        with pytest.raises(RuleBroken, match="Choose a risk of this system"):
            ward.do(impact_forms.put_row, "owner", assessment=assessment, question="IA-063", row=row)

    assert form_answers(assessment) == {}


def test_a_risk_that_moved_to_another_system_does_not_count_any_more(ward: Ward) -> None:
    risk = ward.identified()
    assessment = in_progress(ward, **whole_form(risk.pk))
    type(risk).objects.filter(pk=risk.pk).update(system=make_system(ward.house, "Letters"))

    with pytest.raises(RuleBroken, match="Link “Care comes too late” to a risk"):
        ward.do(impact_forms.submit_assessment, "owner", assessment=assessment)

    assert stored(assessment).state == "in_progress"


def test_a_row_is_named_by_its_place_in_a_version(ward: Ward) -> None:
    assessment = in_progress(ward, **{"IA-063": [a_harm(None)]})
    put: dict[str, Any] = {"assessment": assessment, "question": "IA-063"}

    with pytest.raises(RuleBroken, match="which version"):
        ward.do(impact_forms.put_row, "owner", **put, row=a_harm(None), position=0)
    with pytest.raises(RuleBroken, match="no such row"):
        ward.do(impact_forms.remove_row, "owner", **put, position=1, row_version=assessment.row_version)
    with pytest.raises(RuleBroken, match="not answered by rows"):
        ward.do(impact_forms.put_row, "owner", assessment=assessment, question="IA-001", row={})
    with pytest.raises(RuleBroken, match="say that there are none"):
        ward.do(impact_forms.put_row, "owner", **put, row={"kind": "none", "text": "Nothing"})

    assert len(form_answers(assessment)["IA-063"]) == 1


def test_a_row_is_removed_though_another_question_was_answered_since(ward: Ward) -> None:
    assessment = in_progress(ward, **{"IA-063": [a_harm(None), a_harm(None, text="Second")]})
    seen = stored(assessment).row_version
    answer(ward, assessment, answers={"IA-002": "new"})
    put: dict[str, Any] = {"assessment": assessment, "question": "IA-063", "position": 0, "row_version": seen}

    ward.do(impact_forms.remove_row, "owner", **put)
    with pytest.raises(StaleState):
        ward.do(impact_forms.remove_row, "owner", **put)

    assert [row["text"] for row in form_answers(assessment)["IA-063"]] == ["Second"]


def test_the_form_opens_with_the_approval_of_the_screening(ward: Ward) -> None:
    assessment = ward.finished(FULL)

    with pytest.raises(RuleBroken, match="when another person has approved the screening"):
        answer(ward, assessment, answers={"IA-001": "Early"})

    assert stored(assessment).answers == FULL


@pytest.mark.parametrize("made", [submitted, in_review, approved])
def test_the_form_is_closed_once_it_is_handed_in(ward: Ward, made: Any) -> None:
    assessment = made(ward)
    before = form_answers(assessment)

    with pytest.raises(RuleBroken, match="The form is closed"):
        answer(ward, assessment, answers={"IA-001": "Late"})

    assert form_answers(assessment) == before


def test_what_came_back_is_open_again_and_its_author_knows_why(ward: Ward) -> None:
    assessment = returned(ward)

    answer(ward, assessment, answers={"IA-001": "With who checks"})

    assert form_answers(assessment)["IA-001"] == "With who checks"
    told = Notification.objects.filter(text__contains="came back: Say who checks")
    assert list(told.values_list("member__name", flat=True)) == ["Oscar Owner"]


@pytest.mark.parametrize("who", ["lead", "risk_owner", "control_owner", "internal_auditor", "top", "staff"])
def test_nobody_else_answers(ward: Ward, who: str) -> None:
    assessment = in_progress(ward)

    with pytest.raises(NotAllowed):
        answer(ward, assessment, who, answers={"IA-001": "x"})

    assert form_answers(assessment) == {}


def test_a_light_assessment_asks_five_sections(ward: Ward) -> None:
    assessment = ward.finished(LIGHT)
    ward.do(_approve_screening, "lead", assessment=assessment)

    done = form_progress(stored(assessment).outcome, {})
    assert [each.section.id for each in done.sections] == ["S0", "S1", "S5", "S6", "S9"]
    with pytest.raises(RuleBroken, match="not a question of this form"):
        answer(ward, stored(assessment), answers={"IA-020": {"note": "x"}})


def _approve_screening(**given: Any) -> None:
    from risk.services import assessments

    assessments.approve_screening(next_date=in_months(12), **given)


@pytest.mark.parametrize(("residual", "months"), [(1, 24), (3, 24), (4, 12)])
def test_what_remains_decides_how_long_an_approval_lasts(ward: Ward, residual: int, months: int) -> None:
    assessment = in_review(ward, residual=residual)

    with pytest.raises(RuleBroken, match="plan the next assessment for a day up to"):
        ward.do(
            impact_reviews.approve_assessment,
            "top",
            assessment=assessment,
            next_date=in_months(months).replace(day=28),
        )
    assert stored(assessment).state == "in_review"
    ward.do(impact_reviews.approve_assessment, "top", assessment=assessment, next_date=in_months(months))

    assert stored(assessment).next_date == in_months(months)


def test_critical_impacts_are_approved_with_a_legal_opinion_for_six_months(ward: Ward) -> None:
    assessment = in_review(ward, residual=5)
    approval: dict[str, Any] = {"assessment": assessment, "next_date": in_months(6)}

    with pytest.raises(RuleBroken, match="legal opinion"):
        ward.do(impact_reviews.approve_assessment, "top", **approval)
    assert stored(assessment).state == "in_review"
    ward.do(impact_reviews.approve_assessment, "top", **approval, comment="Opinion of 3 March, counsel")

    assert stored(assessment).state == "approved"


def test_top_management_hears_of_what_remains_high(ward: Ward) -> None:
    in_review(ward, residual=4)

    told = Notification.objects.filter(text__contains="is high: it waits for your decision")
    assert list(told.values_list("member__name", flat=True)) == ["Tara Top"]


def test_benefits_never_lower_a_harm() -> None:
    rows = [a_harm(None, residual=4), {"kind": "benefit", "text": "Faster", "who": "All"}]

    assert harms.residual_band(harms.harms_in({"IA-063": rows})) == "high"
    assert harms.harms_in({"IA-063": [{"kind": "none", "text": "Nothing"}]}) == ()


def test_an_approved_assessment_falls_due_a_month_before_its_day(ward: Ward) -> None:
    import datetime

    assessment = approved(ward)
    day = in_months(12) - datetime.timedelta(days=30)

    rounds.daily_round(ward.house.system, day - datetime.timedelta(days=1))
    assert stored(assessment).state == "approved"
    rounds.daily_round(ward.house.system, day)
    rounds.daily_round(ward.house.system, day)

    assert stored(assessment).state == "due"
    assert Notification.objects.filter(text__contains="is to be assessed again").count() == 1


def test_a_newer_approval_takes_the_place_of_the_earlier_one(ward: Ward) -> None:
    earlier = approved(ward)
    newer = approved(ward)

    assert (stored(earlier).state, stored(newer).state) == ("superseded", "approved")


def test_what_records_say_is_proposed_and_not_answered(ward: Ward) -> None:
    system = make_system(
        ward.house, "Letters", version="2", purpose="Drafts letters", excluded_uses="Diagnosis", places=["DE"]
    )
    risk = ward.identified(system=system)
    offered = prefill.records_on_offer(system)

    found = prefill.proposals(system, offered)

    assert found["IA-001"] == "SYS-002 Letters, version 2, used in DE."
    assert (found["IA-003"], found["IA-010"]) == (["deployer_user"], "Drafts letters")
    assert found["IA-012"] == "Not for: Diagnosis"
    assert found["IA-101"] == {"records": [risk.pk], "note": ""}
    assert "IA-020" not in found and "IA-095" not in found
