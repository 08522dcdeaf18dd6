from __future__ import annotations

import zoneinfo

from django import forms
from django.conf import settings


class OpenOrganizationForm(forms.Form):
    name = forms.CharField(max_length=200, label="Name of the organization")
    slug = forms.SlugField(
        max_length=60,
        required=False,
        label="Address",
        help_text="The part of its addresses; made from the name when empty. It cannot be changed later.",
    )
    time_zone = forms.ChoiceField(
        choices=lambda: [(zone, zone) for zone in sorted(zoneinfo.available_timezones())],
        initial=lambda: settings.TIME_ZONE,
    )
    admin_name = forms.CharField(max_length=150, label="Name of the first administrator")
    admin_email = forms.EmailField(label="E-mail of the first administrator")


class OperatorReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Written into the trail of the installation and of the organization",
    )


class EnterOrganizationForm(OperatorReasonForm):
    ticket = forms.CharField(max_length=120, help_text="Who asked for it, such as a number of your help desk")
    minutes = forms.ChoiceField(
        label="For",
        choices=[(30, "30 minutes"), (60, "1 hour"), (120, "2 hours"), (240, "4 hours")],
        initial=30,
    )
    opens_files = forms.BooleanField(
        required=False,
        label="Open evidence files and exports",
        help_text="Only if the fault is in a file. Confidential evidence stays hidden all the same.",
    )

    field_order = ("reason", "ticket", "minutes", "opens_files")

    def clean_minutes(self) -> int:
        return int(self.cleaned_data["minutes"])


class AppointAdministratorForm(OperatorReasonForm):
    email = forms.EmailField(label="E-mail of the member")

    field_order = ("email", "reason")
