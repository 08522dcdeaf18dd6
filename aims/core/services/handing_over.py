"""Handing over what somebody answers for, so that nobody leaves and no role goes with a record behind it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.enums import EvidenceState, Role
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.messages import tell
from aims.core.models import ApiKey, Evidence, Member
from aims.core.ownerships import require_role
from aims.core.registry import Owned, Ownership, registry


@dataclass(frozen=True)
class Holding:
    """What a member owns in one register."""

    ownership: Ownership
    records: tuple[Owned, ...]

    def name_of(self, record: Owned) -> str:
        """`systems:12`, as forms and the API name one record."""
        return f"{self.ownership.name}:{record.key}"


def holdings(member: Member) -> list[Holding]:
    found = (Holding(each, tuple(each.owned(member))) for each in registry.ownerships)
    return [holding for holding in found if holding.records]


@transaction.atomic
def hand_over(*, actor: Actor, member: Member, to: Mapping[str, Member]) -> int:
    """Give each named record to the member chosen for it; all of them or none."""
    from aims.core.services.group_roles import settle

    permissions.require(actor, "core.hand_over")
    held = {
        holding.name_of(record): (holding.ownership, record)
        for holding in holdings(member)
        for record in holding.records
    }
    for name, taker in to.items():
        if name not in held:
            raise StaleState(f"{member.name} does not own all of this any more. Reload and look at it again.")
        ownership, record = held[name]
        require_taker(ownership, member, taker)
        if ownership.give is None:
            raise RuleBroken(f"{record.label} cannot be handed over here: open it and end it.", field="to")
        ownership.give(actor, record.key, member, taker)
    for taker in {each.pk: each for each in to.values()}.values():
        _tell(taker, member, [held[name][1] for name, each in to.items() if each.pk == taker.pk])
    settle(actor, member)
    return len(to)


@transaction.atomic
def end_access(
    *, actor: Actor, member: Member, reason: str, to: Mapping[str, Member], now: datetime.datetime
) -> None:
    """Hand everything over and close the organization to the person, in one act."""
    from aims.core.services.organizations import deactivate_member

    permissions.require(actor, "core.manage_people")
    if to:
        hand_over(actor=actor, member=member, to=to)
    deactivate_member(actor=actor, member=member, reason=reason)


def require_taker(ownership: Ownership, giver: Member, taker: Member) -> None:
    if taker.pk == giver.pk or not taker.is_active:
        raise RuleBroken("Choose somebody else who has access.", field="to")
    require_role(ownership, taker, field="to")


def require_nothing_left(member: Member) -> None:
    """AC-32: what somebody owns goes to somebody else first."""
    left = labels(holdings(member))
    if left:
        raise RuleBroken(
            f"{member.name} still owns {counted(left)}. Give these to somebody else first.", code="orphans"
        )


def require_roles_not_needed(member: Member, roles: Iterable[str]) -> None:
    """The same for a role that an ownership requires."""
    left = labels(needing(member, set(roles)))
    if left:
        raise RuleBroken(
            f"Without this role {member.name} cannot own {counted(left)}. Hand these over first.",
            field="roles",
            code="orphans",
        )


def needing(member: Member, kept: set[str]) -> list[Holding]:
    """What they own by a role that is not among those they keep."""
    lost = set(member.roles) - kept
    needed = [each for each in registry.ownerships if each.roles & lost and not each.roles & kept]
    found = (Holding(each, tuple(each.owned(member))) for each in needed)
    return [holding for holding in found if holding.records]


def labels(held: Iterable[Holding]) -> list[str]:
    return [record.label for holding in held for record in holding.records]


def give_by_column(model: Any, column: str, action: str) -> Callable[[Actor, str, Member, Member], None]:
    """The verb of a register whose owner is one column."""

    def give(actor: Actor, key: str, giver: Member, taker: Member) -> None:
        permissions.require(actor, "core.hand_over")
        written: dict[str, Any] = {column: taker}
        if "row_version" in {each.name for each in model._meta.concrete_fields}:
            written["row_version"] = F("row_version") + 1
        if not model.objects.filter(pk=int(key), **{column: giver}).update(**written):
            raise StaleState("Somebody changed this a moment ago. Reload and look at it again.")
        row = model.objects.get(pk=int(key))
        trail.record(actor, action, row, before={column: giver.pk}, after={column: taker.pk})

    return give


def _requests_of(member: Member) -> Iterable[Owned]:
    asked = Evidence.objects.filter(asked_of=member, state=EvidenceState.REQUESTED)
    for item in asked.select_related("organization"):
        yield Owned(str(item.pk), f"the request {item.reference}", item.get_absolute_url())


def _keys_of(member: Member) -> Iterable[Owned]:
    from django.urls import reverse

    keys = ApiKey.objects.filter(responsible=member, revoked_at=None, expires_at__gt=timezone.now())
    for key in keys.select_related("organization"):
        yield Owned(str(key.pk), f"the API key {key.name}", reverse("api_keys", args=[key.organization.slug]))


REQUESTS = Ownership(
    "evidence-requests",
    "Evidence asked for",
    frozenset({Role.COMPLIANCE_LEAD, Role.AI_SYSTEM_OWNER, Role.RISK_OWNER, Role.CONTROL_OWNER}),
    _requests_of,
    give_by_column(Evidence, "asked_of", "evidence.request_handed_over"),
)
KEYS = Ownership(
    "api-keys",
    "API keys",
    frozenset(),
    _keys_of,
    give_by_column(ApiKey, "responsible", "api_key.responsible_set"),
)


def counted(labels: list[str]) -> str:
    shown = ", ".join(labels[:5])
    return f"{shown} and {len(labels) - 5} more" if len(labels) > 5 else shown


def _tell(taker: Member, giver: Member, records: list[Owned]) -> None:
    text = f"Handed over to you from {giver.name}: {counted([record.label for record in records])}."
    tell(
        taker,
        dedupe=f"handed-over:{giver.pk}:{timezone.now().isoformat()}",
        text=text,
        url=records[0].url,
        mail_subject=f"Handed over to you from {giver.name}",
    )
