"""Reads of the register of AI systems, each with a fixed number of queries."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from aims.core.actor import Actor
from aims.core.enums import EvidenceState
from aims.core.models import Evidence, Member
from aims.core.queries.evidence import linkable_evidence
from inventory.enums import AIType, OrganizationRole, Sourcing, SystemStage
from inventory.imports.details import in_words
from inventory.imports.record import Measure
from inventory.models import (
    IN_USE,
    AISystem,
    OversightPerson,
    SystemComponent,
    SystemEvidence,
    is_incomplete,
)
from inventory.queries import custom_fields

Systems = QuerySet[Any]


@dataclass(frozen=True)
class SystemFilters:
    """What the register was asked for; empty values ask for everything."""

    view: str = ""
    q: str = ""
    stage: str = ""
    owner: int | None = None
    ai_type: str = ""
    sourcing: str = ""
    in_scope: str = ""
    role: str = ""
    custom: custom_fields.Asked = ()


#: The saved views of the register, in the order of their tabs.
VIEWS: Mapping[str, str] = {
    "": "All",
    "in_scope": "In scope",
    "live": "In use",
    "no_owner": "Without owner",
    "incomplete": "Incomplete",
    "review_overdue": "Review overdue",
    "out_of_scope": "Outside scope",
    "undecided": "Scope not decided",
}
#: What ?sort= calls a column.
SORTS = {
    "ref": "id",
    "name": "name",
    "owner": "owner__name",
    "type": "ai_type",
    "stage": "stage",
    "review": "next_review_date",
}
NO_ROLE = "none"
SCOPE_ANSWERS: Mapping[str, bool | None] = {"yes": True, "no": False, "open": None}

ROW_FIELDS = (
    "id",
    "reference",
    "name",
    "version",
    "ai_type",
    "sourcing",
    "supplier",
    "stage",
    "is_in_scope",
    "scope_reason",
    "next_review_date",
    "owner_id",
    "custom",
    "row_version",
)


@dataclass(frozen=True)
class SystemRow:
    """One line of the register, in words."""

    id: int
    reference: str
    name: str
    version: str
    owner: str
    ai_type: str
    sourcing: str
    supplier: str
    stage: str
    stage_label: str
    is_in_scope: bool | None
    scope_reason: str
    next_review_date: datetime.date | None
    is_review_overdue: bool
    custom: Mapping[str, Any]
    row_version: int
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]

    @property
    def scope_label(self) -> str:
        return {True: "In scope", False: "Outside", None: "Not decided"}[self.is_in_scope]


def systems(filters: SystemFilters, *, on: datetime.date) -> Systems:
    found = in_view(filters.view, on=on)
    if filters.q:
        found = found.filter(_text_matches(filters.q))
    if filters.in_scope in SCOPE_ANSWERS:
        found = found.filter(is_in_scope=SCOPE_ANSWERS[filters.in_scope])
    if filters.role:
        wanted = [] if filters.role == NO_ROLE else [filters.role]
        found = found.filter(**{f"organization_roles{'__contains' if wanted else ''}": wanted})
    found = custom_fields.matching(found, filters.custom)
    exact = {
        "stage": filters.stage,
        "owner_id": filters.owner,
        "ai_type": filters.ai_type,
        "sourcing": filters.sourcing,
    }
    return found.filter(**{key: value for key, value in exact.items() if value})


def in_view(view: str, *, on: datetime.date) -> Systems:
    return AISystem.objects.filter(_conditions(on).get(view, Q()))


def _conditions(on: datetime.date) -> dict[str, Q]:
    """What each saved view holds, so that tabs and lists count alike."""
    return {
        "in_scope": Q(is_in_scope=True),
        "live": Q(stage__in=IN_USE),
        "no_owner": Q(owner=None),
        "incomplete": is_incomplete(),
        "review_overdue": Q(next_review_date__lt=on) & ~Q(stage=SystemStage.RETIRED),
        "out_of_scope": Q(is_in_scope=False),
        "undecided": Q(is_in_scope=None),
    }


def _text_matches(text: str) -> Q:
    condition = Q()
    for column in ("name", "reference", "external_id", "supplier", "model_name", "business_process"):
        condition |= Q(**{f"{column}__icontains": text})
    return condition


def rows(found: Systems, also: Iterable[str] = ()) -> Systems:
    """Only what the register shows; `system_rows` puts it into words. All in one query."""
    watchers = OversightPerson.objects.filter(system=OuterRef("pk")).order_by("member__name")
    named = {"watchers": ArraySubquery(watchers.values("member__name"))}
    return found.annotate(**{name: named[name] for name in also if name in named}).values(
        *ROW_FIELDS, *also, owner_name=F("owner__name")
    )


def system_rows(values: Iterable[Mapping[str, Any]], *, on: datetime.date) -> list[SystemRow]:
    return [_system_row(row, on=on) for row in values]


def _system_row(row: Mapping[str, Any], *, on: datetime.date) -> SystemRow:
    review = row["next_review_date"]
    return SystemRow(
        id=row["id"],
        reference=row["reference"],
        name=row["name"],
        version=row["version"],
        owner=row["owner_name"] or "",
        ai_type=label_of(AIType, row["ai_type"]),
        sourcing=label_of(Sourcing, row["sourcing"]),
        supplier=row["supplier"],
        stage=row["stage"],
        stage_label=label_of(SystemStage, row["stage"]),
        is_in_scope=row["is_in_scope"],
        scope_reason=row["scope_reason"],
        next_review_date=review,
        is_review_overdue=bool(review and review < on and row["stage"] != SystemStage.RETIRED),
        custom=row["custom"],
        row_version=row["row_version"],
        said=row,
    )


def label_of(choices: Any, value: str) -> str:
    """The word for a stored value; nothing for nothing."""
    return str(choices(value).label) if value else ""


def view_counts(*, on: datetime.date) -> dict[str, int]:
    """How many systems each saved view holds, in one query."""
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in _conditions(on).items()}
    found = AISystem.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


def owners() -> list[tuple[int, str]]:
    """Everybody who owns a system, for the filter."""
    owning = AISystem.objects.exclude(owner=None).values("owner_id")
    return list(Member.objects.filter(pk__in=owning).order_by("name").values_list("id", "name"))


@dataclass(frozen=True)
class Person:
    id: int
    name: str


@dataclass(frozen=True)
class Component:
    kind: str
    name: str
    version: str
    supplier: str
    licence: str
    hashes: Mapping[str, str]
    description: str
    details: Mapping[str, str | list[str]]
    measures: Sequence[Mapping[str, str]]
    ai_model_id: int | None
    data_set_id: int | None

    @property
    def about(self) -> str:
        """What the file says of it, as a text."""
        measures = (Measure(**each) for each in self.measures)
        return "\n".join(filter(None, [self.description, *in_words(self.details, measures)]))


@dataclass(frozen=True)
class LinkedEvidence:
    id: int
    reference: str
    title: str
    state: str
    valid_until: datetime.date | None
    is_confidential: bool
    submitted_by_id: int | None
    asked_of_id: int | None

    @property
    def pk(self) -> int:
        return self.id

    @property
    def state_label(self) -> str:
        return label_of(EvidenceState, self.state)


@dataclass(frozen=True)
class SystemDetail:
    """A system with everything that hangs on it in the inventory."""

    system: AISystem
    oversight: list[Person]
    components: list[Component]
    evidence: list[LinkedEvidence]


def namesakes(*, name: Any, version: Any, but: Any) -> Systems:
    """Other systems that go by the same name and version; one record or two is for people to say."""
    found: Systems = AISystem.objects.filter(name__iexact=name, version__iexact=version).exclude(pk=but)
    return found.order_by("pk")


def with_namesakes(systems: QuerySet[Any]) -> QuerySet[Any]:
    same = namesakes(name=OuterRef("name"), version=OuterRef("version"), but=OuterRef("pk"))
    return systems.annotate(namesake_references=ArraySubquery(same.values("reference")))


def systems_with_parts() -> QuerySet[Any]:
    """Systems with their people, components and evidence in one query; `detail_of` unpacks it."""
    own = {"system": OuterRef("pk")}
    watchers = OversightPerson.objects.filter(**own).order_by("member__name")
    components = SystemComponent.objects.filter(**own).order_by("kind", "name")
    links = SystemEvidence.objects.filter(**own).order_by("-evidence_id")
    return AISystem.objects.select_related("owner", "risk_owner", "registered_by").annotate(
        watcher_parts=ArraySubquery(
            watchers.values(part=JSONObject(id="member_id", name="member__name")),
        ),
        component_parts=ArraySubquery(
            components.values(
                part=JSONObject(**{column.name: column.name for column in dataclasses.fields(Component)})
            )
        ),
        evidence_parts=ArraySubquery(
            links.values(
                part=JSONObject(
                    id="evidence_id",
                    reference="evidence__reference",
                    title="evidence__title",
                    state="evidence__state",
                    valid_until="evidence__valid_until",
                    is_confidential="evidence__is_confidential",
                    submitted_by_id="evidence__submitted_by_id",
                    asked_of_id="evidence__asked_of_id",
                )
            )
        ),
    )


def detail_of(system: Any) -> SystemDetail:
    """Of a system read with `systems_with_parts`."""
    return SystemDetail(
        system=system,
        oversight=[Person(**part) for part in system.watcher_parts],
        components=[Component(**part) for part in system.component_parts],
        evidence=[_linked(part) for part in system.evidence_parts],
    )


def _linked(part: Mapping[str, Any]) -> LinkedEvidence:
    until = part["valid_until"]
    return LinkedEvidence(**{**part, "valid_until": datetime.date.fromisoformat(until) if until else None})


def roles_in_words(roles: Iterable[str]) -> str:
    return ", ".join(label_of(OrganizationRole, role) for role in roles)


def evidence_to_link(system: AISystem, actor: Actor) -> QuerySet[Evidence]:
    linked = SystemEvidence.objects.filter(system=system).values("evidence_id")
    return linkable_evidence(actor).exclude(pk__in=linked)


def system_list_for_api(found: Systems) -> Systems:
    """Plain rows: half a millisecond for 50, where model instances take ten times that."""
    return found.values(*API_FIELDS)


API_FIELDS = (
    "id",
    "reference",
    "external_id",
    "name",
    "version",
    "owner_id",
    "risk_owner_id",
    "organization_roles",
    "ai_type",
    "sourcing",
    "supplier",
    "stage",
    "is_in_scope",
    "next_review_date",
    "custom",
    "row_version",
)
