"""Shape and cleaning of what people type about incidents."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from aims.core.ownerships import holders
from aims.core.record_fields import EvidenceField
from inventory.enums import (
    CheckAnswer,
    ClockUnit,
    IncidentKind,
    IncidentSeverity,
    IncidentState,
    NoticeKind,
    SeriousIncident,
)
from inventory.forms.fields import BLANK, LONG, PersonField
from inventory.queries.incidents import VIEWS, harm_types
from inventory.system_fields import SystemField, SystemsField

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def moment_field(**more: Any) -> Any:
    return forms.DateTimeField(
        widget=MOMENT, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **more
    )


class ReportForm(forms.Form):
    """What whoever saw it can say. The rest is asked of those who handle it."""

    kind = forms.ChoiceField(label="What is it", choices=IncidentKind.choices, initial="incident")
    title = forms.CharField(label="In a few words", max_length=200)
    description = forms.CharField(label="What happened", widget=LONG, max_length=10_000)
    noticed_at = moment_field(label="Noticed", help_text="Legal time limits run from this moment.")
    happened_at = moment_field(label="Happened", required=False)
    place = forms.CharField(label="Where", max_length=200, required=False)
    systems = SystemsField(label="AI systems involved", required=False)
    affected_people = forms.CharField(label="Who is affected", required=False, widget=LONG, max_length=10_000)
    affected_count = forms.IntegerField(
        label="How many people", required=False, min_value=0, max_value=2_147_483_647
    )


class IncidentEditForm(forms.Form):
    row_version = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="What is it", choices=IncidentKind.choices)
    title = forms.CharField(label="In a few words", max_length=200)
    description = forms.CharField(label="What happened", widget=LONG, max_length=10_000)
    noticed_at = moment_field(label="Noticed", help_text="Clocks that run are counted again from here.")
    happened_at = moment_field(label="Happened", required=False)
    place = forms.CharField(label="Where", max_length=200, required=False)
    owner = PersonField(label="Answers for it", help_text="An AI system owner contains and resolves it.")
    severity = forms.ChoiceField(choices=BLANK + IncidentSeverity.choices, required=False)
    harm_type = forms.ChoiceField(label="Type of harm", required=False)
    systems_note = forms.CharField(
        label="If no registered system is involved: which one, or why none",
        required=False,
        widget=LONG,
        max_length=10_000,
    )
    affected_people = forms.CharField(label="Who is affected", required=False, widget=LONG, max_length=10_000)
    affected_count = forms.IntegerField(
        label="How many people", required=False, min_value=0, max_value=2_147_483_647
    )
    serious = forms.ChoiceField(
        label="Serious incident (EU AI Act, Article 73)",
        choices=BLANK + SeriousIncident.choices,
        required=False,
        help_text="When in doubt, choose the graver one: a clock that is not owed is ended with a reason.",
    )
    data_breach = forms.ChoiceField(
        label="Breach of personal data (GDPR, Article 33)",
        choices=BLANK + CheckAnswer.choices,
        required=False,
    )
    contract_duty = forms.ChoiceField(
        label="Does a contract ask for a notice",
        choices=BLANK + CheckAnswer.choices,
        required=False,
        help_text="If yes, choose the clause on the incident's page.",
    )
    containment = forms.CharField(required=False, widget=LONG, max_length=10_000)
    evidence_note = forms.CharField(
        label="Where logs and data lie unaltered", required=False, widget=LONG, max_length=10_000
    )
    cause = forms.CharField(required=False, widget=LONG, max_length=10_000)
    fix = forms.CharField(required=False, widget=LONG, max_length=10_000)
    lessons = forms.CharField(required=False, widget=LONG, max_length=10_000)
    needs_correction = forms.ChoiceField(
        label="Corrective action needed", choices=BLANK + CheckAnswer.choices, required=False
    )
    correction_reason = forms.CharField(
        label="Reason of that decision", required=False, widget=LONG, max_length=10_000
    )

    def __init__(self, *args: Any, owner: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = holders("incidents", also=owner)
        self.fields["harm_type"].choices = [*BLANK, *harm_types()]


class IncidentFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=[("", "Any kind"), *IncidentKind.choices], required=False)
    state = forms.ChoiceField(choices=[("", "Any state"), *IncidentState.choices], required=False)
    severity = forms.ChoiceField(choices=[("", "Any severity"), *IncidentSeverity.choices], required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        required=False, widget=LONG, max_length=2000, help_text="Kept in the timeline and the activity log."
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="Answer", widget=LONG, max_length=10_000, help_text="Whoever reported it reads this."
    )


class InvolvedForm(forms.Form):
    chosen = SystemField(empty_label="Choose")
    version = forms.CharField(
        label="Version it ran in", max_length=160, required=False, help_text="Empty: that of its record."
    )


class PlanNoticeForm(forms.Form):
    kind = forms.ChoiceField(
        label="For", choices=[(kind, kind.label) for kind in (NoticeKind.USERS, NoticeKind.OTHER)]
    )
    title = forms.CharField(label="Notice", max_length=200)
    owed_to = forms.CharField(label="To", max_length=200, required=False)
    due_at = moment_field(label="By", required=False)


class SentForm(forms.Form):
    sent_at = moment_field(label="Sent")
    proof = forms.CharField(
        label="How one sees that it was sent",
        widget=LONG,
        max_length=5000,
        required=False,
        help_text="Confirmation, case number, where it was published.",
    )
    evidence = EvidenceField(label="Proof in the library", required=False, empty_label="None")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].offer_linkable()


class EntryForm(forms.Form):
    at = moment_field(label="When")
    text = forms.CharField(label="What was seen or done", widget=LONG, max_length=5000)


class ClauseForm(forms.Form):
    title = forms.CharField(label="Name", max_length=200)
    owed_to = forms.CharField(label="Notice goes to", max_length=200)
    where = forms.CharField(label="Contract and section", max_length=200)
    amount = forms.IntegerField(label="Within", min_value=1, max_value=8760)
    unit = forms.ChoiceField(choices=ClockUnit.choices)
