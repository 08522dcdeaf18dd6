"""Pages of the supplier register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import transitions
from aims.core.columns import Column
from aims.core.generic import ColumnCsv, ColumnRegister, EditPage, FormPage, StepPage
from inventory.columns.suppliers import COLUMNS
from inventory.enums import SupplierState
from inventory.forms.suppliers import StepForm, SupplierEditForm, SupplierFilterForm, SupplierForm
from inventory.models import Supplier
from inventory.queries import suppliers as queries
from inventory.queries.questionnaires import questionnaires_of, questions_for, takes_another
from inventory.rules.suppliers import SUPPLIER
from inventory.services import supplier_parts
from inventory.services import suppliers as services
from inventory.views.offline import offline_menu
from inventory.views.tabs import HistoryPage, TabbedRecord

TONES = {
    "proposed": "neutral",
    "due_diligence": "info",
    "approved": "ok",
    "approved_with_conditions": "warn",
    "rejected": "neutral",
    "active": "ok",
    "under_review": "info",
    "suspended": "bad",
    "exited": "neutral",
}


class Register(ColumnRegister):
    """What the register and its CSV share: filters and order."""

    verb = "inventory.view_suppliers"
    has_past = True
    url_name = "suppliers"
    filter_form_class = SupplierFilterForm
    views = queries.VIEWS
    sorts = queries.SORTS
    default_sort = "id"

    def columns_offered(self) -> Sequence[Column]:
        return COLUMNS

    def suppliers(self) -> Any:
        return queries.suppliers(queries.SupplierFilters(**self.asked), on=self.today)

    def rows(self) -> Any:
        return queries.rows(self.suppliers(), self.choice.reads)


class SuppliersPage(Register):
    template_name = "inventory/suppliers.html"

    def view_counts(self) -> Mapping[str, int]:
        return queries.view_counts(on=self.today)

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        may_keep = self.can("inventory.keep_supplier")
        return {
            **context,
            "lines": self.choice.lines(queries.supplier_rows(context["rows"], on=self.today)),
            "may_keep": may_keep,
            "offline": offline_menu(self, reverse("suppliers_sheet", args=[self.slug])),
            "edit_many_url": reverse("suppliers_edit_many", args=[self.slug]) if may_keep else "",
        }


class SuppliersCsv(ColumnCsv, Register):
    file_name = "suppliers.csv"

    def exported_rows(self) -> Iterable[queries.SupplierRow]:
        return queries.supplier_rows(self.sorted_rows(), on=self.today)


class OfSupplier(TabbedRecord):
    route = "supplier"
    shown_as = "supplier"

    @cached_property
    def record(self) -> Supplier:
        found = Supplier.objects.select_related("owner", "author", "submitted_by", "organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def head(self, current: str) -> dict[str, Any]:
        return {**super().head(current), "tone": TONES[self.record.state]}


class SupplierPage(OfSupplier):
    verb = "inventory.view_suppliers"
    has_past = True
    record_name = "record"
    template_name = "inventory/supplier.html"

    def context(self) -> Mapping[str, Any]:
        supplier = self.record
        questionnaires = questionnaires_of(supplier)
        asked = transitions.actions_for(SUPPLIER, supplier, self.actor)
        return {
            **self.head("record"),
            "detail": queries.detail_of(supplier),
            "steps": [
                {
                    "label": SUPPLIER.labels[action],
                    "url": reverse("supplier_act", args=[self.slug, supplier.pk, action]),
                }
                for action in asked
                if self.can(services.VERBS[action], supplier)
            ],
            "questionnaires": questionnaires,
            "may_keep": self.can("inventory.keep_supplier", supplier),
            "may_send": takes_another(supplier, questionnaires)
            and self.can("inventory.send_questionnaire", supplier),
        }


class SupplierHistory(OfSupplier, HistoryPage):
    template_name = "inventory/supplier_history.html"


class RegisterSupplier(FormPage):
    verb = "inventory.keep_supplier"
    form_class = SupplierForm
    template_name = "inventory/supplier_form.html"
    page_title = "Register supplier"
    submit_label = "Register"
    done_message = "The supplier is in the register."

    def cancel_url(self) -> str:
        return reverse("suppliers", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        supplier = services.register_supplier(actor=self.actor, now=self.now, **cleaned)
        return reverse("supplier", args=[self.slug, supplier.pk])


class EditSupplier(OfSupplier, EditPage):
    verb = "inventory.keep_supplier"
    form_class = SupplierEditForm
    template_name = "inventory/supplier_form.html"
    editable = [key for key in services.EDITABLE if key != "contract"]

    def initial(self) -> dict[str, Any]:
        values = super().initial()
        for clause in queries.clauses_of(self.record):
            values[f"{clause.topic}_answer"] = clause.answer
            values[f"{clause.topic}_where"] = clause.where
        return values

    def edit(self, **said: Any) -> None:
        services.edit_supplier(actor=self.actor, supplier=self.record, now=self.now, **said)


class ActOnSupplier(OfSupplier, StepPage):
    """One step of the life cycle, with its reason; what still stands in the way is said before it is sent."""

    verb = "inventory.move_supplier"
    form_class = StepForm
    template_name = "inventory/supplier_step.html"
    machine = SUPPLIER
    step_verbs = services.VERBS

    @property
    def subject(self) -> str:
        return str(self.record.name)

    def context(self) -> Mapping[str, Any]:
        questions = questions_for(self.record) if self.action == "start" else None
        return {**super().context(), "supplier": self.record, "questions": questions}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.move_supplier(
            actor=self.actor, supplier=self.record, action=self.action, now=self.now, **cleaned
        )
        state = SupplierState(self.record.state).label.lower()
        messages.success(self.request, f"{self.record.reference}: {state}.")
        return self.url


class LinkNames(FormPage):
    """The names that systems carry as text become linked supplier records, in one act."""

    verb = "inventory.keep_supplier"
    form_class = StepForm
    template_name = "inventory/supplier_names.html"

    def form_kwargs(self) -> dict[str, Any]:
        return {"action": "names"}

    def cancel_url(self) -> str:
        return reverse("suppliers", args=[self.slug])

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "names": queries.names_to_link(self.actor)}

    def perform(self, cleaned: dict[str, Any]) -> str:
        linked = supplier_parts.link_names(actor=self.actor, now=self.now)
        what = "1 system is" if linked == 1 else f"{linked} systems are"
        messages.success(self.request, f"{what} linked.")
        return self.cancel_url()
