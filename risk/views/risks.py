"""The risk register, the page of one risk, and the forms that lead from state to state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from aims.core import charts
from aims.core.exceptions import RuleBroken
from aims.core.generic import ActPage, CsvPage, FormPage, ListPage, Page
from aims.core.queries.history import changes_of
from aims.core.registry import registry
from inventory.models import AISystem
from risk import forms, queries, steps
from risk.models import Risk
from risk.scoring import Criteria, Ratings, level
from risk.services import approvals, risks, treatment

CSV_COLUMNS = (
    "Reference",
    "Risk",
    "AI system",
    "Process",
    "State",
    "Likelihood",
    "Worst severity",
    "Score",
    "Level",
    "Residual score",
    "Residual level",
    "Option",
    "Treatment due",
    "Owner",
    "Next review",
)


class Register(ListPage):
    """What the register and its CSV share: views, filters and order."""

    verb = "risk.view_risks"
    has_past = True
    sorts = {
        "ref": "id",
        "title": "title",
        "system": "system__name",
        "inherent": "score",
        "residual": "current_score",
        "state": "state",
        "owner": "owner__name",
        "review": "review_date",
    }
    default_sort = "id"

    @cached_property
    def criteria(self) -> Criteria:
        return queries.current_scales()

    @cached_property
    def asked(self) -> dict[str, Any]:
        self.filters = forms.RiskFilterForm(self.request.GET or None)
        return self.filters.cleaned_data if self.filters.is_bound and self.filters.is_valid() else {}

    def rows(self) -> Any:
        return queries.register().filter(self._condition())

    def _condition(self) -> Q:
        asked = self.asked
        view = asked.get("view", "")
        found = queries.view_filter(view, actor=self.actor, today=self.today, criteria=self.criteria)
        for name in ("system", "owner", "state"):
            if asked.get(name):
                found &= Q(**{name: asked[name]})
        if asked.get("level"):
            found &= Q(residual_level=asked["level"]) | Q(residual_level="", level=asked["level"])
        if asked.get("q"):
            words = asked["q"]
            found &= Q(title__icontains=words) | Q(reference__iexact=words) | Q(event__icontains=words)
        return found & self._cell()

    def _cell(self) -> Q:
        """The cell of the matrix that was clicked."""
        likelihood, severity = self.asked.get("likelihood"), self.asked.get("severity")
        if not likelihood or not severity:
            return Q()
        if self.asked.get("measure") == "inherent":
            return Q(likelihood=likelihood, inherent_severity=severity)
        return Q(current_likelihood=likelihood, current_severity=severity)


class RisksPage(Register):
    template_name = "risk/risks.html"

    def context(self) -> Mapping[str, Any]:
        measure = "inherent" if self.asked.get("measure") == "inherent" else "residual"
        counts = queries.view_counts(actor=self.actor, today=self.today, criteria=self.criteria)
        return {
            **super().context(),
            "filter_form": self.filters,
            "views": [self._tab(key, label, counts[key]) for key, label in queries.VIEWS],
            "total": counts[""],
            "measure": measure,
            "measures": [self._measure_tab(name, measure) for name in ("residual", "inherent")],
            "matrix": self._matrix(measure),
            "may_identify": self.can("risk.identify_risk"),
            "may_export": self.actor.may_download,
        }

    def _matrix(self, measure: str) -> charts.Matrix:
        build = queries.inherent_matrix if measure == "inherent" else queries.residual_matrix
        return build(criteria=self.criteria, url_of=self._cell_url(measure))

    def _cell_url(self, measure: str) -> Any:
        address = reverse("risks", args=[self.slug])
        return lambda likelihood, severity: (
            f"{address}?{urlencode({'measure': measure, 'likelihood': likelihood, 'severity': severity})}"
        )

    def _tab(self, key: str, label: str, count: int) -> dict[str, Any]:
        address = reverse("risks", args=[self.slug])
        return {
            "label": label,
            "url": f"{address}?view={key}" if key else address,
            "count": count,
            "current": key == self.asked.get("view", ""),
        }

    def _measure_tab(self, name: str, current: str) -> dict[str, Any]:
        address = reverse("risks", args=[self.slug])
        return {
            "label": name.capitalize(),
            "url": f"{address}?measure={name}",
            "count": None,
            "current": name == current,
        }


class RisksCsv(CsvPage, Register):
    columns = CSV_COLUMNS
    file_name = "risks.csv"

    def cells(self, risk: Any) -> tuple[object, ...]:
        return (
            risk.reference,
            risk.title,
            str(risk.system or ""),
            risk.process,
            risk.get_state_display(),
            risk.likelihood,
            risk.inherent_severity,
            risk.score,
            queries.level_label(risk.level),
            risk.residual_score,
            queries.level_label(risk.residual_level) if risk.residual_level else "",
            risk.get_option_display(),
            risk.treatment_due_date,
            risk.owner.name if risk.owner else "",
            risk.review_date,
        )


class OneRisk(Page):
    """Base of what is about one risk."""

    @cached_property
    def risk(self) -> Risk:
        found = Risk.objects.select_related("system", "owner", "author", "criteria", "organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def url(self) -> str:
        return reverse("risk", args=[self.slug, self.risk.pk])

    def cancel_url(self) -> str:
        return self.url()

    @cached_property
    def criteria(self) -> Criteria:
        return queries.current_scales()


class RiskPage(OneRisk):
    verb = "risk.view_risks"
    record_name = "risk"
    has_past = True
    template_name = "risk/risk.html"

    def context(self) -> Mapping[str, Any]:
        risk = self.risk
        own = queries.criteria_of(risk)
        inherent, residual = queries.ratings_of(risk), queries.residual_ratings_of(risk)
        decided = risk.approvals.select_related("submitted_by", "decided_by").order_by("-id")
        return {
            "risk": risk,
            "inherent": inherent,
            "inherent_level": queries.level_number(risk.level),
            "inherent_because": inherent.explanation(own) if inherent else "",
            "residual": residual,
            "residual_level": queries.level_number(risk.residual_level),
            "residual_because": residual.explanation(own) if residual else "",
            "category": steps.category_name(risk.category),
            "approvals": [
                {"row": row, "level": queries.level_number(row.residual_level), "acts": self._acts(row)}
                for row in decided
            ],
            "path": steps.path_of(risk),
            "steps": [] if self.actor.is_guest else steps.steps_for(risk, self.actor, now=self.now),
            "may_edit": self._may_edit(),
            "panels": [
                panel.shown(self.actor, risk) for panel in registry.panels_at("risk") if self.can(panel.verb)
            ],
            "history": [] if self.actor.is_guest else changes_of(risk),
        }

    def _may_edit(self) -> bool:
        return self.risk.state != "closed" and self.can("risk.edit_risk", self.risk)

    def _acts(self, approval: Any) -> list[dict[str, str]]:
        return steps.acts_on(approval, self.actor)


class IdentifyRisk(FormPage):
    verb = "risk.identify_risk"
    form_class = forms.RiskForm
    page_title = "Add a risk"
    submit_label = "Add risk"
    done_message = "Risk added. Score it next."

    def initial(self) -> dict[str, Any]:
        return {"system": self.request.GET.get("system"), "owner": ""}

    def perform(self, cleaned: dict[str, Any]) -> str:
        risk = risks.identify_risk(actor=self.actor, now=self.now, **cleaned)
        return reverse("risk", args=[self.slug, risk.pk])

    def cancel_url(self) -> str:
        return reverse("risks", args=[self.slug])


class RiskFormPage(OneRisk, FormPage):
    """A form about one risk, whose refusals are shown on it."""

    def context(self) -> Mapping[str, Any]:
        return {**FormPage.context(self), "risk": self.risk}


class EditRisk(RiskFormPage):
    verb = "risk.edit_risk"
    form_class = forms.EditRiskForm
    page_title = "Edit risk"
    done_message = "Saved."

    def initial(self) -> dict[str, Any]:
        risk = self.risk
        return {name: getattr(risk, name) for name in risks.EDITABLE} | {"row_version": risk.row_version}

    def perform(self, cleaned: dict[str, Any]) -> str:
        version = cleaned.pop("row_version")
        risks.edit_risk(actor=self.actor, risk=self.risk, row_version=version, changes=cleaned, now=self.now)
        return self.url()


class Picker(RiskFormPage):
    """Shows the 5 × 5 picker; what is picked becomes ratings, and the server computes the level."""

    template_name = "risk/rate.html"
    legend = "Likelihood and worst severity"

    def form_kwargs(self) -> dict[str, Any]:
        return {"scale": dict(self.criteria.severity)}

    def current(self) -> Ratings | None:
        return queries.ratings_of(self.risk)

    def initial(self) -> dict[str, Any]:
        ratings = self.current()
        if ratings is None:
            return {}
        return {"score": f"{ratings.likelihood}-{ratings.worst}", **ratings.severities}

    def context(self) -> Mapping[str, Any]:
        criteria = self.criteria
        labels = [
            [scale[step].capitalize() for step in sorted(scale)]
            for scale in (criteria.likelihood, criteria.severity)
        ]
        matrix = charts.matrix(
            likelihoods=labels[0],
            impacts=labels[1],
            level_of=lambda row, column: queries.level_number(level(row * column, criteria.bands)) or 1,
        )
        return {
            **super().context(),
            "matrix": matrix,
            "legend": self.legend,
            "suggested": steps.suggested_rating(self.risk),
        }


class RateRisk(Picker):
    verb = "risk.rate"
    form_class = forms.RatingForm
    page_title = "Score risk"
    submit_label = "Save score"

    def perform(self, cleaned: dict[str, Any]) -> str:
        risk = risks.rate(
            actor=self.actor,
            risk=self.risk,
            ratings=cleaned["ratings"],
            reason=cleaned["reason"],
            now=self.now,
        )
        if risk.state == "analysed":
            messages.success(self.request, "Rated. A risk owner or the compliance lead evaluates it next.")
        else:
            messages.success(self.request, f"Scored {risk.score}: {queries.level_label(risk.level)}.")
        return self.url()


class CompleteTreatment(Picker):
    verb = "risk.complete_treatment"
    form_class = forms.CompleteForm
    page_title = "Complete treatment"
    submit_label = "Complete treatment"
    legend = "What remains: likelihood and worst severity"

    def current(self) -> Ratings | None:
        return queries.residual_ratings_of(self.risk)

    def perform(self, cleaned: dict[str, Any]) -> str:
        treatment.complete_treatment(
            actor=self.actor,
            risk=self.risk,
            residual=cleaned["ratings"],
            done=cleaned["done"],
            treated_on=cleaned["treated_on"],
            now=self.now,
        )
        return self.url()


class ProposeAcceptance(RiskFormPage):
    verb = "risk.propose_acceptance"
    form_class = forms.AcceptanceForm
    page_title = "Propose acceptance"
    submit_label = "Send to top management"
    done_message = "Sent to top management."

    def initial(self) -> dict[str, Any]:
        return {"expires_on": steps.latest_acceptance(self.risk, self.criteria, today=self.today)}

    def perform(self, cleaned: dict[str, Any]) -> str:
        approvals.propose_acceptance(actor=self.actor, risk=self.risk, now=self.now, **cleaned)
        return self.url()


class ReopenRisk(RiskFormPage):
    verb = "risk.reopen"
    form_class = forms.ReasonForm
    page_title = "Reopen risk"
    submit_label = "Reopen"

    def perform(self, cleaned: dict[str, Any]) -> str:
        risks.reopen(actor=self.actor, risk=self.risk, now=self.now, **cleaned)
        return self.url()


class ReportNotEffective(RiskFormPage):
    verb = "risk.report_not_effective"
    form_class = forms.ReasonForm
    page_title = "Report that the treatment does not work"
    submit_label = "Send back into treatment"

    def perform(self, cleaned: dict[str, Any]) -> str:
        treatment.report_not_effective(actor=self.actor, risk=self.risk, now=self.now, **cleaned)
        return self.url()


class CloseRisk(RiskFormPage):
    verb = "risk.close"
    form_class = forms.CloseForm
    page_title = "Close risk"
    submit_label = "Close"

    def perform(self, cleaned: dict[str, Any]) -> str:
        risks.close(actor=self.actor, risk=self.risk, now=self.now, **cleaned)
        return self.url()


class RiskAct(OneRisk, ActPage):
    """A step behind a button."""


class EvaluateRisk(RiskAct):
    verb = "risk.evaluate"

    def perform(self) -> str:
        risk = risks.evaluate(actor=self.actor, risk=self.risk, now=self.now)
        messages.success(self.request, f"Scored {risk.score}: {queries.level_label(risk.level)}.")
        return self.url()


class StartTreatment(RiskAct):
    verb = "risk.start_treatment"

    def perform(self) -> str:
        treatment.start_treatment(actor=self.actor, risk=self.risk, now=self.now)
        return self.url()


class AcceptRisk(RiskAct):
    verb = "risk.accept"

    def perform(self) -> str:
        approvals.accept(actor=self.actor, risk=self.risk, now=self.now)
        messages.success(self.request, "Accepted.")
        return self.url()


class Suggestions(Page):
    """Scenarios that suit a system; those that are ticked become risks with one submit."""

    verb = "risk.view_risks"
    template_name = "risk/suggestions.html"

    @cached_property
    def system(self) -> AISystem:
        found = AISystem.objects.select_related("owner", "risk_owner", "organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def context(self) -> Mapping[str, Any]:
        rows = queries.suggestions_for(self.system)
        return {
            "system": self.system,
            "suggestions": [
                {"row": row, "level": queries.level_number(row.level), "fit": round(100 * row.fit)}
                for row in rows
            ],
            "open_count": sum(not row.is_known for row in rows),
            "may_identify": self.can("risk.identify_risk", self.system),
        }


class AcceptSuggestions(Suggestions):
    verb = "risk.identify_risk"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            made = risks.accept_suggestions(
                actor=self.actor,
                system=self.system,
                scenarios=request.POST.getlist("scenarios"),
                now=self.now,
            )
        except RuleBroken as refused:
            return self.show(status=422, refused=refused)
        noun = "risk" if len(made) == 1 else "risks"
        messages.success(request, f"{len(made)} {noun} added. Score them next.")
        return HttpResponseRedirect(f"{reverse('risks', args=[self.slug])}?system={self.system.pk}")
