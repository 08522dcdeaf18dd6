"""Columns of the registers, chosen in the address: on the page, in its CSV, in saved views."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from aims.core.models import SavedView
from aims.core.tenancy.context import acting_as, acting_in
from inventory.columns import (
    alerts,
    changes,
    context,
    disclosures,
    discovery,
    governance,
    incidents,
    metrics,
    parties,
    resources,
    suppliers,
    systems,
)
from inventory.models import AIModel, AISystem, DataSet, InterestedParty, Metric, Prompt
from inventory.queries import alerts as alert_queries
from inventory.queries import changes as change_queries
from inventory.queries import context as issue_queries
from inventory.queries import custom_fields
from inventory.queries import discovery as discovery_queries
from inventory.queries import incidents as incident_queries
from inventory.queries import monitoring as metric_queries
from inventory.queries import parties as party_queries
from inventory.queries import transparency as transparency_queries
from inventory.services import supplier_parts
from inventory.services.discovery import report_tool
from inventory.services.resources import supersede_resource
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.auditors import as_auditor, grant_for
from tests.inventory.factories import a_complete_system, a_system
from tests.inventory.test_api import Api
from tests.inventory.test_changes import a_change
from tests.inventory.test_context import an_issue
from tests.inventory.test_custom_fields import a_field
from tests.inventory.test_governance import a_body, decided, met
from tests.inventory.test_incidents import an_incident
from tests.inventory.test_monitoring import a_metric, send
from tests.inventory.test_parties import a_need, a_party
from tests.inventory.test_resources import NOUNS, a_resource
from tests.inventory.test_suppliers import a_supplier
from tests.inventory.test_transparency import a_disclosure
from tests.queries import count_queries

REGISTERS = (
    *("systems", "suppliers", "models", "data-sets", "prompts"),
    *("incidents", "disclosures", "discovery", "changes"),
    *("alerts", "metrics"),
    *("context/issues", "context/parties", "context/requirements", "context/decisions"),
)


def headings(page: str) -> list[str]:
    found = re.findall(r'role="columnheader"[^>]*>\s*(?:<a [^>]*>)?([^<]+)<', page)
    return [text.strip() for text in found if text.strip()]


def sheet(client: Any, path: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(client.get(path).content.decode("utf-8-sig"))))


def all_of(house: House, register: str) -> str:
    with acting_in(house.organization):
        offered = {
            "systems": lambda: systems.columns_of(custom_fields.in_use()),
            "suppliers": lambda: suppliers.COLUMNS,
            "models": lambda: resources.columns_of(AIModel, about="Kind"),
            "data-sets": lambda: resources.columns_of(DataSet, about="Source"),
            "prompts": lambda: resources.columns_of(Prompt, about="Kind"),
            "incidents": lambda: incidents.COLUMNS,
            "disclosures": lambda: disclosures.COLUMNS,
            "discovery": lambda: discovery.COLUMNS,
            "changes": lambda: changes.COLUMNS,
            "alerts": lambda: alerts.COLUMNS,
            "metrics": lambda: metrics.COLUMNS,
            "context/issues": lambda: context.COLUMNS,
            "context/parties": lambda: parties.COLUMNS,
            "context/requirements": lambda: parties.NEED_COLUMNS,
            "context/decisions": lambda: governance.COLUMNS,
        }[register]()
    return ",".join(column.key for column in offered)


def fill(house: House, first: int, last: int, *registers: str) -> None:
    """Rows of each of them; where none is named, of all."""
    wanted = registers or REGISTERS
    with acting_in(house.organization):
        for number in range(first, last):
            if "systems" in wanted or number == 0:
                a_complete_system(house, name=f"System {number}")
            supplier = a_supplier(house, f"Supplier {number}")
            if "suppliers" in wanted:
                supplier_parts.add_condition(
                    actor=house.lead, supplier=supplier, text="Report", due_date=TODAY, now=NOW
                )
            for model, noun in NOUNS:
                if noun in wanted:
                    a_resource(house, model, f"Resource {number}", supplier=supplier)
            for register in set(wanted) & EVENTS.keys():
                EVENTS[register](house, AISystem.objects.order_by("-id")[0], number)


def a_tool(house: House, system: AISystem, number: int) -> None:
    with acting_as(house.lead) as lead:
        report_tool(actor=lead, name=f"Tool {number}", used_for="Texts", now=NOW)


def a_breach(house: House, system: AISystem, number: int) -> None:
    """A metric of the system that left its limits: a row of the catalogue, and one of the alerts."""
    if not Metric.objects.filter(name=f"Metric {number}").exists():
        send(house, a_metric(house, system, name=f"Metric {number}"), 0.5)


def a_demand(house: House, system: AISystem, number: int) -> None:
    """A party with a requirement."""
    if not InterestedParty.objects.filter(name=f"Party {number}").exists():
        a_need(house, a_party(house, f"Party {number}"))


def a_decision(house: House, system: AISystem, number: int) -> None:
    decided(house, met(house, a_body(house, f"Body {number}")), f"Decision {number}")


#: What happens around systems, by the register that shows it.
EVENTS: dict[str, Callable[[House, AISystem, int], object]] = {
    "incidents": lambda house, system, number: an_incident(house, f"Incident {number}", systems=[system]),
    "disclosures": lambda house, system, number: a_disclosure(house, system),
    "discovery": a_tool,
    "changes": lambda house, system, number: a_change(house, title=f"Change {number}", system=system),
    "alerts": a_breach,
    "metrics": a_breach,
    "context/issues": lambda house, system, number: an_issue(house, f"Issue {number}"),
    "context/parties": a_demand,
    "context/requirements": a_demand,
    "context/decisions": a_decision,
}


def test_the_page_and_its_csv_show_the_chosen_columns_in_their_order(house: House, lead: Any) -> None:
    fill(house, 0, 1)
    for register, asked, labels in (
        ("systems", "purpose,name", ["Reference", "Purpose", "Name"]),
        ("systems", "owner,reference,oversight", ["Owner", "Reference", "Persons who watch over it"]),
        ("suppliers", "name,open_conditions", ["Reference", "Name", "Open conditions"]),
        ("models", "licence", ["Reference", "Licence"]),
        ("data-sets", "name,retention,__class__", ["Reference", "Name", "Retention"]),
        ("incidents", "title,place", ["Reference", "What", "Where"]),
        ("disclosures", "kind,text", ["Reference", "What people are told", "Words"]),
        ("discovery", "used_for", ["Reference", "Used for"]),
        ("changes", "purpose,title", ["Reference", "Purpose", "Change"]),
        ("alerts", "metric,deadline", ["Reference", "Metric", "Time limit to acknowledge"]),
        ("metrics", "name,warning_breaches", ["Reference", "Metric", "Warning after"]),
        ("context/issues", "effect", ["Reference", "Effect on the AIMS"]),
        ("context/parties", "watch,name", ["Reference", "How one learns of changes", "Interested party"]),
        ("context/requirements", "party,reason", ["Requirement", "Interested party", "Why, or how"]),
        ("context/decisions", "body,agenda", ["Decision", "Body", "Agenda of the meeting"]),
    ):
        page = lead.get(house.url(f"{register}/?columns={asked}")).text
        rows = sheet(lead, house.url(f"{register}/csv/?columns={asked}"))
        assert headings(page) == labels == rows[0], register
        assert page.count('role="rowheader"') == 1 and len(rows) == 2

    assert sheet(lead, house.url("systems/csv/?columns=oversight,places"))[1][1:] == ["Carl Control", "DE"]
    assert sheet(lead, house.url("suppliers/csv/?columns=open_conditions,open_requests"))[1][1:] == ["1", "0"]


def test_what_stands_small_beside_another_column_is_in_the_usual_csv(house: House, lead: Any) -> None:
    fill(house, 0, 1)
    with acting_in(house.organization):
        a_field(house, "Criticality", in_register=True)
        a_field(house, "Handbook", "link")

    page = lead.get(house.url("systems/")).text
    assert headings(page)[-2:] == ["Next review", "Criticality"]
    usual = sheet(lead, house.url("systems/csv/"))[0]
    assert usual[1:3] == ["Name", "Version"] and usual[-1] == "Criticality" and "Supplier" in usual
    own = sheet(lead, house.url("systems/csv/?columns=custom_handbook,name"))[0]
    assert own == ["Reference", "Handbook", "Name"]


@pytest.mark.parametrize("register", REGISTERS)
def test_all_columns_of_thirty_rows_take_as_many_queries_as_the_usual_ones_of_one(
    house: House, lead: Any, register: str
) -> None:
    fill(house, 0, 1, register)
    asked, counts = all_of(house, register), []
    for path in (f"{register}/", f"{register}/?columns={asked}"):
        with count_queries() as seen:
            assert lead.get(house.url(path)).status_code == 200
        counts.append(seen)
    fill(house, 1, 30, register)
    with count_queries() as thirty:
        page = lead.get(house.url(f"{register}/?columns={asked}")).text
    with count_queries() as file:
        rows = sheet(lead, house.url(f"{register}/csv/?columns={asked}"))

    assert len(counts[0]) == len(counts[1]) == len(thirty), thirty
    assert len(file) < len(thirty)
    assert len(rows) == page.count('role="rowheader"') + 1 == 31
    assert len(rows[0]) == asked.count(",") + 1


def test_a_tag_stands_beside_the_name_as_long_as_nobody_chooses_columns(house: House, lead: Any) -> None:
    with acting_in(house.organization):
        an_incident(house, "Incident")
        an_incident(house, "Letter", kind="complaint")

    usual = lead.get(house.url("incidents/?view=")).text
    chosen = lead.get(house.url("incidents/?columns=title")).text

    assert usual.count(">Complaint</span>") == 1 + chosen.count(">Complaint</span>")


def test_the_form_of_columns_needs_no_script_and_keeps_the_filters(house: House, lead: Any) -> None:
    fill(house, 0, 1)
    page = lead.get(house.url("suppliers/?state=proposed&page=1&columns=name,terms")).text
    form = page[page.index('<details class="column-choice">') :].partition("</details>")[0]
    assert '<input type="hidden" name="state" value="proposed">' in form and 'name="page"' not in form
    assert re.findall(r'value="(\w+)" checked', form) == ["name", "terms"]
    bar = page[page.index('<form class="bar filter"') :].partition("</form>")[0]
    assert '<input type="hidden" name="columns" value="reference,name,terms">' in bar

    ticked = lead.get(house.url("suppliers/?state=proposed&columns=reference&columns=terms&columns=odd"))
    usual = lead.get(house.url("suppliers/?columns=reference&columns=odd"))

    assert ticked.headers["Location"] == house.url("suppliers/?state=proposed&columns=reference,terms")
    assert usual.status_code == 302
    shown = lead.get(ticked.headers["Location"]).text
    assert "columns=reference,terms" in shown and f'href="{house.url("suppliers/")}?view=active&amp;' in shown


def test_the_usual_columns_need_no_word_in_the_address(house: House, lead: Any) -> None:
    keys = [column.key for column in suppliers.COLUMNS if column.is_shown]
    asked = "&".join(f"columns={key}" for key in keys)

    assert lead.get(house.url(f"suppliers/?{asked}")).headers["Location"] == house.url("suppliers/?")


def test_a_saved_view_holds_the_columns(house: House, lead: Any) -> None:
    fill(house, 0, 1)
    sent = {"register": "suppliers", "query": "columns=reference,terms", "name": "Terms", "is_shared": "on"}
    done = lead.post(house.url("views/save/"), sent)

    page = as_member(house, "risk_owner").get(done.headers["Location"]).text

    assert headings(page) == ["Reference", "Terms"] and "Terms</a>" in page
    with acting_in(house.organization):
        assert SavedView.objects.get().name == "Terms"


def test_who_may_not_open_a_record_is_not_shown_it_column_by_column(house: House, lead: Any) -> None:
    with acting_in(house.organization):
        a_system(house, name="Triage", purpose="Secret purpose")
    asked = house.url("systems/?columns=name,purpose")
    assert "Secret purpose" in lead.get(asked).text

    page = as_member(house, "staff").get(asked).text

    assert headings(page) == ["Reference", "Name"]
    assert "Secret purpose" not in page and 'value="purpose"' not in page
    rows = sheet(as_member(house, "staff"), house.url("systems/csv/?columns=name,purpose,risk_owner"))
    assert rows[0] == ["Reference", "Name"]


def test_a_version_that_was_replaced_says_so_where_nobody_chose_and_in_the_usual_csv(
    house: House, lead: Any
) -> None:
    with acting_in(house.organization):
        old = a_resource(house, DataSet, version="1", special_categories=["health"])
        supersede_resource(actor=house.lead, resource=old, version="2", now=NOW)

    page, rows = lead.get(house.url("data-sets/?sort=version")).text, sheet(lead, house.url("data-sets/csv/"))

    assert page.count('tag-neutral">Replaced</span>') == 1 and page.count('tag-warn">health</span>') == 2
    assert rows[0][2:6] == ["Version", "Replaced", "Source", "Special categories"]
    assert [row[2:6] for row in rows[1:]] == [["1", "Yes", "", "health"], ["2", "No", "", "health"]]
    chosen = lead.get(house.url("data-sets/?columns=name,is_superseded")).text
    assert re.findall(r'data-l="Replaced">\s*(?:<[^>]*>)?\s*(\w+)', chosen) == ["Replaced", "No"]


def test_an_external_auditor_chooses_among_the_columns_of_what_the_access_covers(house: House) -> None:
    with acting_in(house.organization):
        shown, hidden = a_complete_system(house, name="Shown"), a_complete_system(house, name="Hidden")
    auditor = as_auditor(grant_for(house, shown))

    page = auditor.get(house.url(f"systems/?columns={all_of(house, 'systems')}"))

    assert page.status_code == 200 and "Shown" in page.text and hidden.name not in page.text


def test_the_columns_of_one_organization_hold_nothing_of_another(
    house: House, other_house: House, lead: Any
) -> None:
    with acting_in(other_house.organization):
        a_field(other_house, "Their field", in_register=True)
        fill(other_house, 0, 1)
    fill(house, 0, 1)

    for register in REGISTERS:
        page = lead.get(house.url(f"{register}/?columns={all_of(other_house, register)}")).text
        assert "Their field" not in page and page.count('role="rowheader"') == 1
        assert "Harbour" not in page


@pytest.mark.parametrize("register", REGISTERS)
def test_a_past_day_is_shown_in_any_column(house: House, lead: Any, register: str) -> None:
    fill(house, 0, 1)
    day = datetime.datetime.now(datetime.UTC).date()

    answer = lead.get(house.url(f"{register}/?as_of={day}&columns={all_of(house, register)}"))

    assert answer.status_code == 200 and answer.text.count('role="rowheader"') == 1


@pytest.mark.parametrize(
    ("register", "path", "scope", "queries"),
    [
        ("incidents", "incidents", "incidents", incident_queries),
        ("disclosures", "disclosures", "transparency", transparency_queries),
        ("discovery", "discovered", "systems", discovery_queries),
        ("changes", "changes", "changes", change_queries),
        ("alerts", "alerts", "metrics", alert_queries),
        ("metrics", "metrics", "metrics", metric_queries),
        ("context/issues", "context-issues", "context", issue_queries),
        ("context/parties", "interested-parties", "context", party_queries),
    ],
)
def test_the_api_takes_the_orders_of_the_page(
    house: House, register: str, path: str, scope: str, queries: Any
) -> None:
    fill(house, 0, 2, register)
    api = Api(house, f"{scope}:read")

    def ids(sort: str) -> list[int]:
        return [each["id"] for each in api.get(f"{path}?sort={sort}").json()["results"]]

    for sort in queries.SORTS:
        assert sorted(ids(sort)) == sorted(ids(f"-{sort}")) == ids("ref"), sort
    assert ids("-ref") == ids("ref")[::-1] and len(ids("ref")) == 2
    assert api.get(f"{path}?sort=id").status_code == 400
