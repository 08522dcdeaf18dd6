"""Shape and cleaning of the connection to a model registry."""

from __future__ import annotations

from django import forms

from inventory.rules.model_registry import LONGEST_ADDRESS
from inventory.services.model_registry import LONGEST_NAME, LONGEST_TOKEN


class ModelRegistryForm(forms.Form):
    row_version = forms.IntegerField(widget=forms.HiddenInput)
    address = forms.CharField(
        max_length=LONGEST_ADDRESS,
        help_text="Where MLflow is opened in a browser, for example https://mlflow.example.org.",
    )
    user_name = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        help_text="For servers that ask for a name and a password. With none, the token is sent alone.",
    )
    token = forms.CharField(
        label="Token or password",
        required=False,
        max_length=LONGEST_TOKEN,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept encrypted and never shown. Leave it empty to keep the one that is stored.",
    )
    all_versions = forms.BooleanField(
        label="Take every version",
        required=False,
        help_text="Otherwise the newest of each model, and those that an alias or a stage names.",
    )
