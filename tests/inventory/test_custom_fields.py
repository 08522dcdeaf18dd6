"""An organization's own fields on the record of every AI system: typed, checked, filtered, exported."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory.columns.systems import MORE, USUAL
from inventory.models import AISystem, CustomField
from inventory.queries.custom_fields import field_rows
from inventory.rules.custom_fields import key_of, own_choices, read_value, require_heading
from inventory.services import custom_fields as services
from inventory.services.systems import edit_system, register_system
from tests.cast import NOW, House, as_member
from tests.inventory.test_api import Api
from tests.queries import count_queries


def a_field(house: House, label: str = "Criticality", kind: str = "choice", **given: Any) -> CustomField:
    if kind in {"choice", "choices"}:
        given.setdefault("choices", ["low", "high"])
    return services.add_field(actor=house.lead, label=label, kind=kind, now=NOW, **given)


def a_system(house: House, **custom: Any) -> AISystem:
    return register_system(
        actor=house.lead, name="Triage", owner=house.member["owner"], custom=custom, now=NOW
    )


def shape(kind: str) -> CustomField:
    return CustomField(key="f", label="Field", kind=kind, choices=["low", "high"])


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        ("text", "  a word ", "a word"),
        ("text", "   ", None),
        ("number", "12", 12),
        ("number", 0, 0),
        ("number", "2.5", 2.5),
        ("date", "2026-11-29", "2026-11-29"),
        ("yes_no", "no", False),
        ("yes_no", True, True),
        ("choice", "high", "high"),
        ("choices", ["high", "low", "high"], ["low", "high"]),
        ("choices", [], None),
        ("link", "https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("number", None, None),
    ],
)
def test_what_fits_a_kind_is_stored_as_its_kind(kind: str, given: object, stored: object) -> None:
    value = read_value(shape(kind), given)

    assert (value, type(value)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", 5),
        ("text", {"a": 1}),
        ("text", "a\x00b"),
        ("text", "x" * 2001),
        ("number", "many"),
        ("number", "nan"),
        ("number", float("inf")),
        ("number", True),
        ("number", [1]),
        ("number", 10**400),
        ("date", "29.11.2026"),
        ("date", 20261129),
        ("yes_no", "perhaps"),
        ("yes_no", 1),
        ("yes_no", {}),
        ("choice", "medium"),
        ("choice", ["low"]),
        ("choices", ["low", "medium"]),
        ("choices", [{}]),
        ("link", "javascript:alert(1)"),
        ("link", "https://"),
        ("link", "https://a b"),
        ("link", "https://[broken"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_name_of_the_field(kind: str, given: object) -> None:
    with pytest.raises(RuleBroken, match="Field: ") as refused:
        read_value(shape(kind), given)

    assert refused.value.field == "custom_f"


def test_a_key_is_made_of_the_label_and_choices_are_for_choices_only() -> None:
    assert key_of("  Cost centre (SAP) ") == "cost_centre_sap"
    assert own_choices("choice", [" low", "high ", "low", ""]) == ["low", "high"]
    for kind, choices in (("choice", ["one"]), ("text", ["a", "b"]), ("choice", ["x" * 81, "b"])):
        with pytest.raises(RuleBroken):
            own_choices(kind, choices)
    with pytest.raises(RuleBroken, match="letter"):
        key_of("…")


@pytest.mark.parametrize(
    "label",
    ["Name", "risk-owner", "In use since", "Delivers", "Portal reference", "Department", "cost_centre"],
)
def test_a_label_that_is_the_heading_of_another_column_is_refused_on_both_faces(
    house: House, label: str
) -> None:
    lead, api = as_member(house, "lead"), Api(house, "systems:read", "systems:write")
    with acting_in(house.organization):
        field, other = a_field(house, "Site", "text"), a_field(house, "Cost centre", "text")
        services.retire_field(actor=house.lead, field=other, now=NOW)
    typed = {"label": label, "kind": "text", "row_version": field.row_version}

    answers = [
        lead.post(house.url("systems/fields/new/"), typed),
        lead.post(house.url(f"systems/fields/{field.pk}/edit/"), typed),
        api.post("custom-fields", {"label": label, "kind": "text"}),
        api.patch(f"custom-fields/{field.pk}", {"label": label, "row_version": 1}),
    ]

    assert [answer.status_code for answer in answers] == [422] * 4
    if label == "Department":
        assert "is read as “Business process” in tables" in answers[0].text
    with acting_in(house.organization):
        assert list(CustomField.objects.values_list("label", flat=True)) == ["Site", "Cost centre"]


def test_a_label_from_before_that_is_a_heading_of_the_register_has_its_key_behind_it(house: House) -> None:
    lead = as_member(house, "lead")
    with acting_in(house.organization):
        first, second, third = (a_field(house, label, "text") for label in ("One", "Two", "Three"))
        CustomField.objects.filter(pk=first.pk).update(label="Name")
        CustomField.objects.filter(pk__in=[second.pk, third.pk]).update(label="Same")
        named = services.edit_field(
            actor=house.lead,
            field=CustomField.objects.get(pk=first.pk),
            row_version=1,
            changes={"label": "Name", "help_text": "As ever"},
            now=NOW,
        )

    asked = "columns=name,custom_one,custom_two,custom_three"
    sheet = lead.get(house.url(f"systems/csv/?{asked}")).content.decode("utf-8-sig")

    assert named.help_text == "As ever"
    assert sheet.splitlines()[0] == '"Reference","Name","Name (one)","Same (two)","Same (three)"'


def test_whatever_the_register_shows_is_no_label_of_an_own_field() -> None:
    for column in (*USUAL, *MORE):
        with pytest.raises(RuleBroken, match="Use another label"):
            require_heading(column.label, ())
    with pytest.raises(RuleBroken, match="letter or digit"):
        require_heading("…", ())


def test_an_edit_changes_the_named_fields_only_and_the_trail_tells_just_them(acting: House) -> None:
    a_field(acting), a_field(acting, "Cost centre", "text")
    system = a_system(acting, criticality="low", cost_centre="K-1")

    edit_system(
        actor=acting.lead, system=system, row_version=1, changes={}, custom={"criticality": "high"}, now=NOW
    )

    system.refresh_from_db()
    assert system.custom == {"criticality": "high", "cost_centre": "K-1"}
    line = json.loads(TrailEvent.objects.filter(action="aisystem.edited").latest("id").body)
    assert line["before"] == {"custom": {"criticality": "low"}}
    assert line["after"] == {"custom": {"criticality": "high"}}

    edit_system(
        actor=acting.lead, system=system, row_version=2, changes={}, custom={"cost_centre": None}, now=NOW
    )
    assert AISystem.objects.get().custom == {"criticality": "high"}


@pytest.mark.parametrize("custom", [{"criticality": "medium"}, {"unknown": "x"}, {"retired": "x"}])
def test_a_refused_value_leaves_the_system_as_it_was(acting: House, custom: dict[str, Any]) -> None:
    a_field(acting)
    services.retire_field(actor=acting.lead, field=a_field(acting, "Retired", "text"), now=NOW)
    system = a_system(acting, criticality="low")
    lines = TrailEvent.objects.count()

    with pytest.raises(RuleBroken):
        edit_system(
            actor=acting.lead, system=system, row_version=1, changes={"name": "X"}, custom=custom, now=NOW
        )

    stored = AISystem.objects.get()
    assert (stored.custom, stored.name, stored.row_version) == ({"criticality": "low"}, "Triage", 1)
    assert TrailEvent.objects.count() == lines


def test_two_people_who_edit_own_fields_are_told_of_each_other(acting: House) -> None:
    a_field(acting)
    system = a_system(acting, criticality="low")
    edit_system(
        actor=acting.lead, system=system, row_version=1, changes={}, custom={"criticality": "high"}, now=NOW
    )
    system.custom = {"criticality": "low"}

    with pytest.raises(StaleState) as refused:
        edit_system(
            actor=acting.lead, system=system, row_version=1, changes={}, custom={"criticality": None}, now=NOW
        )

    assert "criticality high" in refused.value.theirs


def test_only_the_lead_keeps_fields(acting: House) -> None:
    field = a_field(acting)
    acts: list[Any] = [
        lambda actor: services.add_field(actor=actor, label="Mine", kind="text", now=NOW),
        lambda actor: services.edit_field(
            actor=actor, field=field, row_version=1, changes={"label": "Mine"}, now=NOW
        ),
        lambda actor: services.retire_field(actor=actor, field=field, now=NOW),
    ]
    for who in ("owner", "risk_owner", "top", "admin", "staff"):
        for act in acts:
            with pytest.raises(NotAllowed):
                act(acting.actor(who))

    stored = CustomField.objects.get()
    assert (stored.label, stored.retired_at, stored.row_version) == ("Criticality", None, 1)


def test_a_choice_that_is_taken_and_a_name_that_is_used_stay(acting: House) -> None:
    field = a_field(acting)
    a_system(acting, criticality="low")

    for refused in (
        lambda: services.edit_field(
            actor=acting.lead, field=field, row_version=1, changes={"choices": ["high", "top"]}, now=NOW
        ),
        lambda: services.edit_field(
            actor=acting.lead, field=field, row_version=1, changes={"kind": "text"}, now=NOW
        ),
        lambda: a_field(acting, "criticality!", "text"),
    ):
        with pytest.raises(RuleBroken):
            refused()
    services.edit_field(
        actor=acting.lead, field=field, row_version=1, changes={"choices": ["low", "top"]}, now=NOW
    )

    stored = CustomField.objects.get()
    assert (stored.choices, stored.kind, stored.row_version) == (["low", "top"], "choice", 2)


def test_a_retired_field_keeps_what_was_said_and_can_come_back(acting: House) -> None:
    field = a_field(acting)
    a_system(acting, criticality="low")

    services.retire_field(actor=acting.lead, field=field, now=NOW)
    with pytest.raises(RuleBroken, match="retired already"):
        services.retire_field(actor=acting.lead, field=field, now=NOW)
    assert [(row.field.key, row.systems) for row in field_rows()] == [("criticality", 1)]
    services.restore_field(actor=acting.lead, field=field, now=NOW)

    with pytest.raises(RuleBroken, match="in use already"):
        services.restore_field(actor=acting.lead, field=field, now=NOW)
    assert AISystem.objects.get().custom == {"criticality": "low"}


def test_the_pages_add_ask_show_filter_and_export_a_field(house: House) -> None:
    lead = as_member(house, "lead")
    done = lead.post(
        house.url("systems/fields/new/"),
        {"label": "Criticality", "kind": "choice", "choices": "low\nhigh", "in_register": "on"},
    )
    assert done.status_code == 302
    lead.post(house.url("systems/fields/new/"), {"label": "Handbook", "kind": "link"})
    refused = lead.post(
        house.url("systems/new/"), {"name": "Chat", "stage": "proposed", "custom_handbook": "no"}
    )
    assert refused.status_code == 422 and "begins with https" in refused.text and "Chat" in refused.text
    for name, level in (("Chat", "low"), ("Triage", "high")):
        typed = {"name": name, "stage": "proposed", "custom_criticality": level}
        assert lead.post(house.url("systems/new/"), typed).status_code == 302
    with acting_in(house.organization):
        triage = AISystem.objects.get(name="Triage")

    page = lead.get(house.url(f"systems/{triage.pk}/")).text
    assert "Criticality" in page and "Handbook" in page
    register = lead.get(house.url("systems/?custom_criticality=high"))
    assert [line.row.name for line in register.context["lines"]] == ["Triage"]
    assert "Next review</a>" in register.text and re.search(
        r"columnheader[^>]*>\s*Criticality", register.text
    )
    odd = lead.get(house.url("systems/?custom_criticality=medium"))
    assert odd.status_code == 200
    asked = "custom_criticality=low&columns=name,custom_criticality,custom_handbook"
    sheet = lead.get(house.url(f"systems/csv/?{asked}")).content.decode("utf-8-sig")
    assert sheet.splitlines()[0] == '"Reference","Name","Criticality","Handbook"'
    assert [line.split(",")[-2:] for line in sheet.splitlines()[1:]] == [['"low"', '""']]
    edit = lead.get(house.url(f"systems/{triage.pk}/edit/")).context["form"]
    assert edit.initial["custom_criticality"] == "high"


def test_the_api_writes_filters_and_refuses_like_the_pages(house: House) -> None:
    api = Api(house, "systems:read", "systems:write")
    field = {"label": "Users", "kind": "number"}
    assert api.post("custom-fields", field).status_code == 201
    assert api.post("custom-fields", field).status_code == 422
    made = api.post("systems", {"name": "Chat", "custom": {"users": 12}})
    assert made.status_code == 201 and made.json()["custom"] == {"users": 12}
    refused = api.post("systems", {"name": "Odd", "custom": {"users": "many"}})
    assert refused.status_code == 422 and "Users: a number is needed." in refused.text

    found = api.get("systems?custom=users:12").json()["results"]
    assert [(line["name"], line["custom"]) for line in found] == [("Chat", {"users": 12})]
    assert api.get("systems?custom=users:13").json()["results"] == []
    assert api.get("systems?custom=unknown:1").status_code == 422
    assert api.get("systems?custom=users").status_code == 400
    with acting_in(house.organization):
        assert AISystem.objects.count() == 1


def test_lists_ask_the_same_with_one_and_thirty_fields(house: House) -> None:
    lead, counts = as_member(house, "lead"), []
    for label in ("0", *map(str, range(1, 31))):
        with acting_in(house.organization):
            a_field(house, f"Field {label}", "text")
            if label in {"0", "30"}:
                a_system(house, **{f"field_{label}": "said"})
        if label in {"0", "30"}:
            with count_queries() as seen:
                for path in ("systems/fields/", "systems/", "systems/new/"):
                    assert lead.get(house.url(path)).status_code == 200
            counts.append(len(seen))

    assert counts[0] == counts[1]
