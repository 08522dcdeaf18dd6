"""Who or which file said each entry of a record as it stands."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone

from aims.core.tenancy.context import acting_as, acting_in
from inventory import importing
from inventory.exports.cyclonedx import properties
from inventory.models import AISystem, DataSet, InventoryImport
from inventory.queries.exports import register_of
from inventory.queries.provenance import provenance, provenance_of
from inventory.services.resources import edit_resource
from inventory.services.systems import edit_system, register_system
from tests.cast import NOW, House
from tests.inventory.auditors import as_auditor, grant_for
from tests.inventory.imports.test_croissant import LETTERS
from tests.inventory.test_api import Api
from tests.inventory.test_importing import uploaded
from tests.queries import count_queries

ROWS = "External ID,Name,Purpose,Supplier\nA-1,Triage helper,Orders patients,Acme\n"


def imported(house: House, text: str = ROWS, name: str = "vendor.csv") -> AISystem:
    with acting_as(house.lead):
        importing.apply_import(actor=house.lead, upload=uploaded(house, text, name=name), now=NOW)
    return AISystem.objects.first()


def changed(house: House, system: AISystem, **changes: Any) -> None:
    with acting_as(house.lead):
        edit_system(
            actor=house.lead,
            system=system,
            row_version=system.row_version,
            changes=changes,
            now=timezone.now(),
        )
    system.refresh_from_db()


def told(record: Any) -> dict[str, tuple[str, str]]:
    return {each.field: (each.file, each.who) for each in provenance_of(record)}


def test_each_entry_belongs_to_the_file_or_the_person_that_said_it_last(acting):
    system = imported(acting)
    changed(acting, system, owner=acting.member["owner"], purpose="Orders patients by need")

    said = told(system)

    from_file = ("vendor.csv, row 2", "Lena Lead")
    assert {key: said[key] for key in ("name", "external_id", "supplier", "purpose", "owner")} == {
        "name": from_file,
        "external_id": from_file,
        "supplier": from_file,
        "purpose": ("", "Lena Lead"),
        "owner": ("", "Lena Lead"),
    }
    assert not {"reference", "source", "registered_by", "registered_at"} & set(said)


def test_what_was_said_taken_back_and_said_again_belongs_to_whoever_said_it_again(acting):
    system = imported(acting)
    changed(acting, system, supplier="")
    assert "supplier" not in told(system)

    changed(acting, system, supplier="Acme")

    assert told(system)["supplier"] == ("", "Lena Lead")


def test_what_is_written_after_an_import_in_the_same_transaction_is_not_of_the_file(acting):
    with acting_as(acting.lead):
        imported(acting)
        typed = register_system(actor=acting.lead, name="Typed", now=NOW)

    assert told(typed)["name"] == ("", "Lena Lead")


def test_a_data_set_says_the_same_of_its_file(acting):
    imported(acting, json.dumps(LETTERS), name="letters.json")
    letters = DataSet.objects.get()
    with acting_as(acting.lead):
        edit_resource(
            actor=acting.lead, resource=letters, row_version=1, changes={"retention": "10 years"}, now=NOW
        )

    said = told(letters)

    assert said["source"] == said["licence"] == ("letters.json", "Lena Lead")
    assert said["retention"] == ("", "Lena Lead")
    assert {each.import_id for each in provenance_of(letters)} == {
        InventoryImport.objects.get().pk,
        None,
    }


def test_thirty_records_take_as_many_queries_as_one(acting):
    one = imported(acting)
    imported(acting, "Name\n" + "".join(f"System {number}\n" for number in range(30)), name="many.csv")
    many = list(AISystem.objects.exclude(pk=one.pk))
    changed(acting, one, purpose="Sorts")

    with count_queries() as few:
        provenance([one])
    with count_queries() as lots:
        found = provenance(many)

    assert len(few) == len(lots) == 3
    assert len(found) == 30


def test_pages_and_the_api_say_it_and_external_auditors_are_shown_no_history(house, lead):
    with acting_in(house.organization):
        system = imported(house)
        changed(house, system, purpose="Orders patients by need")

    record = lead.get(house.url(f"systems/{system.pk}/")).content.decode()
    page = lead.get(house.url(f"systems/{system.pk}/history/")).content.decode()
    card = page.split('id="origins"', 1)[1].split("</table>", 1)[0]
    answer = Api(house, "systems:read").get(f"systems/{system.pk}/origins").json()
    outside = as_auditor(grant_for(house, system)).get(house.url(f"systems/{system.pk}/")).content.decode()

    assert f"systems/{system.pk}/history/#origins" in record
    assert (
        card.count("vendor.csv, row 2") == 3
    )  # identifier, name and supplier; the stage it begins in nobody said
    assert "systems/imports/" in card
    assert {each["field"]: each["file"] for each in answer}["supplier"] == "vendor.csv, row 2"
    assert {each["field"]: each["file"] for each in answer}["purpose"] == ""
    assert "Triage helper" in outside
    assert "#origins" not in outside


def test_exports_name_the_file_and_no_person(acting):
    system = imported(acting)
    changed(acting, system, purpose="Orders patients by need")

    (exported,) = register_of(AISystem.objects.all(), now=NOW).systems

    day = timezone.now().strftime("%Y-%m-%d")
    said = dict(properties(exported))
    assert said["aims-portal:origin:supplier"] == f"vendor.csv, row 2, {day}"
    assert said["aims-portal:origin:purpose"] == f"entered in the portal, {day}"
    assert "Lena" not in str(exported.origins)
