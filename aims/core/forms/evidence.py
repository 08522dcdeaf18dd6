from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from aims.core.blobs import ALLOWED
from aims.core.enums import EvidenceKind, EvidenceState
from aims.core.models import Evidence, Member
from aims.core.ownerships import holders


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


def upload_limit() -> str:
    return f"{settings.MAX_UPLOAD_BYTES // 1024 // 1024} MB"


def day(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DateInput(), help_text=help_text)


class ContentForm(forms.Form):
    """The file or link and what it covers: asked the same way whenever something is handed in."""

    file = forms.FileField(required=False, help_text=f"Allowed: {', '.join(sorted(ALLOWED))}")
    link = forms.URLField(
        required=False, label="Or a link", assume_scheme="https", help_text="Where it lives, if not here"
    )
    source = forms.CharField(
        max_length=200, label="Where it comes from", help_text="A person, a tool, a report"
    )
    period_from = day("Covers from", required=True)
    period_to = day("Covers until", help_text="Empty: one day")
    valid_until = day("Valid until", help_text="Empty: by the review frequency of its kind")
    is_confidential = forms.BooleanField(
        required=False,
        label="Confidential",
        help_text="Seen by leads, internal auditors, top management and you only",
    )


class NewEvidenceForm(ContentForm):
    title = forms.CharField(max_length=200)
    kind = forms.ChoiceField(choices=EvidenceKind.choices, initial=EvidenceKind.RECORD)
    description = forms.CharField(
        required=False, label="What it shows", widget=forms.Textarea(attrs={"rows": 3})
    )
    replaces = forms.ModelChoiceField(
        queryset=Evidence.unfiltered.none(),
        required=False,
        label="Takes the place of",
        help_text="Once it is accepted",
    )

    field_order = ("title", "kind", "description", "file", "link", "source")

    def __init__(self, *args: Any, visible: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = visible.exclude(state__in=[EvidenceState.REQUESTED, EvidenceState.SUPERSEDED])
        self.fields["replaces"].queryset = choices.order_by("-pk")


class MemberForm(forms.Form):
    """A form that names one active member."""

    member = forms.ModelChoiceField(queryset=Member.unfiltered.none(), label="Person")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = Member.objects.active()


class RequestEvidenceForm(MemberForm):
    title = forms.CharField(max_length=200, label="What is needed")
    kind = forms.ChoiceField(choices=EvidenceKind.choices, initial=EvidenceKind.RECORD)
    description = forms.CharField(
        required=False, label="What it should show", widget=forms.Textarea(attrs={"rows": 3})
    )
    due_date = day("Needed until")

    field_order = ("title", "kind", "description", "member", "due_date")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = holders("evidence-requests")


class AcceptEvidenceForm(forms.Form):
    valid_until = day("Valid until", help_text="Empty: as handed in, or by the review frequency of its kind")
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))


class ReasonForm(forms.Form):
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), max_length=300)


class ShareForm(MemberForm):
    reason = forms.CharField(max_length=300, help_text="Why this person needs to read it")


class EvidenceFilter(forms.Form):
    q = forms.CharField(required=False, label="Search")
    kind = forms.ChoiceField(required=False, choices=[("", "Any"), *EvidenceKind.choices])
    state = forms.ChoiceField(required=False, choices=[("", "Any"), *EvidenceState.choices])
    view = forms.CharField(required=False, widget=forms.HiddenInput())
