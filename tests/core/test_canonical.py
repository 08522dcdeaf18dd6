from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest

from aims.core.canonical import canonical_json, sha256_of


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Pair:
    right: int
    left: date


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert canonical_json({"b": [1, 2], "a": {"d": None, "c": True}}) == '{"a":{"c":true,"d":null},"b":[1,2]}'


def test_text_stays_utf8() -> None:
    assert canonical_json("Zoë – 診") == '"Zoë – 診"'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2026, 2, 28), '"2026-02-28"'),
        (datetime(2026, 2, 28, 23, 30, tzinfo=timezone(timedelta(hours=-5))), '"2026-03-01T04:30:00Z"'),
        (Decimal("1.50"), '"1.50"'),
        (Decimal("1E+3"), '"1000"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Colour.RED, '"red"'),
        ((1, "a"), '[1,"a"]'),
        (Pair(right=1, left=date(2026, 1, 2)), '{"left":"2026-01-02","right":1}'),
        ({Colour.RED: 1}, '{"red":1}'),
    ],
)
def test_each_kind_of_value_has_one_text(value: object, text: str) -> None:
    assert canonical_json(value) == text


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        datetime(2026, 1, 1),
        {1: "a"},
        {"a", "b"},
        b"bytes",
        object(),
        Pair,
        "\ud800",
    ],
)
def test_what_has_no_single_text_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical_json([value])


def test_the_same_moment_in_two_zones_has_the_same_hash() -> None:
    here = datetime(2026, 1, 1, 12, tzinfo=UTC)
    there = here.astimezone(timezone(timedelta(hours=9)))

    assert sha256_of(canonical_json(here)) == sha256_of(canonical_json(there))


def test_text_and_its_bytes_have_the_published_hash() -> None:
    # FIPS 180-2, appendix B.1.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    assert sha256_of("abc") == sha256_of(b"abc") == expected
