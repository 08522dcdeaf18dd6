"""One organization does not fill the queue of all."""

from __future__ import annotations

import pytest

from aims.core.exceptions import RuleBroken
from audits.models import EvidencePack
from audits.packs import MOST_UNFINISHED, request_pack
from tests.cast import NOW, TODAY, House, acting_for


def test_a_limited_number_of_packs_is_built_at_a_time(house: House) -> None:
    with acting_for(house, "lead") as lead:
        for _ in range(MOST_UNFINISHED):
            request_pack(actor=lead, as_of=TODAY, now=NOW)

        with pytest.raises(RuleBroken, match="are being built"):
            request_pack(actor=lead, as_of=TODAY, now=NOW)

        assert EvidencePack.objects.count() == MOST_UNFINISHED
