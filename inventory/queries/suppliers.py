"""Reads of the supplier register and of one supplier."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.models import Member
from aims.core.permissions import LEAD
from inventory.enums import SupplierKind, SupplierState, SupplierTier
from inventory.models import (
    AISystem,
    SubSupplier,
    Supplier,
    SupplierCondition,
    SupplierNotice,
    SupplierSystem,
)
from inventory.models.suppliers import ENDED, OPEN_REQUEST
from inventory.queries.systems import label_of
from inventory.rules.suppliers import CLAUSES, Served, proposed_tier

VIEWS = {
    "": "All",
    "active": "Active",
    "no_tier": "No tier",
    "review_overdue": "Review overdue",
    "ended": "Rejected or left",
}
#: What ?sort= calls a column.
SORTS = {
    "ref": "id",
    "name": "name",
    "tier": "tier",
    "state": "state",
    "owner": "owner__name",
    "review": "next_review_date",
}
ROW_FIELDS = (
    "id",
    "reference",
    "name",
    "kind",
    "tier",
    "owner_id",
    "contact",
    "contact_email",
    "state",
    "next_review_date",
    "row_version",
)


@dataclass(frozen=True)
class SupplierFilters:
    view: str = ""
    q: str = ""
    state: str = ""
    kind: str = ""
    tier: str = ""


@dataclass(frozen=True)
class SupplierRow:
    id: int
    reference: str
    name: str
    kind: str
    tier: str
    owner: str
    contact: str
    state: str
    state_label: str
    systems: int
    next_review_date: datetime.date | None
    is_review_overdue: bool
    row_version: int
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]


def _conditions(on: datetime.date) -> dict[str, Q]:
    return {
        "active": Q(state=SupplierState.ACTIVE),
        "no_tier": Q(tier=""),
        "review_overdue": Q(next_review_date__lt=on) & ~Q(state__in=ENDED),
        "ended": Q(state__in=ENDED),
    }


def suppliers(filters: SupplierFilters, *, on: datetime.date) -> QuerySet[Any]:
    found = Supplier.objects.filter(_conditions(on).get(filters.view, Q()))
    for column in ("state", "kind", "tier"):
        if getattr(filters, column):
            found = found.filter(**{column: getattr(filters, column)})
    for word in filters.q.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(reference__icontains=word)
            | Q(services__icontains=word)
            | Q(contact__icontains=word)
        )
    return found


def rows(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    """Plain values with the number of systems served; `supplier_rows` puts them into words."""
    counted = {
        "open_conditions": _count(SupplierCondition.objects.filter(met_on=None)),
        "open_requests": _count(SupplierNotice.objects.filter(OPEN_REQUEST)),
    }
    return found.annotate(
        system_count=_count(SupplierSystem.objects.all()),
        **{name: counted[name] for name in also if name in counted},
    ).values(*ROW_FIELDS, "system_count", *also, owner_name=F("owner__name"))


def _count(parts: QuerySet[Any]) -> Coalesce:
    own = parts.filter(supplier=OuterRef("pk")).order_by().values("supplier")
    return Coalesce(Subquery(own.annotate(n=Count("pk")).values("n")), 0)


def supplier_rows(values: Iterable[Mapping[str, Any]], *, on: datetime.date) -> list[SupplierRow]:
    return [_row(each, on=on) for each in values]


def _row(each: Mapping[str, Any], *, on: datetime.date) -> SupplierRow:
    review = each["next_review_date"]
    return SupplierRow(
        id=each["id"],
        reference=each["reference"],
        name=each["name"],
        kind=label_of(SupplierKind, each["kind"]),
        tier=label_of(SupplierTier, each["tier"]),
        owner=each["owner_name"] or "",
        contact=each["contact"],
        state=each["state"],
        state_label=label_of(SupplierState, each["state"]),
        systems=each["system_count"],
        next_review_date=review,
        is_review_overdue=bool(review and review < on and each["state"] not in ENDED),
        row_version=each["row_version"],
        said=each,
    )


def view_counts(*, on: datetime.date) -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in _conditions(on).items()}
    found = Supplier.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


@dataclass(frozen=True)
class Clause:
    topic: str
    title: str
    answer: str
    where: str


def clauses_of(supplier: Supplier) -> list[Clause]:
    return [
        Clause(
            topic,
            title,
            supplier.contract.get(topic, {}).get("answer", ""),
            supplier.contract.get(topic, {}).get("where", ""),
        )
        for topic, title in CLAUSES.items()
    ]


@dataclass(frozen=True)
class SupplierDetail:
    """A supplier with everything that hangs on it."""

    supplier: Supplier
    systems: list[Any]
    conditions: list[Any]
    events: list[Any]
    certificates: list[Any]
    sub_suppliers: list[Any]
    serves: list[Any]
    clauses: list[Clause]
    proposed_tier: str

    @property
    def proposed_tier_label(self) -> str:
        return label_of(SupplierTier, self.proposed_tier)


def detail_of(supplier: Supplier) -> SupplierDetail:
    """Five queries, whatever hangs on it."""
    systems = list(supplier.system_links.select_related("system").order_by("system__reference"))
    around = SubSupplier.objects.filter(Q(supplier=supplier) | Q(sub_supplier=supplier))
    links = list(around.select_related("supplier", "sub_supplier").order_by("id"))
    certificates = supplier.evidence_links.select_related("evidence").order_by("evidence_id")
    return SupplierDetail(
        supplier=supplier,
        systems=systems,
        conditions=list(supplier.conditions.order_by("due_date", "id")),
        events=list(supplier.notices.order_by("-happened_on", "-id")),
        certificates=list(certificates),
        sub_suppliers=[link for link in links if link.supplier_id == supplier.pk],
        serves=[link for link in links if link.sub_supplier_id == supplier.pk],
        clauses=clauses_of(supplier),
        proposed_tier=proposed_tier(_served(link.system) for link in systems),
    )


def _served(system: AISystem) -> Served:
    return Served(
        stage=system.stage,
        ai_type=system.ai_type,
        automation_degree=system.automation_degree,
        special_categories=system.special_categories,
        affected_count=system.affected_count,
    )


@dataclass(frozen=True)
class NamedSupplier:
    """A supplier's name as systems carry it, and those of them that are linked to no record yet."""

    name: str
    systems: tuple[AISystem, ...]


def names_to_link(actor: Actor) -> list[NamedSupplier]:
    """By name without regard to case; for an AI system owner only those of their own systems."""
    linked = SupplierSystem.objects.values("system_id")
    systems = AISystem.objects.exclude(supplier="").exclude(pk__in=linked).order_by("id")
    if not permissions.can(actor, "inventory.set_owner"):
        systems = systems.filter(owner_id=actor.member_id)
    names: dict[str, str] = {}
    found: dict[str, list[AISystem]] = {}
    for system in systems:
        name = " ".join(system.supplier.split())
        if name:
            names.setdefault(name.casefold(), name)
            found.setdefault(name.casefold(), []).append(system)
    return [NamedSupplier(names[key], tuple(found[key])) for key in sorted(found)]


def suppliers_to_link(supplier: Supplier) -> list[tuple[int, str]]:
    rows = Supplier.objects.exclude(pk=supplier.pk).order_by("name").values_list("id", "reference", "name")
    return [(pk, f"{reference} {name}") for pk, reference, name in rows]


def keepers_of(supplier: Supplier) -> list[Member]:
    """Who answers for the supplier; without anybody, the compliance leads."""
    return [supplier.owner] if supplier.owner is not None else list(Member.objects.with_role(LEAD))


def suppliers_of(system: AISystem) -> list[SupplierSystem]:
    links = SupplierSystem.objects.filter(system=system).select_related("supplier")
    return list(links.order_by("supplier__reference"))


def has_open_corrective_request(supplier: Supplier) -> bool:
    return bool(supplier.notices.filter(OPEN_REQUEST, kind="corrective_request").exists())


def sub_supplier_link(supplier: Supplier, sub_supplier_id: int) -> SubSupplier | None:
    links = SubSupplier.objects.select_related("supplier", "sub_supplier")
    return links.filter(supplier=supplier, sub_supplier_id=sub_supplier_id).first()
