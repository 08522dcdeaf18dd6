"""Answers that fit each question of the impact assessment."""

from __future__ import annotations

from typing import Any

from risk.answer_tables import COLUMNS, Column
from risk.questionnaire import Question, assessment_questions
from tests.risk.conftest import in_months

#: Where the first option would close the gate.
CHOSEN = {"IA-092": "verified"}
PLAIN = {"text": "Asked the ward and the vendor.", "step": 2, "number": 400, "date": "2027-03-31"}


def a_harm(risk: int | None, *, residual: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "text": "Care comes too late",
        "severity": 4,
        "likelihood": 3,
        "residual_severity": residual,
        "residual_likelihood": residual,
        "measure": "A nurse looks at each case",
        "risk_id": risk,
        **more,
    }


def fitting(question: Question, risk: int | None, residual: int) -> Any:
    if question.type == "impact_table":
        return [a_harm(risk, residual=residual)]
    if question.id in COLUMNS:
        return [{column.key: _cell(column) for column in COLUMNS[question.id]}]
    if question.options:
        first = CHOSEN.get(question.id, question.options[0].value)
        return [first] if question.type == "multi" else first
    if question.type == "date":
        return in_months(12).isoformat()
    if question.type == "entity_ref":
        return {"records": [], "note": "Kept by the vendor"}
    return ["Germany"] if question.type == "multi_text" else PLAIN["text"]


def whole_form(risk: int | None, *, residual: int = 1) -> dict[str, Any]:
    """Every question answered, the impact tables with one harm each."""
    return {each.id: fitting(each, risk, residual) for each in assessment_questions()}


def _cell(column: Column) -> Any:
    return column.options[0][0] if column.options else PLAIN[column.kind]
