"""Sector templates: fields, risks, metrics and documents as data, adopted with one act."""

from __future__ import annotations

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory import metric_proposals
from inventory.models import AdoptedSector, CustomField
from inventory.rules.custom_fields import key_of, own_choices, require_heading
from inventory.sectors import Sector, sectors, usual_metrics, usual_risks
from inventory.services import custom_fields
from inventory.services import sectors as services
from inventory.services.metrics import adopt_proposals
from risk import queries as risk_queries
from tests.cast import NOW, House, as_member
from tests.inventory.factories import a_system
from tests.inventory.test_api import Api
from tests.queries import count_queries


@pytest.mark.parametrize("sector", sectors(), ids=lambda sector: sector.key)
def test_a_template_has_fields_that_can_be_added_and_something_of_each(sector: Sector) -> None:
    keys = [key_of(field.label) for field in sector.fields]

    assert len(keys) == len(set(keys)) >= 4
    for field in sector.fields:
        require_heading(field.label, ())
    assert [own_choices(field.kind, field.choices) for field in sector.fields] == [
        list(field.choices) for field in sector.fields
    ]
    assert sum(field.in_register for field in sector.fields) <= 4
    assert min(len(set(sector.risks)), len(sector.risks)) == len(sector.risks) >= 8
    assert len(set(sector.metrics)) == len(sector.metrics) >= 5
    assert len(sector.documents) >= 4


def test_adopting_adds_the_fields_that_are_missing_and_leaving_keeps_them(acting: House) -> None:
    mine = custom_fields.add_field(actor=acting.lead, label="Device class", kind="text", now=NOW)

    services.adopt_sector(actor=acting.lead, sector="health", now=NOW)

    fields = {field.key: field for field in CustomField.objects.all()}
    assert list(fields) == [
        "device_class",
        "medical_purpose",
        "clinical_lead",
        "patient_groups",
        "clinical_evaluation",
    ]
    assert (fields["device_class"].pk, fields["device_class"].kind) == (mine.pk, "text")
    assert {field.template for field in fields.values()} == {"", "health"}
    services.drop_sector(actor=acting.lead, sector="health", now=NOW)
    assert (CustomField.objects.in_use().count(), AdoptedSector.objects.count()) == (5, 0)
    assert list(TrailEvent.objects.filter(action__startswith="sector.").values_list("action", flat=True)) == [
        "sector.adopted",
        "sector.dropped",
    ]


def test_a_field_that_bears_the_label_of_a_template_stays_the_only_one(acting: House) -> None:
    mine = custom_fields.add_field(actor=acting.lead, label="Ground", kind="text", now=NOW)
    custom_fields.edit_field(
        actor=acting.lead, field=mine, row_version=1, changes={"label": "Legal basis"}, now=NOW
    )

    services.adopt_sector(actor=acting.lead, sector="public", now=NOW)

    assert [field.pk for field in CustomField.objects.filter(label="Legal basis")] == [mine.pk]


def test_who_may_not_or_what_is_not_there_changes_nothing(acting: House) -> None:
    services.adopt_sector(actor=acting.lead, sector="hr", now=NOW)
    before = (CustomField.objects.count(), TrailEvent.objects.count())

    for who in ("owner", "admin", "top", "staff"):
        with pytest.raises(NotAllowed):
            services.adopt_sector(actor=acting.actor(who), sector="health", now=NOW)
        with pytest.raises(NotAllowed):
            services.drop_sector(actor=acting.actor(who), sector="hr", now=NOW)
    for act, sector in (
        (services.adopt_sector, "hr"),
        (services.adopt_sector, "moon"),
        (services.drop_sector, "health"),
        (services.drop_sector, ""),
    ):
        with pytest.raises(RuleBroken) as refused:
            act(actor=acting.lead, sector=sector, now=NOW)
        assert refused.value.field == "sector"

    assert AdoptedSector.objects.get().sector == "hr"
    assert (CustomField.objects.count(), TrailEvent.objects.count()) == before


def test_adopting_half_of_a_template_is_undone_whole(acting: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.rules.custom_fields.MOST_FIELDS", 2)

    with pytest.raises(RuleBroken, match="At most 2 fields"):
        services.adopt_sector(actor=acting.lead, sector="saas", now=NOW)

    assert (CustomField.objects.count(), AdoptedSector.objects.count()) == (0, 0)


def test_risks_usual_in_the_sector_are_suggested_first_and_say_so(acting: House) -> None:
    system = a_system(acting, ai_type="predictive_ml")
    untyped = a_system(acting, ai_type="")
    before = {row.scenario.id: row.fit for row in risk_queries.suggestions_for(system, limit=200)}
    assert risk_queries.suggestions_for(untyped) == []

    services.adopt_sector(actor=acting.lead, sector="hr", now=NOW)

    after = risk_queries.suggestions_for(system, limit=200)
    usual = usual_risks(["hr"])
    assert {row.scenario.id for row in after} == set(before)
    for row in after:
        added = 0.2 if row.scenario.id in usual else 0
        assert row.fit == pytest.approx(min(before[row.scenario.id] + added, 1), abs=0.001)
        assert row.sector == ("Human resources" if added else "")
    assert {row.scenario.id for row in risk_queries.suggestions_for(untyped, limit=200)} == set(usual)


def test_metrics_usual_in_the_sector_are_proposed_first_and_taken_over(acting: House) -> None:
    usual = usual_metrics(["industry"])
    plain = metric_proposals.proposals_for("robotics_control")

    ordered = metric_proposals.proposals_for("robotics_control", usual)

    assert {each.key for each in ordered} == {each.key for each in plain}
    marks = [each.key in usual for each in ordered]
    assert marks == sorted(marks, reverse=True) and any(marks) and not all(marks)
    system = a_system(acting, ai_type="")
    with pytest.raises(RuleBroken):
        adopt_proposals(actor=acting.lead, system=system, keys=["take-over"], now=NOW)
    services.adopt_sector(actor=acting.lead, sector="industry", now=NOW)
    (made,) = adopt_proposals(actor=acting.lead, system=system, keys=["take-over"], now=NOW)
    assert (made.name, made.is_active) == ("Take-over time", False)


def test_the_page_and_the_api_adopt_and_leave(house: House) -> None:
    lead, api = as_member(house, "lead"), Api(house, "systems:read", "systems:write")
    with count_queries() as none:
        assert "Adopt" in lead.get(house.url("systems/sectors/")).text
    assert lead.post(house.url("systems/sectors/adopt/"), {"sector": "health"}).status_code == 302
    assert api.post("sectors/adopt", {"sector": "saas"}).status_code == 200
    assert api.post("sectors/adopt", {"sector": "saas"}).status_code == 422
    assert api.post("sectors/drop", {"sector": "moon"}).status_code == 400
    with count_queries() as two:
        page = lead.get(house.url("systems/sectors/")).text
    listed = {each["key"]: each["adopted_at"] for each in api.get("sectors").json()}

    assert page.count("Adopted</span>") == 2 and "evidence/new/?title=Clinical%20evaluation" in page
    assert {key for key, at in listed.items() if at} == {"health", "saas"} and len(listed) == 6
    assert len(none) == len(two)
    form = lead.get(house.url("evidence/new/?title=Clinical%20evaluation"))
    assert 'value="Clinical evaluation"' in form.text
    assert lead.post(house.url("systems/sectors/drop/"), {"sector": "health"}).status_code == 302
    with acting_in(house.organization):
        assert [each.sector for each in AdoptedSector.objects.all()] == ["saas"]
