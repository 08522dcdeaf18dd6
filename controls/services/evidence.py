"""Which evidence shows that a control works."""

from __future__ import annotations

import datetime

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.models import Evidence
from aims.core.rules import require_current_evidence
from controls.models import Control, ControlEvidence


@transaction.atomic
def link_evidence(
    *, actor: Actor, control: Control, evidence: Evidence, now: datetime.datetime
) -> ControlEvidence:
    permissions.require(actor, "controls.link_evidence", control)
    require_current_evidence(evidence.state)
    link, is_new = ControlEvidence.objects.get_or_create(
        control=control,
        evidence=evidence,
        defaults={"linked_by_id": actor.member_id},
    )
    if is_new:
        trail.record(actor, "control.evidence_linked", control, after={"evidence": evidence.reference})
    return link


@transaction.atomic
def unlink_evidence(*, actor: Actor, control: Control, evidence: Evidence, now: datetime.datetime) -> None:
    permissions.require(actor, "controls.link_evidence", control)
    removed, _ = ControlEvidence.objects.filter(control=control, evidence=evidence).delete()
    if not removed:
        raise RuleBroken(f"{evidence.reference} is not linked to {control.reference}.", field="evidence")
    trail.record(actor, "control.evidence_unlinked", control, before={"evidence": evidence.reference})
