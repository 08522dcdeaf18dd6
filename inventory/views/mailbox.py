"""The mailbox: whoever reported without a name comes back by their code, without an account."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from aims.core import limits
from aims.core.actor import system_actor
from aims.core.exceptions import RuleBroken
from aims.core.networks import client_address, network_of
from aims.core.tenancy.context import acting_as
from inventory.forms.concerns import CodeForm
from inventory.models import Concern
from inventory.queries.mailboxes import find_mailbox, opened_by
from inventory.services.concerns import digest_of, write_by_code

#: Tries a minute of one network; a code has 122 bits.
TRIES = 10
NO_SUCH = "No mailbox opens with this code. Check it letter by letter."


@method_decorator([never_cache, sensitive_post_parameters("code", "text")], name="dispatch")
class Mailbox(View):
    """Outside any organization: the code alone says where it belongs. Nothing is kept in a cookie."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(request, form=CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        network = network_of(client_address(request)) or "unknown"
        if not limits.count("mailbox", network, limit=TRIES).is_kept:
            form = CodeForm(request.POST)
            form.add_error(None, "Too many tries. Wait a minute and try again.")
            return self._show(request, status=429, form=form)
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self._show(request, status=422, form=form)
        code = form.cleaned_data["code"]
        digest = digest_of(code)
        place = find_mailbox(digest)
        if place is None:
            form.add_error("code", NO_SUCH)
            return self._show(request, status=404, form=form)
        with acting_as(system_actor(place.organization_id)), opened_by(digest):
            return self._open(request, place.concern_id, code, form)

    def _open(self, request: HttpRequest, pk: int, code: str, form: CodeForm) -> HttpResponse:
        concern = Concern.objects.select_related("organization").get(pk=pk)
        is_sent, text = False, form.cleaned_data["text"]
        if text.strip():
            try:
                write_by_code(concern=concern, text=text, now=timezone.now())
                is_sent = True
            except RuleBroken as refused:
                form.add_error("text", str(refused))
        context = {
            "concern": concern,
            "organization_name": concern.organization.name,
            "talk": list(concern.messages.all()),
            "code": code,
            "is_sent": is_sent,
            "form": CodeForm(initial={"code": code}) if not form.errors else form,
        }
        return self._show(request, status=422 if form.errors else 200, **context)

    def _show(self, request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
        response = render(request, "inventory/mailbox.html", context, status=status)
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
