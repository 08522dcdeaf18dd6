"""What a change of a system makes stale among risks, assessments, classification and SoA rows."""

from __future__ import annotations

from aims.core.tenancy.context import acting_as
from inventory import what_changed
from inventory.models import AISystem
from inventory.services import changes
from risk.models import ImpactAssessment, LegalClassification, Risk
from risk.services import classification
from tests.cast import NOW
from tests.inventory.test_changes import NO_EFFECT
from tests.risk.test_classification import answered


def decided(ward) -> AISystem:
    ward.accepted()
    ward.screened_out()
    house = ward.house
    with acting_as(house.owner):
        found = answered(house, system=ward.system)
    with acting_as(house.lead) as lead:
        classification.approve_classification(actor=lead, classification=found, now=NOW)
    AISystem.objects.update(stage="operation_monitoring")
    return AISystem.objects.select_related("owner").get()


def test_another_use_touches_assessment_accepted_risks_and_classification(ward):
    system = decided(ward)
    with acting_as(ward.house.owner) as owner:
        found = what_changed.stale_records(system, "use")
        assert [each.key.partition(":")[0] for each in found] == ["impact", "risk", "class"]
        assert {each.key.partition(":")[0] for each in what_changed.stale_records(system, "law")} == {
            "impact",
            "class",
        }
        assert what_changed.stale_records(system, "nonsense") == []

        what_changed.record_change(
            actor=owner,
            system=system,
            kind="use",
            text="Also at night",
            chosen=[each.key for each in found],
            now=NOW,
        )

    assert ImpactAssessment.objects.get().state == "due"
    assert Risk.objects.get().state == "evaluated"
    assert LegalClassification.objects.get().state == "draft"
    assert LegalClassification.objects.get().comment == "Other use or purpose: Also at night"


def test_a_re_evaluation_by_a_change_opens_only_what_was_chosen(ward):
    system = decided(ward)
    with acting_as(ward.house.owner) as owner:
        what_changed.record_change(
            actor=owner, system=system, kind="model", text="3.0", re_evaluates=True, now=NOW
        )

    assert AISystem.objects.get().stage == "re_evaluation"
    assert ImpactAssessment.objects.get().state == "screened_out"
    assert Risk.objects.get().state == "accepted"


def test_an_assessed_change_request_opens_what_it_has_an_effect_on(ward):
    system = decided(ward)
    effects = NO_EFFECT | {"risk": {"answer": "yes", "text": "More misses"}}
    with acting_as(ward.house.owner) as owner:
        change = changes.draft_change(
            actor=owner, title="Model 3.0", system=system, purpose="Speed", effects=effects, now=NOW
        )
        changes.move_change(actor=owner, change=change, action="assess", now=NOW)

    assert Risk.objects.get().state == "evaluated"
    assert ImpactAssessment.objects.get().state == "screened_out"
