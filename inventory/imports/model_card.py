"""The JSON of the Model Card Toolkit, schemas 0.0.1 and 0.0.2: one version of a model, as a record.

The second schema puts texts into objects ({"description": …}); both shapes are read, since cards without a
`schema_version` are common. Pictures are not taken over.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inventory.imports.details import mitigated
from inventory.imports.draft import ResourceDraft
from inventory.imports.formats import ImportRefused
from inventory.imports.limits import Limits
from inventory.imports.measures import measure_of, say_measures
from inventory.imports.node import NOT_TEXT, Leftovers, Node, as_text
from inventory.imports.record import ComponentKind, ParsedResource, Problem, Reading
from inventory.imports.text import clean, one_line

VERSIONS = ("0.0.1", "0.0.2")
#: What an object says, in the schema's own words.
WORDS = ("description", "reference", "citation", "identifier", "custom_text", "name")
NO_PICTURES = "Pictures are not taken over."


def read_model_card(document: dict[str, Any], *, limits: Limits) -> Reading:
    leftovers = Leftovers(limits.max_unmapped)
    card = Node(document, "", leftovers)
    version, notices = _version(card)
    resource = _model(card)
    notices.append(Problem("", "A model card describes no AI system: only the model is taken over."))
    return Reading(spec_version=version, resources=(resource,), notices=tuple(notices))


def _version(card: Node) -> tuple[str, list[Problem]]:
    stated = one_line(card.text("schema_version"), limit=20)
    if not stated:
        return "", [Problem("", "The card does not say in “schema_version” which schema it is of.")]
    if stated.removeprefix("v") not in VERSIONS:
        raise ImportRefused(
            f"Model cards of the schema {stated} cannot be read: write the card as 0.0.1 or 0.0.2."
        )
    return stated.removeprefix("v"), []


def _model(card: Node) -> ParsedResource:
    draft = ResourceDraft(ComponentKind.MODEL, "the model card")
    _details(card.child("model_details"), draft)
    _parameters(card.child("model_parameters"), draft)
    _analysis(card.child("quantitative_analysis"), draft)
    _considerations(card.child("considerations"), draft)
    card.leave_rest()
    return draft.build(card.leftovers.entries())


def _details(details: Node, draft: ResourceDraft) -> None:
    draft.line("name", details.text("name"))
    draft.say("provenance", details.text("overview"), "Overview")
    draft.say("provenance", details.text("documentation"), "Documentation")
    owners = details.children("owners")
    for owner in owners:
        name, contact = owner.text("name"), owner.text("contact")
        draft.say("provenance", f"{name} ({contact})" if name and contact else name or contact, "Owner")
        owner.leave_rest()
    version = details.child("version")
    draft.line("version", version.text("name"))
    draft.say("provenance", version.text("date"), "Released")
    draft.say("provenance", version.text("diff"), "Changed since the version before")
    version.leave_rest()
    _licence([*_said(details, "licenses"), *_said(details, "license")], draft)
    for key, label in (("references", "Reference"), ("citations", "Cite as"), ("citation", "Cite as")):
        for text in _said(details, key):
            draft.say("provenance", text, label)
    draft.say("provenance", details.text("path"), "Kept at")
    details.leave_rest()


def _licence(licences: list[str], draft: ResourceDraft) -> None:
    """A text of a licence is no name of one."""
    names = [text for text in licences if len(text) <= 100]
    draft.line("licence", ", ".join(names))
    for text in licences:
        if text not in names:
            draft.say("provenance", text, "Licence")


def _parameters(parameters: Node, draft: ResourceDraft) -> None:
    for key, label in (
        ("model_architecture", "Architecture"),
        ("input_format", "Input"),
        ("output_format", "Output"),
    ):
        draft.say("provenance", parameters.text(key), label)
        for pair in parameters.children(f"{key}_map"):
            draft.say("provenance", f"{pair.text('key')}: {pair.text('value')}", label)
            pair.leave_rest()
    for label, data in _data_sets(parameters):
        name, link = data.text("name"), data.text("link")
        said = [f"{name} ({link})" if name and link else name or link, data.text("description")]
        sensitive = data.value.get("sensitive")
        words = _said(data.child("sensitive"), "sensitive_data") if isinstance(sensitive, dict) else []
        if isinstance(sensitive, bool):
            words = ["yes" if data.raw("sensitive") else "no"]
        said.append(f"sensitive data: {', '.join(words)}" if words else "")
        draft.say("training_data", ", ".join(filter(None, map(clean, said))), label)
        _leave_pictures(data)
        data.leave_rest()
    parameters.leave_rest()


def _data_sets(parameters: Node) -> Iterable[tuple[str, Node]]:
    if isinstance(parameters.value.get("data"), dict):  # the first schema has two, by what they are for
        data = parameters.child("data")
        found = [("Training", data.child("train")), ("Evaluation", data.child("eval"))]
        data.leave_rest()
        return found
    return [("", data) for data in parameters.children("data")]


def _analysis(analysis: Node, draft: ResourceDraft) -> None:
    measures = []
    for metric in analysis.children("performance_metrics"):
        name = metric.text("type") or "unnamed metric"
        if threshold := metric.text("threshold"):
            name = f"{name} at threshold {threshold}"
        between = metric.child("confidence_interval")
        bounds = {"lower": between.text("lower_bound"), "upper": between.text("upper_bound")}
        between.leave_rest()
        measures.append(measure_of(name, metric.text("value"), slice=metric.text("slice"), **bounds))
        metric.leave_rest()
    say_measures(draft, measures)
    _leave_pictures(analysis)
    analysis.leave_rest()


def _considerations(considerations: Node, draft: ResourceDraft) -> None:
    for key, field, label in (
        ("users", "intended_use", "For"),
        ("use_cases", "intended_use", ""),
        ("limitations", "limitations", ""),
        ("tradeoffs", "limitations", "Trade-off"),
    ):
        for text in _said(considerations, key):
            draft.say(field, text, label)
    for risk in considerations.children("ethical_considerations"):
        name, answer = risk.text("name"), risk.text("mitigation_strategy")
        draft.say("limitations", mitigated(name, answer), "Ethical risk")
        risk.leave_rest()
    considerations.leave_rest()


def _said(node: Node, key: str) -> list[str]:
    """Texts of either schema: as they are, or in an object under the word the schema has for them."""
    found = []
    value = node.raw(key)
    for number, item in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(item, dict):
            each = Node(item, f"{node.at(key)}[{number}]", node.leftovers)
            text = next((said for word in WORDS if (said := each.text(word))), "")
            each.ignore("style")
            each.leave_rest()
        elif isinstance(item, list):
            node.leftovers.add(node.at(key), item, NOT_TEXT)
            continue
        else:
            text = "" if item is None else as_text(item)
        if cleaned := clean(text):
            found.append(cleaned)
    return found


def _leave_pictures(node: Node) -> None:
    if node.value.get("graphics"):
        node.leave("graphics", NO_PICTURES)
    node.ignore("graphics")
