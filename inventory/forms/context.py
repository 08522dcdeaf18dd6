"""Shape and cleaning of what people type about the context of the AIMS."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from aims.core.models import Member
from inventory.enums import IssueKind, IssueStanding, IssueTheme
from inventory.forms.fields import DAY, LONG, PersonField
from inventory.queries.context import VIEWS


class IssueForm(forms.Form):
    title = forms.CharField(label="Issue", max_length=200)
    kind = forms.ChoiceField(label="Comes from", choices=IssueKind.choices, initial=IssueKind.EXTERNAL)
    theme = forms.ChoiceField(choices=IssueTheme.choices)
    description = forms.CharField(required=False, widget=LONG, max_length=10_000)
    effect = forms.CharField(
        label="Effect on the AI management system",
        required=False,
        widget=LONG,
        max_length=10_000,
        help_text="What it makes harder or easier to achieve.",
    )
    source = forms.CharField(
        required=False, max_length=300, help_text="Where one sees it: a workshop, a law, a report."
    )
    owner = PersonField(label="Answers for it")
    next_review_date = forms.DateField(label="Next review", required=False, widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Member.objects.active()


class IssueEditForm(IssueForm):
    standing = forms.ChoiceField(label="Status", choices=IssueStanding.choices)
    closed_reason = forms.CharField(
        label="Why it no longer matters", required=False, widget=LONG, max_length=2000
    )
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class IssueFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="Comes from", choices=[("", "Anywhere"), *IssueKind.choices], required=False
    )
    theme = forms.ChoiceField(choices=[("", "Any theme"), *IssueTheme.choices], required=False)
    standing = forms.ChoiceField(
        label="Status", choices=[("", "Any status"), *IssueStanding.choices], required=False
    )


class ReviewForm(forms.Form):
    """Somebody looked at a part of the context again."""

    row_version = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(label="What the review came to", widget=LONG, max_length=2000)
    next_review_date = forms.DateField(label="Next review", required=False, widget=DAY)


class ClimateForm(forms.Form):
    is_relevant = forms.TypedChoiceField(
        label="Is climate change relevant to your AI management system?",
        choices=[("yes", "Yes, it is relevant"), ("no", "No, it is not")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="On what grounds",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=10_000,
        help_text="For example: energy use of training and operation, heat or floods where AI runs, what"
        " customers, owners or the law ask for.",
    )
