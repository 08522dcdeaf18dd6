"""Drawing a sample that anybody can draw again: the same list, seed and size give the same members."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from aims.core.exceptions import RuleBroken

Member = tuple[str, str]  # key, label
LARGEST_SAMPLE = 500


def in_order(members: Collection[Member]) -> list[Member]:
    """The canonical order, by key."""
    return sorted(members)


def draw(keys: Sequence[str], *, seed: str, size: int) -> list[str]:
    """The `size` keys whose SHA-256 of "seed:key" is smallest, in that order."""
    return sorted(keys, key=lambda key: (hashlib.sha256(f"{seed}:{key}".encode()).hexdigest(), key))[:size]


def check(*, method: str, size: int, count: int, seed: str, chosen: Collection[str], rationale: str) -> None:
    """Whether a sample is sound before it is drawn."""
    if not count:
        raise RuleBroken("There is nothing to draw from.", field="population")
    if method == "random":
        if not seed:
            raise RuleBroken("Publish a seed: any word or number.", field="seed")
        if not 1 <= size <= count:
            raise RuleBroken(f"The population has {count} members: draw between 1 and {count}.", field="size")
    if method == "judgement":
        if not chosen:
            raise RuleBroken("Choose at least one member.", field="chosen")
        if not rationale.strip():
            raise RuleBroken("Say why these were chosen.", field="rationale")
    if (count if method == "all" else size) > LARGEST_SAMPLE:
        raise RuleBroken(f"A sample has {LARGEST_SAMPLE} members at most: draw at random.", field="size")
