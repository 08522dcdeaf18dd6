"""The scope of the AI management system: written by the lead, approved by top management."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.copies import copy_line
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.generic import ActPage, FormPage, Page
from aims.core.pdf import PdfUnavailable
from aims.core.tenancy.context import current_organization
from inventory.exports import scope as exports
from inventory.forms.scope import ScopeForm
from inventory.models import ScopeStatement
from inventory.queries import scope as queries
from inventory.queries.context import system_counts
from inventory.services import scope as services


class ScopePage(Page):
    """The version in force, the one that waits, and the earlier ones."""

    verb = "inventory.view_scope"
    has_past = True
    template_name = "inventory/scope.html"

    def context(self) -> Mapping[str, Any]:
        versions = list(queries.readable_statements(self.actor))
        hashes = queries.hashes_of(versions)
        for scope in versions:
            scope.sha256 = hashes.get(scope.pk, "")
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
            "may_download": self.actor.may_download,
            "systems": system_counts() if self.can("inventory.view_context") else None,
        }


class ExportScope(Page):
    """One version as a file: the frozen JSON or a PDF."""

    verb = "inventory.view_scope"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        scope = get_object_or_404(queries.readable_statements(self.actor), pk=self.kwargs["pk"])
        frozen = queries.frozen(scope)
        try:
            made = exports.export(
                self.kwargs["kind"],
                scope,
                organization=current_organization().name,
                frozen_text=frozen.text if frozen else "",
                copy_for=copy_line(self.actor, self.now),
            )
        except KeyError:
            raise Http404 from None
        except PdfUnavailable as missing:
            raise RuleBroken(str(missing)) from missing
        return HttpResponse(
            made.content,
            content_type=made.media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{made.name}"',
                "X-Content-Type-Options": "nosniff",
            },
        )


class WriteScope(FormPage):
    verb = "inventory.write_scope"
    form_class = ScopeForm
    template_name = "inventory/scope_form.html"
    page_title = "Write the scope of the AIMS"
    submit_label = "Save for approval"

    def initial(self) -> dict[str, Any]:
        newest = queries.scope_statements().first()
        kept = ("statement", "boundaries", "sites", "exclusions")
        return {name: getattr(newest, name) for name in kept} if newest else {}

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
