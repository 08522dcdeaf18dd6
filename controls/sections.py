"""What this app contributes to evidence packs: the Statement, the documents asked for, the crosswalk."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping

from aims.core.days import end_of_day
from aims.core.documents import Block, Column, Facts, Section, Table
from aims.core.enums import EvidenceState
from aims.core.models import Evidence, Member
from controls import exports, library, queries, statement
from controls.competence import is_competent
from controls.enums import ImplementationState
from controls.models import CompetenceRecord, Control, ControlEvidence

#: Documented information that the portal keeps as records of its own, and where.
KEPT_HERE = {
    "DI-01": "Scope statement",
    "DI-04": "Risk register",
    "DI-05": "Risk criteria",
    "DI-07": "Risk register, treatment plans",
    "DI-08": "Statement of Applicability",
    "DI-09": "Treatment plans and acceptances",
    "DI-12": "Impact assessments",
    "DI-14": "Competence register",
    "DI-17": "Risk register",
    "DI-18": "Risk register, treatment results",
    "DI-19": "Impact assessments",
    "DI-20": "Metrics, readings and alerts",
    "DI-21": "Audit programme",
    "DI-22": "Audits and findings",
    "DI-24": "Findings",
    "DI-28": "People and roles",
}


def sections(as_of: datetime.date) -> Iterator[Section]:
    moment = end_of_day(as_of)
    evidence = _evidence_by_control()
    yield statement_section(moment)
    yield document_section(evidence)
    yield crosswalk_section(evidence)
    yield competence_section(as_of)


def statement_section(moment: datetime.datetime) -> Section:
    """The version in force at a moment, printed from its frozen copy."""
    number, title, clauses = "12", "Statement of Applicability", ("6.1.3",)
    version = queries.statement_as_of(moment)
    current = statement.frozen(version) if version else None
    if version is None or current is None:
        gap = "No Statement of Applicability was approved by this date."
        return Section("soa", number, title, clauses, {}, (gap,))
    before = queries.statement_before(version)
    earlier = statement.frozen(before) if before else None
    digest = version.snapshot.sha256 if version.snapshot else ""
    data: dict[str, Block] = {
        **exports.statement_blocks(current),
        "record": Facts(title="The frozen record", rows=(("SHA-256 of the approved copy", digest),)),
        "changes": exports.change_table(earlier, current),
    }
    return Section("soa", number, title, clauses, data, _statement_gaps(current))


def _statement_gaps(current: statement.Content) -> tuple[str, ...]:
    included = [row for row in current["rows"] if row["included"]]
    bare = [row["ref"] for row in included if not any(e["light"] == "current" for e in row["evidence"])]
    ownerless = [row["ref"] for row in included if not row["owner"]]
    found = []
    if bare:
        found.append(f"No current evidence was linked at approval for {_counted(bare)}: {', '.join(bare)}.")
    if ownerless:
        found.append(f"No owner is named for {_counted(ownerless)}: {', '.join(ownerless)}.")
    return tuple(found)


def _counted(refs: list[str]) -> str:
    return "1 control" if len(refs) == 1 else f"{len(refs)} controls"


def document_section(evidence: Mapping[str, list[str]]) -> Section:
    """The documented information that the standard asks for, and what of it the portal keeps."""
    rows = [
        (
            each.ref,
            each.title,
            each.clause,
            each.basis,
            KEPT_HERE.get(each.ref) or _held_as_evidence(each, evidence),
        )
        for each in library.documents()
    ]
    missing = [row[1] for row in rows if not row[4]]
    table = Table(
        title="Documented information asked for",
        columns=(
            Column("Id", 9, "code"),
            Column("What is asked for", 37),
            Column("Clause", 9),
            Column("Basis", 11),
            Column("Kept in the portal as", 34),
        ),
        rows=rows,
    )
    gaps = [
        "The portal keeps no document master list with versions and owners; show it from where it is kept."
    ]
    if missing:
        gaps.append(f"Nothing in the portal shows: {'; '.join(missing)}.")
    return Section(
        "documents",
        "17",
        "Document list and mandatory documents",
        ("7.5",),
        {"documents": table},
        tuple(gaps),
    )


def _held_as_evidence(document: library.Document, evidence: Mapping[str, list[str]]) -> str:
    """References of evidence linked to the controls that belong to the document's clause."""
    try:
        controls = library.clause(document.clause).related_controls
    except KeyError:
        return ""
    held = dict.fromkeys(ref for control in controls for ref in evidence.get(control, ()))
    return ", ".join(held) and f"Evidence {', '.join(held)}"


def crosswalk_section(evidence: Mapping[str, list[str]]) -> Section:
    """From each clause and control to the document it asks for and the records that show it."""
    states = dict(_controls())
    titles = {each.ref: each.title for each in library.documents()}
    clauses = Table(
        title="Clauses",
        columns=(
            Column("Clause", 9, "code"),
            Column("Title", 25),
            Column("Documented information", 33),
            Column("Controls", 13),
            Column("Evidence", 20),
        ),
        rows=[
            (
                clause.ref,
                clause.title,
                tuple(titles[ref] for ref in clause.documents),
                ", ".join(clause.related_controls),
                ", ".join(dict.fromkeys(e for ref in clause.related_controls for e in evidence.get(ref, ()))),
            )
            for clause in library.clauses()
        ],
    )
    controls = Table(
        title="Controls",
        columns=(
            Column("Control", 10, "code"),
            Column("Title", 26),
            Column("Document", 26),
            Column("Status", 14, "badge"),
            Column("Evidence", 24),
        ),
        rows=[
            (
                control.ref,
                control.title,
                control.document,
                states.get(control.ref, ""),
                ", ".join(evidence.get(control.ref, ())),
            )
            for control in library.controls()
        ],
    )
    bare = [ref for ref, state in states.items() if state != "Excluded" and not evidence.get(ref)]
    gaps = [f"No accepted evidence is linked to {_counted(bare)}: {', '.join(bare)}."] if bare else []
    if not states:
        gaps.append("The status of the controls on this day is not known: their history begins later.")
    return Section(
        "crosswalk",
        "24",
        "Crosswalk of clauses and controls to records",
        (),
        {"clauses": clauses, "controls": controls},
        tuple(gaps),
    )


def _controls() -> Iterator[tuple[str, str]]:
    for reference, state in Control.objects.order_by("position").values_list("reference", "state"):
        yield reference, ImplementationState(state).label


def _evidence_by_control() -> dict[str, list[str]]:
    """Accepted evidence by the reference of the control it was linked to by the day."""
    accepted = Evidence.objects.filter(
        state__in=[EvidenceState.ACCEPTED, EvidenceState.EXPIRING, EvidenceState.EXPIRED]
    )
    links = ControlEvidence.objects.filter(evidence__in=accepted)
    found: dict[str, list[str]] = defaultdict(list)
    rows = links.order_by("evidence__reference").values_list("control__reference", "evidence__reference")
    for control, evidence in rows:
        found[control].append(evidence)
    return found


def competence_section(as_of: datetime.date) -> Section:
    """Who has to be able to do what with AI, by which proof, checked by whom, and until when."""
    records = list(CompetenceRecord.objects.order_by("pk"))
    names = dict(Member.objects.values_list("pk", "name"))
    references = dict(Evidence.objects.values_list("pk", "reference"))
    return Section(
        key="competence",
        number="15",
        title="Competence",
        clause_refs=("7.2", "A.4.6"),
        data={
            "competence": Table(
                title="Competence that is asked for",
                columns=(
                    Column("Person", 18),
                    Column("Competence", 22),
                    Column("State", 14),
                    Column("Proof", 22),
                    Column("Checked by", 14),
                    Column("Valid until", 10),
                ),
                rows=[
                    (
                        names.get(record.person_id),
                        record.get_topic_display(),
                        record.get_state_display(),
                        [*filter(None, (references.get(record.evidence_id or 0), record.proof))],
                        names.get(record.assessor_id or 0),
                        record.valid_until,
                    )
                    for record in records
                ],
            )
        },
        gaps=tuple(_competence_gaps(records, as_of)),
    )


def _competence_gaps(records: list[CompetenceRecord], as_of: datetime.date) -> Iterator[str]:
    if not records:
        yield "No competence was asked of anybody on record on this day."
    without = [each for each in records if not is_competent(each.state, each.valid_until, on=as_of)]
    if without:
        yield f"{len(without)} of {len(records)} competence records hold no proof that is valid on this day."
    yield "Awareness (7.3) is not recorded in the portal."
