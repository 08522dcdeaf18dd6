"""Pages that are sent what no form of theirs would send refuse it; no page falls over it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.architecture.walking import Route, Walker, ids_in, routes_inside, told
from tests.architecture.world import World

ROOT = Path(__file__).parents[2]
APPS = ("aims", "inventory", "risk", "controls", "audits")
ROUTES = [route for route in routes_inside() if all(map(route.is_known, route.parameters))]
READ = re.compile(r"""(?:GET|POST|data|asked|sent)\.get(?:list)?\(\s*["'](\w+)["']""")
#: More digits than Python makes a number of; then digits that are no number, what no column holds, no text.
DIGITS = "9" * 5_000
ODD = ("²", "-1", "9" * 25, "x" * 20_000, "\ud800", "1:2:3", '{"a": [1]}', "2026-13-45", "NaN", "[" * 3_000)
MOST_IN_AN_ADDRESS = 6_000


@cache
def names_read() -> tuple[str, ...]:
    """What the code of the pages reads beside the fields of its forms."""
    found = {
        name for app in APPS for path in (ROOT / app).rglob("*.py") for name in READ.findall(path.read_text())
    }
    return tuple(sorted(found))


def fields_of(route: Route) -> Iterable[str]:
    form = getattr(route.view, "form_class", None) or getattr(route.view, "filter_form_class", None)
    return {*names_read(), *getattr(form, "base_fields", ())}


def some_of(route: Route, method: str) -> tuple[str, ...]:
    """One, and another for another page: all of them meet every kind of field many times."""
    return DIGITS, ODD[zlib.crc32(f"{method} {route.name}".encode()) % len(ODD)]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_page_falls_over_what_it_is_sent(world: World, method: str) -> None:
    walker, faults = Walker(world, "lead"), []
    for route in ROUTES:
        for address in route.addresses("meadow", ids_in(world.seen)):
            for odd in some_of(route, method):
                sent = dict.fromkeys(fields_of(route), odd)
                if method == "GET":
                    short = {name: value[:MOST_IN_AN_ADDRESS] for name, value in sent.items()}
                    answer = walker.ask("GET", f"{address}?{urlencode(short, errors='replace')}")
                else:
                    answer = walker.ask(
                        "POST",
                        address,
                        urlencode(sent, errors="surrogatepass"),
                        content_type="application/x-www-form-urlencoded",
                    )
                if answer.status >= 500:
                    faults.append((f"{method} {address} {odd[:10]!r}", answer.text[:300]))

    assert not faults, told(faults)


def test_the_names_that_pages_read_are_found() -> None:
    assert {"engagement", "expected", "cells", "checked"} <= set(names_read())
