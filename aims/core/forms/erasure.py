from __future__ import annotations

from django import forms

from aims.core.enums import ErasureGround


class ErasureForm(forms.Form):
    ground = forms.ChoiceField(label="Legal ground", choices=[("", "Choose …"), *ErasureGround.choices])
    note = forms.CharField(
        required=False,
        max_length=300,
        help_text="Such as the number of the person's request. It is kept: leave name and address out",
    )
