"""What a change of a system makes stale among risks, assessments, classification and SoA rows."""

from __future__ import annotations

import pytest

from aims.core.models import Notification, TrailEvent
from aims.core.tenancy.context import acting_as
from inventory import what_changed
from inventory.models import AISystem
from inventory.services import changes
from risk import stale
from risk.models import ImpactAssessment, LegalClassification, Risk
from risk.services import classification, risks
from tests.cast import NOW, TODAY
from tests.inventory.test_changes import NO_EFFECT
from tests.risk.conftest import HIGH
from tests.risk.test_classification import answered
from tests.risk.test_system_guards import RENEWED, ask, refused


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
            "risk",
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


@pytest.mark.parametrize("kind", ["version", "model", "data", "use", "users", "incident", "supplier", "law"])
@pytest.mark.parametrize("state", ["analysed", "evaluated", "planned", "in_treatment", "treated", "accepted"])
def test_every_rated_risk_that_is_not_closed_may_no_longer_hold(ward, kind, state):
    risk = getattr(ward, state)()
    ward.identified(title="Not rated yet")
    gone = {"reference": "R-900", "title": "Gone", "state": "closed", "likelihood": 2}
    Risk.objects.create(system=ward.system, identified_at=NOW, **gone)

    found = [each.label for each in stale.found(ward.system, kind) if each.key.startswith("risk:")]

    assert found == [f"Risk {risk} ({risk.get_state_display().lower()})"]


def test_the_review_of_a_treated_risk_that_a_change_calls_up_is_due_until_it_is_scored_again(ward):
    risk, house = ward.treated(), ward.house
    ward.screened_out()
    AISystem.objects.update(stage="operation_monitoring")
    with acting_as(house.owner) as owner:
        what_changed.record_change(
            actor=owner,
            system=AISystem.objects.select_related("owner").get(),
            kind="supplier",
            text="Sold to another company",
            chosen=[f"risk:{risk.pk}"],
            re_evaluates=True,
            now=NOW,
        )

    risk.refresh_from_db()
    assert (risk.state, risk.review_date) == ("treated", TODAY)
    assert str(refused(ward, RENEWED)) == f"{risk.reference} was to be reviewed by {TODAY:%Y-%m-%d}."
    assert Notification.objects.filter(
        member=house.member["risk_owner"], text__contains="Sold to another company"
    ).exists()
    called = TrailEvent.objects.get(action="risk.called_up")
    assert called.object_id == risk.pk

    ward.do(risks.rate, "risk_owner", risk=risk, ratings=HIGH, reason="Looked at again")
    risk.refresh_from_db()
    assert risk.review_date > TODAY
    assert ask(ward, RENEWED)


def test_scoring_again_before_the_review_is_due_leaves_its_day(ward):
    risk = ward.treated()
    planned = risk.review_date

    ward.do(risks.rate, "risk_owner", risk=risk, ratings=HIGH, reason="New figures")

    risk.refresh_from_db()
    assert risk.review_date == planned > TODAY
