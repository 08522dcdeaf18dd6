from __future__ import annotations

import io
import json

import openpyxl
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from django.core.management import CommandError, call_command
from django.utils import timezone

from aims.core.models import AccessGrant
from aims.core.tenancy.context import acting_in
from inventory import importing
from inventory.exports.files import KINDS
from inventory.models import AISystem
from inventory.queries import exports as queries
from tests.cast import NOW, House
from tests.inventory.auditors import as_auditor, grant_for
from tests.inventory.factories import COMPLETE, a_complete_system
from tests.pdf_text import pages_text
from tests.queries import count_queries


@pytest.fixture
def system(house: House) -> AISystem:
    with acting_in(house.organization):
        return a_complete_system(house)


@pytest.fixture
def foreign(other_house: House) -> AISystem:
    with acting_in(other_house.organization):
        return a_complete_system(other_house, name="Credit scorer")


def test_the_pages_offer_every_format(house, lead, system):
    whole = lead.get(house.url("systems/export/")).content.decode()
    one = lead.get(house.url(f"systems/{system.pk}/export/")).content.decode()

    for kind in KINDS.values():
        assert (house.url(f"systems/export/{kind.key}/") in whole) is not kind.of_one
        assert house.url(f"systems/{system.pk}/export/{kind.key}/") in one
    assert "Address and contact details of the provider" in one
    assert house.url("systems/export/") in lead.get(house.url("systems/")).content.decode()
    assert (
        house.url(f"systems/{system.pk}/export/")
        in lead.get(house.url(f"systems/{system.pk}/")).content.decode()
    )


def test_a_file_of_the_register_is_valid_and_holds_no_other_organization(house, lead, system, foreign):
    answer = lead.get(house.url("systems/export/cyclonedx/"))

    assert answer["Content-Disposition"] == 'attachment; filename="ai-systems.cdx.json"'
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(answer.content.decode()) is None
    assert [each["name"] for each in json.loads(answer.content)["components"]] == ["Invoice sorter"]
    for kind in KINDS.values():
        if not kind.of_one:
            assert b"Credit scorer" not in lead.get(house.url(f"systems/export/{kind.key}/")).content


def test_the_filters_of_the_register_hold_for_the_file(house, lead, system):
    with acting_in(house.organization):
        a_complete_system(house, name="Triage helper", external_id="2")

    answer = lead.get(house.url("systems/export/annex-viii/?q=triage"))

    assert [each["name"] for each in json.loads(answer.content)["systems"]] == ["Triage helper"]


def test_each_format_of_one_system(house, lead, system):
    for kind in KINDS.values():
        answer = lead.get(house.url(f"systems/{system.pk}/export/{kind.key}/"))

        assert answer.status_code == 200, kind
        assert answer["Content-Disposition"] == f'attachment; filename="sys-001.{kind.suffix}"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        if kind.key == "model-card-pdf":
            assert "Invoicesorter" in "".join(pages_text(answer.content)).replace(" ", "")
        else:
            assert "Invoice sorter" in answer.content.decode()


def test_a_foreign_system_and_an_unknown_format_are_not_there(house, lead, system, foreign):
    for path in (
        f"systems/{foreign.pk}/export/",
        f"systems/{foreign.pk}/export/spdx/",
        "systems/export/doc/",
    ):
        assert lead.get(house.url(path)).status_code == 404


def test_a_pdf_of_the_whole_register_is_refused_with_a_sentence(house, lead, system):
    answer = lead.get(house.url("systems/export/model-card-pdf/"))

    assert answer.status_code == 422
    assert "A PDF is made of one system" in answer.content.decode()


def test_too_many_systems_for_one_answer_are_refused_with_a_sentence_where_no_worker_can_write(
    house, lead, system, monkeypatch
):
    monkeypatch.setattr(queries, "MOST_IN_A_REQUEST", 0)
    past = lead.get(house.url(f"systems/export/spdx/?as_of={timezone.localdate()}"))

    for answer in (past, lead.get(house.api("systems/export?kind=spdx"))):
        assert answer.status_code == 422
        assert "1 systems are more than one answer is made of" in answer.content.decode()


def test_the_filters_of_the_api_hold_for_its_files(house, lead, system):
    with acting_in(house.organization):
        a_complete_system(house, name="Triage helper", external_id="2")

    document = json.loads(lead.get(house.api("systems/export?kind=annex-viii&q=triage")).content)
    book = openpyxl.load_workbook(io.BytesIO(lead.get(house.api("systems/sheet?q=triage")).content))
    wrong = lead.get(house.api("systems/export?in_scope=perhaps"))

    assert [each["name"] for each in document["systems"]] == ["Triage helper"]
    assert [row[3] for row in list(book.worksheets[0].values)[1:]] == ["Triage helper"]
    assert wrong.status_code == 400 and "Choose one of" in wrong.content.decode()


def test_an_export_takes_as_many_queries_for_thirty_systems_as_for_one(house, lead, system):
    with count_queries() as one:
        assert lead.get(house.url("systems/export/cyclonedx/")).status_code == 200
    with acting_in(house.organization):
        for number in range(29):
            a_complete_system(house, name=f"System {number}")
    with count_queries() as thirty:
        document = json.loads(lead.get(house.url("systems/export/cyclonedx/")).content)

    assert len(document["components"]) == 30
    assert len(one) == len(thirty)


def test_an_auditor_exports_what_the_grant_covers_and_only_with_downloads(house, system):
    with acting_in(house.organization):
        a_complete_system(house, name="Not in the audit")
    grant = grant_for(house, system)
    auditor = as_auditor(grant)
    document = json.loads(auditor.get(house.url("systems/export/cyclonedx/")).content)

    assert [each["name"] for each in document["components"]] == ["Invoice sorter"]

    with acting_in(house.organization):
        AccessGrant.objects.update(may_download=False)
    for path in ("systems/export/", "systems/export/spdx/", f"systems/{system.pk}/export/spdx/"):
        assert auditor.get(house.url(path)).status_code == 403


def test_the_api_hands_out_the_same_files(house, lead, system, foreign):
    whole = lead.get(house.api("systems/export?kind=spdx"))
    one = lead.get(house.api(f"systems/{system.pk}/export"))

    assert whole["Content-Type"] == "application/spdx+json"
    assert b"Invoice sorter" in whole.content
    assert b"Credit scorer" not in whole.content
    assert json.loads(one.content)["metadata"]["component"]["name"] == "Invoice sorter"
    assert lead.get(house.api(f"systems/{foreign.pk}/export")).status_code == 404
    assert lead.get(house.api("systems/export?kind=wish")).status_code == 400
    assert lead.get(house.api("systems/export?kind=model-card-pdf")).status_code == 422


def test_what_does_not_come_back_is_said_on_the_page_and_by_the_api(house, lead, system):
    page = lead.get(house.url("systems/export/")).content.decode()
    formats = {each["kind"]: each for each in lead.get(house.api("systems/export-formats")).json()}

    assert "an import finds people by their address only" in page
    assert list(formats) == list(KINDS)
    assert [loss["field"] for loss in formats["cyclonedx"]["losses"]] == [
        "reference",
        "owner",
        "risk_owner",
        "oversight",
        "stage_since",
        "live_since",
        "source",
        "row_version",
        "origins",
        "custom",
    ]
    assert formats["annex-viii"]["losses"] == []
    assert "cannot be imported" in formats["annex-viii"]["not_importable"]


def test_a_file_of_the_register_is_imported_elsewhere_as_it_was(house, other_house, lead, system, tmp_path):
    file = tmp_path / "ai-systems.cdx.json"
    file.write_bytes(lead.get(house.url("systems/export/cyclonedx/")).content)

    with acting_in(other_house.organization):
        importing.import_file(actor=other_house.lead, path=file, now=NOW)
        read = AISystem.objects.get()

    assert {key: getattr(read, key) for key in COMPLETE} == COMPLETE
    assert (read.name, read.stage, read.owner) == ("Invoice sorter", "proposed", None)


def test_the_command_writes_a_file_and_says_what_is_wrong(house, system, tmp_path):
    target, said = tmp_path / "out.json", io.StringIO()

    call_command("export_systems", str(target), organization="meadow", kind="spdx", stdout=said)

    assert said.getvalue().startswith("1 systems written to")
    assert b"Invoice sorter" in target.read_bytes()
    for wrong in (
        {"organization": "nowhere", "kind": "spdx"},
        {"organization": "meadow", "kind": "spdx", "system": "SYS-999"},
        {"organization": "meadow", "kind": "model-card-pdf"},
    ):
        with pytest.raises(CommandError):
            call_command("export_systems", str(tmp_path / "none"), **wrong)
    assert not (tmp_path / "none").exists()


def test_the_people_are_named_without_their_addresses(house, lead, system):
    for kind in ("cyclonedx", "model-card-markdown"):
        text = lead.get(house.url(f"systems/{system.pk}/export/{kind}/")).content.decode()

        assert "Oscar Owner" in text
        assert "@meadow.test" not in text
