"""What an external auditor read, from the trail: shown to the organization that gave the access."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass

from aims.core.actor import ActorKind
from aims.core.models import TrailEvent
from audits.models import Engagement

READ = "auditor.read"


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
    return [_line(event) for event in events]


def _line(event: TrailEvent) -> LogLine:
    body = json.loads(event.body)
    record = body.get("object", {})
    if event.action == READ:
        seen = body.get("after", {})
        key = next((f" {value}" for name, value in seen.items() if name == "pk"), "")
        return LogLine(event.at, f"Read: {seen.get('page', '').replace('_', ' ')}{key}", "", event.seq)
    words = event.action.replace(".", " ").replace("_", " ")
    return LogLine(event.at, words.capitalize(), record.get("label", ""), event.seq)
