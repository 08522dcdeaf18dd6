"""What SM-19 asks of an alert and what its steps set off; and what SM-01 asks of metrics."""

from __future__ import annotations

from django.urls import reverse

from aims.core.exceptions import RuleBroken
from aims.core.permissions import LEAD
from aims.core.registry import registry
from aims.core.transitions import Facts
from inventory.enums import AlertKind, AlertSeverity, ReEvaluationAnswer, SystemStage
from inventory.models import Alert, Metric
from inventory.queries import monitoring as queries
from inventory.rules import monitoring as rules
from inventory.services.alerts import escalate, is_within_window

guard, effect = registry.guard, registry.effect


@guard("SM-19", "action or incident linked")
def something_is_done(facts: Facts) -> None:
    if facts.given.get("incident"):
        return
    if not facts.given.get("measure"):
        raise RuleBroken("Write down what is done about it, or name the incident.", field="measure")
    if facts.given.get("due_date") is None:
        raise RuleBroken("Give the day until which it is done.", field="due_date")


@guard("SM-19", "reason given; critical needs compliance lead")
def dismissal_is_founded(facts: Facts) -> None:
    alert: Alert = facts.obj
    if not facts.given.get("reason"):
        raise RuleBroken("Give a reason.", field="reason")
    is_agreed = alert.dismissal_agreed_by_id is not None or LEAD in facts.actor.roles
    if alert.severity == AlertSeverity.CRITICAL and not is_agreed:
        raise RuleBroken(
            "This alert is critical: a compliance lead has to agree first that it is a false alarm.",
            field="reason",
        )


@guard("SM-19", "metric back inside limit or re-evaluation started")
def alert_is_over(facts: Facts) -> None:
    alert: Alert = facts.obj
    is_re_evaluated = alert.metric.system.stage == SystemStage.RE_EVALUATION
    accepted = alert.proposals.filter(answer=ReEvaluationAnswer.ACCEPTED, proposed_at__gte=alert.opened_at)
    if is_re_evaluated or accepted.exists():
        return
    if alert.kind == AlertKind.SILENCE:
        if queries.missing_since(alert.metric, alert.group, now=facts.now) is not None:
            raise RuleBroken("The reading is still missing.", field="state")
        return
    severities = queries.last_severities(alert.metric, alert.group)
    if not rules.is_back_inside(severities, warning=alert.metric.warning_window):
        raise RuleBroken(
            "The metric is not back inside its limits, and no re-evaluation of the system has started.",
            field="state",
        )


@guard("SM-19", "breach again within window")
def breaches_again(facts: Facts) -> None:
    if not is_within_window(facts.obj, facts.now):
        raise RuleBroken("Too long ago to be the same matter.", field="state")


@effect("SM-19", "escalate if not within set hours")
def escalate_when_late(facts: Facts) -> None:
    """The round escalates what nobody acknowledges; here what was late since the last round."""
    if facts.now > facts.obj.due_at:
        escalate(facts.obj, now=facts.now)


@effect("SM-19", "recurrence counter")
def count_recurrence(facts: Facts) -> None:
    alert: Alert = facts.obj
    alert.refresh_from_db()
    alert.recurrences += 1
    alert.save(update_fields=["recurrences"])


@guard("SM-01", "monitoring metrics active")
def metrics_are_active(facts: Facts) -> str:
    active = list(Metric.objects.filter(system=facts.obj, is_active=True).order_by("pk"))
    if not active:
        url = reverse("system_metrics", args=[facts.obj.organization_slug, facts.obj.pk])
        raise RuleBroken("Register and activate at least one metric with its limits.", url=url)
    if all(metric.owner_id is None for metric in active):
        raise RuleBroken(
            "No active metric has an owner who hears of alerts.", url=active[0].get_absolute_url()
        )
    return ", ".join(str(metric) for metric in active)
