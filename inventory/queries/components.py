"""Models and data sets that imported files name as parts of systems, and the records they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from aims.core import permissions
from aims.core.actor import Actor
from inventory.imports.record import ComponentKind, Measure, ParsedComponent
from inventory.models import AIModel, DataSet, SystemComponent

#: The kind of a component -> the register of such records, and the column that names the record.
RECORDS: Mapping[str, tuple[Any, str]] = {"model": (AIModel, "ai_model"), "dataset": (DataSet, "data_set")}
Key = tuple[str, str]


@dataclass(frozen=True)
class NamedPart:
    """A version of a model or a data set, as files name it, and the record that has it already."""

    kind: str
    name: str
    version: str
    components: tuple[SystemComponent, ...]
    known: Any = None

    @property
    def noun(self) -> str:
        noun: str = RECORDS[self.kind][0].noun
        return noun


def waiting_components(kinds: Iterable[str] = RECORDS) -> QuerySet[SystemComponent]:
    """What no record stands for yet."""
    found: QuerySet[SystemComponent] = SystemComponent.objects.filter(
        kind__in=list(kinds), ai_model=None, data_set=None
    )
    return found


def waiting_count(model: Any) -> int:
    kinds = [kind for kind, (register, _) in RECORDS.items() if register is model]
    return waiting_components(kinds).count() if kinds else 0


def parts_to_adopt(actor: Actor) -> list[NamedPart]:
    """By kind, name and version; for an AI system owner only the parts of their own systems."""
    found = waiting_components().select_related("system__owner", "system__organization").order_by("id")
    if not permissions.can(actor, "inventory.set_owner"):
        found = found.filter(system__owner_id=actor.member_id)
    groups: dict[tuple[str, Key], list[SystemComponent]] = {}
    for component in found:
        groups.setdefault((component.kind, key_of(component.name, component.version)), []).append(component)
    known = {kind: known_records(kind, [key for k, key in groups if k == kind]) for kind in RECORDS}
    return [
        NamedPart(kind, _tidy(parts[0].name), _tidy(parts[0].version), tuple(parts), known[kind].get(key))
        for (kind, key), parts in groups.items()
    ]


def known_records(kind: str, keys: Iterable[Key]) -> dict[Key, Any]:
    """The records with these names and versions; `is_superseded` says which were replaced."""
    model, _ = RECORDS[kind]
    names = {name for name, _ in keys}
    if not names:
        return {}
    newer = model.objects.filter(supersedes=OuterRef("pk"))
    found = model.objects.annotate(lower=Lower("name"), is_superseded=Exists(newer)).filter(lower__in=names)
    return {
        key_of(record.name, record.version): record
        for record in found.select_related("owner", "organization")
    }


def key_of(name: str, version: str) -> Key:
    return _tidy(name).lower(), _tidy(version).lower()


def _tidy(text: str) -> str:
    return " ".join(text.split())


def parsed_part(component: SystemComponent) -> ParsedComponent:
    """As the file said it."""
    return ParsedComponent(
        kind=ComponentKind(component.kind),
        name=component.name,
        version=component.version,
        supplier=component.supplier,
        licence=component.licence,
        hashes=tuple(f"{algorithm}:{value}" for algorithm, value in component.hashes.items()),
        description=component.description,
        source_path=component.source,
        details=component.details,
        measures=tuple(Measure(**each) for each in component.measures),
    )


def components_of(resource: Any) -> list[SystemComponent]:
    """What files say of a record, each with the system it is a part of."""
    columns = [column for model, column in RECORDS.values() if isinstance(resource, model)]
    if not columns:
        return []
    found = SystemComponent.objects.filter(Q(**{columns[0]: resource})).select_related("system__organization")
    return list(found.order_by("system__reference", "id"))
