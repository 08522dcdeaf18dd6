"""The verbs of competence records (SM-20)."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import F

from aims.core import permissions, trail, transitions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.models import Evidence, Member
from aims.core.permissions import STAFF
from aims.core.rules import require_current_evidence
from controls import competence as rules
from controls.enums import CompetenceTopic
from controls.models import CompetenceRecord

#: Step -> the verb that says who takes it.
VERBS = {
    "assign": "controls.assign_competence",
    "waive": "controls.assign_competence",
    "complete": "controls.complete_competence",
    "confirm_effective": "controls.check_competence",
    "fail_check": "controls.check_competence",
    "near_end": "controls.end_competence",
    "end": "controls.end_competence",
}


@transaction.atomic
def require_competence(
    *, actor: Actor, person: Member, topic: str, now: datetime.datetime, why: str = ""
) -> CompetenceRecord:
    """Say that somebody needs to be able to do something; one record for each person and topic."""
    permissions.require(actor, "controls.require_competence")
    if topic not in CompetenceTopic.values:
        raise RuleBroken("Choose one of the topics.", field="topic")
    if not person.is_active:
        raise RuleBroken(f"{person.name} has left. Name somebody else.", field="person")
    if CompetenceRecord.objects.filter(person=person, topic=topic).exists():
        raise RuleBroken(f"{person.name} has a record on this topic already.", field="topic")
    record: CompetenceRecord = CompetenceRecord.objects.create(
        organization_id=actor.organization_id,
        person=person,
        topic=topic,
        why=why.strip(),
        required_by_id=actor.member_id,
        required_at=now,
    )
    trail.record(actor, "competencerecord.required", record, after={"person": person.pk, "topic": topic})
    return record


@transaction.atomic
def move_competence(
    *,
    actor: Actor,
    record: CompetenceRecord,
    action: str,
    now: datetime.datetime,
    reason: str = "",
    proof: str = "",
    evidence: Evidence | None = None,
    check_result: str = "",
    valid_until: datetime.date | None = None,
) -> CompetenceRecord:
    """Take one step; what is said with it is kept in the record."""
    if action not in VERBS:
        raise RuleBroken("There is no such step in the life of a competence record.", field="action")
    permissions.require(actor, VERBS[action], record)
    if evidence is not None:
        require_current_evidence(evidence.state)
    today = local_today(now)
    given = {
        "reason": reason.strip(),
        "proof": proof.strip(),
        "evidence": evidence,
        "check_result": check_result.strip(),
        "valid_until": valid_until,
    }
    transitions.move(
        rules.COMPETENCE,
        record,
        action,
        actor=as_staff(actor, record),
        now=now,
        given=given,
        changes={**_kept(action, given, actor, today), "row_version": F("row_version") + 1},
    )
    record.refresh_from_db()
    return record


def _kept(action: str, given: dict[str, Any], actor: Actor, today: datetime.date) -> dict[str, Any]:
    if action in ("complete", "waive"):
        return {"proof": given["proof"], "evidence": given["evidence"], "completed_on": today}
    if action in ("confirm_effective", "fail_check"):
        return {"check_result": given["check_result"], "assessor_id": actor.member_id}
    if action == "assign":
        return {"assessor": None, "check_result": "", "valid_from": None, "valid_until": None}
    return {}


def as_staff(actor: Actor, record: CompetenceRecord) -> Actor:
    """Everybody with an account trains; whatever else their role is, on their own record they are staff."""
    if actor.member_id is not None and actor.member_id == record.person_id:
        return replace(actor, roles=actor.roles | {STAFF})
    return actor
