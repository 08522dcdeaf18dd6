"""The request list of an external audit: one set of pages for the organization and the auditor."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import permissions, transitions
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.generic import ActPage, CsvPage, FormPage, ListPage, Page, add_refusal
from aims.core.numbers import whole_number
from audits import portal_forms as forms
from audits import request_rules
from audits.enums import RequestState
from audits.forms import ReasonForm
from audits.models import AuditRequest, Engagement, RequestProof
from audits.queries.requests import neighbours, proofs_of, requests_for, requirement_links
from audits.services import request_lists
from audits.services import requests as verbs

TONES = {
    RequestState.DRAFT: "neutral",
    RequestState.OPEN: "info",
    RequestState.SUBMITTED: "warn",
    RequestState.NEEDS_REVISION: "bad",
    RequestState.ACCEPTED: "ok",
    RequestState.NOT_APPLICABLE: "neutral",
    RequestState.CLOSED: "ok",
}
#: action -> (label, tone, needs a reason)
ACTS = {
    "open": ("Send", "primary", False),
    "submit": ("Submit the answer", "primary", False),
    "accept": ("Accept", "primary", False),
    "flag": ("Needs revision", "", True),
    "mark_not_applicable": ("Not applicable", "", True),
    "close": ("Close", "primary", False),
    "drop": ("Drop the draft", "quiet", True),
}
VERBS = {
    "open": "audits.add_request",
    "drop": "audits.add_request",
    "submit": "audits.answer_request",
    "accept": "audits.decide_request",
    "flag": "audits.decide_request",
    "mark_not_applicable": "audits.decide_request",
    "close": "audits.close_request",
}
LIFE = (
    ("Open", RequestState.OPEN),
    ("Submitted", RequestState.SUBMITTED),
    ("Accepted", RequestState.ACCEPTED),
    ("Closed", RequestState.CLOSED),
)


class RequestList(ListPage):
    verb = "audits.view_requests"
    template_name = "audits/requests.html"
    sorts = {"reference": "reference", "title": "title", "due": "due_date", "state": "state"}
    default_sort = "reference"

    @property
    def view(self) -> str:
        asked = self.request.GET.get("view", "waiting")
        return asked if asked in self._views else "waiting"

    @cached_property
    def _views(self) -> dict[str, tuple[str, Any]]:
        found = self._of_engagement()
        mine = found.filter(assignee_id=self.actor.member_id or 0)
        views = {
            "waiting": ("To answer", found.waiting()),
            "mine": ("Mine", mine.waiting()),
            "overdue": ("Overdue", found.overdue(on=self.today)),
            "submitted": ("Submitted", found.filter(state=RequestState.SUBMITTED)),
            "drafts": ("Drafts", found.filter(state=RequestState.DRAFT)),
            "all": ("All", found),
        }
        if self.actor.is_auditor:
            del views["mine"]
        return views

    @cached_property
    def engagement(self) -> int | None:
        return whole_number(self.request.GET.get("engagement", ""))

    def _of_engagement(self) -> Any:
        found = requests_for(self.actor)
        return found if self.engagement is None else found.filter(engagement_id=self.engagement)

    def rows(self) -> Any:
        return self._views[self.view][1]

    def context(self) -> Mapping[str, Any]:
        kept = "" if self.engagement is None else f"&engagement={self.engagement}"
        return {
            **super().context(),
            "tabs": [
                {
                    "label": label,
                    "url": f"?view={key}{kept}",
                    "count": rows.count(),
                    "current": key == self.view,
                }
                for key, (label, rows) in self._views.items()
            ],
            "engagements": [] if self.actor.is_auditor else Engagement.objects.all(),
            "engagement": "" if self.engagement is None else str(self.engagement),
            "view": self.view,
            "tones": TONES,
            "today": self.today,
            "may_add": self.can("audits.add_request") and self._has_running_audit(),
            "export_url": f"{reverse('request_export', args=[self.slug])}?view={self.view}{kept}",
            "may_export": self.actor.may_download,
        }

    def _has_running_audit(self) -> bool:
        return bool(forms.running_engagements().exists())


class RequestExport(CsvPage, RequestList):
    file_name = "requests.csv"
    columns = (
        "Reference",
        "Audit",
        "Title",
        "Question",
        "Requirements",
        "Due",
        "State",
        "Reason",
        "Assignee",
    )

    def cells(self, row: Any) -> list[object]:
        return [
            row.reference,
            row.engagement.title,
            row.title,
            row.question,
            ", ".join(row.requirements),
            row.due_date,
            row.get_state_display(),
            row.reason,
            row.assignee.name if row.assignee else "",
        ]


class RequestMixin(Page):
    @cached_property
    def found(self) -> AuditRequest:
        rows = requests_for(self.actor).select_related("engagement__grant", "created_by", "grant")
        request: AuditRequest = get_object_or_404(rows, pk=self.kwargs["pk"])
        return request

    @property
    def request_url(self) -> str:
        return reverse("request", args=[self.slug, self.found.pk])


class RequestPage(RequestMixin):
    verb = "audits.view_requests"
    template_name = "audits/request.html"

    def context(self) -> Mapping[str, Any]:
        found = self.found
        before, after = neighbours(requests_for(self.actor), found.pk)
        return {
            "found": found,
            "tone": TONES[RequestState(found.state)],
            "steps": _steps(found),
            "acts": self._acts(),
            "requirements": requirement_links(found.requirements),
            "proofs": proofs_of(found, self.actor),
            "comments": found.comments.select_related("author", "grant"),
            "notes": [] if self.actor.is_auditor else found.internal_notes.select_related("author"),
            "is_overdue": found.state in verbs.ANSWERABLE
            and found.due_date is not None
            and found.due_date < self.today,
            "before_url": reverse("request", args=[self.slug, before]) if before else "",
            "after_url": reverse("request", args=[self.slug, after]) if after else "",
            **self._forms(),
        }

    def _forms(self) -> dict[str, Any]:
        """Each with the address it goes to, for those who may."""
        found, where = self.found, [self.slug, self.found.pk]
        ended = found.state in verbs.ENDED
        answerable = found.state in verbs.ANSWERABLE and self.can("audits.answer_request", found)
        return {
            "comment_form": None if ended or not self.can("audits.comment_request") else forms.TextForm(),
            "note_form": forms.TextForm(auto_id="note_%s") if self.can("audits.note_request") else None,
            "may_link": answerable,
            "reword_url": reverse("request_reword", args=where)
            if verbs.may_reword(self.actor, found)
            else "",
            "assign_url": reverse("request_assign", args=where)
            if not ended and self.can("audits.assign_request")
            else "",
        }

    def _acts(self) -> list[dict[str, Any]]:
        found = self.found
        possible = transitions.actions_for(request_rules.REQUEST, found, self.actor)
        if found.state == RequestState.DRAFT and self.actor.is_auditor != (found.grant_id is not None):
            possible = []
        return [
            {
                "label": label,
                "tone": tone,
                "needs_reason": needs_reason,
                "url": reverse("request_act", args=[self.slug, found.pk, action]),
            }
            for action, (label, tone, needs_reason) in ACTS.items()
            if action in possible and permissions.can(self.actor, VERBS[action], found)
        ]


def _steps(found: AuditRequest) -> list[dict[str, str]]:
    order = [str(state) for _, state in LIFE]
    shown = "open" if found.state == RequestState.NEEDS_REVISION else str(found.state)
    place = order.index(shown) if shown in order else -1
    if found.state == RequestState.NOT_APPLICABLE:
        return [{"label": "Not applicable", "state": "current"}]
    return [
        {"label": label, "state": "done" if at < place else "current" if at == place else "later"}
        for at, (label, _) in enumerate(LIFE)
    ]


class RequestNew(FormPage):
    verb = "audits.add_request"
    form_class = forms.RequestForm
    page_title = "Add a request"
    submit_label = "Add request"

    def initial(self) -> dict[str, Any]:
        return {"engagement": whole_number(self.request.GET.get("engagement", ""))}

    def cancel_url(self) -> str:
        return reverse("requests", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        made = verbs.add_request(actor=self.actor, **cleaned, now=self.now)
        return reverse("request", args=[self.slug, made.pk])


class RequestReword(RequestMixin, FormPage):
    verb = "audits.add_request"
    form_class = forms.RewordForm
    page_title = "Reword the draft"

    def initial(self) -> dict[str, Any]:
        found = self.found
        return {name: getattr(found, name) for name in ("title", "question", "requirements", "due_date")}

    def cancel_url(self) -> str:
        return self.request_url

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not verbs.may_reword(self.actor, self.found):
            raise NotAllowed("Only a draft of your own side is reworded.")
        return super().get(request, *args, **kwargs)

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.reword_request(actor=self.actor, request=self.found, **cleaned, now=self.now)
        return self.request_url


class RequestImport(FormPage):
    """A list is read and shown; it comes back as rows, which are checked again."""

    verb = "audits.add_request"
    form_class = forms.RequestListForm
    template_name = "audits/request_import.html"
    page_title = "Import requests"
    submit_label = "Read and look"

    def cancel_url(self) -> str:
        return reverse("requests", args=[self.slug])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(status=422, form=form)
        upload = form.cleaned_data["file"]
        with tempfile.NamedTemporaryFile(suffix=".upload") as copy:
            for chunk in upload.chunks():
                copy.write(chunk)
            copy.flush()
            try:
                rows = request_lists.read_list(Path(copy.name), upload.name)
            except RuleBroken as refused:
                add_refusal(form, refused)
                return self.show(status=422, form=form)
        broken = [row for row in rows if row.problems]
        confirm = forms.RequestRowsForm(
            initial={
                "engagement": form.cleaned_data["engagement"].pk,
                "rows": request_lists.as_data(rows),
            }
        )
        confirm.fields["engagement"].widget = confirm.fields["engagement"].hidden_widget()  # type: ignore[attr-defined]
        return self.show(form=form, rows=rows, broken=broken, confirm=confirm, file_name=upload.name)


class RequestImportApply(FormPage):
    verb = "audits.add_request"
    form_class = forms.RequestRowsForm
    template_name = "audits/request_import.html"
    page_title = "Import requests"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("request_import", args=[self.slug]))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self._refused("The list did not arrive whole. Upload the file again.")
        try:
            rows = request_lists.from_data(form.cleaned_data["rows"])
            made = verbs.import_requests(
                actor=self.actor, engagement=form.cleaned_data["engagement"], rows=rows, now=self.now
            )
        except RuleBroken as refused:
            return self._refused(str(refused))
        messages.success(request, f"{len(made)} requests imported as drafts. Send them when they are ready.")
        return HttpResponseRedirect(f"{reverse('requests', args=[self.slug])}?view=drafts")

    def _refused(self, sentence: str) -> HttpResponse:
        upload = forms.RequestListForm(self.request.POST, {})
        upload.is_valid()
        upload.errors.clear()
        upload.add_error(None, sentence)
        return self.show(status=422, form=upload)

    def cancel_url(self) -> str:
        return reverse("requests", args=[self.slug])


class RequestOpenDrafts(ActPage):
    """Sends every draft of one's own side in one audit."""

    verb = "audits.add_request"

    def perform(self) -> str:
        asked, rows = self.request.POST.get("engagement", ""), Engagement.objects.all()
        if asked:
            rows = rows.filter(pk=whole_number(asked) or 0)
        sent = sum(
            verbs.open_drafts(actor=self.actor, engagement=each, now=self.now) for each in rows.order_by("pk")
        )
        messages.success(self.request, f"{sent} requests sent.")
        return reverse("requests", args=[self.slug])


class RequestAct(RequestMixin, FormPage):
    """One step of a request; those that need a reason have a form."""

    verb = "audits.view_requests"
    form_class = ReasonForm

    @property
    def action(self) -> str:
        action: str = self.kwargs["action"]
        if action not in ACTS:
            raise Http404
        return action

    def cancel_url(self) -> str:
        return self.request_url

    def context(self) -> Mapping[str, Any]:
        label = ACTS[self.action][0]
        return {**super().context(), "page_title": f"{self.found.reference}: {label}", "submit_label": label}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        permissions.require(self.actor, VERBS[self.action], self.found)
        return self.show(form=self.form())

    def perform(self, cleaned: dict[str, Any]) -> str:
        if self.action == "submit":
            verbs.submit_request(actor=self.actor, request=self.found, now=self.now)
        elif self.action == "open":
            verbs.open_request(actor=self.actor, request=self.found, now=self.now)
        else:
            verbs.decide(
                actor=self.actor,
                request=self.found,
                action=self.action,
                reason=cleaned["reason"],
                now=self.now,
            )
        return self.request_url


class RequestComments(RequestMixin, FormPage):
    verb = "audits.comment_request"
    form_class = forms.TextForm
    page_title = "Comment"

    def cancel_url(self) -> str:
        return self.request_url

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.comment(actor=self.actor, request=self.found, text=cleaned["text"], now=self.now)
        return f"{self.request_url}#comments"


class RequestNotes(RequestComments):
    verb = "audits.note_request"
    page_title = "Internal note"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.note_internally(actor=self.actor, request=self.found, text=cleaned["text"], now=self.now)
        return f"{self.request_url}#notes"


class RequestAssign(RequestMixin, FormPage):
    verb = "audits.assign_request"
    form_class = forms.AssignForm
    page_title = "Who answers this request"

    def initial(self) -> dict[str, Any]:
        return {"assignee": self.found.assignee_id}

    def cancel_url(self) -> str:
        return self.request_url

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.assign_request(actor=self.actor, request=self.found, **cleaned, now=self.now)
        return self.request_url


class RequestProofAdd(RequestMixin, FormPage):
    verb = "audits.answer_request"
    form_class = forms.ProofForm
    page_title = "Link evidence"
    submit_label = "Link evidence"

    def form_kwargs(self) -> dict[str, Any]:
        return {"may_show": self.can("audits.show_confidential")}

    def cancel_url(self) -> str:
        return self.request_url

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.link_proof(actor=self.actor, request=self.found, **cleaned, now=self.now)
        return self.request_url


class RequestProofRemove(RequestMixin, ActPage):
    verb = "audits.answer_request"

    def perform(self) -> str:
        proof = get_object_or_404(
            RequestProof.objects.select_related("request"), request=self.found, pk=self.kwargs["proof"]
        )
        verbs.unlink_proof(actor=self.actor, proof=proof, now=self.now)
        return self.request_url
