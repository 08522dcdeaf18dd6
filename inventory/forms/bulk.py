"""Shape and cleaning of what is said of many records at once; what stays empty is left as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from aims.core.models import Member
from aims.core.ownerships import holders
from inventory.enums import AIType, AutomationDegree, Sourcing, SupplierKind, SupplierTier
from inventory.forms import custom_fields
from inventory.forms.fields import DAY, LONG, PersonField
from inventory.models import CustomField
from inventory.queries.resources import suppliers_to_name

AS_IT_IS = [("", "As it is")]
#: A record as it was ticked, in the version that was looked at.
CHOSEN = re.compile(r"(?P<number>[0-9]{1,15}):(?P<version>[0-9]{1,9})", re.ASCII)


class BulkForm(forms.Form):
    chosen = forms.Field(widget=forms.MultipleHiddenInput)

    def clean_chosen(self) -> dict[int, int]:
        ticked: list[str] = self.data.getlist("chosen")  # a QueryDict
        pairs = [CHOSEN.fullmatch(text) for text in ticked]
        if not all(pairs):
            raise forms.ValidationError("Tick the records in the register again.")
        return {int(pair["number"]): int(pair["version"]) for pair in pairs if pair}


class SystemsForm(BulkForm):
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
            self.fields[name].queryset = holders(register)
            self.fields[name].empty_label = "As it is"
        if not may_set_owner:
            del self.fields["owner"]
        self.fields.update(custom_fields.asked_for(own_fields))

    def clean_is_in_scope(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["is_in_scope"])


class SuppliersForm(BulkForm):
    owner = PersonField(label="Answers for it")
    kind = forms.ChoiceField(label="Delivers", choices=AS_IT_IS + SupplierKind.choices, required=False)
    tier = forms.ChoiceField(choices=AS_IT_IS + SupplierTier.choices, required=False)
    tier_reason = forms.CharField(label="Reason for the tier", required=False, widget=LONG, max_length=10_000)
    next_review_date = forms.DateField(label="Next review", required=False, widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_people(self)


class ResourcesForm(BulkForm):
    """Of models, data sets or prompts: what the chosen register has of these."""

    kind = forms.ChoiceField(required=False)
    source = forms.CharField(max_length=250, required=False)
    supplier: Any = forms.ModelChoiceField(queryset=None, required=False, empty_label="As it is")
    owner = PersonField(label="Answers for it")
    licence = forms.CharField(max_length=200, required=False)
    retention = forms.CharField(max_length=250, required=False)
    limitations = forms.CharField(required=False, widget=LONG, max_length=10_000)

    def __init__(self, *args: Any, model: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_people(self)
        self.fields["supplier"].queryset = suppliers_to_name()
        if model.kinds:
            self.fields["kind"].choices = AS_IT_IS + model.kinds.choices
        for name in set(self.fields) - {"chosen", *model.written}:
            del self.fields[name]


def _offer_people(form: forms.Form) -> None:
    field: Any = form.fields["owner"]
    field.queryset, field.empty_label = Member.objects.active(), "As it is"
