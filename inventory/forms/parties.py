"""Shape and cleaning of what people type about interested parties."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from aims.core.models import Member
from inventory.enums import NeedKind, PartyKind
from inventory.forms.fields import DAY, LONG, PersonField
from inventory.queries.parties import NEED_VIEWS, VIEWS


class PartyForm(forms.Form):
    name = forms.CharField(label="Interested party", max_length=200)
    kind = forms.ChoiceField(label="Who they are", choices=PartyKind.choices)
    description = forms.CharField(label="Why they matter", required=False, widget=LONG, max_length=10_000)
    watch = forms.CharField(
        label="How you learn that their requirements change",
        required=False,
        widget=LONG,
        max_length=2000,
        help_text="A legal watch, contract reviews, a works council meeting, a survey.",
    )
    owner = PersonField(label="Answers for it")
    next_review_date = forms.DateField(label="Next review", required=False, widget=DAY)
    matters = forms.BooleanField(label="Matters to the AIMS", required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Member.objects.active()


class PartyEditForm(PartyForm):
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class PartyFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="Who they are", choices=[("", "Anybody"), *PartyKind.choices], required=False
    )


class NeedForm(forms.Form):
    text = forms.CharField(label="What they need or require", widget=LONG, max_length=5000)
    kind = forms.ChoiceField(label="Rests on", choices=NeedKind.choices, initial=NeedKind.EXPECTATION)
    where = forms.CharField(
        label="Where it stands",
        required=False,
        max_length=300,
        help_text="Law and article, or contract and section.",
    )
    is_obligation = forms.ChoiceField(
        label="Does the AIMS take it on?",
        choices=[("open", "Not decided"), ("yes", "Yes, as an obligation"), ("no", "No")],
        initial="open",
    )
    reason = forms.CharField(
        label="Why, or how", required=False, widget=LONG, max_length=2000, help_text="Needed when it is not."
    )

    def clean_is_obligation(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["is_obligation"])


class NeedFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(NEED_VIEWS.items()), required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="Rests on", choices=[("", "Anything"), *NeedKind.choices], required=False)
