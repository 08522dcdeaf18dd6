"""Saving and removing a view of a register."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse

from aims.core.generic import ActPage
from aims.core.models import SavedView
from aims.core.registers import address_of
from aims.core.services import saved_views as services


class SaveView(ActPage):
    verb = services.KEEP

    def perform(self) -> str:
        said = self.request.POST
        address = address_of(said.get("register", ""), slug=self.slug, actor=self.actor)
        if not address:
            raise Http404
        place = {"register": said.get("register", ""), "name": said.get("name", "").strip()}
        was_there = SavedView.objects.saved_by(self.actor.member_id).filter(**place).exists()
        view = services.save_view(
            actor=self.actor,
            query=said.get("query", ""),
            is_shared="is_shared" in said,
            now=self.now,
            **place,
        )
        done = "shows now what you see here, in place of what it showed" if was_there else "is saved"
        messages.success(self.request, f"The view “{view.name}” {done}.")
        return f"{address}?{view.query}"


class RemoveView(ActPage):
    verb = services.KEEP

    def perform(self) -> str:
        seen = SavedView.objects.seen_by(self.actor.member_id)
        view = get_object_or_404(seen, pk=self.kwargs["pk"])
        services.remove_view(actor=self.actor, view=view, now=self.now)
        messages.success(self.request, f"The view “{view.name}” is gone.")
        try:
            return reverse(view.register, args=[self.slug])
        except NoReverseMatch:  # a register that an earlier release had
            return reverse("home", args=[self.slug])
