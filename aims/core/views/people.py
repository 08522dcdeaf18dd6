"""People and access, and who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.enums import ErasureState, GrantState, Role
from aims.core.exceptions import RuleBroken
from aims.core.forms.organization import RolesForm
from aims.core.forms.separation import HandOverForm
from aims.core.generic import FormPage, Page
from aims.core.models import AccessGrant, Invitation, Member
from aims.core.queries.erasure import erasures
from aims.core.queries.evidence import all_shares
from aims.core.queries.people import permission_rows, role_labels, separation_rules
from aims.core.queries.separation import act_of, running_exceptions
from aims.core.services import handing_over
from aims.core.services.organizations import change_roles
from aims.core.services.sign_in import end_sessions
from aims.core.tenancy.past import past_moment

GRANT_TONES = {"active": "ok", "invited": "info", "revoked": "bad"}


class People(Page):
    verb = "core.view_people"
    has_past = True
    template_name = "core/people.html"

    def context(self) -> Mapping[str, Any]:
        may_manage = self.can("core.manage_people")
        may_erase = self.can("core.request_erasure") and past_moment() is None
        found = [] if past_moment() or self.actor.is_operator else list(erasures())
        erased = {each.member_id for each in found if each.state != ErasureState.REFUSED}
        return {
            "page_title": "People and access",
            "members": [
                self._member(member, may_manage=may_manage, may_erase=may_erase, erased=erased)
                for member in Member.objects.all()
            ],
            "erasures": found,
            "invitations": self._invitations(),
            "auditors": self._auditors(),
            "shares": self._shares(),
            "invite_url": reverse("member_new", args=[self.slug])
            if self.can("core.manage_invitations")
            else "",
            "role_url": reverse("role_request_new", args=[self.slug])
            if self.can("core.request_role")
            else "",
            "permissions_url": reverse("permissions", args=[self.slug]),
        }

    def _member(
        self, member: Member, *, may_manage: bool, may_erase: bool, erased: set[int]
    ) -> dict[str, Any]:
        actions = []
        if may_manage and member.is_active:
            where = [self.slug, member.pk]
            actions = [
                {"label": "Change roles", "url": reverse("member_roles", args=where)},
                {"label": "End sessions", "url": reverse("member_sessions", args=where)},
                {"label": "Hand over", "url": reverse("member_hand_over", args=where)},
                {"label": "End access", "url": reverse("member_deactivate", args=where)},
            ]
        elif member.hand_over_since and self.can("core.hand_over"):
            url = reverse("member_hand_over", args=[self.slug, member.pk])
            actions = [{"label": "Hand over", "url": url}]
        elif not member.is_active and may_erase and member.pk not in erased:
            url = reverse("member_erase", args=[self.slug, member.pk])
            actions = [{"label": "Erase personal data", "url": url}]
        return {
            "name": member.name,
            "email": member.email,
            "roles": member.role_names,
            "since": member.joined_at,
            "active": member.is_active,
            "waits": member.hand_over_since is not None,
            "actions": actions,
        }

    def _invitations(self) -> list[dict[str, Any]]:
        may_manage = self.can("core.manage_invitations")
        if past_moment() or not self.can("core.view_invitations"):
            return []
        return [
            {
                "name": invitation.name,
                "email": invitation.email,
                "roles": invitation.role_names,
                "sent_at": invitation.sent_at,
                "expires_at": invitation.expires_at,
                "is_expired": invitation.is_expired(self.now),
                "resend_url": self._invitation_url("resend", invitation.pk) if may_manage else "",
                "withdraw_url": self._invitation_url("withdraw", invitation.pk) if may_manage else "",
            }
            for invitation in Invitation.objects.waiting().filter(grant=None)
        ]

    def _auditors(self) -> list[dict[str, Any]]:
        if past_moment() or self.actor.is_operator:  # no row history; an entry reads no accounts
            return []
        waiting: dict[int, int] = {}
        if self.can("core.manage_grants"):
            of_grants = Invitation.objects.waiting().filter(grant__state=GrantState.INVITED)
            waiting = dict(of_grants.values_list("grant_id", "pk"))
        return [
            {
                **_auditor(grant),
                "resend_url": self._invitation_url("resend", waiting[grant.pk])
                if grant.pk in waiting
                else "",
            }
            for grant in AccessGrant.objects.select_related("user").order_by("-pk")
        ]

    def _invitation_url(self, act: str, pk: int) -> str:
        return reverse(f"invitation_{act}", args=[self.slug, pk])

    def _shares(self) -> list[dict[str, Any]]:
        if past_moment() or not self.can("core.share_evidence"):
            return []
        return [
            {
                "document": str(share["evidence"]),
                "document_url": reverse("evidence", args=[self.slug, share["evidence"].pk]),
                "person": share["person"],
                "since": share["since"],
                "revoke_url": reverse("evidence_unshare", args=[self.slug, share["pk"]]),
            }
            for share in all_shares()
        ]


def _auditor(grant: AccessGrant) -> dict[str, Any]:
    return {
        "name": grant.name,
        "email": grant.user.email,
        "scope": grant.purpose,
        "starts_at": grant.starts_at,
        "ends_at": grant.ends_at,
        "state": grant.get_state_display(),
        "tone": GRANT_TONES.get(grant.state, "neutral"),
    }


class PermissionTable(Page):
    verb = "core.view_permissions"
    template_name = "core/permissions.html"

    def context(self) -> Mapping[str, Any]:
        return {
            "page_title": "Who may do what",
            "intro": "Made from the tables that every page, API call and job asks; the rest is refused.",
            "roles": role_labels(),
            "objects": permission_rows(),
            "rules": list(separation_rules()),
            "exceptions": [
                {"exception": each, "act": act_of(each)} for each in running_exceptions(self.today)
            ]
            if self.can("core.view_separation")
            else [],
            "exceptions_url": reverse("exceptions", args=[self.slug])
            if self.can("core.view_separation")
            else "",
        }


class PeopleForm(FormPage):
    verb = "core.manage_people"

    def cancel_url(self) -> str:
        return reverse("people", args=[self.slug])

    @cached_property
    def member(self) -> Member:
        return get_object_or_404(Member.objects.active(), pk=self.kwargs["pk"])


class ChangeRoles(PeopleForm):
    form_class = RolesForm
    page_title = "Change roles"
    done_message = "Roles changed. They hold from the next page this person opens."

    def initial(self) -> dict[str, Any]:
        return {"roles": self.member.roles}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "intro": f"{self.member.name}.{_of_groups(self.member)}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        change_roles(actor=self.actor, member=self.member, roles=cleaned["roles"])
        return self.cancel_url()


def _of_groups(member: Member) -> str:
    if not member.roles_from_groups:
        return ""
    named = ", ".join(str(Role(role).label) for role in member.roles_from_groups)
    return f" Given by groups of the directory, and gone with them: {named}."


class EndSessions(PeopleForm):
    form_class = forms.Form
    page_title = "End the sessions of a person"
    submit_label = "End the sessions"
    done_message = "Signed out here, on every device."

    def context(self) -> Mapping[str, Any]:
        intro = f"{self.member.name} is signed out of this organization everywhere, and can sign in again."
        return {**super().context(), "intro": intro}

    def perform(self, cleaned: dict[str, Any]) -> str:
        end_sessions(actor=self.actor, member=self.member, now=self.now)
        return self.cancel_url()


class HandOver(PeopleForm):
    """What a member answers for, and to whom it goes; their access may stay."""

    verb = "core.hand_over"
    form_class = HandOverForm
    template_name = "core/hand_over.html"
    submit_label = "Hand over"
    page_title = "Hand over"
    done_message = "Handed over. Whoever took something is told."

    @cached_property
    def member(self) -> Member:
        """Also somebody from whom the directory took the access already."""
        return get_object_or_404(Member.objects.with_something_to_hand_over(), pk=self.kwargs["pk"])

    @cached_property
    def held(self) -> list[handing_over.Holding]:
        return handing_over.holdings(self.member)

    def form_kwargs(self) -> dict[str, Any]:
        return {"actor": self.actor, "member": self.member, "held": self.held}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "intro": self.member.name, "held": self.held}

    def perform(self, cleaned: dict[str, Any]) -> str:
        to = self.posted.chosen()
        if self.held and not to:
            raise RuleBroken("Choose who takes what.", field="everything")
        handing_over.hand_over(actor=self.actor, member=self.member, to=to)
        return self.cancel_url()

    def form(self, data: Any = None, files: Any = None) -> HandOverForm:
        self.posted = HandOverForm(data, initial=self.initial(), **self.form_kwargs())
        return self.posted


class DeactivateMember(HandOver):
    """Everything to somebody else and the end of access, in one act."""

    verb = "core.manage_people"
    page_title = "End a person's access"
    submit_label = "End access"
    member = PeopleForm.member
    done_message = "Access has ended. It holds from this person's next request."

    def perform(self, cleaned: dict[str, Any]) -> str:
        handing_over.end_access(
            actor=self.actor,
            member=self.member,
            reason=cleaned["reason"],
            to=self.posted.chosen(),
            now=self.now,
        )
        return self.cancel_url()
