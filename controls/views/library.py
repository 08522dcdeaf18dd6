from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from aims.core import transitions
from aims.core.generic import ActPage, FormPage, Page
from aims.core.queries.evidence import visible_evidence
from aims.core.queries.history import changes_of
from aims.core.registry import registry
from controls import forms, library, queries, services
from controls.enums import ImplementationState
from controls.models import Control, SoAEntry
from controls.rules import IMPLEMENTATION

TONES = {
    "not_started": "neutral",
    "planned": "info",
    "in_progress": "info",
    "implemented": "ok",
    "verified": "ok",
    "degraded": "bad",
    "excluded": "neutral",
}
LIGHTS = {"ok": "ok", "warn": "warn", "bad": "bad", "none": "neutral"}
WITH_FORM = {"verify": "control_verify", "degrade": "control_degrade"}


class Controls(Page):
    """The library: 38 controls by objective and the organization's own."""

    verb = "controls.view_controls"
    has_past = True
    template_name = "controls/controls.html"

    def context(self) -> Mapping[str, Any]:
        form = forms.RegisterFilter(self.request.GET or None)
        groups = queries.control_register(on=self.today, **self._filters(form))
        return {
            "groups": groups,
            "count": sum(len(group.rows) for group in groups),
            "filter_form": form,
            "tones": TONES,
            "lights": LIGHTS,
            "may_add": self.can("controls.add_control"),
        }

    def _filters(self, form: forms.RegisterFilter) -> dict[str, Any]:
        if not form.is_valid():
            return {}
        owner = form.cleaned_data["owner"]
        return {
            "text": form.cleaned_data["text"],
            "state": form.cleaned_data["state"],
            "owner_id": owner.pk if owner else None,
            "lacks_evidence": bool(form.cleaned_data["evidence"]),
        }


class ControlOf(Page):
    """Base of the pages about one control."""

    @cached_property
    def control(self) -> Control:
        found: Control = get_object_or_404(
            Control.objects.select_related("owner", "verified_by", "organization"), pk=self.kwargs["pk"]
        )
        return found

    @property
    def url(self) -> str:
        return reverse("control", args=[self.slug, self.control.pk])


class ControlPage(ControlOf):
    verb = "controls.view_controls"
    record_name = "control"
    has_past = True
    template_name = "controls/control.html"

    def context(self) -> Mapping[str, Any]:
        control = self.control
        evidence, standing = queries.shown_evidence(control, self.actor, on=self.today)
        may_link = self.can("controls.link_evidence", control)
        return {
            "control": control,
            "guide": _guide(control.reference),
            "tone": TONES[control.state],
            "evidence": evidence,
            "hidden_count": standing.total - len(evidence),
            "standing": standing,
            "risks": queries.risks_of_controls([control.pk]).get(control.pk, ()),
            "statement": self._statement(),
            "actions": self._actions(),
            "may_edit": self.can("controls.edit_control", control),
            "link_form": self._link_form() if may_link else None,
            "frameworks": _related(control.reference),
            "history": [] if self.actor.is_guest else changes_of(control, newest=20),
            "panels": self._panels(),
        }

    def _link_form(self) -> forms.EvidenceLinkForm:
        return forms.EvidenceLinkForm(control=self.control, actor=self.actor)

    def _statement(self) -> SoAEntry | None:
        """The row in the version that is in force, or else in the one being drafted."""
        rows = SoAEntry.objects.filter(control=self.control).select_related("soa")
        approved: SoAEntry | None = rows.filter(soa__state="approved").first()
        return approved or rows.order_by("-soa__version").first()

    def _actions(self) -> list[dict[str, str]]:
        """Buttons for what this person may do now; a guard that is not met says so when pressed."""
        possible = transitions.actions_for(IMPLEMENTATION, self.control, self.actor)
        return [
            {"action": action, "label": IMPLEMENTATION.labels[action], "form_url": self._form_url(action)}
            for action in possible
            if action in IMPLEMENTATION.labels and self.can(f"controls.{action}", self.control)
        ]

    def _form_url(self, action: str) -> str:
        return reverse(WITH_FORM[action], args=[self.slug, self.control.pk]) if action in WITH_FORM else ""

    def _panels(self) -> list[dict[str, Any]]:
        return [
            panel.shown(self.actor, self.control)
            for panel in registry.panels_at("control")
            if self.can(panel.verb)
        ]


def _guide(reference: str) -> library.Control | None:
    """What the library says of a control of Annex A; an own control speaks for itself."""
    try:
        return library.control(reference)
    except KeyError:
        return None


def _related(reference: str) -> list[tuple[str, library.Mapping]]:
    names = library.frameworks()
    return [(names[each.framework], each) for each in library.mappings(reference)]


class NewControl(FormPage):
    verb = "controls.add_control"
    form_class = forms.OwnControlForm
    page_title = "Add a control of your own"
    submit_label = "Add control"

    def perform(self, cleaned: dict[str, Any]) -> str:
        control = services.add_control(actor=self.actor, now=self.now, **cleaned)
        return reverse("control", args=[self.slug, control.pk])

    def cancel_url(self) -> str:
        return reverse("controls", args=[self.slug])


class EditControl(ControlOf, FormPage):
    verb = "controls.edit_control"
    form_class = forms.ControlForm
    submit_label = "Save"

    @property
    def page_title(self) -> str:  # type: ignore[override]  # of one record
        return f"Edit {self.control.reference} {self.control.title}"

    def form_kwargs(self) -> dict[str, Any]:
        may_assign = self.can("controls.assign_control", self.control)
        return {"control": self.control, "may_assign": may_assign}

    def initial(self) -> dict[str, Any]:
        names = (*forms.ControlForm.base_fields,)
        return {name: getattr(self.control, name) for name in names}

    def perform(self, cleaned: dict[str, Any]) -> str:
        row_version = cleaned.pop("row_version")
        services.edit_control(
            actor=self.actor, control=self.control, changes=cleaned, row_version=row_version, now=self.now
        )
        return self.url

    def cancel_url(self) -> str:
        return self.url


class VerifyControl(ControlOf, FormPage):
    verb = "controls.verify"
    form_class = forms.VerifyForm
    submit_label = "Verify"

    @property
    def page_title(self) -> str:  # type: ignore[override]  # of one record
        return f"Verify {self.control.reference} {self.control.title}"

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.verify(actor=self.actor, control=self.control, now=self.now, **cleaned)
        return self.url

    def cancel_url(self) -> str:
        return self.url


class DegradeControl(ControlOf, FormPage):
    verb = "controls.degrade"
    form_class = forms.DegradeForm
    submit_label = "Report"

    @property
    def page_title(self) -> str:  # type: ignore[override]  # of one record
        return f"{self.control.reference} {self.control.title} no longer works"

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.degrade(actor=self.actor, control=self.control, now=self.now, **cleaned)
        return self.url

    def cancel_url(self) -> str:
        return self.url


class ControlAct(ControlOf, ActPage):
    """Plan, start, mark as implemented, repair: the steps that need no further words."""

    verb = "controls.act"

    def perform(self) -> str:
        action = self.kwargs["action"]
        if action not in IMPLEMENTATION.labels or action in WITH_FORM:
            raise Http404
        services.VERBS[action](actor=self.actor, control=self.control, now=self.now)
        state = ImplementationState(self.control.state).label.lower()
        messages.success(self.request, f"{self.control.reference} is {state}.")
        return self.url


class LinkEvidence(ControlOf, ActPage):
    verb = "controls.link_evidence"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = forms.EvidenceLinkForm(request.POST, control=self.control, actor=self.actor)
        if not form.is_valid():
            messages.error(request, "Choose an evidence item that is not linked yet.")
            return HttpResponseRedirect(self.url)
        services.link_evidence(
            actor=self.actor, control=self.control, evidence=form.cleaned_data["evidence"], now=self.now
        )
        return HttpResponseRedirect(self.url)


class UnlinkEvidence(ControlOf, ActPage):
    verb = "controls.link_evidence"

    def perform(self) -> str:
        evidence = get_object_or_404(visible_evidence(self.actor), pk=self.kwargs["evidence"])
        services.unlink_evidence(actor=self.actor, control=self.control, evidence=evidence, now=self.now)
        return self.url


class Clauses(Page):
    verb = "controls.view_clauses"
    has_past = True
    template_name = "controls/clauses.html"

    def context(self) -> Mapping[str, Any]:
        return {"chapters": library.chapters()}


class ClausePage(Page):
    verb = "controls.view_clauses"
    has_past = True
    template_name = "controls/clause.html"

    def context(self) -> Mapping[str, Any]:
        try:
            clause = library.clause(self.kwargs["ref"])
        except KeyError:
            raise Http404 from None
        rows = {row.reference: row for row in Control.objects.filter(reference__in=clause.related_controls)}
        names = {document.ref: document for document in library.documents()}
        return {
            "clause": clause,
            "parent": library.clause_title(clause.parent) if clause.parent else "",
            "documents": [names[ref] for ref in clause.documents],
            "controls": [rows[ref] for ref in clause.related_controls if ref in rows],
            "tones": TONES,
            "frameworks": _related(clause.ref),
        }
