from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.step_up import StepUpNeeded
from aims.core.views.confirm import confirmation
from aims.core.views.errors import STATUS, problem_body, problem_extras


def problem(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal is problem+json, and nothing half done is kept."""
    request = context["request"]._request
    response = _translated(exception, request) or _from_framework(exception, request, context)
    if response is not None:
        _name_as_the_body_does(response.data, context.get("view"))
        if getattr(request, "actor", None) is not None:
            transaction.set_rollback(True)
        response.content_type = "application/problem+json"
    return response


def _translated(exception: Exception, request: Any) -> Response | None:
    if isinstance(exception, NotAllowed | RuleBroken | StaleState):
        status = next(code for kind, code in STATUS.items() if isinstance(exception, kind))
        return Response(
            problem_body(request, status, str(exception), **problem_extras(exception)), status=status
        )
    if isinstance(exception, StepUpNeeded):
        body = problem_body(request, 403, exception.sentence, **confirmation(request))
        return Response(body, status=403)
    if isinstance(exception, RequestDataTooBig):
        detail = "The body is too large. Send files as multipart form data."
        return Response(problem_body(request, 413, detail), status=413)
    if isinstance(exception, IntegrityError):
        detail = "This conflicts with a record that exists already."
        return Response(problem_body(request, 409, detail), status=409)
    return None


def _from_framework(exception: Exception, request: Any, context: dict[str, Any]) -> Response | None:
    if isinstance(exception, Http404):
        return Response(problem_body(request, 404, "There is nothing at this address for you."), status=404)
    if isinstance(exception, PermissionDenied):
        return Response(problem_body(request, 403, "This is not allowed."), status=403)
    from rest_framework.views import exception_handler  # imports the settings that name this module

    response = exception_handler(exception, context)
    if response is None:
        return None
    response.data = problem_body(request, response.status_code, **_words(exception, response))
    return response


def _words(exception: Exception, response: Response) -> dict[str, Any]:
    """The sentence, and for wrong fields what is wrong with each."""
    if isinstance(exception, exceptions.ValidationError):
        return {"detail": "Some fields need another value.", "errors": _by_field(response.data)}
    return {"detail": str(getattr(exception, "detail", exception))}


def _name_as_the_body_does(body: dict[str, Any], view: Any) -> None:
    """Rules speak of an owner; the body that named one has `owner_id`."""
    names: frozenset[str] = getattr(view, "body_fields", frozenset())
    if names and "errors" in body:
        body["errors"] = {
            next((each for each in (field, f"{field}_id", f"{field}_ids") if each in names), field): sentences
            for field, sentences in body["errors"].items()
        }


def _by_field(found: Any, name: str = "") -> dict[str, list[str]]:
    """Sentences by field, however deep the field lies: `answers.2`."""
    if isinstance(found, dict):
        nested = [_by_field(part, f"{name}.{key}" if name else str(key)) for key, part in found.items()]
    elif isinstance(found, list) and any(isinstance(part, dict | list) for part in found):
        nested = [_by_field(part, f"{name}.{place}") for place, part in enumerate(found)]
    else:
        sentences = found if isinstance(found, list) else [found]
        return {name or "non_field_errors": [str(sentence) for sentence in sentences]}
    return {field: sentences for part in nested for field, sentences in part.items()}
