"""Data sets of a file that names no AI system: each becomes a record of its own.

A detail that has no field of its own goes into the provenance, under the word of the file.
"""

from __future__ import annotations

from collections.abc import Iterable

from inventory.imports.draft import ResourceDraft
from inventory.imports.record import ComponentKind, ParsedComponent, ParsedResource, Problem

NOTICE = Problem("", "The file names no AI system: only its data sets are taken over.")
PERSONAL = "The file names sensitive personal information: say which special categories it is."
#: detail -> field of the record, and the word that stands before what the file says.
SAID = {
    "preprocessing": ("preparation", "Preprocessing"),
    "anonymization": ("preparation", "Anonymization"),
    "known_bias": ("bias_checks", "Biases the file names"),
    "noise": ("limitations", "Noise"),
    "intended_use": ("limitations", "Made for"),
}
CATEGORIES = ("classification", "sensitive_data")
MOST_CATEGORIES = 100


def data_sets_alone(components: Iterable[tuple[ParsedComponent, bool]]) -> tuple[ParsedResource, ...]:
    """Of components, each with whether the file names it."""
    return tuple(
        _record(component, is_named)
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
    stated = _texts(component.details.get("data_type", ""))
    return not stated or "dataset" in stated


def _record(component: ParsedComponent, is_named: bool) -> ParsedResource:
    draft = ResourceDraft(ComponentKind.DATASET, component.source_path)
    draft.line("name", component.name if is_named else "")
    draft.line("version", component.version)
    draft.line("supplier", component.supplier)  # linked where the register has one of this name
    draft.line("licence", component.licence)
    draft.say("provenance", component.description, "Description")
    draft.say("provenance", component.supplier, "Supplier")
    details = dict(component.details)
    draft.line("source", "; ".join(_texts(details.pop("location", ""))))
    categories = [text for key in CATEGORIES for text in _texts(details.pop(key, ""))]
    draft.put("categories", list(dict.fromkeys(categories))[:MOST_CATEGORIES])
    for key, value in details.items():
        field, label = SAID.get(key, ("provenance", key.replace("_", " ").capitalize()))
        draft.say(field, "; ".join(_texts(value)), label)
    draft.put("hashes", [_hash(each) for each in component.hashes])
    if details.get("has_sensitive_personal_information") == "yes":
        draft.notice("special_categories", PERSONAL)
    return draft.build()


def _texts(value: str | list[str]) -> list[str]:
    return [each for each in ([value] if isinstance(value, str) else value) if each]


def _hash(text: str) -> dict[str, str]:
    algorithm, _, value = text.partition(":")
    return {"algorithm": algorithm.lower().replace("-", ""), "value": value.strip().lower()}
