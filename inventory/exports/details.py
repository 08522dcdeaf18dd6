"""The details of a component on their way out: what finds its place in a format, and the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from inventory.exports.record import ExportedComponent
from inventory.imports.details import in_words, texts_of
from inventory.imports.record import Measure

Fits = Callable[[str], bool]
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.IGNORECASE)


def is_address(text: str) -> bool:
    return bool(ADDRESS.fullmatch(text))


class Details:
    """What the file said of a component; what was taken out has found its place."""

    def __init__(self, component: ExportedComponent) -> None:
        self._said = {key: texts_of(value) for key, value in component.details.items()}

    def one(self, key: str, fits: Fits = bool) -> str:
        """Where there is one text, and it fits the place."""
        texts = self._said.get(key, [])
        return self._said.pop(key)[0] if len(texts) == 1 and fits(texts[0]) else ""

    def all(self, key: str, fits: Fits = bool) -> list[str]:
        """Those that fit; the others stay."""
        texts = self._said.pop(key, [])
        if others := [text for text in texts if not fits(text)]:
            self._said[key] = others
        return [text for text in texts if fits(text)]

    def rest_in_words(self, measures: Iterable[Measure] = ()) -> str:
        return "\n".join(in_words(self._said, measures))

    def rest(self) -> Iterator[tuple[str, str]]:
        return ((key, text) for key, texts in self._said.items() for text in texts)
