"""What an external auditor read, from the trail: shown to the organization that gave the access."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from aims.core.actor import ActorKind
from aims.core.days import end_of_day, start_of_day
from aims.core.models import TrailEvent
from audits.models import Engagement

Body = dict[str, Any]

READ = "auditor.read"
LOG_ROWS = 200  # as many as a page shows
#: pages that write a line of their own, with the record's reference
SAID_BETTER = frozenset({"evidence", "evidence_download", "pack_download"})


@dataclass(frozen=True)
class LogLine:
    """One thing the auditor did: `what` in words, `reference` of the record when it has one."""

    at: datetime.datetime
    what: str
    reference: str
    seq: int | None


READS = Q(action=READ) | Q(action__endswith=".viewed")
DOWNLOADS = Q(action__endswith=".downloaded")
#: What the log can be narrowed to.
KINDS = {
    "read": ("Read", READS),
    "downloaded": ("Downloaded", DOWNLOADS),
    "written": ("Written", ~READS & ~DOWNLOADS),
}


def access_log(
    engagement: Engagement,
    *,
    kind: str = "",
    first: datetime.date | None = None,
    last: datetime.date | None = None,
    limit: int | None = None,
) -> list[LogLine]:
    """The newest lines first; days are those of the organization."""
    grant = engagement.grant_id
    labels = [f"{ActorKind.AUDITOR}:{grant}", f"{ActorKind.INVITED}:{grant}"]
    events = TrailEvent.objects.filter(actor__in=labels).order_by("-id")
    if kind in KINDS:
        events = events.filter(KINDS[kind][1])
    if first is not None:
        events = events.filter(at__gte=start_of_day(first))
    if last is not None:
        events = events.filter(at__lte=end_of_day(last))
    events = events[:limit]
    lines = ((event, json.loads(event.body)) for event in events)
    return [_line(event, body) for event, body in lines if not _is_said_better(event, body)]


def _is_said_better(event: TrailEvent, body: Body) -> bool:
    return event.action == READ and body.get("after", {}).get("page") in SAID_BETTER


def _line(event: TrailEvent, body: Body) -> LogLine:
    record = body.get("object", {})
    if event.action == READ:
        seen = body.get("after", {})
        key = next((f" {value}" for name, value in seen.items() if name == "pk"), "")
        return LogLine(event.at, f"Read: {seen.get('page', '').replace('_', ' ')}{key}", "", event.seq)
    words = event.action.replace(".", " ").replace("_", " ")
    return LogLine(event.at, words.capitalize(), record.get("label", ""), event.seq)
