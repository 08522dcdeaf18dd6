"""The verbs of the metric catalogue."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from aims.core import permissions, references, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import Member
from aims.core.ownerships import require_holder
from aims.core.versions import only_known, write_changes, write_version
from inventory import metric_proposals
from inventory.enums import ChartKind, MetricDirection, MetricFrequency, MetricKind, MetricSource
from inventory.models import AISystem, Metric
from inventory.queries.sectors import adopted_keys
from inventory.rules import monitoring as rules
from inventory.rules.systems import OUT_OF_USE
from inventory.sectors import usual_metrics
from inventory.services.owners import tell_new_owner

KEEP = "inventory.keep_metric"
EDITABLE = (
    "name",
    "kind",
    "definition",
    "unit",
    "source",
    "frequency",
    "grace_hours",
    "direction",
    *rules.BOUNDS,
    "groups",
    "warning_breaches",
    "warning_of",
    "critical_breaches",
    "critical_of",
    "minimum_sample",
    "chart",
    "escalate_hours",
    "recurrence_days",
    "retention_months",
    "owner",
)
CHOICES = {
    "kind": MetricKind,
    "source": MetricSource,
    "frequency": MetricFrequency,
    "direction": MetricDirection,
    "chart": ChartKind,
}
LONGEST_GROUP, MOST_GROUPS = 60, 50
NO_LIMIT = "Set at least one limit first: without one nothing can be noticed."


@transaction.atomic
def register_metric(
    *,
    actor: Actor,
    system: AISystem,
    name: str,
    now: datetime.datetime,
    owner: Member | None = None,
    is_active: bool = True,
    **fields: Any,
) -> Metric:
    """Enter a metric of a system; whoever answers for the system answers for it. Active needs a limit."""
    metric = Metric(
        organization_id=actor.organization_id,
        system=system,
        owner=owner or system.owner,
        is_active=is_active,
        active_since=now if is_active else None,
        paused_because="" if is_active else "Not in use yet.",
        registered_at=now,
        **only_known({"name": name, **fields}, EDITABLE),
    )
    permissions.require(actor, KEEP, metric)
    if system.stage in OUT_OF_USE:
        raise RuleBroken("This system is out of use.", field="system")
    _check(metric, names_owner=True)
    metric.reference = references.next_reference("MET")
    metric.save(force_insert=True)
    trail.record(actor, "metric.registered", metric, after={"system": system, "owner": metric.owner_id})
    tell_new_owner(actor, metric)
    return metric


@transaction.atomic
def edit_metric(
    *,
    actor: Actor,
    metric: Metric,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> Metric:
    """Write what differs. Readings that are stored are not judged again by new limits, later ones are."""
    permissions.require(actor, KEEP, metric)
    values = only_known(changes, EDITABLE)

    def check(differing: Mapping[str, Any]) -> None:
        _check(metric, names_owner="owner" in differing)
        if "unit" in differing and metric.readings.exists():
            raise RuleBroken(
                "There are readings in the old unit. Register a new metric instead.", field="unit"
            )

    differing = write_changes(
        actor,
        metric,
        row_version=row_version,
        values=values,
        action="metric.edited",
        check=check,
    )
    if "owner" in differing:
        tell_new_owner(actor, metric)
    return metric


@transaction.atomic
def pause_metric(*, actor: Actor, metric: Metric, reason: str, now: datetime.datetime) -> Metric:
    """Readings are still stored, but nothing is expected and nobody is alerted."""
    permissions.require(actor, KEEP, metric)
    if not reason.strip():
        raise RuleBroken("Say why it is paused.", field="reason")
    if not metric.is_active:
        raise RuleBroken("This metric is paused already.", field="reason")
    _switch(metric, is_active=False, active_since=None, paused_because=reason.strip())
    trail.record(actor, "metric.paused", metric, reason=reason.strip())
    return metric


@transaction.atomic
def activate_metric(*, actor: Actor, metric: Metric, now: datetime.datetime) -> Metric:
    """Readings are expected from now on, and limits are watched."""
    permissions.require(actor, KEEP, metric)
    if metric.is_active:
        raise RuleBroken("This metric is active already.")
    if not _has_limits(metric):
        raise RuleBroken(NO_LIMIT, field="warning_low")
    _switch(metric, is_active=True, active_since=now, paused_because="")
    trail.record(actor, "metric.activated", metric)
    return metric


@transaction.atomic
def adopt_proposals(
    *, actor: Actor, system: AISystem, keys: Iterable[str], now: datetime.datetime
) -> list[Metric]:
    """Take proposed metrics over, paused: the limits are the organization's own to set."""
    permissions.require(actor, KEEP, Metric(system=system, owner=system.owner))
    usual = usual_metrics(adopted_keys())
    proposals = {each.key: each for each in metric_proposals.proposals_for(system.ai_type, usual)}
    known = set(Metric.objects.filter(system=system).values_list("name", flat=True))
    wanted = list(dict.fromkeys(keys))
    unknown = [key for key in wanted if key not in proposals]
    if unknown or not wanted:
        raise RuleBroken("Choose from the proposals for this kind of system.", field="keys")
    return [
        register_metric(actor=actor, system=system, now=now, is_active=False, **proposals[key].fields())
        for key in wanted
        if proposals[key].name not in known
    ]


def _switch(metric: Metric, **values: Any) -> None:
    if not write_version(Metric.objects.filter(pk=metric.pk), metric.row_version, **values):
        raise StaleState("Somebody changed this metric a moment ago. Reload and look at it again.")
    metric.refresh_from_db()


def _check(metric: Metric, *, names_owner: bool) -> None:
    if not metric.name:
        raise RuleBroken("Give the metric a name.", field="name")
    for field, choices in CHOICES.items():
        if getattr(metric, field) not in choices.values:
            raise RuleBroken("Choose one of the list.", field=field)
    _check_groups(metric)
    for group in ("", *metric.groups):
        rules.require_limits(metric.limits_for(group), direction=metric.direction)
    rules.require_window(metric.warning_window, field="warning_of")
    rules.require_window(metric.critical_window, field="critical_of")
    if metric.is_active and not _has_limits(metric):
        raise RuleBroken(NO_LIMIT, field="warning_low")
    if names_owner:
        require_holder("metrics", metric.owner)
    same = Metric.objects.filter(system_id=metric.system_id, name=metric.name).exclude(pk=metric.pk).first()
    if same:
        raise RuleBroken(f"{same.reference} of this system has this name already.", field="name")


def _check_groups(metric: Metric) -> None:
    if len(metric.groups) > MOST_GROUPS:
        raise RuleBroken(f"A metric has up to {MOST_GROUPS} groups.", field="groups")
    for group, bounds in metric.groups.items():
        if not group.strip() or group != group.strip() or len(group) > LONGEST_GROUP:
            raise RuleBroken(f"A group has a name of up to {LONGEST_GROUP} characters.", field="groups")
        unknown = sorted(set(bounds) - set(rules.BOUNDS))
        if unknown:
            raise RuleBroken(f"{group}: {unknown[0]} is no limit.", field="groups")
        if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in bounds.values()):
            raise RuleBroken(f"{group}: a limit is a number.", field="groups")


def _has_limits(metric: Metric) -> bool:
    return any(not metric.limits_for(group).is_empty for group in metric.streams)
