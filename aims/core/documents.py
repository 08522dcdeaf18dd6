"""What a printed document is made of. Every piece is written once and appears in PDF, JSON and CSV."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from typing import ClassVar, Literal

from django.template.loader import render_to_string
from django.utils import timezone, translation

from aims.core.canonical import canonical_json
from aims.core.charts import Matrix

NOT_RECORDED = "Not recorded"

# Spreadsheet programs run a cell that starts so, also when written in full width.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# document.css has one class per whole per cent in this range.
NARROWEST_COLUMN, WIDEST_COLUMN = 3, 80

RUNNING_SCOPE_LENGTH = 70


@dataclass(frozen=True)
class Column:
    label: str
    width_percent: int
    kind: Literal["text", "number", "code", "hash", "badge"] = "text"


@dataclass(frozen=True)
class Table:
    """Fixed column widths that sum to 100: automatic layout costs five times the time."""

    template: ClassVar[str] = "documents/_table.html"

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[object]]
    title: str = ""
    empty: str = "None recorded."

    def __post_init__(self) -> None:
        widths = [column.width_percent for column in self.columns]
        if sum(widths) != 100:
            raise ValueError(f"column widths sum to {sum(widths)}, not 100")
        if min(widths) < NARROWEST_COLUMN or max(widths) > WIDEST_COLUMN:
            raise ValueError(f"a column is {NARROWEST_COLUMN} to {WIDEST_COLUMN} per cent wide")
        if len({column.label for column in self.columns}) != len(self.columns):
            raise ValueError("two columns have the same label")
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row has {len(row)} cells for {len(self.columns)} columns")

    def printed_rows(self) -> list[list[tuple[Column, str]]]:
        return [
            [(column, display(value)) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]

    def as_json(self) -> dict[str, object]:
        labels = [column.label for column in self.columns]
        return {
            "title": self.title,
            "columns": labels,
            "rows": [dict(zip(labels, row, strict=True)) for row in self.rows],
        }

    def as_csv(self) -> str:
        return csv_text([[column.label for column in self.columns], *self.rows])


@dataclass(frozen=True)
class Facts:
    """Name and value pairs, two columns."""

    template: ClassVar[str] = "documents/_facts.html"

    rows: Sequence[tuple[str, object]]
    title: str = ""

    def printed_rows(self) -> list[tuple[str, str]]:
        return [(label, display(value)) for label, value in self.rows]

    def as_json(self) -> dict[str, object]:
        return {"title": self.title, "facts": dict(self.rows)}


@dataclass(frozen=True)
class Prose:
    """Plain text; an empty line starts a paragraph."""

    template: ClassVar[str] = "documents/_prose.html"

    text: str
    title: str = ""

    def paragraphs(self) -> list[str]:
        return [part.strip() for part in self.text.replace("\r\n", "\n").split("\n\n") if part.strip()]

    def as_json(self) -> dict[str, object]:
        return {"title": self.title, "text": self.text}


@dataclass(frozen=True)
class Heat:
    """Number of risks by likelihood and impact."""

    template: ClassVar[str] = "documents/_heat.html"

    matrix: Matrix
    title: str = ""

    def as_json(self) -> dict[str, object]:
        cells = [
            {"likelihood": cell.likelihood, "impact": cell.impact, "level": cell.word, "count": cell.count}
            for row in self.matrix.rows
            for cell in row.cells
        ]
        return {"title": self.title, "cells": cells}


@dataclass(frozen=True)
class Record:
    """One thing on its own: a bookmarked heading, what is known about it, and what hangs on it."""

    title: str
    blocks: Sequence["Block"]
    # Where links inside the document find it.
    anchor: str = ""

    def as_json(self) -> dict[str, object]:
        return {"title": self.title, "blocks": [block.as_json() for block in self.blocks]}


@dataclass(frozen=True)
class Records:
    template: ClassVar[str] = "documents/_records.html"

    records: Sequence[Record]
    title: str = ""
    empty: str = "None recorded."

    def as_json(self) -> dict[str, object]:
        return {"title": self.title, "records": [record.as_json() for record in self.records]}


Block = Table | Facts | Prose | Heat | Records


@dataclass(frozen=True)
class Section:
    """What an app contributes to a document. The default template prints the blocks of `data` in order."""

    key: str
    number: str
    title: str
    clause_refs: tuple[str, ...] = ()
    data: Mapping[str, Block] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    template: str = "documents/section.html"

    @property
    def anchor(self) -> str:
        return f"section-{self.key}"

    @property
    def file_stem(self) -> str:
        return f"{self.number.zfill(2)}-{self.key}"

    def as_json(self) -> dict[str, object]:
        return {
            "key": self.key,
            "number": self.number,
            "title": self.title,
            "clauses": list(self.clause_refs),
            "gaps": list(self.gaps),
            "data": {name: block.as_json() for name, block in self.data.items()},
        }


@dataclass(frozen=True)
class Gap:
    """Something a reader will look for and not find."""

    section: str
    text: str
    clause_refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cover:
    title: str
    organization: str
    scope: str
    as_of: date
    pack_id: str
    facts: tuple[tuple[str, object], ...] = ()
    confidentiality: str = "Confidential"
    copy_for: str = ""  # whose copy it is, on each page

    @property
    def running_scope(self) -> str:
        """The scope as the page footer can hold it."""
        if len(self.scope) <= RUNNING_SCOPE_LENGTH:
            return self.scope
        return self.scope[:RUNNING_SCOPE_LENGTH].rsplit(" ", 1)[0] + " …"

    def known_facts(self) -> Facts:
        return Facts(rows=(("Scope", self.scope), ("As of", self.as_of), ("Pack", self.pack_id), *self.facts))


def gaps_of(sections: Iterable[Section]) -> tuple[Gap, ...]:
    return tuple(
        Gap(section=f"{section.number} {section.title}", text=text, clause_refs=section.clause_refs)
        for section in sections
        for text in section.gaps
    )


def gaps_table(gaps: Sequence[Gap]) -> Table:
    return Table(
        columns=(Column("Section", 30), Column("What is missing", 54), Column("Clause or control", 16)),
        rows=[(gap.section, gap.text, gap.clause_refs) for gap in gaps],
        empty="The portal's checks found nothing missing. That is no statement that nothing is missing.",
    )


def render_document(cover: Cover, sections: Sequence[Section], gaps: Sequence[Gap]) -> str:
    """The HTML of a whole document, the same in every language and time zone of the server."""
    context = {"cover": cover, "sections": sections, "gaps": gaps_table(gaps), "gap_count": len(gaps)}
    with translation.override("en"), timezone.override(UTC):
        return render_to_string("documents/base.html", context)


def section_files(section: Section) -> dict[str, bytes]:
    """The machine-readable copy: one JSON, and a CSV for each table, by name in the data folder."""
    tables = {name: block for name, block in section.data.items() if isinstance(block, Table)}
    files = {f"{section.file_stem}.json": f"{canonical_json(section.as_json())}\n".encode()}
    for name, table in tables.items():
        stem = section.file_stem if len(tables) == 1 else f"{section.file_stem}-{name}"
        # Spreadsheet programs take a CSV for UTF-8 only when it starts with the byte order mark.
        files[f"{stem}.csv"] = table.as_csv().encode("utf-8-sig")
    return files


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
    return buffer.getvalue()


def _csv_cell(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    text = value.isoformat() if isinstance(value, date) else display(value, missing="")
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def display(value: object, *, missing: str = NOT_RECORDED) -> str:
    """A value as a reader sees it."""
    match value:
        case None | "":
            return missing
        case bool():
            return "Yes" if value else "No"
        case Enum():
            return str(getattr(value, "label", value.value))
        case datetime():
            utc = value.astimezone(UTC)
            return f"{utc.day} {utc:%b %Y, %H:%M} UTC"
        case date():
            return f"{value.day} {value:%b %Y}"
        case list() | tuple():
            return "; ".join(display(item) for item in value) or missing
    return str(value)
