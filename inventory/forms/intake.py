"""The three questions of an intake as form fields, from the catalog."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from inventory.intake_questions import intake_parts, intake_questions
from inventory.rules.intake import Answers, Part


class IntakeFields(forms.Form):
    """A field for each part, named like it. `may_be_left`: where none is answered, none is asked for."""

    may_be_left: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left = self.may_be_left and self.is_bound and not any(part.id in self.data for part in intake_parts())
        for part in intake_parts():
            self.fields[part.id] = _field(part, required=not left)

    def questions(self) -> list[dict[str, Any]]:
        """For the template: each question with its fields."""
        return [
            {"title": question.title, "fields": [self[part.id] for part in question.parts]}
            for question in intake_questions()
        ]


def _field(part: Part, *, required: bool) -> forms.Field:
    choices = [(choice.id, choice.label) for choice in part.choices]
    common: dict[str, Any] = {"label": part.label, "help_text": part.help, "required": required}
    if part.several:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)


def answers_in(cleaned: dict[str, Any]) -> Answers:
    """Taken out of what a form cleaned; empty where the questions were left."""
    found = {part.id: cleaned.pop(part.id, "") for part in intake_parts()}
    return {part: [given] if isinstance(given, str) else given for part, given in found.items() if given}
