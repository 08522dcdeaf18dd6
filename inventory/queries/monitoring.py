"""Reads of the metric catalogue, of readings, and of what is missing."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, FloatField, Func, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from aims.core import permissions
from aims.core.actor import Actor
from inventory.enums import MetricFrequency, MetricKind
from inventory.models import AISystem, Alert, Metric, MetricReading
from inventory.models.systems import IN_USE
from inventory.queries.systems import label_of
from inventory.rules import monitoring as rules
from inventory.rules.systems import OUT_OF_USE

VIEWS = {
    "": "All",
    "active": "Active",
    "paused": "Paused",
    "alerting": "With an alert",
    "no_owner": "No owner",
}
#: What ?sort= calls a column.
SORTS = {
    "ref": "id",
    "name": "name",
    "kind": "kind",
    "system": "system__name",
    "owner": "owner__name",
    "last": "last_at",
}
ROW_FIELDS = (
    "id",
    "reference",
    "name",
    "kind",
    "system_id",
    "frequency",
    "owner_id",
    "is_active",
    "unit",
    "row_version",
)
MOST_DRAWN = 10_000
LATEST = 50
#: To read ten thousand moments as datetimes takes half as long as all else of a chart.
SECONDS = Func(F("at"), template="date_part('epoch', %(expressions)s)", output_field=FloatField())


@dataclass(frozen=True)
class MetricFilters:
    view: str = ""
    q: str = ""
    kind: str = ""
    frequency: str = ""
    system: int | None = None


@dataclass(frozen=True)
class MetricRow:
    id: int
    reference: str
    name: str
    kind: str
    system_id: int
    system: str
    frequency: str
    owner: str
    is_active: bool
    last_at: datetime.datetime | None
    last_value: float | None
    unit: str
    alerts: int
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]


def _conditions() -> dict[str, Q]:
    alerting = Alert.objects.unfinished().values("metric_id")
    return {
        "active": Q(is_active=True),
        "paused": Q(is_active=False),
        "alerting": Q(pk__in=alerting),
        "no_owner": Q(owner=None),
    }


def metrics(filters: MetricFilters) -> QuerySet[Any]:
    found = Metric.objects.filter(_conditions().get(filters.view, Q()))
    for column in ("kind", "frequency"):
        if getattr(filters, column):
            found = found.filter(**{column: getattr(filters, column)})
    if filters.system:
        found = found.filter(system_id=filters.system)
    for word in filters.q.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(reference__icontains=word)
            | Q(definition__icontains=word)
            | Q(system__name__icontains=word)
        )
    return found


def rows(found: QuerySet[Any], also: Iterable[str] = (), *, now: datetime.datetime) -> QuerySet[Any]:
    """Plain values with the last reading and the unfinished alerts; `metric_rows` puts them into words."""
    last = MetricReading.objects.filter(metric=OuterRef("pk")).standing(until=now).order_by("-at", "-id")
    alerts = Alert.objects.unfinished().filter(metric=OuterRef("pk")).order_by().values("metric")
    return found.values(
        *ROW_FIELDS,
        *also,
        system_reference=F("system__reference"),
        system_name=F("system__name"),
        owner_name=F("owner__name"),
    ).annotate(
        last_at=Subquery(last.values("at")[:1]),
        last_value=Subquery(last.values("value")[:1]),
        alert_count=Coalesce(Subquery(alerts.annotate(n=Count("pk")).values("n")), 0),
    )


def metric_rows(values: Iterable[Mapping[str, Any]]) -> list[MetricRow]:
    return [
        MetricRow(
            id=each["id"],
            reference=each["reference"],
            name=each["name"],
            kind=label_of(MetricKind, each["kind"]),
            system_id=each["system_id"],
            system=f"{each['system_reference']} {each['system_name']}",
            frequency=label_of(MetricFrequency, each["frequency"]),
            owner=each["owner_name"] or "",
            is_active=each["is_active"],
            last_at=each["last_at"],
            last_value=each["last_value"],
            unit=each["unit"],
            alerts=each["alert_count"],
            said=each,
        )
        for each in values
    ]


def view_counts() -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in _conditions().items()}
    found = Metric.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


@dataclass(frozen=True)
class Stream:
    """The readings of one group of a metric, as far as they came."""

    group: str
    last: MetricReading | None
    severity: str
    missing_since: datetime.datetime | None
    limits: rules.Limits


@dataclass(frozen=True)
class MetricDetail:
    streams: list[Stream]
    latest: list[MetricReading]
    alerts: list[Alert]


def detail_of(metric: Metric, *, now: datetime.datetime) -> MetricDetail:
    """Three queries, however many readings there are."""
    known = MetricReading.objects.filter(metric=metric, recorded_at__lte=now)
    corrected = MetricReading.objects.filter(corrects=OuterRef("pk"), recorded_at__lte=now)
    latest = known.annotate(corrected_by=Subquery(corrected.values("pk")[:1]))
    latest = latest.select_related("batch__recorded_by", "corrects").order_by("-at", "-id")[:LATEST]
    alerts = metric.alerts.select_related("metric").order_by("-id")[:20]
    return MetricDetail(streams=list(_streams(metric, now)), latest=list(latest), alerts=list(alerts))


def _streams(metric: Metric, now: datetime.datetime) -> Iterator[Stream]:
    lasts = MetricReading.objects.filter(metric=metric).standing(until=now)
    by_group = {reading.group: reading for reading in lasts.order_by("group", "-at", "-id").distinct("group")}
    for group in dict.fromkeys([*metric.streams, *sorted(by_group)]):
        last = by_group.get(group)
        limits = metric.limits_for(group)
        yield Stream(
            group=group,
            last=last,
            severity=limits.severity_of(last.value) if last else "",
            missing_since=_missing(metric, last.at if last else None, now)
            if group in metric.streams
            else None,
            limits=limits,
        )


def _judged(metric: Metric, group: str) -> QuerySet[Any]:
    """Readings that windows look at: those that stand, and rest on enough cases."""
    found = MetricReading.objects.filter(metric=metric, group=group).standing()
    return found.filter(sample_size__gte=metric.minimum_sample) if metric.minimum_sample else found


def readings_around(
    metric: Metric, group: str, moments: Sequence[datetime.datetime]
) -> list[tuple[int, float]]:
    """(id, value) in order of time: one window before the first of these moments to one after the last."""
    reach = max(metric.warning_of, metric.critical_of) - 1
    found, first, last = _judged(metric, group), min(moments), max(moments)
    before = found.filter(at__lt=first).order_by("-at").values_list("at", flat=True)
    after = found.filter(at__gt=last).order_by("at").values_list("at", flat=True)
    begin = min([*before[:reach], first])
    end = max([*after[:reach], last])
    return list(found.filter(at__gte=begin, at__lte=end).order_by("at", "id").values_list("pk", "value"))


def last_severities(metric: Metric, group: str) -> list[str]:
    """Of the newest readings, as many as a window takes, in order of time."""
    count = max(metric.warning_of, metric.critical_of)
    limits = metric.limits_for(group)
    newest = _judged(metric, group).order_by("-at", "-id").values_list("value", flat=True)[:count]
    return [limits.severity_of(value) for value in reversed(newest)]


def missing_since(metric: Metric, group: str, *, now: datetime.datetime) -> datetime.datetime | None:
    """When the next reading of a stream should have come; None while nothing is missing."""
    found = MetricReading.objects.filter(metric=metric, group=group).aggregate(last=Max("at"))
    return _missing(metric, found["last"], now)


def _missing(
    metric: Metric, last: datetime.datetime | None, now: datetime.datetime
) -> datetime.datetime | None:
    if not metric.is_active or metric.active_since is None:
        return None
    begun = max(last, metric.active_since) if last else metric.active_since
    since = rules.silent_since(begun, frequency=metric.frequency, grace_hours=metric.grace_hours)
    return since if now > since else None


def silent_streams(*, now: datetime.datetime) -> Iterator[tuple[Metric, str, datetime.datetime]]:
    """Every stream of an active metric of a system in use whose reading is missing. Two queries."""
    active = Metric.objects.filter(is_active=True, system__stage__in=IN_USE)
    found = list(active.select_related("system__owner", "owner", "organization").order_by("pk"))
    lasts = MetricReading.objects.filter(metric__in=found).order_by().values_list("metric_id", "group")
    last_at = {(metric, group): at for metric, group, at in lasts.annotate(last=Max("at"))}
    for metric in found:
        for group in metric.streams:
            since = _missing(metric, last_at.get((metric.pk, group)), now)
            if since is not None:
                yield metric, group, since


@dataclass(frozen=True)
class Series:
    """Readings of one group in order of time."""

    ids: list[int]
    moments: list[datetime.datetime]
    values: list[float]
    sizes: list[int | None]
    #: more were stored in this time than are drawn
    is_cut: bool = False


def series_of(
    metric: Metric, group: str, *, since: datetime.datetime | None, until: datetime.datetime
) -> Series:
    """The newest of the time asked for, at most 10,000. One query."""
    found = MetricReading.objects.filter(metric=metric, group=group, at__lte=until).standing(until=until)
    if since is not None:
        found = found.filter(at__gte=since)
    columns_of = found.order_by("-at", "-id").values_list("id", SECONDS, "value", "sample_size")
    newest = list(columns_of[: MOST_DRAWN + 1])
    columns = list(zip(*reversed(newest[:MOST_DRAWN]), strict=True)) or [(), (), (), ()]
    ids, seconds, values, sizes = (list(column) for column in columns)
    moments = [datetime.datetime.fromtimestamp(second, datetime.UTC) for second in seconds]
    return Series(ids, moments, values, sizes, is_cut=len(newest) > MOST_DRAWN)


def readings(
    *,
    metric: int | None = None,
    group: str | None = None,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
) -> QuerySet[Any]:
    """For the API, corrected ones among them."""
    asked = {"metric_id": metric, "group": group, "at__gte": since, "at__lte": until}
    return MetricReading.objects.filter(**{key: value for key, value in asked.items() if value is not None})


def metrics_of(system: AISystem, *, now: datetime.datetime) -> list[MetricRow]:
    """One query, whatever their number."""
    return metric_rows(rows(Metric.objects.filter(system=system), now=now).order_by("id"))


def systems_to_measure(actor: Actor) -> QuerySet[AISystem]:
    """For an AI system owner their own."""
    systems = AISystem.objects.exclude(stage__in=OUT_OF_USE).select_related("owner").order_by("id")
    if permissions.can(actor, "inventory.set_owner"):
        return systems
    return systems.filter(owner_id__in=actor.persons)
