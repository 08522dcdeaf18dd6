"""Reads of the discovery queue, of one item, and of how far discovery reaches."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from inventory.enums import AIType, DiscoverySource, DiscoveryState, ProvisionalClass
from inventory.known_services import service_of
from inventory.models import AISystem, DiscoveredAI, DiscoverySighting, DiscoverySurvey, Intake
from inventory.models.discovery import OPEN
from inventory.queries.systems import label_of
from inventory.rules.discovery import FRESH_DAYS, KnownService
from inventory.rules.intake import class_of, gravity_of

VIEWS = {
    "": "All",
    "open": "To decide",
    "new": "Not looked at",
    "recognized": "Known AI services",
    "decided": "Decided",
}
#: What ?sort= calls a column.
SORTS = {"ref": "id", "name": "name", "state": "state", "owner": "owner__name", "seen": "last_seen"}
ROW_FIELDS = (
    "id",
    "reference",
    "name",
    "vendor",
    "ai_type",
    "known_service",
    "owner_id",
    "state",
    "discovered_at",
    "row_version",
)


#: Row by row what was merged into what; UNION ends a circle.
FAMILY = """WITH RECURSIVE family AS (
 SELECT id FROM inventory_discoveredai WHERE %s
 UNION SELECT merged.id FROM inventory_discoveredai merged JOIN family ON merged.merged_into_id = family.id)
SELECT id FROM family"""


@dataclass(frozen=True)
class DiscoveryFilters:
    view: str = ""
    q: str = ""
    state: str = ""
    source: str = ""
    provisional: str = ""


@dataclass(frozen=True)
class DiscoveredRow:
    id: int
    reference: str
    name: str
    vendor: str
    ai_type: str
    is_known_service: bool
    owner: str
    state: str
    state_label: str
    sightings: int
    last_seen: datetime.date | None
    discovered_at: datetime.datetime
    #: The gravest that an intake of it suspects; empty without an intake.
    provisional: str
    provisional_label: str
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]


CONDITIONS = {
    "open": Q(state__in=OPEN),
    "new": Q(state=DiscoveryState.DISCOVERED),
    "recognized": ~Q(known_service=""),
    "decided": ~Q(state__in=OPEN),
}


def discovered(filters: DiscoveryFilters) -> QuerySet[Any]:
    found = DiscoveredAI.objects.filter(CONDITIONS.get(filters.view, Q()))
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.source:
        seen = DiscoverySighting.objects.filter(source=filters.source).values("item_id")
        found = found.filter(pk__in=seen)
    if filters.provisional:
        found = found.annotate(worst=_gravest()).filter(worst=gravity_of(filters.provisional))
    for word in filters.q.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(reference__icontains=word)
            | Q(vendor__icontains=word)
            | Q(used_for__icontains=word)
        )
    return found


def _gravest() -> Subquery:
    of_item = Intake.objects.filter(item=OuterRef("pk")).order_by().values("item")
    return Subquery(of_item.annotate(worst=Max("gravity")).values("worst"))


def rows(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    """Plain values with what was seen; `discovered_rows` puts them into words."""
    of_item = DiscoverySighting.objects.filter(item=OuterRef("pk")).order_by().values("item")
    return found.values(*ROW_FIELDS, *also, owner_name=F("owner__name")).annotate(
        sighting_count=Coalesce(Subquery(of_item.annotate(n=Count("pk")).values("n")), 0),
        last_seen=Subquery(of_item.annotate(day=Max("seen_on")).values("day")),
        gravity=_gravest(),
    )


def discovered_rows(values: Iterable[Mapping[str, Any]]) -> list[DiscoveredRow]:
    return [
        DiscoveredRow(
            id=each["id"],
            reference=each["reference"],
            name=each["name"],
            vendor=each["vendor"],
            ai_type=label_of(AIType, each["ai_type"]),
            is_known_service=bool(each["known_service"]),
            owner=each["owner_name"] or "",
            state=each["state"],
            state_label=label_of(DiscoveryState, each["state"]),
            sightings=each["sighting_count"],
            last_seen=each["last_seen"],
            discovered_at=each["discovered_at"],
            provisional=class_of(each["gravity"]),
            provisional_label=label_of(ProvisionalClass, class_of(each["gravity"])),
            said=each,
        )
        for each in values
    ]


def view_counts() -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in CONDITIONS.items()}
    found = DiscoveredAI.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


@dataclass(frozen=True)
class SourceSeen:
    source: str
    label: str
    last_day: datetime.date | None
    is_fresh: bool


@dataclass(frozen=True)
class Coverage:
    """How far one can rely on the inventory: what was found and decided, and how lately anybody looked."""

    total: int
    decided: int
    last_survey: datetime.date | None
    sources: tuple[SourceSeen, ...]

    @property
    def open(self) -> int:
        return self.total - self.decided

    @property
    def fresh_sources(self) -> int:
        return sum(source.is_fresh for source in self.sources)


def coverage(*, on: datetime.date, counts: Mapping[str, int] | None = None) -> Coverage:
    counts = counts or view_counts()
    days = DiscoverySighting.objects.order_by().values_list("source").annotate(Max("recorded_at__date"))
    last: dict[str, datetime.date] = dict(days)
    since = on - datetime.timedelta(days=FRESH_DAYS)
    return Coverage(
        total=counts[""],
        decided=counts["decided"],
        last_survey=DiscoverySurvey.objects.order_by("-held_on").values_list("held_on", flat=True).first(),
        sources=tuple(
            SourceSeen(
                source=str(source),
                label=str(DiscoverySource(source).label),
                last_day=last.get(source),
                is_fresh=source in last and last[source] >= since,
            )
            for source in DiscoverySource.values
        ),
    )


@dataclass(frozen=True)
class DiscoveredDetail:
    sightings: list[DiscoverySighting]
    merged_here: list[DiscoveredAI]
    service: KnownService | None


def detail_of(item: DiscoveredAI) -> DiscoveredDetail:
    """With what was seen of items that were merged into this one, whatever the number of steps."""
    family = family_of(item)
    sightings = DiscoverySighting.objects.filter(item_id__in=family).select_related("recorded_by", "item")
    return DiscoveredDetail(
        sightings=list(sightings),
        merged_here=list(DiscoveredAI.objects.filter(pk__in=family).exclude(pk=item.pk).order_by("pk")),
        service=service_of(item.known_service),
    )


def family_of(item: DiscoveredAI) -> RawSQL:
    """For `__in`: the item, and those that were merged into it, directly or through others."""
    return RawSQL(FAMILY % "id = %s", [item.pk])  # noqa: S611 - constant text


def family_of_system(system: AISystem) -> RawSQL:
    """For `__in`: the items that became this system, and those that were merged into them."""
    return RawSQL(FAMILY % "system_id = %s", [system.pk])  # noqa: S611 - constant text


def sightings_of_system(system: AISystem) -> list[DiscoverySighting]:
    """What was seen of a system, before it was registered and since."""
    found = DiscoverySighting.objects.filter(Q(system=system) | Q(item_id__in=family_of_system(system)))
    return list(found.select_related("item"))


def reported_by(member_id: int | None) -> list[DiscoveredAI]:
    """What one person reported, and what became of it."""
    if member_id is None:
        return []
    seen = DiscoverySighting.objects.filter(recorded_by_id=member_id, source=DiscoverySource.STAFF)
    items = DiscoveredAI.objects.filter(pk__in=seen.values("item_id"))
    return list(items.order_by("-pk")[:50])


def items_to_merge_into(item: DiscoveredAI) -> list[tuple[int, str]]:
    rows = DiscoveredAI.objects.exclude(pk=item.pk).exclude(state=DiscoveryState.DUPLICATE).order_by("name")
    return [
        (pk, f"{reference} {name}") for pk, reference, name in rows.values_list("id", "reference", "name")
    ]


def surveys() -> list[DiscoverySurvey]:
    return list(DiscoverySurvey.objects.select_related("recorded_by"))
