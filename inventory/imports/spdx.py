"""SPDX 3.0 documents with the AI and Dataset profiles, in JSON-LD.

Which elements become AI systems: every `ai_AIPackage`; but where some of them state the primary purpose
`application` and others another one, only the applications, because the others are parts of them. Every AI
package also becomes a model component, every `dataset_DatasetPackage` a data set, every `software_Package` a
library (or a model, when its purpose says so). Licences and data sets are found through the relationships
`hasDeclaredLicense`, `hasConcludedLicense`, `trainedOn` and `testedOn`. In a document without an AI package
every data set becomes a record of its own. Files, other relationships and other
elements are reported, summed up by type.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from inventory.imports.aitype import guess_ai_type
from inventory.imports.data_sets import NOTICE, data_sets_alone, others_than
from inventory.imports.draft import SystemDraft
from inventory.imports.formats import ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.measures import bounded_measures, measure_of
from inventory.imports.node import RAW_EXCERPT, Leftovers, Node, bounded, description, excerpt
from inventory.imports.record import (
    ComponentKind,
    Details,
    Measure,
    ParsedComponent,
    ParsedResource,
    ParsedSystem,
    Problem,
    Reading,
)
from inventory.imports.text import clean, one_line

AI_PACKAGE = "ai_AIPackage"
DATASET = "dataset_DatasetPackage"
PACKAGE = "software_Package"
LICENCE_TEXTS = {
    "simplelicensing_LicenseExpression": "simplelicensing_licenseExpression",
    "expandedlicensing_CustomLicense": "name",
    "expandedlicensing_ListedLicense": "name",
    "simplelicensing_SimpleLicensingText": "name",
}
AGENTS = {"Person", "Organization", "SoftwareAgent", "Agent"}
LICENCE_LINKS = ("hasConcludedLicense", "hasDeclaredLicense")
DATASET_LINKS = {"trained_on": "trainedOn", "tested_on": "testedOn"}
USED_LINKS = {*LICENCE_LINKS, *DATASET_LINKS.values()}
ABOUT_THE_DOCUMENT = {
    "CreationInfo",
    "SpdxDocument",
    "software_Sbom",
    "Bom",
    "Bundle",
    *LICENCE_TEXTS,
    *AGENTS,
}

SENSITIVE = "sensitive personal information"
SUMMED_UP = "Elements of this type describe software packaging, not AI systems."
UNUSED_LINK = "This kind of relationship is not carried over."
NOT_INVENTORY = "This describes the package or the document, not the AI system."
LONGEST_LISTS = 20

# Name of the detail → property of the AI package or data set, in the words both sides use.
AI_DETAILS = {
    "limitations": "ai_limitation",
    "training": "ai_informationAboutTraining",
    "safety_risk": "ai_safetyRiskAssessment",
    "autonomy": "ai_autonomyType",
    "uses_sensitive_personal_information": "ai_useSensitivePersonalInformation",
}
AI_LISTS = {
    "domains": "ai_domain",
    "model_types": "ai_typeOfModel",
    "preprocessing": "ai_modelDataPreprocessing",
    "explainability": "ai_modelExplainability",
    "standards": "ai_standardCompliance",
}
AI_DICTIONARIES = {
    "hyperparameters": "ai_hyperparameter",
    "decision_thresholds": "ai_metricDecisionThreshold",
}
ENERGY = {
    "ai_trainingEnergyConsumption": "training",
    "ai_finetuningEnergyConsumption": "fine-tuning",
    "ai_inferenceEnergyConsumption": "inference",
}
DATASET_DETAILS = {
    "intended_use": "dataset_intendedUse",
    "collection": "dataset_dataCollectionProcess",
    "availability": "dataset_datasetAvailability",
    "confidentiality": "dataset_confidentialityLevel",
    "size": "dataset_datasetSize",
    "noise": "dataset_datasetNoise",
    "has_sensitive_personal_information": "dataset_hasSensitivePersonalInformation",
    "update_mechanism": "dataset_datasetUpdateMechanism",
}
DATASET_LISTS = {
    "data_types": "dataset_datasetType",
    "known_bias": "dataset_knownBias",
    "preprocessing": "dataset_dataPreprocessing",
    "anonymization": "dataset_anonymizationMethodUsed",
}


@dataclass
class Graph:
    elements: list[Node]
    by_id: dict[str, Node]
    links: dict[tuple[str, str], list[str]]

    def name_of(self, spdx_id: str) -> str:
        node = self.by_id.get(spdx_id)
        return str((node.value.get("name") if node else "") or spdx_id)

    def licence_of(self, spdx_id: str) -> str:
        for link in LICENCE_LINKS:
            names = [self._licence_text(target) for target in self.links.get((spdx_id, link), [])]
            if names:
                return one_line(", ".join(names), limit=200)
        return ""

    def datasets_of(self, spdx_id: str) -> list[str]:
        targets = [
            target for link in DATASET_LINKS.values() for target in self.links.get((spdx_id, link), [])
        ]
        return list(dict.fromkeys(targets))

    def _licence_text(self, spdx_id: str) -> str:
        node = self.by_id.get(spdx_id)
        key = LICENCE_TEXTS.get(_type(node)) if node else None
        return str((node.value.get(key) if node and key else "") or spdx_id)


def read_spdx(document: dict[str, Any], *, limits: Limits) -> Reading:
    version = _version(document)
    leftovers = Leftovers(limits.max_unmapped)
    root = Node(document, "", leftovers)
    root.ignore("@context")
    graph = _graph(root, leftovers)
    if len(graph.elements) > limits.max_components:
        raise ImportRefused(f"The document has more than {limits.max_components} elements: split it.")
    packages = [node for node in graph.elements if _type(node) == AI_PACKAGE]

    systems, components = [], []
    for node in _system_nodes(packages):
        own = Node(node.value, node.path, Leftovers(limits.max_unmapped))
        system, component = _ai_package(own, graph)
        systems.append(system)
        components.append(component)
    taken = {system.position for system in systems}
    parts = [_ai_package(node, graph)[1] for node in packages if node.path not in taken]
    datasets = [_dataset(node, graph) for node in graph.elements if _type(node) == DATASET]
    libraries = [_package(node, graph) for node in graph.elements if _type(node) == PACKAGE]
    alone = () if packages else _data_sets([*datasets, *libraries], graph)
    if not packages and not alone:
        raise ImportRefused("The SPDX document has no AI package (ai_AIPackage) and no data set.")
    _report_the_rest(graph, leftovers)
    found = _with_users([*components, *parts, *datasets, *libraries], systems, graph)
    return Reading(
        spec_version=version,
        systems=tuple(systems),
        components=others_than(found, alone),
        resources=alone,
        unmapped=leftovers.entries(),
        problems=tuple(_double_ids(graph)),
        notices=(NOTICE,) if alone else (),
    )


def _data_sets(components: list[ParsedComponent], graph: Graph) -> tuple[ParsedResource, ...]:
    named = {node.path for node in graph.elements if clean(str(node.value.get("name") or ""))}
    return data_sets_alone((each, each.source_path in named) for each in components)


def _version(document: dict[str, Any]) -> str:
    older = document.get("spdxVersion")
    if isinstance(older, str):
        raise ImportRefused(
            f"{one_line(older, limit=20)} has no AI profile: export the document as SPDX 3.0."
        )
    stated = next(_stated_versions(document), "")
    if not stated:
        raise ImportRefused("The JSON does not state an SPDX version, so it cannot be read as SPDX 3.0.")
    if not re.fullmatch(r"3\.0(\.\d+)?", stated):
        raise ImportRefused(
            f"SPDX {one_line(stated, limit=20)} cannot be read: export the document as SPDX 3.0."
        )
    return stated


def _stated_versions(document: dict[str, Any]) -> Iterator[str]:
    graph = document.get("@graph", [])
    for element in graph if isinstance(graph, list) else []:
        if isinstance(element, dict) and isinstance(element.get("specVersion"), str):
            yield element["specVersion"]
    contexts = document.get("@context")
    for context in contexts if isinstance(contexts, list) else [contexts]:
        if isinstance(context, str) and (
            found := re.search(r"spdx\.org/rdf/v?(\d+\.\d+(?:\.\d+)?)/", context)
        ):
            yield found[1]


def _graph(root: Node, leftovers: Leftovers) -> Graph:
    # A document of one element may leave the graph out and be that element.
    elements = [root]
    if "@graph" in root.value:
        elements = root.children("@graph")
        root.leave_rest()
    links: dict[tuple[str, str], list[str]] = defaultdict(list)
    for node in elements:
        if _type(node) == "Relationship":
            targets = node.value.get("to")
            for target in targets if isinstance(targets, list) else [targets]:
                links[(str(node.value.get("from")), str(node.value.get("relationshipType")))].append(
                    str(target)
                )
    return Graph(elements, {_id(node): node for node in elements if _id(node)}, links)


def _type(node: Node) -> str:
    return str(node.value.get("type") or node.value.get("@type") or "")


def _id(node: Node) -> str:
    return str(node.value.get("spdxId") or node.value.get("@id") or "")


def _system_nodes(packages: list[Node]) -> list[Node]:
    applications = [node for node in packages if node.value.get("software_primaryPurpose") == "application"]
    return applications or packages


def _ai_package(node: Node, graph: Graph) -> tuple[ParsedSystem, ParsedComponent]:
    details: Details = {key: node.text(name) for key, name in AI_DETAILS.items()}
    details.update({key: node.texts(name) for key, name in AI_LISTS.items()})
    details.update({key: _dictionary(node, name) for key, name in AI_DICTIONARIES.items()})
    details["energy"] = _energy(node.child("ai_energyConsumption"))
    for key, link in DATASET_LINKS.items():
        details[key] = [graph.name_of(target) for target in graph.links.get((_id(node), link), [])]
    intended_use = node.text("ai_informationAboutApplication")
    details["application"] = intended_use
    measures = [measure_of(key, value) for key, value in _entries(node, "ai_metric")]
    component = _component(node, graph, ComponentKind.MODEL, details, measures)
    system = _system(node, graph, component, intended_use)
    return system, component


def _system(node: Node, graph: Graph, component: ParsedComponent, intended_use: str) -> ParsedSystem:
    draft = SystemDraft(node.path)
    draft.put_shortened("external_id", _id(node))
    if node.value.get("name"):
        draft.put_shortened("name", component.name)
    draft.put_shortened("version", component.version)
    draft.put_shortened("supplier", component.supplier)
    draft.put_shortened("purpose", component.description)
    draft.put_shortened("intended_use", intended_use)
    draft.put_shortened("model_name", component.name)
    draft.put_shortened("model_version", component.version)
    _put_ai_type(draft, component.details)
    _put_autonomy(draft, component.details.get("autonomy"))
    _put_sensitivity(draft, node, graph, component.details)
    return draft.build(node.leftovers.entries())


def _put_ai_type(draft: SystemDraft, details: Details) -> None:
    words = [word for key in ("domains", "model_types") for word in details.get(key, [])]
    if guess := guess_ai_type(words):
        draft.put("ai_type", guess.ai_type)
        draft.notice("ai_type", guess.notice)


def _put_autonomy(draft: SystemDraft, autonomy: object) -> None:
    if autonomy == "yes":
        draft.put("automation_degree", "full")
    elif autonomy == "no":
        draft.notice("automation_degree", "The file says that a person is involved, but not how.")


def _put_sensitivity(draft: SystemDraft, node: Node, graph: Graph, details: Details) -> None:
    used = details.get("uses_sensitive_personal_information")
    datasets = [graph.by_id[key] for key in graph.datasets_of(_id(node)) if key in graph.by_id]
    in_data = any(item.value.get("dataset_hasSensitivePersonalInformation") == "yes" for item in datasets)
    if used == "yes" or in_data:
        draft.put_list("data_classes", [SENSITIVE])
    elif used == "no":
        draft.put_list("special_categories", [], even_if_empty=True)


def _dataset(node: Node, graph: Graph) -> ParsedComponent:
    details: Details = {key: node.text(name) for key, name in DATASET_DETAILS.items()}
    details.update({key: node.texts(name) for key, name in DATASET_LISTS.items()})
    details["sensors"] = _dictionary(node, "dataset_sensor")
    return _component(node, graph, ComponentKind.DATASET, details)


def _package(node: Node, graph: Graph) -> ParsedComponent:
    purpose = node.value.get("software_primaryPurpose")
    kinds = {"model": ComponentKind.MODEL, "data": ComponentKind.DATASET, "application": ComponentKind.OTHER}
    return _component(node, graph, kinds.get(str(purpose), ComponentKind.LIBRARY), {})


def _component(
    node: Node, graph: Graph, kind: ComponentKind, details: Details, measures: list[Measure] | None = None
) -> ParsedComponent:
    """What all packages of SPDX have in common; whatever is not read by now is reported."""
    node.ignore("type", "@type", "spdxId", "@id", "creationInfo")
    raw = excerpt(node.value, RAW_EXCERPT)
    suppliers = [*node.texts("suppliedBy"), *node.texts("originatedBy")]
    about = [description(node, key) for key in ("description", "summary", "comment")]
    summary, *notes = [text for text in about if text] or [""]
    purpose = node.text("software_primaryPurpose")
    details |= {
        "location": node.text("software_downloadLocation"),
        "package_url": node.text("software_packageUrl"),
        "released": node.text("releaseTime"),
        "built": node.text("builtTime"),
        "primary_purpose": purpose,
        "notes": notes,
    }
    name, version = node.text("name"), node.text("software_packageVersion")
    hashes = _hashes(node)
    node.leave_rest(NOT_INVENTORY)
    return ParsedComponent(
        kind=kind,
        name=one_line(name, limit=200) or "unnamed package",
        version=one_line(version, limit=100),
        supplier=one_line(", ".join(dict.fromkeys(graph.name_of(key) for key in suppliers[:5])), limit=200),
        licence=graph.licence_of(_id(node)),
        hashes=hashes,
        description=summary,
        source_path=node.path,
        raw_excerpt=raw,
        details=bounded(details, path=node.path, leftovers=node.leftovers),
        measures=bounded_measures(measures or [], path=node.path, leftovers=node.leftovers),
    )


def _hashes(node: Node) -> tuple[str, ...]:
    found = []
    for method in node.children("verifiedUsing"):
        found.append(one_line(f"{method.text('algorithm').upper()}:{method.text('hashValue')}", limit=300))
        method.ignore("type", "@id")
        method.leave_rest()
    return tuple(found)


def _dictionary(node: Node, key: str) -> list[str]:
    return [f"{name}: {value}" for name, value in _entries(node, key)]


def _entries(node: Node, key: str) -> list[tuple[str, str]]:
    pairs = []
    for entry in node.children(key):
        pairs.append((entry.text("key"), entry.text("value")))
        entry.ignore("type", "@id")
        entry.leave_rest()
    return pairs


def _energy(node: Node) -> list[str]:
    """“training: 20 kilowattHour”, for each amount that is named."""
    lines = []
    for key, word in ENERGY.items():
        for amount in node.children(key):
            lines.append(f"{word}: {amount.text('ai_energyQuantity')} {amount.text('ai_energyUnit')}")
            amount.ignore("type", "@id")
            amount.leave_rest()
    node.ignore("type", "@id")
    node.leave_rest()
    return lines


def _report_the_rest(graph: Graph, leftovers: Leftovers) -> None:
    read = {AI_PACKAGE, DATASET, PACKAGE}
    by_type: dict[str, list[str]] = defaultdict(list)
    unused: Counter[str] = Counter()
    for node in graph.elements:
        kind = _type(node)
        if kind == "Relationship":
            unused[str(node.value.get("relationshipType"))] += 1
        elif kind not in read | ABOUT_THE_DOCUMENT:
            by_type[kind].append(str(node.value.get("name") or _id(node)))
    for kind, names in sorted(by_type.items()):
        shown = "; ".join(names[:LONGEST_LISTS])
        leftovers.add(f"@graph: {len(names)} × {one_line(kind, limit=80) or 'untyped'}", shown, SUMMED_UP)
    for link, count in sorted(unused.items()):
        if link not in USED_LINKS:
            leftovers.add(f"@graph: {count} × Relationship {one_line(link, limit=80)}", "", UNUSED_LINK)
    about = [node for node in graph.elements if _type(node) in ABOUT_THE_DOCUMENT - {"CreationInfo"}]
    if about:
        types = Counter(_type(node) for node in about)
        shown = ", ".join(f"{count} × {kind}" for kind, count in sorted(types.items()))
        leftovers.add("@graph", shown, "Used for names and licences only.")


def _with_users(
    components: list[ParsedComponent], systems: list[ParsedSystem], graph: Graph
) -> tuple[ParsedComponent, ...]:
    if len(systems) == 1:
        return tuple(replace(component, used_by=(systems[0].position,)) for component in components)
    users: dict[str, list[str]] = defaultdict(list)
    for system in systems:
        users[system.position].append(system.position)
        for key in graph.datasets_of(system.external_id):
            if key in graph.by_id:
                users[graph.by_id[key].path].append(system.position)
    return tuple(replace(item, used_by=tuple(users.get(item.source_path, ()))) for item in components)


def _double_ids(graph: Graph) -> Iterator[Problem]:
    counts = Counter(_id(node) for node in graph.elements if _id(node) and _type(node) != "Relationship")
    for spdx_id, count in counts.items():
        if count > 1:
            yield Problem("spdxId", f"The identifier “{one_line(spdx_id, limit=80)}” is used {count} times.")
