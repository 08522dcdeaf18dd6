"""What metrics and alerts show at places that core names: navigation, work, search, a system's page."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.registry import NavigationEntry, Panel, SearchHit, WorkItem
from aims.core.tenancy.past import past_moment
from inventory.enums import AlertSeverity, AlertState, ReEvaluationAnswer
from inventory.models import AISystem, Alert, Metric, ReEvaluationProposal
from inventory.queries import alerts, monitoring

WORK_LINES = 20
HITS = 8
VIEW = "inventory.view_metrics"
NEXT_STEP = {
    AlertState.OPEN: ("Acknowledge", "gauge"),
    AlertState.ACKNOWLEDGED: ("Say what is done", "gauge"),
    AlertState.IN_ACTION: ("Resolve", "gauge"),
}


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Assess", "Metrics", "metrics", "gauge", VIEW, 14)
    yield NavigationEntry("Assess", "Alerts", "alerts", "activity", VIEW, 14)


def panels() -> Iterator[Panel]:
    template = "inventory/_system_metrics.html"
    yield Panel("system", "metrics", "Monitoring", 16, VIEW, template, system_metrics, span=6)


def system_metrics(actor: Actor, system: AISystem) -> Mapping[str, Any]:
    """Two queries, whatever their number."""
    now = past_moment() or timezone.now()
    return {
        "metrics": monitoring.metrics_of(system, now=now),
        "alerts": alerts.alerts_of(system),
        "may_propose": permissions.can(actor, "inventory.keep_metric", Metric(system=system)),
        "system": system,
    }


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """Alerts of own metrics, and for the lead what waits for a consent or an answer."""
    if actor.member_id is None or not permissions.can(actor, VIEW):
        return
    unfinished = Alert.objects.unfinished().select_related("metric", "organization")
    for alert in unfinished.filter(_own(actor)).order_by("severity", "due_at")[:WORK_LINES]:
        yield _item(alert, *NEXT_STEP[AlertState(alert.state)])
    yield from _proposals(actor)


def _own(actor: Actor) -> Q:
    return Q(metric__owner_id__in=actor.persons) | Q(
        metric__owner=None, metric__system__owner_id__in=actor.persons
    )


def _item(alert: Alert, action: str, icon: str) -> WorkItem:
    due = local_today(alert.due_at) if alert.state == AlertState.OPEN else alert.action_due_date
    critical = "Critical: " if alert.severity == AlertSeverity.CRITICAL else ""
    return WorkItem(
        title=f"{critical}{alert.title}",
        detail=alert.reference,
        url=alert.get_absolute_url(),
        icon=icon,
        action=action,
        due=due,
    )


def _proposals(actor: Actor) -> Iterator[WorkItem]:
    waiting: QuerySet[Any] = ReEvaluationProposal.objects.filter(answer=ReEvaluationAnswer.OPEN)
    if not permissions.can(actor, "inventory.set_owner"):
        waiting = waiting.filter(system__owner_id__in=actor.persons)
    for proposal in waiting.select_related("system", "alert", "organization").order_by("id")[:WORK_LINES]:
        yield WorkItem(
            title=f"Is {proposal.system.name} evaluated again?",
            detail=proposal.alert.reference,
            url=proposal.get_absolute_url(),
            icon="gauge",
            action="Answer",
        )


def search(actor: Actor, text: str) -> Iterator[SearchHit]:
    if not permissions.can(actor, VIEW):
        return
    found = monitoring.metrics(monitoring.MetricFilters(q=text)).select_related("organization")
    for metric in found.order_by("id")[:HITS]:
        yield SearchHit("Metric", str(metric), metric.get_absolute_url())
    now = timezone.now()
    matching = alerts.alerts(alerts.AlertFilters(q=text), now=now).select_related("metric", "organization")
    for alert in matching.order_by("-id")[:HITS]:
        yield SearchHit("Alert", str(alert), alert.get_absolute_url())
