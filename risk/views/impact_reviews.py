"""Handing an impact assessment in, and the decision on it; what is refused is shown on its page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from aims.core.exceptions import RuleBroken, StaleState
from risk.answer_forms import ReviewForm
from risk.services import impact_forms, impact_reviews
from risk.views.assessments import AssessmentPage


class Step(AssessmentPage):
    has_past = False
    done = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ReviewForm(request.POST)
        if not form.is_valid():
            return self.show(status=422, review_form=form)
        try:
            self.take(form.cleaned_data)
        except (RuleBroken, StaleState) as refused:
            return self._refused(form, refused)
        messages.success(request, self.done)
        return HttpResponseRedirect(self.url())

    def _refused(self, form: ReviewForm, refused: RuleBroken | StaleState) -> HttpResponse:
        field = getattr(refused, "field", None)
        if field in form.fields:
            form.add_error(field, str(refused))
        return self.show(status=422, review_form=form, refused=str(refused), missing=self.missing(refused))

    def take(self, cleaned: dict[str, Any]) -> None:
        raise NotImplementedError


class SubmitAssessment(Step):
    verb = "risk.submit_assessment"
    done = "Sent for review."

    def take(self, cleaned: dict[str, Any]) -> None:
        impact_forms.submit_assessment(actor=self.actor, assessment=self.assessment, now=self.now)


class StartReview(Step):
    verb = "risk.review_assessment"
    done = "The review has begun."

    def take(self, cleaned: dict[str, Any]) -> None:
        impact_reviews.start_review(actor=self.actor, assessment=self.assessment, now=self.now)


class ReturnAssessment(Step):
    verb = "risk.decide_assessment"
    done = "Sent back to its author."

    def take(self, cleaned: dict[str, Any]) -> None:
        impact_reviews.return_assessment(
            actor=self.actor, assessment=self.assessment, comment=cleaned["comment"], now=self.now
        )


class ApproveAssessment(Step):
    verb = "risk.decide_assessment"
    done = "The impact assessment is approved and frozen."

    def take(self, cleaned: dict[str, Any]) -> None:
        impact_reviews.approve_assessment(
            actor=self.actor, assessment=self.assessment, now=self.now, **cleaned
        )
