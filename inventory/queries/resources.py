"""Reads of the registers of AI models, data sets and prompts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from inventory.models import AIModel, AISystem, DataSet, Prompt, Supplier
from inventory.queries.systems import label_of

REGISTERS: tuple[Any, ...] = (AIModel, DataSet, Prompt)
VIEWS = {
    "": "All",
    "current": "Current versions",
    "no_licence": "No licence",
    "no_provenance": "No provenance",
    "superseded": "Replaced",
}
#: What ?sort= calls a column.
SORTS = {
    "ref": "id",
    "name": "name",
    "version": "version",
    "licence": "licence",
    "owner": "owner__name",
}
ROW_FIELDS = ("id", "reference", "name", "version", "owner_id", "supplier_id", "licence", "row_version")


@dataclass(frozen=True)
class ResourceFilters:
    view: str = ""
    q: str = ""
    kind: str = ""


@dataclass(frozen=True)
class ResourceRow:
    id: int
    reference: str
    name: str
    version: str
    about: str
    special: str
    supplier: str
    owner: str
    licence: str
    systems: int
    is_superseded: bool
    row_version: int
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]

    @property
    def said_apart(self) -> str:
        """What tells it from others of its name."""
        return self.version


CONDITIONS = {
    "current": Q(is_superseded=False),
    "no_licence": Q(licence="", is_superseded=False),
    "no_provenance": Q(provenance="", is_superseded=False),
    "superseded": Q(is_superseded=True),
}


def views_of(model: Any) -> dict[str, str]:
    """The saved views of one register: none asks for what its records need not say."""
    lacking = {f"no_{column}" for column in ("licence", "provenance") if column not in model.expects}
    return {view: label for view, label in VIEWS.items() if view not in lacking}


def _marked(model: Any) -> QuerySet[Any]:
    newer = model.objects.filter(supersedes=OuterRef("pk"))
    found: QuerySet[Any] = model.objects.annotate(is_superseded=Exists(newer))
    return found


def resources(model: Any, filters: ResourceFilters) -> QuerySet[Any]:
    found = _marked(model).filter(CONDITIONS.get(filters.view, Q()))
    if filters.kind and model.kinds:
        found = found.filter(kind=filters.kind)
    for word in filters.q.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(reference__icontains=word)
            | Q(version__icontains=word)
            | Q(licence__icontains=word)
            | Q(provenance__icontains=word)
            | Q(supplier__name__icontains=word)
        )
    return found


def rows(model: Any, found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    """Plain values with the number of systems; `resource_rows` puts them into words."""
    links = model.system_links.rel.related_model.objects.filter(resource=OuterRef("pk")).order_by()
    used = links.values("resource").annotate(n=Count("system", distinct=True)).values("n")
    return found.values(
        *ROW_FIELDS,
        *model.shown,
        "is_superseded",
        *also,
        owner_name=F("owner__name"),
        supplier_name=F("supplier__name"),
    ).annotate(system_count=Coalesce(Subquery(used), 0))


def resource_rows(model: Any, values: Iterable[Mapping[str, Any]]) -> list[ResourceRow]:
    return [
        ResourceRow(
            id=each["id"],
            reference=each["reference"],
            name=each["name"],
            version=each["version"],
            about=label_of(model.kinds, each["kind"]) if model.kinds else each["source"],
            special=", ".join(each.get("special_categories", ())),
            supplier=each["supplier_name"] or "",
            owner=each["owner_name"] or "",
            licence=each["licence"],
            systems=each["system_count"],
            is_superseded=each["is_superseded"],
            row_version=each["row_version"],
            said=each,
        )
        for each in values
    ]


def view_counts(model: Any) -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in CONDITIONS.items()}
    found = _marked(model).aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in views_of(model)}


def successor_of(resource: Any) -> str:
    """The reference of the version that replaced this one, or nothing."""
    newer = type(resource).objects.filter(supersedes_id=resource.pk).values_list("reference", flat=True)
    return str(newer.first() or "")


@dataclass(frozen=True)
class ResourceDetail:
    """A version with the systems it is used in and the versions before and after it."""

    systems: list[Any]
    versions: list[Any]
    successor: Any


def detail_of(resource: Any) -> ResourceDetail:
    """Two queries, whatever hangs on it: versions of one name, and the ones right before and after."""
    links = list(resource.system_links.select_related("system").order_by("system__reference", "role"))
    line = Q(name__iexact=resource.name) | Q(supersedes_id=resource.pk) | Q(pk=resource.supersedes_id)
    versions = list(type(resource).objects.filter(line).order_by("-id"))
    successor = next((each for each in versions if each.supersedes_id == resource.pk), None)
    return ResourceDetail(links, versions, successor)


def running_links(model: Any) -> QuerySet[Any]:
    """Where a system in use runs on one of these."""
    links = model.system_links.rel.related_model.objects.filter(
        role__in=model.runs_as, system__in=AISystem.objects.live()
    )
    found: QuerySet[Any] = links.select_related("system__owner", "system__organization", "resource")
    return found


def left_behind(model: Any, owner_id: int) -> QuerySet[Any]:
    """Where a system in use of this owner runs on a version that was replaced, and not on the newer one."""
    newer = model.objects.filter(supersedes=OuterRef("resource_id"))
    links = model.system_links.rel.related_model.objects
    followed = links.filter(system=OuterRef("system_id"), resource__supersedes=OuterRef("resource_id"))
    found = running_links(model).filter(Exists(newer), ~Exists(followed), system__owner_id=owner_id)
    return found.order_by("id")


def models_to_name() -> QuerySet[AIModel]:
    return AIModel.objects.order_by("name", "id")


def suppliers_to_name() -> QuerySet[Supplier]:
    return Supplier.objects.order_by("name")


@dataclass(frozen=True)
class PartOfSystem:
    """A version that a system uses, as what, and whether a newer one is on record."""

    reference: str
    name: str
    version: str
    url: str
    used_as: str
    is_superseded: bool
    change_kind: str


def parts_of(system: AISystem) -> list[PartOfSystem]:
    """Models, data sets and prompts of a system, in one query."""
    first, *others = [_links_in(number, model, system) for number, model in enumerate(REGISTERS)]
    found = []
    for number, pk, reference, name, version, role, is_superseded in first.union(*others, all=True):
        model = REGISTERS[number]
        url = reverse(model.route, args=[system.organization_slug, pk])
        used_as = label_of(model.roles, role)
        found.append(PartOfSystem(reference, name, version, url, used_as, is_superseded, model.change_kind))
    return sorted(found, key=lambda part: (part.reference, part.used_as))


def _links_in(number: int, model: Any, system: AISystem) -> QuerySet[Any]:
    newer = model.objects.filter(supersedes=OuterRef("resource_id"))
    links = model.system_links.rel.related_model.objects.filter(system=system).order_by()
    found: QuerySet[Any] = links.annotate(register=Value(number), is_superseded=Exists(newer)).values_list(
        "register",
        "resource_id",
        "resource__reference",
        "resource__name",
        "resource__version",
        "role",
        "is_superseded",
    )
    return found
