from __future__ import annotations

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.machines import Machine, missing, step, walk

DOOR = Machine(
    id="SM-99",
    entity="Door",
    noun="door",
    initial="shut",
    final=frozenset({"bricked_up"}),
    transitions=(
        step("shut", "open", "wide_open", by="keeper guest", guards=("key at hand", "nobody behind")),
        step("wide_open", "shut", "shut", by="keeper"),
        step("shut", "brick_up", "bricked_up", by="keeper", effects=("tell the town",)),
    ),
)


def agree() -> None:
    return None


def refuse(sentence: str):
    def guard() -> None:
        raise RuleBroken(sentence, field="key")

    return guard


def test_states_come_from_the_table():
    assert DOOR.states == {"shut", "wide_open", "bricked_up"}


def test_allowed_lists_what_these_roles_may_ask_for():
    assert [row.action for row in DOOR.allowed("shut", {"guest"})] == ["open"]
    assert [row.action for row in DOOR.allowed("shut", {"keeper"})] == ["open", "brick_up"]
    assert DOOR.allowed("shut", {"stranger"}) == ()


def test_walk_returns_the_transition_when_role_and_guards_agree():
    taken = walk(
        DOOR,
        state="shut",
        action="open",
        roles={"guest"},
        guards={"key at hand": agree, "nobody behind": agree},
    )

    assert taken.target == "wide_open"


def test_walk_refuses_an_action_that_the_state_does_not_offer():
    with pytest.raises(RuleBroken) as refusal:
        walk(DOOR, state="wide_open", action="brick_up", roles={"keeper"}, guards={})

    assert refusal.value.sentence == (
        "“brick up” is not possible while the door is “wide open”. Possible now: “shut”."
    )
    assert (refusal.value.field, refusal.value.code) == ("state", "state")


def test_walk_refuses_in_a_final_state_without_offering_anything():
    with pytest.raises(RuleBroken) as refusal:
        walk(DOOR, state="bricked_up", action="open", roles={"keeper"}, guards={})

    assert refusal.value.sentence == "“open” is not possible while the door is “bricked up”."


def test_walk_refuses_a_role_before_it_asks_any_guard():
    with pytest.raises(NotAllowed) as refusal:
        walk(
            DOOR,
            state="shut",
            action="open",
            roles={"stranger"},
            guards={"key at hand": refuse("not asked"), "nobody behind": agree},
        )

    assert refusal.value.sentence == "“open” on the door is for: guest or keeper."


def test_walk_refuses_with_the_sentence_of_the_guard():
    with pytest.raises(RuleBroken) as refusal:
        walk(
            DOOR,
            state="shut",
            action="open",
            roles={"guest"},
            guards={"key at hand": agree, "nobody behind": refuse("Wait for Bob.")},
        )

    assert refusal.value.sentence == "Wait for Bob."


def test_walk_refuses_when_nobody_provides_a_guard():
    with pytest.raises(RuleBroken) as refusal:
        walk(DOOR, state="shut", action="open", roles={"guest"}, guards={"key at hand": agree})

    assert refusal.value.code == "guard_missing"
    assert refusal.value.sentence == (
        "“open” on the door needs “nobody behind”, and nothing here can check that."
    )


def test_missing_collects_every_refusal():
    found = missing(DOOR, state="shut", action="open", guards={"key at hand": refuse("Find the key.")})

    assert [refusal.sentence for refusal in found] == [
        "Find the key.",
        "“open” on the door needs “nobody behind”, and nothing here can check that.",
    ]


def test_missing_is_empty_when_nothing_stands_in_the_way():
    assert missing(DOOR, state="wide_open", action="shut", guards={}) == []
