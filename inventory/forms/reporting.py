"""Shape and cleaning of the public form, and of what the organization says on it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core import signing

from inventory.enums import IncidentKind
from inventory.services.reporting import LONGEST_NAME, LONGEST_TEXT

#: A person needs longer to write a report, and nobody writes at one for more than a day.
QUICKEST, LONGEST_OPEN = 3, 24 * 60 * 60
SALT = "inventory.public-report"
TOO_QUICK = "That was very quick. Look over what you wrote and send it once more."
TOO_LATE = "This page was open for too long. Look over what you wrote and send it once more."
TRAPPED = "Leave this field empty and send it once more."


class ReportingFormForm(forms.Form):
    row_version = forms.IntegerField(widget=forms.HiddenInput)
    public_name = forms.CharField(
        label="Name of the organization",
        max_length=LONGEST_NAME,
        help_text="As outsiders know it. The page shows this name and the text, and nothing else.",
    )
    text = forms.CharField(
        label="Text of the page",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=LONGEST_TEXT,
        help_text="What can be reported, who reads it, and when an answer comes.",
    )


class PublicReportForm(forms.Form):
    """For somebody without an account. `website` is a trap: people do not see it, programs fill it in."""

    kind = forms.ChoiceField(
        label="What is it about",
        choices=[(IncidentKind.INCIDENT, "Something went wrong"), (IncidentKind.COMPLAINT, "A complaint")],
        initial=IncidentKind.INCIDENT,
        widget=forms.RadioSelect,
    )
    title = forms.CharField(label="In a few words", max_length=200)
    description = forms.CharField(
        label="What happened",
        widget=forms.Textarea(attrs={"rows": 7}),
        max_length=10_000,
        help_text="Which AI, when and where, who is affected.",
    )
    contact = forms.EmailField(
        label="Your e-mail address",
        required=False,
        max_length=200,
        help_text="Only if you want an answer. You get one mail with the reference.",
    )
    website = forms.CharField(
        label="Leave this field empty",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    stamp = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *args: Any, token: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token = token
        self.initial["stamp"] = fresh_stamp(token)

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(TRAPPED)
        return ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        fault = fault_of_stamp(cleaned.get("stamp", ""), self.token)
        if fault:
            self.add_error(None, fault)
        return cleaned

    def stamped_anew(self) -> PublicReportForm:
        """The form as it was sent, with the time of now in it."""
        self.data = {**self.data.dict(), "stamp": fresh_stamp(self.token)}
        return self


def fresh_stamp(token: str) -> str:
    return signing.TimestampSigner(salt=SALT).sign(signing.b64_encode(token.encode()).decode())


def fault_of_stamp(stamp: str, token: str) -> str:
    """A signed time says when this very form was opened; without a good one it is opened anew."""
    signer = signing.TimestampSigner(salt=SALT)
    try:
        signed = signer.unsign(stamp, max_age=LONGEST_OPEN)
    except signing.BadSignature:
        return TOO_LATE
    if signed != signing.b64_encode(token.encode()).decode():
        return TOO_LATE
    try:
        signer.unsign(stamp, max_age=QUICKEST)
    except signing.SignatureExpired:
        return ""
    return TOO_QUICK
