"""Shape and cleaning of what people type about disclosures and transparency pages."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from aims.core.models import Member
from inventory.enums import DisclosureAudience, DisclosureKind
from inventory.forms.evidence import LinkEvidenceForm
from inventory.forms.fields import DAY, PersonField
from inventory.queries.transparency import FIELDS, VIEWS
from inventory.system_fields import SystemField

TEXT = forms.Textarea(attrs={"rows": 5})
LONGEST = 10_000


class DisclosureForm(forms.Form):
    kind = forms.ChoiceField(label="What people are told", choices=DisclosureKind.choices)
    audience = forms.ChoiceField(label="Whom", choices=DisclosureAudience.choices)
    language = forms.CharField(max_length=12, initial="en", help_text="Code such as en, de or pt-BR.")
    text = forms.CharField(label="Words that are shown", widget=TEXT, max_length=LONGEST)
    shown_where = forms.CharField(
        label="Where they are shown",
        max_length=300,
        required=False,
        help_text="Screen, letter, door, address of a page.",
    )
    owner = PersonField(label="Answers for it")
    review_date = forms.DateField(label="Next review", required=False, widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Member.objects.active()


class NewDisclosureForm(DisclosureForm):
    system = SystemField(empty_label="Choose")
    field_order = ("system", "kind", "audience", "language", "text", "shown_where", "owner", "review_date")


class DisclosureEditForm(DisclosureForm):
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class DisclosureFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="What", choices=[("", "Anything"), *DisclosureKind.choices], required=False
    )
    audience = forms.ChoiceField(
        label="Whom", choices=[("", "Anybody"), *DisclosureAudience.choices], required=False
    )


class ProofForm(LinkEvidenceForm):
    shown_on = forms.DateField(label="Shown on", widget=DAY)


class TransparencyForm(forms.Form):
    row_version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label="Title", max_length=200, help_text="As outsiders know the system.")
    publisher = forms.CharField(label="Published by", max_length=200)
    language = forms.CharField(max_length=12, help_text="Of the page: en, de or pt-BR.")
    intro = forms.CharField(label="Introduction", widget=TEXT, required=False, max_length=LONGEST)
    fields_chosen = forms.MultipleChoiceField(
        label="From the record of the system",
        choices=list(FIELDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Each is published word for word. What is empty in the record is left out.",
    )
    disclosures: Any = forms.ModelMultipleChoiceField(
        label="Disclosures", queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    contact = forms.CharField(label="Questions go to", widget=TEXT, required=False, max_length=2000)
    allows_search = forms.BooleanField(
        label="Search engines may list the page", required=False, help_text="Off unless you tick it."
    )

    def __init__(self, *args: Any, disclosures: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["disclosures"].queryset = disclosures

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        values["fields"] = values.pop("fields_chosen", [])
        values["disclosures"] = list(values.get("disclosures") or ())
        return values
