"""The register of impact assessments, and the screening of one system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property

from aims.core import transitions
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.generic import ActPage, CsvPage, ListPage, Page
from aims.core.numbers import whole_number
from aims.core.queries.history import changes_of
from inventory.models import AISystem
from risk import forms, harms, queries, screening
from risk.answer_forms import ReviewForm
from risk.enums import AssessmentState, ScreeningOutcome
from risk.form_triggers import open_triggers
from risk.models import ImpactAssessment
from risk.progress import form_progress
from risk.questionnaire import question, screening_questions
from risk.rules import IMPACT_ASSESSMENT
from risk.services import assessments as verbs
from risk.services.impact_forms import form_is_open

CSV_COLUMNS = (
    "Reference",
    "AI system",
    "Version",
    "State",
    "Score",
    "Result",
    "Answered by",
    "Decided by",
    "Decided on",
    "Next date",
)


class Register(ListPage):
    verb = "risk.view_assessments"
    has_past = True
    sorts = {
        "ref": "id",
        "system": "system__name",
        "state": "state",
        "score": "score",
        "next": "next_date",
    }

    @cached_property
    def asked(self) -> dict[str, Any]:
        self.filters = forms.AssessmentFilterForm(self.request.GET or None)
        return self.filters.cleaned_data if self.filters.is_bound and self.filters.is_valid() else {}

    def rows(self) -> Any:
        asked = self.asked
        found = queries.assessment_filter(asked.get("view", ""), today=self.today)
        for name in ("system", "state"):
            if asked.get(name):
                found &= Q(**{name: asked[name]})
        if asked.get("q"):
            found &= Q(system__name__icontains=asked["q"]) | Q(reference__iexact=asked["q"])
        return queries.assessments().filter(found)


class AssessmentsPage(Register):
    template_name = "risk/assessments.html"

    def context(self) -> Mapping[str, Any]:
        context = super().context()
        counts = queries.assessment_counts(today=self.today)
        return {
            **context,
            "rows": [self._row(each) for each in context["rows"]],
            "filter_form": self.filters,
            "views": [self._tab(key, label, counts[key]) for key, label in queries.ASSESSMENT_VIEWS],
            "total": counts[""],
            "unscreened": self._unscreened(),
            "may_export": self.actor.may_download,
        }

    def _row(self, assessment: ImpactAssessment) -> dict[str, Any]:
        return {
            "assessment": assessment,
            "standing": queries.standing(assessment, today=self.today),
            "outcome": queries.outcome_word(assessment.outcome),
        }

    def _unscreened(self) -> list[dict[str, Any]]:
        if self.actor.is_auditor:
            return []
        return [
            {"system": system, "may_start": self.can("risk.start_assessment", system)}
            for system in queries.systems_without_assessment()[:20]
        ]

    def _tab(self, key: str, label: str, count: int) -> dict[str, Any]:
        address = reverse("assessments", args=[self.slug])
        return {
            "label": label,
            "url": f"{address}?view={key}" if key else address,
            "count": count,
            "current": key == self.asked.get("view", ""),
        }


class AssessmentsCsv(CsvPage, Register):
    columns = CSV_COLUMNS
    file_name = "impact-assessments.csv"

    def cells(self, row: ImpactAssessment) -> tuple[object, ...]:
        return (
            row.reference,
            str(row.system),
            row.system_version,
            queries.standing(row, today=self.today).label,
            row.score,
            queries.outcome_word(row.outcome),
            row.author.name if row.author else "",
            row.decided_by.name if row.decided_by else "",
            row.decided_at.date() if row.decided_at else None,
            row.next_date,
        )


class StartAssessment(ActPage):
    verb = "risk.start_assessment"

    def perform(self) -> str:
        found = AISystem.objects.select_related("owner")
        system: AISystem = get_object_or_404(found, pk=self.kwargs["pk"])
        assessment = verbs.start_assessment(actor=self.actor, system=system, now=self.now)
        return reverse("assessment", args=[self.slug, assessment.pk])


class OneAssessment(Page):
    @cached_property
    def assessment(self) -> ImpactAssessment:
        found = queries.assessments().select_related("system__risk_owner", "organization", "snapshot")
        if self.actor.is_auditor:
            found = queries.assessments().select_related("organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def url(self) -> str:
        return reverse("assessment", args=[self.slug, self.assessment.pk])


class AssessmentPage(OneAssessment):
    """The fourteen questions, what the rules make of them, and the box in which somebody decides."""

    verb = "risk.view_assessments"
    record_name = "assessment"
    has_past = True
    template_name = "risk/assessment.html"

    def score(self) -> dict[str, Any]:
        """What follows from the answers so far; all that an autosaved question has to show again."""
        assessment = self.assessment
        result = screening.evaluate(verbs.screening_part(assessment.answers))
        return {
            "assessment": assessment,
            "outcome": queries.outcome_word(assessment.outcome),
            "result": result,
            "answered": len(result.reasons),
            "total": len(screening_questions()),
        }

    def context(self) -> Mapping[str, Any]:
        assessment = self.assessment
        is_open = self._is_open()
        return {
            **self.score(),
            "system": assessment.system,
            "standing": queries.standing(assessment, today=self.today),
            "questions": self._questions(),
            "is_open": is_open,
            "may_answer": is_open and self.can("risk.answer_assessment", assessment),
            "may_finish": assessment.state == AssessmentState.SCREENING
            and self.can("risk.finish_screening", assessment),
            "decisions": self._decisions(),
            "decision_form": forms.DecisionForm(latest=screening.latest_rescreening(self.today)),
            "waits": self._waits(),
            **self._form(),
            "is_after_live": self._is_after_live(),
            "history": [] if self.actor.is_guest else changes_of(assessment),
        }

    def _form(self) -> dict[str, Any]:
        """The light or full assessment that follows, and the box in which somebody decides on it."""
        assessment = self.assessment
        if not queries.has_form(assessment):
            return {}
        done = form_progress(assessment.outcome, assessment.answers)
        planned = harms.planned_next(assessment.answers, decided_on=self.today)
        latest = harms.latest_next(done.remains, decided_on=self.today)
        return {
            "progress": done,
            "levels": [queries.level_number(done.before), queries.level_number(done.remains)],
            "is_form_open": form_is_open(assessment),
            "may_submit": form_is_open(assessment) and self.can("risk.submit_assessment", assessment),
            "may_review": assessment.state == AssessmentState.SUBMITTED
            and self.can("risk.review_assessment"),
            "may_decide": assessment.state == AssessmentState.IN_REVIEW
            and self.can("risk.decide_assessment"),
            "obstacles": self._obstacles(),
            "called_for": [
                {"sentence": each.sentence, "url": self._question_url(each.question)}
                for each in open_triggers(assessment.answers)
            ],
            "review_form": ReviewForm(initial={"next_date": planned}),
            "latest_next": latest,
        }

    def missing(self, refused: RuleBroken | StaleState | None) -> list[dict[str, str]]:
        """What the form still lacks after an attempt to hand it in, each with the question it is about."""
        return [
            {"sentence": each.sentence, "url": self._question_url(each.field)}
            for each in getattr(refused, "problems", ())
        ]

    def _question_url(self, id: str) -> str:
        found = question(id)
        if found is None:
            return ""
        return f"{reverse('assessment_section', args=[self.slug, self.assessment.pk, found.section])}#{id}"

    def _obstacles(self) -> list[str]:
        """Why this person, whose role decides, cannot take the next step here."""
        action = {AssessmentState.SUBMITTED: "start_review", AssessmentState.IN_REVIEW: "approve"}.get(
            AssessmentState(self.assessment.state)
        )
        if action is None or not self.can("risk.decide_assessment"):
            return []
        return [
            str(each)
            for each in transitions.obstacles(
                IMPACT_ASSESSMENT, self.assessment, action, actor=self.actor, now=self.now
            )
        ]

    def _is_open(self) -> bool:
        state, decided = self.assessment.state, self.assessment.screening_approved_by_id
        return state == AssessmentState.SCREENING or (
            state == AssessmentState.IN_PROGRESS and decided is None
        )

    def _questions(self) -> list[dict[str, Any]]:
        answers = self.assessment.answers
        return [
            {
                "question": question,
                "answer": answers.get(question.id, ""),
                "choices": [(option.value, option.label) for option in question.options],
                "word": next(
                    (each.label for each in question.options if each.value == answers.get(question.id)), ""
                ),
            }
            for question in screening_questions()
        ]

    def _decisions(self) -> list[dict[str, str]]:
        """The buttons of the approval box for this person and state."""
        assessment = self.assessment
        found: list[tuple[str, str, str]] = []
        if assessment.state == AssessmentState.SCREENED_OUT_PENDING and self.can("risk.confirm_screen_out"):
            found = [
                ("confirm", "Confirm: no assessment needed", "primary"),
                ("return", "Send back", ""),
            ]
        elif self._waits_for_approval() and self.can("risk.approve_screening"):
            found = [("approve", "Approve screening", "primary"), ("changes", "Ask for changes", "")]
        elif self._may_stop():
            found = [("stop", "Stop: use may be banned", "danger")]
        return [
            {
                "label": label,
                "tone": tone,
                "url": reverse(f"assessment_{name}", args=[self.slug, assessment.pk]),
            }
            for name, label, tone in found
        ]

    def _may_stop(self) -> bool:
        is_stop = self.assessment.outcome == ScreeningOutcome.STOP
        return (
            is_stop
            and self.assessment.state == AssessmentState.SCREENING
            and self.can("risk.stop_assessment")
        )

    def _waits_for_approval(self) -> bool:
        return (
            self.assessment.state == AssessmentState.IN_PROGRESS
            and self.assessment.screening_approved_by_id is None
        )

    def _waits(self) -> str:
        """Why this person, whose role may decide, cannot decide here."""
        if not self._decisions() or self._may_stop():
            return ""
        try:
            verbs.require_not_contributor(self.actor, self.assessment)
        except RuleBroken as refused:
            return str(refused)
        return ""

    def _is_after_live(self) -> bool:
        live, decided = self.assessment.system.live_since, self.assessment.screening_approved_at
        return live is not None and decided is not None and decided.date() > live


class SaveAnswers(AssessmentPage):
    """One answer by itself (htmx), or the whole form; without script the page comes back."""

    verb = "risk.answer_assessment"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        error = ""
        try:
            self._save()
        except (RuleBroken, StaleState) as refused:
            if not request.htmx:  # type: ignore[attr-defined]
                return self.show(status=409 if isinstance(refused, StaleState) else 422, refused=str(refused))
            error = str(refused)
        if request.htmx:  # type: ignore[attr-defined]
            return render(
                request,
                "risk/_answers_saved.html",
                {**self.score(), "error": error, "saved": "" if error else "Saved"},
            )
        if "finish" in request.POST:
            return self._finish()
        messages.success(request, "Saved.")
        return HttpResponseRedirect(self.url())

    def _save(self) -> None:
        typed = self.request.POST
        known = [question.id for question in screening_questions()]
        answers = {id: typed[id] for id in known if id in typed}
        version = typed.get("row_version", "")
        verbs.save_answers(
            actor=self.actor,
            assessment=self.assessment,
            answers=answers,
            row_version=whole_number(version),
            reason=typed.get("reason"),
            now=self.now,
        )

    def _finish(self) -> HttpResponse:
        try:
            result = verbs.finish_screening(actor=self.actor, assessment=self.assessment, now=self.now)
        except RuleBroken as refused:
            return self.show(status=422, refused=str(refused))
        messages.success(self.request, f"Screening finished: {queries.outcome_word(result.outcome or '')}.")
        return HttpResponseRedirect(self.url())


class Decide(AssessmentPage):
    """Base of the decisions: what is refused is shown in the box."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = forms.DecisionForm(request.POST)
        if not form.is_valid():
            return self.show(status=422, decision_form=form)
        try:
            self.decide(form.cleaned_data)
        except (RuleBroken, StaleState) as refused:
            form.add_error(None, str(refused))
            return self.show(status=422, decision_form=form)
        return HttpResponseRedirect(self.url())

    def decide(self, cleaned: dict[str, Any]) -> None:
        raise NotImplementedError


class ConfirmScreenOut(Decide):
    verb = "risk.confirm_screen_out"

    def decide(self, cleaned: dict[str, Any]) -> None:
        verbs.confirm_screen_out(
            actor=self.actor,
            assessment=self.assessment,
            rescreen_on=cleaned["next_date"],
            comment=cleaned["comment"],
            now=self.now,
        )


class ReturnScreening(Decide):
    verb = "risk.confirm_screen_out"

    def decide(self, cleaned: dict[str, Any]) -> None:
        verbs.return_screening(
            actor=self.actor, assessment=self.assessment, comment=cleaned["comment"], now=self.now
        )


class ApproveScreening(Decide):
    verb = "risk.approve_screening"

    def decide(self, cleaned: dict[str, Any]) -> None:
        verbs.approve_screening(
            actor=self.actor,
            assessment=self.assessment,
            next_date=cleaned["next_date"],
            comment=cleaned["comment"],
            now=self.now,
        )


class AskForChanges(Decide):
    verb = "risk.approve_screening"

    def decide(self, cleaned: dict[str, Any]) -> None:
        verbs.ask_for_changes(
            actor=self.actor, assessment=self.assessment, comment=cleaned["comment"], now=self.now
        )


class StopBanned(Decide):
    verb = "risk.stop_assessment"

    def decide(self, cleaned: dict[str, Any]) -> None:
        verbs.stop_banned(
            actor=self.actor, assessment=self.assessment, comment=cleaned["comment"], now=self.now
        )
