"""The pages on which many records of a register are edited at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import messages
from django.urls import reverse

from aims.core.generic import FormPage
from inventory.forms.bulk import CHOSEN, ResourcesForm, SuppliersForm, SystemsForm
from inventory.forms.custom_fields import taken_out
from inventory.models import CustomField
from inventory.queries import custom_fields
from inventory.services import bulk as services
from inventory.services.bulk import Register


class EditMany(FormPage):
    """Ticked in the register, shown here once more; what stays empty is left as it is."""

    register: ClassVar[Register]
    #: The names of the register and of a record among the addresses, and the heading of the register.
    url_name: ClassVar[str]
    route: ClassVar[str]
    title: ClassVar[str]
    template_name = "inventory/edit_many.html"

    @cached_property
    def records(self) -> list[Any]:
        data = self.request.POST if self.request.method == "POST" else self.request.GET
        ticked = map(CHOSEN.fullmatch, data.getlist("chosen")[: services.MOST])
        known = [int(each["number"]) for each in ticked if each]
        found = self.register.model.objects.select_related("owner").filter(pk__in=known)
        return list(found.order_by("id"))

    def initial(self) -> dict[str, Any]:
        return {"chosen": [f"{record.pk}:{record.row_version}" for record in self.records]}

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "page_title": f"Edit several {self.register.plural}",
            "records": self.records,
            "plural": self.register.plural,
            "register": self.title,
            "route": self.route,
        }

    def cancel_url(self) -> str:
        return reverse(self.url_name, args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        chosen = cleaned.pop("chosen")
        changed = services.edit_many(
            actor=self.actor, chosen=chosen, now=self.now, register=self.register, **self.said(cleaned)
        )
        number = len(changed)
        what = f"1 {self.register.noun} is" if number == 1 else f"{number} {self.register.plural} are"
        messages.success(self.request, f"{what} changed.")
        return self.cancel_url()

    def said(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        return {"changes": _filled(cleaned)}


class EditSystems(EditMany):
    verb = "inventory.edit_system"
    form_class = SystemsForm
    register = services.SYSTEMS
    url_name, route, title = "systems", "system", "AI systems"

    @cached_property
    def own_fields(self) -> list[CustomField]:
        return custom_fields.in_use()

    def form_kwargs(self) -> dict[str, Any]:
        return {"may_set_owner": self.can("inventory.set_owner"), "own_fields": self.own_fields}

    def said(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        custom = taken_out(cleaned)
        return {"changes": _filled(cleaned), "custom": _filled(custom)}


class EditSuppliers(EditMany):
    verb = "inventory.keep_supplier"
    form_class = SuppliersForm
    register = services.SUPPLIERS
    url_name, route, title = "suppliers", "supplier", "Suppliers"


class EditResources(EditMany):
    verb = "inventory.keep_resource"
    form_class = ResourcesForm

    def form_kwargs(self) -> dict[str, Any]:
        return {"model": self.register.model}


class EditModels(EditResources):
    register = services.MODELS
    url_name, route, title = "models", "model", "AI models"


class EditDataSets(EditResources):
    register = services.DATA_SETS
    url_name, route, title = "data_sets", "data_set", "Data sets"


class EditPrompts(EditResources):
    register = services.PROMPTS
    url_name, route, title = "prompts", "prompt", "Prompts and agents"


def _filled(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if value not in ("", None, [])}
