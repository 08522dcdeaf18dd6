"""Samples, notes and finding drafts of an external auditor, as either side sees them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.generic import ActPage, FormPage, ListPage, Page
from audits import portal_forms as forms
from audits.enums import DraftState
from audits.models import AuditorNote, FindingDraft, Sample, SampleItem
from audits.queries.auditor_work import drafts_for, notes_for
from audits.services import auditor_work as verbs
from audits.services import samples


class Samples(ListPage):
    verb = "audits.view_auditor_work"
    template_name = "audits/samples.html"

    def rows(self) -> Any:
        return Sample.objects.select_related("engagement", "grant")

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "may_draw": self.can("audits.do_external_audit")}


class SampleNew(FormPage):
    verb = "audits.do_external_audit"
    form_class = forms.SampleForm
    page_title = "Draw a sample"
    submit_label = "Draw"

    def initial(self) -> dict[str, Any]:
        return {"population": self.request.GET.get("population", "systems")[:20]}

    def cancel_url(self) -> str:
        return reverse("samples", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        cleaned["chosen"] = cleaned["chosen"].split()
        made = samples.draw_sample(actor=self.actor, **cleaned, now=self.now)
        return reverse("sample", args=[self.slug, made.pk])


class SampleMixin(Page):
    @cached_property
    def sample(self) -> Sample:
        rows = Sample.objects.select_related("engagement", "grant", "request")
        found: Sample = get_object_or_404(rows, pk=self.kwargs["pk"])
        return found

    @property
    def sample_url(self) -> str:
        return reverse("sample", args=[self.slug, self.sample.pk])


class SamplePage(SampleMixin):
    verb = "audits.view_auditor_work"
    template_name = "audits/sample.html"

    def context(self) -> Mapping[str, Any]:
        items = list(self.sample.items.select_related("replaces"))
        replaced = {item.replaces_id for item in items}
        return {
            "sample": self.sample,
            "items": [(item, item.pk in replaced) for item in items],
            "repeated": samples.repeat(self.sample),
            "members": samples.members_of(self.sample),
            "may_replace": self.can("audits.do_external_audit"),
        }


class SampleReplace(SampleMixin, FormPage):
    verb = "audits.do_external_audit"
    form_class = forms.ReplaceForm
    page_title = "Replace a member of the sample"

    @cached_property
    def item(self) -> SampleItem:
        found: SampleItem = get_object_or_404(self.sample.items.all(), pk=self.kwargs["item"])
        return found

    def form_kwargs(self) -> dict[str, Any]:
        taken = set(self.sample.items.values_list("key", flat=True))
        self.item  # noqa: B018 (not found before anything else)
        return {"members": [each for each in samples.members_of(self.sample) if each[0] not in taken]}

    def cancel_url(self) -> str:
        return self.sample_url

    def perform(self, cleaned: dict[str, Any]) -> str:
        samples.replace_item(actor=self.actor, sample=self.sample, item=self.item, **cleaned, now=self.now)
        return self.sample_url


class Notes(ListPage):
    verb = "audits.view_auditor_work"
    template_name = "audits/auditor_notes.html"

    def rows(self) -> Any:
        return notes_for(self.actor)

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "may_write": self.can("audits.do_external_audit")}


class NoteNew(FormPage):
    verb = "audits.do_external_audit"
    form_class = forms.NoteForm
    page_title = "Write a note"
    submit_label = "Save note"

    def cancel_url(self) -> str:
        return reverse("auditor_notes", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.write_note(actor=self.actor, **cleaned, now=self.now)
        return self.cancel_url()


class NoteMixin(Page):
    @cached_property
    def note(self) -> AuditorNote:
        found: AuditorNote = get_object_or_404(notes_for(self.actor), pk=self.kwargs["pk"])
        return found


class NoteEdit(NoteMixin, FormPage):
    verb = "audits.do_external_audit"
    form_class = forms.TextForm
    page_title = "Change a note"

    def initial(self) -> dict[str, Any]:
        return {"text": self.note.text}

    def cancel_url(self) -> str:
        return reverse("auditor_notes", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.rewrite_note(actor=self.actor, note=self.note, text=cleaned["text"])
        return self.cancel_url()


class NoteShare(NoteMixin, ActPage):
    verb = "audits.do_external_audit"

    def perform(self) -> str:
        verbs.share_note(actor=self.actor, note=self.note, now=self.now)
        messages.success(self.request, "Shared. The note stays as it is now.")
        return reverse("auditor_notes", args=[self.slug])


class Drafts(ListPage):
    verb = "audits.view_auditor_work"
    template_name = "audits/finding_drafts.html"

    def rows(self) -> Any:
        return drafts_for(self.actor).select_related("engagement", "grant")

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "may_write": self.can("audits.do_external_audit")}


class DraftMixin(Page):
    @cached_property
    def draft(self) -> FindingDraft:
        rows = drafts_for(self.actor).select_related("engagement", "grant")
        found: FindingDraft = get_object_or_404(rows, pk=self.kwargs["pk"])
        return found

    @property
    def draft_url(self) -> str:
        return reverse("finding_draft", args=[self.slug, self.draft.pk])


class DraftPage(DraftMixin):
    verb = "audits.view_auditor_work"
    template_name = "audits/finding_draft.html"

    def context(self) -> Mapping[str, Any]:
        draft = self.draft
        is_open = draft.state == DraftState.DRAFT
        return {
            "draft": draft,
            "may_write": is_open and self.can("audits.do_external_audit"),
            "may_take_over": draft.state == DraftState.ISSUED and self.can("audits.take_over_finding"),
        }


class DraftNew(FormPage):
    verb = "audits.do_external_audit"
    form_class = forms.FindingDraftForm
    page_title = "Draft a finding"
    submit_label = "Save draft"

    def cancel_url(self) -> str:
        return reverse("finding_drafts", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        made = verbs.write_draft(actor=self.actor, **cleaned, now=self.now)
        return reverse("finding_draft", args=[self.slug, made.pk])


class DraftEdit(DraftMixin, FormPage):
    verb = "audits.do_external_audit"
    form_class = forms.FindingDraftTextForm
    page_title = "Change the draft"

    def initial(self) -> dict[str, Any]:
        return {name: getattr(self.draft, name) for name in self.form_class.base_fields}

    def cancel_url(self) -> str:
        return self.draft_url

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.rewrite_draft(actor=self.actor, draft=self.draft, **cleaned)
        return self.draft_url


class DraftIssue(DraftMixin, ActPage):
    verb = "audits.do_external_audit"

    def perform(self) -> str:
        verbs.issue_draft(actor=self.actor, draft=self.draft, now=self.now)
        messages.success(self.request, "Issued. The organization reads it now.")
        return self.draft_url


class DraftTakeOver(DraftMixin, ActPage):
    verb = "audits.take_over_finding"

    def perform(self) -> str:
        finding = verbs.take_over(actor=self.actor, draft=self.draft, now=self.now)
        return reverse("finding", args=[self.slug, finding.pk])
