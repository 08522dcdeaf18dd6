"""The verbs of discovery: what was seen, and what it is decided to be (SM-02)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import F

from aims.core import messages, permissions, references, trail, transitions
from aims.core.actor import Actor, ActorKind
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.permissions import LEAD
from aims.core.versions import only_known, write_changes
from inventory.enums import AIType, DiscoverySource, DiscoveryState, Sourcing
from inventory.known_services import known_services
from inventory.models import AISystem, DiscoveredAI, DiscoverySighting, DiscoverySurvey, Intake
from inventory.rules import discovery as rules
from inventory.rules.intake import Answers
from inventory.services.intake import keep_intake

EDITABLE = ("name", "vendor", "used_for", "ai_type", "sourcing", "owner")
#: The verb of the permission table behind each step.
VERBS = {
    "triage": "inventory.triage_discovery",
    "register": "inventory.decide_discovery",
    "dismiss": "inventory.decide_discovery",
    "merge": "inventory.decide_discovery",
    "ban": "inventory.ban_discovery",
}


@dataclass(frozen=True)
class Seen:
    """What was seen of one thing, and where."""

    name: str
    source: str
    seen_on: datetime.date
    vendor: str = ""
    domain: str = ""
    used_for: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Found:
    """Where a sighting went: to an item, or to a system that the inventory had already."""

    item: DiscoveredAI | None
    system: AISystem | None
    is_new: bool
    intake: Intake | None = None


@transaction.atomic
def report_tool(
    *,
    actor: Actor,
    name: str,
    now: datetime.datetime,
    vendor: str = "",
    address: str = "",
    used_for: str = "",
    answers: Answers | None = None,
) -> Found:
    """Somebody says what they use. What is known already gets one more sighting, not a second item.

    `answers` to the three questions of the intake are judged at once.
    """
    permissions.require(actor, "inventory.report_tool")
    source = DiscoverySource.INTEGRATION if actor.kind is ActorKind.KEY else DiscoverySource.STAFF
    seen = Seen(
        name=name.strip(),
        source=source,
        seen_on=local_today(now),
        vendor=vendor.strip(),
        domain=rules.require_address(address),
        used_for=used_for.strip(),
        detail=used_for.strip()[:400],
    )
    found = note_seen(actor, seen, systems=systems_by_name(), now=now)
    if found.is_new and found.item is not None:
        _tell_leads(found.item, f"{found.item} was reported: look at it.", what="new")
    if not answers:
        return found
    about = {"system": found.system} if found.system else {"item": found.item}
    return replace(found, intake=keep_intake(actor, answers=answers, now=now, **about))


def systems_by_name() -> dict[str, AISystem]:
    return {rules.normalized(system.name): system for system in AISystem.objects.order_by("-id")}


def note_seen(actor: Actor, seen: Seen, *, systems: Mapping[str, AISystem], now: datetime.datetime) -> Found:
    """Inside a verb that has asked for the permission: find or make the item, and add the sighting."""
    rules.require_seen_name(seen.name)
    match = rules.recognize(seen.name, seen.domain, known_services())
    system = system_named(seen.name, match, systems)
    item, is_new = (None, False) if system is not None else _item(actor, seen, match, now=now)
    where = {"item": item, "system": system, "source": seen.source, "seen_on": seen.seen_on}
    sighting, is_first = DiscoverySighting.objects.get_or_create(
        organization_id=actor.organization_id,
        **where,
        detail=seen.detail[:400],
        defaults={"recorded_by_id": actor.member_id, "recorded_at": now},
    )
    if is_first and not is_new:
        trail.record(actor, "discoveredai.seen", item or system, after={"source": seen.source})
    if item is not None and item.state == DiscoveryState.BANNED and is_first:
        _tell_leads(item, f"{item} is banned and was seen again.", what=f"again-{sighting.pk}")
    return Found(item, system, is_new)


def system_named(name: str, match: rules.Match | None, systems: Mapping[str, AISystem]) -> AISystem | None:
    """The system of the inventory that has this name, or the name of the service it was taken for."""
    names = [name, *(match.service.names if match else ())]
    return next((systems[key] for key in map(rules.normalized, names) if key in systems), None)


def key_of(name: str, match: rules.Match | None) -> str:
    return f"known:{match.service.id}" if match else rules.normalized(name)[:200]


def _item(
    actor: Actor, seen: Seen, match: rules.Match | None, *, now: datetime.datetime
) -> tuple[DiscoveredAI, bool]:
    service = match.service if match else None
    reference: Any = lambda: references.next_reference("DIS")  # noqa: E731 - asked for only when one is made
    item, is_new = DiscoveredAI.objects.get_or_create(
        organization_id=actor.organization_id,
        key=key_of(seen.name, match),
        defaults={
            "reference": reference,
            "name": (service.name if service else seen.name)[:200],
            "vendor": (service.vendor if service else seen.vendor)[:200],
            "domain": seen.domain[:200],
            "used_for": seen.used_for,
            "known_service": service.id if service else "",
            "match_reason": match.why[:300] if match else "",
            "ai_type": service.ai_type if service else "",
            "sourcing": service.sourcing if service else "",
            "state_since": now,
            "reported_by_id": actor.member_id,
            "discovered_at": now,
        },
    )
    if is_new:
        trail.record(actor, "discoveredai.discovered", item, after={"source": seen.source})
    return item, is_new


@transaction.atomic
def edit_discovered(
    *,
    actor: Actor,
    item: DiscoveredAI,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> DiscoveredAI:
    """Write what differs while nothing is decided."""
    permissions.require(actor, "inventory.keep_discovery", item)
    values = only_known(changes, EDITABLE)
    if item.state not in (DiscoveryState.DISCOVERED, DiscoveryState.TRIAGED):
        raise RuleBroken("What is decided is not changed any more.", code="state")
    write_changes(
        actor,
        item,
        row_version=row_version,
        values=values,
        action="discoveredai.edited",
        check=lambda differing: _check(item),
    )
    return item


@transaction.atomic
def move_discovered(
    *,
    actor: Actor,
    item: DiscoveredAI,
    action: str,
    now: datetime.datetime,
    reason: str = "",
    owner: Member | None = None,
    merged_into: DiscoveredAI | None = None,
    system: AISystem | None = None,
) -> DiscoveredAI:
    """Take one step; `owner` goes with registering, one of the targets with merging."""
    if action not in VERBS:
        raise RuleBroken("There is no such step for a discovered item.", field="action")
    permissions.require(actor, VERBS[action], item)
    changes: dict[str, Any] = {"state_since": now, "row_version": F("row_version") + 1}
    if action != "triage":
        changes |= {"decided_by_id": actor.member_id, "decision_reason": reason.strip()}
    if owner is not None and action in ("triage", "register"):
        changes["owner"] = owner
    if action == "merge":
        # Two who merge each into the other's target wait for each other here.
        list(DiscoveredAI.objects.select_for_update().order_by("pk").values_list("pk"))
        changes |= {"merged_into": merged_into, "system": system}
    transitions.move(
        rules.DISCOVERY,
        item,
        action,
        actor=actor,
        now=now,
        given={"reason": reason.strip(), "owner": owner, "merged_into": merged_into, "system": system},
        changes=changes,
    )
    item.refresh_from_db()
    return item


@transaction.atomic
def record_survey(
    *, actor: Actor, held_on: datetime.date, asked: str, now: datetime.datetime, result: str = ""
) -> DiscoverySurvey:
    """That people were asked which AI they use; the answers come in as reports."""
    permissions.require(actor, "inventory.record_survey")
    if held_on > local_today(now):
        raise RuleBroken("A survey on record was held already.", field="held_on")
    if not asked.strip():
        raise RuleBroken("Say who was asked.", field="asked")
    survey: DiscoverySurvey = DiscoverySurvey.objects.create(
        organization_id=actor.organization_id,
        held_on=held_on,
        asked=asked.strip(),
        result=result.strip(),
        recorded_by_id=actor.member_id,
        recorded_at=now,
    )
    trail.record(actor, "discoverysurvey.recorded", survey, after={"held_on": held_on.isoformat()})
    return survey


def _check(item: DiscoveredAI) -> None:
    rules.require_seen_name(item.name)
    if item.ai_type and item.ai_type not in AIType.values:
        raise RuleBroken("Choose one of the types of AI.", field="ai_type")
    if item.sourcing and item.sourcing not in Sourcing.values:
        raise RuleBroken("Choose where it comes from.", field="sourcing")
    if item.owner is not None and not item.owner.is_active:
        raise RuleBroken(f"{item.owner.name} has left. Name somebody else.", field="owner")


def _tell_leads(item: DiscoveredAI, sentence: str, *, what: str) -> None:
    for member in Member.objects.with_role(LEAD):
        messages.tell(
            member,
            dedupe=f"discovered-{what}:{item.pk}",
            text=sentence,
            url=item.get_absolute_url(),
        )
