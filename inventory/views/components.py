"""Models and data sets that imported files name become records in one act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.urls import reverse

from aims.core.generic import FormPage
from inventory.queries import components as queries
from inventory.services import components as services


class AdoptComponents(FormPage):
    """What files name, and whether a record has it already; one button for all."""

    verb = "inventory.keep_resource"
    form_class = forms.Form
    template_name = "inventory/components.html"

    def cancel_url(self) -> str:
        return reverse("models", args=[self.slug])

    def context(self) -> Mapping[str, Any]:
        parts = queries.parts_to_adopt(self.actor)
        return {
            **super().context(),
            "parts": parts[: services.AT_ONCE],
            "left": max(0, len(parts) - services.AT_ONCE),
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        done = services.adopt_components(actor=self.actor, now=self.now)
        said = f"Registered: {done.registered}. Found on record: {done.recognized}."
        messages.success(self.request, f"{said} {done.left} are left." if done.left else said)
        return self.request.path if done.left else self.cancel_url()
