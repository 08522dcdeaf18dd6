"""One translator: what a verb refuses becomes a page or a problem+json answer with the same sentence."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.limits import Allowance
from aims.core.scim import MEDIA_TYPE as SCIM_MEDIA_TYPE
from aims.core.scim import ScimError

STATUS = {NotAllowed: 403, RuleBroken: 422, StaleState: 409}


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(("/api/", "/scim/"))


def is_scim(request: HttpRequest) -> bool:
    return request.path_info.startswith("/scim/")


def refusal(request: HttpRequest, exception: Exception) -> HttpResponse:
    status = next(code for kind, code in STATUS.items() if isinstance(exception, kind))
    sentence = str(exception)
    problems = getattr(exception, "problems", ())
    if is_api(request):
        return problem_response(request, status, sentence, **problem_extras(exception))
    return render(
        request,
        "core/refused.html",
        {"sentence": sentence, "problems": problems, "status": status, "title": HTTPStatus(status).phrase},
        status=status,
    )


def problem_extras(exception: Exception) -> dict[str, Any]:
    """RFC 9457 members beyond title, status and detail."""
    extras: dict[str, Any] = {}
    if isinstance(exception, RuleBroken):
        extras["code"] = exception.code
        if exception.field:
            extras["errors"] = {exception.field: [exception.sentence]}
        if exception.problems:
            extras["problems"] = [
                {"ref": p.ref, "field": p.field, "detail": p.sentence, "url": p.url}
                for p in exception.problems
            ]
    if isinstance(exception, StaleState):
        extras |= {"yours": exception.yours, "theirs": exception.theirs}
    return extras


def problem_body(request: Any, status: int, detail: str, **extras: Any) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": getattr(request, "request_id", ""),
        **extras,
    }


def problem_response(request: Any, status: int, detail: str, **extras: Any) -> HttpResponse:
    if is_scim(request):
        error = ScimError(status, detail).body()
        return HttpResponse(json.dumps(error), status=status, content_type=SCIM_MEDIA_TYPE)
    body = json.dumps(problem_body(request, status, detail, **extras), default=str)
    return HttpResponse(body, status=status, content_type="application/problem+json")


def suspended(request: HttpRequest) -> HttpResponse:
    """The organization is closed for a while by the operators of the installation; its data is untouched."""
    if is_api(request):
        return problem_response(
            request,
            403,
            f"This organization is suspended. Contact {settings.OPERATORS_CONTACT}.",
            code="suspended",
        )
    place, request.place = request.place, None  # type: ignore[attr-defined]  # no navigation into it
    context = {"place": place, "contact": settings.OPERATORS_CONTACT}
    return render(request, "core/suspended.html", context, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problem_response(request, 404, "There is nothing at this address for you.")
    return render(request, "404.html", status=404)


def too_many(request: HttpRequest, allowance: Allowance) -> HttpResponse:
    """For programs only: pages are not counted."""
    seconds = allowance.resets_in
    detail = f"Only {allowance.limit} requests a minute are answered. Try again in {seconds} seconds."
    answer = problem_response(request, 429, detail)
    for header, value in {**allowance.headers, "Retry-After": str(seconds)}.items():
        answer.headers[header] = value
    return answer


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_api(request):
        return problem_response(request, 403, "This is not allowed.")
    return render(request, "403.html", status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_api(request):
        return problem_response(request, 400, "The request cannot be understood.")
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return problem_response(request, 500, "Something went wrong here. Nothing was changed.")
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return problem_response(request, 403, "The form token is missing or old. Reload and try again.")
    return render(
        request, "403.html", {"reason": "The page was open too long. Go back, reload, try again."}, status=403
    )
