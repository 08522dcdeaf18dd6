"""Shape and cleaning of what people type about suppliers."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from aims.core.models import Member
from inventory.enums import (
    ClauseAnswer,
    ReviewTrigger,
    SupplierEventKind,
    SupplierKind,
    SupplierState,
    SupplierTier,
)
from inventory.forms.fields import BLANK, DAY, LONG, PersonField
from inventory.queries.suppliers import VIEWS
from inventory.rules.suppliers import CLAUSES
from inventory.system_fields import SystemField


class SupplierForm(forms.Form):
    """The record of a supplier. Everything but the name may come later."""

    name = forms.CharField(max_length=200)
    kind = forms.ChoiceField(label="Delivers", choices=SupplierKind.choices)
    owner = PersonField(label="Answers for it", help_text="An AI system owner takes the supplier into use.")
    tier = forms.ChoiceField(
        choices=[("", "Not set"), *SupplierTier.choices],
        required=False,
        help_text="The record proposes one from the systems the supplier serves; you decide.",
    )
    tier_reason = forms.CharField(
        label="Reason for the tier",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=10_000,
    )
    contact = forms.CharField(label="Contact person", max_length=200, required=False)
    contact_email = forms.EmailField(label="E-mail", required=False)
    services = forms.CharField(required=False, widget=LONG, max_length=10_000)
    terms = forms.CharField(
        required=False, widget=LONG, max_length=10_000, help_text="Contract, its number and its end."
    )
    duties = forms.CharField(
        label="Who has which duty",
        required=False,
        widget=LONG,
        max_length=10_000,
        help_text="What the supplier does and what we do: testing, monitoring, incidents, informing users.",
    )
    exit_plan = forms.CharField(required=False, widget=LONG, max_length=10_000)
    exit_done_on = forms.DateField(label="Exit plan done on", required=False, widget=DAY)
    next_review_date = forms.DateField(label="Next review", required=False, widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Member.objects.active()
        for topic, title in CLAUSES.items():
            self.fields[f"{topic}_answer"] = forms.ChoiceField(
                label=title, choices=BLANK + ClauseAnswer.choices, required=False
            )
            self.fields[f"{topic}_where"] = forms.CharField(
                label="Where, or what holds instead", max_length=300, required=False
            )

    @property
    def clauses(self) -> list[tuple[Any, Any]]:
        """The two fields of each topic, for the page."""
        return [(self[f"{topic}_answer"], self[f"{topic}_where"]) for topic in CLAUSES]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        contract = {}
        for topic in CLAUSES:
            answer, where = values.pop(f"{topic}_answer", ""), values.pop(f"{topic}_where", "")
            if answer:
                contract[topic] = {"answer": answer, "where": where}
            elif where:
                self.add_error(f"{topic}_answer", "Answer with yes or no.")
        values["contract"] = contract
        return values


class SupplierEditForm(SupplierForm):
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class SupplierFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)
    state = forms.ChoiceField(choices=[("", "Any state"), *SupplierState.choices], required=False)
    kind = forms.ChoiceField(
        label="Delivers", choices=[("", "Anything"), *SupplierKind.choices], required=False
    )
    tier = forms.ChoiceField(choices=[("", "Any tier"), *SupplierTier.choices], required=False)


class StepForm(forms.Form):
    """A step of the life cycle; only a review asks for its trigger."""

    trigger = forms.ChoiceField(label="What asks for the review", choices=ReviewTrigger.choices)
    reason = forms.CharField(
        required=False, widget=LONG, max_length=2000, help_text="Kept in the activity log."
    )

    def __init__(self, *args: Any, action: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if action != "trigger_review":
            del self.fields["trigger"]


class ChoiceOf(forms.Form):
    """One record out of a list that the page gives."""

    chosen = forms.TypedChoiceField(coerce=int)

    def __init__(self, *args: Any, items: list[tuple[int, str]], label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].label = label
        self.fields["chosen"].choices = [("", "Choose"), *items]


class SystemLinkForm(forms.Form):
    """Linking a system once more changes what is filled in, and leaves the rest as it is."""

    chosen = SystemField(empty_label="Choose")
    delivers = forms.CharField(label="What it delivers there", max_length=200, required=False)
    model_name = forms.CharField(label="Model", max_length=200, required=False)
    model_version = forms.CharField(
        label="Pinned version", max_length=100, required=False, help_text="The version that was assessed."
    )


class ConditionForm(forms.Form):
    text = forms.CharField(label="What the supplier has to do", widget=LONG, max_length=2000)
    due_date = forms.DateField(label="By", widget=DAY)
    is_blocking = forms.BooleanField(label="Has to be met before the supplier is used", required=False)


class MetForm(forms.Form):
    note = forms.CharField(label="How one sees that it is met", widget=LONG, max_length=2000)


class EventForm(forms.Form):
    kind = forms.ChoiceField(label="What happened", choices=SupplierEventKind.choices)
    happened_on = forms.DateField(label="Day", widget=DAY)
    text = forms.CharField(label="In words", widget=LONG, max_length=5000)
    due_date = forms.DateField(
        label="Answer due",
        required=False,
        widget=DAY,
        help_text="For requests: they stay open until answered.",
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(label="What the supplier answered or did", widget=LONG, max_length=5000)
