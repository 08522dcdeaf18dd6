from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404
from rest_framework.response import Response

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.views.errors import STATUS, problem_body, problem_extras


def problem(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal is problem+json, and nothing half done is kept."""
    request = context["request"]._request
    response = _translated(exception, request) or _from_framework(exception, request, context)
    if response is not None:
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
    detail = "Some fields need another value." if response.status_code == 400 else _detail(exception)
    extras = {"errors": response.data} if response.status_code == 400 else {}
    response.data = problem_body(request, response.status_code, detail, **extras)
    return response


def _detail(exception: Exception) -> str:
    return str(getattr(exception, "detail", exception))
