"""What the API answers to requests that are wrong in form, and how honestly it describes itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from aims.core.tenancy.context import acting_in
from inventory.models import AISystem
from tests.cast import House
from tests.core.test_api import bearer, is_problem, make_key

WRONG_QUERIES = [
    ("systems?owner=2&nope=1", "nope"),
    ("systems?stage=nope", "stage"),
    ("systems?owner=me", "owner"),
    ("risks?state=nope", "state"),
    ("risks?system=abc", "system"),
    ("findings?grade=worst", "grade"),
    ("evidence?view=nope", "view"),
    ("packs?state=built", "state"),
]


@pytest.fixture
def key(house: House) -> str:
    scopes = ("systems:read", "systems:write", "risks:read", "findings:read", "evidence:read", "packs:read")
    return make_key(house, *scopes)


@pytest.mark.parametrize(("address", "field"), WRONG_QUERIES)
def test_a_filter_that_does_not_exist_is_refused(
    house: House, nobody: Client, key: str, address: str, field: str
) -> None:
    answer = nobody.get(house.api(address), headers=bearer(key))

    assert is_problem(answer, 400)
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("address", ["systems?page=1&page_size=10&q=x&in_scope=", "evidence?view=", "risks"])
def test_documented_filters_are_taken(house: House, nobody: Client, key: str, address: str) -> None:
    assert nobody.get(house.api(address), headers=bearer(key)).status_code == 200


@pytest.mark.parametrize("body", [b'{"name":', b"[" * 50_000, b'{"name": "\xff"}', b'{"name": NaN}'])
def test_a_body_that_is_not_json_gets_one_sentence(
    house: House, nobody: Client, key: str, body: bytes
) -> None:
    answer = nobody.post(
        house.api("systems"), data=body, content_type="application/json", headers=bearer(key)
    )

    assert is_problem(answer, 400)
    assert "errors" not in answer.json()
    with acting_in(house.organization):
        assert not AISystem.objects.exists()


def test_a_body_that_is_too_large_says_so(house: House, nobody: Client, key: str) -> None:
    body = b'{"name": "' + b"a" * 3_000_000 + b'"}'
    answer = nobody.post(
        house.api("systems"), data=body, content_type="application/json", headers=bearer(key)
    )

    assert is_problem(answer, 413)
    assert "too large" in answer.json()["detail"]


def test_wrong_parts_of_a_field_are_named_by_their_place(house: House, nobody: Client, key: str) -> None:
    body = {"name": "Bot", "languages": ["en", {"deep": 1}]}
    answer = nobody.post(
        house.api("systems"), data=body, content_type="application/json", headers=bearer(key)
    )

    errors = answer.json()["errors"]
    assert is_problem(answer, 400)
    assert list(errors) == ["languages.1"]
    assert all(isinstance(sentence, str) for sentence in errors["languages.1"])


def test_any_key_may_ask_who_it_is(house: House, other_house: House, nobody: Client, key: str) -> None:
    own = nobody.get(house.api("me"), headers=bearer(key))
    foreign = nobody.get(other_house.api("me"), headers=bearer(key))

    assert own.json()["kind"] == "key"
    assert "risks:read" in own.json()["scopes"]
    assert is_problem(foreign, 401)


def described() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def test_every_body_has_an_example_and_no_unknown_fields() -> None:
    document = described()
    schemas = document["components"]["schemas"]
    bodies = 0
    for operations in document["paths"].values():
        for operation in operations.values():
            for media_type in operation.get("requestBody", {}).get("content", {}).values():
                bodies += 1
                schema = schemas[media_type["schema"]["$ref"].rpartition("/")[2]]
                assert schema["additionalProperties"] is False, operation["operationId"]
                assert set(media_type["example"]) <= set(schema["properties"]), operation["operationId"]
                assert set(schema.get("required", ())) <= set(media_type["example"])
    assert bodies > 20


def test_a_change_names_the_version_that_was_read_and_files_are_bytes() -> None:
    schemas = described()["components"]["schemas"]

    assert "row_version" in schemas["SystemChange"]["required"]
    assert schemas["EvidenceIn"]["properties"]["file"]["format"] == "binary"
