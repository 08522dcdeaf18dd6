"""Two organizations work at once, in any order: each is left with the rows it would have had alone."""

from __future__ import annotations

import datetime
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import IntegrityError, models, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from aims.core.tenancy.models import TenantModel
from tests.cast import NOW, PEOPLE, House, build_house
from tests.core.test_pages import as_if_committed
from tests.walls import acts
from tests.walls.test_one_wall_down import without_filter, without_row_security

#: Texts in which the names of things stand as the person wrote them; in all others numbers of rows may stand.
WRITTEN = {"reference", "title", "name", "email", "purpose", "state", "time_zone"}
#: Drawn by chance or made of such.
BY_CHANCE = {"token_digest", "digest", "note", "hash", "previous", "key"}
#: How many orders of acts are tried; more for a night.
ORDERS = int(os.environ.get("INTERLEAVINGS", "5"))
WORDS = st.sampled_from(["Triage", "Invoice sorter", "Hiring", "Chat"])
NTH = st.integers(0, 5)
RATING = st.integers(1, 4)
OF, ANYBODY = st.integers(0, 1), st.sampled_from(sorted(PEOPLE))
ROLES = st.sampled_from([["staff"], ["risk_owner"], ["internal_auditor", "ai_system_owner"]])
LISTS = ["systems", "risks", "evidence", "members", "trail", "suppliers", "findings", "packs"]
PAGES = ["systems/", "risks/", "evidence/", "people/", "trail/", "suppliers/", "applicability/", "audits/"]

Act = Callable[..., str | None]
Given = tuple[st.SearchStrategy[Any], ...]


def mostly(who: str) -> st.SearchStrategy[str]:
    """As often somebody who may as anybody: both what is done and what is refused is compared."""
    return st.just(who) | ANYBODY


#: What each act is given beside the organization.
ALONE: dict[Act, Given] = {
    acts.register: (WORDS,),
    acts.edit: (mostly("owner"), NTH, WORDS),
    acts.identify: (mostly("lead"), NTH, WORDS),
    acts.approve_scales: (mostly("top"),),
    acts.rate: (mostly("risk_owner"), NTH, RATING, RATING),
    acts.hand_in: (WORDS,),
    acts.link: (mostly("owner"), NTH, NTH),
    acts.invite: (mostly("admin"), st.integers(0, 2)),
    acts.give_roles: (mostly("admin"), st.sampled_from(["owner", "risk_owner", "staff"]), ROLES),
    acts.move_to: (mostly("admin"), st.sampled_from(["Asia/Tokyo", "America/Los_Angeles", "Mars"])),
    acts.draft_statement: (mostly("lead"),),
    acts.decide_row: (mostly("lead"), st.integers(0, 37), st.booleans()),
    acts.plan: (mostly("internal_auditor"), WORDS, NTH),
    acts.find: (mostly("internal_auditor"), WORDS, NTH),
    acts.acknowledge: (mostly("control_owner"), NTH),
    acts.ask_for_pack: (mostly("lead"),),
    acts.buy_from: (mostly("lead"), WORDS),
    acts.add_model: (mostly("lead"), WORDS),
    acts.report: (ANYBODY, WORDS, NTH),
    acts.raise_concern: (ANYBODY, WORDS),
    acts.ask_list: (mostly("lead"), st.sampled_from(LISTS)),
    acts.ask_page: (mostly("lead"), st.sampled_from(PAGES)),
    acts.post_system: (mostly("lead"), WORDS),
    acts.change_system: (mostly("lead"), NTH, WORDS),
}
#: The same, and before that the other organization, whose rows are reached for.
ACROSS: dict[Act, Given] = {
    acts.change_theirs: (mostly("lead"), NTH),
    acts.give_to_theirs: (mostly("lead"), NTH),
    acts.link_theirs: (NTH,),
}


def drawn(table: dict[Act, Given]) -> st.SearchStrategy[tuple[Act, tuple[Any, ...]]]:
    return st.one_of([st.tuples(st.just(act), st.tuples(*given)) for act, given in table.items()])


@dataclass(frozen=True)
class Step:
    """One act of one of the two organizations; what it acts on is counted within its own rows."""

    of: int
    act: Act
    given: tuple[Any, ...]


def run(steps: Iterable[Step], houses: list[House]) -> tuple[list[Any], list[Any]]:
    """What each act said and what each organization has afterwards; nothing of it stays."""
    answers: list[list[str]] = [[], []]
    with transaction.atomic():
        for step in steps:
            house = houses[step.of]
            answers[step.of].append(outcome(step, house))
        as_if_committed()
        rows = [rows_of(house) for house in houses]
        transaction.set_rollback(True)
    return answers, rows


def outcome(step: Step, house: House) -> str:
    try:
        with transaction.atomic():
            return step.act(house, *step.given) or "done"
    except (RuleBroken, NotAllowed, StaleState) as refusal:
        return str(refusal)


def rows_of(house: House) -> dict[str, list[dict[str, Any]]]:
    """Every row of the organization without row numbers: a link becomes the place of its target."""
    with acting_in(house.organization):
        tables = {
            model._meta.label_lower: list(
                model.unfiltered.filter(organization_id=house.organization.pk).order_by("pk")
            )
            for model in apps.get_models()
            if issubclass(model, TenantModel) and model._meta.managed
        }
        places: dict[str, dict[Any, int]] = defaultdict(dict)
        for label, rows in tables.items():
            places[label] = {row.pk: place for place, row in enumerate(rows)}
        return {label: [told(row, places) for row in rows] for label, rows in tables.items() if rows}


def told(row: models.Model, places: dict[str, dict[Any, int]]) -> dict[str, Any]:
    return {
        field.attname: value_of(field, getattr(row, field.attname), places)
        for field in row._meta.concrete_fields
        if not field.primary_key and field.name not in BY_CHANCE
    }


def value_of(field: Any, value: Any, places: dict[str, dict[Any, int]]) -> Any:
    if isinstance(value, datetime.datetime):
        return value if value == NOW else "the clock of the database"
    if value is None or isinstance(value, bool | datetime.date):
        return value
    if field.is_relation:
        target = field.related_model._meta.label_lower
        return places[target][value] if target in places else "elsewhere"
    if field.name == "object_id" or field.name.endswith("_id"):
        return "a row"
    if isinstance(value, int | float) or field.name in WRITTEN:
        return value
    text = value if isinstance(value, str) else json.dumps(value, default=str, sort_keys=True)
    return acts.FRESH.sub("#", text)


def machine_for(houses: list[House]) -> type[RuleBasedStateMachine]:
    class TwoOrganizations(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.steps: list[Step] = []

        @rule(of=OF, chosen=drawn(ALONE))
        def works(self, of: int, chosen: tuple[Act, tuple[Any, ...]]) -> None:
            self.steps.append(Step(of, *chosen))

        @rule(of=OF, chosen=drawn(ACROSS))
        def reaches_over(self, of: int, chosen: tuple[Act, tuple[Any, ...]]) -> None:
            act, given = chosen
            self.steps.append(Step(of, act, (houses[1 - of], *given)))

        def teardown(self) -> None:
            if self.steps:
                expect_as_alone(self.steps, houses)

    return TwoOrganizations


def expect_as_alone(steps: list[Step], houses: list[House]) -> None:
    answers, rows = run(steps, houses)
    for of in (0, 1):
        other = houses[1 - of].slug
        for step, answer in zip([step for step in steps if step.of == of], answers[of], strict=True):
            assert other not in answer.lower(), (step.act.__name__, answer)
        for table, held in rows[of].items():
            assert other not in json.dumps(held, default=str).lower(), table
        answers_alone, rows_alone = run([step for step in steps if step.of == of], houses)
        assert answers[of] == answers_alone[of]
        for table in rows[of] | rows_alone[of]:
            assert rows[of].get(table) == rows_alone[of].get(table), table


def in_many_orders(houses: list[House], *, orders: int) -> None:
    moderate = settings(
        max_examples=orders,
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # making a failing order shorter takes minutes
        suppress_health_check=list(HealthCheck),
    )
    with time_machine.travel(NOW, tick=False):
        run_state_machine_as_test(machine_for(houses), settings=moderate)


@pytest.fixture
def houses(db: None) -> list[House]:
    return [build_house("Meadow Clinic", "meadow"), build_house("Harbour Bank", "harbour")]


@pytest.fixture
def no_walls(django_db_setup: None) -> Iterator[None]:
    """Of the walls that guard reads; taken down before the test's transaction begins."""
    with without_row_security(), without_filter():
        yield


@pytest.fixture
def houses_without_walls(no_walls: None, houses: list[House]) -> list[House]:
    return houses


def test_two_organizations_in_any_order_are_left_as_if_each_had_been_alone(houses: list[House]) -> None:
    in_many_orders(houses, orders=ORDERS)


def test_without_the_walls_the_same_orders_find_what_crosses_over(
    houses_without_walls: list[House],
) -> None:
    with pytest.raises((AssertionError, IntegrityError)):  # the third wall guards writes
        in_many_orders(houses_without_walls, orders=2)


def test_without_the_walls_a_list_tells_of_the_other(houses_without_walls: list[House]) -> None:
    steps = [Step(0, acts.register, ("Triage",)), Step(1, acts.ask_list, ("lead", "systems"))]

    with time_machine.travel(NOW, tick=False), pytest.raises(AssertionError, match=r"(?i)triage meadow"):
        expect_as_alone(steps, houses_without_walls)


def test_the_comparison_sees_a_single_row_that_came_from_elsewhere(houses: list[House]) -> None:
    steps = [
        Step(0, acts.register, ("Triage",)),
        Step(1, acts.hand_in, ("Chat",)),
        Step(0, acts.identify, ("lead", 0, "Bias")),
    ]
    with time_machine.travel(NOW, tick=False):
        _, (meadow, harbour) = run(steps, houses)
        _, (shorter, _) = run(steps[:2], houses)

    assert [row["reference"] for row in meadow["inventory.aisystem"]] == ["SYS-001"]
    assert [row["title"] for row in meadow["risk.risk"]] == ["Bias meadow"]
    assert "risk.risk" not in harbour
    assert meadow != shorter
    assert len(meadow[TrailEvent._meta.label_lower]) == len(shorter[TrailEvent._meta.label_lower]) + 1


def test_what_is_done_in_turns_is_done_as_if_alone(houses: list[House]) -> None:
    """Each act by somebody who may: else the orders could compare nothing but refusals."""
    done = [
        (acts.register, "Triage"),
        (acts.edit, "owner", 0, "Chat"),
        (acts.identify, "lead", 0, "Hiring"),
        (acts.approve_scales, "top"),
        (acts.rate, "risk_owner", 0, 2, 3),
        (acts.hand_in, "Chat"),
        (acts.link, "owner", 0, 0),
        (acts.invite, "admin", 0),
        (acts.give_roles, "admin", "staff", ["staff", "risk_owner"]),
        (acts.move_to, "admin", "Asia/Tokyo"),
        (acts.draft_statement, "lead"),
        (acts.decide_row, "lead", 0, True),
        (acts.plan, "internal_auditor", "Triage", 0),
        (acts.find, "internal_auditor", "Triage", 0),
        (acts.acknowledge, "control_owner", 0),
        (acts.ask_for_pack, "lead"),
        (acts.buy_from, "lead", "Chat"),
        (acts.add_model, "lead", "Chat"),
        (acts.report, "staff", "Triage", 0),
        (acts.raise_concern, "staff", "Triage"),
    ]
    steps = [Step(of, act, tuple(given)) for act, *given in done for of in (0, 1)]  # type: ignore[arg-type]

    with time_machine.travel(NOW, tick=False):
        answers, _ = run(steps, houses)
        expect_as_alone(steps, houses)

    assert answers == [["done"] * len(done)] * 2


def test_acts_through_the_api_are_done_and_refused(houses: list[House]) -> None:
    """Else the orders would compare nothing but refusals."""
    steps = [
        Step(0, acts.post_system, ("lead", "Triage")),
        Step(0, acts.change_system, ("lead", 0, "Sorter")),
        Step(1, acts.change_theirs, (houses[0], "lead", 0)),
        Step(0, acts.give_to_theirs, (houses[1], "lead", 0)),
        Step(0, acts.link_theirs, (houses[1], 0)),
        *(Step(0, acts.ask_list, ("lead", path)) for path in LISTS),
        *(Step(0, acts.ask_page, ("lead", path)) for path in PAGES),
        Step(1, acts.ask_list, ("staff", "trail")),
    ]
    with time_machine.travel(NOW, tick=False):
        (meadow, harbour), _ = run(steps, houses)

    statuses = [answer[:3] for answer in meadow]
    assert statuses[:4] == ["201", "200", "400", "The"]
    assert statuses[4:] == ["200"] * (len(LISTS) + len(PAGES)), statuses
    assert harbour[0].count("404 {") == 2
    assert harbour[1][:3] == "403"
