from __future__ import annotations

from django import forms


class ScopeForm(forms.Form):
    statement = forms.CharField(
        label="Scope statement",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="What the AI management system covers: products, services, processes, AI systems.",
    )
    boundaries = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Sites and units, and what is left out and why.",
    )
