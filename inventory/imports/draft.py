"""Collects what one file says about one system, model or data set, then becomes what the plan reads."""

from __future__ import annotations

from inventory.imports.cells import MAX_LIST_ITEMS, read_items, read_value
from inventory.imports.field import Unreadable
from inventory.imports.fields import BY_KEY, missing_from
from inventory.imports.record import ComponentKind, ParsedResource, ParsedSystem, Problem, Unmapped
from inventory.imports.shapes import SYSTEMS, Shape
from inventory.imports.text import clean, has_invisible, one_line

#: The longest value of a field of a model or a data set; any other holds `LONGEST_TEXT`.
LONGEST = {"name": 200, "version": 100, "licence": 200, "supplier": 200, "source": 250}
LONGEST_TEXT = 10_000
NOUNS = {ComponentKind.MODEL: "model", ComponentKind.DATASET: "data set"}
INVISIBLE_REMOVED = "Invisible control characters were removed."


class SystemDraft:
    def __init__(self, position: str, shape: Shape = SYSTEMS) -> None:
        self.position = position
        self._shape = shape
        self._fields: dict[str, object] = {}
        self._problems: list[Problem] = []
        self._notices: list[Problem] = []

    def put(self, key: str, raw: str) -> None:
        if has_invisible(raw):
            self.notice(key, INVISIBLE_REMOVED)
        try:
            value = read_value(self._shape.by_key[key], raw)
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

    def clear(self, key: str) -> None:
        """The source says that there is nothing, which is more than saying nothing."""
        self._fields.setdefault(key, None)

    def has(self, key: str) -> bool:
        return key in self._fields

    def problem(self, key: str, sentence: str) -> None:
        self._problems.append(Problem(key, sentence))

    def refused_keys(self) -> set[str]:
        return {problem.field for problem in self._problems}

    def notice(self, key: str, sentence: str) -> None:
        self._notices.append(Problem(key, sentence))

    def build(self, unmapped: tuple[Unmapped, ...] = ()) -> ParsedSystem:
        if not self.has("name") and not any(problem.field == "name" for problem in self._problems):
            self.problem("name", f"The {self._shape.noun} has no name.")
        return ParsedSystem(
            position=self.position,
            external_id=str(self._fields.get("external_id") or ""),
            fields=self._fields,
            missing=missing_from(self._fields) if self._shape.key == SYSTEMS.key else (),
            unmapped=unmapped,
            problems=tuple(self._problems),
            notices=tuple(self._notices),
        )


class ResourceDraft:
    """What one file says of a model or a data set. Several things it says may belong into one field."""

    def __init__(self, kind: ComponentKind, position: str) -> None:
        self.kind = kind
        self.position = position
        self._fields: dict[str, object] = {}
        self._texts: dict[str, list[str]] = {}
        self._notices: list[Problem] = []

    def line(self, key: str, raw: str) -> None:
        if text := " ".join(clean(raw).split()):
            self._fields[key] = self._shortened(key, text, LONGEST[key])

    def say(self, key: str, raw: str, label: str = "") -> None:
        """Adds a paragraph to a text of the record, with the word the file has for it."""
        if text := clean(raw):
            self._texts.setdefault(key, []).append(f"{label}: {text}" if label else text)

    def put(self, key: str, value: object) -> None:
        if value:
            self._fields[key] = value

    def notice(self, key: str, sentence: str) -> None:
        self._notices.append(Problem(key, sentence))

    def build(self, unmapped: tuple[Unmapped, ...] = ()) -> ParsedResource:
        for key, paragraphs in self._texts.items():
            self._fields[key] = self._shortened(key, "\n".join(paragraphs), LONGEST_TEXT)
        problems = (
            () if "name" in self._fields else (Problem("name", f"The {NOUNS[self.kind]} has no name."),)
        )
        return ParsedResource(
            kind=self.kind,
            position=self.position,
            fields=self._fields,
            unmapped=unmapped,
            problems=problems,
            notices=tuple(self._notices),
        )

    def _shortened(self, key: str, text: str, limit: int) -> str:
        if len(text) <= limit:
            return text
        self.notice(key, f"“{key}” was cut after {limit} characters; the file holds the whole.")
        return text[: limit - 1] + "…"
