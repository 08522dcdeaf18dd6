"""Reads of the incident register, of one incident, and of the trends."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from aims.core.catalogs import LEGAL_CLOCKS, TAXONOMY, catalog
from aims.core.numbers import whole_number
from inventory.enums import IncidentKind, IncidentSeverity, IncidentState
from inventory.models import (
    AISystem,
    Incident,
    IncidentNotice,
    IncidentSystem,
    NoticeClause,
)
from inventory.models.incidents import ENDED, OPEN_NOTICE
from inventory.queries.systems import label_of
from inventory.rules.clocks import span_in_words
from inventory.rules.incidents import quarter, typical

VIEWS = {
    "open": "Open",
    "": "All",
    "triage": "To triage",
    "clock": "Clock running",
    "complaints": "Complaints",
    "closed": "Closed",
}
#: What ?sort= calls a column.
SORTS = {
    "ref": "id",
    "title": "title",
    "state": "state",
    "owner": "owner__name",
    "noticed": "noticed_at",
    "due": "next_due_at",
}
ROW_FIELDS = (
    "id",
    "reference",
    "kind",
    "title",
    "severity",
    "harm_type",
    "state",
    "owner_id",
    "noticed_at",
    "reported_at",
    "closed_at",
    "row_version",
)


def harm_types() -> list[tuple[str, str]]:
    """The categories of the risk taxonomy."""
    return [(row["id"], row["name"]) for row in catalog(TAXONOMY)["categories"]]


def harm_word(value: str) -> str:
    return dict(harm_types()).get(value, value)


@dataclass(frozen=True)
class IncidentFilters:
    view: str = ""
    q: str = ""
    kind: str = ""
    state: str = ""
    severity: str = ""
    system: str = ""


@dataclass(frozen=True)
class IncidentRow:
    id: int
    reference: str
    kind: str
    title: str
    severity: str
    severity_label: str
    state: str
    state_label: str
    owner: str
    noticed_at: datetime.datetime
    closed_at: datetime.datetime | None
    systems: int
    next_due_at: datetime.datetime | None
    is_overdue: bool
    left: str
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]


def _running() -> Q:
    return Q(pk__in=IncidentNotice.objects.filter(OPEN_NOTICE).exclude(due_at=None).values("incident_id"))


def _conditions() -> dict[str, Q]:
    return {
        "open": ~Q(state__in=ENDED),
        "triage": Q(state=IncidentState.REPORTED),
        "clock": _running(),
        "complaints": Q(kind=IncidentKind.COMPLAINT),
        "closed": Q(state__in=ENDED),
    }


def incidents(filters: IncidentFilters) -> QuerySet[Any]:
    found = Incident.objects.filter(_conditions().get(filters.view, Q()))
    for column in ("kind", "state", "severity"):
        if getattr(filters, column):
            found = found.filter(**{column: getattr(filters, column)})
    if system := whole_number(filters.system):
        found = found.filter(pk__in=IncidentSystem.objects.filter(system_id=system).values("incident"))
    for word in filters.q.split():
        found = found.filter(
            Q(title__icontains=word) | Q(reference__icontains=word) | Q(description__icontains=word)
        )
    return found


def rows(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    """Plain values with the number of systems and the next end of a clock."""
    links = IncidentSystem.objects.filter(incident=OuterRef("pk")).order_by().values("incident")
    running = (
        IncidentNotice.objects.filter(OPEN_NOTICE, incident=OuterRef("pk")).order_by().values("incident")
    )
    return found.values(*ROW_FIELDS, *also, owner_name=F("owner__name")).annotate(
        system_count=Coalesce(Subquery(links.annotate(n=Count("pk")).values("n")), 0),
        next_due_at=Subquery(running.annotate(first=Min("due_at")).values("first")),
    )


def incident_rows(values: Iterable[Mapping[str, Any]], *, now: datetime.datetime) -> list[IncidentRow]:
    return [_row(each, now) for each in values]


def _row(each: Mapping[str, Any], now: datetime.datetime) -> IncidentRow:
    due = each["next_due_at"]
    return IncidentRow(
        id=each["id"],
        reference=each["reference"],
        kind=label_of(IncidentKind, each["kind"]),
        title=each["title"],
        severity=each["severity"],
        severity_label=label_of(IncidentSeverity, each["severity"]),
        state=each["state"],
        state_label=label_of(IncidentState, each["state"]),
        owner=each["owner_name"] or "",
        noticed_at=each["noticed_at"],
        closed_at=each["closed_at"],
        systems=each["system_count"],
        next_due_at=due,
        is_overdue=bool(due and due < now),
        left=span_in_words(due - now) if due else "",
        said=each,
    )


def view_counts() -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in _conditions().items()}
    found = Incident.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


@dataclass(frozen=True)
class NoticeLine:
    notice: IncidentNotice
    standing: str
    span: str
    advice: str

    @property
    def is_open(self) -> bool:
        return self.notice.is_open


@dataclass(frozen=True)
class IncidentDetail:
    """An incident with everything that hangs on it."""

    incident: Incident
    systems: list[Any]
    notices: list[NoticeLine]
    evidence: list[Any]
    entries: list[Any]
    harm: str


def detail_of(incident: Incident, *, now: datetime.datetime) -> IncidentDetail:
    """Four queries, whatever hangs on it."""
    advice = {row["id"]: f"{row['note']} {row['uncertainty']}" for row in catalog(LEGAL_CLOCKS)["clocks"]}
    notices = incident.notices.select_related("evidence").order_by("due_at", "id")
    return IncidentDetail(
        incident=incident,
        systems=list(incident.system_links.select_related("system").order_by("system__reference")),
        notices=[_line(notice, advice.get(notice.rule, ""), now) for notice in notices],
        evidence=list(incident.evidence_links.select_related("evidence").order_by("evidence_id")),
        entries=list(incident.entries.select_related("member").order_by("at", "id")),
        harm=harm_word(incident.harm_type),
    )


def _line(notice: IncidentNotice, advice: str, now: datetime.datetime) -> NoticeLine:
    until = notice.sent_at or now
    return NoticeLine(
        notice=notice,
        standing=notice.standing(now),
        span=span_in_words(notice.due_at - until) if notice.due_at else "",
        advice=advice,
    )


def incidents_of(system: AISystem, *, most: int = 20) -> list[IncidentSystem]:
    links = IncidentSystem.objects.filter(system=system).select_related("incident")
    return list(links.order_by("-incident_id")[:most])


def legal_clocks() -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = catalog(LEGAL_CLOCKS)["clocks"]
    return rows


def clauses() -> QuerySet[Any]:
    return NoticeClause.objects.order_by("-is_active", "title")


def clauses_to_choose() -> list[tuple[int, str]]:
    active = NoticeClause.objects.filter(is_active=True).order_by("title")
    return [(each.pk, f"{each.title}: {each.amount} {each.get_unit_display().lower()}") for each in active]


@dataclass(frozen=True)
class Trend:
    """One quarter: what was noticed in it, and how long noticing and resolving typically took."""

    quarter: str
    total: int
    by_severity: tuple[tuple[str, int], ...]
    complaints: int
    to_notice: str
    to_resolve: str
    late_notices: int


def trends(*, since: datetime.datetime) -> list[Trend]:
    """Two queries. Dismissed reports are no incidents and do not count."""
    found = Incident.objects.filter(noticed_at__gte=since).exclude(state=IncidentState.NOT_INCIDENT)
    lines = list(
        found.values("kind", "severity", "happened_at", "noticed_at", "resolved_at").order_by("noticed_at")
    )
    late = IncidentNotice.objects.filter(sent_at__gt=F("due_at"), incident__noticed_at__gte=since)
    late_moments = list(late.values_list("incident__noticed_at", flat=True))
    quarters = sorted({quarter(line["noticed_at"]) for line in lines}, reverse=True)
    return [
        _trend(each, [line for line in lines if quarter(line["noticed_at"]) == each], late_moments)
        for each in quarters
    ]


def _trend(name: str, lines: list[Any], late: list[datetime.datetime]) -> Trend:
    noticed = typical(line["noticed_at"] - line["happened_at"] for line in lines if line["happened_at"])
    resolved = typical(line["resolved_at"] - line["noticed_at"] for line in lines if line["resolved_at"])
    return Trend(
        quarter=name,
        total=len(lines),
        by_severity=tuple(
            (label, sum(line["severity"] == value for line in lines))
            for value, label in IncidentSeverity.choices
        ),
        complaints=sum(line["kind"] == IncidentKind.COMPLAINT for line in lines),
        to_notice=span_in_words(noticed) if noticed is not None else "",
        to_resolve=span_in_words(resolved) if resolved is not None else "",
        late_notices=sum(quarter(moment) == name for moment in late),
    )
