"""What people wrote, beside the chain: a line of the trail holds a keyed hash of it, never the text.

The key lies with the text. Where the key is destroyed, nobody can find out from the line what was written,
and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from aims.core.models import TrailText

KEY_BYTES = 32
#: A state, a number, a day, a hash, a reference: nothing that has to be erased one day.
CODE = re.compile(r"[\w.:+/=-]{0,100}", re.ASCII)
#: What is no word of a person's even in a column for free words: a digest, a reference.
DIGEST = re.compile(r"[0-9a-f]{32,128}|[A-Z]{1,6}[-.][0-9][0-9.]*", re.ASCII)
#: As it stands in the canonical text of a line; in a text of people the quotes would be escaped.
MARK = re.compile(r'"mark":"([0-9a-f]{64})"')
GONE = "a text of {length} characters that is not kept any more"


def is_free(text: str, column: Any) -> bool:
    """Whether people wrote it: in a column for their own words, or anything longer than a code."""
    column = getattr(column, "base_field", column)
    if isinstance(column, models.CharField | models.TextField) and not column.choices:
        return bool(text) and DIGEST.fullmatch(text) is None
    return CODE.fullmatch(text) is None


def mark_of(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Aside:
    """Takes the free texts out of one line; `rows` (mark, key, text) are what is kept beside the chain."""

    def __init__(self, model: type[models.Model] | None) -> None:
        self.rows: list[tuple[str, bytes, str]] = []
        self._model = model

    def values(self, told: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._value(value, self._column(key)) for key, value in told.items()}

    def text(self, text: str, column: Any = None) -> Any:
        if not is_free(text, column):
            return text
        key = secrets.token_bytes(KEY_BYTES)
        mark = mark_of(key, text)
        self.rows.append((mark, key, text))
        return {"mark": mark, "length": len(text)}

    def _value(self, value: Any, column: Any) -> Any:
        if isinstance(value, models.Model):
            label = str(getattr(value, "reference", "") or "")
            return {"type": value._meta.label_lower, "id": value.pk, "label": label}
        if isinstance(value, str) and not isinstance(value, models.Choices):
            return self.text(value, column)
        if isinstance(value, Mapping):
            return {key: self._value(each, None) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(each, column) for each in value]
        return value

    def _column(self, name: str) -> Any:
        try:
            return self._model._meta.get_field(name) if self._model else None
        except FieldDoesNotExist:
            return None


def marks_in(bodies: Iterable[str]) -> set[str]:
    return {mark for body in bodies if '"mark":"' in body for mark in MARK.findall(body)}


def kept_texts(bodies: Iterable[str]) -> dict[str, TrailText]:
    """Mark -> the text beside the chain; one query, none where no line has one."""
    marks = marks_in(bodies)
    found = TrailText.objects.filter(mark__in=marks) if marks else ()
    return {row.mark: row for row in found}


def disclosed(body: str, known: Mapping[str, TrailText]) -> dict[str, dict[str, str | None]]:
    """What is needed to check the marks of one line elsewhere."""
    rows = (known[mark] for mark in MARK.findall(body) if mark in known)
    return {row.mark: {"text": row.text, "key": _hex(row.key)} for row in rows}


def _hex(key: Any) -> str | None:
    return bytes(key).hex() if key is not None else None


def readable(value: Any, known: Mapping[str, TrailText]) -> Any:
    """A line, or a part of one, with the texts in the places of their marks."""
    if isinstance(value, Mapping):
        if value.keys() == {"mark", "length"}:
            row = known.get(value["mark"])
            return row.text if row else GONE.format(length=value["length"])
        return {key: readable(each, known) for key, each in value.items()}
    return [readable(each, known) for each in value] if isinstance(value, list) else value


def faults(bodies: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of texts that are missing or differ from the mark in their line."""
    marked = [(seq, mark) for seq, body in bodies if '"mark":"' in body for mark in MARK.findall(body)]
    marks = {mark for _, mark in marked}
    rows = TrailText.objects.filter(mark__in=marks).values_list("mark", "key", "text") if marks else ()
    known = {mark: (key, text) for mark, key, text in rows}
    for seq, mark in marked:
        if mark not in known:
            yield seq, "A text that belongs to the line is missing."
        elif known[mark][0] is not None and mark_of(bytes(known[mark][0]), known[mark][1]) != mark:
            yield seq, "A text that belongs to the line was changed after it was written."
