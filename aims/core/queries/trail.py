"""The trail as its page, its export and the API show it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.urls import NoReverseMatch

from aims.core.models import Member, Organization, TrailEvent
from aims.core.queries.history import actor_name
from aims.core.queries.people import own_organization


@dataclass(frozen=True)
class TrailLine:
    seq: int
    at: datetime.datetime
    actor: str
    verb: str
    object: str
    url: str
    summary: str
    hash: str


def filtered_trail(
    *,
    actor: str = "",
    action: str = "",
    object_type: str = "",
    from_day: datetime.date | None = None,
    to_day: datetime.date | None = None,
) -> QuerySet[TrailEvent]:
    found: QuerySet[TrailEvent] = TrailEvent.objects.exclude(seq=None)
    if actor:
        found = found.filter(actor=actor)
    if action:
        found = found.filter(action__icontains=action)
    if object_type:
        found = found.filter(object_type=object_type)
    if from_day:
        found = found.filter(at__date__gte=from_day)
    if to_day:
        found = found.filter(at__date__lte=to_day)
    return found.order_by("-seq")


def object_types() -> list[str]:
    found = TrailEvent.objects.exclude(object_type="").order_by("object_type")
    return list(found.values_list("object_type", flat=True).distinct())


def lines(events: Iterable[TrailEvent]) -> Iterator[TrailLine]:
    """Lines in readers' words; two queries whatever their number."""
    people = dict(Member.objects.values_list("pk", "name"))
    organization = own_organization()
    for event in events:
        body = json.loads(event.body)
        yield TrailLine(
            seq=event.seq or 0,
            at=event.at,
            actor=actor_name(event.actor, people),
            verb=spoken(event.action),
            object=_object_name(body),
            url=_address(event, organization),
            summary=_summary(body),
            hash=bytes(event.hash or b"").hex(),
        )


IRREGULAR = {"build": "built", "hold": "held", "withdraw": "withdrew", "begin": "began", "go": "went"}
PARTICIPLES = {"written": "wrote", "chosen": "chose", "begun": "began", "taken": "took"}
DOUBLED = {"plan", "submit", "stop"}


def spoken(action: str) -> str:
    """An action as a reader says it: `risk.complete_treatment` is “completed treatment”."""
    words = action.rpartition(".")[2].split("_")
    if words[-1] in PARTICIPLES or words[-1].endswith("ed"):
        words = [PARTICIPLES.get(words[-1], words[-1]), *words[:-1]]
    else:
        words[0] = _past(words[0])
    return " ".join(words)


def _past(verb: str) -> str:
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if verb in DOUBLED:
        return f"{verb}{verb[-1]}ed"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{verb}d" if verb.endswith("e") else f"{verb}ed"


def _object_name(body: dict[str, Any]) -> str:
    told = body.get("object")
    if not told:
        return ""
    return f"{_model_name(told['type'])} {told['label'] or told['id']}"


def _model_name(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except LookupError:
        return label


def _address(event: TrailEvent, organization: Organization) -> str:
    """The record's page, without fetching the record."""
    if not event.object_type or event.object_id is None:
        return ""
    try:
        model: Any = apps.get_model(event.object_type)
        address: str = model(pk=event.object_id, organization=organization).get_absolute_url()
    except (LookupError, AttributeError, NoReverseMatch, TypeError, ValueError):
        return ""
    return address


def _summary(body: dict[str, Any]) -> str:
    before, after = body.get("before", {}), body.get("after", {})
    parts = []
    for key in sorted({*before, *after}):
        was, now = _plain(before.get(key)), _plain(after.get(key))
        name = key.replace("_", " ")
        parts.append(f"{name}: {was} → {now}" if was and now else f"{name}: {now or was}")
    if body.get("reason"):
        parts.append(f"reason: {body['reason']}")
    return "; ".join(parts)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    if isinstance(value, dict):
        return f"{_model_name(str(value['type']))} {value['id']}" if "type" in value else json.dumps(value)
    return str(value)
