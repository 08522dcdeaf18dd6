"""The legal classification of a system: its questions, and the decision on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms as django_forms
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from aims.core import permissions
from aims.core.generic import FormPage, Page
from aims.core.queries.history import changes_of
from inventory.models import AISystem
from risk import forms, prohibited, queries
from risk.enums import ClassificationState, ProhibitedResult
from risk.models import LegalClassification
from risk.places import TONES
from risk.services import classification as verbs


class OfSystem(Page):
    @cached_property
    def system(self) -> AISystem:
        return get_object_or_404(AISystem.objects.select_related("owner"), pk=self.kwargs["pk"])

    @cached_property
    def found(self) -> LegalClassification | None:
        return queries.classification_of(self.system)

    @property
    def url(self) -> str:
        return reverse("classification", args=[self.slug, self.kwargs["pk"]])

    def cancel_url(self) -> str:
        return self.url


class ClassificationPage(OfSystem):
    verb = "risk.view_classification"
    has_past = True
    template_name = "risk/classification.html"

    def context(self) -> Mapping[str, Any]:
        found = self.found
        answers = found.answers if found else {}
        judgement = prohibited.judge(answers)
        may_decide = found is not None and self.can("risk.decide_classification", found)
        return {
            "system": self.system,
            "classification": found,
            "judgement": judgement,
            "tone": TONES[found.result if found else ""],
            "questions": [
                {"question": each, "answer": _label(each, answers.get(each.id, ""))}
                for each in prohibited.questions()
                if not each.follows or each.id in answers
            ],
            "may_answer": self.can("risk.answer_classification", self.system),
            "may_decide": may_decide and found.state == ClassificationState.SUBMITTED if found else False,
            "history": changes_of(found, newest=50) if found and self.can("inventory.view_history") else None,
            "is_prohibited": bool(found and found.result == ProhibitedResult.PROHIBITED),
        }


def _label(question: prohibited.Question, value: str) -> str:
    choice = question.choice(value)
    return choice.label if choice else ""


class AnswerClassification(OfSystem, FormPage):
    verb = "risk.answer_classification"
    form_class = forms.ClassificationForm
    done_message = "Saved."

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        permissions.require(self.actor, self.verb)
        permissions.require(self.actor, self.verb, self.system)
        return super().dispatch(request, *args, **kwargs)

    def initial(self) -> dict[str, Any]:
        found = self.found
        return {**found.answers, "row_version": found.row_version} if found else {"row_version": 1}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Prohibited practices: {self.system.name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.answer_classification(actor=self.actor, system=self.system, now=self.now, **cleaned)
        return self.url


class Decide(OfSystem, FormPage):
    verb = "risk.decide_classification"
    title: ClassVar[str] = ""

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"{self.title}: {self.system.name}"}

    @property
    def waiting(self) -> LegalClassification:
        if self.found is None:
            raise Http404
        return self.found


class ApproveClassification(Decide):
    form_class: ClassVar[type[django_forms.Form]] = forms.DecideClassificationForm
    title = "Approve the legal classification"
    submit_label = "Approve"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.approve_classification(actor=self.actor, classification=self.waiting, now=self.now, **cleaned)
        return self.url


class ReturnClassification(Decide):
    form_class: ClassVar[type[django_forms.Form]] = forms.ReturnClassificationForm
    title = "Return the legal classification"
    submit_label = "Return"

    def perform(self, cleaned: dict[str, Any]) -> str:
        verbs.return_classification(actor=self.actor, classification=self.waiting, now=self.now, **cleaned)
        return self.url
