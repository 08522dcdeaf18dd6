"""The form of an impact assessment on pages: a section, a row of a table, and the decision on the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms

from risk.answer_tables import HARM, KINDS, NONE, Column, columns_of
from risk.answer_types import RISKS
from risk.forms import LONG, day_field
from risk.harms import HARM_TYPE
from risk.progress import is_table
from risk.questionnaire import Question
from risk.scoring import DEFAULT_CRITERIA

NOTE = "-note"
OPEN_CHOICE = ("", "Not said")
ROWS = forms.Textarea(attrs={"rows": 4})


class KeptHalfDone(forms.Form):
    """Takes what is there; what is required is marked as such, and asked for by the verb that needs it."""

    use_required_attribute = False

    def full_clean(self) -> None:
        required = [field for field in self.fields.values() if field.required]
        for field in required:
            field.required = False
        super().full_clean()
        for field in required:
            field.required = True


class SectionForm(KeptHalfDone):
    """The questions of one section that are answered in place; tables have pages for their rows."""

    def __init__(
        self,
        *args: Any,
        questions: Iterable[Question],
        offered: Mapping[str, Mapping[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions = [each for each in questions if not is_table(each)]
        for question in self.questions:
            self._ask(question, offered)

    def _ask(self, question: Question, offered: Mapping[str, Mapping[int, str]]) -> None:
        field = _field(question, offered)
        if field is not None:
            field.label, field.required = f"{question.id} {question.text}", question.required
            self.fields[question.id] = field
        if question.type == "entity_ref":
            label = "What is not on record here" if field else f"{question.id} {question.text}"
            self.fields[question.id + NOTE] = forms.CharField(
                required=question.required and field is None, label=label, widget=LONG
            )

    @classmethod
    def values_of(cls, questions: Iterable[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
        """Kept answers as the fields show them."""
        found: dict[str, Any] = {}
        for question in questions:
            answer = answers.get(question.id)
            if question.type == "entity_ref" and isinstance(answer, dict):
                found[question.id] = [str(each["id"]) for each in answer.get("records", ())]
                found[question.id + NOTE] = answer.get("note", "")
            elif question.type == "multi_text" and isinstance(answer, list):
                found[question.id] = "\n".join(answer)
            else:
                found[question.id] = answer
        return found

    def answers(self, asked: Iterable[str]) -> dict[str, Any]:
        """What was typed, for the questions that were asked."""
        typed = self.cleaned_data
        wanted = set(asked)
        return {each.id: _answer(each, typed) for each in self.questions if each.id in wanted}


def _answer(question: Question, typed: Mapping[str, Any]) -> Any:
    if question.type == "entity_ref":
        records, note = typed.get(question.id) or [], typed.get(question.id + NOTE) or ""
        return {"records": records, "note": note} if records or note else None
    value = typed.get(question.id)
    if question.type == "multi_text":
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]
    return _plain(value)


def _plain(value: Any) -> Any:
    """As JSON keeps it."""
    return value.isoformat() if isinstance(value, date) else value


def _field(question: Question, offered: Mapping[str, Mapping[int, str]]) -> forms.Field | None:
    choices = [(option.value, option.label) for option in question.options]
    if question.type in ("single", "scale"):
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect)
    if question.type == "multi":
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple)
    if question.type == "date":
        return day_field()
    if question.type == "entity_ref":
        rows = offered.get(question.prefill_from, {})
        options = [(str(id), name) for id, name in rows.items()]
        if not options:
            return None
        return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple)
    help_text = "One on each line." if question.type == "multi_text" else question.help
    return forms.CharField(widget=ROWS, help_text=help_text)


class RowForm(KeptHalfDone):
    """One row of a table. What may not be left open depends on what the row is about: the verb says it."""

    row_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, question: Question, offered: Mapping[str, Mapping[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        is_impact = question.type == HARM_TYPE
        kinds = list(KINDS) if is_impact else [("", "A row"), (NONE, "Nothing to name here")]
        self.fields["kind"] = forms.ChoiceField(
            choices=kinds, label="What this is about", widget=forms.RadioSelect
        )
        self.fields["kind"].help_text = _kind_help(is_impact)
        self.initial.setdefault("kind", HARM if is_impact else "")
        if not is_impact:
            self.fields["text"] = forms.CharField(
                required=False, widget=LONG, label="Why there is nothing to name"
            )
        for column in columns_of(question.id, question.type):
            self.fields[column.key] = _column_field(column, offered.get(RISKS, {}))
            self.fields[column.key].required = column.required

    def row(self) -> dict[str, Any]:
        """What was filled in; what does not belong to such a row is refused by the verb."""
        typed = self.cleaned_data
        values = {key: typed[key] for key in self.fields if typed.get(key) not in (None, "")}
        del values["row_version"]
        return {key: _plain(value) for key, value in values.items()}


def _kind_help(is_impact: bool) -> str:
    if is_impact:
        return (
            "A harm is rated before and after measures. A benefit is told by what it is and for whom, and is"
            " never set off against harms. Where nothing arises, say why."
        )
    return "Where there is nothing to name, only the reason is filled in."


def _column_field(column: Column, risks: Mapping[int, str]) -> forms.Field:
    if column.kind == "step":
        words = DEFAULT_CRITERIA.likelihood if "likelihood" in column.key else DEFAULT_CRITERIA.severity
        steps = [(str(step), f"{step} {word}") for step, word in sorted(words.items())]
        return forms.ChoiceField(choices=[OPEN_CHOICE, *steps], required=False, label=column.label)
    if column.kind == "choice":
        return forms.ChoiceField(choices=[OPEN_CHOICE, *column.options], required=False, label=column.label)
    if column.kind == "risk":
        return forms.ChoiceField(
            choices=[("", "None yet"), *((str(id), name) for id, name in risks.items())],
            required=False,
            label=column.label,
            help_text="A harm of medium or higher level is linked to a risk of this system.",
        )
    if column.kind == "number":
        return forms.IntegerField(min_value=0, required=False, label=column.label)
    if column.kind == "date":
        return day_field(required=False, label=column.label)
    return forms.CharField(required=False, label=column.label, widget=forms.Textarea(attrs={"rows": 2}))


class ReviewForm(KeptHalfDone):
    """The decision on the whole assessment."""

    next_date = day_field(label="Assess again by")
    comment = forms.CharField(
        required=False, widget=LONG, help_text="Needed to send it back, and where what remains is critical."
    )
