"""Form fields of the inventory."""

from __future__ import annotations

import re
from typing import Any

from django import forms

BLANK = [("", "—")]
LONG = forms.Textarea(attrs={"rows": 3})
DAY = forms.DateInput(attrs={"type": "date"})


class WordsField(forms.CharField):
    """A list written in one line, separated by commas or semicolons."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Separated by commas.")
        super().__init__(required=False, max_length=2000, **kwargs)
        self.longest = longest

    def prepare_value(self, value: Any) -> Any:
        return "; ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        words = list(dict.fromkeys(part.strip() for part in re.split(r"[;,\n]", text) if part.strip()))
        too_long = next((word for word in words if len(word) > self.longest), None)
        if too_long:
            raise forms.ValidationError(f"“{too_long[:30]}…” is longer than {self.longest} characters.")
        return words


class PersonField(forms.ModelChoiceField):
    """One of the people of the organization; the choice is asked for when the form is made."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=None, required=False, empty_label="Nobody yet", **kwargs)


class PeopleField(forms.ModelMultipleChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=None, required=False, widget=forms.CheckboxSelectMultiple, **kwargs)
