"""The findings register and the page of one finding."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import permissions, transitions
from aims.core.generic import ActPage, FormPage, ListPage, Page
from aims.core.numbers import whole_number
from audits import forms, rules
from audits.enums import FindingState, Grade
from audits.models import Finding
from audits.services import findings as verbs

TONES = {Grade.MAJOR: "bad", Grade.MINOR: "warn", Grade.OBSERVATION: "info", Grade.OFI: "info"}
STATE_TONES = {
    FindingState.DRAFT: "neutral",
    FindingState.RAISED: "warn",
    FindingState.DISPUTED: "warn",
    FindingState.ACCEPTED: "info",
    FindingState.IN_CORRECTION: "info",
    FindingState.CLOSED: "ok",
    FindingState.WITHDRAWN: "neutral",
}
#: action of SM-12 -> (address, verb, label, tone, has a form)
ACTS = {
    "raise": ("finding_raise", "raise_finding", "Raise", "primary", False),
    "acknowledge": ("finding_acknowledge", "answer_finding", "Acknowledge", "primary", False),
    "dispute": ("finding_dispute", "answer_finding", "Dispute", "", True),
    "uphold": ("finding_uphold", "judge_finding", "Uphold", "primary", True),
    "withdraw": ("finding_withdraw", "judge_finding", "Withdraw", "", True),
    "open_case": ("finding_open_case", "open_case", "Open corrective action", "primary", False),
    "close_ofi": ("finding_decide", "decide_finding", "Decide", "primary", True),
    "close": ("finding_close", "judge_finding", "Close", "primary", False),
}
LIFE = (
    ("Raised", FindingState.RAISED),
    ("Accepted", FindingState.ACCEPTED),
    ("In correction", FindingState.IN_CORRECTION),
    ("Closed", FindingState.CLOSED),
)


class FindingList(ListPage):
    verb = "audits.view_findings"
    has_past = True
    template_name = "audits/findings.html"
    sorts = {"reference": "reference", "due": "due_date", "grade": "grade", "state": "state"}

    @property
    def view(self) -> str:
        return self.request.GET.get("view", "open")

    def rows(self) -> Any:
        found = self._views()[self.view if self.view in self._views() else "open"][1]
        grade = self.request.GET.get("grade", "")
        if grade in Grade.values:
            found = found.filter(grade=grade)
        return found.select_related("auditee", "audit", "system")

    def _views(self) -> dict[str, tuple[str, Any]]:
        drafts = Finding.objects.filter(state=FindingState.DRAFT)
        views = {
            "open": ("Open", Finding.objects.open()),
            "overdue": ("Overdue", Finding.objects.overdue(on=self.today)),
            "drafts": ("Drafts", drafts),
            "all": ("All", Finding.objects.all()),
        }
        if self.actor.is_auditor:
            del views["drafts"]
        return views

    def context(self) -> Mapping[str, Any]:
        tabs = [
            {
                "label": label,
                "url": f"?view={key}",
                "count": rows.count(),
                "current": key == self.view,
            }
            for key, (label, rows) in self._views().items()
        ]
        return {
            **super().context(),
            "tabs": tabs,
            "grades": Grade.choices,
            "grade": self.request.GET.get("grade", ""),
            "view": self.view,
            "tones": TONES,
            "state_tones": STATE_TONES,
            "today": self.today,
            "may_draft": self.can("audits.draft_finding"),
        }


class FindingMixin(Page):
    @cached_property
    def finding(self) -> Finding:
        rows = Finding.objects.select_related("audit", "system", "control", "auditee", "author", "carried_to")
        if self.actor.is_auditor:
            # The control is visible to an auditor, the system only inside the scope: left joins hold both.
            rows = Finding.objects.select_related("audit", "system", "control", "auditee", "author")
        found: Finding = get_object_or_404(rows, pk=self.kwargs["pk"])
        return found

    @property
    def finding_url(self) -> str:
        return reverse("finding", args=[self.slug, self.finding.pk])


class FindingPage(FindingMixin):
    verb = "audits.view_findings"
    record_name = "finding"
    has_past = True
    template_name = "audits/finding.html"

    def context(self) -> Mapping[str, Any]:
        finding = self.finding
        return {
            "finding": finding,
            "tone": TONES.get(Grade(finding.grade), "neutral") if finding.grade else "neutral",
            "state_tone": STATE_TONES[FindingState(finding.state)],
            "steps": _steps(finding),
            "acts": self._acts(finding),
            "is_overdue": Finding.objects.overdue(on=self.today).filter(pk=finding.pk).exists(),
            "may_edit": finding.state == FindingState.DRAFT and self.can("audits.draft_finding", finding),
            "may_carry": self._may_carry(finding),
        }

    def _may_carry(self, finding: Finding) -> bool:
        return (
            self.can("audits.judge_finding", finding)
            and finding.grade in rules.NONCONFORMITIES
            and finding.state in {FindingState.ACCEPTED, FindingState.IN_CORRECTION, FindingState.RAISED}
            and finding.carried_to_id is None
        )

    def _acts(self, finding: Finding) -> list[dict[str, Any]]:
        possible = transitions.actions_for(rules.FINDING, finding, self.actor)
        if finding.grade in rules.NONCONFORMITIES:
            possible = [action for action in possible if action != "close_ofi"]
        else:
            possible = [action for action in possible if action != "open_case"]
        return [
            {
                "label": label,
                "url": reverse(address, args=[self.slug, finding.pk]),
                "tone": tone,
                "has_form": has_form,
            }
            for action, (address, verb, label, tone, has_form) in ACTS.items()
            if action in possible and permissions.can(self.actor, f"audits.{verb}", finding)
        ]


class FindingNew(FormPage):
    verb = "audits.draft_finding"
    form_class = forms.FindingForm
    page_title = "Write a finding"
    submit_label = "Save draft"

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET
        return {
            "audit": whole_number(asked.get("audit", "")),
            "requirement": asked.get("requirement", "")[:60],
        }

    def cancel_url(self) -> str:
        return reverse("findings", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        cleaned.pop("row_version")
        finding = verbs.draft_finding(actor=self.actor, **cleaned, now=self.now)
        return reverse("finding", args=[self.slug, finding.pk])


class FindingForms(FindingMixin, FormPage):
    def cancel_url(self) -> str:
        return self.finding_url


class FindingEdit(FindingForms):
    verb = "audits.draft_finding"
    form_class = forms.FindingForm
    page_title = "Change the finding"

    def initial(self) -> dict[str, Any]:
        names = ("title", "grade", "requirement", "evidence_text", "statement", "row_version")
        records = ("audit", "system", "control", "auditee")
        return {name: getattr(self.finding, name) for name in (*names, *records)}

    def perform(self, cleaned: dict[str, Any]) -> str:
        cleaned.pop("audit")
        cleaned["row_version"] = cleaned["row_version"] or self.finding.row_version
        verbs.edit_finding(actor=self.actor, finding=self.finding, **cleaned)
        return self.finding_url


class FindingDispute(FindingForms):
    verb = "audits.answer_finding"
    form_class = forms.ReasonForm
    page_title = "Dispute the finding"
    submit_label = "Dispute"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.dispute(actor=self.actor, finding=self.finding, reason=cleaned["reason"], now=self.now)
        return self.finding_url


class FindingUphold(FindingForms):
    verb = "audits.judge_finding"
    form_class = forms.ReasonForm
    page_title = "Uphold the finding"
    submit_label = "Uphold"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.uphold(actor=self.actor, finding=self.finding, reason=cleaned["reason"], now=self.now)
        return self.finding_url


class FindingWithdraw(FindingForms):
    verb = "audits.judge_finding"
    form_class = forms.ReasonForm
    page_title = "Withdraw the finding"
    submit_label = "Withdraw"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.withdraw(actor=self.actor, finding=self.finding, reason=cleaned["reason"], now=self.now)
        return self.finding_url


class FindingDecide(FindingForms):
    verb = "audits.decide_finding"
    form_class = forms.DecisionForm
    page_title = "Decide on the improvement"
    submit_label = "Record decision"

    def perform(self, cleaned: dict[str, Any]) -> str:
        do = cleaned["decision"] == "do"
        verbs.close_ofi(actor=self.actor, finding=self.finding, do=do, reason=cleaned["reason"], now=self.now)
        return self.finding_url


class FindingCarry(FindingForms):
    verb = "audits.judge_finding"
    form_class = forms.CarryOverForm
    page_title = "Move to the next audit"
    submit_label = "Move"

    def form_kwargs(self) -> dict[str, Any]:
        return {"finding": self.finding}

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.carry_over(actor=self.actor, finding=self.finding, to=cleaned["to"], reason=cleaned["reason"])
        return self.finding_url


class FindingAct(FindingMixin, ActPage):
    act: Any = None

    def perform(self) -> str:
        type(self).act(actor=self.actor, finding=self.finding, now=self.now)
        return self.finding_url


class FindingRaise(FindingAct):
    verb = "audits.raise_finding"
    act = staticmethod(verbs.raise_finding)


class FindingAcknowledge(FindingAct):
    verb = "audits.answer_finding"
    act = staticmethod(verbs.acknowledge)


class FindingOpenCase(FindingAct):
    verb = "audits.open_case"
    act = staticmethod(verbs.open_case)


class FindingClose(FindingAct):
    verb = "audits.judge_finding"
    act = staticmethod(verbs.close_finding)


def _steps(finding: Finding) -> list[dict[str, str]]:
    """How far the finding has come; an improvement is decided on and skips correction."""
    life = [
        (label, state)
        for label, state in LIFE
        if finding.grade in rules.NONCONFORMITIES or state != FindingState.IN_CORRECTION
    ]
    states = [state for _, state in life]
    at = states.index(FindingState(finding.state)) if finding.state in states else -1
    return [
        {"label": label, "state": "done" if i < at else "current" if i == at else "later"}
        for i, (label, _) in enumerate(life)
    ]
