"""Metrics, their readings, and the life of an alert (SM-19), walked from the table."""

from __future__ import annotations

import datetime
import math
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.history import day_looked_back_to
from aims.core.models import Member, Notification, TrailEvent
from aims.core.registry import registry
from aims.core.tenancy.context import acting_in
from aims.core.transitions import Facts
from inventory import metric_proposals, rounds
from inventory.models import AISystem, Alert, Metric, MetricReading, ReadingBatch, ReEvaluationProposal
from inventory.queries import monitoring as queries
from inventory.re_evaluation import answer_re_evaluation
from inventory.reminders import monitoring as reminders
from inventory.rules import monitoring as rules
from inventory.rules.monitoring import ALERT, Judged, Limits, Window
from inventory.sections import monitoring as sections
from inventory.services import alerts, metrics, readings
from inventory.services.readings import Sent
from tests.cast import NOW, House
from tests.inventory.factories import a_complete_system
from tests.queries import count_queries

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
STEPS = [(row.source, row.action) for row in ALERT.transitions if row.action != "recur"]
FORBIDDEN = [
    (state, action)
    for state in sorted(ALERT.states)
    for action in sorted(alerts.VERBS)
    if (state, action) not in STEPS
]
GIVEN: dict[str, dict[str, Any]] = {
    "acknowledge": {},
    "act": {"measure": "Retrain", "due_date": (NOW + 7 * DAY).date()},
    "dismiss": {"reason": "The sensor was off."},
    "resolve": {"reason": "Retrained."},
}


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def a_metric(house: House, system: AISystem | None = None, **values: Any) -> Metric:
    """Sensitivity: warning below 0.9, critical below 0.8, daily."""
    return metrics.register_metric(
        actor=house.lead,
        system=system or a_complete_system(house, stage="operation_monitoring"),
        now=NOW - 100 * DAY,
        **{
            "name": "Sensitivity",
            "kind": "safety",
            "unit": "share",
            "direction": "higher",
            "warning_low": 0.9,
            "critical_low": 0.8,
            **values,
        },
    )


def send(house: House, metric: Metric, *values: float, start: datetime.datetime | None = None, **more: Any):
    """One reading a day; the last of them now, unless a start is given."""
    now = more.pop("now", NOW)
    first = start or NOW - (len(values) - 1) * DAY
    sent = [Sent(metric.reference, value, first + place * DAY, **more) for place, value in enumerate(values)]
    return readings.record_readings(actor=house.lead, sent=sent, source="api", now=now)


def an_alert(house: House, state: str = "open", **values: Any) -> Alert:
    """With all that any step out of the state asks for: the newest readings are inside again."""
    metric = a_metric(house)
    send(house, metric, 0.7, start=NOW - 10 * DAY)
    send(house, metric, 0.95, 0.95, 0.95)
    alert = Alert.objects.get()
    finished = NOW if state in ALERT.final else None
    Alert.objects.filter(pk=alert.pk).update(
        **{
            "state": state,
            "state_since": NOW,
            "finished_at": finished,
            "dismissal_agreed_by": house.member["lead"],
            **values,
        }
    )
    alert.refresh_from_db()
    return alert


def step(house: House, alert: Alert, action: str, who: str = "owner", **given: Any) -> Alert:
    return alerts.move_alert(actor=house.actor(who), alert=alert, action=action, now=NOW, **given)


def stored(alert: Alert) -> tuple[Any, ...]:
    row = Alert.objects.get(pk=alert.pk)
    return row.state, row.row_version, row.action, row.finding, TrailEvent.objects.count()


def refused(house: House, alert: Alert, action: str, sentence: str, **given: Any) -> None:
    before = stored(alert)
    with pytest.raises(RuleBroken, match=sentence):
        step(house, alert, action, **given)
    assert stored(alert) == before


# Limits and windows


@pytest.mark.parametrize(
    ("value", "severity"), [(0.95, ""), (0.9, ""), (0.89, "warning"), (0.8, "warning"), (0.79, "critical")]
)
def test_a_value_on_the_limit_is_inside(value, severity):
    assert Limits(warning_low=0.9, critical_low=0.8).severity_of(value) == severity


def test_a_band_is_left_on_both_sides():
    band = Limits(warning_low=1, warning_high=5, critical_low=0, critical_high=6)

    assert [band.severity_of(each) for each in (-1, 0, 1, 5, 5.5, 7)] == [
        "critical", "warning", "", "", "warning", "critical",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bounds", "direction"),
    [
        ({"warning_high": 1}, "higher"),
        ({"critical_low": 1}, "lower"),
        ({"warning_low": 0.8, "critical_low": 0.9}, "higher"),
        ({"warning_high": 9, "critical_high": 8}, "lower"),
        ({"warning_low": 5, "warning_high": 4}, "band"),
        ({"warning_low": math.nan}, "band"),
        ({"critical_high": math.inf}, "lower"),
    ],
)
def test_limits_that_contradict_are_refused(bounds, direction):
    with pytest.raises(RuleBroken):
        rules.require_limits(Limits(**bounds), direction=direction)


def breaches(pattern: str, old: int = 0) -> list[tuple[int, str]]:
    """`.` inside, `w` warning, `c` critical; the first `old` were stored before."""
    names = {".": "", "w": "warning", "c": "critical"}
    judged = [Judged(names[each], place >= old) for place, each in enumerate(pattern)]
    return rules.breaches(judged, warning=Window(2, 3), critical=Window(1, 1))


def test_a_warning_takes_two_of_three_and_a_critical_reading_one():
    assert breaches("w..w") == []
    assert breaches("w.w") == [(2, "warning")]
    assert breaches("..c") == [(2, "critical")]
    assert breaches("wc") == [(1, "critical")]
    assert breaches("cw") == [(0, "critical"), (1, "warning")]


def test_what_was_outside_before_is_not_told_again():
    assert breaches("ww", old=2) == []
    assert breaches("ww.", old=2) == []
    assert breaches("www", old=2) == [(2, "warning")]


def test_a_late_reading_counts_for_those_that_came_after_it():
    judged = [Judged("warning", is_new=True), Judged("warning", is_new=False)]

    assert rules.breaches(judged, warning=Window(2, 3), critical=Window(1, 1)) == [(1, "warning")]


def test_a_reading_is_missing_after_a_second_period_or_the_grace_that_was_set():
    assert rules.silent_since(NOW, frequency="daily", grace_hours=None) == NOW + 2 * DAY
    assert rules.silent_since(NOW, frequency="daily", grace_hours=3) == NOW + DAY + 3 * HOUR


# The catalogue


def test_a_metric_is_registered_with_the_owner_of_its_system(inside):
    metric = a_metric(inside)

    assert (metric.reference, metric.owner, metric.is_active) == ("MET-001", inside.member["owner"], True)
    assert TrailEvent.objects.filter(action="metric.registered").count() == 1


def test_an_active_metric_has_a_limit_and_a_paused_one_may_wait_for_it(inside):
    with pytest.raises(RuleBroken, match="at least one limit"):
        a_metric(inside, warning_low=None, critical_low=None)
    assert not Metric.objects.exists()

    metric = a_metric(inside, AISystem.objects.get(), warning_low=None, critical_low=None, is_active=False)
    with pytest.raises(RuleBroken, match="at least one limit"):
        metrics.activate_metric(actor=inside.lead, metric=metric, now=NOW)
    metrics.edit_metric(
        actor=inside.lead, metric=metric, row_version=1, changes={"critical_low": 0.5}, now=NOW
    )
    metrics.activate_metric(actor=inside.owner, metric=metric, now=NOW)
    assert (metric.is_active, metric.active_since) == (True, NOW)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"kind": "luck"}, "kind"),
        ({"warning_high": 2.0}, "warning_high"),
        ({"warning_breaches": 4}, "warning_of"),
        ({"critical_of": 0}, "critical_of"),
        ({"groups": {"women": {"warning_high": 1}}}, "warning_high"),
        ({"groups": {"women": {"lowest": 1}}}, "groups"),
        ({"groups": {"women": {"warning_low": "0.9"}}}, "groups"),
        ({"groups": {" ": {}}}, "groups"),
    ],
)
def test_a_metric_that_cannot_work_is_refused(inside, values, field):
    system = a_complete_system(inside)
    with pytest.raises(RuleBroken) as refusal:
        a_metric(inside, system, **values)

    assert refusal.value.field == field
    assert not Metric.objects.exists()


def test_an_owner_keeps_metrics_of_own_systems_only(inside):
    own, other = a_complete_system(inside), a_complete_system(inside, name="Other", owner=None)
    values = {"name": "Drift", "kind": "drift", "direction": "lower", "warning_high": 0.2, "now": NOW}
    assert metrics.register_metric(actor=inside.owner, system=own, **values).reference == "MET-001"

    with pytest.raises(NotAllowed):
        metrics.register_metric(actor=inside.owner, system=other, **values)
    assert Metric.objects.count() == 1


def test_the_unit_stays_once_there_are_readings(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.95)
    with pytest.raises(RuleBroken, match="old unit"):
        metrics.edit_metric(actor=inside.lead, metric=metric, row_version=1, changes={"unit": "%"}, now=NOW)

    assert Metric.objects.get().unit == "share"


def test_whoever_looked_at_an_older_version_changes_nothing(inside):
    metric = a_metric(inside)
    Metric.objects.update(row_version=2)
    with pytest.raises(StaleState):
        metrics.edit_metric(
            actor=inside.lead, metric=metric, row_version=1, changes={"definition": "New"}, now=NOW
        )

    assert Metric.objects.get().definition == ""


def test_proposals_fit_the_kind_of_system_and_are_taken_over_paused(inside):
    system = a_complete_system(inside, ai_type="generative_llm")
    keys = [each.key for each in metric_proposals.proposals_for("generative_llm")]
    assert "groundedness" in keys and "override-rate" in keys and "word-error" not in keys

    made = metrics.adopt_proposals(
        actor=inside.owner, system=system, keys=["groundedness", "leaks", "leaks"], now=NOW
    )
    again = metrics.adopt_proposals(actor=inside.owner, system=system, keys=["leaks"], now=NOW)
    assert [(each.name, each.is_active) for each in made] == [
        ("Groundedness", False),
        ("Personal data in answers", False),
    ]
    assert again == []
    with pytest.raises(RuleBroken, match="Choose from the proposals"):
        metrics.adopt_proposals(actor=inside.owner, system=system, keys=["word-error"], now=NOW)


@pytest.mark.parametrize("proposal", metric_proposals.proposals(), ids=lambda each: each.key)
def test_every_proposal_can_be_taken_over(inside, proposal):
    ai_type = proposal.ai_types[0] if proposal.ai_types else "agentic"
    system = a_complete_system(inside, ai_type=ai_type)

    assert metrics.adopt_proposals(actor=inside.lead, system=system, keys=[proposal.key], now=NOW)


def test_going_live_asks_for_an_active_metric_with_an_owner(inside):
    system = a_complete_system(inside)
    guard = registry.guards["SM-01", "monitoring metrics active"]
    facts = Facts(system, inside.lead, NOW)
    with pytest.raises(RuleBroken, match="at least one metric"):
        guard(facts)
    metric = a_metric(inside, system)
    Metric.objects.update(owner=None)
    with pytest.raises(RuleBroken, match="has an owner"):
        guard(facts)
    Metric.objects.update(owner=inside.member["owner"])

    assert guard(facts) == "MET-001 Sensitivity"
    metrics.pause_metric(actor=inside.lead, metric=metric_of(metric), reason="Moving", now=NOW)
    with pytest.raises(RuleBroken, match="at least one metric"):
        guard(facts)


def metric_of(metric: Metric) -> Metric:
    found: Metric = Metric.objects.select_related("system").get(pk=metric.pk)
    return found


# Readings


def test_a_batch_is_stored_once_however_often_it_is_sent(inside):
    metric = a_metric(inside)
    first = send(inside, metric, 0.95, 0.96)
    again = send(inside, metric, 0.95, 0.96, start=NOW - DAY)

    assert (first.accepted, first.duplicates) == (2, 0)
    assert (again.accepted, again.duplicates, again.batch) == (0, 2, None)
    assert MetricReading.objects.count() == 2
    assert ReadingBatch.objects.count() == 1
    assert TrailEvent.objects.filter(action="metric.readings_recorded").count() == 1


def test_the_same_reading_twice_in_a_batch_counts_once(inside):
    metric = a_metric(inside)
    twice = [Sent(metric.reference, 0.95, NOW, client_id="a")] * 2

    outcome = readings.record_readings(actor=inside.lead, sent=twice, source="api", now=NOW)
    assert (outcome.accepted, outcome.duplicates) == (1, 1)


def faulty(**values: Any) -> Any:
    return pytest.param(values, id="-".join(values))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"value": math.nan}, "not a finite number"),
        ({"value": math.inf}, "not a finite number"),
        ({"at": NOW + HOUR}, "future"),
        ({"unit": "%"}, "The unit is share"),
        ({"group": "left-handed"}, "is no group"),
        ({"metric": "MET-999"}, "no metric MET-999"),
        ({"sample_size": 0}, "sample size"),
        ({"period_start": NOW + HOUR}, "begins after"),
        ({"at": NOW - DAY, "value": 0.5}, "Correct it with a reason"),
        ({"at": NOW - 2 * DAY, "client_id": "a"}, "used for another reading"),
    ],
)
def test_one_faulty_reading_refuses_the_batch_and_says_where(inside, values, sentence):
    metric = a_metric(inside)
    good = Sent(metric.reference, 0.95, NOW - DAY, client_id="a", place="row 1")
    bad = Sent(**{"metric": metric.reference, "value": 0.96, "at": NOW, **values}, place="row 2")
    with pytest.raises(RuleBroken, match="1 reading is faulty") as refusal:
        readings.record_readings(actor=inside.lead, sent=[good, bad], source="api", now=NOW)

    (problem,) = refusal.value.problems
    assert problem.ref == "row 2" and sentence in problem.sentence
    assert not MetricReading.objects.exists() and not ReadingBatch.objects.exists()


def test_more_readings_than_a_batch_holds_are_refused(inside):
    metric = a_metric(inside)
    for sent in ([], [Sent(metric.reference, 1, NOW)] * 1_001):
        with pytest.raises(RuleBroken, match="1 to 1,000"):
            readings.record_readings(actor=inside.lead, sent=sent, source="api", now=NOW)


def test_an_owner_records_for_own_systems_only(inside):
    metric = a_metric(inside, a_complete_system(inside, owner=None))
    with pytest.raises(NotAllowed):
        readings.record_readings(
            actor=inside.owner, sent=[Sent(metric.reference, 0.9, NOW)], source="manual", now=NOW
        )

    assert not MetricReading.objects.exists()


def test_a_correction_stands_beside_the_reading_it_corrects(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.95)
    wrong = MetricReading.objects.get()
    right = readings.correct_reading(
        actor=inside.owner, reading=wrong, value=0.96, reason="Counted twice", now=NOW
    )

    assert [each.pk for each in MetricReading.objects.all().standing()] == [right.pk]
    assert MetricReading.objects.get(pk=wrong.pk).value == 0.95
    assert right.at == wrong.at
    with pytest.raises(RuleBroken, match="corrected already"):
        readings.correct_reading(actor=inside.owner, reading=wrong, value=0.97, reason="Again", now=NOW)
    with pytest.raises(RuleBroken, match="Say what was wrong"):
        readings.correct_reading(actor=inside.owner, reading=right, value=0.97, reason=" ", now=NOW)
    with pytest.raises(RuleBroken, match="says this already"):
        readings.correct_reading(actor=inside.owner, reading=right, value=0.96, reason="Same", now=NOW)
    again = readings.correct_reading(
        actor=inside.owner, reading=right, value=0.96, sample_size=50, reason="Of 50 cases", now=NOW
    )
    assert (again.value, again.sample_size) == (0.96, 50)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory_metricreading SET value = 1",
        "DELETE FROM inventory_metricreading",
        "UPDATE inventory_readingbatch SET note = 'x'",
        "DELETE FROM inventory_readingbatch",
    ],
)
def test_the_database_refuses_to_change_what_was_recorded(inside, statement):
    send(inside, a_metric(inside), 0.95)
    with pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
    assert MetricReading.objects.get().value == 0.95


def test_the_database_refuses_a_reading_of_another_organizations_metric(inside, other_house):
    metric = a_metric(inside)
    send(inside, metric, 0.95)
    batch = ReadingBatch.objects.get()
    with acting_in(other_house.organization), pytest.raises(IntegrityError), transaction.atomic():
        MetricReading.objects.create(metric=metric, batch=batch, at=NOW, value=1, recorded_at=NOW)
        connection.check_constraints()


# Alerts


def test_a_breach_opens_one_alert_and_tells_its_owner(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.95, 0.7, 0.75, start=NOW - 3 * DAY)
    send(inside, metric, 0.72)

    alert = Alert.objects.get()
    assert (alert.reference, alert.severity, alert.breach_count) == ("ALR-001", "critical", 3)
    assert (alert.happened_at, alert.reading.value) == (NOW - 2 * DAY, 0.7)
    assert alert.due_at == NOW + DAY
    told = Notification.objects.filter(dedupe__startswith="alert-opened").values_list("member_id", flat=True)
    assert set(told) == {inside.member["owner"].pk, inside.member["lead"].pk}


def test_one_warning_alone_opens_nothing_and_the_second_of_three_does(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.85, 0.95, start=NOW - 5 * DAY)
    assert not Alert.objects.exists()

    send(inside, metric, 0.85, start=NOW - 3 * DAY)
    assert Alert.objects.get().severity == "warning"


def test_readings_out_of_order_are_stored_by_time_and_judged_together(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.85, start=NOW)
    send(inside, metric, 0.85, start=NOW - DAY)

    alert = Alert.objects.get()
    assert (alert.severity, alert.happened_at) == ("warning", NOW)


def test_a_worse_breach_makes_the_open_alert_critical(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.85, 0.85, start=NOW - 3 * DAY)
    send(inside, metric, 0.7)

    alert = Alert.objects.get()
    assert (alert.severity, alert.breach_count) == ("critical", 2)
    assert TrailEvent.objects.filter(action="alert.worsened").count() == 1


def test_groups_have_limits_and_alerts_of_their_own(inside):
    metric = a_metric(inside, groups={"children": {"critical_low": 0.85}, "adults": {}})
    send(inside, metric, 0.84, group="adults")
    assert not Alert.objects.exists()

    send(inside, metric, 0.84, group="children")
    assert Alert.objects.get().group == "children"


def test_a_sample_too_small_is_stored_and_not_judged(inside):
    metric = a_metric(inside, minimum_sample=30)
    send(inside, metric, 0.1, sample_size=29)
    assert not Alert.objects.exists()

    send(inside, metric, 0.1, sample_size=30, start=NOW - DAY)
    assert Alert.objects.exists()


def test_a_paused_metric_keeps_readings_and_alerts_nobody(inside):
    metric = a_metric(inside)
    metrics.pause_metric(actor=inside.owner, metric=metric, reason="Moving house", now=NOW)
    send(inside, metric, 0.1)

    assert MetricReading.objects.count() == 1
    assert not Alert.objects.exists()


def test_a_correction_that_breaches_opens_an_alert(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.95)
    readings.correct_reading(
        actor=inside.owner, reading=MetricReading.objects.get(), value=0.5, reason="Sign", now=NOW
    )

    assert Alert.objects.get().severity == "critical"


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_every_step_of_the_table_can_be_taken(inside, state, action):
    alert = an_alert(inside, state)

    step(inside, alert, action, **GIVEN[action])

    assert Alert.objects.get().state == ALERT.transition(state, action).target
    assert TrailEvent.objects.filter(action=f"alert.{action}").count() == 1


@pytest.mark.parametrize(("state", "action"), FORBIDDEN)
def test_no_step_that_the_table_does_not_name_can_be_taken(inside, state, action):
    refused(inside, an_alert(inside, state), action, "is not possible", **GIVEN[action])


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_nobody_whom_the_table_does_not_name_takes_a_step(inside, state, action):
    alert = an_alert(inside, state)
    before = stored(alert)
    others = ["staff", "admin", "risk_owner", "control_owner", "internal_auditor", "top"]
    for who in others + ([] if action == "acknowledge" else ["lead"]):
        with pytest.raises(NotAllowed):
            step(inside, alert, action, who, **GIVEN[action])
    assert stored(alert) == before


def test_an_owner_of_other_systems_takes_no_step(inside):
    alert = an_alert(inside)
    AISystem.objects.update(owner=None)
    Metric.objects.update(owner=None)
    alert = Alert.objects.get()
    with pytest.raises(NotAllowed):
        step(inside, alert, "acknowledge")

    assert Alert.objects.get().state == "open"


def test_nobody_but_the_portal_makes_an_alert_recur(inside):
    with pytest.raises(RuleBroken, match="no such step"):
        step(inside, an_alert(inside, "resolved"), "recur")


def test_acting_asks_for_what_is_done_and_until_when(inside):
    alert = an_alert(inside, "acknowledged")
    refused(inside, alert, "act", "what is done", due_date=NOW.date())
    refused(inside, alert, "act", "Give the day", measure="Retrain")

    step(inside, alert, "act", incident="INC-004")
    assert (alert.state, alert.incident) == ("in_action", "INC-004")


def test_a_critical_alert_is_no_false_alarm_before_a_lead_agreed(inside):
    alert = an_alert(inside, "acknowledged", dismissal_agreed_by=None)
    refused(inside, alert, "dismiss", "Give a reason")
    refused(inside, alert, "dismiss", "compliance lead has to agree", reason="Sensor")
    with pytest.raises(NotAllowed):
        alerts.agree_dismissal(actor=inside.owner, alert=alert, reason="Mine", now=NOW)

    alerts.agree_dismissal(actor=inside.lead, alert=alert, reason="Seen the log", now=NOW)
    assert step(inside, alert, "dismiss", reason="Sensor").state == "false_alarm"


def test_a_warning_is_dismissed_by_its_owner_alone(inside):
    alert = an_alert(inside, "acknowledged", dismissal_agreed_by=None, severity="warning")

    assert step(inside, alert, "dismiss", reason="Sensor").state == "false_alarm"


def test_an_alert_is_resolved_only_when_the_metric_is_back(inside):
    alert = an_alert(inside, "in_action")
    send(inside, alert.metric, 0.5, start=NOW + HOUR, now=NOW + DAY)
    alert.refresh_from_db()
    refused(inside, alert, "resolve", "not back inside", reason="Done")

    AISystem.objects.update(stage="re_evaluation")
    alert = Alert.objects.get()
    assert step(inside, alert, "resolve", reason="Re-evaluated").state == "resolved"


def test_a_breach_soon_after_is_the_same_alert_again(inside):
    alert = an_alert(inside, "resolved", finished_at=NOW - 30 * DAY)
    send(inside, alert.metric, 0.5, start=NOW - HOUR)

    again = Alert.objects.get()
    assert (again.pk, again.state, again.recurrences, again.finished_at) == (alert.pk, "open", 1, None)
    assert again.dismissal_agreed_by is None
    assert TrailEvent.objects.filter(action="alert.recur").count() == 1


@pytest.mark.parametrize(
    ("state", "days"), [("resolved", 31), ("false_alarm", 1)], ids=["too long ago", "was no alarm"]
)
def test_a_breach_of_another_time_is_another_alert(inside, state, days):
    alert = an_alert(inside, state, finished_at=NOW - days * DAY)
    send(inside, alert.metric, 0.5, start=NOW - HOUR)

    assert [each.reference for each in Alert.objects.order_by("id")] == ["ALR-001", "ALR-002"]
    assert Alert.objects.get(pk=alert.pk).state == state


def round_at(house: House, day: datetime.date) -> None:
    rounds.monitoring_round(house.system, day)


def test_readings_that_stay_out_open_an_alert_once(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.95, start=NOW - 3 * DAY)
    later = NOW.date() + DAY
    round_at(inside, later)
    round_at(inside, later + DAY)

    alert = Alert.objects.get()
    assert (alert.kind, alert.severity, alert.happened_at) == ("silence", "warning", NOW - DAY)
    Alert.objects.update(state="in_action")
    alert.refresh_from_db()
    refused(inside, alert, "resolve", "still missing", reason="Done")
    send(inside, metric, 0.95)
    assert step(inside, alert, "resolve", reason="The export runs again").state == "resolved"


def test_a_gap_that_was_dismissed_is_not_told_again(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.95, start=NOW - 9 * DAY)
    round_at(inside, NOW.date() + DAY)
    Alert.objects.update(state="false_alarm", finished_at=NOW)
    round_at(inside, NOW.date() + 2 * DAY)

    assert Alert.objects.count() == 1


@pytest.mark.parametrize("stage", ["deployment", "retired"])
def test_a_system_out_of_use_is_not_missed(inside, stage):
    a_metric(inside)
    AISystem.objects.update(stage=stage)
    round_at(inside, NOW.date())

    assert not Alert.objects.exists()


def test_an_alert_that_nobody_acknowledges_goes_up_once(inside):
    alert = an_alert(inside)
    Alert.objects.filter(pk=alert.pk).update(due_at=NOW + HOUR)
    Metric.objects.update(is_active=False)
    round_at(inside, NOW.date() + DAY)
    round_at(inside, NOW.date() + 2 * DAY)

    told = Notification.objects.filter(dedupe__startswith="alert-escalated")
    assert {each.member_id for each in told} == {inside.member["lead"].pk, inside.member["top"].pk}
    assert TrailEvent.objects.filter(action="alert.escalated").count() == 1


@pytest.mark.parametrize(("late", "lines"), [(HOUR, 1), (-HOUR, 0)])
def test_acknowledging_late_goes_up_as_well(inside, late, lines):
    alert = an_alert(inside, due_at=NOW - late)
    step(inside, alert, "acknowledge")

    assert TrailEvent.objects.filter(action="alert.escalated").count() == lines


def test_a_critical_breach_of_safety_proposes_a_re_evaluation_once(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.5, 0.4)
    send(inside, metric, 0.3, start=NOW - 4 * DAY)

    proposal = ReEvaluationProposal.objects.get()
    assert (proposal.system, proposal.answer) == (metric.system, "open")
    told = Notification.objects.filter(dedupe__startswith="alert-re-evaluation")
    assert {each.member_id for each in told} == {inside.member["owner"].pk, inside.member["lead"].pk}


@pytest.mark.parametrize("values", [{"kind": "drift"}, {"critical_low": 0.1}])
def test_other_breaches_propose_none(inside, values):
    send(inside, a_metric(inside, **values), 0.5, 0.5)

    assert Alert.objects.exists()
    assert not ReEvaluationProposal.objects.exists()


@pytest.mark.parametrize(
    ("answer", "stage"), [("accepted", "re_evaluation"), ("declined", "operation_monitoring")]
)
def test_a_proposal_is_answered_once_and_with_a_reason(inside, answer, stage):
    send(inside, a_metric(inside), 0.5)
    proposal = ReEvaluationProposal.objects.get()

    def reply(who: str, reason: str = "Because") -> ReEvaluationProposal:
        return answer_re_evaluation(
            actor=inside.actor(who), proposal=proposal, answer=answer, reason=reason, now=NOW
        )

    with pytest.raises(RuleBroken, match="Give a reason"):
        reply("lead", " ")
    with pytest.raises(NotAllowed):
        reply("top")
    assert ReEvaluationProposal.objects.get().answer == "open"
    assert reply("lead").answer == answer
    with pytest.raises(StaleState):
        reply("owner")
    assert TrailEvent.objects.filter(action="reevaluationproposal.answered").count() == 1
    assert AISystem.objects.get().stage == stage


def test_without_an_owner_the_compliance_leads_hear_of_it(inside):
    metric = a_metric(inside, a_complete_system(inside, owner=None, stage="operation_monitoring"))
    assert metric.owner is None
    send(inside, metric, 0.85, 0.85)

    told = Notification.objects.filter(dedupe__startswith="alert-opened").values_list("member_id", flat=True)
    assert list(told) == [Member.objects.get(pk=inside.member["lead"].pk).pk]


def test_the_series_is_read_as_it_was_known_then(inside):
    metric = a_metric(inside)
    send(inside, metric, 0.95)
    wrong = MetricReading.objects.get()
    later = NOW + DAY
    readings.correct_reading(actor=inside.owner, reading=wrong, value=0.96, reason="Twice", now=later)

    assert queries.series_of(metric, "", since=None, until=NOW).values == [0.95]
    assert queries.series_of(metric, "", since=None, until=later).values == [0.96]


# What travels up: reminders and the evidence pack


def reminded(day: datetime.date) -> list[tuple[str, datetime.date, tuple[int, ...]]]:
    return [(due.rule, due.due_date, due.member_ids) for due in reminders.due(day)]


def test_an_alert_is_reminded_of_until_it_is_finished(inside):
    alert = an_alert(inside)
    due, owner = alert.due_at.date(), inside.member["owner"].pk
    both = tuple(sorted({owner, inside.member["lead"].pk}))
    assert reminded(due - DAY) == []
    assert reminded(due) == [("metric_alert", due, (owner,))]
    assert reminded(due + DAY) == [("metric_alert", due, both)]

    step(inside, alert, "acknowledge")
    assert reminded(due + DAY) == []
    step(inside, alert, "act", **GIVEN["act"])
    done_by = GIVEN["act"]["due_date"]
    assert reminded(done_by - 7 * DAY) == [("alert_action", done_by, (owner,))]
    step(inside, alert, "resolve", reason="Done")
    assert reminded(done_by) == []


def test_the_pack_shows_metrics_last_readings_and_alerts(inside):
    metric = a_metric(inside)
    unwatched = a_complete_system(inside, name="Unwatched", stage="operation_monitoring")
    send(inside, metric, 0.5)

    (section,) = sections.sections(datetime.date(2999, 1, 1))
    (row,) = section.data["metrics"].rows
    assert row[0] == "MET-001" and row[5] == ["warning below 0.9", "critical below 0.8"]
    assert row[7] == "0.5 on 2026-11-22"
    (alert,) = section.data["alerts"].rows
    assert (alert[0], alert[3], alert[4]) == ("ALR-001", "Critical", "Open")
    (proposal,) = section.data["re_evaluations"].rows
    assert proposal[2] == "Not decided"
    assert f"{unwatched.reference} Unwatched" in section.gaps[0]
    assert section.gaps[1] == "Not acknowledged: ALR-001."


def test_the_pack_of_a_past_day_shows_what_was_known_then(inside):
    send(inside, a_metric(inside), 0.5)

    day = NOW.date() - 400 * DAY
    with day_looked_back_to(day):
        (section,) = sections.sections(day)
    assert section.data["metrics"].rows == section.data["alerts"].rows == []


def test_an_alert_finished_over_a_year_ago_is_no_longer_in_the_pack(inside):
    an_alert(inside, "resolved", opened_at=NOW - 400 * DAY)
    (section,) = sections.sections(datetime.date(2999, 1, 1))

    assert section.data["alerts"].rows == []


# Speed


def test_a_batch_of_a_thousand_is_one_insert(inside):
    metric = a_metric(inside)
    sent = [Sent(metric.reference, 0.95, NOW - place * HOUR) for place in range(1000)]
    with count_queries() as seen:
        readings.record_readings(actor=inside.lead, sent=sent, source="api", now=NOW)

    assert len([each for each in seen if each.startswith('INSERT INTO "inventory_metricreading"')]) == 1
    assert len(seen) <= 12, [each[:80] for each in seen]
