"""CycloneDX ML-BOM in JSON, 1.5 to 1.7.

Which entries become AI systems:

- The BOM is about an application (`metadata.component` of type `application`): that application is the one
  system, and the models it lists are its components. Its own model card fills the record; if it has none and
  lists exactly one model, that model's card does.
- The BOM is about a model (`metadata.component` of type `machine-learning-model`): that model is the system.
- Otherwise every `machine-learning-model` at the top level of `components` is a system of its own.

A BOM without any machine-learning model describes no AI system: its data sets become records of their own,
and where there is none it is refused. Every entry, nested ones included, also becomes a component: models,
data sets (type `data` and those inside model cards), services, libraries. A model card's parameters and
considerations are kept as details of its component, its metrics as measures. Everything else is reported as
not carried over.

A BOM that this portal wrote carries, in properties of its own, what CycloneDX has no place for: each
application that has some is a system, whole, also where several are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from inventory.imports.aitype import guess_ai_type
from inventory.imports.cyclonedx_entries import (
    APPLICATION,
    MODEL,
    NOT_INVENTORY,
    Card,
    Entry,
    entry_of,
    is_model,
    service_of,
)
from inventory.imports.data_sets import NOTICE, data_sets_alone, others_than
from inventory.imports.details import in_words, texts_of
from inventory.imports.draft import SystemDraft
from inventory.imports.field import Kind
from inventory.imports.fields import ALL_FIELDS
from inventory.imports.formats import ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.node import NO_PLACE, Leftovers, Node
from inventory.imports.record import (
    ParsedComponent,
    ParsedResource,
    ParsedSystem,
    Problem,
    Reading,
    Unmapped,
)
from inventory.imports.text import one_line

VERSIONS = ("1.5", "1.6", "1.7")
SEVERAL_MODELS = "The application lists several models: which of them to name is for a person to say."
WHOLE_BOM_KEYS = (
    "dependencies",
    "compositions",
    "vulnerabilities",
    "annotations",
    "formulation",
    "declarations",
    "definitions",
    "citations",
    "externalReferences",
    "properties",
    "signature",
)
USES_OF_A_CARD = ("use_cases", "intended_users")
OWN_NAMES = {"in_scope": "is_in_scope"}


def read_cyclonedx(document: dict[str, object], *, limits: Limits) -> Reading:
    version = _version(document)
    leftovers = Leftovers(limits.max_unmapped)
    bom = Node(document, "", leftovers)
    bom.ignore("$schema", "bomFormat", "specVersion", "version")
    serial = bom.text("serialNumber")
    subject = _subject(bom, limits)
    listed = [entry_of(node, limits, own_leftovers=is_model(node)) for node in bom.children("components")]
    services = [service_of(node) for node in bom.children("services")]
    for key in WHOLE_BOM_KEYS:
        bom.leave(key, NOT_INVENTORY)
    bom.leave_rest()

    everything = [entry for top in (*subject, *listed, *services) for entry in top.with_nested()]
    if len(everything) > limits.max_components:
        raise ImportRefused(f"The BOM lists more than {limits.max_components} components: split it.")
    _name_data_sets(everything)
    data_sets = () if _names_a_system(subject or listed, everything) else _data_sets(everything)
    systems = [] if data_sets else _systems(subject, listed, everything, serial)
    components = _components(subject, listed, services, everything, systems)
    return Reading(
        spec_version=version,
        systems=tuple(systems),
        components=others_than(components, data_sets),
        resources=data_sets,
        unmapped=leftovers.entries() + _left_in_others([*subject, *listed], systems),
        problems=tuple(_double_refs(everything)),
        notices=(*_schema_notices(document, version), *([NOTICE] if data_sets else [])),
    )


def _name_data_sets(everything: list[Entry]) -> None:
    """A card lists its data sets, whole or by reference: the model says which they are by name."""
    by_ref = {entry.ref: entry for entry in everything if entry.ref}
    for entry in everything:
        listed = [*entry.card.datasets, *(by_ref[ref] for ref in entry.card.dataset_refs if ref in by_ref)]
        if listed:
            component = entry.component
            names = [str(each.component.name) for each in listed]
            own = texts_of(component.details.get("data_sets", ""))
            details = {**component.details, "data_sets": list(dict.fromkeys([*names, *own]))}
            entry.component = replace(component, details=details)


def _version(document: dict[str, object]) -> str:
    version = str(document.get("specVersion", ""))[:20]
    if document.get("bomFormat") != "CycloneDX" and document.get("specFormat") != "CycloneDX":
        raise ImportRefused("The JSON is no CycloneDX BOM: “bomFormat” must be “CycloneDX”.")
    if not version:
        raise ImportRefused("The CycloneDX BOM does not state its version in “specVersion”.")
    if version not in VERSIONS:
        raise ImportRefused(
            f"CycloneDX {one_line(version, limit=20)} cannot be read: export the BOM as 1.5, 1.6 or 1.7."
        )
    return version


def _schema_notices(document: dict[str, object], version: str) -> Iterator[Problem]:
    schema = document.get("$schema")
    if isinstance(schema, str) and "bom-" in schema and f"bom-{version}." not in schema:
        yield Problem(
            "", f"“$schema” names another version than “specVersion”; the file was read as {version}."
        )


def _subject(bom: Node, limits: Limits) -> list[Entry]:
    metadata = bom.child("metadata")
    subject = metadata.child("component")
    metadata.leave_rest(NOT_INVENTORY)
    return [entry_of(subject, limits, own_leftovers=True)] if subject.value else []


def _names_a_system(tops: list[Entry], everything: list[Entry]) -> bool:
    return any(top.is_own_system for top in tops) or any(entry.type == MODEL for entry in everything)


def _data_sets(everything: list[Entry]) -> tuple[ParsedResource, ...]:
    return data_sets_alone((entry.component, entry.is_named) for entry in everything)


def _systems(
    subject: list[Entry], listed: list[Entry], everything: list[Entry], serial: str
) -> list[ParsedSystem]:
    own = [entry for entry in subject or listed if entry.is_own_system]
    if own:
        return [_own_system(entry, serial) for entry in own]
    models = [entry for entry in everything if entry.type == MODEL]
    if not models:
        raise ImportRefused("The BOM lists no machine-learning model and no data set.")
    by_ref = {entry.ref: entry for entry in everything if entry.ref}
    if subject and subject[0].type == APPLICATION:
        return [_application(subject[0], models, everything, serial)]
    if subject and subject[0].type == MODEL:
        return [_model_system(subject[0], by_ref, serial)]
    top = [entry for entry in listed if entry.type == MODEL]
    if not top:
        raise ImportRefused(
            "The models of this BOM are all inside other components: "
            "name the application in “metadata.component”."
        )
    return [_model_system(entry, by_ref, serial) for entry in top]


def _application(app: Entry, models: list[Entry], everything: list[Entry], serial: str) -> ParsedSystem:
    draft = _draft(app, serial)
    card = app.card if app.card.details or len(models) > 1 else models[0].card
    _put_card(draft, card)
    if card is not app.card and card.details:
        draft.notice("", f"The uses and people come from the card of the model “{models[0].component.name}”.")
    if len(models) == 1:
        draft.put("model_name", models[0].component.name)
        draft.put("model_version", models[0].component.version)
    else:
        draft.notice("model_name", SEVERAL_MODELS)
    _put_data_classes(draft, everything)
    _leave_card(app)
    return draft.build(_unmapped(app))


def _leave_card(app: Entry) -> None:
    """An application is no part, so that no component keeps what its card says beyond the uses."""
    details = {key: value for key, value in app.card.details.items() if key not in USES_OF_A_CARD}
    for line in in_words(details, app.card.measures):
        if app.leftovers:
            app.leftovers.add(f"{app.component.source_path}.modelCard", line, NO_PLACE)


def _own_system(app: Entry, serial: str) -> ParsedSystem:
    """As the portal wrote it: every field of the inventory stands in a property of its name."""
    draft = _draft(app, serial)
    for each in ALL_FIELDS:
        values = app.own.get(OWN_NAMES.get(each.key, each.key))
        if not values:
            continue
        if each.kind is Kind.LIST:
            draft.put_list(each.key, values)
        else:
            draft.put(each.key, "; ".join(values) if each.kind is Kind.CHOICES else values[0])
    return draft.build(_unmapped(app))


def _model_system(model: Entry, by_ref: dict[str, Entry], serial: str) -> ParsedSystem:
    draft = _draft(model, serial)
    draft.put("model_name", model.component.name)
    draft.put("model_version", model.component.version)
    _put_card(draft, model.card)
    referenced = [by_ref[ref] for ref in model.card.dataset_refs if ref in by_ref]
    _put_data_classes(draft, [*model.with_nested(), *referenced])
    for ref in model.card.dataset_refs:
        if ref not in by_ref:
            draft.notice("data_classes", f"The data set “{one_line(ref, limit=80)}” is not in the file.")
    return draft.build(_unmapped(model))


def _draft(entry: Entry, serial: str) -> SystemDraft:
    draft = SystemDraft(entry.component.source_path)
    if entry.is_named:
        draft.put_shortened("name", entry.component.name)
    draft.put_shortened("version", entry.component.version)
    draft.put_shortened("supplier", entry.component.supplier)
    draft.put_shortened("purpose", entry.component.description)
    draft.put("external_id", entry.purl or (f"{serial}#{entry.ref}" if serial and entry.ref else ""))
    return draft


def _put_card(draft: SystemDraft, card: Card) -> None:
    users = [f"Intended users: {'; '.join(card.users)}"] if card.users else []
    draft.put_shortened("intended_use", "\n".join([*card.use_cases, *users]))
    draft.put_shortened("affected_people", "\n".join(card.groups_at_risk))
    if guess := guess_ai_type(card.task_words):
        draft.put("ai_type", guess.ai_type)
        draft.notice("ai_type", guess.notice)


def _put_data_classes(draft: SystemDraft, entries: Iterable[Entry]) -> None:
    draft.put_list("data_classes", [name for entry in entries for name in entry.data_classes])


def _unmapped(entry: Entry) -> tuple[Unmapped, ...]:
    return entry.leftovers.entries() if entry.leftovers else ()


def _left_in_others(tops: list[Entry], systems: list[ParsedSystem]) -> tuple[Unmapped, ...]:
    """What was left over in an entry that became no system of its own is shown with the file's."""
    positions = {system.position for system in systems}
    others = [entry for entry in tops if entry.component.source_path not in positions]
    return tuple(left for entry in others for left in _unmapped(entry))


def _components(
    subject: list[Entry],
    listed: list[Entry],
    services: list[Entry],
    everything: list[Entry],
    systems: list[ParsedSystem],
) -> tuple[ParsedComponent, ...]:
    """Each once, with the systems it belongs to: with one system all of them, else its own model's."""
    if len(systems) == 1:
        used_by = (systems[0].position,)
        is_application = bool(subject) and subject[0].type == APPLICATION
        kept = [entry for entry in everything if not (is_application and entry is subject[0])]
        return tuple(replace(entry.component, used_by=used_by) for entry in kept if entry.is_part)
    users = _users_by_component([*listed, *services], {system.position for system in systems})
    return tuple(
        replace(entry.component, used_by=tuple(users.get(entry.component.source_path, ())))
        for entry in everything
        if entry.is_part
    )


def _users_by_component(tops: list[Entry], positions: set[str]) -> dict[str, list[str]]:
    path_by_ref = {
        entry.ref: entry.component.source_path for top in tops for entry in top.with_nested() if entry.ref
    }
    users: dict[str, list[str]] = {}
    for top in tops:
        position = top.component.source_path
        if position not in positions:
            continue
        inside = [entry.component.source_path for entry in top.with_nested()]
        referenced = [path_by_ref[ref] for ref in top.card.dataset_refs if ref in path_by_ref]
        for path in dict.fromkeys([*inside, *referenced]):
            users.setdefault(path, []).append(position)
    return users


def _double_refs(entries: list[Entry]) -> Iterator[Problem]:
    paths: dict[str, list[str]] = {}
    for entry in entries:
        if entry.ref:
            paths.setdefault(entry.ref, []).append(entry.component.source_path)
    for ref, places in paths.items():
        if len(places) > 1:
            shown = ", ".join(places[:5])
            yield Problem(
                "bom-ref", f"The reference “{one_line(ref, limit=80)}” is used more than once: {shown}."
            )
