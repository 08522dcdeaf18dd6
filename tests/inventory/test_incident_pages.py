"""Pages and API of incidents."""

from __future__ import annotations

import pytest

from aims.core.models import Evidence
from aims.core.tenancy.context import acting_in
from inventory.models import Incident, IncidentEntry, IncidentNotice, NoticeClause
from inventory.services import clocks
from inventory.services import incidents as services
from tests.cast import NOW, House, as_member
from tests.inventory.factories import a_complete_system
from tests.inventory.test_api import Api
from tests.inventory.test_incidents import an_incident, ready
from tests.queries import count_queries


def make(house: House, first: int, last: int) -> None:
    with acting_in(house.organization):
        for number in range(first, last):
            incident = an_incident(house, f"Incident {number}")
            clocks.plan_notice(actor=house.lead, incident=incident, title="Tell", due_at=NOW, now=NOW)


def hang_on(house: House, incident: Incident, first: int, last: int) -> None:
    with acting_in(house.organization):
        for number in range(first, last):
            item = Evidence.objects.create(reference=f"EV-9{number:02d}", title="Log", state="accepted")
            more = {"actor": house.lead, "incident": incident, "now": NOW}
            services.link_system(system=a_complete_system(house, name=f"System {number}"), **more)
            services.link_evidence(evidence=item, **more)
            services.add_entry(at=NOW, text=f"Entry {number}", **more)
            clocks.plan_notice(title=f"Notice {number}", **more)


def test_an_empty_register_says_what_to_do(house, lead):
    page = lead.get(house.url("incidents/")).content.decode()

    assert "No incidents yet" in page
    assert house.url("incidents/new/") in page


@pytest.mark.parametrize("path", ["incidents/", "incidents/csv/"])
def test_the_register_takes_as_many_queries_for_thirty_rows_as_for_one(house, lead, path):
    make(house, 0, 1)
    with count_queries() as one:
        assert lead.get(house.url(path)).status_code == 200
    make(house, 1, 30)
    with count_queries() as thirty:
        page = lead.get(house.url(path)).content.decode()

    assert page.count("INC-0") == 30
    assert len(one) == len(thirty) <= 10, thirty


def test_trends_take_as_many_queries_for_thirty_as_for_one(house, lead):
    make(house, 0, 1)
    with count_queries() as one:
        assert lead.get(house.url("incidents/trends/")).status_code == 200
    make(house, 1, 30)
    with count_queries() as thirty:
        lead.get(house.url("incidents/trends/"))

    assert len(one) == len(thirty), thirty


def test_the_record_takes_as_many_queries_for_thirty_parts_as_for_one(house, lead):
    with acting_in(house.organization):
        incident = an_incident(house)
    hang_on(house, incident, 0, 1)
    with count_queries() as one:
        assert lead.get(house.url(f"incidents/{incident.pk}/")).status_code == 200
    hang_on(house, incident, 1, 30)
    with count_queries() as thirty:
        page = lead.get(house.url(f"incidents/{incident.pk}/")).content.decode()

    assert "Entry 29" in page and "Notice 29" in page and "EV-929" in page and "System 29" in page
    assert len(one) == len(thirty) <= 12, thirty


def test_staff_report_on_a_page_and_read_no_register(house, staff):
    sent = {
        "kind": "incident",
        "title": "Wrong queue",
        "description": "An urgent message went to the end.",
        "noticed_at": "2026-11-20T09:30",
    }
    made = staff.post(house.url("incidents/new/"), sent)

    assert (made.status_code, made.headers["Location"]) == (302, house.url())
    assert staff.get(house.url("incidents/")).status_code == 403
    with acting_in(house.organization):
        incident = Incident.objects.get()
        assert (incident.reference, incident.source) == ("INC-001", "staff")
        assert staff.get(house.url(f"incidents/{incident.pk}/")).status_code == 403


def test_the_page_of_a_step_lists_what_is_missing_and_a_refusal_changes_nothing(house, lead):
    with acting_in(house.organization):
        incident = an_incident(house)
    address = house.url(f"incidents/{incident.pk}/act/triage/")

    assert "Set the severity first." in lead.get(address).content.decode()
    refused = lead.post(address, {"reason": ""})

    assert refused.status_code == 422
    assert "Set the severity first." in refused.content.decode()
    with acting_in(house.organization):
        assert Incident.objects.get().state == "reported"


def test_an_incident_is_edited_triaged_and_its_notice_settled_on_pages(house, lead):
    with acting_in(house.organization):
        incident = ready(house, "reported", data_breach="yes")
    base = f"incidents/{incident.pk}/"
    assert lead.post(house.url(f"{base}act/triage/"), {"reason": ""}).status_code == 302
    with acting_in(house.organization):
        notice = IncidentNotice.objects.get()
    page = lead.get(house.url(base)).content.decode()
    assert "GDPR, breach of personal data" in page

    waived = lead.post(house.url(f"{base}notices/{notice.pk}/waive/"), {"reason": "No risk to people"})

    assert waived.status_code == 302
    assert "No risk to people" in lead.get(house.url(base)).content.decode()


def test_saving_the_form_untouched_keeps_the_seconds_of_a_moment(house, lead):
    with acting_in(house.organization):
        noticed = NOW.replace(second=42)
        incident = an_incident(house, noticed_at=noticed.replace(hour=8))
    shown = lead.get(house.url(f"incidents/{incident.pk}/edit/"))
    form = shown.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    sent["noticed_at"] = form["noticed_at"].value().strftime("%Y-%m-%dT%H:%M")
    sent["place"] = "Ward 3"

    assert lead.post(house.url(f"incidents/{incident.pk}/edit/"), sent).status_code == 302

    with acting_in(house.organization):
        found = Incident.objects.get()
        assert (found.place, found.noticed_at) == ("Ward 3", noticed.replace(hour=8))


def test_who_only_reads_sees_no_buttons_and_may_not_send(house):
    with acting_in(house.organization):
        incident = an_incident(house)
    reader = as_member(house, "risk_owner")
    page = reader.get(house.url(f"incidents/{incident.pk}/")).content.decode()

    assert "Plan notice" not in page and "Triage" not in page
    assert reader.post(house.url(f"incidents/{incident.pk}/timeline/"), {"text": "X"}).status_code == 403
    with acting_in(house.organization):
        assert IncidentEntry.objects.filter(text="X").count() == 0


def test_clauses_are_kept_on_their_page(house, lead):
    sent = {"title": "Clinara", "owed_to": "Desk", "where": "§ 5", "amount": "24", "unit": "hours"}
    assert lead.post(house.url("incidents/clauses/new/"), sent).status_code == 302
    with acting_in(house.organization):
        clause = NoticeClause.objects.get()
    assert "Clinara" in lead.get(house.url("incidents/clauses/")).content.decode()
    assert lead.post(house.url(f"incidents/clauses/{clause.pk}/end/")).status_code == 302
    with acting_in(house.organization):
        assert not NoticeClause.objects.get().is_active


def test_the_api_reports_and_keeps_incidents_and_leaves_steps_to_people(house):
    api = Api(house, "incidents:read", "incidents:write")
    sent = {"title": "Wrong queue", "description": "Urgent last", "noticed_at": "2026-11-20T09:30:00Z"}
    made = api.post("incidents", sent)
    assert (made.status_code, made.json()["reference"], made.json()["state"]) == (201, "INC-001", "reported")
    path = f"incidents/{made.json()['id']}"

    changed = api.patch(path, {"row_version": 1, "severity": "high", "harm_type": "safety"})
    assert (changed.json()["severity"], changed.json()["source"]) == ("high", "integration")
    assert api.patch(path, {"row_version": 1, "place": "Old"}).status_code == 409
    assert api.patch(path, {"row_version": 2, "harm_type": "no-such"}).status_code == 422
    assert api.post(f"{path}/step", {"action": "triage"}).status_code == 403
    assert api.post("incidents", {**sent, "system_ids": [999_999]}).status_code == 400
    assert api.get("incidents?severity=high").json()["count"] == 1
    assert api.get("incidents?severity=low").json()["count"] == 0
    planned = api.post(f"{path}/plan-notice", {"title": "Tell users", "kind": "users"}).json()["notices"][0]
    assert planned["standing"] == "open"
    waived = api.post(f"{path}/waive-notice", {"notice_id": planned["id"], "reason": "Nobody used it"})
    assert waived.json()["notices"][0]["standing"] == "waived"
    assert api.get(path).json()["state"] == "reported"


def test_the_api_list_takes_as_many_queries_for_thirty_rows_as_for_one(house):
    api = Api(house, "incidents:read")
    make(house, 0, 1)
    with count_queries() as one:
        api.get("incidents")
    make(house, 1, 30)
    with count_queries() as thirty:
        assert api.get("incidents?sort=-noticed").json()["count"] == 30

    assert len(one) == len(thirty), thirty


def test_a_key_without_the_scope_is_refused(house):
    assert Api(house, "systems:read").get("incidents").status_code == 403
