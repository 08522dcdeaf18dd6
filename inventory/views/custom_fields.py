"""Pages of the organization's own fields."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.generic import ActPage, EditPage, FormPage, Page, RecordPage
from inventory.forms.custom_fields import FieldEditForm, FieldForm
from inventory.models import CustomField
from inventory.queries import custom_fields as queries
from inventory.services import custom_fields as services


class FieldsPage(Page):
    verb = "inventory.view_fields"
    template_name = "inventory/custom_fields.html"

    def context(self) -> Mapping[str, Any]:
        return {"rows": queries.field_rows(), "may_keep": self.can(services.KEEP)}


class AddField(FormPage):
    verb = services.KEEP
    form_class = FieldForm
    page_title = "Add a field of your own"
    submit_label = "Add"
    done_message = "The field is on the record of every AI system."

    def cancel_url(self) -> str:
        return reverse("custom_fields", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.add_field(actor=self.actor, now=self.now, **cleaned)
        return self.cancel_url()


class OfField(RecordPage):
    verb = services.KEEP

    @cached_property
    def record(self) -> CustomField:
        return get_object_or_404(CustomField, pk=self.kwargs["pk"])

    @property
    def url(self) -> str:
        return reverse("custom_fields", args=[self.slug])


class EditField(OfField, EditPage):
    form_class = FieldEditForm
    editable = services.EDITABLE

    def named(self) -> str:
        return self.record.label

    def edit(self, **said: Any) -> None:
        services.edit_field(actor=self.actor, field=self.record, now=self.now, **said)


class RetireField(OfField, ActPage):
    def perform(self) -> str:
        services.retire_field(actor=self.actor, field=self.record, now=self.now)
        messages.success(self.request, f"“{self.record.label}” is asked for no more.")
        return self.url


class RestoreField(OfField, ActPage):
    def perform(self) -> str:
        services.restore_field(actor=self.actor, field=self.record, now=self.now)
        messages.success(self.request, f"“{self.record.label}” is asked for again.")
        return self.url
