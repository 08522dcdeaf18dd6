"""Choosing an item of evidence for a record."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.record_fields import EvidenceField


class LinkEvidenceForm(forms.Form):
    """An item that is not linked yet; `linked` is a query of the numbers of those that are."""

    chosen = EvidenceField(label="Evidence item", empty_label="Choose")

    def __init__(self, *args: Any, linked: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].offer_linkable(but=linked)
