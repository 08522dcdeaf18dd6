"""How the API describes itself: ways to sign in, and the problem answers every operation may give."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from aims.core import as_of
from aims.core.rest.examples import EXAMPLES

PROBLEM_STATUSES = {
    "400": "The request cannot be understood, or some fields need another value.",
    "401": "Nobody is signed in, or the key is not valid.",
    "403": "The actor may not do this.",
    "404": "There is nothing at this address for the actor.",
    "429": "Too many requests; Retry-After says when to try again.",
    "406": "Only JSON is answered; the Accept header asks for something else.",
}
WRITE_STATUSES = {
    "409": "Somebody else changed the record first, or it conflicts with one that exists.",
    "413": "The body is too large.",
    "415": "The body is neither JSON nor multipart form data.",
    "422": "The act breaks a rule; the sentence says which.",
}
AS_OF = OpenApiParameter(
    as_of.PARAMETER, OpenApiTypes.DATE, description="As it was at the end of that day, from row history"
)
REPEATABLE = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "With an API key: the same request under the same name within 24 hours is done once "
    "and gets the same answer.",
}
READS = {"get", "head", "options"}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A refusal as RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for a person."},
        "request_id": {"type": "string"},
        "code": {"type": "string", "description": "The rule that refused, such as SOD-05."},
        "yours": {
            "description": "What this request would have written, where 409 can tell.",
            "nullable": True,
        },
        "theirs": {"description": "What is in store, where 409 can tell.", "nullable": True},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "ref": {"type": "string"},
                    "field": {"type": "string"},
                    "detail": {"type": "string"},
                    "url": {"type": "string", "description": "Where it is mended; may be empty."},
                },
            },
        },
    },
}


class ActingScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A key of the organization, or the session of a signed-in person: either of them is enough."""

    target_class = "aims.core.rest.authentication.ActingAuthentication"
    name = ["apiKey", "session"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        from django.conf import settings

        return [
            {"type": "http", "scheme": "bearer", "description": "An API key: aims_…"},
            {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        ]


class Description(AutoSchema):
    """Files are bytes, and a choice that may be empty in the table may be empty in the answer too."""

    def get_override_parameters(self) -> list[Any]:
        found = list(super().get_override_parameters())
        if getattr(self.view, "has_past", False) and getattr(self, "method", "GET") == "GET":
            found.append(AS_OF)
        return found

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        if isinstance(field, serializers.FileField) and not field.read_only:
            return {"type": "string", "format": "binary"}
        if isinstance(field, serializers.ChoiceField) and field.read_only and _may_be_blank(field):
            field.allow_blank = True
        return super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]


def _may_be_blank(field: Any) -> bool:
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    columns = {column.name: column for column in model._meta.fields} if model else {}
    return field.source in columns and columns[field.source].blank


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Post-processing hook: what is the same everywhere is written once."""
    schemas = result["components"].setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for method, operation in operations.items():
            _add_problems(operation, method)
            _type_ids(operation)
            _complete_body(operation, schemas)
    return result


def _add_problems(operation: dict[str, Any], method: str) -> None:
    for status, description in (PROBLEM_STATUSES | ({} if method in READS else WRITE_STATUSES)).items():
        operation["responses"].setdefault(status, _answer(description))
    if any(each["name"] == as_of.PARAMETER for each in operation.get("parameters", ())):
        operation["responses"].setdefault("422", _answer("That day cannot be shown."))
    if method == "post":
        operation.setdefault("parameters", []).append(REPEATABLE)


def _type_ids(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] != "organization":
            parameter["schema"] = {"type": "integer", "minimum": 1}


def _complete_body(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Unknown fields are refused, and the document says so; a body has an example."""
    for media_type in operation.get("requestBody", {}).get("content", {}).values():
        _close(media_type["schema"], schemas)
        if operation["operationId"] in EXAMPLES:
            media_type["example"] = EXAMPLES[operation["operationId"]]


def _close(schema: dict[str, Any], schemas: dict[str, Any]) -> None:
    """No other field, nor in the lines within."""
    named = schemas.get(schema.get("$ref", "").rpartition("/")[2])
    if named is not None and named.get("type") == "object":
        named["additionalProperties"] = False
        for field in named["properties"].values():
            _close(field, schemas)
    for inner in (*schema.get("allOf", ()), schema.get("items", {})):
        if inner:
            _close(inner, schemas)


def _answer(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}
