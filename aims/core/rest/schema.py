"""How the API describes itself: ways to sign in, and the problem answers every operation may give."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

PROBLEM_STATUSES = {
    "400": "The request cannot be understood, or some fields need another value.",
    "401": "Nobody is signed in, or the key is not valid.",
    "403": "The actor may not do this.",
    "404": "There is nothing at this address for the actor.",
}
WRITE_STATUSES = {
    "409": "Somebody else changed the record first, or it conflicts with one that exists.",
    "415": "The body is neither JSON nor multipart form data.",
    "422": "The act breaks a rule; the sentence says which.",
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
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "ref": {"type": "string"},
                    "field": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class ActingScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A key of the organization, or the session of a signed-in person."""

    target_class = "aims.core.rest.authentication.ActingAuthentication"
    name = ["apiKey", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        from django.conf import settings

        return [
            {"type": "http", "scheme": "bearer", "description": "An API key: aims_…"},
            {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        ]


def add_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Post-processing hook: the refusals that are the same everywhere are written once."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for method, operation in operations.items():
            statuses = PROBLEM_STATUSES | ({} if method in READS else WRITE_STATUSES)
            for status, description in statuses.items():
                operation["responses"].setdefault(status, _answer(description))
    return result


def _answer(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}
