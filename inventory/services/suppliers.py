"""The verbs of suppliers: their record and their life cycle (SM-16)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from aims.core import permissions, references, trail, transitions
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.versions import only_known, write_changes
from inventory.enums import SupplierKind, SupplierTier
from inventory.models import Supplier
from inventory.rules import suppliers as rules
from inventory.services.owners import own_member, tell_new_owner

EDITABLE = (
    "name",
    "kind",
    "tier",
    "tier_reason",
    "owner",
    "contact",
    "contact_email",
    "services",
    "terms",
    "duties",
    "contract",
    "exit_plan",
    "exit_done_on",
    "next_review_date",
)
#: The verb of the permission table behind each step of the life cycle.
VERBS = {
    "start": "inventory.start_supplier",
    "approve": "inventory.decide_supplier",
    "approve_with_conditions": "inventory.decide_supplier",
    "reject": "inventory.decide_supplier",
    "suspend": "inventory.decide_supplier",
    "restore": "inventory.decide_supplier",
    "activate": "inventory.activate_supplier",
    "trigger_review": "inventory.trigger_supplier_review",
    "confirm": "inventory.confirm_supplier",
    "exit": "inventory.confirm_supplier",
}


@transaction.atomic
def register_supplier(
    *, actor: Actor, name: str, now: datetime.datetime, owner: Member | None = None, **fields: Any
) -> Supplier:
    """Enter a supplier. An AI system owner enters suppliers of their own and answers for them."""
    supplier = Supplier(
        organization_id=actor.organization_id,
        owner=owner or own_member(actor),
        author_id=actor.member_id,
        registered_at=now,
        state_since=now,
        **only_known({"name": name, **fields}, EDITABLE),
    )
    permissions.require(actor, "inventory.keep_supplier", supplier)
    _check(supplier)
    supplier.reference = references.next_reference("SUP")
    supplier.save(force_insert=True)
    trail.record(actor, "supplier.registered", supplier, after={"owner": supplier.owner_id})
    tell_new_owner(actor, supplier)
    return supplier


@transaction.atomic
def edit_supplier(
    *,
    actor: Actor,
    supplier: Supplier,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> Supplier:
    """Write what differs. Another `row_version` than the one looked at means that somebody was faster."""
    permissions.require(actor, "inventory.keep_supplier", supplier)
    values = only_known(changes, EDITABLE)
    differing = write_changes(
        actor,
        supplier,
        row_version=row_version,
        values=values,
        action="supplier.edited",
        check=lambda differing: _check(supplier),
    )
    if "owner" in differing:
        tell_new_owner(actor, supplier)
    return supplier


@transaction.atomic
def move_supplier(
    *,
    actor: Actor,
    supplier: Supplier,
    action: str,
    now: datetime.datetime,
    reason: str = "",
    trigger: str = "",
) -> Supplier:
    """Take one step of the life cycle; `trigger` says what asks for a review."""
    if action not in VERBS:
        raise RuleBroken("There is no such step in the life of a supplier.", field="action")
    permissions.require(actor, VERBS[action], supplier)
    changes: dict[str, Any] = {"state_since": now, "row_version": F("row_version") + 1}
    if action == "start":
        changes["submitted_by_id"] = actor.member_id
    transitions.move(
        rules.SUPPLIER,
        supplier,
        action,
        actor=actor,
        now=now,
        given={"reason": reason.strip(), "trigger": trigger},
        changes=changes,
    )
    supplier.refresh_from_db()
    return supplier


def require_supplier(supplier: Supplier) -> None:
    """What the record has to hold to, whatever else is in the register."""
    rules.require_supplier_name(supplier.name)
    rules.require_contract(supplier.contract)
    if supplier.kind not in SupplierKind.values:
        raise RuleBroken("Choose what the supplier delivers.", field="kind")
    if supplier.tier and supplier.tier not in SupplierTier.values:
        raise RuleBroken("Choose one of the tiers.", field="tier")
    if supplier.owner is not None and not supplier.owner.is_active:
        raise RuleBroken(f"{supplier.owner.name} has left. Name somebody else.", field="owner")


def _check(supplier: Supplier) -> None:
    require_supplier(supplier)
    same = Supplier.objects.filter(name__iexact=supplier.name).exclude(pk=supplier.pk).first()
    if same:
        raise RuleBroken(f"{same.reference} has this name already.", field="name")
