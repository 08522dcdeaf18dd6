"""Shape and cleaning of what people type about risks and impact assessments."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms

from aims.core.models import Member
from aims.core.ownerships import holders
from inventory.system_fields import SystemField
from risk import prohibited, taxonomy
from risk.enums import AssessmentState, Level, RiskState
from risk.scoring import AXES, LEVELS, STEPS, Band, Criteria, Ratings

LONG = forms.Textarea(attrs={"rows": 3})
DAY = forms.DateInput(attrs={"type": "date"})
ANY = [("", "Any")]
AXIS_LABELS = {
    "organization": "Severity for the organization",
    "individuals": "Severity for individuals and groups",
    "society": "Severity for society",
}


def day_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **kwargs)


class MemberField(forms.ModelChoiceField):
    def __init__(self, *roles: str, **kwargs: Any) -> None:
        super().__init__(queryset=None, required=False, empty_label="Nobody yet", **kwargs)


class ChoosingForm(forms.Form):
    """Fills the choices of people when the form is made, inside the organization."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, MemberField):
                field.queryset = Member.objects.active()


class RiskForm(ChoosingForm):
    """What a risk says of itself. Its level is never typed: it follows from the ratings."""

    title = forms.CharField(max_length=200)
    system = SystemField(required=False, empty_label="None: a process of the AIMS")
    process = forms.CharField(
        max_length=200, required=False, help_text="Only when the risk belongs to no single system."
    )
    category = forms.ChoiceField(required=False)
    cause = forms.CharField(required=False, widget=LONG, help_text="What makes it possible.")
    event = forms.CharField(required=False, widget=LONG, help_text="What happens.")
    consequence = forms.CharField(required=False, widget=LONG, help_text="What follows from it.")
    affected_parties = forms.CharField(required=False, widget=LONG, label="Who is affected")
    owner = MemberField(label="Risk owner", help_text="Left empty: the risk owner of the system.")
    review_date = day_field(required=False, label="Next review")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(each.id, each.name) for each in taxonomy.categories()]
        self.fields["category"].choices = [("", "Not sorted"), *names]
        present = self.initial.get("owner") or None
        self.fields["owner"].queryset = holders("risks", also=present)


class EditRiskForm(RiskForm):
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class RatingForm(forms.Form):
    """One cell of the picker sets likelihood and the worst severity; each axis may be rated lower."""

    score = forms.RegexField(
        r"^[1-5]-[1-5]$",
        label="Likelihood and worst severity",
        error_messages={"required": "Choose a cell.", "invalid": "Choose one of the cells."},
    )
    organization = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    individuals = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    society = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    reason = forms.CharField(required=False, widget=LONG, help_text="Figures, incidents, tests behind it.")

    def __init__(self, *args: Any, scale: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = [(step, f"{step} {scale[step]}") for step in STEPS]
        for axis in AXES:
            field = self.fields[axis]
            field.label = AXIS_LABELS[axis]
            field.choices = [("", "As chosen above"), *steps]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "score" not in cleaned or self.errors:
            return cleaned
        likelihood, worst = (int(part) for part in cleaned["score"].split("-"))
        axes = {axis: cleaned[axis] or worst for axis in AXES}
        if max(axes.values()) != worst:
            raise forms.ValidationError(
                f"The cell says that the worst severity is {worst}; rate at least one axis {worst} and none"
                " higher, or choose another cell."
            )
        cleaned["ratings"] = Ratings(likelihood, **axes)
        return cleaned


class CompleteForm(RatingForm):
    done = forms.CharField(label="What was done", widget=LONG)
    treated_on = day_field(required=False, label="Done on", help_text="Left empty: today.")
    field_order = ("done", "treated_on", "score", *AXES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["reason"]


class AcceptanceForm(forms.Form):
    reason = forms.CharField(
        widget=LONG, required=False, help_text="Why the organization can live with what remains."
    )
    expires_on = day_field(required=False, label="Ends on")


class ReasonForm(forms.Form):
    reason = forms.CharField(widget=LONG, required=False)


class CloseForm(ReasonForm):
    process_ended = forms.BooleanField(
        required=False, label="The process has ended", help_text="Only for a risk of a process."
    )


class CriteriaForm(forms.Form):
    """The words of both scales, where each band ends, the appetite and how long things last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("likelihood", "severity"):
            for step in STEPS:
                self.fields[f"{name}_{step}"] = forms.CharField(
                    max_length=40, label=f"{name.capitalize()} {step}"
                )
        for level in LEVELS[:-1]:
            self.fields[f"{level}_to"] = forms.IntegerField(
                min_value=1, max_value=24, label=f"{level.capitalize()} up to a score of"
            )
        self.fields["appetite"] = forms.ChoiceField(
            choices=Level.choices, label="Accepted without an acceptance, up to"
        )
        for level in LEVELS:
            self.fields[f"months_{level}"] = forms.IntegerField(
                min_value=1, max_value=36, label=f"Months an acceptance of a {level} risk lasts at most"
            )
        self.fields["review_months"] = forms.IntegerField(
            min_value=1, max_value=36, label="Months between reviews of a risk"
        )
        self.fields["note"] = forms.CharField(required=False, widget=LONG, label="Why it changes")

    @staticmethod
    def values_of(criteria: Criteria) -> dict[str, Any]:
        values: dict[str, Any] = {"appetite": criteria.appetite, "review_months": criteria.review_months}
        for step in STEPS:
            values[f"likelihood_{step}"] = criteria.likelihood[step]
            values[f"severity_{step}"] = criteria.severity[step]
        for band in criteria.bands[:-1]:
            values[f"{band.level}_to"] = band.highest
        return values | {f"months_{level}": criteria.acceptance_months[level] for level in LEVELS}

    def criteria(self) -> Criteria:
        """Raises RuleBroken when the bands leave a gap or overlap."""
        cleaned = self.cleaned_data
        ends = [*(cleaned[f"{level}_to"] for level in LEVELS[:-1]), STEPS[-1] ** 2]
        starts = [1, *(end + 1 for end in ends[:-1])]
        return Criteria(
            likelihood={step: cleaned[f"likelihood_{step}"] for step in STEPS},
            severity={step: cleaned[f"severity_{step}"] for step in STEPS},
            bands=tuple(Band(*row) for row in zip(LEVELS, starts, ends, strict=True)),
            appetite=cleaned["appetite"],
            acceptance_months={level: cleaned[f"months_{level}"] for level in LEVELS},
            review_months=cleaned["review_months"],
        )


class RiskFilterForm(ChoosingForm):
    """Filters of the register; the matrix adds `likelihood` and `severity`."""

    view = forms.CharField(required=False, widget=forms.HiddenInput)
    measure = forms.CharField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(required=False, label="Words", max_length=100)
    system = SystemField(required=False, empty_label="Any")
    level = forms.ChoiceField(required=False, choices=[*ANY, *Level.choices])
    state = forms.ChoiceField(required=False, choices=[*ANY, *RiskState.choices])
    owner = MemberField()
    likelihood = forms.IntegerField(required=False, min_value=1, max_value=5, widget=forms.HiddenInput)
    severity = forms.IntegerField(required=False, min_value=1, max_value=5, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].empty_label = "Anybody"


class AssessmentFilterForm(ChoosingForm):
    view = forms.CharField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(required=False, label="Words", max_length=100)
    system = SystemField(required=False, empty_label="Any")
    state = forms.ChoiceField(required=False, choices=[*ANY, *AssessmentState.choices])


class DecisionForm(forms.Form):
    """The approval box under a screening."""

    next_date = day_field(required=False, label="Screen again by")
    comment = forms.CharField(required=False, widget=LONG)

    def __init__(self, *args: Any, latest: datetime.date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if latest is not None:
            self.fields["next_date"].initial = latest


class ClassificationForm(forms.Form):
    """The published questions on prohibited practices, each with its own answers."""

    row_version = forms.IntegerField(widget=forms.HiddenInput)
    submit = forms.BooleanField(
        label="All is answered: hand it on for a decision",
        required=False,
        help_text="Left open, the answers are kept as a draft.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = self.fields.pop("submit")
        for question in prohibited.questions():
            only = f" Only after a “yes” at {question.follows}." if question.follows else ""
            self.fields[question.id] = forms.ChoiceField(
                label=f"{question.id} {question.text}",
                choices=[("", "Not answered"), *((each.value, each.label) for each in question.choices)],
                required=False,
                help_text=f"Article {question.article}. {question.help}{only}".strip(),
            )
        self.fields["submit"] = last

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        values["answers"] = {question.id: values.pop(question.id, "") for question in prohibited.questions()}
        return values


class DecideClassificationForm(forms.Form):
    legal_review = forms.CharField(
        label="What the legal review found",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=10_000,
        help_text="Needed where an exception is claimed.",
    )


class ReturnClassificationForm(forms.Form):
    comment = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
