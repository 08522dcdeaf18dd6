"""Signing in through an organization's identity provider: the way there, the way back, the confirmation.

What this browser set out with is kept in its session and used up by the first answer.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import (
    get_authentication_records,
    perform_login,
    record_authentication,
)
from allauth.account.models import Login
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import never_cache

from aims.core import directory, oidc, saml
from aims.core.actor import member_actor
from aims.core.assertions import Assertion, SignInRefused
from aims.core.entrance import SINGLE_SIGN_ON, signed_in_locally
from aims.core.enums import SignInProtocol
from aims.core.fetching import FetchFailed
from aims.core.forms.single_sign_on import AddressForm
from aims.core.models import Member, Person, SignInConnection
from aims.core.sealing import SealBroken, unseal
from aims.core.services import saml_answers
from aims.core.services.connections import note_test
from aims.core.services.email_domains import domain_of
from aims.core.services.single_sign_on import link, require_proof_again, welcome
from aims.core.tenancy.context import acting_in

ATTEMPT = "single_sign_on_attempt"
PENDING = "single_sign_on_pending"
LONGEST_ATTEMPT = 10 * 60


def callback_url() -> str:
    return f"{settings.BASE_URL}{reverse('single_sign_on_callback')}"


class Start(View):
    """Somebody types an address; its domain alone decides where the way leads, known person or not."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, AddressForm(initial={"email": request.GET.get("email", "")[:254]}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AddressForm(request.POST)
        if not ratelimit.consume(request, action="login"):
            return ratelimit.respond_429(request)
        if not form.is_valid():
            return self._page(request, form, status=422)
        email = form.cleaned_data["email"]
        found = directory.sign_in_connection(domain_of(email))
        if found is None:
            form.add_error(
                "email",
                "No organization leads addresses of this domain to single sign-on. Use your password.",
            )
            return self._page(request, form, status=422)
        return set_out(request, *found, email=email, next_url=inside(request.POST.get("next", "")))

    def _page(self, request: HttpRequest, form: AddressForm, *, status: int = 200) -> HttpResponse:
        target = inside(request.POST.get("next", "") or request.GET.get("next", ""))
        return render(request, "account/single_sign_on.html", {"form": form, "next": target}, status=status)


def set_out(
    request: Any,
    organization_id: int,
    connection_id: int,
    *,
    email: str = "",
    next_url: str = "",
    is_test: bool = False,
    again: bool = False,
) -> HttpResponse:
    """A page that leads on. Not a redirect: browsers hold a form to `form-action 'self'` all the way."""
    try:
        with acting_in(organization_id):
            connection = SignInConnection.objects.select_related("organization").get(pk=connection_id)
        address, attempt = _way(connection, email, again=again)
    except (SignInRefused, FetchFailed) as refused:
        return refuse(request, str(refused))
    request.session[ATTEMPT] = attempt | {
        "organization": organization_id,
        "connection": connection_id,
        "at": time.time(),
        "next": next_url,
        "test": is_test,
        "again": again,
    }
    context = {"address": address, "host": urlsplit(address).hostname, "connection": connection}
    answer = render(request, "account/single_sign_on_way.html", context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _way(connection: SignInConnection, email: str, *, again: bool) -> tuple[str, dict[str, Any]]:
    """The address at the provider, and what the session has to remember of the attempt."""
    if connection.kind == SignInProtocol.SAML:
        request_id = saml.new_request_id()
        party = saml_answers.party_of(connection)
        way = saml.way_there(party, request_id, now=timezone.now(), again=again)
        return way, {"request_id": request_id}
    attempt, client = oidc.Attempt.new(), _client(connection)
    way = oidc.way_there(client, oidc.discover(client.issuer), attempt, email=email, again=again)
    return way, asdict(attempt)


def _client(connection: SignInConnection) -> oidc.Client:
    try:
        secret = unseal(connection.sealed_secret)
    except SealBroken:
        raise SignInRefused(
            "The stored client secret cannot be read. An administrator must enter it again."
        ) from None
    return oidc.Client(connection.issuer, connection.client_id, secret, callback_url())


@never_cache
def callback(request: Any) -> HttpResponse:
    """The way back by OpenID Connect."""
    return come_back(request, "state", lambda attempt: _identity(attempt, request.GET.dict()))


def come_back(
    request: Any, begun_by: str, identity: Callable[[Mapping[str, Any]], Assertion]
) -> HttpResponse:
    """Uses up what this browser set out with; `begun_by` is what only attempts by this protocol remember."""
    attempt = _used_up(request)
    try:
        if attempt is None or begun_by not in attempt:
            raise SignInRefused("This sign-in was not started in this browser, or took too long.")
        return _arrived(request, attempt, identity(attempt))
    except (SignInRefused, FetchFailed) as refused:
        return refuse(request, str(refused), attempt)


def _used_up(request: Any) -> dict[str, Any] | None:
    attempt: dict[str, Any] | None = request.session.pop(ATTEMPT, None)
    if attempt is None or time.time() - attempt["at"] > LONGEST_ATTEMPT:
        return None
    return attempt


def _identity(attempt: Mapping[str, Any], answer: Mapping[str, str]) -> Assertion:
    with acting_in(attempt["organization"]):
        connection = SignInConnection.objects.filter(pk=attempt["connection"]).first()
    if connection is None:
        raise SignInRefused("Single sign-on was switched off meanwhile.")
    client = _client(connection)
    known = oidc.Attempt(attempt["state"], attempt["nonce"], attempt["verifier"])
    return oidc.assertion_of(client, oidc.discover(client.issuer), known, answer)


def _arrived(request: Any, attempt: dict[str, Any], assertion: Assertion) -> HttpResponse:
    if attempt["test"]:
        return _tested(request, attempt, assertion)
    if attempt["again"]:
        return _confirmed(request, attempt, assertion)
    found = welcome(
        organization_id=attempt["organization"],
        connection_id=attempt["connection"],
        assertion=assertion,
        now=timezone.now(),
    )
    if found.must_confirm:
        request.session[PENDING] = attempt | {"assertion": asdict(assertion), "at": time.time()}
        return redirect("single_sign_on_link")
    return _sign_in(request, found.user, attempt)


def _confirmed(request: Any, attempt: Mapping[str, Any], assertion: Assertion) -> HttpResponse:
    """Not a sign-in: the session goes on, and knows of a fresh proof."""
    if not request.user.is_authenticated:
        raise SignInRefused("Your session has ended. Sign in again.")
    require_proof_again(
        organization_id=attempt["organization"],
        connection_id=attempt["connection"],
        assertion=assertion,
        user=request.user,
        asked_at=datetime.datetime.fromtimestamp(attempt["at"], datetime.UTC),
    )
    _remember(request, request.user, attempt)
    return redirect(attempt["next"] or _home(request.user, attempt["organization"]))


def _remember(request: Any, user: Person, attempt: Mapping[str, Any]) -> None:
    record_authentication(
        request,
        user,
        method=SINGLE_SIGN_ON,
        organization=attempt["organization"],
        connection=attempt["connection"],
    )


def _sign_in(request: Any, user: Person, attempt: Mapping[str, Any]) -> HttpResponse:
    """allauth's own way in, second factor and all; the session remembers who vouched."""
    if request.user.is_authenticated and request.user.pk != user.pk:
        logout(request)
    _remember(request, user, attempt)
    target = attempt["next"] or _home(user, attempt["organization"])
    return perform_login(request, Login(user=user, redirect_url=target))


def _home(user: Person, organization_id: int) -> str:
    places = directory.places_of(user.pk)
    return next((place.url for place in places if place.organization_id == organization_id), reverse("start"))


def _tested(request: Any, attempt: Mapping[str, Any], assertion: Assertion) -> HttpResponse:
    with acting_in(attempt["organization"]):
        member = Member.objects.active().filter(user_id=request.user.pk).first()
        connection = SignInConnection.objects.filter(pk=attempt["connection"]).first()
        if member is None or connection is None:
            raise SignInRefused("This test was started by somebody else.")
        note_test(actor=member_actor(member), connection=connection, now=timezone.now())
    messages.success(request, f"The connection works: it names {assertion.email} and the answer holds.")
    return redirect(attempt["next"])


class Again(View):
    """Confirms that it is still the same person, for who has neither password nor second factor here."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.next = inside(request.POST.get("next", "") or request.GET.get("next", ""))
        vouched = vouched_for(request, self.next)
        if vouched is None:
            return refuse(request, "Start again from the page that asked you to confirm.")
        self.organization_id, self.connection_id = vouched
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: Any) -> HttpResponse:
        return render(request, "account/single_sign_on_again.html", {"next": self.next})

    def post(self, request: Any) -> HttpResponse:
        return set_out(
            request,
            self.organization_id,
            self.connection_id,
            email=request.user.email,
            next_url=self.next,
            again=True,
        )


def vouched_for(request: Any, target: str) -> tuple[int, int] | None:
    """(organization, connection) by which this session came into the organization that the address is in."""
    if not request.user.is_authenticated:
        return None
    place = next((place for place in request.places if target.startswith(place.url)), None)
    records = get_authentication_records(request, request.user)
    found = [
        (record["organization"], record["connection"])
        for record in records
        if place and record["method"] == SINGLE_SIGN_ON and record["organization"] == place.organization_id
    ]
    return found[-1] if found else None


class Link(View):
    """Joins an account that had another way in, once its owner has shown that way."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.pending = request.session.get(PENDING)
        if self.pending is None or time.time() - self.pending["at"] > LONGEST_ATTEMPT:
            return refuse(request, "Start again: confirming took too long.")
        self.email = self.pending["assertion"]["email"].strip().lower()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: Any) -> HttpResponse:
        return render(
            request,
            "account/single_sign_on_link.html",
            {"email": self.email, "is_confirmed": self._is_confirmed(request), "login_url": self._login()},
        )

    def post(self, request: Any) -> HttpResponse:
        if not self._is_confirmed(request):
            return redirect(self._login())
        del request.session[PENDING]
        try:
            link(
                organization_id=self.pending["organization"],
                connection_id=self.pending["connection"],
                assertion=Assertion(**self.pending["assertion"]),
                user=request.user,
                now=timezone.now(),
            )
        except SignInRefused as refused:
            return refuse(request, str(refused))
        return _sign_in(request, request.user, self.pending)

    def _is_confirmed(self, request: Any) -> bool:
        """Signed in to exactly this account, locally, after the provider had answered."""
        records = get_authentication_records(request, request.user)
        return bool(
            request.user.is_authenticated
            and request.user.email == self.email
            and signed_in_locally(records, since=self.pending["at"])
        )

    def _login(self) -> str:
        here = reverse("single_sign_on_link")
        if self.request.user.is_authenticated:
            return redirect_to_login(here, login_url=reverse("account_reauthenticate")).url
        return redirect_to_login(here).url


def refuse(request: Any, sentence: str, attempt: Mapping[str, Any] | None = None) -> HttpResponse:
    back = attempt["next"] if attempt and attempt["test"] else ""
    context = {"sentence": sentence, "back_url": back}
    return render(request, "account/single_sign_on_refused.html", context, status=403)


def inside(target: str) -> str:
    """An address of this portal, or none."""
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return ""


def sign_in_needed(request: Any, place: directory.Place | None, *, local: bool) -> HttpResponse:
    """For a signed-in person whose session does not open this organization."""
    context = {"place": place, "local": local, "here": request.get_full_path(), "email": request.user.email}
    return render(request, "account/sign_in_needed.html", context, status=403)
