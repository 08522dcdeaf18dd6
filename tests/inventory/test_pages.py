from __future__ import annotations

import csv
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from aims.core import jobs
from aims.core.models import Evidence
from aims.core.tenancy.context import acting_in
from inventory import importing
from inventory.enums import ImportState
from inventory.models import AISystem, InventoryImport, ScopeStatement, SystemEvidence
from inventory.services import scope as scopes
from inventory.services import systems as services
from tests.cast import NOW, House, as_member, in_days
from tests.inventory.auditors import as_auditor, grant_for
from tests.inventory.factories import a_complete_system, a_system
from tests.queries import count_queries

TWO = b"External ID,Name\nA-1,Triage helper\nA-2,Invoice sorter\n"
NOWHERE = 999_999
READING = ["systems/{system}/", "systems/{system}/history/", "systems/{system}/edit/"]


@pytest.fixture
def system(house: House) -> AISystem:
    with acting_in(house.organization):
        return a_complete_system(house)


@pytest.fixture
def foreign(other_house: House) -> AISystem:
    with acting_in(other_house.organization):
        return a_complete_system(other_house, name="Credit scorer")


def make(house: House, count: int) -> None:
    with acting_in(house.organization):
        for number in range(count):
            a_complete_system(house, name=f"System {number}", version=str(number))


def previewed(house: House, data: bytes = TWO, name: str = "systems.csv") -> InventoryImport:
    with acting_in(house.organization):
        upload = importing.upload_import(actor=house.lead, file=io.BytesIO(data), name=name, now=NOW)
        jobs.run_now(upload.job)
        upload.refresh_from_db()
        return upload


def form_data(system: AISystem, **changes: object) -> dict[str, object]:
    return {
        "row_version": system.row_version,
        "name": system.name,
        "purpose": system.purpose,
        "owner": system.owner_id or "",
        **changes,
    }


def test_an_empty_register_says_what_to_do(house, lead):
    page = lead.get(house.url("systems/")).content.decode()

    assert "No AI systems yet" in page
    assert house.url("systems/imports/new/") in page
    assert house.url("systems/new/") in page


def test_the_register_shows_its_systems_and_no_others(house, lead, system, foreign):
    page = lead.get(house.url("systems/")).content.decode()

    assert "Invoice sorter" in page
    assert "Credit scorer" not in page


def test_the_register_takes_as_many_queries_for_thirty_rows_as_for_one(house, lead):
    make(house, 1)
    with count_queries() as one:
        assert lead.get(house.url("systems/")).status_code == 200
    make(house, 29)
    with count_queries() as thirty:
        page = lead.get(house.url("systems/")).content.decode()

    assert page.count('role="rowheader"') == 30
    assert len(one) == len(thirty)
    assert len(thirty) <= 10, thirty


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("view=no_owner", {"Orphan"}),
        ("view=incomplete", {"Orphan", "Idle"}),
        ("view=out_of_scope", {"Idle"}),
        ("view=undecided", {"Orphan"}),
        ("view=live", {"Worker"}),
        ("view=review_overdue", {"Worker"}),
        ("q=work", {"Worker"}),
        ("q=SYS-002", {"Idle"}),
        ("stage=operation_monitoring", {"Worker"}),
        ("sourcing=own&in_scope=no", {"Idle"}),
        ("ai_type=nlp_classifier&in_scope=yes", {"Worker"}),
        ("owner=abc&stage=flying&view=nothing&page=x&sort=password", {"Orphan", "Idle", "Worker"}),
    ],
)
def test_views_and_filters(house, lead, asked, shown):
    with acting_in(house.organization):
        a_system(house, name="Orphan")
        a_complete_system(
            house, name="Idle", is_in_scope=False, sourcing="own", supplier="", ai_type="", scope_reason="Toy"
        )
        a_complete_system(house, name="Worker", stage="operation_monitoring", next_review_date=in_days(-1))

    page = lead.get(f"{house.url('systems/')}?{asked}").content.decode()

    assert {name for name in ("Orphan", "Idle", "Worker") if f">{name}</a>" in page} == shown


def test_the_tabs_count_what_their_views_show(house, lead, system):
    page = lead.get(house.url("systems/")).content.decode()

    counts = dict(re.findall(r">([A-Z][a-z ]+) <b>(\d+)</b></a>", page))
    assert counts["All"] == counts["In scope"] == "1"
    assert counts["Without owner"] == counts["Incomplete"] == counts["Scope not decided"] == "0"


def test_the_register_is_sorted_and_paged(house, lead):
    make(house, 51)

    first = lead.get(f"{house.url('systems/')}?sort=-name").content.decode()
    second = lead.get(f"{house.url('systems/')}?sort=-name&page=2").content.decode()

    assert first.index(">System 9<") < first.index(">System 8<")
    assert ">System 0<" not in first and ">System 0<" in second


def test_the_csv_holds_what_is_shown_and_runs_no_formula(house, lead, system):
    with acting_in(house.organization):
        a_system(house, name='=HYPERLINK("http://evil.test")')
        a_system(house, name="Hidden by the filter")

    answer = lead.get(f"{house.url('systems/csv/')}?q=evil")

    heading, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heading[:2] == ["Reference", "Name"]
    assert [row[:2] for row in rows] == [["SYS-002", '\'=HYPERLINK("http://evil.test")']]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ai-systems.csv"'


def test_the_page_of_a_system_tells_its_facts(house, lead, system):
    page = lead.get(house.url(f"systems/{system.pk}/")).content.decode()

    for text in ("SYS-001", "Sorts incoming invoices", "Oscar Owner", "Rita Risk", "Carl Control"):
        assert text in page
    assert "The record lacks" not in page


def test_the_page_of_a_system_names_what_is_missing(house, lead):
    with acting_in(house.organization):
        bare = a_system(house)

    page = lead.get(house.url(f"systems/{bare.pk}/")).content.decode()

    assert "The record lacks 21 entries." in page
    assert "Intended use" in page and "Persons who watch over it" in page


def test_the_page_of_a_system_has_a_fixed_number_of_queries(house, lead, system):
    with count_queries() as bare:
        lead.get(house.url(f"systems/{system.pk}/"))
    with acting_in(house.organization):
        for number in range(30):
            item = Evidence.objects.create(reference=f"EV-{number:03d}", title="Test", state="accepted")
            services.link_evidence(actor=house.lead, system=system, evidence=item, now=NOW)
    with count_queries() as full:
        page = lead.get(house.url(f"systems/{system.pk}/")).content.decode()

    assert "EV-029" in page
    assert len(bare) == len(full) == 19, full


def test_what_people_type_is_text(house, lead):
    with acting_in(house.organization):
        evil = a_system(house, name='"><script>alert(1)</script>', purpose="<b>bold</b>")

    for path in ("systems/", f"systems/{evil.pk}/", f"systems/{evil.pk}/edit/"):
        page = lead.get(house.url(path)).content.decode()
        assert "<script>alert" not in page
        assert "<b>bold</b>" not in page


def test_a_system_is_registered_from_the_form(house, lead):
    data = {
        "name": "Translator",
        "owner": house.member["owner"].pk,
        "data_classes": "letters; contact data, letters",
        "in_scope": "yes",
        "scope_reason": "Used daily",
        "stage": "operation_monitoring",
    }

    answer = lead.post(house.url("systems/new/"), data)

    with acting_in(house.organization):
        system = AISystem.objects.get()
        assert answer.headers["Location"] == house.url(f"systems/{system.pk}/")
        assert (system.owner, system.is_in_scope) == (house.member["owner"], True)
        assert system.data_classes == ["letters", "contact data"]
        assert system.stage == "operation_monitoring"


def test_whoever_registers_a_name_and_version_again_is_told_of_the_other(house, lead):
    with acting_in(house.organization):
        a_system(house, name="Chat helper", version="2")
        a_system(house, name="Chat helper", version="3")

    def told(**data: str) -> str:
        form = {"stage": "proposed", **data}
        return lead.post(house.url("systems/new/"), form, follow=True).text

    assert "Same name and version as SYS-001: is it the same system?" in told(name="chat Helper", version="2")
    assert "Same name and version" not in told(name="Chat helper", version="4")
    with acting_in(house.organization):
        assert AISystem.objects.count() == 4


def test_an_owner_is_offered_no_stage_past_the_gates(house):
    owner = as_member(house, "owner")

    page = owner.get(house.url("systems/new/")).text
    refused = owner.post(house.url("systems/new/"), {"name": "Mine", "stage": "operation_monitoring"})

    assert 'value="proposed"' in page and "ask the compliance lead" in page
    assert "operation_monitoring" not in page and "live_since" not in page
    assert refused.status_code == 422
    assert "Register it as proposed and take it through its gates" in refused.text
    with acting_in(house.organization):
        assert not AISystem.objects.exists()
    owner.post(house.url("systems/new/"), {"name": "Mine", "stage": "proposed"})
    with acting_in(house.organization):
        assert AISystem.objects.get().owner == house.member["owner"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "This field is required."),
        ({"name": "A", "in_scope": "no"}, "Say why the system is outside the scope"),
        ({"name": "A", "affected_count": "-1"}, "greater than or equal to 0"),
        ({"name": "A", "owner": str(NOWHERE)}, "Select a valid choice"),
        ({"name": "A", "next_review_date": "31.13.2027"}, "Enter a valid date"),
        ({"name": "A\x00"}, "Null characters are not allowed"),
        ({"name": "A", "places": "x" * 61}, "is longer than 60 characters"),
    ],
)
def test_a_wrong_form_is_shown_again_and_changes_nothing(house, lead, data, sentence):
    answer = lead.post(house.url("systems/new/"), {"stage": "proposed", **data})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with acting_in(house.organization):
        assert not AISystem.objects.exists()


def test_people_of_other_organizations_are_no_choice(house, other_house, lead):
    data = {"name": "A", "stage": "proposed", "owner": other_house.member["owner"].pk}

    answer = lead.post(house.url("systems/new/"), data)

    assert answer.status_code == 422
    assert "Harbour" not in answer.content.decode()


def test_a_system_is_edited(house, lead, system):
    answer = lead.post(house.url(f"systems/{system.pk}/edit/"), form_data(system, name="Invoice reader"))

    assert answer.status_code == 302
    with acting_in(house.organization):
        system.refresh_from_db()
        assert (system.name, system.row_version) == ("Invoice reader", 2)
    assert "Invoice reader" in lead.get(house.url(f"systems/{system.pk}/history/")).content.decode()


def test_the_edit_form_holds_what_is_stored(house, lead, system):
    page = lead.get(house.url(f"systems/{system.pk}/edit/")).content.decode()

    assert 'value="Invoice sorter"' in page
    assert 'value="2027-05-01"' in page
    assert f'<option value="{house.member["owner"].pk}" selected>' in page


def test_an_edit_of_an_old_version_shows_both(house, lead, system):
    with acting_in(house.organization):
        services.edit_system(
            actor=house.lead, system=system, row_version=1, changes={"name": "Invoice reader"}, now=NOW
        )

    answer = lead.post(
        house.url(f"systems/{system.pk}/edit/"), form_data(system, row_version=1, name="Invoice robot")
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "name: Invoice reader" in page and "name: Invoice robot" in page
    with acting_in(house.organization):
        assert AISystem.objects.get().name == "Invoice reader"


def without_tokens(answer: HttpResponse, number: int) -> str:
    page = re.sub(
        r'(name="csrf-token" content|csrfmiddlewaretoken" value)="\w+"', "", answer.content.decode()
    )
    return page.replace(f"/{number}/", "/")


@pytest.mark.parametrize("path", READING)
def test_a_foreign_system_looks_like_none(house, lead, foreign, path):
    absent = lead.get(house.url(path.format(system=NOWHERE)))
    strange = lead.get(house.url(path.format(system=foreign.pk)))

    assert absent.status_code == strange.status_code == 404
    assert without_tokens(absent, NOWHERE) == without_tokens(strange, foreign.pk)


def test_nothing_is_done_to_a_foreign_system(house, other_house, lead, foreign):
    with acting_in(other_house.organization):
        item = Evidence.objects.create(reference="EV-001", title="Theirs", state="accepted")
        services.link_evidence(actor=other_house.lead, system=foreign, evidence=item, now=NOW)
        theirs = scopes.write_scope_statement(actor=other_house.lead, statement="Bank", now=NOW)
    upload = previewed(other_house)
    acts = [
        f"systems/{foreign.pk}/edit/",
        f"systems/{foreign.pk}/evidence/",
        f"systems/{foreign.pk}/evidence/{item.pk}/unlink/",
        f"systems/imports/{upload.pk}/apply/",
        f"systems/imports/{upload.pk}/discard/",
    ]

    answers = [lead.post(house.url(path), {"expected": "2", "name": "Mine"}).status_code for path in acts]
    approved = as_member(house, "top").post(house.url(f"scope/{theirs.pk}/approve/")).status_code
    seen = lead.get(house.url(f"systems/imports/{upload.pk}/")).status_code

    assert [*answers, approved, seen] == [404] * 7
    with acting_in(other_house.organization):
        assert AISystem.objects.get().name == "Credit scorer"
        assert SystemEvidence.objects.count() == 1
        assert InventoryImport.objects.get().state == ImportState.PREVIEWED
        assert ScopeStatement.objects.get().approved_at is None


def test_a_filter_that_is_not_known_is_named_since_it_narrows_nothing(house, lead, system):
    note = "Not known here, so nothing was left out by it"

    wrong = lead.get(house.url("systems/?stage=bogus&ai_type=wish")).text
    right = lead.get(house.url("systems/?stage=proposed")).text

    named = wrong.partition(f"{note}: ")[2].partition(".")[0]
    assert set(named.split(", ")) == {"Stage", "Type of AI"}
    assert "Invoice sorter" in wrong and note not in right


def test_foreign_evidence_is_not_linked(house, other_house, lead, system):
    with acting_in(other_house.organization):
        item = Evidence.objects.create(reference="EV-001", title="Theirs", state="accepted")

    answer = lead.post(house.url(f"systems/{system.pk}/evidence/"), {"evidence": item.pk})

    assert answer.status_code == 422
    assert "Theirs" not in answer.content.decode()
    with acting_in(house.organization):
        assert not SystemEvidence.objects.exists()


def test_evidence_is_linked_and_unlinked_on_the_page(house, lead, system):
    with acting_in(house.organization):
        item = Evidence.objects.create(reference="EV-001", title="Bias test", state="accepted")

    lead.post(house.url(f"systems/{system.pk}/evidence/"), {"evidence": item.pk})
    assert "Bias test" in lead.get(house.url(f"systems/{system.pk}/")).content.decode()
    lead.post(house.url(f"systems/{system.pk}/evidence/{item.pk}/unlink/"))
    assert "Bias test" not in lead.get(house.url(f"systems/{system.pk}/")).content.decode()


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("staff", "systems/", 200),
        ("staff", "systems/{system}/", 403),
        ("staff", "scope/", 200),
        ("admin", "systems/{system}/", 200),
        ("admin", "scope/", 403),
        ("admin", "systems/{system}/edit/", 403),
        ("owner", "systems/{system}/edit/", 200),
        ("owner", "systems/new/", 200),
        ("owner", "systems/imports/new/", 403),
        ("owner", "systems/imports/template/csv/", 200),
        ("risk_owner", "systems/{system}/edit/", 403),
        ("top", "systems/imports/", 200),
        ("control_owner", "systems/imports/", 403),
        ("top", "scope/write/", 403),
    ],
)
def test_who_may_open_what(house, system, who, path, status):
    assert as_member(house, who).get(house.url(path.format(system=system.pk))).status_code == status


def test_a_stranger_and_nobody_get_in_nowhere(house, stranger, nobody, system):
    for path in ("systems/", f"systems/{system.pk}/", "scope/", "systems/imports/"):
        assert stranger.get(house.url(path)).status_code == 404
        assert nobody.get(house.url(path)).status_code == 302


def test_an_upload_leads_to_its_preview_and_into_the_inventory(house, lead):
    file = SimpleUploadedFile("systems.csv", TWO)
    url = lead.post(house.url("systems/imports/new/"), {"file": file}).headers["Location"]
    assert "Reading systems.csv" in lead.get(url).content.decode()
    waiting = lead.get(f"{url}progress/")
    assert "Waiting" in waiting.content.decode() and "HX-Refresh" not in waiting.headers
    with acting_in(house.organization):
        jobs.run_now(InventoryImport.objects.get().job)

    page = lead.get(url).content.decode()
    assert "Apply: register 2 systems" in page
    assert 'name="expected" value="2"' in page
    assert lead.get(f"{url}progress/").headers["HX-Refresh"] == "true"

    assert lead.post(f"{url}apply/", {"expected": "2"}).status_code == 302
    with acting_in(house.organization):
        assert AISystem.objects.count() == 2
    assert "Applied" in lead.get(url).content.decode()
    assert "systems.csv" in lead.get(house.url("systems/imports/")).content.decode()


def test_the_preview_tells_problems_duplicates_and_what_is_left_out(house, lead):
    with acting_in(house.organization):
        a_system(house, name="Triage helper", external_id="A-1")
    data = TWO.replace(b"Name\n", b"Name,Colour\n").replace(b"Invoice sorter", b",") + b"A-3,Extra,red\n"
    upload = previewed(house, data)

    page = lead.get(house.url(f"systems/imports/{upload.pk}/")).content.decode()

    assert "Known as" in page and "SYS-001" in page
    assert "The system has no name." in page
    assert "Colour" in page
    assert "Nothing to apply." in page and "Apply: register" not in page
    assert "Has problems" in page and "Ready to apply" not in page
    assert "No data yet" not in page
    only = lead.get(f"{house.url(f'systems/imports/{upload.pk}/')}?show=refused").content.decode()
    assert ">Extra" not in only


def test_a_preview_that_has_become_wrong_is_not_applied(house, lead):
    upload = previewed(house)
    with acting_in(house.organization):
        a_system(house, name="Triage helper")

    answer = lead.post(house.url(f"systems/imports/{upload.pk}/apply/"), {"expected": "2"})

    assert answer.status_code == 409
    with acting_in(house.organization):
        assert AISystem.objects.count() == 1
        assert InventoryImport.objects.get().state == ImportState.PREVIEWED


@pytest.mark.parametrize("expected", ["", "two", "-1", "²"])
def test_an_import_is_applied_from_its_preview_only(house, lead, expected):
    upload = previewed(house)

    answer = lead.post(house.url(f"systems/imports/{upload.pk}/apply/"), {"expected": expected})

    assert answer.status_code == 422
    with acting_in(house.organization):
        assert not AISystem.objects.exists()


def test_an_import_is_discarded(house, lead):
    upload = previewed(house)

    lead.post(house.url(f"systems/imports/{upload.pk}/discard/"))

    assert "Discarded" in lead.get(house.url(f"systems/imports/{upload.pk}/")).content.decode()
    with acting_in(house.organization):
        assert not AISystem.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "example"])
def test_templates_are_downloaded(house, lead, kind):
    answer = lead.get(house.url(f"systems/imports/template/{kind}/"))

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert len(answer.content) > 100


def test_there_is_no_other_template(house, lead):
    assert lead.get(house.url("systems/imports/template/pdf/")).status_code == 404


def test_the_scope_is_written_by_the_lead_and_approved_by_top_management(house, lead):
    top = as_member(house, "top")
    assert "No scope yet" in lead.get(house.url("scope/")).content.decode()

    lead.post(house.url("scope/write/"), {"statement": "All AI systems", "boundaries": "Both sites"})
    waiting = lead.get(house.url("scope/")).content.decode()
    assert "Version 1 waits for approval" in waiting and "Approve version" not in waiting
    assert "Approve version 1" in top.get(house.url("scope/")).content.decode()
    with acting_in(house.organization):
        scope = ScopeStatement.objects.get()
    top.post(house.url(f"scope/{scope.pk}/approve/"))

    assert "In force: version 1" in lead.get(house.url("scope/")).content.decode()


def test_acts_are_not_links(house, lead, system):
    upload = previewed(house)
    for path in (f"systems/imports/{upload.pk}/apply/", f"systems/imports/{upload.pk}/discard/"):
        assert lead.get(house.url(path)).status_code == 405


@pytest.fixture
def audited(house: House, system: AISystem) -> Client:
    with acting_in(house.organization):
        a_complete_system(house, name="Hidden system")
    return as_auditor(grant_for(house, system))


def test_an_auditor_sees_the_granted_system_and_no_other(house, system, audited):
    with acting_in(house.organization):
        hidden = AISystem.objects.get(name="Hidden system")

    register = audited.get(house.url("systems/")).content.decode()
    assert "Invoice sorter" in register and "Hidden system" not in register
    sheet = audited.get(house.url("systems/csv/")).content.decode()
    assert "Invoice sorter" in sheet and "Hidden system" not in sheet
    page = audited.get(house.url(f"systems/{system.pk}/"))
    assert page.status_code == 200
    assert "Carl Control" in page.content.decode() and "/history/" not in page.content.decode()
    assert audited.get(house.url(f"systems/{hidden.pk}/")).status_code == 404


def test_an_auditor_reads_approved_scopes_and_changes_nothing(house, lead, system, audited):
    with acting_in(house.organization):
        scope = scopes.write_scope_statement(actor=house.lead, statement="Approved words", now=NOW)
        scopes.approve_scope_statement(actor=house.top, scope=scope, now=NOW)
        scopes.write_scope_statement(actor=house.lead, statement="Draft words", now=NOW)

    page = audited.get(house.url("scope/")).content.decode()

    assert "Approved words" in page and "Draft words" not in page
    for path in (
        f"systems/{system.pk}/edit/",
        f"systems/{system.pk}/history/",
        "systems/new/",
        "scope/write/",
    ):
        assert audited.get(house.url(path)).status_code == 403
    assert audited.post(house.url(f"systems/{system.pk}/edit/"), {"name": "Mine"}).status_code == 403
    with acting_in(house.organization):
        assert AISystem.objects.get(pk=system.pk).name == "Invoice sorter"
