"""No write operation of the API takes what only the portal decides: each of the document is asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.architecture.test_walk_api import Operation, ask, body_of, document, operations
from tests.architecture.walking import Walker, ids_in
from tests.architecture.world import World

#: What a tired person might let through: a tenant, an approval, a hash, a right, an owner of the row.
PRIVILEGED = {
    "id": 7,
    "pk": 7,
    "organization": "harbour",
    "organization_id": 1,
    "state": "approved",
    "status": "approved",
    "is_active": True,
    "is_staff": True,
    "is_superuser": True,
    "approved_by": 1,
    "approved_by_id": 1,
    "approved_at": "2026-01-01T00:00:00Z",
    "reviewed_by": 1,
    "submitted_by": 1,
    "created_by": 1,
    "created_by_id": 1,
    "created_at": "2026-01-01T00:00:00Z",
    "user": 1,
    "user_id": 1,
    "member_id": 1,
    "reference": "SYS-999",
    "digest": "0" * 64,
    "sha256": "0" * 64,
    "hash": "0" * 64,
    "prefix": "00000000",
    "password": "x",
    "storage_key": "org/1/x",
    "superseded_by": 1,
}

#: Where the word means something else: a severity, a person's own numbering, the progress of a decision,
#: the person whom an exception is for or a request is assigned to.
MEANT = {
    "POST requests/{id}/assign: member_id",
    "POST exceptions: member_id",
    "POST risks/{id}/rate: organization",
    "POST risks/{id}/complete: organization",
    "POST soa/{id}/entries/{entry}/decision: status",
    "POST controls: reference",
    "POST metrics: is_active",
    "POST systems/{id}/publish-transparency: digest",  # of the preview that was read
}


def properties(schema: Any) -> set[str]:
    if "$ref" in schema:
        return properties(document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    return set(schema.get("properties", {}))


def writes_with_a_body() -> list[Operation]:
    return [each for each in operations() if each.method != "GET" and each.body]


@pytest.mark.parametrize("who", ["lead", "admin", "key"])
def test_a_privileged_field_is_refused_by_its_name(world: World, who: str) -> None:
    walker, faults, named = Walker(world, who), [], 0
    for operation in writes_with_a_body():
        extra = {name: value for name, value in PRIVILEGED.items() if name not in properties(operation.body)}
        body = {**body_of(operation, 1), **extra}
        answer = ask(walker, operation, operation.address(world.meadow.slug, ids_in(world.seen)), body)
        if not 400 <= answer.status < 500:
            faults.append(f"{operation}: {answer.status}")
        elif answer.status == 400:
            missing = [name for name in extra if f'"{name}":["This field cannot be set."]' not in answer.text]
            named += not missing
            if missing:
                faults.append(f"{operation} takes {', '.join(missing)}: {answer.text[:200]}")

    assert faults == []
    assert len(writes_with_a_body()) > 20
    assert named >= 5


def test_no_body_of_the_document_offers_a_privileged_field() -> None:
    offered = {
        f"{operation}: {name}"
        for operation in writes_with_a_body()
        for name in properties(operation.body) & set(PRIVILEGED)
    }

    assert offered == MEANT
