from __future__ import annotations

import pytest

from aims.core.numbers import whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("12", 12), ("9" * 15, 10**15 - 1)])
def test_a_whole_number_is_read(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "²", "٣", "1.0", "-1", " 1", "1e3", "9" * 16])
def test_what_is_not_plainly_one_is_none(text: str) -> None:
    assert whole_number(text) is None
