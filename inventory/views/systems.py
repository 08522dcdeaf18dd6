"""Pages of the register of AI systems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import permissions
from aims.core.generic import ActPage, CsvPage, FormPage, ListPage, Page
from aims.core.models import Evidence
from aims.core.queries.history import changes_of
from aims.core.registry import registry
from inventory.forms.systems import EditForm, EvidenceForm, FilterForm, RegisterForm
from inventory.models import AISystem
from inventory.queries import systems as queries
from inventory.rules import systems as rules
from inventory.services import systems as services

CSV_COLUMNS = (
    "Reference",
    "Name",
    "Version",
    "Owner",
    "Type of AI",
    "Sourcing",
    "Supplier",
    "Stage",
    "Scope",
    "Reason for the scope decision",
    "Next review",
)


class Register(ListPage):
    """What the register and its CSV share: filters and order."""

    verb = "inventory.view_systems"
    has_past = True
    sorts = {
        "ref": "id",
        "name": "name",
        "owner": "owner__name",
        "type": "ai_type",
        "stage": "stage",
        "review": "next_review_date",
    }
    default_sort = "id"

    def filter_form(self) -> FilterForm:
        return FilterForm(self.request.GET or None, owners=queries.owners())

    def rows(self) -> Any:
        self.filters = self.filter_form()
        asked = self.filters.understood() if self.request.GET else {}
        self.view = asked.get("view", "")
        return queries.rows(queries.systems(queries.SystemFilters(**asked), on=self.today))


class SystemsPage(Register):
    template_name = "inventory/systems.html"

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        counts = queries.view_counts(on=self.today)
        return {
            **context,
            "rows": queries.system_rows(context["rows"], on=self.today),
            "filter_form": self.filters,
            "views": [self._tab(view, label, counts[view]) for view, label in queries.VIEWS.items()],
            "total": counts[""],
            "may_register": self.can("inventory.register_system"),
            "may_import": self.can("inventory.import_systems"),
            "may_open": self.can("inventory.view_system"),
            "may_see_imports": self.can("inventory.view_imports"),
        }

    def _tab(self, view: str, label: str, count: int) -> dict[str, Any]:
        url = reverse("systems", args=[self.slug])
        return {
            "label": label,
            "url": f"{url}?view={view}" if view else url,
            "count": count,
            "current": view == self.view,
        }


class SystemsCsv(CsvPage, Register):
    columns = CSV_COLUMNS
    file_name = "ai-systems.csv"

    def exported_rows(self) -> Iterable[queries.SystemRow]:
        return queries.system_rows(self.sorted_rows(), on=self.today)

    def cells(self, row: queries.SystemRow) -> tuple[object, ...]:
        return (
            row.reference,
            row.name,
            row.version,
            row.owner,
            row.ai_type,
            row.sourcing,
            row.supplier,
            row.stage_label,
            row.scope_label,
            row.scope_reason,
            row.next_review_date,
        )


class SystemPage(Page):
    verb = "inventory.view_system"
    has_past = True
    record_name = "system"
    template_name = "inventory/system.html"

    @cached_property
    def system(self) -> AISystem:
        return get_object_or_404(queries.systems_with_parts(), pk=self.kwargs["pk"])

    def context(self) -> Mapping[str, Any]:
        system = self.system
        detail = queries.detail_of(system)
        return {
            "system": system,
            "detail": detail,
            "missing": rules.missing_fields(system, has_oversight=bool(detail.oversight)),
            "tabs": tabs(self, system, current="record"),
            "panels": self._panels(system),
            "roles": queries.roles_in_words(system.organization_roles),
            "may_edit": self.can("inventory.edit_system", system),
            "may_link": self.can("inventory.link_evidence", system),
        }

    def _panels(self, system: AISystem) -> list[dict[str, Any]]:
        return [
            {"title": panel.title, "template": panel.template, "context": panel.context(self.actor, system)}
            for panel in registry.panels_at("system")
            if self.can(panel.verb, system)
        ]


class HistoryPage(Page):
    """Every state of the record since it was entered here."""

    verb = "inventory.view_history"
    has_past = True
    template_name = "inventory/system_history.html"

    def context(self) -> Mapping[str, Any]:
        system = get_object_or_404(AISystem, pk=self.kwargs["pk"])
        return {
            "system": system,
            "history": changes_of(system, newest=200),
            "tabs": tabs(self, system, current="history"),
        }


def tabs(page: Page, system: AISystem, *, current: str) -> list[dict[str, Any]]:
    """The parts of the record. External auditors have no history to open."""
    parts = [("record", "Record", "system")]
    if page.can("inventory.view_history"):
        parts.append(("history", "History", "system_history"))
    return [
        {"label": label, "url": reverse(name, args=[page.slug, system.pk]), "current": key == current}
        for key, label, name in parts
    ]


class RegisterSystem(FormPage):
    verb = "inventory.register_system"
    form_class = RegisterForm
    template_name = "inventory/system_form.html"
    page_title = "Register AI system"
    submit_label = "Register"
    done_message = "The system is in the inventory."

    def form_kwargs(self) -> dict[str, Any]:
        return {"may_set_owner": self.can("inventory.set_owner")}

    def cancel_url(self) -> str:
        return reverse("systems", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        values = {**cleaned, "is_in_scope": cleaned["in_scope"]}
        del values["in_scope"]
        system = services.register_system(actor=self.actor, now=self.now, **values)
        return reverse("system", args=[self.slug, system.pk])


class EditSystem(FormPage):
    verb = "inventory.edit_system"
    form_class = EditForm
    template_name = "inventory/system_form.html"
    done_message = "Saved."

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        permissions.require(self.actor, self.verb)
        self.system = get_object_or_404(queries.systems_with_parts(), pk=self.kwargs["pk"])
        permissions.require(self.actor, self.verb, self.system)
        return super().dispatch(request, *args, **kwargs)

    def form_kwargs(self) -> dict[str, Any]:
        return {"may_set_owner": self.can("inventory.set_owner")}

    def initial(self) -> dict[str, Any]:
        values = {key: getattr(self.system, key) for key in services.EDITABLE}
        scope = {True: "yes", False: "no", None: ""}[self.system.is_in_scope]
        detail = queries.detail_of(self.system)
        return {
            **values,
            "owner": self.system.owner,
            "oversight": [person.id for person in detail.oversight],
            "in_scope": scope,
            "row_version": self.system.row_version,
        }

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Edit {self.system.reference}", "system": self.system}

    def cancel_url(self) -> str:
        return reverse("system", args=[self.slug, self.system.pk])

    def perform(self, cleaned: dict[str, Any]) -> str:
        changes = {**cleaned, "is_in_scope": cleaned["in_scope"]}
        for key in ("in_scope", "oversight", "row_version"):
            del changes[key]
        services.edit_system(
            actor=self.actor,
            system=self.system,
            row_version=cleaned["row_version"],
            changes=changes,
            oversight=cleaned["oversight"],
            now=self.now,
        )
        return reverse("system", args=[self.slug, self.system.pk])


class LinkEvidence(FormPage):
    verb = "inventory.link_evidence"
    form_class = EvidenceForm
    template_name = "inventory/evidence_form.html"
    submit_label = "Link evidence"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        permissions.require(self.actor, self.verb)
        self.system = get_object_or_404(AISystem, pk=self.kwargs["pk"])
        permissions.require(self.actor, self.verb, self.system)
        return super().dispatch(request, *args, **kwargs)

    def form_kwargs(self) -> dict[str, Any]:
        self.items = queries.evidence_to_link(self.system)
        return {"items": self.items}

    def context(self) -> Mapping[str, Any]:
        title = f"Link evidence to {self.system.reference}"
        return {**super().context(), "page_title": title, "system": self.system, "items": self.items}

    def cancel_url(self) -> str:
        return reverse("system", args=[self.slug, self.system.pk])

    def perform(self, cleaned: dict[str, Any]) -> str:
        evidence = get_object_or_404(Evidence, pk=cleaned["evidence"])
        services.link_evidence(actor=self.actor, system=self.system, evidence=evidence, now=self.now)
        return self.cancel_url()


class UnlinkEvidence(ActPage):
    verb = "inventory.link_evidence"

    def perform(self) -> str:
        system = get_object_or_404(AISystem, pk=self.kwargs["pk"])
        evidence = get_object_or_404(Evidence, pk=self.kwargs["evidence"])
        services.unlink_evidence(actor=self.actor, system=system, evidence=evidence, now=self.now)
        return reverse("system", args=[self.slug, system.pk])
