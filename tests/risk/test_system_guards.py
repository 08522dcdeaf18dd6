"""What the life cycle of a system asks of its risks, its impact assessment and its classification."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.template.loader import render_to_string

from aims.core.exceptions import RuleBroken
from aims.core.registry import registry
from aims.core.tenancy.context import acting_as
from aims.core.transitions import Facts
from inventory import gates
from inventory.models import AISystem
from risk.models import ImpactAssessment, LegalClassification, Risk
from risk.services import classification
from tests.cast import NOW, TODAY
from tests.inventory.factories import COMPLETE
from tests.risk.conftest import FULL, HIGH, Ward
from tests.risk.test_classification import NO, answered

IMPACT = "impact assessment approved (SM-07)"
RISKS = "risk treatment approved, no unaccepted high or critical risk"
RENEWED = "assessments renewed and approved"


def ask(ward: Ward, guard: str, who: str = "top", now: datetime.datetime = NOW) -> str:
    system = AISystem.objects.select_related("owner").get(pk=ward.system.pk)
    with acting_as(ward.house.actor(who)) as actor:
        return str(registry.guards["SM-01", guard](Facts(system, actor, now)))


def refused(ward: Ward, guard: str, **more: Any) -> RuleBroken:
    with pytest.raises(RuleBroken) as caught:
        ask(ward, guard, **more)
    return caught.value


def named(refusal: RuleBroken) -> list[str]:
    return [problem.sentence for problem in gates.problems_of(refusal)]


def put(ward: Ward, stage: str) -> AISystem:
    AISystem.objects.filter(pk=ward.system.pk).update(stage=stage, **COMPLETE)
    return AISystem.objects.select_related("owner", "registered_by").get(pk=ward.system.pk)


def test_a_screening_is_started_and_then_approved(ward):
    assert refused(ward, "screening started").url == ward.system.get_absolute_url()
    begun = ward.screening()
    assert ask(ward, "screening started") == f"{begun.reference}: screening"
    assert refused(ward, "screening approved").url == begun.get_absolute_url()
    ImpactAssessment.objects.all().delete()
    out = ward.screened_out()

    assert ask(ward, "screening approved") == f"{out.reference}: screened out"


def test_an_assessment_that_is_begun_only_is_none_in_force(ward):
    ward.finished(FULL)

    for guard in (IMPACT, RENEWED):
        assert "no impact assessment in force" in named(refused(ward, guard))[0]


def test_a_decided_assessment_holds_until_its_next_date(ward):
    out = ward.screened_out()
    assert ask(ward, IMPACT) == f"{out.reference}: screened out"
    late = datetime.datetime.combine(
        out.next_date + datetime.timedelta(days=1), datetime.time(12), tzinfo=datetime.UTC
    )

    assert "was to be renewed" in str(refused(ward, IMPACT, now=late))


def test_no_risk_on_record_is_no_treated_risk(ward):
    assert "No risk of this system is on record" in str(refused(ward, RISKS))


@pytest.mark.parametrize("stage", ["identified", "analysed", "evaluated", "planned"])
def test_a_risk_without_an_approved_treatment_closes_the_gate(ward, stage):
    risk = getattr(ward, stage)()

    assert str(refused(ward, RISKS)) == f"Not decided: {risk.reference} ({risk.get_state_display().lower()})."


def test_what_stays_high_is_accepted_first(ward):
    risk = ward.treated(HIGH)
    assert str(refused(ward, RISKS)) == f"Not decided: {risk.reference} (high and not accepted)."
    Risk.objects.update(state="accepted")

    assert ask(ward, RISKS) == f"{risk.reference} accepted (high)"


def test_high_remaining_risk_is_for_top_management_who_do_not_own_the_system(ward):
    ward.accepted()
    assert refused(ward, RISKS, who="lead").code == "SOD-08"
    assert ask(ward, RISKS)
    AISystem.objects.update(owner=ward.house.member["top"])

    assert refused(ward, RISKS).code == "SOD-08"


def test_low_remaining_risk_is_decided_by_the_lead_too(ward):
    ward.treated()

    assert ask(ward, RISKS, who="lead").endswith("(low)")


@pytest.mark.parametrize(
    ("stage", "action", "who"),
    [
        ("inception", "gate_inception_buy", "owner"),
        ("design_development", "gate_build_done", "owner"),
        ("verification_validation", "gate_validated", "owner"),
        ("deployment", "go_live", "top"),
        ("re_evaluation", "confirm_fit", "lead"),
    ],
)
def test_a_prohibited_use_takes_no_step_but_to_its_end(ward, stage, action, who):
    house = ward.house
    with acting_as(house.lead):
        answered(house, NO | {"P-a": "yes"}, system=ward.system)
    system = put(ward, stage)

    with acting_as(house.actor(who)) as actor:
        found = {gate.action: gate for gate in gates.gates_of(actor=actor, system=system, now=NOW)}
        with pytest.raises(RuleBroken) as caught:
            gates.pass_gate(actor=actor, system=system, action=action, now=NOW)

    said = [str(caught.value), *(problem.sentence for problem in caught.value.problems)]
    assert "The use is prohibited: the only way on is its end." in said
    assert found[action].missing[0].refusal.url.endswith(f"systems/{system.pk}/classification/")
    assert AISystem.objects.get(pk=system.pk).stage == stage


def test_a_prohibited_use_in_operation_is_suspended_and_retired(ward):
    house = ward.house
    with acting_as(house.lead):
        answered(house, NO | {"P-a": "yes"}, system=ward.system)
    system = put(ward, "operation_monitoring")

    with acting_as(house.lead) as actor:
        for action in ("suspend", "decide_retire"):
            gates.pass_gate(actor=actor, system=system, action=action, reason="Prohibited", now=NOW)

    assert AISystem.objects.get(pk=system.pk).stage == "retirement"


def test_a_use_passes_when_another_person_found_it_not_prohibited(ward):
    house = ward.house
    guard = "classification not prohibited"
    with acting_as(house.lead):
        assert "have another person decide" in str(refused(ward, guard))
        found = answered(house, system=ward.system)
        assert "have another person decide" in str(refused(ward, guard))
        classification.approve_classification(actor=house.lead, classification=found, now=NOW)
        assert ask(ward, guard) == "Not prohibited, decided by Lena Lead, valid until 2027-11-22"
        LegalClassification.objects.update(valid_until=TODAY - datetime.timedelta(days=1))
        assert "was valid until" in str(refused(ward, guard))
        LegalClassification.objects.update(result="prohibited")
        assert "The use is prohibited" in str(refused(ward, guard))


def test_an_accepted_intake_begins_the_classification_and_a_screening_where_none_is_alive(ward):
    system = put(ward, "proposed")
    ward.screening()
    ImpactAssessment.objects.update(state="stopped")
    with acting_as(ward.house.lead) as lead:
        gates.pass_gate(actor=lead, system=system, action="accept_intake", now=NOW)

        assert AISystem.objects.get().stage == "inception"
        assert LegalClassification.objects.get().state == "draft"
        assert sorted(ImpactAssessment.objects.values_list("state", flat=True)) == ["screening", "stopped"]


def test_inception_is_passed_with_screening_classification_and_requirements(ward):
    from inventory.services.stage_records import write_stage_record

    house, system = ward.house, put(ward, "inception")
    ward.screened_out()
    with acting_as(house.lead) as lead:
        found = answered(house, NO, system=system)
        classification.approve_classification(actor=lead, classification=found, now=NOW)
        write_stage_record(actor=lead, system=system, kind="requirements", text="Recall 0.90", now=NOW)

        passed = gates.pass_gate(actor=house.owner, system=system, action="gate_inception", now=NOW)

    assert passed.to_stage == "design_development"
    assert [each["guard"] for each in passed.seen] == [
        "classification not prohibited",
        "screening approved",
        "requirements drafted (A.6.2.2)",
    ]


def test_a_re_evaluation_opens_assessment_and_accepted_risks_and_is_confirmed_when_they_are_decided(ward):
    accepted = ward.accepted()
    ward.screened_out()
    system = put(ward, "operation_monitoring")
    with acting_as(ward.house.owner) as owner:
        gates.pass_gate(
            actor=owner,
            system=system,
            action="trigger_re_evaluation",
            trigger="model",
            reason="Version 3.0",
            now=NOW,
        )
    assert ImpactAssessment.objects.get().state == "due"
    assert Risk.objects.get().state == "evaluated"
    impact, risk = named(refused(ward, RENEWED))
    assert "no impact assessment in force" in impact
    assert risk == f"{accepted.reference} is not decided: evaluated."
    with acting_as(ward.house.lead) as lead, pytest.raises(RuleBroken):
        gates.pass_gate(actor=lead, system=system, action="confirm_fit", now=NOW)
    assert AISystem.objects.get().stage == "re_evaluation"

    ImpactAssessment.objects.all().delete()
    ward.screened_out()
    assert str(refused(ward, RENEWED)) == f"{accepted.reference} is not decided: evaluated."
    Risk.objects.update(state="accepted")
    system.refresh_from_db()
    with acting_as(ward.house.lead) as lead:
        gates.pass_gate(actor=lead, system=system, action="confirm_fit", now=NOW)

    stored = AISystem.objects.get()
    assert (stored.stage, stored.next_review_date) == (
        "operation_monitoring",
        TODAY.replace(year=TODAY.year + 1),
    )


def test_all_that_a_change_opened_is_named_with_where_it_is_renewed(ward):
    from inventory.services.stage_records import write_stage_record
    from inventory.what_changed import record_change, stale_records

    house, accepted = ward.house, ward.accepted()
    ward.screened_out()
    system = put(ward, "operation_monitoring")
    with acting_as(house.lead) as lead:
        found = answered(house, NO, system=system)
        classification.approve_classification(actor=lead, classification=found, now=NOW)
        for kind in ("design", "validation_plan", "rollback_test", "user_information"):
            write_stage_record(
                actor=lead, system=system, kind=kind, text="As built", is_complete=True, now=NOW
            )
        for kind in ("use", "version"):
            record_change(
                actor=lead,
                system=AISystem.objects.get(),
                kind=kind,
                text="At night too",
                chosen=[each.key for each in stale_records(system, kind)],
                re_evaluates=kind == "version",
                now=NOW,
            )

    home = system.get_absolute_url()
    impact = ImpactAssessment.objects.get()
    told = {problem.sentence: problem.url for problem in refused(ward, RENEWED).problems}
    records = {
        "design": "Design",
        "validation_plan": "Plan of verification and validation",
        "rollback_test": "Test of the way back",
        "user_information": "Information for users",
    }

    assert told == {
        "There is no impact assessment in force: approve one, or confirm that none is needed.": (
            impact.get_absolute_url()
        ),
        f"{accepted.reference} is not decided: evaluated.": accepted.get_absolute_url(),
        "The legal classification is not decided again: draft.": f"{home}classification/",
        **{
            f"Complete the record “{label}” again.": f"{home}stage-records/{kind}/"
            for kind, label in records.items()
        },
    }
    with acting_as(house.lead) as lead:
        with pytest.raises(RuleBroken, match="7 things are not renewed"):
            gates.pass_gate(actor=lead, system=AISystem.objects.get(), action="confirm_fit", now=NOW)
        (gate,) = [
            each
            for each in gates.gates_of(actor=lead, system=AISystem.objects.get(), now=NOW)
            if each.action == "confirm_fit"
        ]
    assert AISystem.objects.get().stage == "re_evaluation"
    shown = render_to_string("inventory/_gate_answers.html", {"answers": gate.answers})
    assert [url for url in told.values() if f'href="{url}"' not in shown] == []


def test_what_was_renewed_after_a_change_is_not_named_again(ward):
    from inventory.services.stage_records import reopen_stage_record, write_stage_record

    house, system = ward.house, put(ward, "re_evaluation")
    ward.treated()
    ward.screened_out()
    with acting_as(house.lead) as lead:
        written = {"kind": "design", "text": "As built", "is_complete": True, "now": NOW}
        record = write_stage_record(actor=lead, system=system, **written)
        reopen_stage_record(actor=lead, record=record, reason="Version 3.0", now=NOW)
        assert str(refused(ward, RENEWED)) == "Complete the record “Design” again."
        record.refresh_from_db()
        write_stage_record(actor=lead, system=system, row_version=record.row_version, **written)
        # Written down as a draft once, never opened again by anything: no matter of the re-evaluation.
        write_stage_record(actor=lead, system=system, kind="data", text="To come", now=NOW)

    assert ask(ward, RENEWED)
