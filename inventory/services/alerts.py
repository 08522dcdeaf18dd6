"""The verbs of alerts (SM-19): the portal opens them, owners and the compliance lead answer them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from aims.core import messages, permissions, references, trail, transitions
from aims.core.actor import Actor, system_actor
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.numbers import counted
from aims.core.permissions import LEAD, TOP
from inventory.enums import AlertKind, AlertSeverity, AlertState, ReEvaluationAnswer
from inventory.models import Alert, Metric, MetricReading, ReEvaluationProposal
from inventory.models.systems import IN_USE
from inventory.queries import monitoring as queries
from inventory.rules import monitoring as rules

VERBS = {
    "acknowledge": "inventory.acknowledge_alert",
    "act": "inventory.handle_alert",
    "dismiss": "inventory.handle_alert",
    "resolve": "inventory.handle_alert",
}


def watch(rows: Sequence[MetricReading], *, now: datetime.datetime) -> None:
    """Look at every window with a new reading; one batch opens at most one alert per metric and group."""
    streams: dict[tuple[int, str], list[MetricReading]] = {}
    for row in rows:
        if row.metric.is_active:
            streams.setdefault((row.metric_id, row.group), []).append(row)
    for (_, group), new in streams.items():
        _watch_stream(new[0].metric, group, new, now)


def _watch_stream(metric: Metric, group: str, new: list[MetricReading], now: datetime.datetime) -> None:
    around = queries.readings_around(metric, group, [row.at for row in new])
    limits, fresh = metric.limits_for(group), {row.pk for row in new}
    judged = [rules.Judged(limits.severity_of(value), pk in fresh) for pk, value in around]
    found = rules.breaches(judged, warning=metric.warning_window, critical=metric.critical_window)
    if not found:
        return
    severity = max((severity for _, severity in found), key=_rank)
    place = next(place for place, each in found if each == severity)
    reading = MetricReading.objects.get(pk=around[place][0])
    notice_breach(metric, group=group, severity=severity, reading=reading, count=len(found), now=now)


@transaction.atomic
def notice_breach(
    metric: Metric,
    *,
    group: str,
    severity: str,
    reading: MetricReading,
    count: int,
    now: datetime.datetime,
) -> Alert:
    """One unfinished alert per metric and group: what breaches again is counted there."""
    values = {"severity": severity, "reading": reading, "happened_at": reading.at, "breach_count": count}
    alert = _unfinished(metric, group, AlertKind.BREACH)
    if alert is None:
        alert = _open_again(metric, group, AlertKind.BREACH, values, now) or _open(
            metric, group, AlertKind.BREACH, values, now
        )
    else:
        _count(alert, severity, reading, count, now)
    if severity == AlertSeverity.CRITICAL and metric.kind in rules.RE_EVALUATED:
        _propose_re_evaluation(alert, now)
    return alert


@transaction.atomic
def notice_silence(
    metric: Metric, *, group: str, missing_since: datetime.datetime, now: datetime.datetime
) -> Alert | None:
    """A reading is missing. Told once for each gap, whatever became of the alert."""
    told = Alert.objects.filter(metric=metric, group=group, kind=AlertKind.SILENCE)
    if told.filter(happened_at__gte=missing_since).exists() or told.unfinished().exists():
        return None
    values = {"severity": AlertSeverity.WARNING, "happened_at": missing_since}
    return _open_again(metric, group, AlertKind.SILENCE, values, now) or _open(
        metric, group, AlertKind.SILENCE, values, now
    )


@transaction.atomic
def move_alert(
    *,
    actor: Actor,
    alert: Alert,
    action: str,
    now: datetime.datetime,
    reason: str = "",
    measure: str = "",
    due_date: datetime.date | None = None,
    incident: str = "",
) -> Alert:
    """Take one step; `measure` (with its date) or `incident` says what is done about it."""
    if action not in VERBS:
        raise RuleBroken("There is no such step in the life of an alert.", field="action")
    permissions.require(actor, VERBS[action], alert)
    given = {
        "reason": reason.strip(),
        "measure": measure.strip(),
        "due_date": due_date,
        "incident": incident.strip(),
    }
    changes: dict[str, Any] = {"state_since": now, "row_version": F("row_version") + 1}
    if action == "acknowledge":
        changes |= {"acknowledged_by_id": actor.member_id, "acknowledged_at": now}
    if action == "act":
        changes |= {
            "action": given["measure"],
            "action_due_date": due_date,
            "incident": given["incident"],
        }
    if action in ("dismiss", "resolve"):
        changes |= {"finished_at": now, "finding": given["reason"]}
    transitions.move(rules.ALERT, alert, action, actor=actor, now=now, given=given, changes=changes)
    alert.refresh_from_db()
    return alert


@transaction.atomic
def agree_dismissal(*, actor: Actor, alert: Alert, reason: str, now: datetime.datetime) -> Alert:
    """The compliance lead agrees that a critical alert is a false alarm; its owner then dismisses it."""
    permissions.require(actor, "inventory.agree_dismissal", alert)
    if not reason.strip():
        raise RuleBroken("Give a reason.", field="reason")
    if alert.state != AlertState.ACKNOWLEDGED or alert.severity != AlertSeverity.CRITICAL:
        raise RuleBroken("Only a critical alert that is acknowledged waits for this.", field="reason")
    alert.dismissal_agreed_by_id = actor.member_id
    alert.save(update_fields=["dismissal_agreed_by"])
    trail.record(actor, "alert.dismissal_agreed", alert, reason=reason.strip())
    for member in keepers(alert.metric):
        _tell(member, alert, "agreed", f"{alert.reference} may be dismissed as a false alarm.", now)
    return alert


@transaction.atomic
def escalate(alert: Alert, *, now: datetime.datetime) -> None:
    """Not acknowledged within the set hours: the compliance lead and top management hear of it, once."""
    if not Alert.objects.filter(pk=alert.pk, escalated_at=None).update(escalated_at=now):
        return
    alert.escalated_at = now
    trail.record(system_actor(alert.organization_id), "alert.escalated", alert)
    text = f"{alert.reference} was not acknowledged within {counted(alert.metric.escalate_hours, 'hour')}."
    for member in Member.objects.with_role(LEAD) | Member.objects.with_role(TOP):
        _tell(member, alert, "escalated", text, now)


def keepers(metric: Metric) -> list[Member]:
    """Who hears of an alert: the owner of the metric, else of the system, else the compliance leads."""
    owner = metric.owner or metric.system.owner
    return [owner] if owner is not None and owner.is_active else list(Member.objects.with_role(LEAD))


def _rank(severity: str) -> int:
    return AlertSeverity.values.index(severity)


def _unfinished(metric: Metric, group: str, kind: str) -> Alert | None:
    found: Alert | None = (
        Alert.objects.unfinished()
        .select_related("metric__system", "organization")
        .filter(metric=metric, group=group, kind=kind)
        .first()
    )
    return found


def _open(metric: Metric, group: str, kind: str, values: dict[str, Any], now: datetime.datetime) -> Alert:
    alert = Alert(
        organization_id=metric.organization_id,
        reference=references.next_reference("ALR"),
        metric=metric,
        group=group,
        kind=kind,
        state_since=now,
        **_clock(metric, now),
        **values,
    )
    alert.save(force_insert=True)
    after = {"metric": metric, "severity": alert.severity, "kind": kind}
    trail.record(system_actor(metric.organization_id), "alert.opened", alert, after=after)
    _tell_of(alert, "opened", now)
    return alert


def _open_again(
    metric: Metric, group: str, kind: str, values: dict[str, Any], now: datetime.datetime
) -> Alert | None:
    """The last alert here, when it was resolved a short while ago: it was not over."""
    last: Alert | None = (
        Alert.objects.select_related("metric__system", "organization")
        .filter(metric=metric, group=group, kind=kind)
        .first()
    )
    given = {"at": now}
    if last is None or last.state != AlertState.RESOLVED or not is_within_window(last, now):
        return None
    cleared = {
        "acknowledged_by": None,
        "acknowledged_at": None,
        "escalated_at": None,
        "dismissal_agreed_by": None,
        "finished_at": None,
    }
    transitions.move(
        rules.ALERT,
        last,
        "recur",
        actor=system_actor(metric.organization_id),
        now=now,
        given=given,
        changes={
            **cleared,
            **_clock(metric, now),
            **values,
            "state_since": now,
            "row_version": F("row_version") + 1,
        },
    )
    last.refresh_from_db()
    _tell_of(last, "recurred", now)
    return last


def is_within_window(alert: Alert, now: datetime.datetime) -> bool:
    days = datetime.timedelta(days=alert.metric.recurrence_days)
    return alert.finished_at is not None and now <= alert.finished_at + days


def _clock(metric: Metric, now: datetime.datetime) -> dict[str, datetime.datetime]:
    return {"opened_at": now, "due_at": now + datetime.timedelta(hours=metric.escalate_hours)}


def _count(alert: Alert, severity: str, reading: MetricReading, count: int, now: datetime.datetime) -> None:
    """A breach of what is being dealt with; one that is worse starts the clock again."""
    Alert.objects.filter(pk=alert.pk).update(breach_count=F("breach_count") + count)
    alert.refresh_from_db()
    if _rank(severity) <= _rank(alert.severity):
        return
    alert.severity, alert.reading, alert.happened_at = severity, reading, reading.at
    alert.dismissal_agreed_by = None
    alert.save(update_fields=["severity", "reading", "happened_at", "dismissal_agreed_by"])
    trail.record(system_actor(alert.organization_id), "alert.worsened", alert, after={"severity": severity})
    _tell_of(alert, "worsened", now)


def _propose_re_evaluation(alert: Alert, now: datetime.datetime) -> None:
    system = alert.metric.system
    asked = Q(answer=ReEvaluationAnswer.OPEN) | Q(proposed_at__gte=alert.opened_at)
    if system.stage not in IN_USE or alert.proposals.filter(asked).exists():
        return
    proposal = ReEvaluationProposal.objects.create(
        organization_id=alert.organization_id, alert=alert, system=system, proposed_at=now
    )
    trail.record(
        system_actor(alert.organization_id),
        "reevaluationproposal.proposed",
        proposal,
        after={"system": system, "alert": alert},
    )
    text = f"{alert.reference} asks whether {system.reference} {system.name} has to be evaluated again."
    for member in {*keepers(alert.metric), *Member.objects.with_role(LEAD)}:
        _tell(member, alert, "re-evaluation", text, now)


def _tell_of(alert: Alert, what: str, now: datetime.datetime) -> None:
    """A critical alert goes to the compliance leads too, and by mail."""
    members: Iterable[Member] = keepers(alert.metric)
    is_critical = alert.severity == AlertSeverity.CRITICAL
    if is_critical:
        members = {*members, *Member.objects.with_role(LEAD)}
    text = f"{alert.get_severity_display()}: {alert.reference} {alert.title} of {alert.metric.system.name}."
    for member in members:
        _tell(member, alert, what, text, now, subject=text[:150] if is_critical else "")


def _tell(
    member: Member, alert: Alert, what: str, text: str, now: datetime.datetime, *, subject: str = ""
) -> None:
    messages.tell(
        member,
        dedupe=f"alert-{what}:{alert.pk}:{now.isoformat()}",
        text=text,
        url=alert.get_absolute_url(),
        mail_subject=subject,
    )
