"""The evidence library, the page of one item, and the acts on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from aims.core import blobs, evidence, transitions
from aims.core.enums import EvidenceState
from aims.core.forms.evidence import (
    AcceptEvidenceForm,
    ContentForm,
    EvidenceFilter,
    NewEvidenceForm,
    ReasonForm,
    RequestEvidenceForm,
    upload_limit,
)
from aims.core.generic import FormPage, ListPage, Page
from aims.core.models import Evidence
from aims.core.queries import evidence as reads
from aims.core.queries.history import changes_of
from aims.core.registry import registry
from aims.core.rules import EVIDENCE
from aims.core.suggestions import MOST_SUGGESTED, Suggestions

TABS = (
    ("all", "All"),
    ("expiring", "Expiring in 30 days"),
    ("expired", "Expired"),
    ("unlinked", "Unlinked"),
    ("waiting", "Waiting for review"),
)
TONES = {
    EvidenceState.REQUESTED: "info",
    EvidenceState.SUBMITTED: "info",
    EvidenceState.ACCEPTED: "ok",
    EvidenceState.REJECTED: "bad",
    EvidenceState.EXPIRING: "warn",
    EvidenceState.EXPIRED: "bad",
}
#: action of SM-10 -> (address, label, icon, tone)
ACTS = {
    "accept": ("evidence_accept", "Accept", "check", "primary"),
    "reject": ("evidence_reject", "Reject", "x", ""),
    "submit": ("evidence_submit", "Hand in", "upload", "primary"),
    "resubmit": ("evidence_resubmit", "Hand in again", "upload", "primary"),
}


class EvidenceLibrary(ListPage):
    verb = "core.view_evidence"
    has_past = True
    template_name = "core/evidence_list.html"

    @cached_property
    def filter(self) -> dict[str, Any]:
        form = EvidenceFilter(self.request.GET)
        form.is_valid()
        return form.cleaned_data

    @property
    def view(self) -> str:
        asked = str(self.filter.get("view", ""))
        return asked if asked in reads.VIEWS else "all"

    def rows(self) -> Any:
        found = reads.visible_evidence(self.actor)
        for name in ("kind", "state"):
            if self.filter.get(name):
                found = found.filter(**{name: self.filter[name]})
        found = reads.search(found, self.filter.get("q", ""))
        return reads.in_view(found, self.view, today=self.today)

    def context(self) -> Mapping[str, Any]:
        context = dict(super().context())
        shown = list(context["page"].object_list)
        uses = reads.uses_of(item.pk for item in shown)
        may_add = self.can("core.submit_evidence")
        may_ask = self.can("core.request_evidence")
        return context | {
            "page_title": "Evidence",
            "rows": [self._row(item, uses[item.pk]) for item in shown],
            "tabs": self._tabs(),
            "filter_form": EvidenceFilter(self.request.GET),
            "add_url": reverse("evidence_new", args=[self.slug]) if may_add else "",
            "ask_url": reverse("evidence_request", args=[self.slug]) if may_ask else "",
        }

    def _row(self, item: Evidence, uses: list[tuple[str, str]]) -> dict[str, Any]:
        return {
            "ref": item.reference,
            "title": item.title,
            "url": reverse("evidence", args=[self.slug, item.pk]),
            "kind": item.get_kind_display(),
            "size": item.blob.size if item.blob else None,
            "until": item.valid_until,
            "state": reads.row_state(item, today=self.today),
            "sha256": item.blob.sha256 if item.blob else "",
            "links": ", ".join(label for label, _ in uses),
        }

    def _tabs(self) -> list[dict[str, Any]]:
        counts = reads.view_counts(self.actor, today=self.today)
        return [
            {
                "label": label,
                "url": f"?view={view}" if view != "all" else self.request.path,
                "count": counts[view],
                "current": view == self.view,
            }
            for view, label in TABS
        ]


class OneEvidence(Page):
    """Base of the pages about one item; what the actor may not know of is not there."""

    @cached_property
    def item(self) -> Evidence:
        found = reads.visible_evidence(self.actor).select_related(
            "blob", "submitted_by", "reviewed_by", "asked_of", "replaces"
        )
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def item_url(self) -> str:
        return reverse("evidence", args=[self.slug, self.item.pk])


def facts_of(item: Evidence) -> dict[str, Any]:
    """The item as core/evidence_detail.html names things."""
    blob = item.blob
    return {
        "ref": item.reference,
        "title": item.title,
        "description": item.description,
        "kind": item.get_kind_display(),
        "source": item.source,
        "link": item.link,
        "file_name": blob.file_name if blob else "",
        "size": blob.size if blob else None,
        "sha256": blob.sha256 if blob else "",
        "valid_from": item.period_from,
        "covers_until": item.period_to,
        "valid_until": item.valid_until,
        "owner": item.asked_of,
        "uploaded_by": item.submitted_by,
        "uploaded_at": item.submitted_at,
        "is_confidential": item.is_confidential,
        "due_date": item.due_date,
        "replaces": item.replaces,
    }


class EvidencePage(OneEvidence):
    verb = "core.view_evidence"
    record_name = "item"
    has_past = True
    template_name = "core/evidence_detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _is_unlogged_prefetch(self.actor, request):
            return HttpResponse(status=503)
        evidence.note_viewed(actor=self.actor, evidence=self.item)
        return super().get(request, *args, **kwargs)

    def context(self) -> Mapping[str, Any]:
        item = self.item
        panels = [
            panel.shown(self.actor, item) for panel in registry.panels_at("evidence") if self.can(panel.verb)
        ]
        return {
            "page_title": item.title,
            "item": facts_of(item),
            "state": {"tone": TONES.get(EvidenceState(item.state), ""), "label": item.get_state_display()},
            "download_url": self._download_url(),
            "actions": [] if self.actor.is_guest else self._actions(),
            "links": [
                {"label": label, "url": url, "kind": ""} for label, url in reads.uses_of([item.pk])[item.pk]
            ],
            "reviews": _reviews(item),
            "panels": panels,
            "history": [] if self.actor.is_guest else changes_of(item),
            **self._sharing(),
        }

    def _download_url(self) -> str:
        if self.item.blob is None or not self.actor.may_download:
            return ""
        return reverse("evidence_download", args=[self.slug, self.item.pk])

    def _actions(self) -> list[dict[str, str]]:
        possible = transitions.actions_for(EVIDENCE, self.item, self.actor)
        actions = [
            {
                "url": reverse(address, args=[self.slug, self.item.pk]),
                "label": label,
                "icon": icon,
                "tone": tone,
            }
            for action, (address, label, icon, tone) in ACTS.items()
            if action in possible
        ]
        if "replace" in possible and evidence.accepted_successor(self.item) is not None:
            url = reverse("evidence_replace", args=[self.slug, self.item.pk])
            actions.append({"url": url, "label": "Replace by the newer item", "icon": "history", "tone": ""})
        if self.can("core.submit_evidence") and self.item.state in {
            EvidenceState.ACCEPTED,
            EvidenceState.EXPIRING,
            EvidenceState.EXPIRED,
        }:
            url = f"{reverse('evidence_new', args=[self.slug])}?replaces={self.item.pk}"
            actions.append({"url": url, "label": "Hand in a newer one", "icon": "upload", "tone": ""})
        if self.can("core.share_evidence"):
            url = reverse("evidence_share", args=[self.slug, self.item.pk])
            actions.append({"url": url, "label": "Share", "icon": "user-plus", "tone": ""})
        return actions

    def _sharing(self) -> dict[str, Any]:
        if not self.can("core.share_evidence"):
            return {}
        return {
            "shares": [
                {**share, "revoke_url": reverse("evidence_unshare", args=[self.slug, share["pk"]])}
                for share in reads.shares_of(self.item)
            ]
        }


def _reviews(item: Evidence) -> list[dict[str, Any]]:
    if item.reviewed_at is None:
        return []
    verdict = "rejected it" if item.state == EvidenceState.REJECTED else "reviewed it"
    if item.state in {EvidenceState.ACCEPTED, EvidenceState.EXPIRING, EvidenceState.EXPIRED}:
        verdict = "accepted it"
    return [{"when": item.reviewed_at, "by": item.reviewed_by, "verdict": verdict, "note": item.review_note}]


def _is_unlogged_prefetch(actor: Any, request: HttpRequest) -> bool:
    """A browser's guess is no reading: an external auditor's page is only sent when it is asked for."""
    return bool(actor.is_auditor and "prefetch" in request.headers.get("Sec-Purpose", ""))


@method_decorator(never_cache, name="dispatch")
class EvidenceDownload(OneEvidence):
    verb = "core.view_evidence"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | FileResponse:  # type: ignore[override]
        if _is_unlogged_prefetch(self.actor, request):
            return HttpResponse(status=503)
        return blobs.serve(evidence.open_file(actor=self.actor, evidence=self.item))


class NewEvidence(FormPage):
    verb = "core.submit_evidence"
    form_class = NewEvidenceForm
    template_name = "core/evidence_form.html"
    page_title = "Add evidence"
    submit_label = "Hand in for review"

    def form_kwargs(self) -> dict[str, Any]:
        return {"visible": reads.visible_evidence(self.actor)}

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET
        title = asked.get("title", "")[:200]
        return {"period_from": self.today, "replaces": asked.get("replaces"), "title": title}

    def perform(self, cleaned: dict[str, Any]) -> str:
        item = evidence.submit_evidence(actor=self.actor, now=self.now, **cleaned)
        return reverse("evidence", args=[self.slug, item.pk])

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "limit": upload_limit()}

    def cancel_url(self) -> str:
        return reverse("evidence_list", args=[self.slug])


class RequestEvidence(FormPage):
    verb = "core.request_evidence"
    form_class = RequestEvidenceForm
    page_title = "Ask for evidence"
    submit_label = "Ask"

    def perform(self, cleaned: dict[str, Any]) -> str:
        item = evidence.request_evidence(actor=self.actor, now=self.now, **cleaned)
        return reverse("evidence", args=[self.slug, item.pk])

    def cancel_url(self) -> str:
        return reverse("evidence_list", args=[self.slug])


class EvidenceForm(OneEvidence, FormPage):
    """A form about one item that leads back to its page."""

    def cancel_url(self) -> str:
        return self.item_url()

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "intro": str(self.item), "limit": upload_limit()}


class SubmitEvidence(EvidenceForm):
    verb = "core.submit_evidence"
    form_class = ContentForm
    template_name = "core/evidence_form.html"
    page_title = "Hand in"
    submit_label = "Hand in for review"

    def initial(self) -> dict[str, Any]:
        return {"period_from": self.today}

    def perform(self, cleaned: dict[str, Any]) -> str:
        evidence.submit_evidence(actor=self.actor, request=self.item, now=self.now, **cleaned)
        return self.item_url()


class ResubmitEvidence(EvidenceForm):
    verb = "core.submit_evidence"
    form_class = ContentForm
    template_name = "core/evidence_form.html"
    page_title = "Hand in again"
    submit_label = "Hand in for review"

    def initial(self) -> dict[str, Any]:
        names = ("link", "source", "period_from", "period_to", "valid_until", "is_confidential")
        return {name: getattr(self.item, name) for name in names}

    def perform(self, cleaned: dict[str, Any]) -> str:
        if cleaned["file"] is not None and cleaned["link"] == self.item.link:
            cleaned["link"] = ""  # the new file takes the place of the link that was there
        evidence.resubmit_evidence(actor=self.actor, evidence=self.item, now=self.now, **cleaned)
        return self.item_url()


class AcceptEvidence(EvidenceForm):
    verb = "core.review_evidence"
    form_class = AcceptEvidenceForm
    page_title = "Accept evidence"
    submit_label = "Accept"

    def initial(self) -> dict[str, Any]:
        return {"valid_until": self.item.valid_until}

    def perform(self, cleaned: dict[str, Any]) -> str:
        evidence.accept_evidence(actor=self.actor, evidence=self.item, now=self.now, **cleaned)
        return self.item_url()


class RejectEvidence(EvidenceForm):
    verb = "core.review_evidence"
    form_class = ReasonForm
    page_title = "Reject evidence"
    submit_label = "Reject"

    def perform(self, cleaned: dict[str, Any]) -> str:
        evidence.reject_evidence(actor=self.actor, evidence=self.item, reason=cleaned["reason"], now=self.now)
        return self.item_url()


class ReplaceEvidence(OneEvidence):
    """Confirms: the accepted newer item takes this one's place."""

    verb = "core.submit_evidence"
    template_name = "core/generic_confirm.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        evidence.replace_evidence(actor=self.actor, evidence=self.item, now=self.now)
        return HttpResponseRedirect(self.item_url())

    def context(self) -> Mapping[str, Any]:
        newer = evidence.accepted_successor(self.item)
        text = f"{newer} takes its place." if newer else "No newer accepted item names this one yet."
        return {
            "page_title": f"Replace {self.item.reference}",
            "text": text,
            "submit_label": "Replace",
            "tone": "primary",
            "cancel_url": self.item_url(),
        }


class EvidenceSuggestions(Suggestions):
    verb = "core.view_evidence"

    def found(self, text: str) -> Iterable[tuple[str, str]]:
        rows = reads.search(reads.linkable_evidence(self.actor), text)
        return rows.values_list("reference", "title")[:MOST_SUGGESTED]
