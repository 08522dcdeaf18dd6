"""Data sets of a file that names no AI system: each becomes a record of its own."""

from __future__ import annotations

from collections.abc import Iterable

from inventory.imports.details import texts_of
from inventory.imports.part_record import record_of
from inventory.imports.record import ComponentKind, ParsedComponent, ParsedResource, Problem

NOTICE = Problem("", "The file names no AI system: only its data sets are taken over.")


def data_sets_alone(components: Iterable[tuple[ParsedComponent, bool]]) -> tuple[ParsedResource, ...]:
    """Of components, each with whether the file names it."""
    return tuple(
        record_of(component, is_named=is_named)
        for component, is_named in components
        if component.kind is ComponentKind.DATASET and _is_data_set(component)
    )


def others_than(
    components: Iterable[ParsedComponent], records: Iterable[ParsedResource]
) -> tuple[ParsedComponent, ...]:
    taken = {record.position for record in records}
    return tuple(each for each in components if each.source_path not in taken)


def _is_data_set(component: ParsedComponent) -> bool:
    """CycloneDX calls a configuration or a source text data as well."""
    stated = texts_of(component.details.get("data_type", ""))
    return not stated or "dataset" in stated
