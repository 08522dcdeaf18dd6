from __future__ import annotations

from typing import Any

from django import forms

from aims.core.certificates import split
from aims.core.enums import Role
from aims.core.forms.organization import INSIDE
from aims.core.models import Member


class AddressForm(forms.Form):
    email = forms.EmailField(label="E-mail at work", widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class DomainForm(forms.Form):
    domain = forms.CharField(max_length=253, help_text="What follows the @ in your addresses")


class ConnectionForm(forms.Form):
    name = forms.CharField(max_length=100, help_text="What people know the provider by")
    issuer = forms.CharField(
        max_length=500, help_text="Starts with https://, as the provider's own description names it"
    )
    client_id = forms.CharField(max_length=200, label="Client ID")
    secret = forms.CharField(
        max_length=500,
        required=False,
        label="Client secret",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Stored encrypted and never shown. Leave empty to keep the stored one",
    )


class SamlConnectionForm(forms.Form):
    name = forms.CharField(max_length=100, help_text="What people know the provider by")
    issuer = forms.CharField(
        max_length=500, label="Issuer (entity ID)", help_text="As the provider's metadata name it"
    )
    sign_in_url = forms.CharField(
        max_length=500,
        label="Sign-in address",
        help_text="SingleSignOnService with the binding HTTP-Redirect; starts with https://",
    )
    certificates = forms.CharField(
        max_length=40_000,
        widget=forms.Textarea({"rows": 10, "spellcheck": "false"}),
        help_text="The signing certificate in PEM form. While the provider changes its key, both, "
        "one below the other",
    )

    def clean_certificates(self) -> list[str]:
        return split(self.cleaned_data["certificates"])


class GroupRolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        choices=INSIDE,
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text="Whoever the directory puts into the group gets these. On leaving it they lose what only "
        "groups gave them, and keep what was given by hand",
    )


class DemandForm(forms.Form):
    exempt_member = forms.ModelChoiceField(
        Member.unfiltered.none(),
        label="Administrator who may still use a password",
        help_text="Your way in when the provider fails",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["exempt_member"].queryset = Member.objects.with_role(Role.ADMIN)
