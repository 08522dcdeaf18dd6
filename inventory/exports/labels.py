"""Texts that an import put together, taken apart again: a line `Creator: Ada` is what a file said of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

NAME_AND_PLACE = re.compile(r"(.+) \((\S+)\)")


@dataclass(frozen=True)
class Labelled:
    """What stood under each label, in the order of the text, and everything that stood under none."""

    said: dict[str, list[str]]
    rest: str

    def first(self, label: str) -> str:
        return self.said.get(label, [""])[0]

    def all(self, label: str) -> str:
        return "\n".join(self.said.get(label, ()))

    def kept(self, labels: Iterable[str]) -> str:
        """With the label before each, for what has no place of its own."""
        return "\n".join(f"{label}: {text}" for label in labels for text in self.said.get(label, ()))


def taken_apart(text: str, labels: Collection[str]) -> Labelled:
    """A line without a label goes on with what the line before it says."""
    said: dict[str, list[str]] = {}
    rest: list[str] = []
    current = rest
    for line in text.split("\n"):
        label, colon, words = line.partition(": ")
        if colon and label in labels:
            current = said.setdefault(label, [])
            current.append(words)
        elif current is rest:
            rest.append(line)
        else:
            current[-1] += f"\n{line}"
    return Labelled(said, "\n".join(rest).strip())


def name_and_place(text: str) -> tuple[str, str]:
    """`Clinic (https://clinic.example)`; where no place is said, nothing."""
    found = NAME_AND_PLACE.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")
