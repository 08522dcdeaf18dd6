"""The page of the sector templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.urls import reverse

from aims.core.generic import ActPage, Page
from inventory.queries import sectors as queries
from inventory.services import sectors as services


class SectorsPage(Page):
    verb = "inventory.view_fields"
    template_name = "inventory/sectors.html"

    def context(self) -> Mapping[str, Any]:
        return {
            "cards": queries.cards(),
            "may_keep": self.can(services.KEEP),
            "may_hand_in": self.can("core.submit_evidence"),
        }


class AdoptSector(ActPage):
    verb = services.KEEP

    def perform(self) -> str:
        services.adopt_sector(actor=self.actor, sector=self.request.POST.get("sector", ""), now=self.now)
        messages.success(self.request, "Adopted. Its fields are on the record of every AI system.")
        return reverse("sectors", args=[self.slug])


class DropSector(ActPage):
    verb = services.KEEP

    def perform(self) -> str:
        services.drop_sector(actor=self.actor, sector=self.request.POST.get("sector", ""), now=self.now)
        messages.success(self.request, "The template is left. Its fields stay until you retire them.")
        return reverse("sectors", args=[self.slug])
