"""Shape and cleaning of what is typed about questionnaires, inside and by suppliers."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from inventory.enums import QuestionnaireState
from inventory.forms.fields import DAY, LONG
from inventory.queries.questionnaire_register import VIEWS
from inventory.queries.questionnaires import Answered, Part, mark_of
from inventory.rules.questionnaires import DECLARATION, LONGEST_ANSWER, Question, fault_of
from inventory.services.questionnaire_answers import LONGEST_NAME
from inventory.services.questionnaires import LONGEST_NOTE


def due_field() -> forms.DateField:
    return forms.DateField(label="Answers by", widget=DAY, help_text="The link works two weeks longer.")


class QuestionnaireFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)
    state = forms.ChoiceField(choices=[("", "Any state"), *QuestionnaireState.choices], required=False)
    supplier = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, suppliers: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supplier"].choices = [("", "Any supplier"), *suppliers]


class SendForm(forms.Form):
    recipient = forms.EmailField(label="E-mail address", help_text="Whoever gets the mail can answer.")
    contact_name = forms.CharField(label="Name of the contact", max_length=200, required=False)
    due_date = due_field()
    note = forms.CharField(
        label="What the mail should say besides",
        widget=LONG,
        max_length=LONGEST_NOTE,
        required=False,
        help_text="Why you ask, whom they can call, and in which language they may answer.",
    )


class ResendForm(forms.Form):
    recipient = forms.EmailField(label="E-mail address")
    due_date = due_field()


class WithdrawForm(forms.Form):
    reason = forms.CharField(widget=LONG, max_length=2000, help_text="Kept in the activity log.")


class AcceptForm(forms.Form):
    comment = forms.CharField(
        required=False, widget=LONG, max_length=2000, help_text="Kept with the answers."
    )


class ReturnForm(forms.Form):
    comment = forms.CharField(
        label="What is missing", widget=LONG, max_length=2000, help_text="The supplier reads this."
    )
    due_date = due_field()


class PartForm(forms.Form):
    """One part of a questionnaire as a supplier fills it in; it is saved with gaps."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, data: Any = None, *, part: Part) -> None:
        super().__init__(data, initial={line.question.id: line.text for line in part.lines})
        self.part = part
        self.initial["seen"] = self.mark
        for line in part.lines:
            self.fields[line.question.id] = _field(line.question)

    @property
    def mark(self) -> str:
        return mark_of({line.question.id: line.text for line in self.part.lines})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for question in (line.question for line in self.part.lines):
            text = cleaned.get(question.id)
            cleaned[question.id] = text.isoformat() if isinstance(text, datetime.date) else text or ""
            fault = fault_of(question, cleaned[question.id].strip())
            if fault and question.id not in self.errors:
                self.add_error(question.id, fault)
        return cleaned

    @property
    def answers(self) -> dict[str, str]:
        return {line.question.id: self.cleaned_data[line.question.id] for line in self.part.lines}

    def shown(self) -> PartForm:
        """For the page, which says of each question whether it may stay empty."""
        for line in self.part.lines:
            self.fields[line.question.id].required = line.question.required
        return self

    def against(self, stored: Part) -> list[Answered]:
        """What somebody else saved meanwhile; the form as it was sent may now be saved over it."""
        self.part = stored
        self.data = {**self.data.dict(), "seen": self.mark}
        typed = self.answers
        return [line for line in stored.lines if line.text != typed[line.question.id].strip()]


class HandInForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    name = forms.CharField(label="Your name", max_length=LONGEST_NAME)
    role = forms.CharField(label="What you do at the company", max_length=LONGEST_NAME)
    declares = forms.BooleanField(
        label=DECLARATION,
        error_messages={"required": "Declare it, or correct the answers first."},
    )


def _field(question: Question) -> forms.Field:
    given: dict[str, Any] = {"label": question.text, "help_text": question.help, "required": False}
    if question.options:
        return forms.ChoiceField(choices=question.options, widget=forms.RadioSelect, **given)
    if question.kind == "date":
        return forms.DateField(widget=DAY, **given)
    if question.kind == "url":
        return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "url"}), max_length=1000, **given)
    return forms.CharField(widget=forms.Textarea(attrs={"rows": 5}), max_length=LONGEST_ANSWER, **given)
