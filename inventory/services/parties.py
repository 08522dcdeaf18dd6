"""The verbs of interested parties and of what they require (4.2)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aims.core import permissions, references, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.versions import only_known, write_changes, write_version
from inventory.enums import NeedKind, PartyKind
from inventory.models import InterestedParty, PartyNeed
from inventory.rules import parties as rules
from inventory.services.context import KEEP, require_present, reviewed
from inventory.services.owners import tell_new_owner

EDITABLE = ("name", "kind", "description", "watch", "owner", "matters", "next_review_date")
NEED_FIELDS = ("text", "kind", "where", "is_obligation", "reason")


@transaction.atomic
def register_party(*, actor: Actor, name: str, now: datetime.datetime, **fields: Any) -> InterestedParty:
    permissions.require(actor, KEEP)
    party = InterestedParty(
        organization_id=actor.organization_id,
        author_id=actor.member_id,
        recorded_at=now,
        **only_known({"name": name, **fields}, EDITABLE),
    )
    _check(party)
    party.reference = references.next_reference("IP")
    party.save(force_insert=True)
    trail.record(actor, "interestedparty.registered", party, after={"kind": party.kind})
    tell_new_owner(actor, party)
    return party


@transaction.atomic
def edit_party(
    *,
    actor: Actor,
    party: InterestedParty,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> InterestedParty:
    """Write what differs. Another `row_version` than the one looked at means that somebody was faster."""
    permissions.require(actor, KEEP, party)
    values = only_known(changes, EDITABLE)
    differing = write_changes(
        actor,
        party,
        row_version=row_version,
        values=values,
        action="interestedparty.edited",
        check=lambda differing: _check(party),
    )
    if "owner" in differing:
        tell_new_owner(actor, party)
    return party


@transaction.atomic
def review_party(
    *,
    actor: Actor,
    party: InterestedParty,
    row_version: int,
    note: str,
    now: datetime.datetime,
    next_review_date: datetime.date | None = None,
) -> InterestedParty:
    """Somebody asked again what the party requires: what it came to, and when the next look is."""
    permissions.require(actor, "inventory.review_context", party)
    values = reviewed(note=note, next_review_date=next_review_date, now=now)
    if not write_version(InterestedParty.objects.filter(pk=party.pk), row_version, **values):
        raise StaleState("Somebody changed this party meanwhile. Reload and look again.")
    party.refresh_from_db()
    trail.record(actor, "interestedparty.reviewed", party, after={"note": party.review_note})
    return party


@transaction.atomic
def add_need(*, actor: Actor, party: InterestedParty, now: datetime.datetime, **fields: Any) -> PartyNeed:
    """What the party needs, and whether the AIMS takes it on; that may be left open."""
    permissions.require(actor, KEEP, party)
    need = PartyNeed(organization_id=actor.organization_id, party=party, **only_known(fields, NEED_FIELDS))
    _check_need(need)
    need.save(force_insert=True)
    trail.record(actor, "interestedparty.need_added", party, after=_told(need))
    return need


@transaction.atomic
def change_need(*, actor: Actor, need: PartyNeed, now: datetime.datetime, **fields: Any) -> PartyNeed:
    permissions.require(actor, KEEP, need.party)
    before = _told(need)
    for key, value in only_known(fields, NEED_FIELDS).items():
        setattr(need, key, value)
    _check_need(need)
    after = _told(need)
    if after == before:
        return need
    need.save(update_fields=list(NEED_FIELDS))
    trail.record(actor, "interestedparty.need_changed", need.party, before=before, after=after)
    return need


@transaction.atomic
def remove_need(*, actor: Actor, need: PartyNeed, now: datetime.datetime) -> None:
    permissions.require(actor, KEEP, need.party)
    before = _told(need)
    need.delete()
    trail.record(actor, "interestedparty.need_removed", need.party, before=before)


def _told(need: PartyNeed) -> dict[str, Any]:
    return {name: getattr(need, name) for name in NEED_FIELDS}


def _check(party: InterestedParty) -> None:
    rules.require_party_name(party.name)
    if party.kind not in PartyKind.values:
        raise RuleBroken("Choose who the party is.", field="kind")
    same = InterestedParty.objects.filter(name__iexact=party.name).exclude(pk=party.pk).first()
    if same:
        raise RuleBroken(f"{same.reference} has this name already.", field="name")
    require_present(party)


def _check_need(need: PartyNeed) -> None:
    if need.kind not in NeedKind.values:
        raise RuleBroken("Choose what the requirement rests on.", field="kind")
    rules.require_need(
        text=need.text,
        kind=need.kind,
        where=need.where,
        is_obligation=need.is_obligation,
        reason=need.reason,
    )
