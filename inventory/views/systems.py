"""Pages of the register of AI systems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import permissions
from aims.core.columns import Column
from aims.core.generic import ActPage, ColumnCsv, ColumnRegister, FormPage
from aims.core.queries.evidence import visible_evidence
from aims.core.registry import registry
from inventory import gates
from inventory.columns.systems import columns_of
from inventory.forms.custom_fields import initial_of, taken_out
from inventory.forms.systems import EditForm, EvidenceForm, RegisterForm, SystemFilterForm
from inventory.models import AISystem, CustomField
from inventory.queries import custom_fields
from inventory.queries import systems as queries
from inventory.queries.gates import is_frozen
from inventory.rules import systems as rules
from inventory.services import systems as services
from inventory.views.tabs import OriginsPage, TabbedRecord, origins_url

#: The tabs of a system beside its record and its history.
MORE = (("gates", "Life cycle", "system_gates"),)


class Register(ColumnRegister):
    """What the register and its CSV share: filters and order."""

    verb = "inventory.view_systems"
    has_past = True
    record_verb = "inventory.view_system"
    url_name = "systems"
    filter_form_class = SystemFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS
    default_sort = "id"

    @cached_property
    def own_fields(self) -> list[CustomField]:
        return custom_fields.in_use()

    def columns_offered(self) -> Sequence[Column]:
        return columns_of(self.own_fields)

    def filter_kwargs(self) -> dict[str, Any]:
        return {"owners": queries.owners(), "own_fields": custom_fields.of_register(self.own_fields)}

    def systems(self) -> Any:
        return queries.systems(queries.SystemFilters(**self.asked), on=self.today)

    def rows(self) -> Any:
        return queries.rows(self.systems(), self.choice.reads)


class SystemsPage(Register):
    template_name = "inventory/systems.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts(on=self.today)

    def context(self) -> Mapping[str, Any]:
        context, may_edit = super().context(), self.can("inventory.edit_system")
        return {
            **context,
            "lines": self.choice.lines(queries.system_rows(context["rows"], on=self.today)),
            "may_register": self.can("inventory.register_system"),
            "may_import": self.can("inventory.import_systems"),
            "may_open": self.can("inventory.view_system"),
            "may_export": bool(context["total"])
            and self.actor.may_download
            and self.can("inventory.view_system"),
            "may_see_imports": self.can("inventory.view_imports"),
            "edit_many_url": reverse("systems_edit_many", args=[self.slug]) if may_edit else "",
            "may_see_fields": self.can("inventory.view_fields"),
        }


class SystemsCsv(ColumnCsv, Register):
    file_name = "ai-systems.csv"

    def exported_rows(self) -> Iterable[queries.SystemRow]:
        return queries.system_rows(self.sorted_rows(), on=self.today)


class OfSystem(TabbedRecord):
    route = "system"
    shown_as = "system"
    more = MORE

    @cached_property
    def record(self) -> AISystem:
        return get_object_or_404(queries.systems_with_parts(), pk=self.kwargs["pk"])


class SystemPage(OfSystem):
    verb = "inventory.view_system"
    has_past = True
    record_name = "record"
    template_name = "inventory/system.html"

    def context(self) -> Mapping[str, Any]:
        system = self.record
        detail, may_change = queries.detail_of(system), not is_frozen(system)
        return {
            **self.head("record"),
            "detail": detail,
            "missing": rules.missing_fields(system, has_oversight=bool(detail.oversight)),
            "panels": self._panels(system),
            "gates": [gate for gate in self._gates(system) if gate.answers],
            "roles": queries.roles_in_words(system.organization_roles),
            "own_fields": custom_fields.said_by(system.custom, custom_fields.in_use()),
            "origins_url": origins_url(self, system, route=self.route),
            "may_edit": may_change and self.can("inventory.edit_system", system),
            "may_export": self.actor.may_download,
            "may_link": may_change and self.can("inventory.link_evidence", system),
        }

    def _gates(self, system: AISystem) -> list[gates.Gate]:
        return gates.gates_shown(actor=self.actor, system=system, now=self.now)

    def _panels(self, system: AISystem) -> list[dict[str, Any]]:
        return [
            panel.shown(self.actor, system)
            for panel in registry.panels_at("system")
            if self.can(panel.verb, system)
        ]


class SystemHistory(OfSystem, OriginsPage):
    template_name = "inventory/system_history.html"


class RegisterSystem(FormPage):
    verb = "inventory.register_system"
    form_class = RegisterForm
    template_name = "inventory/system_form.html"
    page_title = "Register AI system"
    submit_label = "Register"
    done_message = "The system is in the inventory."

    def form_kwargs(self) -> dict[str, Any]:
        return {
            "may_set_owner": self.can("inventory.set_owner"),
            "may_enter_as_found": self.can("inventory.enter_as_found"),
            "own_fields": custom_fields.in_use(),
        }

    def cancel_url(self) -> str:
        return reverse("systems", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        custom = taken_out(cleaned)
        values = {**cleaned, "is_in_scope": cleaned["in_scope"]}
        del values["in_scope"]
        system = services.register_system(actor=self.actor, custom=custom, now=self.now, **values)
        self._name_namesakes(system)
        return reverse("system", args=[self.slug, system.pk])

    def _name_namesakes(self, system: AISystem) -> None:
        """Two records may be right, as of two sites; whoever registers is told, and decides."""
        same = queries.namesakes(name=system.name, version=system.version, but=system.pk)
        if references := list(same.values_list("reference", flat=True)):
            named = ", ".join(references)
            messages.warning(self.request, f"Same name and version as {named}: is it the same system?")


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
        own = custom_fields.in_use()
        return {"may_set_owner": self.can("inventory.set_owner"), "own_fields": own}

    def initial(self) -> dict[str, Any]:
        values = {key: getattr(self.system, key) for key in services.EDITABLE}
        scope = {True: "yes", False: "no", None: ""}[self.system.is_in_scope]
        detail = queries.detail_of(self.system)
        return {
            **values,
            **initial_of(self.system.custom),
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
        custom = taken_out(cleaned)
        changes = {**cleaned, "is_in_scope": cleaned["in_scope"]}
        for key in ("in_scope", "oversight", "row_version"):
            del changes[key]
        services.edit_system(
            actor=self.actor,
            system=self.system,
            row_version=cleaned["row_version"],
            changes=changes,
            oversight=cleaned["oversight"],
            custom=custom,
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

    @cached_property
    def offered(self) -> Any:
        return queries.evidence_to_link(self.system, self.actor)

    def form_kwargs(self) -> dict[str, Any]:
        return {"offered": self.offered}

    def context(self) -> Mapping[str, Any]:
        title = f"Link evidence to {self.system.reference}"
        return {
            **super().context(),
            "page_title": title,
            "system": self.system,
            "items": self.offered.exists(),
        }

    def cancel_url(self) -> str:
        return reverse("system", args=[self.slug, self.system.pk])

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.link_evidence(actor=self.actor, system=self.system, now=self.now, **cleaned)
        return self.cancel_url()


class UnlinkEvidence(ActPage):
    verb = "inventory.link_evidence"

    def perform(self) -> str:
        system = get_object_or_404(AISystem, pk=self.kwargs["pk"])
        evidence = get_object_or_404(visible_evidence(self.actor), pk=self.kwargs["evidence"])
        services.unlink_evidence(actor=self.actor, system=system, evidence=evidence, now=self.now)
        return reverse("system", args=[self.slug, system.pk])
