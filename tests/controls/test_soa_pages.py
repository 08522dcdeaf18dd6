"""The grid of a draft, the page of a version, and what both refuse."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from aims.core.models import GrantedObject, Snapshot
from aims.core.pdf import inspect_pdf
from aims.core.tenancy.context import acting_in
from controls import exports, queries, services, soa, statement
from controls.models import SoAEntry, StatementOfApplicability
from controls.soa import BulkDecision
from tests.cast import House, as_member
from tests.controls.conftest import LATER, LAW, TARGET, WHY_NOT, Desk
from tests.controls.test_pages import more_controls, text_of
from tests.inventory.auditors import as_auditor, grant_for
from tests.pdf_text import pages_text
from tests.queries import count_queries

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def lead(desk: Desk) -> Client:
    return as_member(desk.house, "lead")


def page_url(desk: Desk, version: StatementOfApplicability, tail: str = "") -> str:
    return desk.house.url(f"applicability/{version.pk}/{tail}")


def row_of(entry: SoAEntry, **values: Any) -> dict[str, Any]:
    """What a row of the grid sends."""
    given = {
        "version": entry.row_version,
        "included": "yes",
        "reasons": ["legal"],
        "link_legal": LAW.link,
        "justification": "",
        "status": entry.control.state,
        "status_was": entry.control.state,
        "target_date": TARGET.isoformat(),
        **values,
    }
    return {f"r{entry.pk}-{name}": value for name, value in given.items() if value is not None}


def save(client: Client, desk: Desk, entry: SoAEntry, data: dict[str, Any], *, fragment: bool = True) -> Any:
    address = page_url(desk, entry.soa, f"rows/{entry.pk}/")
    return client.post(address, data, headers=FRAGMENT if fragment else {})


def test_without_a_statement_one_is_drafted_from_the_risks(desk: Desk, lead: Client):
    risk = desk.treated_risk("A.6.2.4")
    assert "Draft from risks" in text_of(lead.get(desk.house.url("applicability/")))

    answer = lead.post(desk.house.url("applicability/draft/"), follow=True)

    page = text_of(answer)
    assert "0 of 38 controls decided" in page
    assert f"Treats {risk.reference}" in page
    version = StatementOfApplicability.objects.get()
    assert answer.redirect_chain == [(page_url(desk, version), 302)]
    assert lead.get(desk.house.url("applicability/")).url == page_url(desk, version)


def test_the_grid_is_a_table_of_labelled_controls(desk: Desk, lead: Client):
    version = desk.draft()

    page = lead.get(page_url(desk, version)).content.decode()

    assert page.count("data-row") == 38
    assert page.count("<soa-grid>") == 1
    entry = desk.entry(version, "A.6.2.4")
    for label in ("A.6.2.4 implementation", "A.6.2.4 justification", "A.6.2.4 target date"):
        assert f'aria-label="{label}"' in page
    for legend in ("A.6.2.4 applies", "A.6.2.4 reasons", "Select A.6.2.4"):
        assert legend in page
    assert f'id="saved-{entry.pk}"' in page
    options = re.findall(rf'name="r{entry.pk}-status".*?</select>', page, re.S)[0]
    values = re.findall(r'value="(\w+)"', options)
    assert values == ["not_started", "planned", "in_progress", "implemented"]
    assert "style=" not in page
    assert "Send for approval" in page


def test_the_grid_costs_as_many_queries_for_68_controls_as_for_38(desk: Desk, lead: Client):
    version = desk.complete_draft()
    address = page_url(desk, version)
    lead.get(address)
    with count_queries() as of_38:
        lead.get(address)
    more_controls(desk)
    with count_queries() as of_68:
        page = lead.get(address)

    assert page.content.decode().count("data-row") == 68
    assert len(of_68) == len(of_38), of_68


def test_a_row_saves_itself_and_says_what_is_still_missing(desk: Desk, lead: Client):
    version = desk.draft()
    entry = desk.entry(version, "A.2.2")

    answer = save(lead, desk, entry, row_of(entry, link_legal=None))

    assert answer.status_code == 200
    assert re.search(r"Saved \d\d:\d\d\. Link the legal duty that includes A\.2\.2\.", text_of(answer))
    assert f"r{entry.pk}-link_legal" in text_of(answer)
    assert "1 of 38 controls decided" in text_of(answer)
    assert f'name="r{entry.pk}-version" value="2"' in text_of(answer)
    assert desk.entry(version, "A.2.2").is_included is True


def test_a_complete_row_is_saved_without_touching_its_fields(desk: Desk, lead: Client):
    version = desk.draft()
    entry = desk.entry(version, "A.2.2")

    answer = text_of(save(lead, desk, entry, row_of(entry)))

    assert re.search(r"Saved \d\d:\d\d<", answer)
    assert "fields-" not in answer
    assert desk.entry(version, "A.2.2").reasons.get().link == LAW.link
    assert desk.control("A.2.2").target_date == TARGET


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"included": "no"}, "A.10.3 cannot be excluded: EU AI Act, Article 26 requires it."),
        ({"included": "no", "reasons": []}, "Say why A.10.3 is excluded."),
        (
            {"included": "no", "reasons": [], "justification": "Not relevant"},
            "“Not relevant” alone does not justify excluding A.10.3: say what makes it so.",
        ),
        ({"status": "planned"}, "Name the owner of A.10.3 before planning it."),
        ({"status": "nonsense"}, "Status: Select a valid choice."),
        ({"target_date": "soon"}, "Target date: Enter a valid date."),
    ],
)
def test_a_refused_row_answers_200_with_a_sentence_and_saves_nothing(
    desk: Desk, lead: Client, values: dict[str, Any], sentence: str
):
    version = desk.draft()
    entry = desk.entry(version, "A.10.3")

    answer = save(lead, desk, entry, row_of(entry, **values))

    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert "Saved" not in text_of(answer)
    after = desk.entry(version, "A.10.3")
    assert (after.is_included, after.row_version, after.control.state) == (None, 1, "not_started")


def test_the_same_refusal_without_script_is_a_page_with_the_sentence(desk: Desk, lead: Client):
    version = desk.draft()
    entry = desk.entry(version, "A.10.3")

    answer = save(lead, desk, entry, row_of(entry, included="no", reasons=[]), fragment=False)

    assert answer.status_code == 422
    assert "Say why A.10.3 is excluded." in text_of(answer)
    assert text_of(answer).count("data-row") == 38
    assert desk.entry(version, "A.10.3").is_included is None


def test_a_row_saves_without_script(desk: Desk, lead: Client):
    version = desk.draft()
    entry = desk.entry(version, "A.2.2")

    answer = save(lead, desk, entry, row_of(entry), fragment=False)

    assert (answer.status_code, answer.url) == (302, page_url(desk, version) + "#row-A-2-2")
    assert desk.entry(version, "A.2.2").is_included is True


def test_leaving_a_control_out_asks_for_its_link(desk: Desk, lead: Client):
    version = desk.draft()
    entry = desk.entry(version, "A.10.3")

    answer = text_of(save(lead, desk, entry, row_of(entry, included="no", reasons=[], justification=WHY_NOT)))

    assert "Link the exclusion of A.10.3" in answer
    assert f"r{entry.pk}-exclusion_link" in answer
    assert desk.control("A.10.3").state == "excluded"


def conflicting(desk: Desk, version: StatementOfApplicability) -> SoAEntry:
    """An entry as it was before somebody else decided it."""
    entry = desk.entry(version, "A.2.2")
    desk.decide(version, "A.2.2", soa.Decision(included=True, reasons=[LAW], justification="Theirs"))
    return entry


def test_a_conflict_shows_both_and_keeps_neither_by_itself(desk: Desk, lead: Client):
    version = desk.draft()
    entry = conflicting(desk, version)

    answer = save(lead, desk, entry, row_of(entry, justification="Mine"))

    page = text_of(answer)
    assert answer.status_code == 200
    assert "Lena Lead changed A.2.2" in page
    assert "Yours: Mine. Theirs: Theirs" in page
    assert 'value="yours-2"' in page
    assert desk.entry(version, "A.2.2").justification == "Theirs"


def test_keeping_mine_writes_over_the_version_that_was_shown(desk: Desk, lead: Client):
    version = desk.draft()
    entry = conflicting(desk, version)
    data = row_of(entry, justification="Mine")

    save(lead, desk, entry, {**data, "keep": "theirs"}, fragment=False)
    assert desk.entry(version, "A.2.2").justification == "Theirs"
    save(lead, desk, entry, {**data, "keep": "yours-2"}, fragment=False)

    assert desk.entry(version, "A.2.2").justification == "Mine"


def test_a_conflict_without_script_is_a_page_that_keeps_what_was_typed(desk: Desk, lead: Client):
    version = desk.draft()
    entry = conflicting(desk, version)

    answer = save(lead, desk, entry, row_of(entry, justification="Mine"), fragment=False)

    assert answer.status_code == 409
    assert f'name="r{entry.pk}-justification" value="Mine"' in text_of(answer)
    assert 'name="version" value="2"' in text_of(answer)


def test_a_row_of_another_version_is_not_found(desk: Desk, lead: Client):
    desk.approved()
    second = desk.draft(now=LATER)
    first_entry = SoAEntry.objects.filter(soa__version=1).first()

    answer = lead.post(page_url(desk, second, f"rows/{first_entry.pk}/"), {})

    assert answer.status_code == 404


def test_selected_controls_are_marked_applicable(desk: Desk, lead: Client):
    version = desk.draft()
    rows = SoAEntry.objects.filter(soa=version)
    owner = desk.house.member["control_owner"]

    answer = lead.post(
        page_url(desk, version, "rows/"),
        {
            "selected": [row.pk for row in rows],
            "bulk_reason": "legal",
            "bulk_link": LAW.link,
            "bulk_status": "planned",
            "bulk_target_date": TARGET.isoformat(),
            "bulk_owner": owner.pk,
        },
        follow=True,
    )

    assert "38 controls marked applicable." in text_of(answer)
    assert rows.filter(is_included=True, control__state="planned", control__owner=owner).count() == 38


def test_a_refused_bulk_names_each_control_and_changes_none(desk: Desk, lead: Client):
    version = desk.draft()
    ids = list(SoAEntry.objects.filter(soa=version).values_list("pk", flat=True)[:2])

    answer = lead.post(page_url(desk, version, "rows/"), {"selected": ids, "bulk_status": "planned"})

    assert answer.status_code == 422
    assert "A.2.2: Name the owner of A.2.2" in text_of(answer)
    assert not SoAEntry.objects.filter(soa=version, is_included=True).exists()


def test_sending_lists_what_each_row_lacks_with_a_jump(desk: Desk, lead: Client):
    version = desk.complete_draft()
    SoAEntry.objects.filter(soa=version, control__reference="A.3.3").update(is_included=None)

    answer = lead.post(page_url(desk, version, "submit/"))

    assert answer.status_code == 422
    assert '<a href="#row-A-3-3">Decide whether A.3.3 is included.</a>' in text_of(answer)
    assert 'id="row-A-3-3"' in text_of(answer)
    assert StatementOfApplicability.objects.get().state == "draft"


def test_the_views_hold_what_they_say(desk: Desk, lead: Client):
    version = desk.complete_draft()
    SoAEntry.objects.filter(soa=version, control__reference="A.3.3").update(is_included=None)
    desk.show(desk.owned("A.2.2"))

    def shown(view: str) -> set[str]:
        page = lead.get(page_url(desk, version, f"?view={view}")).content.decode()
        return {ref.replace("-", ".") for ref in re.findall(r'id="row-([\w-]+)"', page)}

    assert shown("undecided") == {"A.3.3"}
    assert shown("left_out") == {"A.10.3"}
    assert "A.2.2" not in shown("no_evidence")
    assert len(shown("no_evidence")) == 36
    assert len(shown("not_in_place")) == 37
    assert shown("changed") == set()


def test_the_way_to_approval_goes_through_two_people(desk: Desk, lead: Client):
    version = desk.complete_draft()
    lead.post(page_url(desk, version, "submit/"))
    assert lead.post(page_url(desk, version, "approve/")).status_code == 403
    top = as_member(desk.house, "top")
    assert "Approve version 1?" in text_of(top.get(page_url(desk, version)))

    refused = top.post(page_url(desk, version, "return/"), {"comment": ""})
    assert "Write a comment" in text_of(refused)
    top.post(page_url(desk, version, "return/"), {"comment": "Explain A.10.3"})
    assert "Explain A.10.3" in text_of(lead.get(page_url(desk, version)))
    lead.post(page_url(desk, version, "submit/"))
    answer = top.post(page_url(desk, version, "approve/"), follow=True)

    frozen = Snapshot.objects.get(kind="controls.statementofapplicability")
    assert frozen.sha256 in text_of(answer)
    assert "by <bdi>Tara Top</bdi>" in text_of(answer)


def test_versions_and_comparison(desk: Desk, lead: Client):
    first = desk.approved()
    second = desk.draft(now=LATER)
    desk.decide(second, "A.10.3", soa.Decision(included=True, reasons=[LAW], target_date=TARGET))

    versions = text_of(lead.get(desk.house.url("applicability/versions/")))
    assert "Version 1" in versions
    assert "Version 2" in versions
    compared = text_of(lead.get(page_url(desk, second, "compare/")))
    assert "Added (1)" in compared
    assert WHY_NOT in compared
    assert "No earlier version" in text_of(lead.get(page_url(desk, first, "compare/")))
    assert "changed since v1" in text_of(lead.get(page_url(desk, second)))


# Exports


def test_the_json_of_an_approved_version_is_the_frozen_text(desk: Desk, lead: Client):
    version = desk.approved()

    answer = lead.get(page_url(desk, version, "export/json/"))

    assert answer.content.decode() == version.snapshot.text
    assert "statement-of-applicability-v1.json" in answer["Content-Disposition"]


def test_the_spreadsheet_holds_no_formulas(desk: Desk, lead: Client):
    version = desk.draft()
    desk.edit(desk.control("A.2.2"), how_implemented='=HYPERLINK("http://evil.example")')
    desk.decide(
        version, "A.2.2", soa.Decision(included=True, reasons=[LAW], justification="+1+1", target_date=TARGET)
    )

    book = load_workbook(io.BytesIO(lead.get(page_url(desk, version, "export/xlsx/")).content))

    sheet = book.active
    assert sheet.max_row == 40
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "inlineStr", "n", "d"}
    texts = [cell.value for row in sheet for cell in row]
    assert '=HYPERLINK("http://evil.example")' in texts
    assert sheet["A1"].value == "Statement of Applicability v1 (DRAFT)"
    assert sheet["B1"].value == "DRAFT, not approved"


def test_the_csv_starts_no_cell_with_a_formula(desk: Desk, lead: Client):
    version = desk.draft()
    desk.edit(desk.control("A.2.2"), how_implemented="=1+1")

    text = lead.get(page_url(desk, version, "export/csv/")).content.decode("utf-8-sig")

    assert '"\'=1+1"' in text
    assert text.startswith('"Statement of Applicability v1 (DRAFT)","DRAFT, not approved"')
    assert len(text.strip().splitlines()) == 40


def test_the_pdf_is_tagged_and_lists_every_control(desk: Desk, lead: Client):
    version = desk.approved()

    answer = lead.get(page_url(desk, version, "export/pdf/"))

    facts = inspect_pdf(answer.content)
    assert facts.title == "Statement of Applicability v1"
    assert facts.tagged
    assert facts.pages >= 4
    again = lead.get(page_url(desk, version, "export/pdf/"))
    assert again.content == answer.content


def test_an_unknown_export_is_not_found(desk: Desk, lead: Client):
    version = desk.draft()

    assert lead.get(page_url(desk, version, "export/docx/")).status_code == 404


def test_a_draft_says_so_in_every_export(desk: Desk):
    version = desk.draft()
    current = statement.content(version, queries.statement_rows(version, today=TARGET))

    assert exports.title_of(current).endswith("(DRAFT)")
    assert exports.file_stem(current).endswith("-DRAFT")
    assert json.loads(statement.json_text(version, current))["state"] == "draft"


# Who sees what


def test_an_auditor_sees_the_approved_version_and_nothing_else(desk: Desk):
    first = desk.approved()
    second = desk.next_approved()
    draft = desk.draft(now=LATER)
    grant = grant_for(desk.house, desk.ward.system)
    GrantedObject.objects.create(grant=grant, object_type="core.snapshot", object_id=second.snapshot_id)
    auditor = as_auditor(grant)

    assert auditor.get(desk.house.url("applicability/")).url == page_url(desk, second)
    page = text_of(auditor.get(page_url(desk, second)))
    assert second.snapshot.sha256 in page
    assert WHY_NOT in page
    for hidden in (first, draft):
        assert auditor.get(page_url(desk, hidden)).status_code == 404
        assert auditor.get(page_url(desk, hidden, "export/json/")).status_code == 404
    versions = text_of(auditor.get(desk.house.url("applicability/versions/")))
    assert "Version 2" in versions
    assert "Version 1" not in versions
    assert "Version 3" not in versions
    copy = auditor.get(page_url(desk, second, "export/pdf/"))
    assert copy.status_code == 200
    line = re.sub(r"\s", "", f"Copy for {grant.name}: {grant.purpose}.")
    pages = pages_text(copy.content)
    assert len(pages) >= 4
    assert [line in page for page in pages] == [True] * len(pages)
    own = pages_text(as_member(desk.house, "lead").get(page_url(desk, second, "export/pdf/")).content)
    assert not [page for page in own if "Copyfor" in page]


def test_an_auditor_without_the_frozen_copy_is_told_so(desk: Desk):
    version = desk.approved()
    auditor = as_auditor(grant_for(desk.house, desk.ward.system))

    page = auditor.get(page_url(desk, version))

    assert "The frozen copy of this version is not part of your access." in text_of(page)
    assert auditor.get(page_url(desk, version, "export/json/")).status_code == 404


def test_an_auditor_reads_controls_and_changes_none(desk: Desk):
    version = desk.draft()
    control = desk.verified("A.6.2.4")
    auditor = as_auditor(grant_for(desk.house, desk.ward.system))

    for path in ("controls/", f"controls/{control.pk}/", "clauses/", "clauses/6.1.3/"):
        assert auditor.get(desk.house.url(path)).status_code == 200, path
    entry = desk.entry(version, "A.2.2")
    for path in (
        f"controls/{control.pk}/act/repair/",
        f"controls/{control.pk}/edit/",
        "applicability/draft/",
        f"applicability/{version.pk}/submit/",
        f"applicability/{version.pk}/rows/{entry.pk}/",
    ):
        assert auditor.post(desk.house.url(path)).status_code == 403, path
    assert desk.control("A.6.2.4").state == "verified"


def test_a_reader_sees_a_draft_and_cannot_decide(desk: Desk):
    version = desk.draft()
    entry = desk.entry(version, "A.2.2")
    client = as_member(desk.house, "control_owner")

    page = text_of(client.get(page_url(desk, version)))
    assert "<soa-grid>" not in page
    assert "Undecided" in page
    assert save(client, desk, entry, row_of(entry)).status_code == 403
    assert client.post(page_url(desk, version, "rows/"), {"selected": [entry.pk]}).status_code == 403
    assert desk.entry(version, "A.2.2").is_included is None


def test_another_organizations_statement_is_not_found(desk: Desk, other_house: House):
    version = desk.approved()
    stranger = as_member(other_house, "lead")

    for tail in ("", "compare/", "export/json/", "submit/", "approve/"):
        assert stranger.get(page_url(desk, version, tail)).status_code == 404
        assert stranger.get(other_house.url(f"applicability/{version.pk}/{tail}")).status_code in (
            403,
            404,
            405,
        )
    with acting_in(other_house.organization):
        assert StatementOfApplicability.objects.count() == 0


def test_own_controls_are_in_the_grid_under_their_own_heading(desk: Desk, lead: Client):
    version = desk.draft()
    desk.do(services.add_control, "lead", reference="OC-1", title="Model kill switch")

    page = text_of(lead.get(page_url(desk, version)))

    assert "Controls of our own" in page
    assert 'id="row-OC-1"' in page
    assert "0 of 39 controls decided" in page
    entry = desk.entry(version, "OC-1")
    desk.do(soa.decide_many, "lead", soa=version, entry_ids=[entry.pk], decision=BulkDecision(reason=LAW))
    assert desk.entry(version, "OC-1").is_included is True
