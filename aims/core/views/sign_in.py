"""How members sign in: verified e-mail domains and the connection to an identity provider."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from aims.core.certificates import described
from aims.core.enums import Role, SignInProtocol
from aims.core.exceptions import RuleBroken
from aims.core.forms.single_sign_on import (
    ConnectionForm,
    DemandForm,
    DomainForm,
    GroupRolesForm,
    SamlConnectionForm,
)
from aims.core.generic import ActPage, FormPage, Page
from aims.core.models import DirectoryGroup, EmailDomain, SignInConnection
from aims.core.queries.provisioning import groups
from aims.core.services import connections, email_domains
from aims.core.services.handing_over import counted
from aims.core.services.provisioning import map_group
from aims.core.services.saml_answers import answer_to
from aims.core.views.single_sign_on import callback_url, set_out


class SignIn(Page):
    verb = "core.view_sign_in"
    template_name = "core/sign_in.html"

    def context(self) -> Mapping[str, Any]:
        may_manage = self.can("core.manage_sign_in")
        found = SignInConnection.objects.select_related("exempt_member")
        domains = [self._domain(domain, may_manage=may_manage) for domain in EmailDomain.objects.all()]
        return {
            "page_title": "Sign-in",
            "intro": "How members come in: by password, or through your own identity provider.",
            "domains": domains,
            "unproved": [domain for domain in domains if not domain["verified_at"]],
            "connections": [self._connection(each, may_manage=may_manage) for each in found],
            "domain_form": DomainForm() if may_manage else None,
            "groups": self._groups(),
            "scim_url": f"{settings.BASE_URL}/scim/v2/organizations/{self.slug}",
            "claim_url": reverse("email_domain_claim", args=[self.slug]),
            "add_url": reverse("sign_in_connection_new", args=[self.slug]) if may_manage else "",
            "add_saml_url": reverse("sign_in_connection_new_saml", args=[self.slug]) if may_manage else "",
        }

    def _groups(self) -> list[dict[str, Any]]:
        may_map = self.can("core.map_groups")
        return [
            {
                "name": group.name,
                "count": len(group.entries.all()),  # type: ignore[attr-defined]
                "roles": [Role(role).label for role in group.roles],
                "map_url": reverse("directory_group_map", args=[self.slug, group.pk]) if may_map else "",
            }
            for group in groups().order_by("name")
        ]

    def _domain(self, domain: EmailDomain, *, may_manage: bool) -> dict[str, Any]:
        where = [self.slug, domain.pk]
        return {
            "pk": domain.pk,
            "domain": domain.domain,
            "verified_at": domain.verified_at,
            "record_name": email_domains.record_name(domain),
            "record_value": email_domains.record_value(domain),
            "prove_url": reverse("email_domain_prove", args=where) if may_manage else "",
            "remove_url": reverse("email_domain_remove", args=where) if may_manage else "",
        }

    def _connection(self, connection: SignInConnection, *, may_manage: bool) -> dict[str, Any]:
        return {
            "row": connection,
            "url": reverse("sign_in_connection", args=[self.slug, connection.pk]) if may_manage else "",
        }


class ClaimDomain(FormPage):
    verb = "core.manage_sign_in"
    form_class = DomainForm
    page_title = "Claim an e-mail domain"
    submit_label = "Claim domain"

    def cancel_url(self) -> str:
        return reverse("sign_in", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        email_domains.claim_domain(actor=self.actor, domain=cleaned["domain"])
        return self.cancel_url()


class DomainAct(ActPage):
    verb = "core.manage_sign_in"

    @cached_property
    def domain(self) -> EmailDomain:
        found: EmailDomain = get_object_or_404(EmailDomain.objects.all(), pk=self.kwargs["pk"])
        return found

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        domain = self.domain
        try:
            return super().post(request, *args, **kwargs)
        except RuleBroken as refused:
            messages.error(request, f"{domain.domain}: {refused}")
            return redirect("sign_in", self.slug)


class ProveDomain(DomainAct):
    def perform(self) -> str:
        email_domains.prove_domain(actor=self.actor, domain=self.domain, now=self.now)
        messages.success(self.request, f"{self.domain.domain} is verified.")
        return reverse("sign_in", args=[self.slug])


class RemoveDomain(DomainAct):
    def perform(self) -> str:
        email_domains.remove_domain(actor=self.actor, domain=self.domain)
        return reverse("sign_in", args=[self.slug])


class NewConnection(FormPage):
    verb = "core.manage_sign_in"
    kind = SignInProtocol.OIDC
    form_class: ClassVar[type[forms.Form]] = ConnectionForm
    page_title = "Connect by OpenID Connect"
    submit_label = "Add connection"
    template_name = "core/sign_in_connection_form.html"

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), **_own_addresses(self.kind, self.slug)}

    def cancel_url(self) -> str:
        return reverse("sign_in", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        made = connections.add_connection(actor=self.actor, kind=self.kind, **cleaned)
        return reverse("sign_in_connection", args=[self.slug, made.pk])


class NewSamlConnection(NewConnection):
    kind = SignInProtocol.SAML
    form_class = SamlConnectionForm
    page_title = "Connect by SAML 2.0"


def _own_addresses(kind: str, slug: str) -> dict[str, str]:
    """What the portal is registered with at the provider."""
    if kind == SignInProtocol.SAML:
        return {"saml_url": answer_to(slug)}
    return {"callback_url": callback_url()}


class ConnectionPage:
    """What the pages of one connection share."""

    kwargs: dict[str, Any]

    @cached_property
    def connection(self) -> SignInConnection:
        found: SignInConnection = get_object_or_404(SignInConnection.objects.all(), pk=self.kwargs["pk"])
        return found

    def connection_url(self) -> str:
        return reverse("sign_in_connection", args=[self.kwargs["organization"], self.kwargs["pk"]])


class OneConnection(ConnectionPage, Page):
    verb = "core.manage_sign_in"
    template_name = "core/sign_in_connection.html"

    def context(self) -> Mapping[str, Any]:
        where = [self.slug, self.connection.pk]
        return {
            "page_title": self.connection.name,
            "connection": self.connection,
            **_own_addresses(self.connection.kind, self.slug),
            "certificates": [described(each) for each in self.connection.certificates],
            "demand_form": DemandForm(),
            "back_url": reverse("sign_in", args=[self.slug]),
            **{
                f"{act}_url": reverse(f"sign_in_connection_{act}", args=where)
                for act in ("edit", "test", "on", "off", "demand", "relax", "remove")
            },
        }


class EditConnection(ConnectionPage, FormPage):
    verb = "core.manage_sign_in"
    page_title = "Change the connection"
    template_name = "core/sign_in_connection_form.html"
    done_message = "Saved."

    @property
    def is_saml(self) -> bool:
        return self.connection.kind == SignInProtocol.SAML

    def form(self, data: Any = None, files: Any = None) -> forms.Form:
        kind = SamlConnectionForm if self.is_saml else ConnectionForm
        return kind(data, initial=self.initial())

    def initial(self) -> dict[str, Any]:
        names = SamlConnectionForm.base_fields if self.is_saml else ConnectionForm.base_fields
        found = {name: getattr(self.connection, name) for name in names if name != "secret"}
        return found | ({"certificates": "".join(found["certificates"])} if self.is_saml else {})

    def context(self) -> Mapping[str, Any]:
        intro = "A change of anything but the name switches it off until it is tested again."
        if self.is_saml:
            intro += " A second certificate beside the first, or one of two taken away, does not."
        return {**super().context(), **_own_addresses(self.connection.kind, self.slug), "intro": intro}

    def cancel_url(self) -> str:
        return self.connection_url()

    def perform(self, cleaned: dict[str, Any]) -> str:
        connections.change_connection(actor=self.actor, connection=self.connection, **cleaned)
        return self.connection_url()


class TestConnection(ConnectionPage, ActPage):
    """Leads the administrator to the provider; what comes back decides (see single_sign_on.callback)."""

    verb = "core.manage_sign_in"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return set_out(
            request,
            self.actor.organization_id,
            self.connection.pk,
            next_url=self.connection_url(),
            is_test=True,
        )


class ConnectionAct(ConnectionPage, ActPage):
    verb = "core.manage_sign_in"
    done = ""

    def act(self) -> None:
        raise NotImplementedError

    def perform(self) -> str:
        self.act()
        if self.done:
            messages.success(self.request, self.done)
        return self.connection_url()


class SwitchOn(ConnectionAct):
    done = "The connection is on. Addresses of your verified domains are led to it."

    def act(self) -> None:
        connections.switch_on(actor=self.actor, connection=self.connection)


class SwitchOff(ConnectionAct):
    done = "The connection is off. Members sign in with their passwords."

    def act(self) -> None:
        connections.switch_off(actor=self.actor, connection=self.connection)


class Relax(ConnectionAct):
    done = "Members may sign in with a password again."

    def act(self) -> None:
        connections.relax_single_sign_on(actor=self.actor, connection=self.connection)


class RemoveConnection(ConnectionPage, ActPage):
    verb = "core.manage_sign_in"

    def perform(self) -> str:
        connections.remove_connection(actor=self.actor, connection=self.connection)
        return reverse("sign_in", args=[self.slug])


class MapGroup(FormPage):
    verb = "core.map_groups"
    form_class = GroupRolesForm
    page_title = "Roles that a group gives"
    done_message = "Saved. Everybody in the group has these roles now."

    @cached_property
    def group(self) -> DirectoryGroup:
        found: DirectoryGroup = get_object_or_404(groups(), pk=self.kwargs["pk"])
        return found

    def initial(self) -> dict[str, Any]:
        return {"roles": self.group.roles}

    def context(self) -> Mapping[str, Any]:
        names = [entry.member.name for entry in self.group.entries.all()]  # type: ignore[attr-defined]
        members = counted(names) if names else "nobody yet"
        return {**super().context(), "intro": f"{self.group.name}. In it: {members}."}

    def cancel_url(self) -> str:
        return reverse("sign_in", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        map_group(actor=self.actor, group=self.group, roles=cleaned["roles"])
        return self.cancel_url()


class Demand(ConnectionPage, FormPage):
    verb = "core.manage_sign_in"
    form_class = DemandForm
    page_title = "Only by single sign-on"
    submit_label = "Demand single sign-on"
    done_message = "Members with addresses of your verified domains now come in through the provider only."

    def cancel_url(self) -> str:
        return self.connection_url()

    def perform(self, cleaned: dict[str, Any]) -> str:
        connections.demand_single_sign_on(
            actor=self.actor, connection=self.connection, exempt_member=cleaned["exempt_member"]
        )
        return self.connection_url()
