"""Storing readings of metrics: a batch is taken whole or not at all, and what was sent before counts once."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import Problem, RuleBroken
from inventory.enums import MetricSource
from inventory.models import Metric, MetricReading, ReadingBatch
from inventory.rules import monitoring as rules
from inventory.services.alerts import watch

RECORD = "inventory.record_readings"
MOST_FAULTS = 100
ONE_INSERT = 1_000


@dataclass(frozen=True)
class Sent:
    """A reading as it was sent; `metric` is a reference, `place` says where in the batch it stands."""

    metric: str
    value: float
    at: datetime.datetime
    group: str = ""
    sample_size: int | None = None
    unit: str = ""
    client_id: str = ""
    period_start: datetime.datetime | None = None
    place: str = ""


@dataclass(frozen=True)
class Outcome:
    accepted: int
    duplicates: int
    batch: ReadingBatch | None = None


Moment = tuple[int, str, datetime.datetime]


@dataclass
class Known:
    """Readings that are stored, or stand earlier in the batch."""

    at_moment: dict[Moment, float] = field(default_factory=dict)
    by_client: dict[tuple[int, str], tuple[Moment, float]] = field(default_factory=dict)

    def add(self, moment: Moment, client_id: str, value: float) -> None:
        self.at_moment[moment] = value
        if client_id:
            self.by_client[moment[0], client_id] = moment, value

    def has(self, moment: Moment, client_id: str, value: float) -> bool:
        """True for what was sent before; refuses another value for the same moment or id."""
        if client_id and (moment[0], client_id) in self.by_client:
            if self.by_client[moment[0], client_id] != (moment, value):
                raise RuleBroken("This client id was used for another reading.", field="client_id")
            return True
        if moment in self.at_moment:
            if self.at_moment[moment] != value:
                stored = f"{self.at_moment[moment]:g}"
                raise RuleBroken(
                    f"There is a reading of this moment with the value {stored}. Correct it with a reason.",
                    field="value",
                )
            return True
        return False


@transaction.atomic
def record_readings(
    *,
    actor: Actor,
    sent: Sequence[Sent],
    source: str,
    now: datetime.datetime,
    note: str = "",
) -> Outcome:
    """Store what is new, in any order of time, and watch the limits. One faulty reading refuses all."""
    permissions.require(actor, RECORD)
    most = rules.MOST_IN_A_FILE if source == MetricSource.UPLOAD else rules.MOST_IN_A_BATCH
    if not 1 <= len(sent) <= most:
        raise RuleBroken(f"Send from 1 to {most:,} readings at once.", field="readings")
    metrics = _locked_metrics(actor, sent)
    known = _known(metrics, sent)
    rows, faults, duplicates = [], [], 0
    for each in sent:
        try:
            row = _checked(each, metrics.get(each.metric), now)
            if known.has((row.metric_id, row.group, row.at), row.client_id, row.value):
                duplicates += 1
                continue
        except RuleBroken as refused:
            faults.append(Problem(each.place, refused.field or "readings", refused.sentence))
            continue
        known.add((row.metric_id, row.group, row.at), row.client_id, row.value)
        rows.append(row)
    if faults:
        count = "1 reading is" if len(faults) == 1 else f"{len(faults)} readings are"
        raise RuleBroken(
            f"{count} faulty; nothing was stored.",
            field="readings",
            code="readings",
            problems=faults[:MOST_FAULTS],
        )
    if not rows:
        return Outcome(0, duplicates)
    batch = _store(actor, rows, source=source, note=note, now=now)
    references = sorted({row.metric.reference for row in rows})
    after = {"readings": len(rows), "sent_before": duplicates, "metrics": references}
    trail.record(actor, "metric.readings_recorded", batch, after=after)
    watch(rows, now=now)
    return Outcome(len(rows), duplicates, batch)


@transaction.atomic
def correct_reading(
    *,
    actor: Actor,
    reading: MetricReading,
    value: float,
    reason: str,
    now: datetime.datetime,
    sample_size: int | None = None,
) -> MetricReading:
    """A reading of its own takes the place of a wrong one, which stays readable."""
    metric = Metric.objects.select_for_update(of=("self",)).select_related("system").get(pk=reading.metric_id)
    permissions.require(actor, RECORD, metric)
    if not reason.strip():
        raise RuleBroken("Say what was wrong.", field="reason")
    if MetricReading.objects.filter(corrects=reading).exists():
        raise RuleBroken("This reading was corrected already. Correct the later one.", field="value")
    row = _checked(
        Sent(
            metric=metric.reference,
            value=value,
            at=reading.at,
            group=reading.group,
            sample_size=sample_size if sample_size is not None else reading.sample_size,
            period_start=reading.period_start,
        ),
        metric,
        now,
        groups={reading.group},
    )
    if (row.value, row.sample_size) == (reading.value, reading.sample_size):
        raise RuleBroken("The reading says this already.", field="value")
    row.corrects, row.reason = reading, reason.strip()
    _store(actor, [row], source=MetricSource.MANUAL, note="Correction", now=now)
    trail.record(
        actor,
        "metric.reading_corrected",
        metric,
        before={"at": reading.at.isoformat(), "value": reading.value},
        after={"value": value},
        reason=row.reason,
    )
    watch([row], now=now)
    return row


def _locked_metrics(actor: Actor, sent: Iterable[Sent]) -> dict[str, Metric]:
    """By reference; locked, so that two senders cannot both store the same reading or open two alerts."""
    wanted = {each.metric for each in sent}
    found = Metric.objects.filter(reference__in=wanted).select_related("system", "organization", "owner")
    metrics = list(found.select_for_update(of=("self",)).order_by("pk"))
    for metric in metrics:
        permissions.require(actor, RECORD, metric)
    return {metric.reference: metric for metric in metrics}


def _known(metrics: dict[str, Metric], sent: Sequence[Sent]) -> Known:
    known = Known()
    stored = MetricReading.objects.filter(metric__in=metrics.values(), corrects=None).order_by()
    columns = ("metric_id", "group", "at", "client_id", "value")
    for metric_id, group, at, client_id, value in stored.filter(
        at__in={each.at for each in sent}
    ).values_list(*columns):
        known.add((metric_id, group, at), client_id, value)
    ids = {each.client_id for each in sent} - {""}
    if ids:
        for metric_id, group, at, client_id, value in stored.filter(client_id__in=ids).values_list(*columns):
            known.add((metric_id, group, at), client_id, value)
    return known


def _checked(
    each: Sent, metric: Metric | None, now: datetime.datetime, *, groups: set[str] | None = None
) -> MetricReading:
    if metric is None:
        raise RuleBroken(f"There is no metric {each.metric[:40]}.", field="metric")
    rules.require_reading(
        value=each.value,
        at=each.at,
        now=now,
        unit=each.unit,
        of_metric=metric.unit,
        group=each.group,
        groups=groups or {"", *metric.groups},
        sample_size=each.sample_size,
        is_share=metric.is_share,
        needs_sample=metric.minimum_sample is not None,
        period_start=each.period_start,
    )
    return MetricReading(
        organization_id=metric.organization_id,
        metric=metric,
        group=each.group,
        at=each.at,
        period_start=each.period_start,
        value=each.value,
        sample_size=each.sample_size,
        client_id=each.client_id,
    )


def _store(
    actor: Actor, rows: list[MetricReading], *, source: str, note: str, now: datetime.datetime
) -> ReadingBatch:
    batch = ReadingBatch.objects.create(
        organization_id=actor.organization_id,
        source=source,
        note=note[:200],
        recorded_by_id=actor.member_id,
        recorded_at=now,
    )
    for row in rows:
        row.batch, row.recorded_at = batch, now
    MetricReading.objects.bulk_create(rows, batch_size=ONE_INSERT)
    made: Any = batch
    return made
