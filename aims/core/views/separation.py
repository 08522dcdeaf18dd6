"""Exceptions from separation of duties, delegations, and roles that administrators ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import permissions
from aims.core.enums import Role
from aims.core.forms.separation import DelegationForm, ExceptionForm, RoleRequestForm
from aims.core.generic import ActPage, FormPage, ListPage
from aims.core.models import Delegation, RoleRequest, SeparationException
from aims.core.queries import separation as reads
from aims.core.services import delegations, own_roles, separation


class Exceptions(ListPage):
    verb = "core.view_separation"
    template_name = "core/exceptions.html"

    def rows(self) -> Any:
        return reads.exceptions()

    def context(self) -> Mapping[str, Any]:
        known = super().context()
        may_grant = self.can("core.grant_exception")
        return {
            **known,
            "page_title": "Exceptions from separation of duties",
            "intro": "Where duties cannot be kept apart for a time, and which check takes the place of it.",
            "exceptions": [self._row(each, may_grant=may_grant) for each in known["rows"]],
            "new_url": reverse("exception_new", args=[self.slug]) if may_grant else "",
            "rules_url": f"{reverse('permissions', args=[self.slug])}#separation",
            "requests": self._requests(),
        }

    def _row(self, exception: SeparationException, *, may_grant: bool) -> dict[str, Any]:
        state = reads.exception_state(exception, self.today)
        may_end = may_grant and state["label"] == "Running"
        return {
            "exception": exception,
            "act": reads.act_of(exception),
            "state": state,
            "end_url": reverse("exception_end", args=[self.slug, exception.pk]) if may_end else "",
        }

    def _requests(self) -> list[dict[str, Any]]:
        if not self.can("core.decide_role"):
            return []
        return [
            {
                "request": each,
                "roles": ", ".join(str(Role(role).label) for role in each.roles),
                "decide_url": reverse("role_request_decide", args=[self.slug, each.pk]),
                "is_own": each.member_id in self.actor.persons,
            }
            for each in reads.waiting_requests()
        ]


class NewException(FormPage):
    verb = "core.grant_exception"
    form_class = ExceptionForm
    page_title = "Grant an exception"
    submit_label = "Grant it"
    done_message = "The exception runs. Its use is recorded with each act."

    def form_kwargs(self) -> dict[str, Any]:
        return {"actor": self.actor}

    def perform(self, cleaned: dict[str, Any]) -> str:
        act = separation.act_named(cleaned.pop("act"))
        separation.grant_exception(actor=self.actor, act=act, now=self.now, **cleaned)
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("exceptions", args=[self.slug])


class EndException(ActPage):
    verb = "core.grant_exception"

    def perform(self) -> str:
        exception: SeparationException = get_object_or_404(
            SeparationException.objects.all(), pk=self.kwargs["pk"]
        )
        separation.end_exception(actor=self.actor, exception=exception, now=self.now)
        messages.success(self.request, f"{exception.reference} has ended.")
        return reverse("exceptions", args=[self.slug])


class Delegations(ListPage):
    verb = "core.view_separation"
    template_name = "core/delegations.html"

    def rows(self) -> Any:
        return reads.delegations()

    def context(self) -> Mapping[str, Any]:
        known = super().context()
        may_delegate = self.can("core.delegate_duties")
        return {
            **known,
            "page_title": "Delegations",
            "intro": "Who acts for whom, and until when. What one of the two wrote, neither approves.",
            "delegations": [self._row(each) for each in known["rows"]],
            "new_url": reverse("delegation_new", args=[self.slug]) if may_delegate else "",
        }

    def _row(self, delegation: Delegation) -> dict[str, Any]:
        state = reads.delegation_state(delegation, self.today)
        ends = state["label"] in {"Running", "To come"}
        may_revoke = ends and permissions.can(self.actor, "core.delegate_duties", delegation)
        return {
            "delegation": delegation,
            "state": state,
            "revoke_url": reverse("delegation_revoke", args=[self.slug, delegation.pk]) if may_revoke else "",
        }


class NewDelegation(FormPage):
    verb = "core.delegate_duties"
    form_class = DelegationForm
    page_title = "Delegate duties"
    submit_label = "Delegate"
    done_message = "Delegated. It holds from the first day and ends by itself."

    def initial(self) -> dict[str, Any]:
        return {"starts_on": self.today}

    def form_kwargs(self) -> dict[str, Any]:
        return {"actor": self.actor}

    def perform(self, cleaned: dict[str, Any]) -> str:
        delegations.delegate_duties(actor=self.actor, now=self.now, **cleaned)
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("delegations", args=[self.slug])


class RevokeDelegation(ActPage):
    verb = "core.delegate_duties"

    def perform(self) -> str:
        delegation: Delegation = get_object_or_404(Delegation.objects.all(), pk=self.kwargs["pk"])
        delegations.revoke_delegation(actor=self.actor, delegation=delegation, now=self.now)
        messages.success(self.request, "The delegation is taken back.")
        return reverse("delegations", args=[self.slug])


class RequestRole(FormPage):
    verb = "core.request_role"
    form_class = RoleRequestForm
    page_title = "Ask for a role of your own"
    submit_label = "Ask for it"
    done_message = (
        "Asked. A second administrator or top management decides; both they and the leads are told."
    )

    def form_kwargs(self) -> dict[str, Any]:
        return {"actor": self.actor}

    def perform(self, cleaned: dict[str, Any]) -> str:
        own_roles.request_roles(actor=self.actor, now=self.now, **cleaned)
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("people", args=[self.slug])


class DecideRole(ActPage):
    verb = "core.decide_role"

    def perform(self) -> str:
        request = get_object_or_404(RoleRequest.objects.select_related("member"), pk=self.kwargs["pk"])
        approve = self.request.POST.get("decision") == "approve"
        own_roles.decide_roles(actor=self.actor, request=request, approve=approve, now=self.now)
        messages.success(self.request, "Given." if approve else "Refused.")
        return reverse("exceptions", args=[self.slug])
