"""The transparency page of a system from inside: draft, preview, publish, take down."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404

from aims.core.generic import ActPage, FormPage, RecordPage
from aims.core.tenancy.context import current_organization
from inventory.forms.transparency import TransparencyForm
from inventory.models import AISystem, Disclosure, TransparencyPage
from inventory.queries import transparency as queries
from inventory.services import transparency as services

KEEP = "inventory.keep_disclosure"


class OfSystem(RecordPage):
    route = "system_transparency"

    @cached_property
    def record(self) -> AISystem:
        found = AISystem.objects.select_related("owner", "organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    @cached_property
    def page(self) -> TransparencyPage | None:
        return queries.page_of(self.record)

    @property
    def drafted(self) -> TransparencyPage:
        if self.page is None:
            raise Http404
        return self.page


class TransparencyOfSystem(OfSystem):
    """What stands outside, and how the draft would look there."""

    verb = "inventory.view_transparency"
    template_name = "inventory/transparency.html"

    def context(self) -> Mapping[str, Any]:
        page = self.page
        preview = queries.content_of(page) if page else None
        return {
            "system": self.record,
            "page": page,
            "address": queries.address_of(page),
            "versions": queries.versions_of(page),
            "preview": preview,
            "digest": services.digest_of(preview) if preview else "",
            "disclosures": queries.disclosures_of(self.record),
            "may_keep": self.can(KEEP, self.record),
            "may_publish": self.can("inventory.publish_transparency"),
        }


class DraftTransparency(OfSystem, FormPage):
    verb = KEEP
    form_class = TransparencyForm
    submit_label = "Save the draft"
    done_message = "Saved. Nothing changed outside."

    def form_kwargs(self) -> dict[str, Any]:
        return {"disclosures": Disclosure.objects.shown().filter(system=self.record).order_by("id")}

    def initial(self) -> dict[str, Any]:
        chosen = [each.pk for each in queries.disclosures_of(self.record) if each.is_on_page]
        if self.page is None:
            return {
                "title": self.record.name,
                "publisher": current_organization().name,
                "language": "en",
                "row_version": 0,
            }
        values = {key: getattr(self.page, key) for key in (*services.DRAFTED, "row_version")}
        return {**values, "fields_chosen": self.page.fields, "disclosures": chosen}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Transparency page of {self.record.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.draft_page(actor=self.actor, system=self.record, now=self.now, **cleaned)
        return self.url


class PublishTransparency(OfSystem, ActPage):
    verb = "inventory.publish_transparency"

    def perform(self) -> str:
        digest = self.request.POST.get("digest", "")
        page = services.publish_page(actor=self.actor, page=self.drafted, digest=digest, now=self.now)
        messages.success(self.request, f"Version {page.version} stands outside.")
        return self.url


class TakeDownTransparency(OfSystem, ActPage):
    verb = KEEP

    def perform(self) -> str:
        services.take_down(actor=self.actor, page=self.drafted, now=self.now)
        messages.success(self.request, "The page is taken down. Its address does not work any more.")
        return self.url
