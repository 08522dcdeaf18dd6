"""The page on which many AI systems are edited at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.urls import reverse

from aims.core.generic import FormPage
from inventory.forms.bulk import CHOSEN, BulkForm
from inventory.forms.custom_fields import taken_out
from inventory.models import AISystem, CustomField
from inventory.queries import custom_fields
from inventory.services import bulk as services


class EditMany(FormPage):
    """Ticked in the register, shown here once more; what stays empty is left as it is."""

    verb = "inventory.edit_system"
    form_class = BulkForm
    template_name = "inventory/systems_edit_many.html"
    page_title = "Edit several AI systems"

    @cached_property
    def systems(self) -> list[AISystem]:
        data = self.request.POST if self.request.method == "POST" else self.request.GET
        ticked = map(CHOSEN.fullmatch, data.getlist("systems")[: services.MOST])
        known = [int(each["number"]) for each in ticked if each]
        return list(AISystem.objects.select_related("owner").filter(pk__in=known).order_by("id"))

    @cached_property
    def own_fields(self) -> list[CustomField]:
        return custom_fields.in_use()

    def form_kwargs(self) -> dict[str, Any]:
        return {"may_set_owner": self.can("inventory.set_owner"), "own_fields": self.own_fields}

    def initial(self) -> dict[str, Any]:
        return {"systems": [f"{system.pk}:{system.row_version}" for system in self.systems]}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "systems": self.systems}

    def cancel_url(self) -> str:
        return reverse("systems", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        custom = {key: value for key, value in taken_out(cleaned).items() if value not in ("", None, [])}
        chosen = cleaned.pop("systems")
        changes = {key: value for key, value in cleaned.items() if value not in ("", None, [])}
        changed = services.edit_many(
            actor=self.actor, chosen=chosen, changes=changes, custom=custom, now=self.now
        )
        what = "1 system is" if len(changed) == 1 else f"{len(changed)} systems are"
        messages.success(self.request, f"{what} changed.")
        return self.cancel_url()
