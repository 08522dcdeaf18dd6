"""Reads of alerts and of the re-evaluations they propose."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When

from inventory.enums import AlertKind, AlertSeverity, AlertState, ReEvaluationAnswer
from inventory.models import AISystem, Alert, ReEvaluationProposal
from inventory.queries.systems import label_of
from inventory.rules.monitoring import UNFINISHED

VIEWS = {
    "unfinished": "Not finished",
    "late": "Not acknowledged in time",
    "critical": "Critical",
    "finished": "Finished",
    "": "All",
}


#: What ?sort= calls a column.
SORTS = {
    "ref": "id",
    "system": "metric__system__name",
    "severity": "rank",
    "state": "state",
    "owner": "metric__owner__name",
    "happened": "happened_at",
    "due": "due_at",
}
ROW_FIELDS = (
    "id",
    "reference",
    "kind",
    "group",
    "severity",
    "state",
    "happened_at",
    "opened_at",
    "due_at",
    "breach_count",
    "recurrences",
    "metric_id",
    "rank",
    "row_version",
)


@dataclass(frozen=True)
class AlertFilters:
    view: str = ""
    q: str = ""
    state: str = ""
    severity: str = ""
    kind: str = ""
    metric: int | None = None
    system: int | None = None


@dataclass(frozen=True)
class AlertRow:
    id: int
    reference: str
    title: str
    kind_label: str
    metric: str
    system: str
    severity: str
    severity_label: str
    state: str
    state_label: str
    owner: str
    happened_at: datetime.datetime
    due_at: datetime.datetime
    is_late: bool
    breaches: int
    recurrences: int
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]

    @property
    def to_acknowledge_by(self) -> datetime.datetime | None:
        """As long as nobody did."""
        return self.due_at if self.state == AlertState.OPEN else None


def _conditions(now: datetime.datetime) -> dict[str, Q]:
    unfinished = Q(state__in=UNFINISHED)
    return {
        "unfinished": unfinished,
        "late": Q(state=AlertState.OPEN, due_at__lt=now),
        "critical": unfinished & Q(severity=AlertSeverity.CRITICAL),
        "finished": ~unfinished,
    }


def alerts(filters: AlertFilters, *, now: datetime.datetime) -> QuerySet[Any]:
    found = Alert.objects.filter(_conditions(now).get(filters.view, Q()))
    for column in ("state", "severity", "kind"):
        if getattr(filters, column):
            found = found.filter(**{column: getattr(filters, column)})
    if filters.metric:
        found = found.filter(metric_id=filters.metric)
    if filters.system:
        found = found.filter(metric__system_id=filters.system)
    for word in filters.q.split():
        found = found.filter(
            Q(reference__icontains=word)
            | Q(metric__name__icontains=word)
            | Q(metric__system__name__icontains=word)
            | Q(group__icontains=word)
        )
    return found


def rows(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    """Plain values; `alert_rows` puts them into words."""
    rank = Case(When(severity=AlertSeverity.CRITICAL, then=Value(0)), default=Value(1))
    return found.annotate(rank=rank).values(
        *ROW_FIELDS,
        *also,
        metric_name=F("metric__name"),
        metric_reference=F("metric__reference"),
        system_id=F("metric__system_id"),
        system_name=F("metric__system__name"),
        system_reference=F("metric__system__reference"),
        owner_name=F("metric__owner__name"),
    )


def alert_rows(values: Iterable[Mapping[str, Any]], *, now: datetime.datetime) -> list[AlertRow]:
    return [_row(each, now=now) for each in values]


def _row(each: Mapping[str, Any], *, now: datetime.datetime) -> AlertRow:
    kind, group = label_of(AlertKind, each["kind"]), each["group"]
    return AlertRow(
        id=each["id"],
        reference=each["reference"],
        title=f"{kind}: {each['metric_name']}" + (f", {group}" if group else ""),
        kind_label=kind,
        metric=f"{each['metric_reference']} {each['metric_name']}",
        system=f"{each['system_reference']} {each['system_name']}",
        severity=each["severity"],
        severity_label=label_of(AlertSeverity, each["severity"]),
        state=each["state"],
        state_label=label_of(AlertState, each["state"]),
        owner=each["owner_name"] or "",
        happened_at=each["happened_at"],
        due_at=each["due_at"],
        is_late=each["state"] == AlertState.OPEN and each["due_at"] < now,
        breaches=each["breach_count"],
        recurrences=each["recurrences"],
        said=each,
    )


def view_counts(*, now: datetime.datetime) -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in _conditions(now).items()}
    found = Alert.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


def with_parts() -> QuerySet[Any]:
    return Alert.objects.select_related(
        "metric__system__owner",
        "metric__owner",
        "reading",
        "acknowledged_by",
        "dismissal_agreed_by",
        "organization",
    )


def proposals_of(alert: Alert) -> list[ReEvaluationProposal]:
    return list(alert.proposals.select_related("system", "decided_by").order_by("-id"))


def open_proposals(system: AISystem) -> list[ReEvaluationProposal]:
    found = ReEvaluationProposal.objects.filter(system=system, answer=ReEvaluationAnswer.OPEN)
    return list(found.select_related("alert__metric").order_by("id"))


def proposals(*, answer: str = "", system: int | None = None) -> QuerySet[Any]:
    found = ReEvaluationProposal.objects.select_related("alert__metric", "system")
    if answer:
        found = found.filter(answer=answer)
    return found.filter(system_id=system) if system else found


def alerts_of(system: AISystem) -> list[Alert]:
    """Unfinished ones, the critical first."""
    found = Alert.objects.unfinished().filter(metric__system=system).select_related("metric")
    return list(found.order_by("severity", "id"))
