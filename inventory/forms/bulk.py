"""Shape and cleaning of what is said of many AI systems at once; what stays empty is left as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from aims.core.ownerships import holders
from inventory.enums import AIType, AutomationDegree, Sourcing
from inventory.forms import custom_fields
from inventory.forms.fields import DAY, PersonField
from inventory.models import CustomField

AS_IT_IS = [("", "As it is")]
#: A system as it was ticked, in the version that was looked at.
CHOSEN = re.compile(r"(?P<number>[0-9]{1,15}):(?P<version>[0-9]{1,9})", re.ASCII)


class BulkForm(forms.Form):
    systems = forms.Field(widget=forms.MultipleHiddenInput)
    owner = PersonField()
    risk_owner = PersonField()
    business_process = forms.CharField(max_length=200, required=False)
    ai_type = forms.ChoiceField(label="Type of AI", choices=AS_IT_IS + AIType.choices, required=False)
    sourcing = forms.ChoiceField(choices=AS_IT_IS + Sourcing.choices, required=False)
    automation_degree = forms.ChoiceField(
        label="Degree of automation", choices=AS_IT_IS + AutomationDegree.choices, required=False
    )
    is_in_scope = forms.ChoiceField(
        label="In the scope of the AIMS", choices=[*AS_IT_IS, ("yes", "Yes"), ("no", "No")], required=False
    )
    scope_reason = forms.CharField(
        label="Reason for the scope decision", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    next_review_date = forms.DateField(label="Next review", required=False, widget=DAY)

    def __init__(
        self, *args: Any, may_set_owner: bool, own_fields: Sequence[CustomField], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, register in (("owner", "systems"), ("risk_owner", "system-risks")):
            self.fields[name].queryset = holders(register)  # type: ignore[attr-defined]
            self.fields[name].empty_label = "As it is"  # type: ignore[attr-defined]
        if not may_set_owner:
            del self.fields["owner"]
        self.fields.update(custom_fields.asked_for(own_fields))

    def clean_systems(self) -> dict[int, int]:
        ticked: list[str] = self.data.getlist("systems")  # type: ignore[attr-defined]  # a QueryDict
        pairs = [CHOSEN.fullmatch(text) for text in ticked]
        if not all(pairs):
            raise forms.ValidationError("Tick the systems in the register again.")
        return {int(pair["number"]): int(pair["version"]) for pair in pairs if pair}

    def clean_is_in_scope(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["is_in_scope"])
