"""The life of a request of an external audit, and what a row of a request list has to hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from aims.core.exceptions import Problem
from aims.core.machines import Machine, step

ANSWERERS = "compliance_lead ai_system_owner risk_owner control_owner system"

#: Not in the published catalog, which ends with the auditor's access (SM-27).
REQUEST = Machine(
    id="RQ",
    entity="AuditRequest",
    noun="request",
    initial="draft",
    final=frozenset({"closed", "not_applicable"}),
    transitions=(
        step(
            "draft",
            "open",
            "open",
            by="external_auditor compliance_lead system",
            guards=("opened by the side that wrote it",),
        ),
        step(
            "draft",
            "drop",
            "not_applicable",
            by="external_auditor compliance_lead system",
            guards=("opened by the side that wrote it", "reason given"),
        ),
        step("open", "submit", "submitted", by=ANSWERERS, guards=("proof or answer given",)),
        step("needs_revision", "submit", "submitted", by=ANSWERERS, guards=("proof or answer given",)),
        step("submitted", "accept", "accepted", by="external_auditor"),
        step("submitted", "flag", "needs_revision", by="external_auditor", guards=("reason given",)),
        *(
            step(
                state,
                "mark_not_applicable",
                "not_applicable",
                by="external_auditor",
                guards=("reason given",),
            )
            for state in ("open", "submitted", "needs_revision")
        ),
        step("accepted", "close", "closed", by="external_auditor compliance_lead"),
    ),
)

MOST_ROWS = 500
LONGEST_TITLE = 200
LONGEST_QUESTION = 10_000
#: What the columns of other people's lists are called.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "request", "document request", "item", "request title"),
    "question": ("question", "description", "details", "request description"),
    "due_date": ("due date", "due", "deadline", "due by"),
    "requirements": ("requirements", "clauses and controls", "clause", "clauses", "control", "controls"),
}
DAY_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %b %Y", "%d %B %Y")


@dataclass(frozen=True)
class RequestRow:
    """One row of a list: what it asks for, and what is wrong with it."""

    number: int
    title: str = ""
    question: str = ""
    requirements: tuple[str, ...] = ()
    due_date: date | None = None
    problems: tuple[str, ...] = ()


def columns_of(headings: Sequence[str]) -> dict[str, int]:
    """Field -> position of the first column that is called so."""
    folded = [" ".join(heading.casefold().replace("_", " ").split()) for heading in headings]
    found = {
        name: next((folded.index(each) for each in names if each in folded), None)
        for name, names in HEADINGS.items()
    }
    return {name: position for name, position in found.items() if position is not None}


def request_rows(rows: Sequence[tuple[int, Sequence[str]]], known: Collection[str]) -> list[RequestRow]:
    """The rows below the headings, each with its own problems; empty rows are left out."""
    if not rows:
        return []
    columns = columns_of(rows[0][1])
    if "title" not in columns:
        return []
    return [_row(number, cells, columns, known) for number, cells in rows[1:] if any(map(str.strip, cells))]


def _row(number: int, cells: Sequence[str], columns: Mapping[str, int], known: Collection[str]) -> RequestRow:
    texts = {
        name: cells[position].strip() if position < len(cells) else "" for name, position in columns.items()
    }
    due, day_problem = _day(texts.get("due_date", ""))
    references = tuple(dict.fromkeys(re.split(r"[\s,;]+", texts.get("requirements", "").strip())))
    references = tuple(each for each in references if each)
    problems = [
        *_text_problems(texts),
        *day_problem,
        *(f"“{each[:20]}” is no clause and no control." for each in references if each not in known),
    ]
    return RequestRow(
        number=number,
        title=texts["title"][:LONGEST_TITLE],
        question=texts.get("question", "")[:LONGEST_QUESTION],
        requirements=references,
        due_date=due,
        problems=tuple(problems),
    )


def _text_problems(texts: Mapping[str, str]) -> Iterator[str]:
    if not texts["title"]:
        yield "The title is missing."
    if len(texts["title"]) > LONGEST_TITLE:
        yield f"The title is longer than {LONGEST_TITLE} characters."
    if len(texts.get("question", "")) > LONGEST_QUESTION:
        yield f"The question is longer than {LONGEST_QUESTION} characters."


def _day(text: str) -> tuple[date | None, tuple[str, ...]]:
    if not text:
        return None, ()
    for form in DAY_FORMATS:
        try:
            return datetime.strptime(text, form).date(), ()
        except ValueError:
            continue
    return None, (f"“{text[:30]}” is no day: write 2027-01-31.",)


def problems_of(rows: Sequence[RequestRow]) -> tuple[Problem, ...]:
    return tuple(
        Problem(ref=f"Row {row.number}", field="file", sentence=sentence)
        for row in rows
        for sentence in row.problems
    )
