"""The trail as its page, its export and the API show it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, Resolver404, resolve

from aims.core import permissions, stamping, texts
from aims.core.actor import Actor, ActorKind
from aims.core.days import end_of_day
from aims.core.models import (
    AccessGrant,
    ApiKey,
    Member,
    OperatorEntry,
    Organization,
    TrailCheckpoint,
    TrailEvent,
)
from aims.core.queries.trail_words import Names, model_name, object_name, spoken, summary
from aims.core.signing import Signer
from aims.core.tenancy.context import current_organization

AUDITORS = (f"{ActorKind.AUDITOR}:", f"{ActorKind.INVITED}:")
ONE_DAY = datetime.timedelta(days=1)


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


@dataclass(frozen=True)
class Seal:
    """What holds the trail from outside: the newest signed checkpoint, and the newest with a time stamp."""

    seq: int
    made_at: datetime.datetime
    key: str
    is_outside: bool
    stamped_seq: int | None
    stamped_at: datetime.datetime | None
    awaits_stamp: bool


def newest_seal() -> Seal | None:
    kept = TrailCheckpoint.objects.only("seq", "made_at", "stored_at", "stamped_at")
    newest = kept.first()
    if newest is None:
        return None
    stamped = newest if newest.stamped_at else kept.exclude(stamped_at=None).first()
    return Seal(
        seq=newest.seq,
        made_at=newest.made_at,
        key=Signer.from_settings().fingerprint(),
        is_outside=newest.stored_at is not None,
        stamped_seq=stamped.seq if stamped else None,
        stamped_at=stamped.stamped_at if stamped else None,
        awaits_stamp=stamping.is_configured() and newest.stamped_at is None,
    )


def filtered_trail(
    *,
    actor: str = "",
    action: str = "",
    object_type: str = "",
    object_id: int | None = None,
    record: str = "",
    from_day: datetime.date | None = None,
    to_day: datetime.date | None = None,
    only_auditors: bool = False,
) -> QuerySet[TrailEvent]:
    """Lines newest first. `record` is a reference such as R-012; days are those of the organization."""
    found: QuerySet[TrailEvent] = TrailEvent.objects.exclude(seq=None)
    if actor:
        found = found.filter(actor=actor)
    if only_auditors:
        found = found.filter(Q(actor__startswith=AUDITORS[0]) | Q(actor__startswith=AUDITORS[1]))
    if action:
        for word in action.lower().split():  # “completed” as the page says it finds `complete_treatment`
            found = found.filter(action__icontains=word.removesuffix("ed"))
    if object_type:
        found = found.filter(object_type=object_type)
    if object_id is not None:
        found = found.filter(object_id=object_id)
    if record:
        # As it stands in the canonical text of the line.
        found = found.filter(body__contains=f'"label":{json.dumps(record.strip(), ensure_ascii=False)}')
    if from_day:
        found = found.filter(at__gt=end_of_day(from_day - ONE_DAY))
    if to_day:
        found = found.filter(at__lte=end_of_day(to_day))
    return found.order_by("-seq")


def object_types() -> list[tuple[str, str]]:
    """The kinds of record that lines are about, in words."""
    found = TrailEvent.objects.exclude(object_type="").order_by("object_type")
    kinds = found.values_list("object_type", flat=True).distinct()
    return sorted(((kind, model_name(kind)) for kind in kinds), key=lambda pair: pair[1])


def actors() -> list[tuple[str, str]]:
    """Everybody who can stand in a line: members, external auditors, keys, the portal."""
    return [
        *((f"{ActorKind.MEMBER}:{pk}", name) for pk, name in Member.objects.values_list("pk", "name")),
        *(
            (f"{ActorKind.AUDITOR}:{pk}", f"{name} (external auditor)")
            for pk, name in AccessGrant.objects.order_by("pk").values_list("pk", "name")
        ),
        *(
            (f"{ActorKind.KEY}:{pk}", f"API key {name}")
            for pk, name in ApiKey.objects.order_by("pk").values_list("pk", "name")
        ),
        *(
            (f"{ActorKind.OPERATOR}:{pk}", f"{name} (operator of the installation)")
            for pk, name in OperatorEntry.objects.order_by("pk").values_list("pk", "operator_name")
        ),
        (f"{ActorKind.SYSTEM}:0", "Portal"),
    ]


def lines(events: Iterable[TrailEvent], *, reader: Actor) -> Iterator[TrailLine]:
    """Lines in readers' words, with links to what the reader may open; five queries for any number."""
    events = list(events)
    names, organization = Names(), current_organization()
    may_open, known = _opener(reader), texts.kept_texts(event.body for event in events)
    for event in events:
        body = texts.readable(json.loads(event.body), known)
        address = _address(event, organization)
        yield TrailLine(
            seq=event.seq or 0,
            at=event.at,
            actor=names.actor(event.actor),
            verb=spoken(event.action),
            object=object_name(body),
            url=address if address and may_open(event.object_type, address) else "",
            summary=summary(body, names),
            hash=bytes(event.hash or b"").hex(),
        )


def _opener(reader: Actor) -> Callable[[str, str], bool]:
    """Whether the reader may open pages of a kind of record: asked of the page's own verb, once a kind."""
    known: dict[str, bool] = {}

    def may_open(kind: str, address: str) -> bool:
        if kind not in known:
            known[kind] = _may_open(reader, address)
        return known[kind]

    return may_open


def _may_open(reader: Actor, address: str) -> bool:
    try:
        view: Any = resolve(address.partition("?")[0].partition("#")[0]).func
    except Resolver404:
        return False
    verb = getattr(getattr(view, "view_class", None), "verb", "")
    return bool(verb) and permissions.can(reader, verb)


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
