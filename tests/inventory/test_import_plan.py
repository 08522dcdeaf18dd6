from __future__ import annotations

from typing import Any

from inventory.import_plan import ImportPlan, KnownSystem, Nameable, Outcome, plan
from inventory.imports.formats import Format
from inventory.imports.record import (
    ComponentKind,
    ParsedComponent,
    ParsedFile,
    ParsedSystem,
    Problem,
)

KNOWN = [KnownSystem(7, "SYS-007", "Chat Helper", "CMDB-7"), KnownSystem(8, "SYS-008", "Invoice sorter", "")]
UNKNOWN = "No member here has the address {}."
PEOPLE = {
    "owner_email": Nameable({"olga@meadow.test": 3}, UNKNOWN, "an owner"),
    "risk_owner_email": Nameable({"rita@meadow.test": 4}, UNKNOWN, "a risk owner"),
    "oversight_emails": Nameable({"olga@meadow.test": 3, "otto@meadow.test": 5}, UNKNOWN, "this person"),
}


def row(name: str, external_id: str = "", problems: tuple[Problem, ...] = (), **fields: Any) -> ParsedSystem:
    values = {"name": name, **fields}
    return ParsedSystem("row 2", external_id, values, problems=problems)


def planned(*systems: ParsedSystem, **parts: Any) -> ImportPlan:
    parsed = ParsedFile(format=Format.CSV, sha256="0" * 64, systems=systems, **parts)
    return plan(parsed, known=KNOWN, people=PEOPLE)


def test_a_new_system_is_created_with_its_owner():
    (new,) = planned(row("Translator", owner_email="Olga@Meadow.test")).rows

    assert (new.outcome, new.person("owner_email"), new.notices) == (Outcome.CREATE, 3, ())


def test_the_risk_owner_and_who_watches_are_found_and_those_nobody_knows_are_told():
    watchers = ["otto@meadow.test", "who@else.test", "OLGA@meadow.test", "olga@meadow.test"]
    (new,) = planned(row("Translator", risk_owner_email="rita@meadow.test", oversight_emails=watchers)).rows

    assert (new.person("risk_owner_email"), new.people["oversight_emails"]) == (4, (5, 3))
    assert [(each.field, each.sentence) for each in new.notices] == [
        (
            "oversight_emails",
            "No member here has the address who@else.test. The system is registered without this person.",
        )
    ]


def test_an_owner_nobody_knows_is_told_and_left_out():
    (new,) = planned(row("Translator", owner_email="who@else.test")).rows

    assert (new.outcome, new.person("owner_email")) == (Outcome.CREATE, None)
    assert new.notices[0].field == "owner_email"
    assert "who@else.test" in new.notices[0].sentence


def test_the_same_identifier_is_the_same_system_whatever_its_name():
    (same,) = planned(row("Renamed helper", "cmdb-7")).rows

    assert (same.outcome, same.known) == (Outcome.KNOWN, KNOWN[0])


def test_the_same_name_is_the_same_system_unless_both_identifiers_differ():
    by_name, without_id, other = planned(
        row("chat  helper"), row("Invoice Sorter", "CMDB-9"), row("Chat helper", "CMDB-1")
    ).rows

    assert (by_name.outcome, by_name.known) == (Outcome.KNOWN, KNOWN[0])
    assert (without_id.outcome, without_id.known) == (Outcome.KNOWN, KNOWN[1])
    assert other.outcome is Outcome.CREATE
    assert other.notices[0].sentence == "SYS-007 has the same name and another identifier."


def test_one_problem_stops_the_whole_file():
    intended = planned(row("Good"), row("Bad", problems=(Problem("name", "It is wrong."),)))

    assert (
        intended.obstacle == "Nothing is imported while something in the file is wrong. row 2: It is wrong."
    )
    assert (len(intended.to_create), intended.refused_count) == (1, 1)


def test_a_problem_of_the_file_stops_it_too():
    intended = planned(row("Good"), problems=(Problem("", "A column is there twice."),))

    assert intended.obstacle.endswith("A column is there twice.")


def test_a_file_of_known_systems_has_nothing_to_apply():
    intended = planned(row("Chat helper"))

    assert intended.is_all_known
    assert intended.obstacle == "Every system of this file is in the inventory already."


def test_components_alone_are_not_imported():
    component = ParsedComponent(ComponentKind.DATASET, "Letters")
    intended = planned(components=(component,))

    assert intended.loose_components == (component,)
    assert intended.obstacle.startswith("The file names no AI system.")


def test_a_good_file_has_no_obstacle():
    assert planned(row("Translator"), row("Chat helper")).obstacle == ""
