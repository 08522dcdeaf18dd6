"""SM-10 walked from the catalog: every state, action and role, allowed exactly where the catalog says so."""

from __future__ import annotations

import datetime
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from django.db import transaction

from aims.core import catalogs
from aims.core.actor import Actor
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Evidence, TrailEvent
from aims.core.rules import EVIDENCE
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.transitions import move
from tests.cast import NOW, House
from tests.core.evidence_sample import TODAY, accepted, submitted

CATALOG = catalogs.catalog("state-machines")
ROW = next(row for row in CATALOG["machines"] if row["id"] == "SM-10")
ALLOWED = {(row["from"], row["action"], role): row["to"] for row in ROW["transitions"] for role in row["by"]}
ACTIONS = sorted({row["action"] for row in ROW["transitions"]})
ROLES = [role["id"] for role in CATALOG["roles"]]
PLACES = {(row["from"], row["action"]) for row in ROW["transitions"]}


class Undone(Exception):
    """Takes one step of the walk back."""


def attempt(item: Evidence, state: str, action: str, actor: Actor, given: dict[str, Any]) -> tuple[str, str]:
    """What happened and the state afterwards; then everything is as before."""
    outcome = ""
    try:
        with transaction.atomic():
            ends = TODAY - datetime.timedelta(days=1)
            Evidence.objects.filter(pk=item.pk).update(state=state, valid_until=ends)
            item.refresh_from_db()
            try:
                with transaction.atomic():
                    move(EVIDENCE, item, action, actor=actor, now=NOW, given=given)
                    outcome = "moved"
            except NotAllowed:
                outcome = "not allowed"
            except RuleBroken as refused:
                outcome = refused.code
            kept = Evidence.objects.values_list("state", flat=True).get(pk=item.pk)
            raise Undone
    except Undone:
        return outcome, kept


@pytest.fixture
def items(house: House) -> tuple[Evidence, Evidence]:
    return submitted(house), accepted(house, title="Newer", now=NOW + datetime.timedelta(hours=1))


def test_every_state_action_and_role_is_as_the_catalog_says(
    house: House, items: tuple[Evidence, Evidence]
) -> None:
    item, newer = items
    given = {
        "blob": item.blob,
        "source": "Bench",
        "period_from": TODAY,
        "period_to": TODAY,
        "reason": "As planned",
        "newer": newer,
        "today": TODAY,
    }
    wrong = []
    base = house.actor("internal_auditor")
    with acting_as(base):
        for state, action, role in product(ROW["states"], ACTIONS, ROLES):
            actor = replace(base, roles=frozenset({role}))
            found = attempt(item, state, action, actor, given)
            if (state, action, role) in ALLOWED:
                wanted = ("moved", ALLOWED[state, action, role])
            elif (state, action) in PLACES:
                wanted = ("not allowed", state)
            else:
                wanted = ("state", state)
            if found != wanted:
                wrong.append((state, action, role, found, wanted))

    assert wrong == []
    assert len(ROW["states"]) * len(ACTIONS) * len(ROLES) == 490


def test_a_move_writes_one_line_in_the_trail(house: House, items: tuple[Evidence, Evidence]) -> None:
    item, _ = items
    with acting_as(house.lead) as actor:
        move(EVIDENCE, item, "accept", actor=actor, now=NOW)

    with acting_in(house.organization):
        line = TrailEvent.objects.get(action="evidence.accept", object_id=item.pk)
    assert line.actor == f"member:{house.member['lead'].pk}"
