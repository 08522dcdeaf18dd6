"""Answers of the impact assessment as people read them: on pages, in print, in packs, in what is frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from risk.answer_tables import KINDS, NONE, Column, columns_of
from risk.answer_types import TABLES
from risk.harms import HARM_TYPE, questions_of, sections_of
from risk.questionnaire import Question

#: A row as it is read: its columns by their labels.
Row = dict[str, Any]


def worded(question: Question, answer: Any) -> str | list[str] | list[Row]:
    """Options by their labels, records by their names, rows by their columns; empty when left open."""
    if not answer:
        return ""
    if question.type in TABLES:
        return [worded_row(question, row) for row in answer if isinstance(row, dict)]
    if question.type == "entity_ref" and isinstance(answer, dict):
        names = [str(each["name"]) for each in answer.get("records", ())]
        return [*names, answer["note"]] if answer.get("note") else names
    if isinstance(answer, list):
        return [question.label(each) for each in answer]
    return question.label(answer)


def worded_row(question: Question, row: Mapping[str, Any]) -> Row:
    if row.get("kind") == NONE:
        return {"None": row.get("text", "")}
    first = {"About": dict(KINDS)[row.get("kind", "harm")]} if question.type == HARM_TYPE else {}
    return first | {
        column.label: _cell(column, row)
        for column in columns_of(question.id, question.type)
        if column.key in row
    }


def _cell(column: Column, row: Mapping[str, Any]) -> Any:
    if column.kind == "risk":
        return row.get("risk", "")
    return column.word(row[column.key]) if column.options else row[column.key]


def frozen_form(outcome: str, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The whole form, section by section, with the questions as they are worded today."""
    questions = questions_of(outcome)
    return [
        {
            "section": section.id,
            "title": section.title,
            "questions": [
                {"id": each.id, "question": each.text, "answer": worded(each, answers.get(each.id))}
                for each in questions
                if each.section == section.id
            ],
        }
        for section in sections_of(outcome)
    ]


def lines(said: str | Iterable[str] | Iterable[Row]) -> list[str]:
    """An answer as lines of text, for documents."""
    if isinstance(said, str):
        return [said] if said else []
    return [
        "; ".join(f"{label}: {value}" for label, value in each.items())
        if isinstance(each, dict)
        else str(each)
        for each in said
    ]
