"""What a file says of a part beyond its name and version: the words that people read for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from inventory.imports.record import Measure

WORDS = {
    "approach": "Learning approach",
    "data_sets": "Data sets",
    "energy": "Energy consumption",
    "location": "Kept at",
    "package_url": "Package URL",
    "primary_purpose": "Purpose of the package",
    "reported_metrics": "Metrics it reports",
    "standards": "Standards it complies with",
}


#: Between a risk and what is done about it.
MITIGATED = ". Mitigated by: "


def mitigated(risk: str, answer: str) -> str:
    return f"{risk}{MITIGATED}{answer}" if answer else risk


def word_for(key: str) -> str:
    return WORDS.get(key) or key.replace("_", " ").capitalize()


def texts_of(value: str | Iterable[str]) -> list[str]:
    return [each for each in ([value] if isinstance(value, str) else value) if each]


def in_words(details: Mapping[str, str | list[str]], measures: Iterable[Measure]) -> list[str]:
    """A line for each detail in the order of the words, what was measured first."""
    measured = "; ".join(each.words for each in measures)
    lines = sorted(f"{word_for(key)}: {'; '.join(texts_of(value))}" for key, value in details.items())
    return [f"Measures: {measured}", *lines] if measured else lines
