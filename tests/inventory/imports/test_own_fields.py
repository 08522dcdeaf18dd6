import json

import pytest

from inventory.imports.cells import read_value
from inventory.imports.field import Choice, Field, Kind, Unreadable
from inventory.imports.own_fields import RETIRED, OwnFields
from inventory.imports.sandbox import parse_in_subprocess


def column(key: str, label: str, kind: Kind = Kind.TEXT, *choices: str) -> Field:
    return Field(
        f"custom_{key}", label, kind, "", "x", (key, f"{label} ({key})"), tuple(map(Choice, choices))
    )


OWN = OwnFields(
    in_use=(column("cost", "Cost centre"), column("one", "Name (one)"), column("level", "Purpose (legal)")),
    retired=(column("site", "Site (old)"), column("two", "Version")),
)


@pytest.mark.parametrize(
    ("raw", "number"),
    [("12", 12), ("-0.5", -0.5), ("2,5", 2.5), ("0,125", 0.125), ("1e3", 1000), ("+7", 7), ("-", None)],
)
def test_a_number_of_ones_own_may_have_a_sign_and_a_part(raw, number):
    value = read_value(column("n", "Number", Kind.DECIMAL), raw)

    assert (value, type(value)) == (number, type(number))


@pytest.mark.parametrize("raw", ["1,200", "1.200,5", "1 200", "many", "nan", "1e999", "5.", "١٢x"])
def test_what_is_no_number_or_two_is_refused(raw):
    with pytest.raises(Unreadable, match=r"Number needs a number such as 1200\.5"):
        read_value(column("n", "Number", Kind.DECIMAL), raw)


@pytest.mark.parametrize("word", ["C", "C++", "n/a", "?", "A; B"])
def test_a_choice_of_ones_own_is_taken_to_the_letter(word):
    field = column("c", "Choice", Kind.CHOICE, "C", "C++", "n/a", "?", "A; B")

    assert read_value(field, word) == word


def test_a_choice_is_known_in_other_letters_only_where_that_means_one():
    field = column("c", "Choice", Kind.CHOICE, "C", "C++", "Tier 1")

    assert read_value(field, "TIER-1") == "Tier 1"
    for word in ("c", "-?", "c+"):
        with pytest.raises(Unreadable, match="is not known"):
            read_value(field, word)


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        ("Asia, Pacific; Europe", ["Asia, Pacific", "Europe"]),
        ("Europe; A;B, asia", ["Europe", "A;B", "Asia"]),
        ("Asia\nPacific", ["Asia", "Pacific"]),
        (" Europe ;; Europe;", ["Europe"]),
        ("Asia, Pacific", ["Asia, Pacific"]),
    ],
)
def test_choices_may_hold_what_stands_between_choices(raw, values):
    field = column("c", "Places", Kind.CHOICES, "Asia, Pacific", "Asia", "Pacific", "Europe", "A;B")

    assert read_value(field, raw) == values


def test_a_column_is_known_by_its_heading_and_its_key_and_a_retired_one_is_told(read, tmp_path):
    path = tmp_path / "systems.csv"
    path.write_text(
        "Name,Name (one),Purpose (legal),cost,Site (old),Version (two),Version,Odd\na,b,c,d,e,f,g,h\n"
    )

    parsed = parse_in_subprocess(path, "systems.csv", own=OWN)

    (system,) = parsed.systems
    assert system.fields == {
        "name": "a",
        "custom_one": "b",
        "custom_level": "c",
        "custom_cost": "d",
        "version": "g",
    }
    assert [(each.path, each.value_excerpt, each.reason == RETIRED) for each in parsed.unmapped] == [
        ("column E “Site (old)”", "e", True),
        ("column F “Version (two)”", "f", True),
        ("column H “Odd”", "h", False),
    ]
    assert OwnFields.from_data(json.loads(json.dumps(OWN.to_data()))) == OWN


def test_what_was_retired_after_a_file_was_read_is_taken_out_and_told(tmp_path):
    path = tmp_path / "systems.csv"
    path.write_text("Name,Cost centre\na,\nb,K-1\n")
    parsed = parse_in_subprocess(path, "systems.csv", own=OWN)

    settled = OwnFields(retired=OWN.in_use).settled(parsed)

    assert OWN.settled(parsed) == parsed
    assert [system.fields for system in settled.systems] == [{"name": "a"}, {"name": "b"}]
    assert [(each.path, each.value_excerpt, each.reason) for each in settled.unmapped] == [
        ("column “Cost centre”", "K-1", RETIRED)
    ]
