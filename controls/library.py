"""The 38 controls of Annex A and the 32 clauses that are audited, in our own words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from aims.core.catalogs import ANNEX_A, CLAUSES, CROSSWALKS, catalog
from controls.rules import mirrors_clause


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Objective:
    """A heading of Annex A with the aim that its controls share."""

    ref: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Control:
    ref: str
    title: str
    objective: str
    group: str
    description: str
    guidance: str
    evidence: tuple[str, ...]
    document: str
    audit_questions: tuple[AuditQuestion, ...]
    roles: tuple[str, ...]
    lifecycle_stages: tuple[str, ...]
    related_clauses: tuple[str, ...]
    review_frequency_months: int
    review_triggers: tuple[str, ...]
    annex_c_objectives: tuple[str, ...]
    exclusion_note: str
    suggested_owner: str

    @property
    def mirrors_clause(self) -> bool:
        return mirrors_clause(self.ref)


@dataclass(frozen=True, slots=True)
class Document:
    """Documented information that a clause asks for; `basis` says whether in so many words."""

    ref: str
    title: str
    kind: str
    clause: str
    basis: str


@dataclass(frozen=True, slots=True)
class Clause:
    ref: str
    title: str
    parent: str
    pdca: str
    summary: str
    checklist: tuple[AuditQuestion, ...]
    evidence: tuple[str, ...]
    documents: tuple[str, ...]
    related_controls: tuple[str, ...]
    readiness_weight: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a clause or control relates to one element of another framework; no target means no relation."""

    source: str
    framework: str
    target: str
    relationship: str
    strength: str
    rationale: str


@cache
def controls() -> tuple[Control, ...]:
    return tuple(_control(row) for row in catalog(ANNEX_A)["controls"])


def control(ref: str) -> Control:
    """Raises `KeyError` for a control that Annex A does not have."""
    return _controls_by_ref()[ref]


def review_months(ref: str) -> int:
    """How often a control is looked at again; an own control yearly, as nothing else is said."""
    known = _controls_by_ref().get(ref)
    return known.review_frequency_months if known else 12


@cache
def objectives() -> tuple[Objective, ...]:
    rows = catalog(ANNEX_A)["objectives"]
    return tuple(Objective(row["id"], row["title"], row["description"]) for row in rows)


@cache
def clauses() -> tuple[Clause, ...]:
    """The clauses that hold requirements; headings such as 9.2 are in `clause_title`."""
    return tuple(_clause(row) for row in catalog(CLAUSES)["clauses"] if row["auditable"])


@cache
def chapters() -> tuple[tuple[str, str, tuple[Clause, ...]], ...]:
    """The clauses by chapter: number, title, clauses."""
    numbers = dict.fromkeys(each.ref.partition(".")[0] for each in clauses())
    return tuple(
        (number, clause_title(number), tuple(c for c in clauses() if c.ref.partition(".")[0] == number))
        for number in numbers
    )


def clause(ref: str) -> Clause:
    return _clauses_by_ref()[ref]


def clause_title(ref: str) -> str:
    return _clause_titles()[ref]


@cache
def documents() -> tuple[Document, ...]:
    rows = catalog(CLAUSES)["documented_information"]
    return tuple(Document(r["id"], r["title"], r["kind"], r["clause"], r["basis"]) for r in rows)


@cache
def mappings(source: str) -> tuple[Mapping, ...]:
    """What a clause or control means in the other frameworks, those without any relation left out."""
    rows = (row for row in catalog(CROSSWALKS)["mappings"] if row["source"] == source and row["target"])
    return tuple(
        Mapping(
            source=row["source"],
            framework=row["framework"],
            target=row["target"],
            relationship=row["relationship"],
            strength=row.get("strength", ""),
            rationale=row["rationale"],
        )
        for row in rows
    )


@cache
def frameworks() -> dict[str, str]:
    return {row["id"]: row["name"] for row in catalog(CROSSWALKS)["frameworks"]}


@cache
def _controls_by_ref() -> dict[str, Control]:
    return {each.ref: each for each in controls()}


@cache
def _clauses_by_ref() -> dict[str, Clause]:
    return {each.ref: each for each in clauses()}


@cache
def _clause_titles() -> dict[str, str]:
    return {row["id"]: row["title"] for row in catalog(CLAUSES)["clauses"]}


def _control(row: dict[str, Any]) -> Control:
    return Control(
        ref=row["id"],
        title=row["title"],
        objective=row["objective"],
        group=row["group"] or "",
        description=row["description"],
        guidance=row["guidance"],
        evidence=tuple(row["evidence"]),
        document=row["documented_information"].get("item") or "",
        audit_questions=_questions(row["audit_questions"]),
        roles=tuple(row["roles"]),
        lifecycle_stages=tuple(row["lifecycle_stages"]),
        related_clauses=tuple(row["related_clauses"]),
        review_frequency_months=row["review_frequency"]["months"],
        review_triggers=tuple(row["review_frequency"]["triggers"]),
        annex_c_objectives=tuple(row["annex_c_objectives"]),
        exclusion_note=row["exclusion_note"],
        suggested_owner=row["suggested_owner"],
    )


def _clause(row: dict[str, Any]) -> Clause:
    return Clause(
        ref=row["id"],
        title=row["title"],
        parent=row["parent"] or "",
        pdca=row["pdca"],
        summary=row["summary"],
        checklist=_questions(row["checklist"]),
        evidence=tuple(row["evidence_examples"]),
        documents=tuple(row["required_documented_information"]),
        related_controls=tuple(row["related_controls"]),
        readiness_weight=row["readiness_weight"],
    )


def _questions(rows: list[dict[str, str]]) -> tuple[AuditQuestion, ...]:
    return tuple(AuditQuestion(row["id"], row["text"]) for row in rows)
