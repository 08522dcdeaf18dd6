"""The project's addresses and some that fail, as a mistake in the program would."""

from __future__ import annotations

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from aims import urls
from aims.core.models import Notification

SECRET_IN_HAND = "canary-local-3b7f0c"
NOBODY = 999_999_999


def fail(request: HttpRequest) -> HttpResponse:
    password = api_key = SECRET_IN_HAND
    raise RuntimeError(f"failed with {len(password) + len(api_key)} characters in hand")


def conflict(request: HttpRequest, organization: str) -> HttpResponse:
    raise IntegrityError('duplicate key value violates unique constraint "canary"')


def conflict_at_commit(request: HttpRequest, organization: str) -> HttpResponse:
    """A key to nowhere, which the database refuses only when the transaction ends."""
    Notification.objects.create(member_id=NOBODY, dedupe="x", text="x")
    return HttpResponse("done")


INSIDE = ("o/<slug:organization>/", "api/v1/organizations/<slug:organization>/")
urlpatterns = [
    path("fail", fail),
    path("api/v1/fail", fail),
    *(path(f"{face}conflict", conflict, name="failing") for face in INSIDE),
    *(path(f"{face}conflict-at-commit", conflict_at_commit, name="failing") for face in INSIDE),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
