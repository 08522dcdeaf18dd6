"""The scope of the AI management system: written by the lead, approved by top management."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.generic import ActPage, FormPage, Page
from inventory.forms.scope import ScopeForm
from inventory.models import ScopeStatement
from inventory.queries import scope as queries
from inventory.services import scope as services


class ScopePage(Page):
    """The version in force, the one that waits, and the earlier ones."""

    verb = "inventory.view_scope"
    has_past = True
    template_name = "inventory/scope.html"

    def context(self) -> Mapping[str, Any]:
        versions = list(queries.scope_statements())
        in_force = next((scope for scope in versions if scope.approved_at), None)
        waiting = versions[0] if versions and not versions[0].approved_at else None
        return {
            "in_force": in_force,
            "waiting": waiting,
            "earlier": [scope for scope in versions if scope not in (in_force, waiting)],
            "may_write": self.can("inventory.write_scope"),
            "may_approve": waiting is not None
            and self.can("inventory.approve_scope")
            and waiting.author_id != self.actor.member_id,
        }


class WriteScope(FormPage):
    verb = "inventory.write_scope"
    form_class = ScopeForm
    page_title = "Write the scope of the AIMS"
    submit_label = "Save for approval"

    def initial(self) -> dict[str, Any]:
        newest = queries.scope_statements().first()
        return {"statement": newest.statement, "boundaries": newest.boundaries} if newest else {}

    def cancel_url(self) -> str:
        return reverse("scope", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.write_scope_statement(actor=self.actor, now=self.now, **cleaned)
        return reverse("scope", args=[self.slug])


class ApproveScope(ActPage):
    verb = "inventory.approve_scope"

    def perform(self) -> str:
        scope = get_object_or_404(ScopeStatement, pk=self.kwargs["pk"])
        services.approve_scope_statement(actor=self.actor, scope=scope, now=self.now)
        return reverse("scope", args=[self.slug])
