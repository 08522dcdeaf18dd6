"""Hugging Face cards: Markdown with YAML front matter.

A model card becomes one AI system draft, its model component, and components for the base models, data sets
and the library it names. A data set card describes no system: it becomes a data set of its own. Sections of
the text are recognized by the headings of the published card template; the others are reported.
All YAML scalars are read as text, so that the language `no` stays Norwegian.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import yaml

from inventory.imports.aitype import guess_ai_type
from inventory.imports.draft import ResourceDraft, SystemDraft
from inventory.imports.formats import ImportRefused
from inventory.imports.limits import MEGABYTE, Limits
from inventory.imports.measures import bounded_measures, measure_of
from inventory.imports.node import DESCRIPTION, RAW_EXCERPT, Leftovers, Node, bounded, excerpt, first_double
from inventory.imports.record import ComponentKind, Details, Measure, ParsedComponent, Problem, Reading
from inventory.imports.text import clean, one_line

FRONT_MATTER = re.compile(
    r"\A\s*---[ \t]*\r?\n(?P<yaml>.*?)(?:\r?\n)?^---[ \t]*\r?$(?P<body>.*)", re.DOTALL | re.MULTILINE
)
HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$")
FENCE = re.compile(r"^\s*(```|~~~)")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
PLACEHOLDER = re.compile(r"\[(optional|more information needed)\]|\bmore information needed\b", re.IGNORECASE)
DEVELOPER = re.compile(
    r"^\W*(?:developed by|model developers?|shared by)\W*:\W*(.+)$", re.IGNORECASE | re.MULTILINE
)

DEEPEST_YAML = 40
ONLY_IN_DATASET_CARDS = {
    "pretty_name",
    "size_categories",
    "task_categories",
    "task_ids",
    "annotations_creators",
    "language_creators",
    "multilinguality",
    "source_datasets",
    "dataset_info",
    "configs",
}
ONLY_IN_MODEL_CARDS = {"pipeline_tag", "library_name", "model-index", "base_model", "model_name"}
# Pages of web sites have tags too, so those alone make no card.
IN_BOTH = {"license", "language", "datasets", "metrics"}

PURPOSE = ("model description", "model summary", "description", "overview", "introduction", "model details")
DATASET_FACTS = {
    "language": "Languages",
    "tags": "Tags",
    "task_categories": "Tasks",
    "task_ids": "Tasks in detail",
    "size_categories": "Size",
    "source_datasets": "Made from",
}
DATASET_SUMMARY = ("dataset summary", "dataset description", "description", "overview")
INTENDED = (
    "intended uses",
    "intended use",
    "direct use",
    "uses",
    "downstream use",
    "intended uses & limitations",
)
EXCLUDED = ("out-of-scope use", "out-of-scope uses", "out of scope use", "out of scope")
LIMITATIONS = (
    "bias, risks, and limitations",
    "limitations",
    "limitations and bias",
    "risks",
    "recommendations",
)
NO_SECTION = "No inventory field takes this part of the card."


@dataclass(frozen=True)
class Section:
    title: str
    text: str
    level: int


def read_card(text: str, *, name: str, limits: Limits) -> Reading:
    leftovers = Leftovers(limits.max_unmapped)
    front, body = _split(text, limits)
    card = Node(front, "", leftovers)
    known = set(front) & (ONLY_IN_DATASET_CARDS | ONLY_IN_MODEL_CARDS | IN_BOTH)
    if not known:
        raise ImportRefused("The front matter holds no key of a Hugging Face model or data set card.")
    sections = _sections(body)
    if set(front) & ONLY_IN_DATASET_CARDS and not set(front) & ONLY_IN_MODEL_CARDS:
        return _dataset_card(card, sections, name)
    return _model_card(card, sections, name)


def _model_card(card: Node, sections: list[Section], file_name: str) -> Reading:
    index = card.children("model-index")
    name = card.text("model_name") or (index[0].text("name") if index else "") or _title(sections, file_name)
    tags = card.texts("tags")
    task = card.text("pipeline_tag")
    words = [word for word in (task, *tags) if word]
    purpose = _text_of(sections, PURPOSE) or _opening(sections)
    languages, licence = card.texts("language"), _licence(card)
    supplier = _developer(sections)
    details: Details = {
        "task": task,
        "tags": tags,
        "languages": languages,
        "reported_metrics": card.texts("metrics"),
        "intended_use": _text_of(sections, INTENDED),
        "excluded_uses": _text_of(sections, EXCLUDED),
        "limitations": _text_of(sections, LIMITATIONS),
        "data_sets": card.texts("datasets"),
        "base_models": card.texts("base_model"),
    }
    measures = [measure for item in index for measure in _results(item)]
    parts = _named_parts(card)
    position = "the model card"
    component = ParsedComponent(
        kind=ComponentKind.MODEL,
        name=one_line(name, limit=200) or "unnamed model",
        supplier=one_line(supplier, limit=200),
        licence=licence,
        description=purpose[:DESCRIPTION],
        source_path=position,
        raw_excerpt=excerpt(card.value, RAW_EXCERPT),
        details=bounded(details, path=position, leftovers=card.leftovers),
        measures=bounded_measures(measures, path="model-index", leftovers=card.leftovers),
        used_by=(position,),
    )
    draft = SystemDraft(position)
    draft.put_shortened("name", name)
    draft.put_shortened("model_name", name)
    draft.put_shortened("supplier", supplier)
    draft.put_shortened("purpose", purpose)
    draft.put_shortened("intended_use", _text_of(sections, INTENDED))
    draft.put_shortened("excluded_uses", _text_of(sections, EXCLUDED))
    draft.put_list("languages", languages)
    if guess := guess_ai_type(words):
        draft.put("ai_type", guess.ai_type)
        draft.notice("ai_type", guess.notice)
    card.leave_rest()
    _leave_sections(sections, card.leftovers, {*PURPOSE, *INTENDED, *EXCLUDED, *LIMITATIONS}, purpose)
    system = draft.build(card.leftovers.entries())
    components = (component, *(_part(kind, part, position) for kind, part in parts))
    return Reading(systems=(system,), components=components)


def _dataset_card(card: Node, sections: list[Section], file_name: str) -> Reading:
    draft = ResourceDraft(ComponentKind.DATASET, "the data set card")
    draft.line("name", card.text("pretty_name") or _title(sections, file_name))
    draft.line("licence", _licence(card))
    about = _text_of(sections, DATASET_SUMMARY) or _opening(sections)
    draft.say("provenance", about, "Description")
    for key, label in DATASET_FACTS.items():
        draft.say("provenance", ", ".join(card.texts(key)), label)
    draft.say("preparation", ", ".join(card.texts("annotations_creators")), "Annotations")
    card.leave_rest()
    _leave_sections(sections, card.leftovers, set(DATASET_SUMMARY), about)
    notice = Problem("", "A data set card describes no AI system: only the data set is taken over.")
    return Reading(resources=(draft.build(card.leftovers.entries()),), notices=(notice,))


def _split(text: str, limits: Limits) -> tuple[dict[str, Any], str]:
    found = FRONT_MATTER.match(text)
    if not found:
        raise ImportRefused(
            "The Markdown file has no front matter between two lines of ---, so it is no card."
        )
    if len(found["yaml"]) > limits.max_card_bytes:
        raise ImportRefused(f"The front matter is larger than {limits.max_card_bytes // MEGABYTE} MB.")
    return _load_yaml(found["yaml"]), found["body"]


def _load_yaml(text: str) -> dict[str, Any]:
    try:
        _refuse_tricks(text)
        value = yaml.load(text, Loader=_CardLoader)  # noqa: S506 - builds only texts, lists and mappings
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 2}" if mark else ""
        what = getattr(error, "problem", None) or "it cannot be read"
        raise ImportRefused(
            f"The YAML front matter is broken{where}: {one_line(what, limit=200)}."
        ) from error
    if not isinstance(value, dict):
        raise ImportRefused("The front matter is no list of keys and values.")
    return value


def _refuse_tricks(text: str) -> None:
    """References can make a small text unfold without end, and deep nesting exhausts the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_FAST_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise ImportRefused("The front matter uses YAML references (& and *): write the values out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_YAML:
            raise ImportRefused("The front matter is nested too deeply.")


_FAST_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _CardLoader(_FAST_LOADER):  # type: ignore[misc]
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = (key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        if double := first_double(keys):
            raise ImportRefused(f"The front matter has the key “{one_line(double, limit=80)}” twice.")
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _sections(body: str) -> list[Section]:
    """The headings of the text in order; headings inside code blocks are none."""
    sections: list[Section] = []
    title, level, in_code = "", 0, False
    lines: list[str] = []
    for line in COMMENT.sub("", body).splitlines():
        in_code ^= bool(FENCE.match(line))
        heading = None if in_code else HEADING.match(line)
        if heading:
            sections.append(Section(title, _prose(lines), level))
            title, level, lines = clean(heading[2]), len(heading[1]), []
        else:
            lines.append(line)
    sections.append(Section(title, _prose(lines), level))
    return sections


def _prose(lines: list[str]) -> str:
    return clean("\n".join(line for line in lines if not PLACEHOLDER.search(line)))


def _text_of(sections: list[Section], titles: tuple[str, ...]) -> str:
    return "\n\n".join(
        section.text for section in sections if section.title.casefold() in titles and section.text
    )


def _opening(sections: list[Section]) -> str:
    """The text right below the main heading, for cards without a section for the description."""
    return next((section.text for section in sections if section.level == 1), "")


def _leave_sections(sections: list[Section], leftovers: Leftovers, used: set[str], summary: str) -> None:
    for section in sections:
        if section.text and section.title.casefold() not in used and section.text != summary:
            leftovers.add(f"section “{section.title}”" if section.title else "text", section.text, NO_SECTION)


def _title(sections: list[Section], file_name: str) -> str:
    headline = next((section.title for section in sections if section.level == 1), "")
    named = re.sub(r"^(model|dataset) card (for|of)\s+", "", headline, flags=re.IGNORECASE)
    stem = PurePath(file_name).stem
    return named or ("" if stem.casefold() in ("readme", "modelcard", "card") else stem)


def _developer(sections: list[Section]) -> str:
    for section in sections:
        found = DEVELOPER.search(section.text)
        if found:
            return found[1].strip(" *_")
    return ""


def _licence(card: Node) -> str:
    names = [*card.texts("license"), card.text("license_name")]
    return one_line(", ".join(name for name in names if name), limit=200)


def _results(model: Node) -> list[Measure]:
    model.ignore("name")
    measures: list[Measure] = []
    for result in model.children("results"):
        task, dataset = result.child("task"), result.child("dataset")
        where = " ".join(
            text for text in (dataset.text("name"), dataset.text("config"), dataset.text("split")) if text
        )
        dataset.ignore("type")
        for metric in result.children("metrics"):
            label = metric.text("name") or metric.text("type")
            task_name = task.text("name") or task.text("type")
            slice = f"{where or 'unnamed data'} ({task_name})" if task_name else where
            measures.append(measure_of(label, metric.text("value"), slice=slice))
            metric.ignore("type", "name")
            metric.leave_rest()
        task.ignore("type", "name")
        for node in (task, dataset, result):
            node.leave_rest()
    model.leave_rest()
    return measures


def _named_parts(card: Node) -> list[tuple[ComponentKind, str]]:
    return [
        *((ComponentKind.DATASET, name) for name in card.texts("datasets")),
        *((ComponentKind.MODEL, name) for name in card.texts("base_model")),
        *((ComponentKind.LIBRARY, name) for name in card.texts("library_name")),
    ]


def _part(kind: ComponentKind, name: str, position: str) -> ParsedComponent:
    described = "Named in the card; the card says no more about it."
    return ParsedComponent(
        kind=kind,
        name=one_line(name, limit=200),
        description=described,
        source_path=position,
        raw_excerpt=excerpt(name, RAW_EXCERPT),
        used_by=(position,),
    )
