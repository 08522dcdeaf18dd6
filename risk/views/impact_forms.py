"""The form of a light or full impact assessment: a page per section, one per row of a table, one in print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property

from aims.core import permissions
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.generic import ActPage, FormPage
from aims.core.numbers import whole_number
from risk import harms, queries
from risk.answer_forms import NOTE, RowForm, SectionForm
from risk.prefill import proposals, records_on_offer
from risk.progress import FormProgress, SectionProgress, form_progress, is_table
from risk.questionnaire import Question
from risk.questionnaire import question as question_of
from risk.services import impact_forms as verbs
from risk.views.assessments import OneAssessment
from risk.wording import lines, worded, worded_row


class OneForm(OneAssessment):
    """A form is there once the screening that asks for it is approved."""

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        assessment = self.assessment
        if not queries.has_form(assessment):
            raise Http404
        return harms.questions_of(assessment.outcome)

    @property
    def may_answer(self) -> bool:
        return verbs.form_is_open(self.assessment) and self.can("risk.answer_assessment", self.assessment)

    @cached_property
    def offered(self) -> dict[str, dict[int, str]]:
        return records_on_offer(self.assessment.system) if self.may_answer else {}

    def section_url(self, section: str, question: str = "") -> str:
        url = reverse("assessment_section", args=[self.slug, self.assessment.pk, section])
        return f"{url}#{question}" if question else url


class SectionPage(OneForm):
    verb = "risk.view_assessments"
    record_name = "assessment"
    has_past = True
    template_name = "risk/section.html"
    is_stale = False

    @cached_property
    def asked(self) -> list[Question]:
        found = [each for each in self.questions if each.section == self.kwargs["section"]]
        if not found:
            raise Http404
        return found

    @cached_property
    def form(self) -> SectionForm:
        initial = SectionForm.values_of(self.asked, self.assessment.answers)
        return SectionForm(initial=initial, questions=self.asked, offered=self.offered)

    @cached_property
    def progress(self) -> FormProgress:
        return form_progress(self.assessment.outcome, self.assessment.answers)

    @cached_property
    def here(self) -> SectionProgress:
        return next(each for each in self.progress.sections if each.section.id == self.kwargs["section"])

    def context(self) -> Mapping[str, Any]:
        assessment, asked = self.assessment, self.asked
        suggested = proposals(assessment.system, self.offered) if self.may_answer else {}
        return {
            "assessment": assessment,
            "system": assessment.system,
            "standing": queries.standing(assessment, today=self.today),
            "questions": [self._question(each, suggested) for each in asked],
            "form": self.form,
            "may_answer": self.may_answer,
            "here": self.here,
            **self._neighbours(),
        }

    def _question(self, question: Question, suggested: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.assessment.answers.get(question.id)
        fields = self.form.fields if self.may_answer else {}
        return {
            "question": question,
            "field": self.form[question.id] if question.id in fields else None,
            "note": self.form[question.id + NOTE] if question.id + NOTE in fields else None,
            "is_table": is_table(question),
            "is_impact": question.type == harms.HARM_TYPE,
            "rows": self._rows(question, answer),
            "lines": lines(worded(question, answer)) if not is_table(question) else [],
            "theirs": self._theirs(question, answer),
            "proposal": []
            if answer
            else lines(worded(question, self._shown(question, suggested.get(question.id)))),
        }

    def _theirs(self, question: Question, answer: Any) -> list[str]:
        """After a conflict: what stands on record where something else was typed."""
        if not self.is_stale or is_table(question):
            return []
        typed = self.form.answers([question.id]).get(question.id)
        kept = SectionForm.values_of([question], self.assessment.answers)
        shown = SectionForm.values_of([question], {question.id: typed})
        differs = {key: value or "" for key, value in kept.items()} != {
            key: value or "" for key, value in shown.items()
        }
        return (lines(worded(question, answer)) or ["Not answered"]) if differs else []

    def _shown(self, question: Question, proposal: Any) -> Any:
        """Proposed records by their names."""
        if not isinstance(proposal, dict):
            return proposal
        names = self.offered.get(question.prefill_from, {})
        return {"records": [{"id": id, "name": names[id]} for id in proposal["records"]], "note": ""}

    def _rows(self, question: Question, answer: Any) -> list[dict[str, Any]]:
        if not is_table(question) or not isinstance(answer, list):
            return []
        return [
            {
                "position": position,
                "row": row,
                "said": worded_row(question, row),
                "levels": [
                    (queries.level_number(harm.level), queries.level_number(harm.residual_level))
                    for harm in harms.harms_in({question.id: [row]})
                ],
            }
            for position, row in enumerate(answer)
        ]

    def _neighbours(self) -> dict[str, Any]:
        all_of_them = [each.section for each in self.progress.sections]
        place = all_of_them.index(self.here.section)
        before = all_of_them[place - 1] if place else None
        after = all_of_them[place + 1] if place + 1 < len(all_of_them) else None
        return {"place": place + 1, "places": len(all_of_them), "before": before, "after": after}


class SaveSection(SectionPage):
    """One answer by itself (htmx), or the whole section; without script the page comes back."""

    verb = "risk.answer_assessment"
    has_past = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        permissions.require(self.actor, self.verb, self.assessment)
        self.form = SectionForm(request.POST, questions=self.asked, offered=self.offered)
        try:
            self._save()
        except (RuleBroken, StaleState) as refused:
            return self._refused(refused)
        if request.htmx:  # type: ignore[attr-defined]
            return self._saved("Saved", "")
        messages.success(request, "Saved.")
        return HttpResponseRedirect(self._next_url())

    def _save(self) -> None:
        typed, form = self.request.POST, self.form
        form.is_valid()
        for field, sentences in form.errors.items():
            raise RuleBroken(str(sentences[0]), field=field)
        answers = form.answers(typed.getlist("asked"))
        if taken := typed.get("take", ""):
            answers[taken] = proposals(self.assessment.system, self.offered).get(taken)
        version = typed.get("row_version", "")
        verbs.answer_form(
            actor=self.actor,
            assessment=self.assessment,
            answers=answers,
            row_version=whole_number(version),
            now=self.now,
        )

    def _refused(self, refused: RuleBroken | StaleState) -> HttpResponse:
        if self.request.htmx:  # type: ignore[attr-defined]
            return self._saved("", str(refused))
        field = getattr(refused, "field", None)
        if field in self.form.fields and field not in self.form.errors:
            self.form.add_error(field, str(refused))
        self.is_stale = isinstance(refused, StaleState)
        return self.show(status=409 if self.is_stale else 422, refused=str(refused))

    def _saved(self, saved: str, error: str) -> HttpResponse:
        context = {"assessment": self.assessment, "here": self.here, "saved": saved, "error": error}
        return render(self.request, "risk/_section_saved.html", context)

    def _next_url(self) -> str:
        if taken := self.request.POST.get("take"):
            return self.section_url(self.kwargs["section"], taken)
        after = self._neighbours()["after"]
        if "next" not in self.request.POST:
            return self.section_url(self.kwargs["section"])
        return self.section_url(after.id) if after else self.url()


class RowPage(OneForm, FormPage):
    """Adding a row to a table of the form."""

    verb = "risk.answer_assessment"
    form_class = RowForm
    template_name = "risk/row.html"
    submit_label = "Add"
    title: ClassVar[str] = "Add to"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        permissions.require(self.actor, self.verb)
        permissions.require(self.actor, self.verb, self.assessment)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def question(self) -> Question:
        found = question_of(self.kwargs["question"])
        if found is None or found not in self.questions or not is_table(found):
            raise Http404
        return found

    @property
    def position(self) -> int | None:
        return None

    def initial(self) -> dict[str, Any]:
        return {"row_version": self.assessment.row_version}

    def cancel_url(self) -> str:
        return self.section_url(self.question.section, self.question.id)

    def context(self) -> Mapping[str, Any]:
        question = self.question
        return {
            **super().context(),
            "page_title": f"{self.title} {question.id}",
            "question": question,
            "assessment": self.assessment,
            "system": self.assessment.system,
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.put_row(
            actor=self.actor,
            assessment=self.assessment,
            question=self.question.id,
            row=self.typed.row(),
            position=self.position,
            row_version=cleaned["row_version"],
            now=self.now,
        )
        return self.cancel_url()

    def form(self, data: Any = None, files: Any = None) -> RowForm:
        self.typed = RowForm(data, initial=self.initial(), question=self.question, offered=self.offered)
        return self.typed


class EditRow(RowPage):
    submit_label = "Save"
    title = "Edit a row of"

    @property
    def position(self) -> int | None:
        position: int = self.kwargs["row"]
        return position

    def initial(self) -> dict[str, Any]:
        rows = self.assessment.answers.get(self.question.id) or []
        if not 0 <= self.kwargs["row"] < len(rows):
            raise Http404
        return {**super().initial(), **rows[self.kwargs["row"]]}


class RemoveRow(OneForm, ActPage):
    verb = "risk.answer_assessment"

    def perform(self) -> str:
        version = self.request.POST.get("row_version", "")
        question = question_of(self.kwargs["question"])
        if question is None or question not in self.questions:
            raise Http404
        verbs.remove_row(
            actor=self.actor,
            assessment=self.assessment,
            question=question.id,
            position=self.kwargs["row"],
            row_version=whole_number(version),
            now=self.now,
        )
        return self.section_url(question.section, question.id)


class PrintedForm(OneForm):
    """Everything that was answered, on one page for the printer."""

    verb = "risk.view_assessments"
    record_name = "assessment"
    has_past = True
    template_name = "risk/printed_form.html"

    def context(self) -> Mapping[str, Any]:
        assessment, answers = self.assessment, self.assessment.answers
        return {
            "assessment": assessment,
            "system": assessment.system,
            "standing": queries.standing(assessment, today=self.today),
            "progress": form_progress(assessment.outcome, answers),
            "sections": [
                {
                    "section": section,
                    "questions": [
                        {"question": each, "lines": lines(worded(each, answers.get(each.id)))}
                        for each in self.questions
                        if each.section == section.id
                    ],
                }
                for section in harms.sections_of(assessment.outcome)
            ],
            "url": self.url(),
        }
