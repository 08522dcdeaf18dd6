"""Shape and cleaning of what people type about discovered AI."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from aims.core.models import Member
from aims.core.ownerships import holders
from aims.core.sent_rows import SentRows
from inventory.enums import AIType, DiscoverySource, DiscoveryState, ProvisionalClass, Sourcing
from inventory.forms.fields import BLANK, DAY, LONG, PersonField
from inventory.forms.intake import IntakeFields
from inventory.queries.discovery import VIEWS
from inventory.system_fields import SystemField, all_systems

KINDS = [("sso", "Applications of a single sign-on"), ("expenses", "Lines of expenses")]


class ReportForm(IntakeFields):
    """What a person says about a tool they use. The three questions are answered whole, or left whole."""

    may_be_left = True

    name = forms.CharField(label="What is it called?", max_length=200)
    used_for = forms.CharField(label="What do you use it for?", required=False, widget=LONG, max_length=2000)
    address = forms.CharField(
        label="Where does one find it?",
        max_length=200,
        required=False,
        help_text="Its address, if it has one.",
    )
    vendor = forms.CharField(label="Who makes it?", max_length=200, required=False)


class DiscoveredForm(forms.Form):
    name = forms.CharField(max_length=200)
    vendor = forms.CharField(max_length=200, required=False)
    used_for = forms.CharField(label="Used for", required=False, widget=LONG, max_length=10_000)
    ai_type = forms.ChoiceField(label="Type of AI", choices=BLANK + AIType.choices, required=False)
    sourcing = forms.ChoiceField(choices=BLANK + Sourcing.choices, required=False)
    owner = PersonField(help_text="Would answer for it as an AI system.")
    row_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = holders("systems")


class DiscoveryFilterForm(FilterForm):
    """Filters of the queue."""

    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)
    state = forms.ChoiceField(choices=[("", "Any state"), *DiscoveryState.choices], required=False)
    provisional = forms.ChoiceField(
        label="Provisional class", choices=[("", "Any class"), *ProvisionalClass.choices], required=False
    )
    source = forms.ChoiceField(
        label="Seen in", choices=[("", "Any source"), *DiscoverySource.choices], required=False
    )


class DiscoveryStepForm(forms.Form):
    """One step; each asks only for what it needs."""

    owner = PersonField()
    merged_into = forms.TypedChoiceField(label="Another item", coerce=int, required=False, empty_value=None)
    system = SystemField(among=None, label="Or an AI system", required=False, empty_label="—")
    reason = forms.CharField(required=False, widget=LONG, max_length=2000)
    ASKED = {
        "triage": ("owner",),
        "register": ("owner",),
        "dismiss": ("reason",),
        "merge": ("merged_into", "system", "reason"),
        "ban": ("reason",),
    }

    def __init__(
        self,
        *args: Any,
        action: str,
        items: list[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        owners: Any = self.fields["owner"]
        owners.queryset = holders("systems") if action == "register" else Member.objects.active()
        self.fields["merged_into"].choices = [("", "—"), *items]
        if action == "ban":
            self.fields["reason"].help_text = "Whoever reported it reads this."
        for name in set(self.fields) - set(self.ASKED[action]):
            del self.fields[name]
        if "system" in self.fields:
            self.fields["system"].offer(all_systems())


class ListForm(forms.Form):
    kind = forms.ChoiceField(label="What is in the file", choices=KINDS)
    file = forms.FileField(label="List", help_text="CSV or Excel (.xlsx), up to 2000 lines.")


class ListRowsForm(forms.Form):
    """The rows on their way back, and the unknown ones that a person chose."""

    kind = forms.ChoiceField(choices=KINDS, widget=forms.HiddenInput)
    rows = SentRows()
    also = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data.getlist("also") if hasattr(self.data, "getlist") else ()
        self.fields["also"].choices = [(each, each) for each in sent if each.isdecimal() and len(each) < 9]


class SurveyForm(forms.Form):
    held_on = forms.DateField(label="Day", widget=DAY)
    asked = forms.CharField(label="Who was asked", max_length=300)
    result = forms.CharField(label="What came of it", required=False, widget=LONG, max_length=5000)
