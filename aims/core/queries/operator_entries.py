"""Operators' entries as the organization sees them: who, when, why, and what was read."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from aims.core.actor import ActorKind
from aims.core.models import OperatorEntry, TrailEvent

#: As many as a page shows.
READS = 200
PAGES = {"home": "start page", "evidence_list": "evidence", "soa": "Statement of Applicability"}


@dataclass(frozen=True)
class EntryLine:
    entry: OperatorEntry
    reads: int
    runs: bool

    @property
    def state(self) -> str:
        if self.runs:
            return "Running"
        # Its time can be over before anybody wrote that down.
        return self.entry.get_ended_how_display() if self.entry.ended_at else "Its time was over"


@dataclass(frozen=True)
class EntryRead:
    """One page or answer of the API: `what` by the name of its address, with the number of the record."""

    at: datetime.datetime
    what: str
    seq: int | None


def label_of(entry: OperatorEntry) -> str:
    return f"{ActorKind.OPERATOR}:{entry.pk}"


def entry_lines(entries: Iterable[OperatorEntry], *, now: datetime.datetime) -> list[EntryLine]:
    """One more query, whatever the number of entries."""
    known = list(entries)
    labels = [label_of(entry) for entry in known]
    counts = dict(
        TrailEvent.objects.filter(actor__in=labels).order_by().values_list("actor").annotate(Count("pk"))
    )
    return [EntryLine(entry, counts.get(label_of(entry), 0), entry.runs(at=now)) for entry in known]


def reads_of(entry: OperatorEntry, *, limit: int | None = None) -> list[EntryRead]:
    """The newest first."""
    events = TrailEvent.objects.filter(actor=label_of(entry)).order_by("-id")[:limit]
    return [EntryRead(event.at, _what(event), event.seq) for event in events]


def _what(event: TrailEvent) -> str:
    body = json.loads(event.body)
    seen = body.get("after", {})
    record = body.get("object", {}).get("label", "")
    page = str(seen.get("page", "")) or event.action.replace(".", "_")
    words = PAGES.get(page, page.removeprefix("api-").replace("_", " ").replace("-", " "))
    named = [str(value) for name, value in seen.items() if name not in {"page", "sha256"}]
    return " ".join([words, *([record] if record else named)]).strip()
