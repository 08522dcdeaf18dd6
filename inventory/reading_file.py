"""An uploaded CSV file with the readings of one metric, row by row."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from itertools import islice

from django.utils.dateparse import parse_date, parse_datetime

from aims.core.days import organization_zone
from aims.core.exceptions import Problem, RuleBroken
from aims.core.numbers import whole_number
from inventory.imports.csvfile import csv_rows
from inventory.imports.formats import ImportRefused
from inventory.rules.monitoring import MOST_IN_A_FILE
from inventory.services.readings import MOST_FAULTS, Sent

COLUMNS = ("at", "value", "group", "sample_size", "unit", "id")
NEEDED = ("at", "value")
LARGEST_FILE = 2_000_000


def read(data: bytes, metric: str) -> list[Sent]:
    """What the file holds; everything that cannot be read is named with its row."""
    if len(data) > LARGEST_FILE:
        raise RuleBroken("The file is larger than 2 MB. Send it in parts.", field="file")
    try:
        rows = [[cell.text for cell in row] for row in islice(csv_rows(data), MOST_IN_A_FILE + 2)]
    except ImportRefused as refused:
        raise RuleBroken(str(refused), field="file") from refused
    headings = [heading.strip().lower().replace(" ", "_") for heading in rows[0]] if rows else []
    _require_headings(headings)
    sent, faults = [], []
    for number, row in enumerate(rows[1:], start=2):
        cells = dict(zip(headings, (cell.strip() for cell in row), strict=False))
        if not any(cells.values()):
            continue
        try:
            sent.append(_sent(cells, metric, number))
        except RuleBroken as refused:
            faults.append(Problem(f"row {number}", refused.field or "file", refused.sentence))
    if faults:
        count = "1 row" if len(faults) == 1 else f"{len(faults)} rows"
        raise RuleBroken(
            f"{count} cannot be read; nothing was stored.", field="file", problems=faults[:MOST_FAULTS]
        )
    return sent


def _require_headings(headings: list[str]) -> None:
    """A column that nothing is done with may be a misspelt one, and its values would be lost."""
    named = [each for each in headings if each]
    found = {
        "Missing": [each for each in NEEDED if each not in named],
        "Unknown": [each[:40] for each in dict.fromkeys(named) if each not in COLUMNS],
        "Twice": [each for each in COLUMNS if named.count(each) > 1],
    }
    faults = [f"{word}: {', '.join(each)}." for word, each in found.items() if each]
    if faults:
        sentence = f"The first row names the columns. {' '.join(faults)} Known: {', '.join(COLUMNS)}."
        raise RuleBroken(sentence, field="file")


def _sent(cells: Mapping[str, str], metric: str, number: int) -> Sent:
    return Sent(
        metric=metric,
        value=_number(cells.get("value", "")),
        at=_moment(cells.get("at", "")),
        group=cells.get("group", ""),
        sample_size=_whole(cells.get("sample_size", "")),
        unit=cells.get("unit", ""),
        client_id=cells.get("id", "")[:100],
        place=f"row {number}",
    )


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        raise RuleBroken(f"“{text[:40]}” is no number.", field="value") from None


def _whole(text: str) -> int | None:
    if not text:
        return None
    number = whole_number(text)
    if number is None:
        raise RuleBroken(f"“{text[:40]}” is no whole number.", field="sample_size")
    return number


def _moment(text: str) -> datetime.datetime:
    """With a zone as it says, without one where the organization lives; a day alone is its beginning."""
    try:
        found = parse_datetime(text)
        if found is None and (day := parse_date(text)) is not None:
            found = datetime.datetime.combine(day, datetime.time())
    except ValueError:
        found = None
    if found is None:
        raise RuleBroken(f"“{text[:40]}” is no time such as 2027-03-01T14:00.", field="at")
    return found if found.tzinfo else found.replace(tzinfo=organization_zone())
