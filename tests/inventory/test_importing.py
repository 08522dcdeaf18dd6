from __future__ import annotations

import datetime
import io
import json

import pytest
from django.core.management import CommandError, call_command

from aims.core import jobs
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Notification, TrailEvent
from aims.core.tenancy.context import acting_in
from inventory import importing
from inventory.enums import ImportState
from inventory.models import AIModel, AISystem, DataSet, InventoryImport, SystemComponent
from inventory.services.resources import register_resource
from inventory.services.suppliers import register_supplier
from tests.cast import NOW, House
from tests.inventory.factories import a_system
from tests.inventory.imports.test_croissant import LETTERS
from tests.inventory.imports.test_model_card import OLD as CARD

TWO = """External ID,Name,Owner e-mail,In AIMS scope
A-1,Triage helper,owner@meadow.test,yes
A-2,Invoice sorter,,
"""
BOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {"component": {"type": "application", "name": "Letter writer", "bom-ref": "app"}},
    "components": [
        {
            "type": "machine-learning-model",
            "name": "writer-base",
            "version": "3",
            "bom-ref": "model",
            "hashes": [{"alg": "SHA-256", "content": "ab" * 32}],
        }
    ],
    "dependencies": [{"ref": "app", "dependsOn": ["model"]}],
}


def uploaded(house: House, text: str | bytes = TWO, *, name: str = "systems.csv") -> InventoryImport:
    """Uploaded, and read as the worker would."""
    data = text.encode() if isinstance(text, str) else text
    upload = importing.upload_import(actor=house.lead, file=io.BytesIO(data), name=name, now=NOW)
    jobs.run_now(upload.job)
    upload.refresh_from_db()
    return upload


def rows(count: int) -> str:
    return "Name\n" + "".join(f"System {number}\n" for number in range(count))


def test_an_upload_becomes_a_preview_and_enters_nothing(acting):
    upload = uploaded(acting)

    assert (upload.state, upload.system_count, upload.problem_count) == (ImportState.PREVIEWED, 2, 0)
    assert [row.parsed.name for row in importing.plan_of(upload).to_create] == [
        "Triage helper",
        "Invoice sorter",
    ]
    assert not AISystem.objects.exists()


def test_applying_registers_every_new_system(acting):
    upload = importing.apply_import(actor=acting.lead, upload=uploaded(acting), expected=2, now=NOW)

    first, second = AISystem.objects.order_by("id")
    assert (first.reference, first.external_id, first.name) == ("SYS-001", "A-1", "Triage helper")
    assert (first.owner, first.is_in_scope) == (acting.member["owner"], True)
    assert first.source == "systems.csv, row 2"
    assert (second.reference, second.owner, second.is_in_scope) == ("SYS-002", None, None)
    assert (upload.state, upload.applied_by_id) == (ImportState.APPLIED, acting.member["lead"].pk)
    line = json.loads(TrailEvent.objects.get(action="inventoryimport.applied").body)
    assert line["after"] == {
        "sha256": upload.sha256,
        "systems": 2,
        "known": 0,
        "components": 0,
        "resources": 0,
    }
    assert Notification.objects.get().member == acting.member["owner"]


def test_components_come_in_with_their_system(acting):
    upload = uploaded(acting, json.dumps(BOM), name="letter.cdx.json")

    importing.apply_import(actor=acting.lead, upload=upload, now=NOW)

    component = SystemComponent.objects.get()
    assert component.system == AISystem.objects.get(name="Letter writer")
    assert (component.kind, component.name, component.version) == ("model", "writer-base", "3")
    assert component.hashes == {"SHA-256": "ab" * 32}


def test_a_file_about_a_data_set_becomes_one_record_once(acting):
    supplier = register_supplier(actor=acting.lead, name="Letter House", now=NOW)
    text = json.dumps({**LETTERS, "license": "MIT OR"})

    importing.start_apply(
        actor=acting.lead, upload=uploaded(acting, text, name="a.json"), expected=1, now=NOW
    )
    with pytest.raises(RuleBroken, match="Every record of this file is in the inventory already"):
        importing.apply_import(actor=acting.lead, upload=uploaded(acting, text, name="b.json"), now=NOW)

    letters = DataSet.objects.get()
    assert (letters.name, letters.version, letters.supplier) == ("Letters", "2.1", supplier)
    assert (letters.collected_from, letters.categories) == (datetime.date(2020, 1, 1), ["Age", "Health"])
    assert letters.licence == ""
    assert letters.provenance.endswith("\nLicence: MIT OR")
    assert not AISystem.objects.exists()


def test_the_preview_shows_what_is_no_system_and_where_it_is_known(house, lead):
    with acting_in(house.organization):
        new = uploaded(house, json.dumps(LETTERS), name="letters.json")
        register_resource(actor=house.lead, model=AIModel, name="Letter sorter", version="v2", now=NOW)
        known = uploaded(house, json.dumps(CARD), name="card.json")

    page = lead.get(house.url(f"systems/imports/{new.pk}/")).content.decode()
    other = lead.get(house.url(f"systems/imports/{known.pk}/")).content.decode()

    assert "register 1 record" in page
    assert "Letters 2.1" in page
    assert f'<a href="{house.url("models/")}' in other
    assert "register 1 record" not in other


def test_a_model_card_of_a_known_version_writes_nothing_to_it(acting):
    typed = register_resource(actor=acting.lead, model=AIModel, name="LETTER sorter", version="V2", now=NOW)
    upload = uploaded(acting, json.dumps(CARD), name="card.json")

    with pytest.raises(RuleBroken, match="in the inventory already"):
        importing.apply_import(actor=acting.lead, upload=upload, now=NOW)

    assert (AIModel.objects.get(), AIModel.objects.get().measures) == (typed, [])


def test_a_second_import_leaves_known_systems_as_they_are(acting):
    importing.apply_import(actor=acting.lead, upload=uploaded(acting), now=NOW)
    again = uploaded(acting, TWO + "A-3,Translator,,\n")

    importing.apply_import(actor=acting.lead, upload=again, now=NOW)

    assert list(AISystem.objects.order_by("id").values_list("external_id", flat=True)) == [
        "A-1",
        "A-2",
        "A-3",
    ]


def test_a_file_of_known_systems_is_not_applied(acting):
    importing.apply_import(actor=acting.lead, upload=uploaded(acting), now=NOW)
    again = uploaded(acting)

    with pytest.raises(RuleBroken, match="in the inventory already"):
        importing.apply_import(actor=acting.lead, upload=again, now=NOW)

    again.refresh_from_db()
    assert again.state == ImportState.PREVIEWED
    assert AISystem.objects.count() == 2


def test_a_bad_row_stops_the_whole_file(acting):
    upload = uploaded(acting, TWO + "A-1,Twin,,\n,,,\nA-9,Count,,perhaps\n")

    with pytest.raises(RuleBroken, match="Nothing is imported"):
        importing.apply_import(actor=acting.lead, upload=upload, now=NOW)

    upload.refresh_from_db()
    assert upload.state == ImportState.PREVIEWED
    assert upload.problem_count == 3
    assert not AISystem.objects.exists()


def test_the_inventory_may_not_have_changed_since_the_preview(acting):
    upload = uploaded(acting)
    a_system(acting, name="Invoice sorter")

    with pytest.raises(StaleState, match="1 would be created now, not 2"):
        importing.apply_import(actor=acting.lead, upload=upload, expected=2, now=NOW)

    upload.refresh_from_db()
    assert upload.state == ImportState.PREVIEWED
    assert AISystem.objects.count() == 1


def test_a_file_is_applied_once(acting):
    upload = uploaded(acting)
    same = InventoryImport.objects.get(pk=upload.pk)
    importing.apply_import(actor=acting.lead, upload=upload, now=NOW)

    with pytest.raises(RuleBroken, match="applied"):
        importing.apply_import(actor=acting.lead, upload=same, now=NOW)

    assert AISystem.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("broken.json", b"{", "neither a CycloneDX BOM nor an SPDX"),
        ("old.xls", b"\xd0\xcf\x11\xe0rest", "save the sheet as .xlsx"),
        ("fake.xlsx", b"Name\nChat\n", "no Excel workbook"),
        ("page.html", b"<html></html>", "XML and HTML cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(acting, name, content, sentence):
    upload = uploaded(acting, content, name=name)

    assert upload.state == ImportState.REFUSED
    assert sentence in upload.refusal
    assert not AISystem.objects.exists()


def test_an_empty_file_is_refused_at_once(acting):
    with pytest.raises(RuleBroken, match="empty"):
        uploaded(acting, b"")

    assert not InventoryImport.objects.exists()


def test_a_reading_that_fails_leaves_a_refusal(acting, monkeypatch):
    def gone(blob: object) -> None:
        raise FileNotFoundError("the bucket is away")

    monkeypatch.setattr(importing.blobs, "open_blob", gone)

    upload = uploaded(acting)

    assert (upload.state, upload.refusal) == (
        ImportState.REFUSED,
        "The file could not be read. Upload it again.",
    )


def test_a_discarded_file_is_never_applied(acting):
    upload = uploaded(acting)

    importing.discard_import(actor=acting.lead, upload=upload, now=NOW)
    with pytest.raises(RuleBroken, match="discarded"):
        importing.apply_import(actor=acting.lead, upload=upload, now=NOW)

    assert not AISystem.objects.exists()


def test_many_rows_are_applied_by_a_worker_as_whoever_asked(acting):
    upload = uploaded(acting, rows(501))

    importing.start_apply(actor=acting.lead, upload=upload, expected=501, now=NOW)
    assert not AISystem.objects.exists()
    jobs.run_now(upload.job)

    upload.refresh_from_db()
    assert AISystem.objects.count() == 501
    assert upload.applied_by == acting.member["lead"]
    line = TrailEvent.objects.get(action="inventoryimport.applied")
    assert line.actor == f"member:{acting.member['lead'].pk}"


def test_a_worker_applies_nothing_for_somebody_who_lost_the_role(acting):
    upload = uploaded(acting, rows(501))
    importing.start_apply(actor=acting.lead, upload=upload, now=NOW)
    member = acting.member["lead"]
    member.roles = ["staff"]
    member.save()

    job = jobs.run_now(upload.job)

    assert job.state == "failed"
    assert not AISystem.objects.exists()


@pytest.mark.parametrize("who", ["owner", "risk_owner", "internal_auditor", "top", "admin", "staff"])
def test_only_the_lead_imports(acting, who):
    upload = uploaded(acting)
    actor = acting.actor(who)

    with pytest.raises(NotAllowed):
        importing.upload_import(actor=actor, file=io.BytesIO(b"Name\nA\n"), name="a.csv", now=NOW)
    with pytest.raises(NotAllowed):
        importing.apply_import(actor=actor, upload=upload, now=NOW)
    with pytest.raises(NotAllowed):
        importing.discard_import(actor=actor, upload=upload, now=NOW)

    upload.refresh_from_db()
    assert upload.state == ImportState.PREVIEWED
    assert InventoryImport.objects.count() == 1
    assert not AISystem.objects.exists()


def import_systems(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_systems", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "systems.csv"
    path.write_text(TWO)
    return path


def test_the_command_imports_and_says_so(house, file):
    said = import_systems("--organization", "meadow", str(file))

    assert said == "2 new, 0 known already, 2 incomplete, 0 entries not taken over.\n"
    with acting_in(house.organization):
        assert AISystem.objects.count() == 2
    assert import_systems("--organization", "meadow", str(file)) == (
        "Every system of this file is in the inventory already. Nothing was changed.\n"
    )


def test_a_dry_run_changes_nothing(house, file):
    said = import_systems("--organization", "meadow", "--dry-run", str(file))

    assert said.startswith("2 new") and said.endswith("Nothing was changed.\n")
    with acting_in(house.organization):
        assert not AISystem.objects.exists()
        assert not InventoryImport.objects.exists()


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_the_command_refuses_in_one_line_and_changes_nothing(house, file, dry):
    file.write_text("Name\nTwin\nTwin\n")

    with pytest.raises(CommandError, match="more than once") as refused:
        import_systems("--organization", "meadow", *dry, str(file))

    assert "\n" not in str(refused.value)
    with acting_in(house.organization):
        assert not AISystem.objects.exists()
        assert not InventoryImport.objects.exists()


def test_the_command_names_what_it_cannot_find(house, file, tmp_path):
    with pytest.raises(CommandError, match="There is no organization “nowhere”"):
        import_systems("--organization", "nowhere", str(file))
    with pytest.raises(CommandError, match="No such file"):
        import_systems("--organization", "meadow", str(tmp_path / "missing.csv"))
    with pytest.raises(CommandError, match="JSON is broken"):
        import_systems("--organization", "meadow", "--format", "cyclonedx", str(file))
