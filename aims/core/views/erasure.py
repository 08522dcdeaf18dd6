"""Erasing the personal data of somebody whose access has ended."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.enums import ErasureState
from aims.core.forms.erasure import ErasureForm
from aims.core.generic import ActPage, FormPage, Page
from aims.core.models import Erasure, Member
from aims.core.queries.erasure import erasures, kept, known_as
from aims.core.services.erasure import decide_erasure, request_erasure


class RequestErasure(FormPage):
    verb = "core.request_erasure"
    form_class = ErasureForm
    page_title = "Erase a person's personal data"
    submit_label = "Ask for it"
    done_message = "Asked. Nothing is erased before another person confirms."

    @cached_property
    def member(self) -> Member:
        return get_object_or_404(Member.objects.filter(is_active=False), pk=self.kwargs["pk"])

    def context(self) -> Mapping[str, Any]:
        intro = (
            f"{self.member.name}: name and address are replaced by “Former member {self.member.pk}”, "
            "here and in every earlier state of the record. It cannot be taken back."
        )
        return {**super().context(), "intro": intro}

    def cancel_url(self) -> str:
        return reverse("people", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        erasure = request_erasure(actor=self.actor, member=self.member, now=self.now, **cleaned)
        return reverse("erasure", args=[self.slug, erasure.pk])


class ErasurePage(Page):
    verb = "core.view_people"
    template_name = "core/erasure.html"

    def context(self) -> Mapping[str, Any]:
        erasure: Erasure = get_object_or_404(erasures(), pk=self.kwargs["pk"])
        waits = erasure.state == ErasureState.WAITING
        may_decide = waits and self.can("core.decide_erasure")
        return {
            "page_title": f"Erasure of the data of {erasure.member.name}",
            "erasure": erasure,
            "waits": waits,
            "kept": kept(erasure.member, known_as(erasure.member)) if waits else erasure.kept,
            "is_own": may_decide and erasure.requested_by_id in self.actor.persons,
            "decide_url": reverse("erasure_decide", args=[self.slug, erasure.pk]) if may_decide else "",
        }


class DecideErasure(ActPage):
    verb = "core.decide_erasure"

    def perform(self) -> str:
        erasure: Erasure = get_object_or_404(Erasure.objects.all(), pk=self.kwargs["pk"])
        confirm = self.request.POST.get("decision") == "confirm"
        decide_erasure(actor=self.actor, erasure=erasure, confirm=confirm, now=self.now)
        messages.success(self.request, "Erased." if confirm else "Refused. Nothing was changed.")
        return reverse("erasure", args=[self.slug, erasure.pk])
