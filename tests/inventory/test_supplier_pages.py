"""Pages and API of suppliers."""

from __future__ import annotations

import pytest

from aims.core.models import Evidence
from aims.core.tenancy.context import acting_in
from inventory.models import Supplier, SupplierCondition, SupplierSystem
from inventory.services import supplier_parts as parts
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.factories import a_complete_system
from tests.inventory.test_api import Api
from tests.inventory.test_suppliers import a_supplier
from tests.queries import count_queries


def make(house: House, first: int, last: int) -> None:
    with acting_in(house.organization):
        for number in range(first, last):
            a_supplier(house, f"Supplier {number}")


def hang_on(house: House, supplier: Supplier, first: int, last: int) -> None:
    with acting_in(house.organization):
        for number in range(first, last):
            system = a_complete_system(house, name=f"System {number}")
            item = Evidence.objects.create(reference=f"EV-9{number:02d}", title="Test", state="accepted")
            other = a_supplier(house, f"Sub {number}")
            more = {"actor": house.lead, "supplier": supplier, "now": NOW}
            parts.link_system(system=system, **more)
            parts.link_certificate(evidence=item, **more)
            parts.add_sub_supplier(sub_supplier=other, **more)
            parts.add_condition(text=f"Condition {number}", due_date=TODAY, **more)
            parts.record_event(kind="other", text=f"Notice {number}", happened_on=TODAY, **more)


def test_an_empty_register_says_what_to_do(house, lead):
    page = lead.get(house.url("suppliers/")).content.decode()

    assert "No suppliers yet" in page
    assert house.url("suppliers/names/") in page


@pytest.mark.parametrize("path", ["suppliers/", "suppliers/csv/"])
def test_the_register_takes_as_many_queries_for_thirty_rows_as_for_one(house, lead, path):
    make(house, 0, 1)
    with count_queries() as one:
        assert lead.get(house.url(path)).status_code == 200
    make(house, 1, 30)
    with count_queries() as thirty:
        page = lead.get(house.url(path)).content.decode()

    assert page.count("SUP-0") == 30
    assert len(one) == len(thirty) <= 10, thirty


def test_the_record_takes_as_many_queries_for_thirty_parts_as_for_one(house, lead):
    with acting_in(house.organization):
        supplier = a_supplier(house)
    hang_on(house, supplier, 0, 1)
    with count_queries() as one:
        assert lead.get(house.url(f"suppliers/{supplier.pk}/")).status_code == 200
    hang_on(house, supplier, 1, 30)
    with count_queries() as thirty:
        page = lead.get(house.url(f"suppliers/{supplier.pk}/")).content.decode()

    assert "Notice 29" in page and "Condition 29" in page and "EV-929" in page
    assert len(one) == len(thirty) <= 12, thirty


def test_a_supplier_is_registered_examined_and_refused_a_step_on_its_pages(house, lead):
    sent = {"name": "Clinara", "kind": "model", "duties_answer": "yes", "duties_where": "§ 2"}
    made = lead.post(house.url("suppliers/new/"), sent)
    with acting_in(house.organization):
        supplier = Supplier.objects.get()
    assert made.headers["Location"] == house.url(f"suppliers/{supplier.pk}/")
    assert supplier.contract == {"duties": {"answer": "yes", "where": "§ 2"}}

    refused = lead.post(house.url(f"suppliers/{supplier.pk}/act/start/"), {"reason": ""})

    assert refused.status_code == 422
    assert "Set the tier of the supplier first." in refused.content.decode()
    with acting_in(house.organization):
        assert Supplier.objects.get().state == "proposed"


def test_the_parts_of_a_supplier_are_kept_on_its_page(house, lead):
    with acting_in(house.organization):
        supplier, system = a_supplier(house), a_complete_system(house)
    base = f"suppliers/{supplier.pk}/"
    assert lead.post(house.url(f"{base}systems/"), {"chosen": system.pk}).status_code == 302
    sent = {"text": "Report", "due_date": "2027-01-31"}
    assert lead.post(house.url(f"{base}conditions/"), sent).status_code == 302
    with acting_in(house.organization):
        link, condition = SupplierSystem.objects.get(), SupplierCondition.objects.get()
    met = lead.post(house.url(f"{base}conditions/{condition.pk}/met/"), {"note": "Seen"})
    assert met.status_code == 302
    assert "Example Software" in lead.get(house.url(f"systems/{system.pk}/")).content.decode()
    assert lead.post(house.url(f"{base}systems/{link.pk}/unlink/")).status_code == 302
    with acting_in(house.organization):
        assert not SupplierSystem.objects.exists()
        assert SupplierCondition.objects.get().met_note == "Seen"


def test_who_only_reads_sees_no_buttons_and_may_not_send(house):
    with acting_in(house.organization):
        supplier = a_supplier(house)
    reader = as_member(house, "risk_owner")
    page = reader.get(house.url(f"suppliers/{supplier.pk}/")).content.decode()

    assert "Add condition" not in page and "Start due diligence" not in page
    assert reader.post(house.url(f"suppliers/{supplier.pk}/edit/"), {"name": "Mine"}).status_code == 403
    assert as_member(house, "staff").get(house.url("suppliers/")).status_code == 403
    with acting_in(house.organization):
        assert Supplier.objects.get().name == "Example Software"


def test_the_api_keeps_suppliers_and_leaves_decisions_to_people(house):
    api = Api(house, "suppliers:read", "suppliers:write")
    made = api.post("suppliers", {"name": "Clinara", "tier": "high"})
    assert (made.status_code, made.json()["reference"], made.json()["state"]) == (201, "SUP-001", "proposed")
    path = f"suppliers/{made.json()['id']}"

    changed = api.patch(
        path, {"row_version": 1, "contract": [{"topic": "exit", "answer": "no", "where": "None"}]}
    )
    assert changed.json()["contract"] == {"exit": {"answer": "no", "where": "None"}}
    assert api.patch(path, {"row_version": 1, "terms": "Old"}).status_code == 409
    assert api.post(f"{path}/step", {"action": "start"}).status_code == 403
    assert api.post(f"{path}/link-system", {"system_id": 999_999}).status_code == 400
    assert api.get("suppliers?tier=high").json()["count"] == 1
    assert api.get("suppliers?tier=low").json()["count"] == 0
    assert api.get(path).json()["state"] == "proposed"


def test_the_api_list_takes_as_many_queries_for_thirty_rows_as_for_one(house):
    api = Api(house, "suppliers:read")
    make(house, 0, 1)
    with count_queries() as one:
        api.get("suppliers")
    make(house, 1, 30)
    with count_queries() as thirty:
        assert api.get("suppliers").json()["count"] == 30

    assert len(one) == len(thirty), thirty


def test_a_key_without_the_scope_is_refused(house):
    assert Api(house, "systems:read").get("suppliers").status_code == 403
