"""The published catalogs (YAML in each app's `catalog` folder): read once, validated, hashed.

A catalog is shared and read-only: callers must not change what `catalog()` returns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
# The C loader reads all nine files in a tenth of the time of the Python one.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Catalog = Mapping[str, Any]


class CatalogError(Exception):
    """A catalog cannot be used; says where in the file, and why."""

    def __init__(self, place: str, sentence: str) -> None:
        super().__init__(f"{place}: {sentence}")
        self.place = place
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Shape:
    """What a list in a catalog must look like: fields no row may lack, and its length when that is fixed."""

    catalog: str
    rows: str
    fields: tuple[str, ...]
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Every value at `values` must be one of those at `among`, perhaps in another catalog."""

    catalog: str
    values: str
    among: str
    of: str = ""


ANNEX_A, CLAUSES, CROSSWALKS = "iso42001-annex-a", "iso42001-clauses", "crosswalks"
ANNEX_C, TAXONOMY = "iso42001-annex-c", "risk-taxonomy"
IMPACT, CLASSIFIER, MACHINES = "impact-assessment", "eu-ai-act-classifier", "state-machines"
MATRIX, METRICS = "permission-matrix", "metric-proposals"
LEGAL_CLOCKS = "legal-clocks"
INTAKE = "intake-questions"
KNOWN_SERVICES = "known-ai-services"
SECTORS = "sector-templates"
SUPPLIER_QUESTIONS = "supplier-questions"
#: Changes with the verbs of the program, or is only proposed: no record refers to a version of it.
OF_THE_PROGRAM = frozenset({MATRIX, METRICS})

SHAPES = (
    Shape(ANNEX_A, "objectives[]", ("id", "title", "description"), 9),
    Shape(ANNEX_A, "controls[]", ("id", "title", "objective", "description", "guidance", "evidence"), 38),
    Shape(CLAUSES, "clauses[]", ("id", "title", "pdca")),
    Shape(CLAUSES, "documented_information[]", ("id", "title", "kind", "clause", "basis"), 30),
    Shape(ANNEX_C, "objectives[]", ("id", "title", "description"), 11),
    Shape(ANNEX_C, "risk_sources[]", ("id", "title", "description"), 7),
    Shape(TAXONOMY, "categories[]", ("id", "code", "name", "description", "scenarios"), 17),
    Shape(TAXONOMY, "categories[].scenarios[]", ("id", "title", "cause", "event", "consequence"), 111),
    Shape(IMPACT, "screening[]", ("id", "text", "options", "why"), 14),
    Shape(IMPACT, "questions[]", ("id", "section", "text", "type", "iso"), 65),
    Shape(METRICS, "metrics[]", ("id", "name", "kind", "definition", "direction")),
    Shape(CLASSIFIER, "nodes[]", ("id", "track", "answers")),
    Shape(CLASSIFIER, "outcomes[]", ("id",)),
    Shape(CROSSWALKS, "frameworks[]", ("id", "name", "elements"), 5),
    Shape(CROSSWALKS, "mappings[]", ("source", "framework", "relationship", "rationale"), 563),
    Shape(MACHINES, "roles[]", ("id", "description"), 10),
    Shape(MACHINES, "machines[]", ("id", "name", "entity", "initial", "states", "transitions"), 27),
    Shape(MACHINES, "separation_of_duties[]", ("id", "rule", "applies_to"), 10),
    Shape(
        LEGAL_CLOCKS,
        "clocks[]",
        ("id", "title", "source", "question", "answer", "amount", "unit", "owed_to"),
        4,
    ),
    Shape(INTAKE, "questions[]", ("id", "title", "parts"), 3),
    Shape(INTAKE, "questions[].parts[]", ("id", "label", "choices"), 7),
    Shape(INTAKE, "questions[].parts[].choices[]", ("id", "label"), 55),
    Shape(KNOWN_SERVICES, "services[]", ("id", "name", "vendor", "ai_type", "sourcing"), 133),
    Shape(SECTORS, "sectors[]", ("id", "name", "intro", "fields", "risks", "metrics", "documents"), 6),
    Shape(SECTORS, "sectors[].fields[]", ("label", "kind")),
    Shape(SECTORS, "sectors[].documents[]", ("title", "why", "controls")),
    Shape(SUPPLIER_QUESTIONS, "sections[]", ("id", "title"), 9),
    Shape(SUPPLIER_QUESTIONS, "questions[]", ("id", "section", "kind", "text"), 30),
    Shape(SUPPLIER_QUESTIONS, "questions[].choices[]", ("label",)),
    Shape(SUPPLIER_QUESTIONS, "questions[].flags[]", ("answer", "why")),
    Shape(MATRIX, "objects[]", ("id", "title", "grants"), 29),
    Shape(MATRIX, "deviations[]", ("verb", "why")),
)

REFERENCES = (
    Reference(ANNEX_A, "controls[].objective", "objectives[].id"),
    Reference(ANNEX_A, "controls[].related_clauses[]", "clauses[].id", of=CLAUSES),
    Reference(ANNEX_A, "controls[].annex_c_objectives[]", "objectives[].id", of=ANNEX_C),
    Reference(CLAUSES, "clauses[].related_controls[]", "controls[].id", of=ANNEX_A),
    Reference(CLAUSES, "clauses[].required_documented_information[]", "documented_information[].id"),
    Reference(CLAUSES, "documented_information[].clause", "clauses[].id"),
    Reference(ANNEX_C, "objectives[].risk_categories[]", "categories[].id", of=TAXONOMY),
    Reference(ANNEX_C, "risk_sources[].risk_categories[]", "categories[].id", of=TAXONOMY),
    Reference(TAXONOMY, "categories[].scenarios[].suggested_controls[]", "controls[].id", of=ANNEX_A),
    Reference(TAXONOMY, "categories[].scenarios[].ai_types[]", "meta.ai_types[]"),
    Reference(TAXONOMY, "categories[].scenarios[].lifecycle_stages[]", "meta.lifecycle_stages[]"),
    Reference(IMPACT, "questions[].section", "sections[].id"),
    Reference(IMPACT, "questions[].dimensions[]", "meta.dimensions[].id"),
    Reference(CROSSWALKS, "mappings[].framework", "frameworks[].id"),
    Reference(CLASSIFIER, "nodes[].answers[].outcomes[]", "outcomes[].id"),
    Reference(MACHINES, "machines[].transitions[].by[]", "roles[].id"),
    Reference(
        INTAKE,
        "questions[].parts[].choices[].settles[].with[]",
        "questions[].parts[].choices[].id",
    ),
    Reference(SECTORS, "sectors[].risks[]", "categories[].scenarios[].id", of=TAXONOMY),
    Reference(SECTORS, "sectors[].metrics[]", "metrics[].id", of=METRICS),
    Reference(SECTORS, "sectors[].documents[].controls[]", "controls[].id", of=ANNEX_A),
    Reference(SUPPLIER_QUESTIONS, "questions[].section", "sections[].id"),
    Reference(SUPPLIER_QUESTIONS, "questions[].kinds[]", "meta.supplier_kinds[]"),
    Reference(SUPPLIER_QUESTIONS, "questions[].tiers[]", "meta.tiers[]"),
    Reference(MATRIX, "columns[]", "roles[].id", of=MACHINES),
    Reference(MATRIX, "deviations[].more[]", "columns[]"),
    Reference(MATRIX, "deviations[].less[]", "columns[]"),
)


@cache
def _paths() -> Mapping[str, Path]:
    found = [*ROOT.glob("*/catalog/*.yaml"), *ROOT.glob("aims/core/catalog/*.yaml")]
    return {path.stem: path for path in sorted(found)}


def names() -> tuple[str, ...]:
    return tuple(sorted(_paths()))


def published() -> tuple[str, ...]:
    """Those whose versions records refer to; the content of a version never changes."""
    return tuple(name for name in names() if name not in OF_THE_PROGRAM)


@cache
def catalog(name: str) -> Catalog:
    path = _paths().get(name)
    if path is None:
        raise CatalogError(name, f"is not a catalog; there are {', '.join(names())}")
    return read(path)


def read(path: Path) -> Catalog:
    """The content of one file, with its version; says the line when the file is not YAML."""
    try:
        content = yaml.load(path.read_bytes(), LOADER)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise CatalogError(path.name, f"is not readable YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise CatalogError(path.name, "must hold a mapping with a meta section")
    if not isinstance(content.get("meta"), dict) or not content["meta"].get("version"):
        raise CatalogError(f"{path.name} meta.version", "is missing; a published catalog has a version")
    return content


def version(name: str) -> str:
    return str(catalog(name)["meta"]["version"])


@cache
def content_hash(name: str) -> str:
    """SHA-256 of the content, not of the file: a comment or a line break is not a new version."""
    canonical = json.dumps(
        catalog(name), sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def validate(name: str) -> None:
    """Raise `CatalogError` at the first row that is missing, doubled, incomplete or points nowhere."""
    check(name, catalog(name))


def check(name: str, content: Catalog) -> None:
    for shape in SHAPES:
        if shape.catalog == name:
            _check_shape(content, shape)
    for reference in REFERENCES:
        if reference.catalog == name:
            _check_reference(content, reference)


def _check_shape(content: Catalog, shape: Shape) -> None:
    rows = list(_at(content, shape.rows))
    if not rows or (shape.count is not None and len(rows) != shape.count):
        wanted = "at least one row" if shape.count is None else f"{shape.count} rows"
        raise CatalogError(f"{shape.catalog} {shape.rows}", f"holds {len(rows)} rows, not {wanted}")
    for place, row in rows:
        for field in shape.fields:
            if not row.get(field):
                raise CatalogError(f"{shape.catalog} {place}.{field}", "is missing or empty")
    if "id" in shape.fields:
        _check_unique(rows, shape)


def _check_unique(rows: list[tuple[str, Any]], shape: Shape) -> None:
    seen: dict[str, str] = {}
    for place, row in rows:
        first = seen.setdefault(row["id"], place)
        if first != place:
            raise CatalogError(f"{shape.catalog} {place}.id", f"repeats {row['id']}, which {first} has")


def _check_reference(content: Catalog, reference: Reference) -> None:
    target = catalog(reference.of) if reference.of else content
    among = {value for _, value in _at(target, reference.among)}
    for place, value in _at(content, reference.values):
        if value not in among:
            where = f"{reference.of or reference.catalog} {reference.among}"
            raise CatalogError(f"{reference.catalog} {place}", f"names {value}, which is not in {where}")


def _at(node: Any, path: str, place: str = "") -> Iterator[tuple[str, Any]]:
    """Each value at a path such as `controls[].evidence[]`, with its place; absent keys yield nothing."""
    head, _, rest = path.partition(".")
    key = head.removesuffix("[]")
    if not isinstance(node, dict) or key not in node:
        return
    here = f"{place}.{key}" if place else key
    found = [(here, node[key])]
    if head.endswith("[]"):
        found = [(f"{here}[{index}]", item) for index, item in enumerate(node[key])]
    for where, value in found:
        if rest:
            yield from _at(value, rest, where)
        else:
            yield where, value
