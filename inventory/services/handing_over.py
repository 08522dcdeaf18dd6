"""What members answer for in the inventory, and how it goes to somebody else."""

from __future__ import annotations

from collections.abc import Iterable

from aims.core.models import Member
from aims.core.permissions import RISK_OWNER, SYSTEM_OWNER
from aims.core.registry import Owned, Ownership
from aims.core.services.handing_over import give_by_column
from inventory.models import AISystem, Supplier


def _systems_of(member: Member) -> Iterable[Owned]:
    for system in AISystem.objects.filter(owner=member).select_related("organization"):
        yield Owned(str(system.pk), f"{system.reference} {system.name}", system.get_absolute_url())


def _risks_of_systems(member: Member) -> Iterable[Owned]:
    for system in AISystem.objects.filter(risk_owner=member).select_related("organization"):
        label = f"the risks of {system.reference} {system.name}"
        yield Owned(str(system.pk), label, system.get_absolute_url())


def _suppliers_of(member: Member) -> Iterable[Owned]:
    for supplier in Supplier.objects.filter(owner=member).select_related("organization"):
        yield Owned(str(supplier.pk), f"{supplier.reference} {supplier.name}", supplier.get_absolute_url())


OWNERSHIPS = [
    Ownership(
        "suppliers",
        "Suppliers",
        frozenset(),
        _suppliers_of,
        give_by_column(Supplier, "owner", "supplier.owner_set"),
    ),
    Ownership(
        "systems",
        "AI systems",
        frozenset({SYSTEM_OWNER}),
        _systems_of,
        give_by_column(AISystem, "owner", "aisystem.owner_set"),
    ),
    Ownership(
        "system-risks",
        "Risks of AI systems",
        frozenset({RISK_OWNER}),
        _risks_of_systems,
        give_by_column(AISystem, "risk_owner", "aisystem.risk_owner_set"),
    ),
]
