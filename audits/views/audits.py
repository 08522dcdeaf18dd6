"""The audit programme, one audit, its fieldwork and its report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from aims.core import transitions
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.generic import ActPage, FormPage, ListPage, Page, add_refusal
from audits import forms, rules
from audits.enums import AuditState, FindingState, ResultState
from audits.models import Audit, ChecklistItem, Finding
from audits.queries.programme import coverage
from audits.services import audits as verbs

TONES = {
    AuditState.PLANNED: "neutral",
    AuditState.SCHEDULED: "info",
    AuditState.IN_PROGRESS: "info",
    AuditState.REPORTING: "info",
    AuditState.REPORT_ISSUED: "warn",
    AuditState.FOLLOW_UP: "warn",
    AuditState.CLOSED: "ok",
    AuditState.CANCELLED: "neutral",
}
#: action of SM-11 -> (address, label, tone)
ACTS = {
    "schedule": ("audit_schedule", "Schedule", "primary"),
    "open_meeting": ("audit_open", "Open the audit", "primary"),
    "end_fieldwork": ("audit_end_fieldwork", "End fieldwork", "primary"),
    "issue_report": ("audit_report", "Issue the report", "primary"),
    "start_follow_up": ("audit_follow_up", "Start follow-up", ""),
    "close": ("audit_close", "Close the audit", "primary"),
    "cancel": ("audit_cancel", "Cancel the audit", ""),
}
WITH_A_FORM = frozenset({"issue_report", "cancel"})


class AuditList(ListPage):
    verb = "audits.view_audits"
    has_past = True
    template_name = "audits/audits.html"
    sorts = {"reference": "reference", "start": "start_date", "state": "state"}

    def rows(self) -> Any:
        done = Count("items", filter=~Q(items__result=ResultState.NOT_TESTED))
        rows = Audit.objects.annotate(total=Count("items"), done=done)
        # The names of people and the counts come with the rows: a fixed number of queries.
        return rows.select_related("lead")

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "tones": TONES,
            "may_plan": self.can("audits.plan_audit"),
            "coverage": coverage() if not self.actor.is_auditor else None,
        }


class AuditMixin(Page):
    @cached_property
    def audit(self) -> Audit:
        found: Audit = get_object_or_404(Audit.objects.select_related("lead"), pk=self.kwargs["pk"])
        return found

    @property
    def audit_url(self) -> str:
        return reverse("audit", args=[self.slug, self.kwargs["pk"]])


class AuditPage(AuditMixin):
    verb = "audits.view_audits"
    record_name = "audit"
    has_past = True
    template_name = "audits/audit.html"

    def context(self) -> Mapping[str, Any]:
        audit = self.audit
        items = list(audit.items.all())
        context: dict[str, Any] = {
            "audit": audit,
            "tone": TONES[AuditState(audit.state)],
            "items": items,
            "tested": sum(item.result != ResultState.NOT_TESTED for item in items),
            "findings": audit.findings.select_related("auditee"),
            "is_fieldwork": audit.state == AuditState.IN_PROGRESS,
        }
        if self.actor.is_auditor:
            return context
        return context | {
            "team": audit.team.select_related("member"),
            "systems": audit.systems.select_related("system"),
            "report_hash": audit.snapshot.sha256 if audit.snapshot else "",
            "acts": self._acts(audit),
            "may_edit": self.can("audits.plan_audit") and audit.state in verbs.BEFORE_FIELDWORK,
            "may_test": self.can("audits.do_audit"),
            "may_draft": self.can("audits.draft_finding") and audit.state not in {"closed", "cancelled"},
            "must_declare": audit.state in verbs.BEFORE_FIELDWORK
            and audit.team.filter(member__in=[self.actor.member_id], declared_independent_at=None).exists(),
            "team_form": forms.TeamForm(),
        }

    def _acts(self, audit: Audit) -> list[dict[str, Any]]:
        asked = [
            action for action in ACTS if action in transitions.actions_for(rules.AUDIT, audit, self.actor)
        ]
        return [
            {
                "label": ACTS[action][1],
                "url": reverse(ACTS[action][0], args=[self.slug, audit.pk]),
                "tone": ACTS[action][2],
                "has_form": action in WITH_A_FORM,
            }
            for action in asked
        ]


class AuditNew(FormPage):
    verb = "audits.plan_audit"
    form_class = forms.AuditForm
    page_title = "Plan an audit"
    submit_label = "Plan audit"

    def cancel_url(self) -> str:
        return reverse("audits", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        audit = verbs.plan_audit(actor=self.actor, **cleaned, now=self.now)
        return reverse("audit", args=[self.slug, audit.pk])


class AuditForms(AuditMixin, FormPage):
    def cancel_url(self) -> str:
        return self.audit_url


class AuditEdit(AuditForms):
    verb = "audits.plan_audit"
    form_class = forms.AuditForm
    page_title = "Change the plan"

    def initial(self) -> dict[str, Any]:
        audit = self.audit
        names = ("title", "objectives", "scope", "criteria", "start_date", "end_date")
        systems = list(audit.systems.values_list("system_id", flat=True))
        return {name: getattr(audit, name) for name in names} | {"systems": systems}

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.change_plan(actor=self.actor, audit=self.audit, **cleaned, now=self.now)
        return self.audit_url


class AuditTeam(AuditForms):
    verb = "audits.plan_audit"
    form_class = forms.TeamForm
    page_title = "Add an auditor"
    submit_label = "Add auditor"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.assign_auditor(actor=self.actor, audit=self.audit, **cleaned, now=self.now)
        return self.audit_url


class AuditQuestion(AuditForms):
    verb = "audits.do_audit"
    form_class = forms.QuestionForm
    page_title = "Add a question"
    submit_label = "Add question"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.add_question(actor=self.actor, audit=self.audit, **cleaned, now=self.now)
        return self.audit_url


class AuditReport(AuditForms):
    verb = "audits.do_audit"
    form_class = forms.ReportForm
    page_title = "Issue the audit report"
    submit_label = "Sign and issue"

    def initial(self) -> dict[str, Any]:
        return {"conclusion": self.audit.conclusion, "effectiveness": self.audit.effectiveness}

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.issue_report(actor=self.actor, audit=self.audit, **cleaned, now=self.now)
        return self.audit_url


class AuditCancel(AuditForms):
    verb = "audits.cancel_audit"
    form_class = forms.ReasonForm
    page_title = "Cancel the audit"
    submit_label = "Cancel audit"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.cancel(actor=self.actor, audit=self.audit, reason=cleaned["reason"], now=self.now)
        return self.audit_url


class AuditAct(AuditMixin, ActPage):
    act: Any = None

    def perform(self) -> str:
        type(self).act(actor=self.actor, audit=self.audit, now=self.now)
        return self.audit_url


class AuditDeclare(AuditAct):
    verb = "audits.declare_independence"
    act = staticmethod(verbs.declare_independence)


class AuditSchedule(AuditAct):
    verb = "audits.plan_audit"
    act = staticmethod(verbs.schedule)


class AuditOpen(AuditAct):
    verb = "audits.do_audit"
    act = staticmethod(verbs.open_audit)


class AuditEndFieldwork(AuditAct):
    verb = "audits.do_audit"
    act = staticmethod(verbs.end_fieldwork)


class AuditFollowUp(AuditAct):
    verb = "audits.follow_up_audit"
    act = staticmethod(verbs.start_follow_up)


class AuditClose(AuditAct):
    verb = "audits.do_audit"
    act = staticmethod(verbs.close)


class Fieldwork(AuditMixin):
    """Two panes: the checklist, and one question at a time. Saving goes on to the next open one."""

    verb = "audits.do_audit"
    template_name = "audits/fieldwork.html"

    @cached_property
    def items(self) -> list[ChecklistItem]:
        return list(self.audit.items.select_related("evidence", "tested_by"))

    @cached_property
    def item(self) -> ChecklistItem | None:
        wanted = self.kwargs.get("item")
        if wanted is None:
            untested = (item for item in self.items if item.result == ResultState.NOT_TESTED)
            return next(untested, self.items[0] if self.items else None)
        found = next((item for item in self.items if item.pk == wanted), None)
        if found is None:
            raise Http404
        return found

    def form(self, data: Any = None) -> forms.ResultForm:
        names = ("result", "notes", "evidence", "row_version")
        return forms.ResultForm(data, initial={name: getattr(self.item, name, None) for name in names})

    def context(self) -> Mapping[str, Any]:
        tested = sum(item.result != ResultState.NOT_TESTED for item in self.items)
        context = {"audit": self.audit, "items": self.items, "item": self.item, "tested": tested}
        if self.item is None:
            return context
        ref = self.item.requirement
        asked = urlencode({"audit": self.audit.pk, "requirement": ref})
        position = self.items.index(self.item)
        return context | {
            "form": self.form(),
            "requirement": verbs.requirement_titles().get(ref, ""),
            "before": self.items[position - 1] if position else None,
            "after": self.items[position + 1] if position + 1 < len(self.items) else None,
            "findings": Finding.objects.filter(audit=self.audit, requirement=ref).exclude(
                state=FindingState.WITHDRAWN
            ),
            "finding_url": f"{reverse('finding_new', args=[self.slug])}?{asked}",
        }

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if self.item is None:
            raise Http404
        if not form.is_valid():
            return self.show(status=422, form=form)
        try:
            verbs.record_result(actor=self.actor, item=self.item, **form.cleaned_data, now=self.now)
        except (RuleBroken, StaleState) as refused:
            if request.htmx:
                # The row stays as it is; what went wrong is said beside it (autosave answers 200).
                return render(request, "audits/_saved.html", {"error": str(refused), "item": self.item})
            add_refusal(form, refused)
            return self.show(status=409 if isinstance(refused, StaleState) else 422, form=form)
        if request.htmx:
            return render(request, "audits/_saved.html", {"item": self.item, "at": self.now})
        following = self.context().get("after") or self.item
        url = reverse("audit_item", args=[self.slug, self.audit.pk, following.pk])
        return HttpResponse(status=302, headers={"Location": url})
