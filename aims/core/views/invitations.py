"""Invitations: what administrators do with them, and the page that a link of a mail leads to."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from aims.core import invitations, step_up
from aims.core.forms.invitation import NewAccountForm
from aims.core.forms.organization import NewMemberForm
from aims.core.generic import ActPage, FormPage
from aims.core.models import Invitation


class NewInvitation(FormPage):
    verb = "core.manage_invitations"
    form_class = NewMemberForm
    page_title = "Invite a person"
    submit_label = "Send the invitation"
    done_message = "The invitation is on its way."

    def cancel_url(self) -> str:
        return reverse("people", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        invitations.invite(actor=self.actor, now=self.now, **cleaned)
        return self.cancel_url()


class ResendInvitation(ActPage):
    """For members' and auditors' alike: which right it takes hangs on the invitation."""

    verb = "core.view_people"

    def perform(self) -> str:
        invitation = get_object_or_404(Invitation.objects.waiting(), pk=self.kwargs["pk"])
        step_up.require(self.request, self.actor, invitations.verb_of(invitation))
        invitations.resend(actor=self.actor, invitation=invitation, now=self.now)
        messages.success(self.request, f"A new link went to {invitation.email}. The old one does not work.")
        return reverse("people", args=[self.slug])


class WithdrawInvitation(ActPage):
    verb = "core.manage_invitations"

    def perform(self) -> str:
        invitation = get_object_or_404(Invitation.objects.waiting(), pk=self.kwargs["pk"])
        invitations.withdraw(actor=self.actor, invitation=invitation, now=self.now)
        messages.success(self.request, f"The invitation of {invitation.email} is withdrawn.")
        return reverse("people", args=[self.slug])


@method_decorator([never_cache, sensitive_post_parameters("password1", "password2")], name="dispatch")
class AcceptInvitation(View):
    """Outside any organization: whoever holds the link is no member yet."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.token: str = kwargs["token"]
        try:
            self.offer = invitations.find(self.token)
            return super().dispatch(request, *args, **kwargs)
        except invitations.InvitationGone:
            return render(request, "account/invitation_gone.html", status=404)
        except invitations.WrongAccount:
            return self._show(status=403)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = NewAccountForm(email=self.offer.email, initial={"name": self.offer.name})
        return self._show(form=form, status=403 if self._is_wrong_account() else 200)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            invitations.accept(token=self.token, person=request.user, now=timezone.now())
            return HttpResponseRedirect(self._entrance())
        if not self.offer.needs_account:
            return redirect(self._sign_in_url())
        form = NewAccountForm(request.POST, email=self.offer.email)
        if not form.is_valid():
            return self._show(form=form, status=422)
        person = invitations.accept_with_new_account(
            token=self.token,
            name=form.cleaned_data["name"],
            password=form.cleaned_data["password1"],
            now=timezone.now(),
        )
        person.backend = settings.AUTHENTICATION_BACKENDS[0]  # type: ignore[attr-defined]
        record_authentication(request, person, method="password")
        answer: HttpResponse = perform_login(request, person, redirect_url=self._entrance())
        return answer

    def _show(self, *, status: int, **context: Any) -> HttpResponse:
        given = {"offer": self.offer, "is_wrong_account": self._is_wrong_account(), **context}
        given["sign_in_url"] = self._sign_in_url()
        return render(self.request, "account/invitation.html", given, status=status)

    def _is_wrong_account(self) -> bool:
        user: Any = self.request.user
        return bool(user.is_authenticated and user.email != self.offer.email)

    def _sign_in_url(self) -> str:
        return f"{reverse('account_login')}?next={self.request.path}"

    def _entrance(self) -> str:
        """An auditor's access may begin on a later day; the front door says what is open."""
        return reverse("start") if self.offer.is_auditor else reverse("home", args=[self.offer.slug])
