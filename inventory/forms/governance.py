"""Shape and cleaning of what people type about governance bodies."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from aims.core.models import Member
from aims.core.record_fields import EvidenceField
from inventory.enums import BodyPart
from inventory.forms.fields import DAY, LONG, PeopleField, PersonField
from inventory.queries.governance import VIEWS


class BodyForm(forms.Form):
    name = forms.CharField(label="Name of the body", max_length=200)
    charter = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=20_000,
        help_text="What it decides, how often it meets, to whom it reports, who may stop an AI system.",
    )
    evidence = EvidenceField(label="Charter as evidence", required=False, empty_label="None")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].offer_linkable(also=self.initial.get("evidence"))


class BodyEditForm(BodyForm):
    ended_on = forms.DateField(label="Ended on", required=False, widget=DAY)
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class SeatForm(forms.Form):
    person = PersonField(label="Who")
    part = forms.ChoiceField(choices=BodyPart.choices, initial=BodyPart.MEMBER)
    since = forms.DateField(widget=DAY)
    until = forms.DateField(required=False, widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = Member.objects.active()
        self.fields["person"].required = True


class EndTermForm(forms.Form):
    until = forms.DateField(label="Last day", widget=DAY)


class MinutesForm(forms.Form):
    minutes = EvidenceField(label="Minutes as evidence", empty_label="None yet")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].offer_linkable()


class MeetingForm(MinutesForm):
    held_on = forms.DateField(label="Day", widget=DAY)
    agenda = forms.CharField(widget=forms.Textarea(attrs={"rows": 5}), max_length=20_000)
    present = PeopleField(label="Who took part")
    guests = forms.CharField(
        required=False, max_length=500, help_text="Others who took part, without an account."
    )
    field_order = ("held_on", "agenda", "present", "guests", "minutes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].required = False
        self.fields["present"].queryset = Member.objects.active()


class DecisionForm(forms.Form):
    text = forms.CharField(label="What was decided", widget=LONG, max_length=5000)
    owner = PersonField(label="Sees to it")
    due_date = forms.DateField(
        label="By", required=False, widget=DAY, help_text="With a day it stays open until it is done."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Member.objects.active()


class DoneForm(forms.Form):
    note = forms.CharField(label="How one sees that it is done", widget=LONG, max_length=2000)


class DecisionFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)
