"""A Statement of Applicability as PDF, spreadsheet, CSV and JSON. A draft says on its face that it is one."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from aims.core import documents, pdf
from aims.core.documents import Column, Facts, Prose, Section, Table
from controls import rules, statement
from controls.statement import Content

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HEADINGS = (
    "Control",
    "Title",
    "Source",
    "Included",
    "Why included, or why left out",
    "Implementation status",
    "How implemented",
    "Owner",
    "Evidence",
    "Applies to",
    "Target date",
    "Last review",
    "Next review",
)
WIDTHS = (10, 34, 12, 10, 60, 18, 50, 22, 28, 22, 13, 13, 13)
SOURCES = {"annex_a": "Annex A", "own": "Additional"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Exported:
    name: str
    media_type: str
    content: bytes


def export(
    kind: str, current: Content, *, text: str, earlier: Content | None, copy_for: str = ""
) -> Exported:
    """`text` is the frozen JSON (or the draft's); `earlier` the version before, for the list of changes;
    `copy_for` stands on each page of a PDF.

    Raises KeyError for a kind that does not exist, PdfUnavailable where PDF cannot be written.
    """
    make: dict[str, Callable[[], tuple[str, bytes]]] = {
        "pdf": lambda: ("application/pdf", pdf_bytes(current, text=text, earlier=earlier, copy_for=copy_for)),
        "xlsx": lambda: (XLSX, xlsx_bytes(current)),
        "csv": lambda: ("text/csv; charset=utf-8", csv_bytes(current)),
        "json": lambda: ("application/json", text.encode()),
    }
    media_type, content = make[kind]()
    return Exported(f"{file_stem(current)}.{kind}", media_type, content)


def file_stem(current: Content) -> str:
    return f"statement-of-applicability-v{current['version']}" + (
        "-DRAFT" if statement.is_draft(current) else ""
    )


def title_of(current: Content) -> str:
    title = f"Statement of Applicability v{current['version']}"
    return f"{title} (DRAFT)" if statement.is_draft(current) else title


def sheet_rows(current: Content) -> list[list[object]]:
    return [_sheet_row(row) for row in current["rows"]]


def _sheet_row(row: Content) -> list[object]:
    return [
        row["ref"],
        row["title"],
        SOURCES[row["origin"]],
        statement.included_word(row),
        statement.reason_words(row),
        statement.status_word(row),
        row["how"],
        row["owner"],
        statement.evidence_words(row),
        row["applies_to"],
        *(_date(row[name]) for name in ("target_date", "last_review_date", "next_review_date")),
    ]


def _date(text: str) -> date | str:
    return date.fromisoformat(text) if text else ""


def csv_bytes(current: Content) -> bytes:
    """The first line says which version it is, and that a draft is a draft."""
    lines: list[Sequence[object]] = [[title_of(current), _approval(current)], HEADINGS, *sheet_rows(current)]
    return documents.csv_text(lines).encode("utf-8-sig")


def xlsx_bytes(current: Content) -> bytes:
    from openpyxl import Workbook  # takes a third of a second, and few processes write a workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = f"SoA v{current['version']}" + (" DRAFT" if statement.is_draft(current) else "")
    _write(sheet, 1, [title_of(current), _approval(current)])
    _write(sheet, 2, HEADINGS)
    for cell in (*sheet[1], *sheet[2]):
        cell.font = Font(bold=True)
    for number, row in enumerate(sheet_rows(current), start=3):
        _write(sheet, number, row)
    for width, column in zip(WIDTHS, sheet.iter_cols(min_row=1, max_row=1), strict=True):
        sheet.column_dimensions[column[0].column_letter].width = width
    sheet.freeze_panes = "C3"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write(sheet: Worksheet, number: int, values: Iterable[object]) -> None:
    from openpyxl.styles import Alignment

    for column, value in enumerate(values, start=1):
        cell = sheet.cell(number, column, value)
        cell.alignment = Alignment(wrap_text=number > 2, vertical="top")
        if isinstance(value, str):
            # Whatever people typed stays text: openpyxl takes a leading “=” for a formula.
            cell.data_type = "s"
            cell.quotePrefix = value.startswith(documents.FORMULA_STARTS)


def _approval(current: Content) -> str:
    if statement.is_draft(current):
        return "DRAFT, not approved"
    return f"Approved {current['approved_at'][:10]} by {current['approved_by']}"


def pdf_bytes(current: Content, *, text: str, earlier: Content | None, copy_for: str = "") -> bytes:
    digest = hashlib.sha256(text.encode())
    approved_at = current["approved_at"]
    created = datetime.fromisoformat(approved_at) if approved_at else datetime.now(UTC)
    cover = documents.Cover(
        title=title_of(current),
        organization=current["organization"],
        scope=current["scope"] or documents.NOT_RECORDED,
        as_of=created.date(),
        pack_id=f"SoA v{current['version']}",
        facts=(
            ("Approval", _approval(current)),
            ("Author", current["author"]),
            ("Sent for approval by", current["submitted_by"]),
            ("SHA-256 of the record", digest.hexdigest()),
        ),
        copy_for=copy_for,
        confidentiality="DRAFT, not approved" if statement.is_draft(current) else "Confidential",
    )
    sections = [
        Section("statement", "1", "Controls", ("6.1.3",), statement_blocks(current)),
        Section("changes", "2", "Changes", ("6.1.3",), {"changes": change_table(earlier, current)}),
    ]
    html = documents.render_document(cover, sections, ())
    return pdf.render_pdf(
        html, title=title_of(current), created=created, identifier=_identifier(digest.digest(), copy_for)
    )


def _identifier(digest: bytes, copy_for: str) -> bytes:
    """A copy made for somebody is a file of its own."""
    return hashlib.sha256(digest + copy_for.encode()).digest() if copy_for else digest


def statement_blocks(current: Content) -> dict[str, documents.Block]:
    """Shared by the document of its own and by the section of an evidence pack."""
    return {
        "summary": summary_facts(current),
        "rows": decision_table(current),
        "implementation": implementation_table(current),
    }


def summary_facts(current: Content) -> Facts:
    rows = current["rows"]
    included = [row for row in rows if row["included"]]
    in_place = [row for row in included if row["implementation_state"] in ("implemented", "verified")]
    return Facts(
        rows=(
            ("Version", current["version"]),
            ("Approval", _approval(current)),
            ("Controls decided on", len(rows)),
            ("Included", len(included)),
            ("Left out", sum(1 for row in rows if row["included"] is False)),
            ("Implemented or verified", f"{len(in_place)} of {len(included)} included"),
        )
    )


def decision_table(current: Content) -> Table:
    return Table(
        title="Which controls apply, and why",
        columns=(
            Column("Control", 10, "code"),
            Column("Title", 24),
            Column("Included", 11),
            Column("Why included, or why left out", 41),
            Column("Status", 14, "badge"),
        ),
        rows=[
            (
                row["ref"],
                row["title"],
                statement.included_word(row),
                statement.reason_words(row),
                statement.status_word(row),
            )
            for row in current["rows"]
        ],
    )


def implementation_table(current: Content) -> Table:
    return Table(
        title="How the included controls are implemented",
        columns=(
            Column("Control", 10, "code"),
            Column("How", 40),
            Column("Owner", 15),
            Column("Evidence", 20),
            Column("Target, or next review", 15),
        ),
        rows=[
            (
                row["ref"],
                row["how"],
                row["owner"],
                statement.evidence_words(row),
                statement.open_target(row) or _date(row["next_review_date"]),
            )
            for row in current["rows"]
            if row["included"]
        ],
    )


def change_table(earlier: Content | None, current: Content) -> Table | Prose:
    if earlier is None:
        return Prose("This is the first version: there is no earlier one to compare with.", title="Changes")
    return Table(
        title=f"Changes since version {earlier['version']}",
        columns=(
            Column("Control", 12, "code"),
            Column("Change", 22),
            Column("Was", 33),
            Column("Is now", 33),
        ),
        rows=list(change_rows(statement.changes(earlier, current))),
        empty="Nothing changed.",
    )


def change_rows(found: rules.Comparison) -> Iterable[tuple[str, str, str, str]]:
    for change in found.added:
        yield (change.ref, "Now included", decision_of(change.before), decision_of(change.after))
    for change in found.left_out:
        yield (change.ref, "Now left out", decision_of(change.before), decision_of(change.after))
    for change in found.status_changed:
        yield (change.ref, "Status", status_of(change.before), status_of(change.after))
    told = {change.ref for change in (*found.added, *found.left_out)}
    for change in found.wording_changed:
        if change.ref not in told:
            yield (change.ref, "Wording", decision_of(change.before), decision_of(change.after))


def decision_of(row: Content | None) -> str:
    if row is None:
        return "Not listed"
    said = statement.reason_words(row)
    word = {True: "Included", False: "Left out", None: "Undecided"}[row["included"]]
    how = f". How: {row['how']}" if row["how"] else ""
    return f"{word}: {said}{how}" if said else f"{word}{how}"


def status_of(row: Content | None) -> str:
    return statement.status_word(row) if row else ""
