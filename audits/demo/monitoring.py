"""Metrics of a sample organization with a year of readings, from a fixed seed."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aims.core.tenancy.context import acting_as
from inventory.enums import AlertState, MetricSource, ReEvaluationAnswer
from inventory.models import Alert, Metric, ReEvaluationProposal
from inventory.re_evaluation import answer_re_evaluation
from inventory.services import alerts, metrics, readings
from inventory.services.readings import Sent

if TYPE_CHECKING:
    from aims.core.actor import Actor
    from audits.demo.seeding import Sample

SEED = 42001
FACTS = (
    "name",
    "kind",
    "definition",
    "unit",
    "frequency",
    "direction",
    "warning_low",
    "warning_high",
    "critical_low",
    "critical_high",
    "groups",
    "chart",
    "source",
)
DAY = datetime.timedelta(days=1)


def seed_metrics(sample: Sample) -> None:
    # Not for secrets: the same numbers whenever the sample is made.
    chance = random.Random(SEED)  # noqa: S311
    for each in sample.plan.get("metrics", ()):
        start = sample.clock.ago(each["days"], hour=6)
        with acting_as(sample.actor(each["owner"])) as owner:
            metric = metrics.register_metric(
                actor=owner,
                system=sample.systems[each["system"]],
                now=start,
                **{key: each[key] for key in FACTS if key in each},
            )
            _record(sample, owner, metric, each, chance)
            _deal_with_alerts(sample, owner, metric, each.get("alert", {}))


def _record(
    sample: Sample, owner: Actor, metric: Metric, each: Mapping[str, Any], chance: random.Random
) -> None:
    """Month by month, as they came."""
    found = list(_readings(sample, metric, each, chance))
    for first in range(0, len(found), each["batch"]):
        part = found[first : first + each["batch"]]
        readings.record_readings(
            actor=owner, sent=part, source=MetricSource.UPLOAD, now=part[-1].at + DAY / 24
        )


def _readings(
    sample: Sample, metric: Metric, each: Mapping[str, Any], chance: random.Random
) -> Iterator[Sent]:
    low = {place["days"]: place["level"] for place in each.get("events", ())}
    for days in range(each["days"] - each["every"], each.get("until", 0), -each["every"]):
        at = sample.clock.ago(days, hour=6)
        for group in metric.streams:
            level = next((low[key] for key in low if 0 <= key - days < each["every"]), each["level"])
            level += each.get("group_levels", {}).get(group, 0)
            value = chance.gauss(level, each["spread"])
            size = chance.randint(*each["sample"]) if "sample" in each else None
            if metric.is_share and size:
                value = round(min(max(value, 0), 1) * size) / size
            yield Sent(metric.reference, round(value, 4), at, group=group, sample_size=size)


def _deal_with_alerts(sample: Sample, owner: Actor, metric: Metric, way: Mapping[str, Any]) -> None:
    found = Alert.objects.select_related("metric__system__owner", "metric__owner", "organization")
    for alert in found.filter(metric=metric, state=AlertState.OPEN).order_by("id"):
        if way.get("ends") == "open":
            return
        when = alert.opened_at + DAY / 4
        alerts.move_alert(actor=owner, alert=alert, action="acknowledge", now=when)
        for proposal in ReEvaluationProposal.objects.filter(alert=alert, answer=ReEvaluationAnswer.OPEN):
            proposal.alert = alert
            with acting_as(sample.actor(sample.lead)) as lead:
                answer_re_evaluation(
                    actor=lead,
                    proposal=proposal,
                    answer=ReEvaluationAnswer.DECLINED,
                    reason=way["no_re_evaluation"],
                    now=when + DAY,
                )
        alerts.move_alert(
            actor=owner,
            alert=alert,
            action="act",
            measure=way["measure"],
            due_date=(when + 14 * DAY).date(),
            now=when + DAY,
        )
        if way.get("ends") == "resolved":
            alerts.move_alert(
                actor=owner, alert=alert, action="resolve", reason=way["found"], now=when + 14 * DAY
            )
