"""Finds the organization of each request, from the address and the session or API key, and opens its scope.

One of the three places where a scope opens (architecture.md section 4).
"""

from __future__ import annotations

import dataclasses
import logging
import re
import time
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from psycopg.errors import InsufficientPrivilege

from aims.core import directory, entries, keys, limits, previews, sessions, trail
from aims.core.actor import Actor, ActorKind
from aims.core.entrance import Entrance, came_through, entrance, is_foreign_only
from aims.core.enums import GrantState
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.networks import client_address, network_of
from aims.core.queries.people import is_suspended
from aims.core.second_factor import has_second_factor
from aims.core.signins import client_mark
from aims.core.step_up import StepUpNeeded
from aims.core.tenancy.context import acting_as
from aims.core.views import errors, single_sign_on
from aims.core.views.confirm import led_to_confirmation

INSIDE = re.compile(
    r"^/(?P<face>o|api/v1/organizations|scim/v2/organizations)/(?P<slug>[a-z0-9-]{1,60})(?:/|$)"
)
#: RFC 9457 type of the refusal of a session without the second factor that the organization asks for.
SECOND_FACTOR_NEEDED = "urn:aims:second-factor-needed"
CONFLICT = "This conflicts with another record. Nothing was changed."
UNKNOWN = "Sign in, or send an API key as “Authorization: Bearer …”."
#: Pages of one's account that change nothing about how one signs in.
OPEN_ACCOUNT_PAGES = re.compile(
    r"^/accounts/(sso/|login/|logout/|reauthenticate/|sessions/|inactive/|password/reset/|2fa/(re)?authenticate/"
    r"|2fa/webauthn/(login|reauthenticate)/)"
)
logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


class SecurityHeadersMiddleware:
    """Headers that Django has no setting for."""

    HEADERS = {
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Resource-Policy": "same-origin",
    }

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for header, value in self.HEADERS.items():
            response.headers.setdefault(header, value)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class PlainCookiesMiddleware:
    """A cookie with a NUL in it, which no text of the database can hold, counts as not sent."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for name in [name for name, value in request.COOKIES.items() if "\x00" in value]:
            del request.COOKIES[name]
        return self.get_response(request)


class SessionMiddleware:
    """Ends sessions that are too old or unused for too long, and notes for the list when each was used."""

    NOTED_KEY = "activity_noted_key"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.places = []
        if request.user.is_authenticated:
            request.places = directory.places_of(request.user.pk)
            if sessions.is_over(request.session, request.places, now=time.time()):
                logout(request)
                request.places = []
            else:
                self._note(request)
        return self.get_response(request)

    def _note(self, request: Any) -> None:
        is_due = sessions.note_use(request.session, request.places, now=time.time())
        key = request.session.session_key
        if is_due or request.session.get(self.NOTED_KEY) != key:
            UserSession.objects.create_from_request(request)
            request.session[self.NOTED_KEY] = request.session.session_key


class ActingMiddleware:
    """Opens the scope of the organization named in the address, for those who may enter it.

    An organization that is not theirs gets the same answer as one that does not exist.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.request_id = uuid.uuid4().hex[:12]
        if "%00" in request.META.get("QUERY_STRING", ""):  # no text of the database can hold it
            return errors.bad_request(request)
        request.actor = None
        request.key = None
        request.place = None
        inside = INSIDE.match(request.path_info)
        if inside is None:
            return self._credentials_kept(request) or self.get_response(request)
        is_api = inside["face"] != "o"
        actor = self._actor(request, inside["slug"], is_api=is_api)
        if actor is None:
            return self._turned_away(request, inside["slug"], is_api=is_api)
        held_up = self._held_up(request, actor, inside["slug"], is_api=is_api)
        if held_up is not None:
            return held_up
        looking = previews.looking(request, actor, inside["slug"]) if request.key is None else None
        if looking is not None and not self._ends_preview(request, inside["slug"]):
            actor, request.place = looking
        if (actor.is_operator or actor.is_preview) and request.method not in entries.READING:
            sentence = previews.READ_ONLY if actor.is_preview else entries.READ_ONLY
            return errors.refusal(request, NotAllowed(sentence))
        actor = dataclasses.replace(actor, client=client_mark(request))
        allowance = _counted(request, actor) if is_api else None
        if allowance is not None and not allowance.is_kept:
            return errors.too_many(request, allowance)
        request.actor = actor
        try:
            with acting_as(actor), timezone.override(_zone_of(request.place, is_api=is_api)):
                if is_suspended() and not actor.is_operator:
                    return errors.suspended(request)
                response = self.get_response(request)
                if actor.is_guest and not actor.is_preview and response.status_code < 300:
                    self._note_read(request, actor)
        except IntegrityError:  # a key that the database checks at the end of the transaction
            response = errors.refusal(request, StaleState(CONFLICT))
        for header, value in allowance.headers.items() if allowance else ():
            response.headers[header] = value
        return response

    def _held_up(self, request: Any, actor: Actor, slug: str, *, is_api: bool) -> HttpResponse | None:
        """Where somebody has to go first: to single sign-on, to a second factor, to the terms of access."""
        if actor.kind in {ActorKind.KEY, ActorKind.OPERATOR}:  # of an operator the entry asked for more
            return None
        demand = request.place.demand
        records = get_authentication_records(request, request.user)
        found = entrance(records, demand)
        if found is not Entrance.OPEN:
            return _led_to_sign_in(request, found, is_api=is_api)
        # What the organization's own provider asks for is the organization's affair.
        vouched = actor.kind is ActorKind.MEMBER and demand and came_through(records, demand.connection_id)
        if request.place.asks_for_second_factor and not vouched and not has_second_factor(request.user):
            return _led_to_second_factor(request, is_api=is_api)
        if actor.kind not in {ActorKind.AUDITOR, ActorKind.INVITED}:
            return None
        terms = reverse("accept_terms", args=[slug])
        if actor.kind is ActorKind.AUDITOR or request.path_info == terms:
            return None
        if is_api:
            return errors.problem_response(request, 403, f"Accept the terms of access first: {terms}")
        return redirect(terms)

    def _ends_preview(self, request: Any, slug: str) -> bool:
        return bool(request.path_info == reverse("preview_end", args=[slug]))

    def _credentials_kept(self, request: Any) -> HttpResponse | None:
        """Whom only an organization vouches for may not change what opens the account elsewhere."""
        path = request.path_info
        if not path.startswith("/accounts/") or OPEN_ACCOUNT_PAGES.match(path):
            return None
        if not is_foreign_only(get_authentication_records(request, request.user)):
            return None
        return single_sign_on.sign_in_needed(request, None, local=True)

    def _note_read(self, request: Any, actor: Actor) -> None:
        """Whatever somebody from outside reads is shown to the organization afterwards."""
        match = request.resolver_match
        if match is None or match.url_name is None:
            return
        named = {key: str(value) for key, value in match.kwargs.items() if key != "organization"}
        action = "auditor.read" if actor.is_auditor else "entry.read"
        trail.record(actor, action, after={"page": match.url_name, **named})

    def process_exception(self, request: Any, exception: Exception) -> HttpResponse | None:
        """Undo what the request wrote, and say in plain words what a verb refused."""
        if isinstance(exception, StepUpNeeded):  # before anything was written, and the ways have to be asked
            return led_to_confirmation(request)
        if request.actor is not None:
            transaction.set_rollback(True)
            if request.actor.is_operator and isinstance(exception.__cause__, InsufficientPrivilege):
                logger.warning("An entry asked for what its role may not do: %s", exception)
                exception = NotAllowed(entries.NOT_SHOWN)
        if isinstance(exception, IntegrityError):
            return errors.refusal(request, StaleState(CONFLICT))
        if isinstance(exception, NotAllowed | RuleBroken | StaleState):
            return errors.refusal(request, exception)
        return None

    def _actor(self, request: Any, slug: str, *, is_api: bool) -> Actor | None:
        if is_api and "Authorization" in request.headers:
            request.key = keys.record_of(request)
            # A key never opens another organization than its own.
            fits = request.key is not None and request.key.slug == slug
            return keys.actor_of(request.key, request_id=request.request_id) if fits else None
        if errors.is_scim(request):  # never by a session: its pages have no form token
            return None
        place = next((place for place in request.places if place.slug == slug), None)
        if place is None:
            request.place = entries.running(request, slug)
            return entries.actor_of(request.place, request) if request.place else None
        if sessions.was_ended(request.session, place):
            logout(request)
            return None
        request.place = place
        return Actor(
            kind=_kind_of(place),
            name=place.display_name,
            organization_id=place.organization_id,
            user_id=request.user.pk,
            member_id=place.member_id,
            grant_id=place.grant_id,
            roles=place.roles,
            delegations=place.delegations,
            may_download=place.may_download,
            request_id=request.request_id,
        )

    def _turned_away(self, request: Any, slug: str, *, is_api: bool) -> HttpResponse:
        if is_api and "Authorization" in request.headers:
            return refused_key(request)
        if errors.is_scim(request):
            return errors.problem_response(request, 401, "Send a valid key with the scope scim:write.")
        if request.user.is_authenticated:
            if not is_api and entries.was_begun(request, slug) and request.user.is_operator:
                messages.info(request, "This entry has ended.")
                return redirect("operate:organization", slug)
            if is_api:
                return errors.problem_response(request, 404, "There is nothing at this address for you.")
            return errors.not_found(request, Http404())
        if is_api:
            return errors.problem_response(request, 401, UNKNOWN)
        return redirect_to_login(request.get_full_path())


def _led_to_sign_in(request: Any, found: Entrance, *, is_api: bool) -> HttpResponse:
    """An organization opens by its own single sign-on or a local sign-in, as it demands."""
    local = found is Entrance.LOCAL
    if is_api:
        way = "with a password or passkey" if local else "through its single sign-on"
        return errors.problem_response(request, 403, f"This organization asks you to sign in {way}.")
    return single_sign_on.sign_in_needed(request, request.place, local=local)


def _led_to_second_factor(request: Any, *, is_api: bool) -> HttpResponse:
    if not is_api:
        return redirect("mfa_index")
    sentence = f"{request.place.name} asks for a second factor. Set one up first: {reverse('mfa_index')}"
    return errors.problem_response(request, 403, sentence, type=SECOND_FACTOR_NEEDED)


def refused_key(request: Any) -> HttpResponse:
    """The one answer to keys of all wrong kinds; whoever tries many is told to wait."""
    place = network_of(client_address(request)) or "unknown"
    allowance = limits.count("failed", place, limit=limits.FAILED_KEYS_PER_NETWORK)
    if not allowance.is_kept:
        return errors.too_many(request, allowance)
    return errors.problem_response(request, 401, UNKNOWN)


def _counted(request: Any, actor: Actor) -> limits.Allowance:
    if request.key is not None:
        return limits.count("key", request.key.key_id, limit=request.key.rate_limit)
    return limits.count("person", actor.user_id, limit=limits.PER_PERSON)


def _zone_of(place: directory.Place | directory.EntryPlace | None, *, is_api: bool) -> zoneinfo.ZoneInfo:
    """Pages tell the time of the organization; the API tells UTC."""
    if place is None or is_api:
        return zoneinfo.ZoneInfo("UTC")
    return zoneinfo.ZoneInfo(place.time_zone)


def _kind_of(place: directory.Place) -> ActorKind:
    if place.grant_id is None:
        return ActorKind.MEMBER
    return ActorKind.AUDITOR if place.grant_state == GrantState.ACTIVE else ActorKind.INVITED
