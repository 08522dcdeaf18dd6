from __future__ import annotations

import re
from typing import Any

from django import forms

from aims.core import permissions
from aims.core.keys import FASTEST, LONGEST_LIFE, SLOWEST, USUAL_LIFE, USUAL_RATE
from aims.core.models import Member


class LifeForm(forms.Form):
    days = forms.IntegerField(
        label="Valid for days", min_value=1, max_value=LONGEST_LIFE.days, initial=USUAL_LIFE.days
    )


class LimitsForm(forms.Form):
    name = forms.CharField(max_length=100, help_text="The program that will use it")
    responsible: Any = forms.ModelChoiceField(
        queryset=None,
        help_text="Answers for the program. When this person's access ends, the key stops",
    )
    networks = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where it may be used from, one a line, such as 192.0.2.0/24. Empty: from anywhere",
    )
    rate_limit = forms.IntegerField(
        label="Requests a minute", min_value=SLOWEST, max_value=FASTEST, initial=USUAL_RATE
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["responsible"].queryset = Member.objects.active()

    def clean_networks(self) -> list[str]:
        return [part for part in re.split(r"[\s,;]+", self.cleaned_data["networks"]) if part]


class ApiKeyForm(LimitsForm, LifeForm):
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple())

    field_order = ("name", "scopes", "days", "responsible", "networks", "rate_limit")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        meanings = permissions.scope_meanings().items()
        self.fields["scopes"].choices = [(scope, f"{scope}: {meaning}") for scope, meaning in meanings]


class ChangeKeyForm(LimitsForm):
    row_version = forms.IntegerField(widget=forms.HiddenInput())
