"""The registers of models, data sets and prompts as workbooks that come back."""

from __future__ import annotations

import datetime
import hashlib
import io
from typing import Any

import openpyxl
import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory import enums, importing
from inventory.imports.cells import read_value
from inventory.imports.field import Kind
from inventory.imports.fields import LEFT_OUT
from inventory.imports.lines import hash_lines, hashes_in, measure_lines, measures_in
from inventory.imports.shapes import MARKED, SYSTEMS, shape_of
from inventory.models import AIModel, AISystem, DataSet, InventoryImport, Prompt
from inventory.queries.sheets import BY_MODEL, OF_RESOURCES, Register, comparison_of, sheet_of
from inventory.rules.sheets import Verdict
from inventory.services.resources import edit_resource, supersede_resource
from inventory.services.sheets import Chosen, take_over
from tests.cast import NOW, House, as_member
from tests.inventory.test_api import Api
from tests.inventory.test_importing import uploaded
from tests.inventory.test_resources import DIGEST, RECALL, a_resource
from tests.inventory.test_suppliers import a_supplier
from tests.queries import count_queries

NEW: dict[str, Any] = {"reference": None, "record_version": None}
FULL: dict[Any, dict[str, Any]] = {
    AIModel: {"kind": "vision", "intended_use": "+ two\nlines", "training_data": "Public"},
    DataSet: {
        "source": "=SUM(A1)",
        "categories": ["names, and ages", "places"],
        "special_categories": ["health data"],
        "collected_from": datetime.date(2026, 1, 1),
        "collected_until": datetime.date(2026, 12, 31),
        "retention": "Five years",
    },
    Prompt: {"kind": "agent", "text": "Sort it.\r\nThen stop.", "tools": ["search"], "limits": "None"},
}
COMMON: dict[str, Any] = {
    "version": "1",
    "licence": "MIT",
    "hashes": [DIGEST],
    "measures": [RECALL, {"metric": "a | b", "slice": "", "value": 1}],
    "provenance": "Hub",
    "limitations": "Few",
}
every_register = pytest.mark.parametrize("register", OF_RESOURCES, ids=lambda each: each.shape.key)


def sheet(register: Register, **changes: dict[str, Any]) -> bytes:
    """As downloaded, with cells edited elsewhere: MOD_001={key: value}."""
    workbook = openpyxl.load_workbook(io.BytesIO(sheet_of(register.model.objects.all(), register)))
    page = workbook.worksheets[0]
    columns = {cell.value: cell.column for cell in page[1]}
    for line in page.iter_rows(min_row=2):
        for key, value in changes.get(str(line[0].value).replace("-", "_"), {}).items():
            page.cell(line[0].row, columns[register.shape.by_key[key].label]).value = value
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def came_back(house: House, content: bytes, name: str = "register.xlsx") -> InventoryImport:
    return uploaded(house, content, name=name)


def cells(upload: InventoryImport) -> dict[str, Verdict]:
    return {cell.key: cell.verdict for row in comparison_of(upload).rows for cell in row.cells}


def stored(register: Register) -> tuple[list[Any], int]:
    return list(register.model.objects.order_by("id").values()), TrailEvent.objects.count()


def first(register: Register) -> str:
    return f"{register.model.prefix}_001"


@pytest.mark.parametrize("shape", [SYSTEMS, *MARKED], ids=lambda shape: shape.key)
def test_a_workbook_tells_by_its_headings_of_which_register_it_is(shape: Any) -> None:
    assert shape_of([field.label for field in shape.columns]) is shape
    assert len(shape.by_heading) >= len(shape.columns)


@every_register
def test_every_column_of_the_record_is_in_the_workbook_and_fits_it(register: Register) -> None:
    names = {each.column: key for key, each in register.named.items()}
    written = {names.get(column, column) for column in ("name", "version", *register.model.written)}

    assert {field.key for field in register.shape.fields} == written
    for field in register.shape.fields:
        if field.kind in {Kind.LINE, Kind.TEXT} and field.key not in register.named:
            column = register.model._meta.get_field(field.key)
            assert column.max_length is None or field.max_length == column.max_length
        assert read_value(field, field.example) is not None


@pytest.mark.parametrize(("model", "kinds"), [(AIModel, enums.ModelKind), (Prompt, enums.PromptKind)])
def test_kinds_are_those_of_the_register_and_their_labels_are_understood(model: Any, kinds: Any) -> None:
    field = BY_MODEL[model].shape.by_key["kind"]

    assert [choice.value for choice in field.choices] == kinds.values
    assert [read_value(field, str(each.label)) for each in kinds] == kinds.values


def test_lines_of_a_cell_are_read_as_they_are_written() -> None:
    assert hashes_in(hash_lines([DIGEST])) == [DIGEST]
    assert measures_in(measure_lines([RECALL])) == [RECALL]
    assert measures_in("f1 | 0.5") == [{"metric": "f1", "slice": "", "value": 0.5}]
    for wrong in ("f1", "f1 | a | b"):
        with pytest.raises(ValueError, match="shape"):
            measures_in(wrong)


@every_register
def test_a_sheet_that_comes_back_untouched_changes_nothing(acting: House, register: Register) -> None:
    supplier = a_supplier(acting, "Clinara")
    a_resource(acting, register.model, supplier=supplier, **COMMON, **FULL[register.model])
    a_resource(acting, register.model, name="Bare", owner=None)

    upload = came_back(acting, sheet(register))

    assert (cells(upload), upload.problem_count, upload.resource_count) == ({}, 0, 2)
    with pytest.raises(RuleBroken, match="No row is new"):
        importing.apply_import(actor=acting.lead, upload=upload, now=NOW)
    assert register.model.objects.count() == 2 and not AISystem.objects.exists()


@every_register
def test_each_cell_is_told_and_what_is_ticked_is_written(acting: House, register: Register) -> None:
    a_supplier(acting, "Clinara")
    record = a_resource(acting, register.model, **COMMON)
    edited = {
        "name": "New name",
        "licence": "Theirs",
        "supplier": "CLINARA",
        "owner_email": None,
        "measures": "f1 | 0.5",
        "hashes": "no colon",
        "provenance": "New",
    }
    content = sheet(register, **{first(register): edited})
    edit_resource(
        actor=acting.lead,
        resource=record,
        row_version=1,
        changes={"licence": "Ours", "limitations": "Many"},
        now=NOW,
    )
    upload = came_back(acting, content)

    assert cells(upload) == {
        "name": Verdict.CHANGED,
        "licence": Verdict.CONFLICT,
        "supplier": Verdict.CHANGED,
        "owner_email": Verdict.CHANGED,
        "measures": Verdict.CHANGED,
        "hashes": Verdict.REFUSED,
        "provenance": Verdict.CHANGED,
        "limitations": Verdict.HERE,
    }
    keys = ("name", "licence", "supplier", "owner_email", "measures")
    chosen = [Chosen(record.pk, key, 2) for key in keys]
    assert take_over(actor=acting.lead, upload=upload, cells=chosen, now=NOW) == 5

    found = register.model.objects.get()
    assert (found.name, found.licence, found.supplier.name, found.owner) == (
        "New name",
        "Theirs",
        "Clinara",
        None,
    )
    assert found.measures == [{"metric": "f1", "slice": "", "value": 0.5}]
    assert (found.hashes, found.provenance, found.limitations) == ([DIGEST], "Hub", "Many")
    assert set(cells(upload)) == {"hashes", "provenance", "limitations"}


@every_register
def test_what_cannot_be_taken_over_leaves_everything_as_it_was(
    acting: House, other_house: House, register: Register
) -> None:
    with acting_in(other_house.organization):
        a_supplier(other_house, "Theirs")
        a_resource(other_house, register.model, "Not ours")
    one, two = (a_resource(acting, register.model, name, version="1") for name in ("One", "Two"))
    supersede_resource(actor=acting.lead, resource=two, version="2", now=NOW)
    edits = {"licence": "MIT", "supplier": "Theirs", "name": None}
    upload = came_back(
        acting,
        sheet(register, **{first(register): edits, f"{register.model.prefix}_002": {"licence": "MIT"}}),
    )
    before = stored(register)

    refusals: list[tuple[Any, Any, list[Chosen]]] = [
        (RuleBroken, acting.lead, []),
        (RuleBroken, acting.lead, [Chosen(one.pk, "licence", 7)]),
        (RuleBroken, acting.lead, [Chosen(one.pk, "licence", 1), Chosen(two.pk, "licence", 1)]),
        (RuleBroken, acting.lead, [Chosen(one.pk, "supplier", 1)]),
        (RuleBroken, acting.lead, [Chosen(one.pk, "name", 1)]),
        (StaleState, acting.lead, [Chosen(one.pk, "hashes", 1)]),
        (NotAllowed, acting.owner, [Chosen(one.pk, "licence", 1)]),
    ]
    for error, actor, chosen in refusals:
        with pytest.raises(error):
            take_over(actor=actor, upload=upload, cells=chosen, now=NOW)

    assert stored(register) == before


def test_a_prompt_names_its_model_and_its_text_brings_its_hash(acting: House) -> None:
    model = a_resource(acting, AIModel, "Writer")
    a_resource(acting, Prompt, "Old", text="Old")
    register = BY_MODEL[Prompt]
    upload = came_back(acting, sheet(register, PRO_001={"text": "New", "ai_model": "mod-001"}))
    chosen = [Chosen(Prompt.objects.get().pk, key, 1) for key in ("text", "ai_model")]

    take_over(actor=acting.lead, upload=upload, cells=chosen, now=NOW)

    found = Prompt.objects.get()
    assert (found.ai_model_id, found.text, found.text_sha256) == (
        model.pk,
        "New",
        hashlib.sha256(b"New").hexdigest(),
    )
    assert cells(upload) == {"text_sha256": Verdict.HERE}


def test_a_text_that_is_longer_than_a_cell_stays_as_it_is(acting: House) -> None:
    text = "long " * 8_000
    a_resource(acting, Prompt, text=text, limits="\x1b[31m")
    content = sheet(BY_MODEL[Prompt])
    row = list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))[1]

    upload = came_back(acting, content)

    assert LEFT_OUT in row and cells(upload) == {}


@every_register
def test_a_row_without_a_reference_becomes_a_record(acting: House, register: Register) -> None:
    supplier = a_supplier(acting, "Clinara")
    record = a_resource(acting, register.model, supplier=supplier, **COMMON, **FULL[register.model])
    upload = came_back(acting, sheet(register, **{first(register): {**NEW, "version": "2"}}))

    importing.start_apply(actor=acting.lead, upload=upload, expected=1, now=NOW)

    made, same = register.model.objects.get(version="2"), register.model.objects.get(version="1")
    ours = (*register.model.written, "name")
    apart = {key: (getattr(made, key), getattr(same, key)) for key in ours}
    apart.pop("categories", None)  # an item with a comma comes back as two
    apart.pop("text", None)
    assert all(there == here for there, here in apart.values()), apart
    assert (made.reference, made.supersedes) == (f"{register.model.prefix}-002", None)
    assert register.model.objects.get(pk=record.pk).row_version == 1
    assert importing.plan_of(upload).known_count == 1


@pytest.mark.parametrize(
    ("register", "said", "sentence"),
    [
        (BY_MODEL[AIModel], {"name": None}, "has no name"),
        (BY_MODEL[AIModel], {"licence": "MIT OR"}, "does not hold together"),
        (BY_MODEL[AIModel], {"supplier": "Theirs"}, "No supplier here is named Theirs."),
        (BY_MODEL[AIModel], {"owner_email": "nobody@else.test"}, "No member here has the address"),
        (BY_MODEL[DataSet], {"hashes": "sha256: abc"}, "64 hexadecimal digits"),
        (
            BY_MODEL[DataSet],
            {"collected_from": "2026-02-01", "collected_until": "2026-01-01"},
            "ends before it begins",
        ),
        (BY_MODEL[Prompt], {"ai_model": "MOD-900"}, "There is no AI model MOD-900 here."),
        (BY_MODEL[Prompt], {"text": "A", "text_sha256": "ab" * 32}, "not the hash of the text"),
        (BY_MODEL[Prompt], {"reference": "PRO-900"}, "There is no prompt or agent PRO-900 here."),
    ],
)
def test_what_the_verb_would_refuse_is_told_of_the_row_and_nothing_is_registered(
    acting: House, other_house: House, register: Register, said: dict[str, Any], sentence: str
) -> None:
    with acting_in(other_house.organization):
        a_supplier(other_house, "Theirs")
    for name in ("One", "Two"):
        a_resource(acting, register.model, name)
    second = f"{register.model.prefix}_002"
    upload = came_back(
        acting,
        sheet(
            register, **{first(register): {**NEW, "name": "New"}, second: {**NEW, "name": "Newer", **said}}
        ),
    )
    before = stored(register)

    made, refused = importing.plan_of(upload).rows
    with pytest.raises(RuleBroken, match="row 3: "):
        importing.start_apply(actor=acting.lead, upload=upload, now=NOW)

    assert (made.outcome, refused.outcome) == ("create", "refused")
    assert sentence in refused.parsed.problems[0].sentence
    assert stored(register) == before


def test_two_rows_about_one_version_are_both_marked_and_two_versions_are_not(acting: House) -> None:
    rows = "Name,Version,Portal reference,Kind of model\nScorer,1,,\nScorer,2,,\nOther,1,,\nother,1,,\n"

    upload = came_back(acting, rows.encode(), name="models.csv")

    outcomes = [row.outcome for row in importing.plan_of(upload).rows]
    assert outcomes == ["create", "create", "refused", "refused"]


@every_register
def test_pages_ask_as_often_for_thirty_rows_as_for_one(house: House, register: Register) -> None:
    lead, counts = as_member(house, "lead"), []
    for number in range(30):
        with acting_in(house.organization):
            a_resource(house, register.model, f"Scorer {number}")
            if number not in {0, 29}:
                continue
            prefix = register.model.prefix
            edits = {f"{prefix}_{n:03d}": {"licence": "MIT"} for n in range(1, number + 2)}
            changed = came_back(house, sheet(register, **edits))
            added = came_back(house, sheet(register, **{key: {**NEW, "version": "7"} for key in edits}))
        with count_queries() as seen:
            page = lead.get(house.url(f"systems/imports/{changed.pk}/changes/")).text
            shown = lead.get(house.url(f"systems/imports/{added.pk}/")).text
        counts.append(len(seen))
        assert page.count(':licence:1" checked') == number + 1
        assert f"Apply: register {number + 1} record" in shown

    assert counts[0] == counts[1]


PATHS = list(zip(OF_RESOURCES, ("models", "data-sets", "prompts"), strict=True))


@pytest.mark.parametrize(("register", "path"), PATHS)
def test_page_and_api_download_compare_take_over_and_register(
    house: House, other_house: House, register: Register, path: str
) -> None:
    lead = as_member(house, "lead")
    scopes = ("systems:read", "systems:write", "resources:read", "resources:write")
    api, narrow = Api(house, *scopes), Api(house, *scopes[:2])
    with acting_in(other_house.organization):
        a_resource(other_house, register.model, "Theirs")
    with acting_in(house.organization):
        record = a_resource(house, register.model, "Scorer")
        a_resource(house, register.model, "Ranker")
        second = f"{register.model.prefix}_002"
        upload = came_back(
            house,
            sheet(
                register,
                **{first(register): {"licence": "MIT", "limitations": "Few"}, second: {**NEW, "name": "New"}},
            ),
        )
    assert house.url(f"{path}/sheet/?q=scorer") in lead.get(house.url(f"{path}/?q=scorer")).text
    file = lead.get(house.url(f"{path}/sheet/?q=scorer"))
    rows = list(openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0].iter_rows(values_only=True))
    assert [row[2] for row in rows] == ["Name", "Scorer"]
    assert "-to-edit.xlsx" in file.headers["Content-Disposition"]
    assert api.get(f"{path}/sheet").content[:2] == b"PK"
    assert narrow.get(f"{path}/sheet").status_code == 403
    shown = lead.get(house.url(f"systems/imports/{upload.pk}/")).text
    assert "Compare with the register" in shown and "Apply: register 1 record" in shown
    assert "Take that over first" in shown
    url = house.url(f"systems/imports/{upload.pk}/take-over/")
    assert lead.post(url, {"cells": [f"{record.pk}:licence:1"]}).status_code == 302

    listed = api.get(f"imports/{upload.pk}/changes").json()
    name = f"{register.route}_id"
    assert [row[name] for row in listed["rows"]] == [record.pk]
    detail = api.get(f"imports/{upload.pk}").json()["preview"]
    assert (detail["register"], [row["outcome"] for row in detail["rows"]]) == (
        register.shape.key,
        ["known", "create"],
    )
    for refused in (f"imports/{upload.pk}/changes", f"imports/{upload.pk}"):
        assert narrow.get(refused).status_code == 403
    assert narrow.post(f"imports/{upload.pk}/apply", {}).status_code == 403
    cell = {name: record.pk, "field": "limitations", "row_version": 2}
    done = api.post(f"imports/{upload.pk}/take-over", {"cells": [cell]})
    assert done.json() == {"rows": [], "unknown": [], "retired": []}
    assert api.post(f"imports/{upload.pk}/apply", {"expected": 1}).status_code == 200

    with acting_in(house.organization):
        found = register.model.objects.get(pk=record.pk)
        assert (found.licence, found.limitations, found.row_version) == ("MIT", "Few", 3)
        assert register.model.objects.filter(name="New").count() == 1
