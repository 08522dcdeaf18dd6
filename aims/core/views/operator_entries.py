"""What the organization sees of operators of the installation who entered, and the end it can put to it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.generic import ActPage, ListPage, Page
from aims.core.models import OperatorEntry
from aims.core.queries.operator_entries import READS, entry_lines, reads_of
from aims.core.services.operator_entries import end_entry_of_operator


class OperatorEntries(ListPage):
    verb = "core.view_operator_entries"
    template_name = "core/operator_entries.html"

    def rows(self) -> Any:
        return OperatorEntry.objects.select_related("ended_by")

    def context(self) -> Mapping[str, Any]:
        known = super().context()
        return {
            **known,
            "page_title": "Entries of operators",
            "intro": "People who run this installation see none of your records, unless they enter for a few "
            "hours and say why. Each entry and each page they read stands here.",
            "lines": entry_lines(known["rows"], now=self.now),
        }


class OneEntry(Page):
    @cached_property
    def entry(self) -> OperatorEntry:
        found: OperatorEntry = get_object_or_404(
            OperatorEntry.objects.select_related("ended_by"), pk=self.kwargs["pk"]
        )
        return found


class OperatorEntryPage(OneEntry):
    verb = "core.view_operator_entries"
    template_name = "core/operator_entry.html"

    def context(self) -> Mapping[str, Any]:
        [line] = entry_lines([self.entry], now=self.now)
        may_end = line.runs and self.can("core.end_operator_entry")
        return {
            "page_title": f"Entry of {self.entry.operator_name}",
            "entry": self.entry,
            "line": line,
            "reads": reads_of(self.entry, limit=READS),
            "list_url": reverse("operator_entries", args=[self.slug]),
            "end_url": reverse("operator_entry_end", args=[self.slug, self.entry.pk]) if may_end else "",
        }


class EndOperatorEntry(OneEntry, ActPage):
    verb = "core.end_operator_entry"

    def perform(self) -> str:
        end_entry_of_operator(actor=self.actor, entry=self.entry, now=self.now)
        messages.success(self.request, "The entry has ended. The operator's next request finds nothing.")
        return reverse("operator_entry", args=[self.slug, self.entry.pk])
