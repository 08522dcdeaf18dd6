"""Filters of a register: what cannot be understood is left out, never an error."""

from __future__ import annotations

from typing import Any

from django import forms


class FilterForm(forms.Form):
    """`sort` is kept in the address; the page reads it there."""

    sort = forms.CharField(max_length=30, required=False, widget=forms.HiddenInput)
    q = forms.CharField(label="Search", max_length=100, required=False)

    @property
    def left_out(self) -> list[str]:
        """The labels of what was asked for in words that are not known; it narrows nothing."""
        return [str(self[name].label) for name in self.errors] if self.is_bound else []

    def understood(self) -> dict[str, Any]:
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if key != "sort"}
