"""Collects what one file says about one system, then becomes a `ParsedSystem`."""

from __future__ import annotations

from inventory.imports.fields import BY_KEY, MAX_LIST_ITEMS, Unreadable, missing_from, read_items, read_value
from inventory.imports.record import ParsedSystem, Problem, Unmapped
from inventory.imports.text import clean, has_invisible, one_line

INVISIBLE_REMOVED = "Invisible control characters were removed."


class SystemDraft:
    def __init__(self, position: str) -> None:
        self.position = position
        self._fields: dict[str, object] = {}
        self._problems: list[Problem] = []
        self._notices: list[Problem] = []

    def put(self, key: str, raw: str) -> None:
        if has_invisible(raw):
            self.notice(key, INVISIBLE_REMOVED)
        try:
            value = read_value(BY_KEY[key], raw)
        except Unreadable as error:
            self.problem(key, str(error))
            return
        if value is not None:
            self._fields[key] = value

    def put_shortened(self, key: str, raw: str) -> None:
        """For sources that nobody fills in by hand: a long text is cut, and said to be cut."""
        limit = BY_KEY[key].max_length
        text = clean(raw)
        if len(text) > limit:
            text = text[: limit - 1] + "…"
            self.notice(
                key, f"{BY_KEY[key].label} was cut after {limit} characters; the file holds the whole."
            )
        self.put(key, text)

    def put_list(self, key: str, items: list[str], *, even_if_empty: bool = False) -> None:
        """Like `put_shortened`, for values that the source keeps apart."""
        field = BY_KEY[key]
        whole = [one_line(item, limit=field.max_length) for item in items]
        value = read_items(field, whole[:MAX_LIST_ITEMS])
        if any(item.endswith("…") for item in whole) or len(items) > MAX_LIST_ITEMS:
            self.notice(key, f"Entries of “{field.label}” were cut; the file holds the whole.")
        if value or even_if_empty:
            self._fields[key] = value

    def has(self, key: str) -> bool:
        return key in self._fields

    def problem(self, key: str, sentence: str) -> None:
        self._problems.append(Problem(key, sentence))

    def notice(self, key: str, sentence: str) -> None:
        self._notices.append(Problem(key, sentence))

    def build(self, unmapped: tuple[Unmapped, ...] = ()) -> ParsedSystem:
        if not self.has("name") and not any(problem.field == "name" for problem in self._problems):
            self.problem("name", "The system has no name.")
        return ParsedSystem(
            position=self.position,
            external_id=str(self._fields.get("external_id", "")),
            fields=self._fields,
            missing=missing_from(self._fields),
            unmapped=unmapped,
            problems=tuple(self._problems),
            notices=tuple(self._notices),
        )
