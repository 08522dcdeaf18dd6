"""The entries of a CycloneDX BOM as they stand: components, models with their cards, data sets, services."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from inventory.imports.details import mitigated
from inventory.imports.limits import Limits
from inventory.imports.measures import bounded_measures, measure_of
from inventory.imports.node import RAW_EXCERPT, Leftovers, Node, bounded, description, excerpt
from inventory.imports.record import (
    ComponentKind,
    Details,
    Measure,
    ParsedComponent,
)
from inventory.imports.text import clean, one_line

MODEL = "machine-learning-model"
APPLICATION = "application"
KINDS = {
    MODEL: ComponentKind.MODEL,
    "data": ComponentKind.DATASET,
    "library": ComponentKind.LIBRARY,
    "framework": ComponentKind.LIBRARY,
}
NOT_INVENTORY = "This describes the software or the BOM itself, not the AI system."
GRAPHICS = "Pictures are not carried over: attach them to the system as evidence."
#: How the properties begin that the portal writes; one marks a model that only stands for its name.
OWN = "aims-portal:"
STANDS_FOR = "stands-for"
#: Before the key of a detail that CycloneDX has no place for.
DETAIL = "detail:"
# Name of the detail → key of the considerations, for those that are plain lists of texts.
PLAIN_CONSIDERATIONS = {
    "intended_users": "users",
    "use_cases": "useCases",
    "limitations": "technicalLimitations",
    "tradeoffs": "performanceTradeoffs",
}
#: What an assessment of fairness says, and the word before it; the group stands first without one.
FAIRNESS = {"benefits": "Benefits", "harms": "Harms", "mitigationStrategy": "Mitigated by"}
BETWEEN = " · "


@dataclass
class Card:
    """What a model card says, in the words of the inventory."""

    task_words: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    use_cases: list[str] = field(default_factory=list)
    groups_at_risk: list[str] = field(default_factory=list)
    datasets: list[Entry] = field(default_factory=list)
    dataset_refs: list[str] = field(default_factory=list)
    details: Details = field(default_factory=dict)
    measures: list[Measure] = field(default_factory=list)


@dataclass
class Entry:
    """One component, service or data set of the BOM."""

    component: ParsedComponent
    type: str
    ref: str
    purl: str
    card: Card
    nested: list[Entry] = field(default_factory=list)
    data_classes: list[str] = field(default_factory=list)
    leftovers: Leftovers | None = None
    is_named: bool = True
    own: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_own_system(self) -> bool:
        return self.type == APPLICATION and "reference" in self.own

    @property
    def is_part(self) -> bool:
        """Not a system that the portal wrote, nor the model that stands for the name of its model."""
        return not self.is_own_system and STANDS_FOR not in self.own

    def with_nested(self) -> Iterator[Entry]:
        yield self
        for entry in (*self.card.datasets, *self.nested):
            yield from entry.with_nested()


def is_model(node: Node) -> bool:
    return node.value.get("type") == MODEL


def entry_of(node: Node, limits: Limits, *, own_leftovers: bool = False) -> Entry:
    """Reads one component. What is left over goes to its system's list when it may become one."""
    if own_leftovers:
        node = Node(node.value, node.path, Leftovers(limits.max_unmapped))
    type_ = node.text("type")
    group, purl, ref = node.text("group"), node.text("purl"), node.text("bom-ref")
    name, version, supplier = node.text("name"), node.text("version"), _supplier(node) or group
    licence, hashes, about = _licence(node), _hashes(node), description(node)
    card = _card(node.child("modelCard"))
    data = [_data(item) for item in node.children("data")]
    nested = [entry_of(child, limits) for child in node.children("components")]
    own = _own(node)
    node.leave_rest(NOT_INVENTORY)
    details: Details = {**card.details, **_merged([details for details, _ in data]), **_own_details(own)}
    if group and group != supplier:
        details["group"] = group
    if purl:
        details["package_url"] = purl
    component = ParsedComponent(
        kind=_kind(type_, own),
        name=one_line(name or f"unnamed {type_ or 'component'}", limit=200),
        version=one_line(version, limit=100),
        supplier=one_line(supplier, limit=200),
        licence=licence,
        hashes=(*hashes, *_own_hashes(own)),
        description=about,
        source_path=node.path,
        raw_excerpt=excerpt(node.value, RAW_EXCERPT),
        details=bounded(details, path=node.path, leftovers=node.leftovers),
        measures=bounded_measures(card.measures, path=node.path, leftovers=node.leftovers),
    )
    classes = [name for _, names in data for name in names]
    return Entry(
        component,
        type_,
        ref,
        purl,
        card,
        nested,
        data_classes=classes,
        leftovers=node.leftovers if own_leftovers else None,
        is_named=bool(clean(name)),
        own=own,
    )


def _own(node: Node) -> dict[str, list[str]]:
    """The properties that the portal wrote; where there are none, properties are left as any other key."""
    listed = node.value.get("properties")
    items = listed if isinstance(listed, list) else []
    if not any(isinstance(item, dict) and str(item.get("name")).startswith(OWN) for item in items):
        return {}
    found: dict[str, list[str]] = {}
    for item in node.children("properties"):
        name, value = item.text("name"), item.text("value")
        if name.startswith(OWN):
            found.setdefault(name.removeprefix(OWN), []).append(value)
        else:
            node.leftovers.add(item.path, item.value, NOT_INVENTORY)
    return found


def _kind(type_: str, own: dict[str, list[str]]) -> ComponentKind:
    said = own.get("kind", [""])[0]
    return ComponentKind(said) if said in set(ComponentKind) else KINDS.get(type_, ComponentKind.OTHER)


def _own_hashes(own: dict[str, list[str]]) -> Iterator[str]:
    """Those whose algorithm CycloneDX does not know."""
    for key, values in own.items():
        if key.startswith("hash:"):
            yield one_line(f"{key.removeprefix('hash:')}:{values[0]}", limit=300)


def _own_details(own: dict[str, list[str]]) -> Details:
    return {
        one_line(key.removeprefix(DETAIL), limit=60): values[0] if len(values) == 1 else values
        for key, values in own.items()
        if key.startswith(DETAIL)
    }


def _supplier(node: Node) -> str:
    names = [node.child("supplier"), node.child("manufacturer")]
    found = [entity.text("name") for entity in names]
    for entity in names:
        entity.leave_rest("Only the supplier's name is carried over.")
    return next((name for name in (*found, node.text("publisher")) if name), "")


def _licence(node: Node) -> str:
    found = []
    for choice in node.children("licenses"):
        licence = choice.child("license")
        found.append(choice.text("expression") or licence.text("id") or licence.text("name"))
        licence.leave_rest("Only the licence's name is carried over.")
        choice.leave_rest("Only the licence's name is carried over.")
    return one_line(", ".join(name for name in found if name), limit=200)


def _hashes(node: Node) -> tuple[str, ...]:
    found = []
    for item in node.children("hashes"):
        found.append(one_line(f"{item.text('alg')}:{item.text('content')}", limit=300))
        item.leave_rest()
    return tuple(found)


def _card(card: Node) -> Card:
    result = Card()
    _read_parameters(card.child("modelParameters"), result)
    _read_analysis(card.child("quantitativeAnalysis"), result)
    _read_considerations(card.child("considerations"), result)
    card.ignore("bom-ref")
    card.leave_rest()
    return result


def _read_parameters(parameters: Node, card: Card) -> None:
    approach = parameters.child("approach")
    named = {
        "task": parameters.text("task"),
        "approach": approach.text("type"),
        "architecture_family": parameters.text("architectureFamily"),
        "architecture": parameters.text("modelArchitecture"),
    }
    card.details.update({key: clean(text) for key, text in named.items() if clean(text)})
    for key in ("inputs", "outputs"):
        formats = [item.text("format") for item in parameters.children(key)]
        if formats:
            card.details[key] = formats
    # The learning approach alone, such as “supervised”, says too little to derive the type from.
    card.task_words = [word for word in (named["task"], named["architecture_family"]) if word]
    for item in parameters.children("datasets"):
        if ref := item.text("ref"):
            card.dataset_refs.append(ref)
            item.leave_rest()
        else:
            card.datasets.append(_inline_dataset(item))
    approach.leave_rest()
    parameters.leave_rest()


def _inline_dataset(node: Node) -> Entry:
    raw, path = excerpt(node.value, RAW_EXCERPT), node.path
    name, ref = node.text("name"), node.text("bom-ref")
    about = description(node)
    details, classes = _data(node)
    component = ParsedComponent(
        kind=ComponentKind.DATASET,
        name=one_line(name, limit=200) or "unnamed data set",
        description=about,
        source_path=path,
        raw_excerpt=raw,
        details=bounded(details, path=path, leftovers=node.leftovers),
    )
    return Entry(component, "data", ref, "", Card(), [], classes)


def _data(node: Node) -> tuple[Details, list[str]]:
    """The data part of a component: its details, and the data classes it names."""
    contents = node.child("contents")
    governance = node.child("governance")
    details: Details = {
        "data_type": node.text("type"),
        "data_name": node.text("name"),
        "data_description": clean(node.text("description")),
        "location": contents.text("url"),
        "classification": node.text("classification"),
        "sensitive_data": node.texts("sensitiveData"),
        "custodians": _responsible(governance, "custodians"),
        "stewards": _responsible(governance, "stewards"),
        "owners": _responsible(governance, "owners"),
    }
    classes = [text for text in (node.text("classification"), *node.texts("sensitiveData")) if text]
    governance.leave_rest()
    contents.leave_rest("Only the address of the data is carried over, not the data.")
    node.leave("graphics", GRAPHICS)
    node.ignore("bom-ref")
    node.leave_rest()
    return {key: value for key, value in details.items() if value}, classes


def _responsible(governance: Node, key: str) -> list[str]:
    names = []
    for party in governance.children(key):
        organization, contact = party.child("organization"), party.child("contact")
        names.append(organization.text("name") or contact.text("name") or contact.text("email"))
        organization.leave_rest("Only the name is carried over.")
        contact.leave_rest("Only the name is carried over.")
        party.leave_rest()
    return [name for name in names if name]


def _read_analysis(analysis: Node, card: Card) -> None:
    card.measures = [_measure(item) for item in analysis.children("performanceMetrics")]
    analysis.leave("graphics", GRAPHICS)
    analysis.leave_rest()


def _measure(node: Node) -> Measure:
    interval = node.child("confidenceInterval")
    bounds = {"lower": interval.text("lowerBound"), "upper": interval.text("upperBound")}
    interval.leave_rest()
    measure = measure_of(node.text("type"), node.text("value"), slice=node.text("slice"), **bounds)
    node.leave_rest()
    return measure


def _read_considerations(considerations: Node, card: Card) -> None:
    for detail, key in PLAIN_CONSIDERATIONS.items():
        if texts := considerations.texts(key):
            card.details[detail] = texts
    card.users = _as_list(card.details.get("intended_users"))
    card.use_cases = _as_list(card.details.get("use_cases"))
    if risks := [_risk(item) for item in considerations.children("ethicalConsiderations")]:
        card.details["ethical_considerations"] = risks
    fairness = []
    for item in considerations.children("fairnessAssessments"):
        if group := item.text("groupAtRisk"):
            card.groups_at_risk.append(group)
        fairness.append(_fairness(group, item))
    if fairness:
        card.details["fairness"] = fairness
    environment = considerations.child("environmentalConsiderations")
    if consumed := [_energy(item) for item in environment.children("energyConsumptions")]:
        card.details["environment"] = consumed
    environment.leave_rest()
    considerations.leave_rest()


def _risk(node: Node) -> str:
    text = mitigated(clean(node.text("name")), clean(node.text("mitigationStrategy")))
    node.leave_rest()
    return text


def _fairness(group: str, node: Node) -> str:
    said = [f"{word}: {text}" for key, word in FAIRNESS.items() if (text := clean(node.text(key)))]
    node.leave_rest()
    return BETWEEN.join(filter(None, [clean(group), *said]))


def _energy(node: Node) -> str:
    """“training: 20 kWh, 5 tCO2eq, offset 2 tCO2eq”."""
    amounts = []
    for key, word in (("activityEnergyCost", ""), ("co2CostEquivalent", ""), ("co2CostOffset", "offset ")):
        cost = node.child(key)
        value, unit = cost.text("value"), cost.text("unit")
        amounts.append(f"{word}{value} {unit}".rstrip() if value else "")
        cost.leave_rest()
    activity = node.text("activity") or "other"
    node.leave_rest()
    said = ", ".join(filter(None, amounts))
    return f"{activity}: {said}" if said else activity


def _as_list(value: str | list[str] | None) -> list[str]:
    return value if isinstance(value, list) else []


def service_of(node: Node) -> Entry:
    provider = node.child("provider")
    name, ref, group = node.text("name"), node.text("bom-ref"), node.text("group")
    supplier = provider.text("name") or group
    provider.leave_rest("Only the provider's name is carried over.")
    classes = []
    for item in node.children("data"):
        classes.append(item.text("classification"))
        item.leave_rest()
    nested = [service_of(child) for child in node.children("services")]
    details: Details = {"classification": [text for text in classes if text]} if any(classes) else {}
    if endpoints := node.texts("endpoints"):
        details["endpoints"] = endpoints
    component = ParsedComponent(
        kind=ComponentKind.SERVICE,
        name=one_line(name, limit=200) or "unnamed service",
        version=one_line(node.text("version"), limit=100),
        supplier=one_line(supplier, limit=200),
        licence=_licence(node),
        description=description(node),
        source_path=node.path,
        raw_excerpt=excerpt(node.value, RAW_EXCERPT),
        details=bounded(details, path=node.path, leftovers=node.leftovers),
    )
    node.leave_rest(NOT_INVENTORY)
    return Entry(component, "service", ref, "", Card(), nested, [text for text in classes if text])


def _merged(parts: list[Details]) -> Details:
    """Several data parts of one component: equal keys become lists."""
    merged: dict[str, list[str]] = {}
    for part in parts:
        for key, value in part.items():
            merged.setdefault(key, []).extend(value if isinstance(value, list) else [value])
    return {key: values[0] if len(values) == 1 else values for key, values in merged.items()}
