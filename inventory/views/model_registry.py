"""Pages of the connection to a model registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.urls import reverse

from aims.core.generic import ActPage, FormPage, Page
from inventory import registry_reading
from inventory.forms.model_registry import ModelRegistryForm
from inventory.queries.model_registry import model_registry
from inventory.services import model_registry as services


class ModelRegistryPage(Page):
    verb = "inventory.view_model_registry"
    template_name = "inventory/model_registry.html"

    def context(self) -> Mapping[str, Any]:
        return {
            "registry": model_registry(),
            "may_keep": self.can(services.KEEP),
            "may_import": self.can("inventory.import_systems"),
        }


class WriteModelRegistry(FormPage):
    verb = services.KEEP
    form_class = ModelRegistryForm
    page_title = "Connect an MLflow model registry"
    done_message = "Saved."

    def initial(self) -> dict[str, Any]:
        stored = model_registry()
        if stored is None:
            return {"row_version": 0}
        names = ("address", "user_name", "all_versions", "row_version")
        return {name: getattr(stored, name) for name in names}

    def cancel_url(self) -> str:
        return reverse("model_registry", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.write_registry(actor=self.actor, now=self.now, **cleaned)
        return self.cancel_url()


class ReadModelRegistry(ActPage):
    verb = "inventory.import_systems"

    def perform(self) -> str:
        upload = registry_reading.start_reading(actor=self.actor, now=self.now)
        return reverse("import", args=[self.slug, upload.pk])


class RemoveModelRegistry(ActPage):
    verb = services.KEEP

    def perform(self) -> str:
        services.remove_registry(actor=self.actor, now=self.now)
        messages.success(self.request, "The connection and its token are removed.")
        return reverse("model_registry", args=[self.slug])
