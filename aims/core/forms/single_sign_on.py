from __future__ import annotations

from typing import Any

from django import forms

from aims.core.enums import Role
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


class DemandForm(forms.Form):
    exempt_member = forms.ModelChoiceField(
        Member.unfiltered.none(),
        label="Administrator who may still use a password",
        help_text="Your way in when the provider fails",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["exempt_member"].queryset = Member.objects.with_role(Role.ADMIN)  # type: ignore[attr-defined]
