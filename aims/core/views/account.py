"""Pages of one's own account, where allauth's need more than a template."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.views import View


def no_such_page(request: Any) -> HttpResponse:
    raise Http404


@method_decorator(login_required, name="dispatch")
class EndSession(View):
    """One of one's own sessions, on the list of them."""

    def post(self, request: Any, pk: int) -> HttpResponse:
        session = get_object_or_404(UserSession, pk=pk, user=request.user)
        if session.is_current():
            logout(request)
            return redirect("account_login")
        session.end()
        messages.success(request, "That session has ended.")
        return redirect("usersessions_list")


class RemovePasskey(RemoveWebAuthnView):
    """allauth asks whether a factor may go when it is an app, and not when it is a passkey."""

    def form_valid(self, form: Any) -> HttpResponse:
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.object):
            form.add_error(None, adapter.validation_error("cannot_delete_authenticator"))
            return self.form_invalid(form)
        return super().form_valid(form)
