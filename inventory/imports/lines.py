"""Hashes and measures as people write them: `sha256: 9f86…`, `recall | women over 60 | 0.91`, one a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def hash_lines(hashes: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{each['algorithm']}: {each['value']}" for each in hashes)


def measure_lines(measures: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(
        f"{_folded(each['metric'])} | {_folded(each['slice'])} | {float(each['value'])!r}"
        for each in measures
    )


def hashes_in(text: str) -> list[dict[str, str]]:
    """Raises ValueError with a sentence about the line that is of another shape."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        algorithm, colon, digits = line.partition(":")
        if not colon:
            raise ValueError("Write each hash as “sha256: …”, one a line.")
        name = algorithm.strip().lower().replace("-", "")
        found.append({"algorithm": name, "value": digits.strip().lower()})
    return found


def measures_in(text: str) -> list[dict[str, Any]]:
    """The slice may stay away. Raises ValueError as `hashes_in` does."""
    return [_measure(line) for line in filter(None, map(str.strip, text.splitlines()))]


def _measure(line: str) -> dict[str, Any]:
    parts = [part.strip() for part in line.rsplit("|", 2)]
    if len(parts) == 2:
        parts.insert(1, "")
    try:
        metric, where, number = parts
        return {"metric": metric[:200], "slice": where[:200], "value": float(number)}
    except ValueError:
        raise ValueError(f"“{line[:60]}” is not of the shape: metric | slice | number.") from None


def _folded(text: str) -> str:
    return " ".join(text.split())
