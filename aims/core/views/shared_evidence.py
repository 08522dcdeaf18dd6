"""Documents that are shared with one person by name, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from aims.core import blobs, evidence
from aims.core.enums import EvidenceState
from aims.core.forms.evidence import ReasonForm, ShareForm
from aims.core.generic import FormPage, Page
from aims.core.models import Evidence, EvidencePermission, Member
from aims.core.queries import evidence as reads
from aims.core.views.evidence import TONES, EvidenceForm, facts_of


class ShareEvidence(EvidenceForm):
    verb = "core.share_evidence"
    form_class = ShareForm
    page_title = "Share with a person"
    submit_label = "Share"

    def perform(self, cleaned: dict[str, Any]) -> str:
        evidence.share_evidence(actor=self.actor, evidence=self.item, now=self.now, **cleaned)
        return self.item_url()


class UnshareEvidence(FormPage):
    verb = "core.share_evidence"
    form_class = ReasonForm
    page_title = "Take a shared document back"
    submit_label = "Take back"

    @cached_property
    def shared(self) -> EvidencePermission:
        found = EvidencePermission.objects.select_related("content_object", "user")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def perform(self, cleaned: dict[str, Any]) -> str:
        evidence.unshare_evidence(actor=self.actor, shared=self.shared, reason=cleaned["reason"])
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("evidence", args=[self.slug, self.shared.content_object_id])

    def context(self) -> Mapping[str, Any]:
        member = Member.objects.filter(user=self.shared.user_id).first()
        intro = f"{self.shared.content_object}, shared with {member or 'a former member'}"
        return {**super().context(), "intro": intro}


class SharedWithMe(Page):
    """Documents shared with one person outside their role."""

    verb = "core.view_shared_evidence"
    template_name = "core/generic_list.html"

    def context(self) -> Mapping[str, Any]:
        found = reads.shared_evidence(self.request.user).order_by("-pk")
        return {
            "page_title": "Shared with me",
            "columns": [{"label": label} for label in ("Ref", "Title", "Kind", "Valid until")],
            "rows": [self._row(item) for item in found],
            "empty": {
                "icon": "folder-open",
                "title": "Nothing is shared with you",
                "text": "A document that somebody shares with you by name appears here.",
            },
        }

    def _row(self, item: Evidence) -> dict[str, Any]:
        values = (
            ("Ref", item.reference, "ref"),
            ("Title", item.title, ""),
            ("Kind", item.get_kind_display(), ""),
            ("Valid until", item.valid_until, "day"),
        )
        return {
            "url": reverse("shared_document", args=[self.slug, item.pk]),
            "cells": [{"label": label, "value": value, "kind": kind} for label, value, kind in values],
        }


class SharedDocument(Page):
    verb = "core.view_shared_evidence"
    template_name = "core/evidence_detail.html"

    @cached_property
    def item(self) -> Evidence:
        return get_object_or_404(reads.shared_evidence(self.request.user), pk=self.kwargs["pk"])

    def context(self) -> Mapping[str, Any]:
        item = self.item
        return {
            "page_title": item.title,
            "item": facts_of(item),
            "state": {"tone": TONES.get(EvidenceState(item.state), ""), "label": item.get_state_display()},
            "download_url": reverse("shared_download", args=[self.slug, item.pk]) if item.blob else "",
            "is_shared": True,
        }


@method_decorator(never_cache, name="dispatch")
class SharedDownload(SharedDocument):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | FileResponse:  # type: ignore[override]
        return blobs.serve(evidence.open_file(actor=self.actor, evidence=self.item))
