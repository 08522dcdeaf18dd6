"""Walks a JSON or YAML document and remembers what nobody asked for, so that nothing is lost silently."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from inventory.imports.formats import ImportRefused
from inventory.imports.record import Details, Unmapped
from inventory.imports.text import clean, one_line

NO_PLACE = "The inventory has no field for this."
NOT_TEXT = "Text was expected here."
NOT_A_LIST = "A list of objects was expected here."
NOT_AN_OBJECT = "An object was expected here."

EXCERPT = 200
LONGEST_PATH = 300
RAW_EXCERPT = 2_000
DETAIL_ITEMS = 200
DETAIL_CHARS = 5_000
DESCRIPTION = 10_000


class Leftovers:
    """The list of what could not be carried over, with an honest last line when it grows too long."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: list[Unmapped] = []
        self._beyond = 0

    def add(self, path: str, value: object, reason: str) -> None:
        if len(self._entries) < self._limit:
            self._entries.append(
                Unmapped(one_line(path, limit=LONGEST_PATH), excerpt(value, EXCERPT), reason)
            )
        else:
            self._beyond += 1

    def entries(self) -> tuple[Unmapped, ...]:
        if not self._beyond:
            return tuple(self._entries)
        last = Unmapped(
            "", "", f"{self._beyond} more parts of the file are not carried over and not listed here."
        )
        return (*self._entries, last)


class Node:
    """One object of the document. Every getter marks its key as read; `leave_rest` reports the others."""

    def __init__(self, value: dict[str, Any], path: str, leftovers: Leftovers) -> None:
        self.value = value
        self.path = path
        self.leftovers = leftovers
        self._read: set[str] = set()

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def ignore(self, *keys: str) -> None:
        """For keys that say nothing about the system, such as where the schema is kept."""
        self._read.update(keys)

    def raw(self, key: str) -> Any:
        self._read.add(key)
        return self.value.get(key)

    def text(self, key: str) -> str:
        value = self.raw(key)
        if value is None:
            return ""
        if isinstance(value, dict | list):
            self.leftovers.add(self.at(key), value, NOT_TEXT)
            return ""
        return as_text(value)

    def texts(self, key: str) -> list[str]:
        """A list of texts; a single text counts as a list of one."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list):
            return [text] if (text := self.text(key)) else []
        for index, item in enumerate(value):
            if isinstance(item, dict | list):
                self.leftovers.add(f"{self.at(key)}[{index}]", item, NOT_TEXT)
        return [as_text(item) for item in value if item is not None and not isinstance(item, dict | list)]

    def child(self, key: str) -> Node:
        """The object under the key; an empty one when there is none."""
        value = self.raw(key)
        if value is not None and not isinstance(value, dict):
            self.leftovers.add(self.at(key), value, NOT_AN_OBJECT)
        return Node(value if isinstance(value, dict) else {}, self.at(key), self.leftovers)

    def children(self, key: str) -> list[Node]:
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.leftovers.add(self.at(key), value, NOT_A_LIST)
            return []
        paths = [f"{self.at(key)}[{index}]" for index in range(len(value))]
        for path, item in zip(paths, value, strict=True):
            if not isinstance(item, dict):
                self.leftovers.add(path, item, NOT_AN_OBJECT)
        return [
            Node(item, path, self.leftovers)
            for path, item in zip(paths, value, strict=True)
            if isinstance(item, dict)
        ]

    def leave(self, key: str, reason: str) -> None:
        if key in self.value and key not in self._read:
            self._read.add(key)
            self.leftovers.add(self.at(key), self.value[key], reason)

    def leave_rest(self, reason: str = NO_PLACE) -> None:
        for key in self.value:
            self.leave(key, reason)


def bounded(details: Details, *, path: str, leftovers: Leftovers) -> Details:
    """The details without empty ones, cut to what a page can show; every cut is reported."""
    kept: Details = {}
    for key, value in details.items():
        texts = [text for item in (value if isinstance(value, list) else [value]) if (text := clean(item))]
        if len(texts) > DETAIL_ITEMS or any(len(text) > DETAIL_CHARS for text in texts):
            leftovers.add(path, texts[0], f"The detail “{key}” is too long to be kept whole.")
        cut = [
            text if len(text) <= DETAIL_CHARS else text[: DETAIL_CHARS - 1] + "…"
            for text in texts[:DETAIL_ITEMS]
        ]
        if cut:
            kept[key] = cut if isinstance(value, list) else cut[0]
    return kept


def as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def description(node: Node, key: str = "description") -> str:
    text = clean(node.text(key))
    if len(text) <= DESCRIPTION:
        return text
    node.leftovers.add(node.at(key), text, "The text is too long to be kept whole.")
    return text[: DESCRIPTION - 1] + "…"


def excerpt(value: object, limit: int) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return one_line(text[: limit * 2], limit=limit)


def load_json(text: str) -> dict[str, Any]:
    """JSON as the standards mean it: one object, no name twice, no NaN."""
    try:
        document = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise ImportRefused(
            f"The JSON is broken at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    except ValueError as error:
        raise ImportRefused("The JSON holds a number that is too long to read.") from error
    if not isinstance(document, dict):
        raise ImportRefused("The JSON holds a list where one document was expected.")
    return document


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        double = first_double(key for key, _ in pairs)
        raise ImportRefused(f"The JSON has the name “{one_line(double, limit=80)}” twice in one object.")
    return result


def first_double(keys: Iterable[str]) -> str:
    """The first key that stands twice, or nothing."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return ""


def _refuse_constant(name: str) -> None:
    raise ImportRefused(f"The JSON holds {name}, which is not a JSON number.")
