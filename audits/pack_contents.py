"""What a Stage 1 pack holds, in the order an auditor expects (what-auditors-want.md section 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from aims.core.documents import Section

#: number, title, clauses and controls
STAGE_1: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (1, "Organization, sites and AI roles", ("4.1",)),
    (2, "Context: issues, climate decision, purposes", ("4.1",)),
    (3, "Interested parties and obligations", ("4.2",)),
    (4, "Scope statement and boundary", ("4.3",)),
    (5, "Process map", ("4.4",)),
    (6, "AI policy and linked policies", ("5.2", "A.2.2")),
    (7, "Roles and responsibilities", ("5.3", "A.3.2")),
    (8, "Inventory of AI systems", ("4.3", "A.4.2")),
    (9, "Risk criteria and method", ("6.1.1", "6.1.2")),
    (10, "Risk register and matrix", ("6.1.2", "8.2")),
    (11, "Treatment plan, approvals and acceptance", ("6.1.3",)),
    (12, "Statement of Applicability", ("6.1.3",)),
    (13, "Impact assessments", ("6.1.4", "8.4")),
    (14, "Objectives and plans", ("6.2",)),
    (15, "Competence and awareness", ("7.2", "7.3")),
    (16, "Communication plan", ("7.4",)),
    (17, "Document list and mandatory documents", ("7.5.1",)),
    (18, "Operational procedures", ("8.1",)),
    (19, "Monitoring plan", ("9.1",)),
    (20, "Audit programme, latest report, findings", ("9.2.1", "9.2.2")),
    (21, "Management review", ("9.3.1",)),
    (22, "Corrective action log", ("10.2",)),
    (23, "Legal classification", ("4.2",)),
    (24, "Crosswalk of clauses and controls to records", ()),
    (25, "Evidence index", ("7.5.3",)),
)
NOT_KEPT = "The portal holds no records for this section. Show them from where they are kept."


def arranged(found: Iterable[Section]) -> Iterator[Section]:
    """The sections in order; what no app contributed stands as a gap instead of being left out."""
    by_number: dict[str, list[Section]] = {}
    for section in found:
        by_number.setdefault(section.number, []).append(section)
    for number, title, clauses in STAGE_1:
        given = by_number.pop(str(number), [])
        if given:
            yield from (replace(section, clause_refs=section.clause_refs or clauses) for section in given)
        else:
            yield Section(
                key=f"gap-{number}", number=str(number), title=title, clause_refs=clauses, gaps=(NOT_KEPT,)
            )
    for sections in by_number.values():
        yield from sections
