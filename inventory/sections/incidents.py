"""Incidents and their notices in an evidence pack, read as of a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils import timezone

from aims.core.days import end_of_day, local_today, organization_zone
from aims.core.documents import Column, Section, Table
from inventory.enums import IncidentKind, IncidentSeverity, IncidentState
from inventory.models import AISystem, Incident, IncidentNotice, IncidentSystem
from inventory.queries.systems import label_of
from inventory.rules.clocks import standing
from inventory.rules.incidents import ENDED

WORDS = {
    "met": "Sent in time",
    "late": "Sent late",
    "waived": "Not sent, with a reason",
    "sent": "Sent",
    "open": "Open",
    "running": "Running",
    "overdue": "Overdue",
}


def sections(as_of: datetime.date) -> Iterable[Section]:
    """What went wrong, what was done, which notices went out when; nothing of who reported it."""
    incidents = list(Incident.objects.order_by("reference"))
    notices = list(IncidentNotice.objects.order_by("incident_id", "pk"))
    moment = min(end_of_day(as_of), timezone.now())
    yield Section(
        key="incidents",
        number="8",
        title="Incidents and complaints",
        clause_refs=("8.1", "10.2", "A.8.3", "A.8.4"),
        data={
            "incidents": _register(incidents),
            "causes": _causes(incidents),
            "notices": _notices(incidents, notices, moment),
        },
        gaps=tuple(_gaps(incidents, notices, moment)),
    )


def _register(incidents: list[Any]) -> Table:
    systems = _systems()
    return Table(
        title="Incidents and complaints",
        columns=(
            Column("Ref", 9, "code"),
            Column("Kind", 10),
            Column("What", 25),
            Column("AI systems", 14),
            Column("Severity", 9),
            Column("Noticed", 11),
            Column("State", 11),
            Column("Closed", 11),
        ),
        rows=[
            (
                row.reference,
                label_of(IncidentKind, row.kind),
                row.title,
                systems.get(row.pk, []),
                label_of(IncidentSeverity, row.severity) or None,
                local_today(row.noticed_at),
                label_of(IncidentState, row.state),
                local_today(row.closed_at) if row.closed_at else None,
            )
            for row in incidents
        ],
    )


def _causes(incidents: list[Any]) -> Table:
    return Table(
        title="Causes, fixes and lessons",
        columns=(Column("Ref", 10, "code"), Column("Cause", 30), Column("Fix", 30), Column("Lessons", 30)),
        rows=[
            (row.reference, row.cause or None, row.fix or None, row.lessons or None)
            for row in incidents
            if row.cause or row.fix or row.lessons
        ],
    )


def _systems() -> dict[int, list[str]]:
    references = dict(AISystem.objects.values_list("id", "reference"))
    found: dict[int, list[str]] = {}
    for link in IncidentSystem.objects.order_by("pk"):
        version = f" ({link.version})" if link.version else ""
        found.setdefault(link.incident_id, []).append(f"{references.get(link.system_id, '')}{version}")
    return found


def _standing(row: Any, moment: datetime.datetime) -> str:
    return standing(due_at=row.due_at, sent_at=row.sent_at, waived=row.waived_at is not None, now=moment)


def _notices(incidents: list[Any], notices: list[Any], moment: datetime.datetime) -> Table:
    references = {row.pk: row.reference for row in incidents}
    return Table(
        title="Notices",
        columns=(
            Column("Ref", 10, "code"),
            Column("Notice", 34),
            Column("Due", 18),
            Column("Sent", 18),
            Column("Standing", 20),
        ),
        rows=[
            (
                references.get(row.incident_id),
                row.title,
                _told(row.due_at),
                _told(row.sent_at),
                WORDS[_standing(row, moment)],
            )
            for row in notices
        ],
    )


def _told(moment: datetime.datetime | None) -> str | None:
    return f"{moment.astimezone(organization_zone()):%d %b %Y, %H:%M}" if moment else None


def _gaps(incidents: list[Any], notices: list[Any], moment: datetime.datetime) -> Iterator[str]:
    if not incidents:
        yield "No incident was on record on this day, as far as the history here reaches back."
        return
    waiting = [row for row in incidents if row.state == IncidentState.REPORTED]
    if waiting:
        yield f"{', '.join(row.reference for row in waiting[:5])}: reported and not triaged."
    overdue = [row for row in notices if _standing(row, moment) == "overdue"]
    references = {row.pk: row.reference for row in incidents if row.state not in ENDED}
    for row in overdue[:5]:
        yield f"{references.get(row.incident_id, '')}: {row.title} is overdue.".strip(": ")
