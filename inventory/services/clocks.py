"""Notices about an incident: clocks started, sending written down with its proof, or the reason why not."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.catalogs import LEGAL_CLOCKS, catalog, version
from aims.core.days import organization_zone
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import Evidence
from inventory.enums import ClockUnit, IncidentState, NoticeKind
from inventory.models import Incident, IncidentNotice, NoticeClause
from inventory.models.incidents import OPEN_NOTICE
from inventory.rules.clocks import clocks_for, end_of_clock

KEEP = "inventory.keep_incident"


def start_legal_clocks(*, actor: Actor, incident: Incident) -> list[IncidentNotice]:
    """A notice for each clock that the answers start and that does not run yet. Called by other verbs."""
    answers = {"serious": incident.serious, "data_breach": incident.data_breach}
    known = set(incident.notices.exclude(rule="").values_list("rule", flat=True))
    started = []
    for clock in clocks_for(answers, catalog(LEGAL_CLOCKS)["clocks"]):
        if clock.id in known:
            continue
        notice = IncidentNotice.objects.create(
            organization_id=actor.organization_id,
            incident=incident,
            kind=NoticeKind.LAW,
            rule=clock.id,
            catalog_version=version(LEGAL_CLOCKS),
            title=clock.title,
            owed_to=clock.owed_to[:200],
            source=clock.source[:200],
            starts_at=incident.noticed_at,
            due_at=_end(incident, clock.amount, clock.unit),
            recorded_by_id=actor.member_id,
        )
        _record_start(actor, incident, notice)
        started.append(notice)
    return started


def restart_clocks(*, actor: Actor, incident: Incident) -> None:
    """Awareness was corrected: what runs, and was not sent, ends at another moment."""
    amounts = {row["id"]: (row["amount"], row["unit"]) for row in catalog(LEGAL_CLOCKS)["clocks"]}
    for notice in incident.notices.filter(OPEN_NOTICE).exclude(due_at=None).select_related("clause"):
        amount, unit = (notice.clause.amount, notice.clause.unit) if notice.clause else amounts[notice.rule]
        before = notice.due_at
        notice.starts_at = incident.noticed_at
        notice.due_at = _end(incident, amount, unit)
        notice.save(update_fields=["starts_at", "due_at"])
        trail.record(
            actor,
            "incident.clock_restarted",
            incident,
            before={"due": before.isoformat() if before else None},
            after={"notice": notice.title, "due": notice.due_at.isoformat()},
        )


@transaction.atomic
def start_contract_clock(
    *, actor: Actor, incident: Incident, clause: NoticeClause, now: datetime.datetime
) -> IncidentNotice:
    """A contract asks for a notice of this incident."""
    permissions.require(actor, KEEP, incident)
    _require_open(incident)
    if not clause.is_active:
        raise RuleBroken("This clause is not in force any more.", field="clause")
    notice, is_new = IncidentNotice.objects.get_or_create(
        organization_id=actor.organization_id,
        incident=incident,
        clause=clause,
        defaults={
            "kind": NoticeKind.CONTRACT,
            "title": clause.title,
            "owed_to": clause.owed_to,
            "source": clause.where,
            "starts_at": incident.noticed_at,
            "due_at": _end(incident, clause.amount, clause.unit),
            "recorded_by_id": actor.member_id,
        },
    )
    if is_new:
        _record_start(actor, incident, notice)
    return notice


@transaction.atomic
def plan_notice(
    *,
    actor: Actor,
    incident: Incident,
    title: str,
    now: datetime.datetime,
    kind: str = NoticeKind.OTHER,
    owed_to: str = "",
    due_at: datetime.datetime | None = None,
) -> IncidentNotice:
    """A notice that no rule asks for, such as one to users."""
    permissions.require(actor, KEEP, incident)
    _require_open(incident)
    if not title.strip():
        raise RuleBroken("Say what the notice is.", field="title")
    if kind not in (NoticeKind.USERS, NoticeKind.OTHER):
        raise RuleBroken("Notices by law and by contract come from their rules.", field="kind")
    notice = IncidentNotice.objects.create(
        organization_id=actor.organization_id,
        incident=incident,
        kind=kind,
        title=title.strip(),
        owed_to=owed_to.strip(),
        starts_at=incident.noticed_at if due_at else None,
        due_at=due_at,
        recorded_by_id=actor.member_id,
    )
    _record_start(actor, incident, notice)
    return notice


@transaction.atomic
def record_sent(
    *,
    actor: Actor,
    notice: IncidentNotice,
    sent_at: datetime.datetime,
    proof: str,
    now: datetime.datetime,
    evidence: Evidence | None = None,
) -> IncidentNotice:
    """When it went out and how one sees that; met or late follows from the moment."""
    permissions.require(actor, KEEP, notice.incident)
    if sent_at > now:
        raise RuleBroken("This moment lies ahead.", field="sent_at")
    if sent_at < notice.incident.noticed_at:
        raise RuleBroken("This is before the incident was noticed.", field="sent_at")
    if not proof.strip() and evidence is None:
        raise RuleBroken("Say how one sees that it was sent, or link the proof.", field="proof")
    _end_notice(notice, sent_at=sent_at, proof=proof.strip(), evidence=evidence)
    after = {"notice": notice.title, "sent": sent_at.isoformat(), "standing": notice.standing(now)}
    trail.record(actor, "incident.notice_sent", notice.incident, after=after)
    return notice


@transaction.atomic
def waive_notice(
    *, actor: Actor, notice: IncidentNotice, reason: str, now: datetime.datetime
) -> IncidentNotice:
    """It is not owed, or not sent: the reason is kept, and the clock ends."""
    permissions.require(actor, KEEP, notice.incident)
    if not reason.strip():
        raise RuleBroken("Give the reason why no notice is sent.", field="reason")
    _end_notice(notice, waived_at=now, waived_reason=reason.strip())
    trail.record(
        actor,
        "incident.notice_waived",
        notice.incident,
        after={"notice": notice.title},
        reason=reason.strip(),
    )
    return notice


@transaction.atomic
def add_clause(
    *,
    actor: Actor,
    title: str,
    owed_to: str,
    where: str,
    amount: int,
    unit: str,
    now: datetime.datetime,
) -> NoticeClause:
    """A contract that asks for notices; it is chosen at an incident and starts a clock there."""
    permissions.require(actor, "inventory.keep_notice_clauses")
    for value, field in ((title, "title"), (owed_to, "owed_to"), (where, "where")):
        if not value.strip():
            raise RuleBroken("Name the contract, its section and whom the notice goes to.", field=field)
    if unit not in ClockUnit.values or not 0 < amount <= 365 * 24:
        raise RuleBroken("Give the time limit in hours or days.", field="amount")
    if NoticeClause.objects.filter(title__iexact=title.strip()).exists():
        raise RuleBroken("There is a clause of this name already.", field="title")
    clause = NoticeClause.objects.create(
        organization_id=actor.organization_id,
        title=title.strip(),
        owed_to=owed_to.strip(),
        where=where.strip(),
        amount=amount,
        unit=unit,
    )
    trail.record(actor, "noticeclause.added", clause, after={"title": clause.title, "amount": amount})
    return clause


@transaction.atomic
def end_clause(*, actor: Actor, clause: NoticeClause, now: datetime.datetime) -> NoticeClause:
    """Not in force any more; what it asked for before stays."""
    permissions.require(actor, "inventory.keep_notice_clauses")
    if not NoticeClause.objects.filter(pk=clause.pk, is_active=True).update(is_active=False):
        raise StaleState("This clause was ended already.")
    clause.is_active = False
    trail.record(actor, "noticeclause.ended", clause, after={"title": clause.title})
    return clause


def titles(notices: Iterable[IncidentNotice]) -> str:
    return "; ".join(notice.title for notice in notices)


def _end(incident: Incident, amount: int, unit: str) -> datetime.datetime:
    return end_of_clock(aware_at=incident.noticed_at, amount=amount, unit=unit, zone=organization_zone())


def _end_notice(notice: IncidentNotice, **values: object) -> None:
    if not IncidentNotice.objects.filter(OPEN_NOTICE, pk=notice.pk).update(**values):
        raise StaleState("This notice was written down already. Reload and look at it.")
    for name, value in values.items():
        setattr(notice, name, value)


def _record_start(actor: Actor, incident: Incident, notice: IncidentNotice) -> None:
    after = {"notice": notice.title}
    if notice.due_at:
        after["due"] = notice.due_at.isoformat()
    trail.record(actor, "incident.notice_planned", incident, after=after)


def _require_open(incident: Incident) -> None:
    if incident.state in (IncidentState.CLOSED, IncidentState.NOT_INCIDENT):
        raise RuleBroken("This incident is closed.", field="state")
