"""The way through the confirmation that it is you, and back to where one was."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from aims.core import step_up
from aims.core.exceptions import NotAllowed
from aims.core.views import errors
from aims.core.views.single_sign_on import vouched_for


def led_to_confirmation(request: Any) -> HttpResponse:
    if errors.is_api(request):
        sentence = step_up.StepUpNeeded.sentence
        return errors.problem_response(request, 403, sentence, **confirmation(request))
    way = _way(request)
    if not way:
        return errors.refusal(request, NotAllowed("Sign out and in again first: this needs a fresh sign-in."))
    return HttpResponseRedirect(f"{way}?{urlencode({'next': _back(request)})}")


def confirmation(request: Any) -> dict[str, str]:
    """For the API: what kind of refusal it is, and where a person confirms."""
    return {"type": step_up.SIGN_IN_AGAIN, "confirm_at": f"{settings.BASE_URL}{_way(request)}"}


def _way(request: Any) -> str:
    """Who has neither password nor second factor here confirms where they came from."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    if methods:
        return str(methods[0]["url"])
    return reverse("single_sign_on_again") if vouched_for(request, str(request.place.url)) else ""


def _back(request: Any) -> str:
    """A form comes back with what was typed; from a button one comes back to the page it was on."""
    if request.method != "POST":
        return str(request.get_full_path())
    if hasattr(request.resolver_match.func.view_class, "form_class"):
        step_up.keep_typed(request)
        return str(request.path)
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}):
        return urlsplit(came_from).path
    return str(request.place.url)
