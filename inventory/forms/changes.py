"""Shape and cleaning of what people say about changes."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from aims.core.record_fields import EvidenceField
from aims.core.registry import Stale
from inventory.enums import ChangeKind, ChangeRequestState, ClauseAnswer
from inventory.forms.fields import BLANK, DAY, LONG
from inventory.queries.changes import VIEWS
from inventory.rules.changes import EFFECTS
from inventory.system_fields import SystemField


class ChangeForm(forms.Form):
    """A planned change, and on what it has an effect. Everything but the title may come later."""

    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(max_length=200)
    system = SystemField(required=False, empty_label="None", help_text="Empty: the AIMS itself.")
    purpose = forms.CharField(required=False, widget=LONG, max_length=5000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, title in EFFECTS.items():
            self.fields[f"{key}_answer"] = forms.ChoiceField(
                label=f"Effect on: {title}", choices=BLANK + ClauseAnswer.choices, required=False
            )
            self.fields[f"{key}_text"] = forms.CharField(label="Which", required=False, max_length=1000)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        effects = {}
        for key in EFFECTS:
            answer, text = values.pop(f"{key}_answer", ""), values.pop(f"{key}_text", "")
            if answer:
                effects[key] = {"answer": answer, "text": text}
        return {**values, "effects": effects}


class ChangeFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)
    state = forms.ChoiceField(choices=[("", "Any state"), *ChangeRequestState.choices], required=False)


class ChangeStepForm(forms.Form):
    """One step; each asks only for what it needs."""

    done_on = forms.DateField(label="Done on", required=False, widget=DAY)
    done_text = forms.CharField(
        label="What shows that it was done", required=False, widget=LONG, max_length=5000
    )
    evidence = EvidenceField(label="Evidence item", required=False, empty_label="None")
    review = forms.CharField(
        label="Which unintended effects were looked for, and what was seen",
        required=False,
        widget=LONG,
        max_length=5000,
    )
    reason = forms.CharField(required=False, widget=LONG, max_length=2000)

    ASKS = {
        "assess": set[str](),
        "approve": {"reason"},
        "reject": {"reason"},
        "implement": {"done_on", "done_text", "evidence"},
        "review": {"review"},
    }

    def __init__(self, *args: Any, action: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - self.ASKS[action]:
            del self.fields[name]
        if "evidence" in self.fields:
            self.fields["evidence"].offer_linkable()


class KindForm(forms.Form):
    """The first question, answered in the address."""

    kind = forms.ChoiceField(label="What changed?", choices=[("", "Choose"), *ChangeKind.choices])


class WhatChangedForm(forms.Form):
    kind = forms.ChoiceField(choices=ChangeKind.choices, widget=forms.HiddenInput)
    text = forms.CharField(label="The change in words", widget=LONG, max_length=2000)
    chosen = forms.MultipleChoiceField(
        label="To be looked at again", required=False, widget=forms.CheckboxSelectMultiple
    )
    re_evaluates = forms.BooleanField(label="Start a re-evaluation of the system", required=False)
    reason = forms.CharField(
        label="Why nothing else is to be done again", required=False, widget=LONG, max_length=2000
    )

    def __init__(self, *args: Any, stale: list[Stale], in_operation: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(each.key, f"{each.label}: {each.why}") for each in stale]
        self.fields["chosen"].choices = choices
        self.fields["chosen"].initial = [each.key for each in stale]
        if not stale:
            del self.fields["chosen"]
        if not in_operation:
            del self.fields["re_evaluates"]
