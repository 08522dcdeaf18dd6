"""Pages and API of discovery."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from aims.core.tenancy.context import acting_in
from inventory.models import AISystem, DiscoveredAI, DiscoverySighting
from tests.cast import NOW, House, as_member
from tests.inventory.test_api import Api
from tests.inventory.test_discovery import an_item, put_into
from tests.queries import count_queries

LIST = b"Application,URL,User\nChatGPT,https://chatgpt.com,Stan Staff\nPayroll,,\nOdd one,,\n"


def make(house: House, first: int, last: int) -> None:
    with acting_in(house.organization):
        for number in range(first, last):
            an_item(house, f"Thing number {number}")


def test_an_empty_queue_says_what_to_do(house, lead):
    page = lead.get(house.url("discovery/")).content.decode()

    assert "Nothing discovered yet" in page
    assert "0 of 0" in page and "What counts" in page


@pytest.mark.parametrize("path", ["discovery/", "discovery/csv/"])
def test_the_queue_takes_as_many_queries_for_thirty_rows_as_for_one(house, lead, path):
    make(house, 0, 1)
    with count_queries() as one:
        assert lead.get(house.url(path)).status_code == 200
    make(house, 1, 30)
    with count_queries() as thirty:
        page = lead.get(house.url(path)).content.decode()

    assert page.count("DIS-0") == 30
    assert len(one) == len(thirty) <= 12, thirty


def test_the_record_takes_as_many_queries_for_thirty_sightings_as_for_one(house, lead):
    with acting_in(house.organization):
        item = an_item(house)
    with count_queries() as one:
        assert lead.get(house.url(f"discovery/{item.pk}/")).status_code == 200
    with acting_in(house.organization):
        for number in range(30):
            an_item(house, used_for=f"Use {number}")
    with count_queries() as thirty:
        page = lead.get(house.url(f"discovery/{item.pk}/")).content.decode()

    assert "Use 29" in page
    assert len(one) == len(thirty) <= 12, thirty


def test_staff_reports_a_tool_and_reads_what_became_of_it_and_nothing_else(house, staff):
    sent = {"name": "Letter bot", "used_for": "Letters", "address": "letters.example"}
    assert staff.post(house.url("discovery/report/"), sent).status_code == 302
    with acting_in(house.organization):
        an_item(house, "Of somebody else", "owner")
        item = put_into(DiscoveredAI.objects.get(name="Letter bot"), "banned")
        DiscoveredAI.objects.filter(pk=item.pk).update(decision_reason="Data leaves the house.")

    page = staff.get(house.url("discovery/report/")).content.decode()

    assert "Letter bot" in page and "Banned" in page and "Data leaves the house." in page
    assert "Of somebody else" not in page
    for path in ("discovery/", f"discovery/{item.pk}/", "discovery/import/", "discovery/surveys/"):
        assert staff.get(house.url(path)).status_code == 403


def test_an_item_is_taken_up_registered_and_found_at_the_system(house, lead):
    with acting_in(house.organization):
        item = an_item(house, "ChatGPT", used_for="Letters")
    base = f"discovery/{item.pk}/"
    assert "Take up" in lead.get(house.url(base)).content.decode()
    assert lead.post(house.url(f"{base}act/triage/"), {"owner": ""}).status_code == 302
    refused = lead.post(house.url(f"{base}act/register/"), {"owner": ""})
    assert refused.status_code == 422
    assert "Name the owner of the AI system." in refused.content.decode()
    with acting_in(house.organization):
        assert not AISystem.objects.exists()

    done = lead.post(house.url(f"{base}act/register/"), {"owner": house.member["owner"].pk})

    with acting_in(house.organization):
        system = AISystem.objects.get()
    assert done.headers["Location"] == house.url(f"systems/{system.pk}/")
    assert "Letters" in lead.get(house.url(f"systems/{system.pk}/")).content.decode()
    assert lead.get(house.url(f"{base}history/")).status_code == 200


def test_a_merge_on_its_page_offers_items_and_systems_and_takes_one(house, lead):
    with acting_in(house.organization):
        item, other = put_into(an_item(house, "One thing"), "triaged"), an_item(house, "Two things")
    url = house.url(f"discovery/{item.pk}/act/merge/")
    assert "Two things" in lead.get(url).content.decode()
    assert lead.post(url, {"merged_into": "", "system": ""}).status_code == 422
    assert lead.post(url, {"merged_into": other.pk, "system": ""}).status_code == 302
    with acting_in(house.organization):
        item.refresh_from_db()
        assert (item.state, item.merged_into_id) == ("duplicate", other.pk)


def test_a_list_is_shown_before_it_is_taken(house, lead):
    file = SimpleUploadedFile("apps.csv", LIST)
    shown = lead.post(house.url("discovery/import/"), {"kind": "sso", "file": file})
    page = shown.content.decode()
    assert "The address chatgpt.com belongs to chatgpt.com." in page
    assert "Payroll" in page and "Stan Staff" not in page
    with acting_in(house.organization):
        assert not DiscoveredAI.objects.exists()

    rows = shown.context["confirm"].initial["rows"]
    sent = {"kind": "sso", "rows": json.dumps(rows), "also": ["4"]}
    assert lead.post(house.url("discovery/import/take/"), sent).status_code == 302

    with acting_in(house.organization):
        assert set(DiscoveredAI.objects.values_list("name", flat=True)) == {"ChatGPT", "Odd one"}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("apps.csv", b"Who,What\nA,B\n", "The first row must hold the headings"),
        ("apps.csv", b"Application\n", "no line below"),
        ("apps.xlsx", b"PK\x03\x04 broken", "damaged"),
        ("apps.json", b"{}", "List: Use a CSV or XLSX file.<"),
        ("apps.pdf", b"%PDF-1.4", "List: Use a CSV or XLSX file.<"),
        ("apps.ods", b"PK\x03\x04", "save the sheet as .xlsx or .csv first"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_sentence(house, lead, name, content, sentence):
    file = SimpleUploadedFile(name, content)

    answer = lead.post(house.url("discovery/import/"), {"kind": "sso", "file": file})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_rows_that_somebody_made_up_are_refused(house, lead):
    sent = {"kind": "sso", "rows": '[["x"]]'}
    answer = lead.post(house.url("discovery/import/take/"), sent)

    assert answer.status_code == 422 and "did not arrive whole" in answer.content.decode()
    with acting_in(house.organization):
        assert not DiscoverySighting.objects.exists()


def test_the_api_reports_lists_and_leaves_decisions_to_people(house):
    api = Api(house, "systems:read", "systems:write")
    made = api.post("discovered", {"name": "ChatGPT", "used_for": "Letters"})
    assert made.status_code == 201 and made.json()["is_new"]
    path = f"discovered/{made.json()['item_id']}"
    assert not api.post("discovered", {"name": "chat gpt"}).json()["is_new"]
    read = api.get(path).json()
    assert (read["known_service"], read["state"], len(read["sightings"])) == ("chatgpt", "discovered", 2)
    assert api.patch(path, {"row_version": 1, "vendor": "Other"}).json()["vendor"] == "Other"
    assert api.patch(path, {"row_version": 1, "vendor": "Old"}).status_code == 409
    assert api.post(f"{path}/step", {"action": "triage"}).status_code == 403
    assert api.get("discovered?source=integration").json()["count"] == 1
    assert api.get("discovered?source=sso").json()["count"] == 0
    assert api.get("discovered/coverage").json()["total"] == 1
    assert api.get(path).json()["state"] == "discovered"


def test_the_api_looks_in_a_list_and_takes_it_only_when_told(house):
    api = Api(house, "systems:read", "systems:write")

    def look(**extra: str):
        file = SimpleUploadedFile("apps.csv", LIST)
        return api.client.post(house.api("discovered/look-in-list"), {"kind": "sso", "file": file, **extra})

    shown = look().json()
    assert [row["outcome"] for row in shown["rows"]] == ["new", "unknown", "unknown"]
    with acting_in(house.organization):
        assert not DiscoveredAI.objects.exists()
    assert look(take="true").json()["taken"] is True
    with acting_in(house.organization):
        assert DiscoveredAI.objects.get().name == "ChatGPT"


def test_the_api_list_takes_as_many_queries_for_thirty_rows_as_for_one(house):
    api = Api(house, "systems:read")
    make(house, 0, 1)
    with count_queries() as one:
        assert api.get("discovered").json()["count"] == 1
    make(house, 1, 30)
    with count_queries() as thirty:
        assert api.get("discovered").json()["count"] == 30
    assert len(one) == len(thirty), thirty


def test_another_organization_finds_nothing(house, stranger, other_house):
    with acting_in(house.organization):
        item = an_item(house)
    assert stranger.get(other_house.url(f"discovery/{item.pk}/")).status_code == 404
    assert "Letter bot" not in stranger.get(other_house.url("discovery/")).content.decode()


def test_surveys_are_recorded_by_the_lead_and_read_by_others(house, lead):
    sent = {"held_on": NOW.date().isoformat(), "asked": "All units", "result": "12 answers"}
    assert lead.post(house.url("discovery/surveys/new/"), sent).status_code == 302
    top = as_member(house, "top")
    assert "12 answers" in top.get(house.url("discovery/surveys/")).content.decode()
    assert top.post(house.url("discovery/surveys/new/"), sent).status_code == 403
