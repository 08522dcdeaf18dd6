"""Shape and cleaning of what people say at the gates of a system."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.record_fields import EvidenceField
from inventory.enums import CriteriaMet, ReevaluationTrigger
from inventory.forms.fields import BLANK, LONG
from inventory.rules.gates import VALIDATION

#: Steps that are refused without a reason.
NEEDS_REASON = frozenset({"reject_intake", "fail_validation", "send_back", "suspend", "decide_retire"})


class StepForm(forms.Form):
    """One step of the life cycle; only a re-evaluation names its cause, only a suspension its incident."""

    trigger = forms.ChoiceField(label="What asks for it", choices=ReevaluationTrigger.choices)
    related = forms.CharField(
        label="Incident or finding", max_length=200, required=False, help_text="Its number, if there is one."
    )
    reason = forms.CharField(
        required=False, widget=LONG, max_length=2000, help_text="Kept in the record of this step."
    )

    def __init__(self, *args: Any, action: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if action != "trigger_re_evaluation":
            del self.fields["trigger"]
        if action != "suspend":
            del self.fields["related"]
        if action in NEEDS_REASON:
            self.fields["reason"].required = True


class StageRecordForm(forms.Form):
    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    text = forms.CharField(
        label="In words",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
        help_text="Or link the evidence that holds it.",
    )
    evidence = EvidenceField(label="Evidence item", required=False, empty_label="None")
    criteria_met = forms.ChoiceField(
        label="Were the criteria met?", choices=BLANK + CriteriaMet.choices, required=False
    )
    deviation = forms.CharField(
        label="Deviation",
        required=False,
        widget=LONG,
        max_length=10_000,
        help_text="What was not met and why it can be lived with. Another person approves it.",
    )
    is_complete = forms.BooleanField(label="The record is complete", required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].offer_linkable(also=self.initial.get("evidence"))
        if kind != VALIDATION:
            del self.fields["criteria_met"], self.fields["deviation"]


class GoLiveForm(forms.Form):
    text = forms.CharField(label="What goes live, where and for whom", widget=LONG, max_length=5000)
