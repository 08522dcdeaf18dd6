"""Who may do what with metrics, their readings and alerts (SM-19)."""

from __future__ import annotations

from typing import Any

from aims.core.actor import Actor
from aims.core.permissions import LEAD, READERS, Verb, moves, owner_is, reads, writes
from inventory.permissions.holders import KEEPERS, OWNER

METRICS_READ, METRICS_WRITE = "metrics:read", "metrics:write"


def is_monitored_by(actor: Actor, obj: Any) -> bool:
    """A metric or an alert is of whoever answers for the system, or was named as owner of the metric."""
    metric = getattr(obj, "metric", obj)
    owners = {metric.system.owner_id} | ({metric.owner_id} if metric.pk else set())
    return actor.member_id is not None and actor.member_id in owners


TABLE = {
    "view_metrics": Verb(
        "Reading metrics, readings and alerts",
        READERS,
        scope=METRICS_READ,
        on=reads("operation"),
        in_entry=True,
    ),
    "keep_metric": Verb(
        "Keeping a metric of an AI system",
        KEEPERS,
        own_roles=OWNER,
        owns=is_monitored_by,
        scope=METRICS_WRITE,
        on=writes("operation"),
    ),
    "record_readings": Verb(
        "Recording readings of metrics",
        KEEPERS,
        own_roles=OWNER,
        owns=is_monitored_by,
        scope=METRICS_WRITE,
        on=writes("operation"),
    ),
    "move_alert": Verb(
        "Moving an alert along",
        KEEPERS | OWNER,
        on=moves("operation", "SM-19", "acknowledge act dismiss resolve recur"),
    ),
    "acknowledge_alert": Verb(
        "Acknowledging an alert",
        frozenset({LEAD}),
        own_roles=OWNER,
        owns=is_monitored_by,
        on=moves("operation", "SM-19", "acknowledge"),
    ),
    "handle_alert": Verb(
        "Acting on an alert, dismissing or resolving it",
        own_roles=OWNER,
        owns=is_monitored_by,
        on=moves("operation", "SM-19", "act dismiss resolve"),
    ),
    "agree_dismissal": Verb(
        "Agreeing that a critical alert is a false alarm", frozenset({LEAD}), on=writes("operation")
    ),
    "answer_re_evaluation": Verb(
        "Answering whether an AI system is re-evaluated",
        frozenset({LEAD}),
        own_roles=OWNER,
        owns=owner_is("owner"),
        on=moves("inventory", "SM-01", "trigger_re_evaluation"),
    ),
}
