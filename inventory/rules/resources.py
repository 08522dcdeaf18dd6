"""What the record of an AI model, a data set or a prompt has to hold to."""

from __future__ import annotations

import hashlib
import math
import string
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from aims.core.exceptions import RuleBroken

#: Hexadecimal digits of a hash by its algorithm.
DIGITS: Mapping[str, int] = {"sha256": 64, "sha384": 96, "sha512": 128, "sha1": 40, "md5": 32}
MOST_LINES = 200
#: What joins licences in an SPDX expression.
JOINING = frozenset({"AND", "OR", "WITH"})


def require_resource_name(name: str, noun: str) -> None:
    if not name.strip():
        raise RuleBroken(f"Give the {noun} a name.", field="name")


def require_licence(licence: str) -> None:
    """A name, or names joined as SPDX does: every joining word stands between two of them."""
    if licence and not any(map(str.isalnum, licence)):
        raise RuleBroken("Give the licence by its name, for example Apache-2.0.", field="licence")
    words = licence.replace("(", " ( ").replace(")", " ) ").split()
    if not JOINING.intersection(words):
        return
    depth, before = 0, ""
    for word in words:
        depth += (word == "(") - (word == ")")
        if depth < 0 or (word in {*JOINING, ")"} and before in {*JOINING, "(", ""}):
            break
        before = word
    else:
        if depth == 0 and before not in JOINING:
            return
    raise RuleBroken(
        f"“{licence[:60]}” does not hold together: write it like MIT OR (GPL-2.0-only AND BSD-3-Clause).",
        field="licence",
    )


def require_hashes(hashes: Iterable[Mapping[str, Any]]) -> None:
    found = list(hashes)
    if len(found) > MOST_LINES:
        raise RuleBroken(f"At most {MOST_LINES} hashes are kept.", field="hashes")
    for each in found:
        digits = DIGITS.get(each["algorithm"])
        if digits is None:
            raise RuleBroken(f"Use one of {', '.join(DIGITS)}.", field="hashes")
        if len(each["value"]) != digits or not set(each["value"]) <= set(string.hexdigits):
            raise RuleBroken(f"A {each['algorithm']} hash has {digits} hexadecimal digits.", field="hashes")


def what_holds(said: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Of what a file says of a record, what the record can hold; and the rest, by field, in words."""
    kept, left = dict(said), {}
    try:
        require_licence(kept.get("licence", ""))
    except RuleBroken:
        left["licence"] = kept.pop("licence")
    for field, require in (("hashes", require_hashes), ("measures", require_measures)):
        if field in kept:
            held, others = _those_that_hold(kept.pop(field), require)
            if held:
                kept[field] = held
            if others:
                left[field] = "; ".join(others)
    return kept, left


def _those_that_hold(
    lines: Iterable[Mapping[str, Any]], require: Callable[[Iterable[Mapping[str, Any]]], None]
) -> tuple[list[Mapping[str, Any]], list[str]]:
    kept: list[Mapping[str, Any]] = []
    others = []
    for each in lines:
        try:
            require([*kept, each])
        except RuleBroken:
            others.append(" ".join(str(value) for value in each.values() if value != ""))
        else:
            kept.append(each)
    return kept, others


def hash_of_text(text: str, given: str, kept: str) -> str:
    """Worked out where the text is here; one that was typed for another text is refused."""
    given = given.strip().lower()
    if given and (len(given) != DIGITS["sha256"] or not set(given) <= set(string.hexdigits)):
        raise RuleBroken("A sha256 hash has 64 hexadecimal digits.", field="text_sha256")
    found = hashlib.sha256(text.encode()).hexdigest() if text else given
    if given and given not in (found, kept):
        raise RuleBroken("This is not the hash of the text that stands here.", field="text_sha256")
    return found


def require_measures(measures: Iterable[Mapping[str, Any]]) -> None:
    """Each metric once for each slice, with a number."""
    found, seen = list(measures), set()
    if len(found) > MOST_LINES:
        raise RuleBroken(f"At most {MOST_LINES} measures are kept.", field="measures")
    for each in found:
        if not each["metric"].strip():
            raise RuleBroken("Say what was measured.", field="measures")
        if not math.isfinite(each["value"]):
            raise RuleBroken(f"The value of “{each['metric']}” is not a number.", field="measures")
        key = (each["metric"].casefold(), each["slice"].casefold())
        if key in seen:
            where = f" for “{each['slice']}”" if each["slice"] else ""
            raise RuleBroken(f"“{each['metric']}”{where} stands here twice.", field="measures")
        seen.add(key)


def require_period(first: date | None, last: date | None) -> None:
    if first and last and last < first:
        raise RuleBroken("The collection ends before it begins.", field="collected_until")


def require_current(successor: str) -> None:
    """A version that was replaced stays as it was."""
    if successor:
        raise RuleBroken(f"This version was replaced by {successor}. Write there.", field="version")
