"""The permission matrix as data, and what a verb's place in it expects of the verb's roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from aims.core.catalogs import MACHINES, MATRIX, catalog
from aims.core.permissions import APPROVE, MOVE, READ, SYSTEM, Access, Verb

#: A word behind R that narrows which rows are seen on the same pages, not which pages.
SEEN_IN_FULL = frozenset({"", "granted", "approved"})
OWN = ("own", "assigned", "handled")


@dataclass(frozen=True)
class Cell:
    """What one role may do with one object: letter -> the word that narrows it."""

    letters: Mapping[str, str]

    def reads(self, part: str) -> bool:
        if "A" in self.letters or any(letter == "W" for letter in self.letters if not self._is_part("W")):
            return True
        return "R" in self.letters and self.letters["R"] in {*SEEN_IN_FULL, part}

    def writes(self, part: str) -> bool:
        return "W" in self.letters and self.letters["W"] in {"", part}

    def writes_own(self) -> bool:
        return self.letters.get("W", "").startswith(OWN)

    def _is_part(self, letter: str) -> bool:
        word = self.letters.get(letter, "")
        return bool(word) and not word.startswith(OWN)


@dataclass(frozen=True)
class Expected:
    always: frozenset[str]
    own: frozenset[str] = frozenset()


def cell(text: str) -> Cell:
    parts = [part.strip().partition(" ") for part in text.split(";") if part.strip()]
    return Cell({letter: word for letter, _, word in parts})


@cache
def objects() -> dict[str, Mapping[str, Cell]]:
    """Object id -> role -> cell; a role that is not named may nothing."""
    rows = catalog(MATRIX)["objects"]
    return {row["id"]: {role: cell(text) for role, text in row["grants"].items()} for row in rows}


def deviations() -> dict[str, Mapping[str, object]]:
    return {row["verb"]: row for row in catalog(MATRIX)["deviations"]}


@cache
def steps() -> dict[tuple[str, str], frozenset[str]]:
    """(machine, action) -> the roles of which one is enough."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for machine in catalog(MACHINES)["machines"]:
        for row in machine["transitions"]:
            key = machine["id"], row["action"]
            found[key] = found.get(key, frozenset()) | set(row["by"])
    return found


def expected(access: Access) -> Expected:
    """The roles that a verb at this place should have; `system` is the portal itself and not compared."""
    grants = objects()[access.object]
    if access.kind == MOVE:
        roles: frozenset[str] = frozenset()
        for action in access.actions:
            roles |= steps()[access.machine, action]
        return Expected(roles - {SYSTEM})
    if access.kind == READ:
        return Expected(frozenset(role for role, each in grants.items() if each.reads(access.part)))
    if access.kind == APPROVE:
        return Expected(frozenset(role for role, each in grants.items() if "A" in each.letters))
    return Expected(
        frozenset(role for role, each in grants.items() if each.writes(access.part)),
        frozenset(role for role, each in grants.items() if each.writes_own()),
    )


def differences(verb: Verb) -> tuple[frozenset[str], frozenset[str]]:
    """(roles that the verb gives beyond the matrix, roles that it leaves out)."""
    wanted = expected(verb.on)
    always, own = verb.roles - {SYSTEM}, verb.own_roles - {SYSTEM}
    if verb.on.kind == MOVE:  # a step says who, not on whose records
        has = always | own
        return has - wanted.always, wanted.always - has
    more = (always - wanted.always) | (own - wanted.own - wanted.always)
    less = (wanted.always - always) | (wanted.own - own - always)
    return more, less
