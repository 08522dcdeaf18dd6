"""Forms of what passes between an external auditor and the organization."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.enums import GrantState
from aims.core.models import Member
from aims.core.queries.evidence import visible_evidence
from aims.core.record_fields import EvidenceField, RecordChoice
from aims.core.sent_rows import SentRows
from aims.core.tenancy.context import current_actor
from audits.enums import DraftGrade, PopulationKind, SampleMethod
from audits.forms import NOT_EVIDENCE, choices_from, day_field, text_area
from audits.models import AuditRequest, Engagement
from audits.request_rules import LONGEST_QUESTION, LONGEST_TITLE
from audits.sampling import LARGEST_SAMPLE
from audits.services.audits import requirement_titles

IMPORT_BYTES = 1024 * 1024


def running_engagements() -> Any:
    return Engagement.objects.filter(grant__state__in=[GrantState.INVITED, GrantState.ACTIVE])


class EngagementChoice(forms.Form):
    """An auditor has the one audit of their access and is not asked."""

    engagement = RecordChoice(label="External audit")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_from(self, engagement=running_engagements())
        field: Any = self.fields["engagement"]
        found = list(field.queryset[:2])
        if len(found) == 1:
            field.initial = found[0].pk
            field.widget = field.hidden_widget()


class RewordForm(forms.Form):
    title = forms.CharField(max_length=LONGEST_TITLE, help_text="What is asked for")
    question = forms.CharField(
        required=False, max_length=LONGEST_QUESTION, widget=forms.Textarea(attrs={"rows": 4})
    )
    requirements = forms.MultipleChoiceField(
        label="Clauses and controls", required=False, widget=forms.SelectMultiple(attrs={"size": 10})
    )
    due_date = day_field("Due", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        requirements: Any = self.fields["requirements"]
        requirements.choices = [(ref, f"{ref} {title}") for ref, title in requirement_titles().items()]


class RequestForm(RewordForm, EngagementChoice):
    as_draft = forms.BooleanField(
        label="Keep as a draft", required=False, help_text="The other side does not see a draft"
    )

    field_order = ("engagement", "title", "question", "requirements", "due_date", "as_draft")


class RequestListForm(EngagementChoice):
    file = forms.FileField(
        label="CSV or Excel file",
        help_text="Headings in the first row: Title, Question, Due date, Requirements; the title is needed",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > IMPORT_BYTES:
            raise forms.ValidationError("The file is larger than 1 MB: split it.")
        return file


class RequestRowsForm(EngagementChoice):
    """The rows of a previewed list on their way back; they are checked again like any others."""

    rows = SentRows()


class AssignForm(forms.Form):
    assignee = RecordChoice(label="Person", required=False, help_text="Leave empty to take the request back")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_from(self, assignee=Member.objects.active())


class ProofForm(forms.Form):
    evidence = EvidenceField()
    shows_confidential = forms.BooleanField(
        label="Show it although it is confidential",
        required=False,
        help_text="Otherwise confidential evidence stays hidden from the auditor",
    )

    def __init__(self, *args: Any, may_show: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = visible_evidence(current_actor()).exclude(state__in=NOT_EVIDENCE)
        choices_from(self, evidence=found.order_by("reference"))
        if not may_show:
            del self.fields["shows_confidential"]


class TextForm(forms.Form):
    text = text_area("Text", required=True, rows=3)


class SampleForm(EngagementChoice):
    title = forms.CharField(max_length=LONGEST_TITLE)
    population = forms.ChoiceField(
        choices=PopulationKind.choices, help_text="The list is frozen as you can see it now"
    )
    method = forms.ChoiceField(choices=SampleMethod.choices, widget=forms.RadioSelect)
    seed = forms.CharField(
        required=False, max_length=64, help_text="For a random draw: any word or number, published with it"
    )
    size = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_SAMPLE)
    chosen = forms.CharField(
        label="Chosen members",
        required=False,
        max_length=5000,
        help_text="For a judgemental sample: references with blanks between, such as SYS-001 SYS-004",
    )
    rationale = text_area("Why this sample")


class ReplaceForm(forms.Form):
    key = forms.ChoiceField(label="Take instead")
    reason = text_area("Reason")

    def __init__(self, *args: Any, members: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key: Any = self.fields["key"]
        key.choices = [(value, f"{value} {label}") for value, label in members]


class NoteForm(EngagementChoice):
    text = text_area("Note", required=True, rows=6, help_text="Only you read it until you share it")
    request = RecordChoice(label="About a request", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_from(self, request=AuditRequest.objects.order_by("reference"))


class FindingDraftTextForm(forms.Form):
    title = forms.CharField(max_length=LONGEST_TITLE)
    grade = forms.ChoiceField(label="Type", choices=DraftGrade.choices)
    requirement = forms.ChoiceField(label="Clause or control")
    criterion = text_area("Criterion", help_text="What is required there, in your own words")
    statement = text_area("Statement", required=True, rows=4)
    evidence_text = text_area("Evidence", help_text="What was seen, where and when")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        requirement: Any = self.fields["requirement"]
        requirement.choices = [(ref, f"{ref} {title}") for ref, title in requirement_titles().items()]


class FindingDraftForm(FindingDraftTextForm, EngagementChoice):
    pass
