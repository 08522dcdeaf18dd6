"""Shape and cleaning of what people type about metrics, readings and alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from aims.core.days import organization_zone
from aims.core.filter_form import FilterForm
from aims.core.ownerships import holders
from inventory.enums import (
    AlertKind,
    AlertSeverity,
    AlertState,
    ChartKind,
    MetricDirection,
    MetricFrequency,
    MetricKind,
    MetricSource,
    ReEvaluationAnswer,
)
from inventory.forms.fields import DAY, LONG, PersonField
from inventory.queries import alerts as alert_queries
from inventory.queries import monitoring as queries
from inventory.rules.monitoring import BOUNDS
from inventory.system_fields import SystemField

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
MOST = 2_000_000_000


class Groups(forms.CharField):
    """One group a line, with the limits that differ there: `children: critical_low=0.85`."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        lines = []
        for group, bounds in value.items():
            parts = ", ".join(f"{bound}={each}" for bound, each in bounds.items())
            lines.append(f"{group}: {parts}" if parts else group)
        return "\n".join(lines)

    def clean(self, value: Any) -> Any:
        text, groups = super().clean(value), {}
        for line in filter(None, (each.strip() for each in text.splitlines())):
            group, _, bounds = (each.strip() for each in line.partition(":"))
            if group in groups:
                raise forms.ValidationError(f"{group} stands there twice. One line a group.")
            groups[group] = self._bounds(group, bounds)
        return groups

    def _bounds(self, group: str, text: str) -> dict[str, float]:
        found = {}
        for part in filter(None, (each.strip() for each in text.split(","))):
            bound, _, number = (each.strip() for each in part.partition("="))
            if bound not in BOUNDS:
                raise forms.ValidationError(
                    f"{group}: write limits as {BOUNDS[2]}=0.85. Known are {', '.join(BOUNDS)}."
                )
            try:
                found[bound] = float(number)
            except ValueError:
                raise forms.ValidationError(f"{group}: “{number[:30]}” is no number.") from None
        return found


def number(label: str, **kwargs: Any) -> forms.FloatField:
    return forms.FloatField(label=label, required=False, **kwargs)


def whole(label: str, *, least: int = 1, most: int = MOST, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, **kwargs)


class MetricForm(forms.Form):
    """A metric of a system, with its limits."""

    system = SystemField(among=None, empty_label="Choose")
    name = forms.CharField(max_length=200)
    kind = forms.ChoiceField(choices=MetricKind.choices)
    definition = forms.CharField(
        required=False,
        widget=LONG,
        max_length=10_000,
        help_text="How it is measured, on which cases, so that another person gets the same value.",
    )
    unit = forms.CharField(max_length=30, required=False, help_text="Such as share, ms, points.")
    source = forms.ChoiceField(label="Readings come by", choices=MetricSource.choices)
    frequency = forms.ChoiceField(
        label="How often", choices=MetricFrequency.choices, initial=MetricFrequency.WEEKLY
    )
    grace_hours = whole(
        "Hours of grace",
        least=0,
        most=100_000,
        required=False,
        help_text="After them a missing reading opens an alert. Empty: one more period.",
    )
    direction = forms.ChoiceField(label="What is good", choices=MetricDirection.choices)
    warning_low = number("Warning below")
    warning_high = number("Warning above")
    critical_low = number("Critical below")
    critical_high = number("Critical above")
    groups = Groups(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=5_000,
        help_text="One a line. Limits that differ there follow a colon: children: critical_low=0.85",
    )
    warning_breaches = whole("Warning after", most=50, initial=2)
    warning_of = whole("of the last", most=50, initial=3)
    critical_breaches = whole("Critical after", most=50, initial=1)
    critical_of = whole("of the last", most=50, initial=1)
    minimum_sample = whole(
        "Smallest sample", required=False, help_text="Readings on fewer cases are kept and not judged."
    )
    chart = forms.ChoiceField(label="Control chart", choices=ChartKind.choices)
    escalate_hours = whole(
        "Hours to acknowledge",
        most=100_000,
        initial=24,
        help_text="After them the compliance lead and top management are told.",
    )
    recurrence_days = whole("Days in which it is the same alert again", least=0, most=3_650, initial=30)
    retention_months = whole("Months readings are kept", most=1_200, required=False)
    owner = PersonField(label="Owner", help_text="Hears of alerts. Empty: the owner of the system.")

    def __init__(self, *args: Any, systems: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = holders("metrics", also=self.initial.get("owner") or None)
        if systems is None:
            del self.fields["system"]
        else:
            self.fields["system"].offer(systems)
            self.fields["is_active"] = forms.BooleanField(
                label="Watch it from now on",
                required=False,
                initial=True,
                help_text="Needs a limit. Without it the metric is kept paused.",
            )


class MetricEditForm(MetricForm):
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class MetricFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(queries.VIEWS.items()), required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=[("", "Any kind"), *MetricKind.choices], required=False)
    frequency = forms.ChoiceField(
        label="How often", choices=[("", "Any"), *MetricFrequency.choices], required=False
    )
    system = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)


class AlertFilterForm(FilterForm):
    view = forms.ChoiceField(
        choices=list(alert_queries.VIEWS.items()), required=False, widget=forms.HiddenInput
    )
    severity = forms.ChoiceField(choices=[("", "Any"), *AlertSeverity.choices], required=False)
    state = forms.ChoiceField(choices=[("", "Any state"), *AlertState.choices], required=False)
    kind = forms.ChoiceField(
        label="What happened", choices=[("", "Anything"), *AlertKind.choices], required=False
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(widget=LONG, max_length=2000)


class ReadingForm(forms.Form):
    """One reading by hand."""

    at = forms.DateTimeField(label="Measured at", widget=MOMENT)
    value = forms.FloatField()
    sample_size = whole("Size of the sample", required=False)
    group = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, groups: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if groups:
            self.fields["group"].choices = [
                ("", "All together"),
                *((each, each) for each in groups),
            ]
        else:
            del self.fields["group"]

    def clean_at(self) -> Any:
        """As typed where the organization lives."""
        return self.cleaned_data["at"].replace(tzinfo=organization_zone())


class CorrectionForm(forms.Form):
    value = forms.FloatField(label="Right value")
    sample_size = whole("Size of the sample", required=False)
    reason = forms.CharField(label="What was wrong", widget=LONG, max_length=2000)


class ReadingsFileForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text="The first row names the columns: at, value; and as needed group, sample_size, unit, id.",
    )


class ChartForm(forms.Form):
    """Which readings the chart shows. What cannot be understood is left out."""

    group = forms.ChoiceField(required=False)
    days = forms.ChoiceField(
        label="Time",
        choices=[("90", "90 days"), ("365", "A year"), ("", "All")],
        required=False,
    )

    def __init__(self, *args: Any, groups: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [(each, each or "All together") for each in groups]
        if len(groups) < 2:
            self.fields["group"].widget = forms.HiddenInput()

    def understood(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


class StepForm(forms.Form):
    """A step of an alert; each asks for what its guard asks for."""

    measure = forms.CharField(label="What is done", required=False, widget=LONG, max_length=2000)
    due_date = forms.DateField(label="Done by", required=False, widget=DAY)
    incident = forms.CharField(label="Or the incident it belongs to", required=False, max_length=200)
    reason = forms.CharField(required=False, widget=LONG, max_length=2000)

    LABELS = {"resolve": "What was found and done", "dismiss": "Why it is no alarm"}

    def __init__(self, *args: Any, action: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {"act": ("measure", "due_date", "incident"), "acknowledge": ()}.get(action, ("reason",))
        for name in set(self.fields) - set(asked):
            del self.fields[name]
        if action in self.LABELS:
            self.fields["reason"].label = self.LABELS[action]


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label="Is the system evaluated again",
        choices=[each for each in ReEvaluationAnswer.choices if each[0] != ReEvaluationAnswer.OPEN],
    )
    reason = forms.CharField(widget=LONG, max_length=2000, help_text="Stays on record, also of a no.")


class ProposalsForm(forms.Form):
    keys = forms.MultipleChoiceField(label="Metrics", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, proposals: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keys"].choices = proposals
