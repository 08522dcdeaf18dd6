"""What SM-02 asks of a discovered item, and what its steps set off."""

from __future__ import annotations

from aims.core import messages
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.permissions import CONTROL_OWNER
from aims.core.registry import registry
from aims.core.transitions import Facts
from inventory.models import DiscoveredAI, DiscoverySighting, Intake
from inventory.queries.discovery import family_of
from inventory.rules import discovery as rules
from inventory.services.intake import begin_real
from inventory.services.systems import register_system

guard, effect = registry.guard, registry.effect


@guard("SM-02", "owner named")
def owner_is_named(facts: Facts) -> None:
    if (facts.given.get("owner") or facts.obj.owner) is None:
        raise RuleBroken("Name the owner of the AI system.", field="owner")


@guard("SM-02", "target chosen")
def target_is_chosen(facts: Facts) -> None:
    target, system = facts.given.get("merged_into"), facts.given.get("system")
    ways = dict(DiscoveredAI.objects.exclude(merged_into=None).values_list("pk", "merged_into_id"))
    chain: list[int] = []
    following = target.pk if target is not None else None
    while following is not None and following not in chain:
        chain.append(following)
        following = ways.get(following)
    rules.require_target(
        item=facts.obj.pk,
        merged_into=target.pk if target is not None else None,
        system=system.pk if system is not None else None,
        chain=chain,
    )


@effect("SM-02", "create AISystem in proposed")
def create_the_system(facts: Facts) -> None:
    """With all that is known of it, and the item as its source. After an intake the real questions open."""
    item: DiscoveredAI = facts.obj
    sources = DiscoverySighting.objects.filter(item=item).order_by("pk")
    seen = "; ".join(dict.fromkeys(f"{row.get_source_display()} {row.seen_on}" for row in sources))
    item.system = register_system(
        actor=facts.actor,
        name=item.name,
        owner=item.owner,
        purpose=item.used_for,
        ai_type=item.ai_type,
        sourcing=item.sourcing,
        supplier=item.vendor,
        source=f"Discovery {item.reference}: {seen}"[:250],
        now=facts.now,
    )
    item.save(update_fields=["system"])
    if Intake.objects.filter(item_id__in=family_of(item)).exists():
        begin_real(facts.actor, item.system, now=facts.now)


@effect("SM-02", "notify user and control owner")
def tell_of_the_ban(facts: Facts) -> None:
    """Everybody who reported it or brought it in, and whoever answers for controls."""
    item: DiscoveredAI = facts.obj
    users = DiscoverySighting.objects.filter(item=item).exclude(recorded_by=None).values("recorded_by_id")
    told = {*Member.objects.active().filter(pk__in=users), *Member.objects.with_role(CONTROL_OWNER)}
    if item.reported_by is not None and item.reported_by.is_active:
        told.add(item.reported_by)
    for member in told:
        messages.tell(
            member,
            dedupe=f"discovered-banned:{item.pk}",
            text=f"{item.name} must not be used: {facts.given.get('reason', '')}"[:300],
        )
