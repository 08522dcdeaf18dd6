"""The risk criteria, and what waits for top management."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from aims.core import charts
from aims.core.generic import ActPage, FormPage, Page
from risk import forms, queries, steps
from risk.models import RiskApproval, RiskCriteria
from risk.scoring import Criteria, criteria_from, within_appetite
from risk.services import approvals
from risk.services import criteria as verbs


def bare_matrix(criteria: Criteria) -> charts.Matrix:
    """The levels of all cells, without risks."""
    return queries.matrix_of((), criteria=criteria)


class CriteriaPage(Page):
    verb = "risk.view_criteria"
    has_past = True
    template_name = "risk/criteria.html"

    def context(self) -> Mapping[str, Any]:
        versions = list(RiskCriteria.objects.select_related("author", "approved_by"))
        approved = next((each for each in versions if each.approved_at), None)
        draft = next((each for each in versions if each.approved_at is None), None)
        shown = self._shown(versions) or approved or draft
        return {
            "versions": versions,
            "approved": approved,
            "draft": draft,
            "shown": shown,
            "criteria": criteria_from(shown.content) if shown else None,
            "matrix": bare_matrix(criteria_from(shown.content)) if shown else None,
            "appetite": queries.level_label(shown.content["appetite"]) if shown else "",
            "bands": self._bands(criteria_from(shown.content)) if shown else [],
            "scales": self._scales(criteria_from(shown.content)) if shown else [],
            "may_draft": self.can("risk.draft_criteria"),
            "may_approve": draft is not None and self.can("risk.approve_criteria"),
            "is_own_draft": draft is not None and draft.author_id == self.actor.member_id,
        }

    def _shown(self, versions: list[RiskCriteria]) -> RiskCriteria | None:
        asked = self.request.GET.get("version", "")
        return next((each for each in versions if str(each.version) == asked), None)

    def _bands(self, criteria: Criteria) -> list[dict[str, Any]]:
        return [
            {
                "level": queries.level_number(band.level),
                "scores": f"{band.lowest} to {band.highest}",
                "months": criteria.acceptance_months[band.level],
                "within": within_appetite(band.level, criteria),
            }
            for band in criteria.bands
        ]

    def _scales(self, criteria: Criteria) -> list[tuple[int, str, str]]:
        return [(step, criteria.likelihood[step], criteria.severity[step]) for step in range(5, 0, -1)]


class DraftCriteria(FormPage):
    verb = "risk.draft_criteria"
    form_class = forms.CriteriaForm
    page_title = "Draft risk criteria"
    submit_label = "Save draft"
    done_message = "Draft saved. Top management approves it."

    def initial(self) -> dict[str, Any]:
        newest = RiskCriteria.objects.first()
        return forms.CriteriaForm.values_of(
            criteria_from(newest.content) if newest else queries.current_scales()
        )

    def form(self, data: Any = None, files: Any = None) -> Any:
        self.made: Any = super().form(data, files)
        return self.made

    def perform(self, cleaned: dict[str, Any]) -> str:
        content = self.made.criteria()
        verbs.draft_criteria(actor=self.actor, content=content, note=cleaned["note"], now=self.now)
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("risk_criteria", args=[self.slug])


class ApproveCriteria(ActPage):
    verb = "risk.approve_criteria"

    def perform(self) -> str:
        criteria = get_object_or_404(RiskCriteria, pk=self.kwargs["pk"])
        verbs.approve_criteria(actor=self.actor, criteria=criteria, now=self.now)
        messages.success(self.request, f"Version {criteria.version} is approved.")
        return reverse("risk_criteria", args=[self.slug])


DECIDED_SHOWN = 30


class ApprovalsPage(Page):
    """What waits for top management, and what was decided lately."""

    verb = "risk.view_approvals"
    has_past = True
    template_name = "risk/approvals.html"

    def context(self) -> Mapping[str, Any]:
        waiting = list(queries.approvals_waiting().select_related("organization"))
        return {
            "waiting": [self._row(row) for row in waiting],
            "decided": [self._row(row) for row in queries.approvals_decided()[:DECIDED_SHOWN]],
            "criteria_draft": RiskCriteria.objects.filter(approved_at=None).first(),
            "may_decide": self.can("risk.decide_approval"),
        }

    def _row(self, row: RiskApproval) -> dict[str, Any]:
        acts = steps.acts_on(row, self.actor) if row.state == "submitted" else []
        return {"row": row, "level": queries.level_number(row.residual_level), "acts": acts}


class OneApproval(ActPage):
    @cached_property
    def approval(self) -> RiskApproval:
        found = RiskApproval.objects.select_related("risk__system", "risk__owner", "risk__organization")
        return get_object_or_404(found.select_related("submitted_by"), pk=self.kwargs["pk"])

    def typed(self, name: str) -> str:
        return str(self.request.POST.get(name, ""))

    def done(self, sentence: str) -> str:
        messages.success(self.request, sentence)
        wanted = self.request.POST.get("back")
        if wanted == "queue":
            return reverse("risk_approvals", args=[self.slug])
        return reverse("risk", args=[self.slug, self.approval.risk_id])


class SubmitApproval(OneApproval):
    verb = "risk.submit_approval"

    def perform(self) -> str:
        approvals.submit_approval(actor=self.actor, approval=self.approval, now=self.now)
        return self.done("Sent to top management.")


class ApproveApproval(OneApproval):
    verb = "risk.decide_approval"

    def perform(self) -> str:
        approvals.approve(
            actor=self.actor, approval=self.approval, comment=self.typed("comment"), now=self.now
        )
        return self.done("Approved.")


class RejectApproval(OneApproval):
    verb = "risk.decide_approval"

    def perform(self) -> str:
        approvals.reject(
            actor=self.actor, approval=self.approval, comment=self.typed("comment"), now=self.now
        )
        return self.done("Rejected.")


class RevokeApproval(OneApproval):
    verb = "risk.decide_approval"

    def perform(self) -> str:
        approvals.revoke(actor=self.actor, approval=self.approval, reason=self.typed("reason"), now=self.now)
        return self.done("Revoked. The risk is open again.")
