"""Choosing the controls that treat a risk: the links here, the risk's own step one app below."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from controls.models import Control, TreatmentControl
from risk.enums import TreatmentOption
from risk.models import Risk
from risk.services import treatment


@transaction.atomic
def plan_treatment(
    *,
    actor: Actor,
    risk: Risk,
    option: str,
    control_ids: Collection[int],
    plan: str,
    due_date: datetime.date | None,
    now: datetime.datetime,
) -> Risk:
    """Set the controls of a treatment and take the risk to “treatment planned”, both or neither."""
    permissions.require(actor, "controls.plan_treatment", risk)
    chosen = _existing(control_ids)
    _link(actor, risk, chosen)
    treatment.plan_treatment(
        actor=actor,
        risk=risk,
        option=option,
        plan=plan,
        due_date=due_date,
        control_ids=[control.pk for control in chosen],
        controls=[control.reference for control in chosen],
        now=now,
    )
    return risk


@transaction.atomic
def revise_treatment(
    *,
    actor: Actor,
    risk: Risk,
    control_ids: Collection[int],
    plan: str,
    due_date: datetime.date | None,
    now: datetime.datetime,
) -> Risk:
    """Choose other controls for a plan that was rejected or did not work; the new plan needs approval."""
    permissions.require(actor, "controls.plan_treatment", risk)
    chosen = _existing(control_ids)
    if risk.option == TreatmentOption.MODIFY and not chosen:
        raise RuleBroken("Choose at least one control that modifies the risk.", field="controls")
    _link(actor, risk, chosen)
    treatment.revise_plan(
        actor=actor,
        risk=risk,
        plan=plan,
        due_date=due_date,
        controls=[control.reference for control in chosen],
        now=now,
    )
    return risk


def _existing(control_ids: Collection[int]) -> list[Control]:
    found = list(Control.objects.filter(pk__in=control_ids))
    if len(found) != len(set(control_ids)):
        raise RuleBroken("A control that was chosen does not exist. Choose again.", field="controls")
    return found


def _link(actor: Actor, risk: Risk, controls: list[Control]) -> None:
    before = set(TreatmentControl.objects.filter(risk=risk).values_list("control__reference", flat=True))
    TreatmentControl.objects.filter(risk=risk).exclude(control__in=controls).delete()
    for control in controls:
        TreatmentControl.objects.get_or_create(
            risk=risk,
            control=control,
            defaults={"linked_by_id": actor.member_id},
        )
    after = {control.reference for control in controls}
    if before != after:
        trail.record(
            actor,
            "risk.controls_chosen",
            risk,
            before={"controls": sorted(before)},
            after={"controls": sorted(after)},
        )
