"""The verbs of incidents and complaints: reported, kept, and moved through their life cycle (SM-17)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from aims.core import messages, permissions, references, trail, transitions
from aims.core.actor import Actor, ActorKind
from aims.core.exceptions import RuleBroken
from aims.core.models import Evidence, Member
from aims.core.ownerships import require_holder
from aims.core.permissions import LEAD
from aims.core.rules import require_current_evidence
from aims.core.versions import only_known, write_changes
from inventory.enums import (
    CheckAnswer,
    IncidentKind,
    IncidentSeverity,
    IncidentSource,
    SeriousIncident,
)
from inventory.models import (
    AISystem,
    Incident,
    IncidentEntry,
    IncidentEvidence,
    IncidentSystem,
)
from inventory.queries.incidents import harm_types
from inventory.rules import incidents as rules
from inventory.services import clocks
from inventory.services.owners import tell_new_owner

KEEP = "inventory.keep_incident"
#: What may be said when it is reported; the rest is for those who handle it.
REPORTED = (
    "kind",
    "title",
    "description",
    "happened_at",
    "noticed_at",
    "place",
    "affected_people",
    "affected_count",
)
EDITABLE = (
    *REPORTED,
    "systems_note",
    "severity",
    "harm_type",
    "serious",
    "data_breach",
    "contract_duty",
    "containment",
    "evidence_note",
    "cause",
    "fix",
    "lessons",
    "needs_correction",
    "correction_reason",
    "owner",
)
CHOICES = {
    "kind": (IncidentKind, "Choose incident or complaint."),
    "severity": (IncidentSeverity, "Choose one of the severities."),
    "serious": (SeriousIncident, "Choose whether it is a serious incident."),
    "data_breach": (CheckAnswer, "Answer with yes or no."),
    "contract_duty": (CheckAnswer, "Answer with yes or no."),
    "needs_correction": (CheckAnswer, "Answer with yes or no."),
}
#: The verb of the permission table behind each step of the life cycle.
VERBS = {
    "triage": "inventory.triage_incident",
    "dismiss": "inventory.decide_incident",
    "contain": "inventory.contain_incident",
    "investigate": "inventory.triage_incident",
    "resolve": "inventory.contain_incident",
    "review": "inventory.decide_incident",
    "close": "inventory.decide_incident",
}
SOURCES = {ActorKind.KEY: IncidentSource.INTEGRATION, ActorKind.SYSTEM: IncidentSource.OUTSIDE}


@transaction.atomic
def report_incident(
    *,
    actor: Actor,
    title: str,
    description: str,
    noticed_at: datetime.datetime,
    now: datetime.datetime,
    systems: Iterable[AISystem] = (),
    **fields: Any,
) -> Incident:
    """Anybody inside reports; whoever owns the first system named answers for it until somebody else does."""
    permissions.require(actor, "inventory.report_incident")
    systems = list(systems)
    incident = Incident(
        organization_id=actor.organization_id,
        source=SOURCES.get(actor.kind, IncidentSource.STAFF),
        reporter_id=actor.member_id,
        owner=next((system.owner for system in systems if system.owner is not None), None),
        reported_at=now,
        state_since=now,
        **only_known(
            {"title": title, "description": description, "noticed_at": noticed_at, **fields}, REPORTED
        ),
    )
    _check(incident, now=now)
    incident.reference = references.next_reference("INC")
    incident.save(force_insert=True)
    for system in systems:
        _link(actor, incident, system)
    _log(incident, actor, at=now, action="report", now=now)
    trail.record(actor, "incident.reported", incident, after={"kind": incident.kind})
    _tell_of_report(actor, incident)
    return incident


@transaction.atomic
def edit_incident(
    *,
    actor: Actor,
    incident: Incident,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> Incident:
    """Write what differs. Clocks that the answers start after triage start here."""
    permissions.require(actor, KEEP, incident)
    if incident.state in rules.ENDED:
        raise RuleBroken("A closed incident keeps its record.", field="state")
    values = only_known(changes, EDITABLE)

    def check(differing: Mapping[str, Any]) -> None:
        _check(incident, now=now)
        if "owner" in differing and incident.owner is not None:
            require_holder("incidents", incident.owner, field="owner")

    differing = write_changes(
        actor,
        incident,
        row_version=row_version,
        values=values,
        action="incident.edited",
        check=check,
        shown=_shown,
    )
    if not differing:
        return incident
    if incident.state in rules.CLOCKS_RUN:
        clocks.start_legal_clocks(actor=actor, incident=incident)
    if "noticed_at" in differing:
        clocks.restart_clocks(actor=actor, incident=incident)
    if "owner" in differing:
        tell_new_owner(actor, incident)
    return incident


@transaction.atomic
def move_incident(
    *, actor: Actor, incident: Incident, action: str, now: datetime.datetime, reason: str = ""
) -> Incident:
    """Take one step of the life cycle."""
    if action not in VERBS:
        raise RuleBroken("There is no such step in the life of an incident.", field="action")
    permissions.require(actor, VERBS[action], incident)
    if action == "dismiss" and incident.kind == IncidentKind.COMPLAINT and not incident.answered_at:
        raise RuleBroken("Answer the complaint first: whoever complained hears why.", field="answer")
    changes: dict[str, Any] = {"state_since": now, "row_version": F("row_version") + 1}
    if action == "resolve":
        changes |= {"resolved_by_id": actor.member_id, "resolved_at": now}
    transitions.move(
        rules.INCIDENT,
        incident,
        action,
        actor=actor,
        now=now,
        given={"reason": reason.strip()},
        changes=changes,
    )
    incident.refresh_from_db()
    _log(incident, actor, at=now, action=action, text=reason.strip(), now=now)
    return incident


@transaction.atomic
def answer_complaint(*, actor: Actor, incident: Incident, answer: str, now: datetime.datetime) -> Incident:
    """What whoever complained is told; they are notified, or read it with their code."""
    permissions.require(actor, KEEP, incident)
    if incident.state in rules.ENDED:
        raise RuleBroken("This report is closed.", field="answer")
    if not answer.strip():
        raise RuleBroken("Write the answer.", field="answer")
    Incident.objects.filter(pk=incident.pk).update(
        answer=answer.strip(), answered_at=now, row_version=F("row_version") + 1
    )
    incident.refresh_from_db()
    trail.record(actor, "incident.answered", incident, after={"answer": incident.answer})
    _log(incident, actor, at=now, action="answer", now=now)
    if incident.reporter is not None:
        messages.tell(
            incident.reporter,
            dedupe=f"incident-answer:{incident.pk}:{now.isoformat()}",
            text=f"Your report {incident.reference} is answered: {incident.answer}"[:290],
        )
    return incident


@transaction.atomic
def link_system(
    *, actor: Actor, incident: Incident, system: AISystem, now: datetime.datetime, version: str = ""
) -> IncidentSystem:
    """Say that a system is involved, in the version it ran in; without one, in that of its record."""
    permissions.require(actor, KEEP, incident)
    link = _link(actor, incident, system, version=version.strip())
    if incident.owner is None and system.owner is not None:
        Incident.objects.filter(pk=incident.pk).update(owner=system.owner)
        incident.owner = system.owner
        tell_new_owner(actor, incident)
    trail.record(
        actor,
        "incident.system_linked",
        incident,
        after={"system": system.reference, "version": link.version},
    )
    return link


@transaction.atomic
def unlink_system(*, actor: Actor, link: IncidentSystem, now: datetime.datetime) -> None:
    permissions.require(actor, KEEP, link.incident)
    reference = link.system.reference
    link.delete()
    trail.record(actor, "incident.system_unlinked", link.incident, before={"system": reference})


@transaction.atomic
def link_evidence(
    *, actor: Actor, incident: Incident, evidence: Evidence, now: datetime.datetime
) -> IncidentEvidence:
    permissions.require(actor, KEEP, incident)
    require_current_evidence(evidence.state)
    link, is_new = IncidentEvidence.objects.get_or_create(
        organization_id=actor.organization_id,
        incident=incident,
        evidence=evidence,
        defaults={"linked_by_id": actor.member_id},
    )
    if is_new:
        trail.record(actor, "incident.evidence_linked", incident, after={"evidence": evidence})
    return link


@transaction.atomic
def unlink_evidence(*, actor: Actor, link: IncidentEvidence, now: datetime.datetime) -> None:
    permissions.require(actor, KEEP, link.incident)
    evidence: Any = link.evidence
    link.delete()
    trail.record(actor, "incident.evidence_unlinked", link.incident, before={"evidence": evidence})


@transaction.atomic
def add_entry(
    *, actor: Actor, incident: Incident, at: datetime.datetime, text: str, now: datetime.datetime
) -> IncidentEntry:
    """What somebody saw or did, for the timeline. Entries are not rewritten."""
    permissions.require(actor, KEEP, incident)
    if not text.strip():
        raise RuleBroken("Say what was seen or done.", field="text")
    if at > now:
        raise RuleBroken("This moment lies ahead.", field="at")
    entry = _log(incident, actor, at=at, text=text.strip(), now=now)
    trail.record(actor, "incident.entry_added", incident, after={"at": at.isoformat(), "text": entry.text})
    return entry


def _log(
    incident: Incident,
    actor: Actor,
    *,
    at: datetime.datetime,
    now: datetime.datetime,
    action: str = "",
    text: str = "",
) -> IncidentEntry:
    entry: IncidentEntry = IncidentEntry.objects.create(
        organization_id=actor.organization_id,
        incident=incident,
        at=at,
        action=action,
        text=text,
        member_id=actor.member_id,
        recorded_at=now,
    )
    return entry


def _link(actor: Actor, incident: Incident, system: AISystem, *, version: str = "") -> IncidentSystem:
    version = version or " ".join(
        part for part in (system.version, system.model_name, system.model_version) if part
    )
    link: IncidentSystem
    link, _ = IncidentSystem.objects.update_or_create(
        organization_id=actor.organization_id,
        incident=incident,
        system=system,
        defaults={"version": version[:160]},
    )
    return link


def _check(incident: Incident, *, now: datetime.datetime) -> None:
    if not incident.title:
        raise RuleBroken("Give it a title.", field="title")
    if not incident.description:
        raise RuleBroken("Say what happened.", field="description")
    rules.require_moments(happened_at=incident.happened_at, noticed_at=incident.noticed_at, now=now)
    for name, (choices, sentence) in CHOICES.items():
        value = getattr(incident, name)
        if value and value not in choices.values:
            raise RuleBroken(sentence, field=name)
    if incident.harm_type and incident.harm_type not in dict(harm_types()):
        raise RuleBroken("Choose one of the types of harm.", field="harm_type")
    if incident.owner is not None and not incident.owner.is_active:
        raise RuleBroken(f"{incident.owner.name} has left. Name somebody else.", field="owner")


def _shown(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return trail.number_of(value)


def _tell_of_report(actor: Actor, incident: Incident) -> None:
    """The leads triage, and whoever answers for the system."""
    heard = {member.pk: member for member in Member.objects.with_role(LEAD)}
    if incident.owner is not None:
        heard[incident.owner.pk] = incident.owner
    heard.pop(actor.member_id, None)
    what = IncidentKind(incident.kind).label
    for member in heard.values():
        text = f"{what} {incident.reference} was reported: {incident.title}"[:200]
        messages.tell(
            member,
            dedupe=f"incident-reported:{incident.pk}",
            text=text,
            url=incident.get_absolute_url(),
            mail_subject=f"{what} {incident.reference} was reported",
        )
