"""What an external auditor read, from the trail: shown to the organization that gave the access."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Any

from aims.core.actor import ActorKind
from aims.core.models import TrailEvent
from audits.models import Engagement

Body = dict[str, Any]

READ = "auditor.read"
#: pages that write a line of their own, with the record's reference
SAID_BETTER = frozenset({"evidence", "evidence_download", "pack_download"})


@dataclass(frozen=True)
class LogLine:
    """One thing the auditor did: `what` in words, `reference` of the record when it has one."""

    at: datetime.datetime
    what: str
    reference: str
    seq: int | None


def access_log(engagement: Engagement, *, limit: int) -> list[LogLine]:
    grant = engagement.grant_id
    labels = [f"{ActorKind.AUDITOR}:{grant}", f"{ActorKind.INVITED}:{grant}"]
    events = TrailEvent.objects.filter(actor__in=labels).order_by("-id")[:limit]
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
