"""What the API answers is what its document says: each field, each status, each problem."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.architecture.test_walk_api import Operation, ask, body_of, document, operations
from tests.architecture.walking import Walker, ids_in, told
from tests.architecture.world import World


def strict(schema: Any) -> Any:
    """As JSON Schema: what may be null is said otherwise there, and no field comes that is not named."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: strict(each) for key, each in schema.items()}
    if "properties" in found and found.get("type") == "object":
        found.setdefault("additionalProperties", False)
    if found.pop("nullable", False):
        return {"anyOf": [found, {"type": "null"}]}
    return found


@cache
def components() -> Any:
    return strict(document()["components"])


def unlike(operation: Operation, status: int, text: str) -> Iterator[str]:
    described = document()["paths"][operation.path][operation.method.lower()]["responses"].get(str(status))
    if described is None:
        yield f"{status} is not in the document"
        return
    for media_type, content in described.get("content", {}).items():
        if "json" in media_type and content["schema"]:
            schema = {**strict(content["schema"]), "components": components()}
            for error in Draft7Validator(schema).iter_errors(json.loads(text)):
                yield f"{status}: {'/'.join(map(str, error.path))}: {error.message[:150]}"


@pytest.mark.parametrize("who", ["lead", "key"])
def test_every_answer_is_as_the_document_says(world: World, who: str) -> None:
    walker, faults = Walker(world, who), []
    for operation in operations():
        answer = ask(
            walker, operation, operation.address("meadow", ids_in(world.seen)), body_of(operation, 1)
        )
        if not answer.text.startswith("%PDF"):
            faults += [(str(operation), fault) for fault in unlike(operation, answer.status, answer.text)]

    assert not faults, told(faults)


def test_a_day_that_is_none_is_refused_as_the_document_says(world: World) -> None:
    walker, faults = Walker(world, "lead"), []
    for operation in operations():
        if "as_of" in operation.query:
            answer = walker.ask("GET", operation.address("meadow", ids_in(world.seen)) + "?as_of=x")
            faults += [(str(operation), fault) for fault in unlike(operation, answer.status, answer.text)]

    assert not faults, told(faults)
