"""Whether an answer of the impact assessment fits its question: what was given in, what is kept out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from aims.core.exceptions import RuleBroken
from aims.core.numbers import whole_number
from risk.answer_tables import BENEFIT, BENEFIT_COLUMNS, HARM, KINDS, NONE, Column, columns_of
from risk.questionnaire import Question
from risk.scoring import STEPS

TEXT_LENGTH, CELL_LENGTH = 10_000, 2_000
MOST_ROWS, MOST_TEXTS = 100, 50
LARGEST_NUMBER = 10_000_000_000
TABLES = frozenset({"table", "impact_table", "measure_table"})
RISKS = "Risk"

#: Kind of record -> id -> its name: what an answer may link to.
Offered = Mapping[str, Mapping[int, str]]


def clean_answer(question: Question, value: Any, *, offered: Offered) -> Any:
    """The answer as it is kept; None when the question is left open. Raises RuleBroken at the question."""
    if value is None or value in ("", [], {}):
        return None
    if question.type in TABLES:
        return _rows(question, value, offered)
    return CLEANERS[question.type](question, value, offered)


def clean_row(question: Question, row: Any, *, offered: Offered) -> dict[str, Any]:
    """One row of a table."""
    if not isinstance(row, dict):
        raise _refused(question, "A row names its columns and what stands in each.")
    is_impact = question.type == "impact_table"
    usual = HARM if is_impact else ""
    kind = usual if _is_empty(row.get("kind")) else row["kind"]
    allowed = {each for each, _ in KINDS} if is_impact else {"", NONE}
    if not isinstance(kind, str) or kind not in allowed:
        raise _refused(question, "Say what the row is about: harm, benefit or none.")
    if kind == NONE:
        return {"kind": NONE, "text": _text_of_none(question, row)}
    return _cells(question, row, kind, offered)


def _cells(question: Question, row: dict[str, Any], kind: str, offered: Offered) -> dict[str, Any]:
    columns = columns_of(question.id, question.type)
    given = {key: value for key, value in row.items() if key not in ("kind", "risk") and not _is_empty(value)}
    unknown = sorted(set(map(str, given)) - {column.key for column in columns})
    if unknown:
        raise _refused(question, f"“{unknown[0]}” is no column of this table.")
    if kind == BENEFIT and (rated := set(given) - set(BENEFIT_COLUMNS)):
        labels = [column.label.lower() for column in columns if column.key in rated]
        raise _refused(question, f"A benefit is described, not rated: leave “{labels[0]}” empty.")
    kept: dict[str, Any] = {"kind": kind} if kind else {}
    for column in columns:
        is_needed = column.required and (kind != BENEFIT or column.key in BENEFIT_COLUMNS)
        if column.key in given:
            kept[column.key] = _cell(question, column, given[column.key], offered)
        elif is_needed:
            raise _refused(question, f"Fill in “{column.label}”.", column.key)
    if "risk_id" in kept:
        kept["risk"] = offered[RISKS][kept["risk_id"]]
    _require_both_residuals(question, kept)
    return kept


def _require_both_residuals(question: Question, kept: Mapping[str, Any]) -> None:
    rated = [key for key in ("residual_severity", "residual_likelihood") if key in kept]
    if len(rated) == 1:
        missing = "likelihood" if rated == ["residual_severity"] else "severity"
        sentence = f"Rate both what remains in severity and in likelihood: the {missing} is missing."
        raise _refused(question, sentence, f"residual_{missing}")


def _cell(question: Question, column: Column, value: Any, offered: Offered) -> Any:
    said = f"“{column.label}”"
    if column.kind == "step":
        if (number := _whole(value)) in STEPS:
            return number
        raise _refused(question, f"Rate {said} from 1 to 5.", column.key)
    if column.kind == "number":
        return _number(question, value, said, column.key)
    if column.kind == "date":
        return _day(question, value, said, column.key)
    if column.kind == "risk":
        number = _whole(value)
        if number in offered.get(RISKS, {}):
            return number
        raise _refused(question, "Choose a risk of this system from the register.", column.key)
    if column.kind == "choice":
        if isinstance(value, str) and value in {key for key, _ in column.options}:
            return value
        raise _refused(question, f"Choose one of the answers offered for {said}.", column.key)
    return _words(question, value, said, CELL_LENGTH, column.key)


def _text_of_none(question: Question, row: Mapping[str, Any]) -> str:
    given = {str(key) for key, value in row.items() if not _is_empty(value)}
    if further := given - {"kind", "text"}:
        sentence = (
            f"Where nothing arises, only the reason is given: leave {', '.join(sorted(further))} empty."
        )
        raise _refused(question, sentence)
    if not (text := row.get("text")) or not str(text).strip():
        raise _refused(question, "Say why there is nothing to name here.", "text")
    return _words(question, text, "the reason", CELL_LENGTH, "text")


def _rows(question: Question, value: Any, offered: Offered) -> list[dict[str, Any]] | None:
    if not isinstance(value, list):
        raise _refused(question, "Give a list of rows.")
    require_one_kind_of_rows(question, value)
    return [clean_row(question, row, offered=offered) for row in value]


def require_one_kind_of_rows(question: Question, rows: list[Any], *, column: str = "") -> None:
    """Not too many, and none beside the row that says there are none."""
    if len(rows) > MOST_ROWS:
        raise _refused(question, f"A table holds {MOST_ROWS} rows at most.", column)
    says_none = any(isinstance(row, dict) and row.get("kind") == NONE for row in rows)
    if says_none and len(rows) > 1:
        sentence = "Either name rows, or say that there are none: remove one or the other first."
        raise _refused(question, sentence, column)


def _text(question: Question, value: Any, offered: Offered) -> str | None:
    return _words(question, value, "the answer", TEXT_LENGTH) or None


def _option(question: Question, value: Any, offered: Offered) -> str:
    if not isinstance(value, str) or value not in _values(question):
        raise _refused(question, "Choose one of the answers offered.")
    return value


def _options(question: Question, value: Any, offered: Offered) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _refused(question, "Give a list of the answers that apply.")
    if set(value) - _values(question):
        raise _refused(question, "Choose among the answers offered.")
    if "none" in value and len(set(value)) > 1:
        raise _refused(question, "“None” stands alone: take it back, or the others.")
    return [option.value for option in question.options if option.value in value]


def _texts(question: Question, value: Any, offered: Offered) -> list[str] | None:
    if not isinstance(value, list) or len(value) > MOST_TEXTS:
        raise _refused(question, f"Give a list of up to {MOST_TEXTS} texts.")
    texts = [_words(question, each, "each text", CELL_LENGTH) for each in value]
    return [text for text in texts if text] or None


def _date(question: Question, value: Any, offered: Offered) -> str:
    return _day(question, value, "the day")


def _records(question: Question, value: Any, offered: Offered) -> dict[str, Any] | None:
    """Records of the portal by id, kept with their names, and words on what is not on record."""
    if not isinstance(value, dict) or set(value) - {"records", "note"}:
        raise _refused(question, "Give the records by id, and a note on what is not on record.")
    known, given = offered.get(question.prefill_from, {}), value.get("records") or []
    if not isinstance(given, list) or len(given) > MOST_ROWS:
        raise _refused(question, f"Give a list of up to {MOST_ROWS} records.")
    ids = [_whole(each.get("id") if isinstance(each, dict) else each) for each in given]
    if any(id not in known for id in ids):
        raise _refused(question, "Choose among the records of this system.")
    note = _words(question, value.get("note") or "", "the note", TEXT_LENGTH)
    records = [{"id": id, "name": name} for id, name in known.items() if id in ids]
    return {"records": records, "note": note} if records or note else None


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _values(question: Question) -> set[str]:
    return {option.value for option in question.options}


def _words(question: Question, value: Any, said: str, longest: int, column: str = "") -> str:
    if not isinstance(value, str) or not _is_storable(value):
        raise _refused(question, f"Write {said} as plain text.", column)
    if len(value) > longest:
        raise _refused(question, f"Shorten {said} to {longest:,} characters.", column)
    return value.replace("\r\n", "\n").strip()


def _is_storable(value: str) -> bool:
    """A null character or half of a pair of surrogates can be sent in JSON and not be stored."""
    return "\x00" not in value and not any("\ud800" <= each <= "\udfff" for each in value)


def _number(question: Question, value: Any, said: str, column: str) -> int:
    number = _whole(value)
    if number is None or not 0 <= number <= LARGEST_NUMBER:
        raise _refused(question, f"Give {said} as a whole number.", column)
    return number


def _day(question: Question, value: Any, said: str, column: str = "") -> str:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
    except ValueError:
        raise _refused(question, f"Give {said} as a date, such as 2027-03-31.", column) from None


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return whole_number(value) if isinstance(value, str) else None


def _refused(question: Question, sentence: str, column: str = "") -> RuleBroken:
    """Of a row, the field is the column, so that a form of one row shows the sentence there."""
    return RuleBroken(f"{question.id}: {sentence}", field=column or question.id)


CLEANERS = {
    "text": _text,
    "single": _option,
    "scale": _option,
    "multi": _options,
    "multi_text": _texts,
    "date": _date,
    "entity_ref": _records,
}
