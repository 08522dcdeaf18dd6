from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms

from aims.core.enums import HUMAN_ROLES, DigestTo, Role
from aims.core.forms.evidence import day
from aims.core.queries.trail import actors, object_types
from aims.core.services.sign_in import LONGEST_IDLE_MINUTES, SHORTEST_IDLE_MINUTES

LARGEST_NUMBER = 2**63 - 1
INSIDE = [(role.value, role.label) for role in HUMAN_ROLES if role is not Role.EXTERNAL_AUDITOR]


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(choices=INSIDE, widget=forms.CheckboxSelectMultiple())


class NewMemberForm(RolesForm):
    name = forms.CharField(max_length=150)
    email = forms.EmailField(
        label="E-mail", help_text="The link that joins goes to this address and works for nobody else"
    )

    field_order = ("name", "email", "roles")


class SettingsForm(forms.Form):
    name = forms.CharField(max_length=200, label="Name of the organization")
    time_zone = forms.ChoiceField(
        choices=lambda: [(zone, zone) for zone in sorted(zoneinfo.available_timezones())],
        help_text="Dates fall due by the day of this place",
    )
    independence_months = forms.IntegerField(
        label="Months before an auditor is independent",
        min_value=1,
        max_value=60,
        help_text="Nobody audits what they owned, wrote, approved or worked on in these months (SOD-02)",
    )
    digest_to = forms.ChoiceField(
        label="Daily digest of the activity log",
        choices=DigestTo.choices,
        help_text="A mail for each day with new lines, with the signed root: a copy outside the portal",
    )


class SignInRulesForm(forms.Form):
    second_factor_required = forms.BooleanField(
        required=False,
        label="Everybody needs a second factor",
        help_text="Whoever has none is led to set one up with the next page they open",
    )
    idle_minutes = forms.IntegerField(
        label="Minutes until an unused session ends",
        min_value=SHORTEST_IDLE_MINUTES,
        max_value=LONGEST_IDLE_MINUTES,
        help_text="A session ends after twelve hours in any case",
    )


class TrailFilter(forms.Form):
    actor = forms.ChoiceField(required=False, label="Who")
    action = forms.CharField(required=False, label="What", max_length=80)
    object_type = forms.ChoiceField(required=False, label="Kind of record")
    record = forms.CharField(required=False, label="Reference", max_length=60)
    from_day = day("From")
    to_day = day("Until")
    only_auditors = forms.BooleanField(required=False, label="Only external auditors")
    object_id = forms.IntegerField(
        required=False, min_value=1, max_value=LARGEST_NUMBER, widget=forms.HiddenInput()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = [("", "Anybody"), *actors()]
        self.fields["object_type"].choices = [("", "Any"), *object_types()]
