from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from aims.core import jobs, keys
from aims.core.models import Evidence
from aims.core.tenancy.context import acting_in
from inventory.enums import ImportState
from inventory.models import AIModel, AISystem, DataSet, InventoryImport, Prompt
from inventory.services import scope as scopes
from inventory.services import systems as services
from inventory.services.resources import register_resource
from inventory.services.suppliers import register_supplier
from tests.cast import NOW, House, as_member
from tests.inventory.auditors import as_auditor, grant_for
from tests.inventory.factories import a_complete_system, a_system
from tests.queries import count_queries

TWO = b"External ID,Name\nA-1,Triage helper\nA-2,Invoice sorter\n"


class Api:
    """An integration with a key of the house."""

    def __init__(self, house: House, *scopes: str) -> None:
        with acting_in(house.organization):
            _, key = keys.create_key(
                actor=house.system, name="Test", scopes=list(scopes), now=NOW.replace(year=2099)
            )
        self.house = house
        self.client = Client(headers={"Authorization": f"Bearer {key}"})

    def get(self, path: str) -> Any:
        return self.client.get(self.house.api(path))

    def send(self, method: str, path: str, body: Any) -> Any:
        call = getattr(self.client, method)
        return call(self.house.api(path), body, content_type="application/json")

    def post(self, path: str, body: Any) -> Any:
        return self.send("post", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self.send("patch", path, body)

    def upload(self, content: bytes = TWO, name: str = "systems.csv", **extra: str) -> Any:
        file = SimpleUploadedFile(name, content)
        return self.client.post(self.house.api("imports"), {"file": file, **extra})


@pytest.fixture
def api(house: House) -> Api:
    return Api(house, "systems:read", "systems:write")


@pytest.fixture
def system(house: House) -> AISystem:
    with acting_in(house.organization):
        return a_complete_system(house)


@pytest.fixture
def foreign(other_house: House) -> AISystem:
    with acting_in(other_house.organization):
        return a_complete_system(other_house, name="Credit scorer")


def test_the_list_shows_own_systems_only(api, system, foreign):
    answer = api.get("systems").json()

    assert answer["count"] == 1
    assert answer["results"][0]["name"] == "Invoice sorter"
    assert answer["results"][0]["organization_roles"] == ["deployer_user"]
    assert answer["results"][0]["next_review_date"] == "2027-05-01"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=invoice", 1),
        ("q=nothing", 0),
        ("stage=proposed", 2),
        ("in_scope=open", 1),
        ("view=incomplete", 1),
        ("sourcing=vendor&ai_type=nlp_classifier", 1),
    ],
)
def test_the_list_is_filtered(house, api, system, query, count):
    with acting_in(house.organization):
        a_system(house, name="Bare")

    assert api.get(f"systems?{query}").json()["count"] == count


@pytest.mark.parametrize("query", ["owner=abc", "owner=%C2%B2", "q=%00", "owner=" + "9" * 30])
def test_a_filter_that_cannot_be_understood_is_refused(api, query):
    answer = api.get(f"systems?{query}")

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_list_takes_as_many_queries_for_thirty_systems_as_for_one(house, api, system):
    with count_queries() as one:
        api.get("systems")
    with acting_in(house.organization):
        for number in range(29):
            a_complete_system(house, name=f"System {number}")
    with count_queries() as thirty:
        answer = api.get("systems").json()

    assert len(answer["results"]) == 30
    assert len(one) == len(thirty) <= 3, thirty


def test_one_system_is_told_whole_in_a_fixed_number_of_queries(house, api, system):
    with count_queries() as bare:
        api.get(f"systems/{system.pk}")
    with acting_in(house.organization):
        for number in range(30):
            item = Evidence.objects.create(reference=f"EV-{number:03d}", title="Test", state="accepted")
            services.link_evidence(actor=house.lead, system=system, evidence=item, now=NOW)
    with count_queries() as full:
        answer = api.get(f"systems/{system.pk}").json()

    assert answer["reference"] == "SYS-001"
    assert answer["oversight_ids"] == [house.member["control_owner"].pk]
    assert answer["missing"] == []
    assert len(answer["evidence_ids"]) == 30
    assert len(bare) == len(full) <= 3, full


def test_a_system_is_registered(house, api):
    body = {
        "name": "Translator",
        "owner_id": house.member["owner"].pk,
        "languages": ["de"],
        "is_in_scope": None,
    }

    answer = api.post("systems", body)

    assert answer.status_code == 201
    assert answer.json()["owner_id"] == house.member["owner"].pk
    assert "purpose" in answer.json()["missing"]
    with acting_in(house.organization):
        assert AISystem.objects.get().name == "Translator"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": "A", "reference": "SYS-1"}, 400),
        ({"name": "A", "row_version": 7}, 400),
        ({"name": "A", "ai_type": "magic"}, 400),
        ({"name": "A", "languages": "de"}, 400),
        ({"name": "A", "owner_id": 999999}, 400),
        ({"name": "A" * 201}, 400),
        ({"name": "A", "is_in_scope": False}, 422),
        (["A"], 400),
        ("A", 400),
    ],
)
def test_a_wrong_body_is_refused_and_registers_nothing(house, api, body, status):
    answer = api.post("systems", body)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    with acting_in(house.organization):
        assert not AISystem.objects.exists()


def test_a_system_names_the_others_of_its_name_and_version(house, api):
    first = api.post("systems", {"name": "Translator", "version": "2"}).json()
    second = api.post("systems", {"name": "translator", "version": "2"}).json()
    third = api.post("systems", {"name": "Translator"}).json()

    assert (first["namesakes"], second["namesakes"], third["namesakes"]) == ([], ["SYS-001"], [])
    assert api.get(f"systems/{first['id']}").json()["namesakes"] == ["SYS-002"]


def test_an_owner_enters_no_system_past_its_gates_by_the_api(house):
    body = {"name": "Mine", "stage": "operation_monitoring"}

    refused = as_member(house, "owner").post(house.api("systems"), body, content_type="application/json")

    assert refused.status_code == 403
    assert "Register it as proposed" in refused.json()["detail"]
    with acting_in(house.organization):
        assert not AISystem.objects.exists()


def test_a_key_enters_a_system_as_found(api):
    assert api.post("systems", {"name": "Old", "stage": "operation_monitoring"}).status_code == 201


def test_people_of_other_organizations_are_unknown(house, other_house, api, system):
    stranger, absent = other_house.member["owner"].pk, 999999

    answers = [
        api.patch(f"systems/{system.pk}", {"row_version": 1, "owner_id": number})
        for number in (stranger, absent)
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json()["errors"] == {"owner_id": [f"There is no member {stranger}."]}


def test_a_system_is_changed(house, api, system):
    answer = api.patch(f"systems/{system.pk}", {"row_version": 1, "name": "Invoice reader"})

    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["row_version"]) == ("Invoice reader", 2)


def test_an_old_version_is_not_changed(house, api, system):
    api.patch(f"systems/{system.pk}", {"row_version": 1, "name": "Invoice reader"})

    answer = api.patch(f"systems/{system.pk}", {"row_version": 1, "name": "Invoice robot"})

    assert answer.status_code == 409
    assert answer.json()["theirs"] == "name: Invoice reader"
    with acting_in(house.organization):
        assert AISystem.objects.get().name == "Invoice reader"


@pytest.mark.parametrize("body", [{"name": "X"}, {"row_version": 1, "stage": "retired"}])
def test_a_change_names_its_version_and_no_stage(house, api, system, body):
    assert api.patch(f"systems/{system.pk}", body).status_code == 400
    with acting_in(house.organization):
        assert AISystem.objects.get().name == "Invoice sorter"


def without_request(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in answer.json().items() if key != "request_id"}


def test_a_foreign_system_answers_like_none(house, other_house, api, foreign):
    for number in (foreign.pk, 999999, 10**30):
        seen = api.get(f"systems/{number}")
        changed = api.patch(f"systems/{number}", {"row_version": 1, "name": "Mine"})
        assert (seen.status_code, changed.status_code) == (404, 404)
        assert without_request(seen) == without_request(api.get("systems/999999"))

    with acting_in(other_house.organization):
        assert AISystem.objects.get().name == "Credit scorer"


def test_a_key_opens_no_other_organization(other_house, api, foreign):
    answer = api.client.get(other_house.api(f"systems/{foreign.pk}"))

    assert answer.status_code in (401, 404)
    assert "Credit" not in answer.content.decode()


def test_a_key_does_what_its_scopes_say(house, system):
    reading, other = Api(house, "systems:read"), Api(house, "evidence:read")

    assert reading.get("systems").status_code == 200
    assert reading.post("systems", {"name": "New"}).status_code == 403
    assert reading.patch(f"systems/{system.pk}", {"row_version": 1, "name": "X"}).status_code == 403
    assert reading.upload().status_code == 403
    for path in ("systems", f"systems/{system.pk}", "imports", "scope-statements"):
        assert other.get(path).status_code == 403
    with acting_in(house.organization):
        assert AISystem.objects.count() == 1
        assert not InventoryImport.objects.exists()


def test_a_file_is_uploaded_previewed_and_applied(house, api):
    answer = api.upload()
    assert (answer.status_code, answer.json()["state"]) == (202, "uploaded")
    with acting_in(house.organization):
        upload = InventoryImport.objects.get()
        jobs.run_now(upload.job)

    preview = api.get(f"imports/{upload.pk}").json()["preview"]
    assert preview["to_create"] == 2
    assert [row["outcome"] for row in preview["rows"]] == ["create", "create"]
    assert "purpose" in preview["rows"][0]["missing"]

    applied = api.post(f"imports/{upload.pk}/apply", {"expected": 2})
    assert (applied.status_code, applied.json()["state"]) == (200, "applied")
    assert api.get("systems").json()["count"] == 2
    again = api.post(f"imports/{upload.pk}/apply", {})
    assert again.status_code == 422


def test_the_preview_tells_what_the_page_tells_of_a_row(house, api):
    api.upload(b"---\npipeline_tag: image-classification\n---\n# Sorter\n\nSorts letters.\n", "card.md")
    with acting_in(house.organization):
        jobs.run_now(InventoryImport.objects.get().job)
        upload = InventoryImport.objects.get()

    (row,) = api.get(f"imports/{upload.pk}").json()["preview"]["rows"]
    assert [each["field"] for each in row["notices"]] == ["ai_type"]
    page = as_member(house, "lead").get(house.url(f"systems/imports/{upload.pk}/")).content.decode()
    assert page.count("The AI type was derived from") == 1


def test_a_preview_that_has_become_wrong_is_not_applied(house, api):
    api.upload()
    with acting_in(house.organization):
        upload = InventoryImport.objects.get()
        jobs.run_now(upload.job)
        a_system(house, name="Triage helper")

    answer = api.post(f"imports/{upload.pk}/apply", {"expected": 2})

    assert answer.status_code == 409
    with acting_in(house.organization):
        upload.refresh_from_db()
        assert upload.state == ImportState.PREVIEWED


def test_a_wrong_upload_is_refused(house, api):
    assert api.client.post(house.api("imports"), {"format": "csv"}).status_code == 400
    assert api.upload(b"").status_code == 400
    assert api.upload(format="pdf").status_code == 400
    assert api.upload(surprise="x").status_code == 400
    with acting_in(house.organization):
        assert not InventoryImport.objects.exists()


def test_a_foreign_import_answers_like_none(house, other_house, api):
    Api(other_house, "systems:write").upload()
    with acting_in(other_house.organization):
        upload = InventoryImport.objects.get()
        jobs.run_now(upload.job)

    assert api.get(f"imports/{upload.pk}").status_code == 404
    assert api.post(f"imports/{upload.pk}/apply", {}).status_code == 404
    assert api.get("imports").json()["count"] == 0
    with acting_in(other_house.organization):
        assert not AISystem.objects.exists()


def test_the_scope_is_listed_by_version_to_who_reads_the_context(house, other_house, api):
    for each, text in ((house, "First"), (house, "Second"), (other_house, "Bank")):
        with acting_in(each.organization):
            scopes.write_scope_statement(actor=each.lead, statement=text, now=NOW)

    answer = Api(house, "systems:read", "context:read").get("scope-statements").json()

    assert [line["statement"] for line in answer["results"]] == ["Second", "First"]
    assert api.get("scope-statements").json()["results"] == [], "none is approved"


def test_a_session_is_an_identity_too(house, system):
    assert as_member(house, "risk_owner").get(house.api(f"systems/{system.pk}")).status_code == 200
    assert as_member(house, "staff").get(house.api(f"systems/{system.pk}")).status_code == 403
    assert Client().get(house.api("systems")).status_code == 401


def test_an_auditor_sees_granted_systems_only(house, system):
    with acting_in(house.organization):
        hidden = a_complete_system(house, name="Hidden system")
    audrey = as_auditor(grant_for(house, system))

    listed = audrey.get(house.api("systems")).json()

    assert [line["name"] for line in listed["results"]] == ["Invoice sorter"]
    assert audrey.get(house.api(f"systems/{system.pk}")).status_code == 200
    assert audrey.get(house.api(f"systems/{hidden.pk}")).status_code == 404
    assert audrey.get(house.api("imports")).status_code == 403


def test_a_body_is_told_all_that_is_wrong(house):
    api = Api(house, "systems:read", "systems:write")

    refused = api.post("systems", {"nam": "x"})

    assert refused.json()["errors"] == {
        "name": ["This field is required."],
        "nam": ["This field cannot be set."],
    }
    with acting_in(house.organization):
        assert not AISystem.objects.exists()


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("systems", "systems:read"),
        ("suppliers", "suppliers:read"),
        *((path, "resources:read") for path in ("models", "data-sets", "prompts")),
    ],
)
def test_lists_come_in_the_order_that_is_asked_for(house, path, scope):
    with acting_in(house.organization):
        for name in ("Beech", "Ash", "Cedar"):
            a_system(house, name=name)
            register_supplier(actor=house.lead, name=name, now=NOW)
            for model in (AIModel, DataSet, Prompt):
                register_resource(actor=house.lead, model=model, name=name, now=NOW)
    api = Api(house, scope)

    for sort, names in (
        ("", ["Beech", "Ash", "Cedar"]),
        ("?sort=name", ["Ash", "Beech", "Cedar"]),
        ("?sort=-name&q=e", ["Cedar", "Beech"]),
        ("?sort=-ref", ["Cedar", "Ash", "Beech"]),
    ):
        assert [each["name"] for each in api.get(f"{path}{sort}").json()["results"]] == names
    refused = api.get(f"{path}?sort=password")
    assert refused.status_code == 400 and "Choose one of ref, -ref" in refused.text
