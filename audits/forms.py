"""Forms of audits, findings, certification and engagements."""

from __future__ import annotations

from typing import Any

from django import forms

from aims.core.enums import EvidenceState, Role
from aims.core.models import Member
from aims.core.queries.evidence import visible_evidence
from aims.core.record_fields import EvidenceField, RecordChoice
from aims.core.tenancy.context import current_actor
from audits.enums import AuditState, EngagementKind, Grade, ResultState
from audits.models import Audit, Finding
from audits.permissions import OWNERS
from audits.queries.access_log import KINDS
from audits.services.audits import requirement_titles
from controls.models import Control, StatementOfApplicability
from inventory.models import AISystem
from inventory.system_fields import SystemField, SystemsField

NOT_EVIDENCE = [EvidenceState.REQUESTED, EvidenceState.REJECTED]


def in_scope() -> Any:
    return AISystem.objects.in_scope()


def day_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def text_area(label: str, *, required: bool = False, rows: int = 3, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def choices_from(form: forms.Form, **querysets: Any) -> None:
    """What the record fields of a form offer, asked for when the form is made."""
    for name, queryset in querysets.items():
        field: Any = form.fields[name]
        field.offer(queryset)


class AuditForm(forms.Form):
    title = forms.CharField(max_length=200)
    objectives = text_area("Objectives", help_text="What the audit is to find out")
    scope = text_area("Scope", help_text="Processes, units and sites")
    criteria = forms.MultipleChoiceField(
        help_text="The checklist comes from these clauses and controls",
        widget=forms.SelectMultiple(attrs={"size": 12}),
    )
    systems = SystemsField(
        among=in_scope,
        label="AI systems",
        required=False,
        help_text="None chosen means every system in scope",
    )
    start_date = day_field("From", required=False)
    end_date = day_field("To", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        criteria: Any = self.fields["criteria"]
        criteria.choices = [(ref, f"{ref} {title}") for ref, title in requirement_titles().items()]


class TeamForm(forms.Form):
    member = RecordChoice(label="Internal auditor")
    as_lead = forms.BooleanField(label="Lead auditor", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_from(self, member=Member.objects.with_role(Role.INTERNAL_AUDITOR))


class QuestionForm(forms.Form):
    requirement = forms.CharField(max_length=12, help_text="Clause or control number")
    question = text_area("Question", required=True, rows=2)


class ResultForm(forms.Form):
    result = forms.ChoiceField(choices=ResultState.choices, widget=forms.RadioSelect)
    notes = text_area("Notes", rows=4, help_text="Interview, observation or record: what, where, when")
    evidence = EvidenceField(label="Evidence on file", required=False)
    row_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = visible_evidence(current_actor()).exclude(state__in=NOT_EVIDENCE)
        choices_from(self, evidence=found.order_by("reference"))


class ReportForm(forms.Form):
    conclusion = text_area("Conclusion on conformity", help_text="Are the requirements met?")
    effectiveness = text_area(
        "Conclusion on effectiveness", help_text="Is the management system implemented and maintained?"
    )
    signed = forms.BooleanField(
        label="I sign this report as lead auditor. Its findings are raised with it.", required=False
    )


class ReasonForm(forms.Form):
    reason = text_area("Reason")


class FindingForm(forms.Form):
    title = forms.CharField(max_length=200)
    grade = forms.ChoiceField(choices=[("", "Not graded yet"), *Grade.choices], required=False)
    requirement = forms.CharField(
        max_length=60, required=False, help_text="Clause, control or own document that is not met"
    )
    evidence_text = text_area("Evidence", help_text="What was seen, where and when")
    statement = text_area("Statement", help_text="The failure, in your own words")
    audit = RecordChoice(required=False)
    system = SystemField(required=False)
    control = RecordChoice(required=False)
    auditee = RecordChoice(
        required=False, help_text="The owner who answers; taken from the control or system when left out"
    )
    row_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_from(
            self,
            audit=Audit.objects.exclude(state=AuditState.CANCELLED),
            control=Control.objects.all(),
            auditee=Member.objects.with_role(*sorted(OWNERS)),
        )


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        choices=[("do", "Do it"), ("decline", "Decline it")], widget=forms.RadioSelect
    )
    reason = text_area("Reason")


class CarryOverForm(forms.Form):
    to = RecordChoice(label="Next audit")
    reason = text_area("Reason")

    def __init__(self, *args: Any, finding: Finding, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ended = [AuditState.CLOSED, AuditState.CANCELLED]
        choices_from(self, to=Audit.objects.exclude(state__in=ended).exclude(pk=finding.audit_id))


class CertificationForm(forms.Form):
    body = forms.CharField(label="Certification body", max_length=200)
    scope_text = text_area("Scope for the certificate")
    management_review_date = day_field(
        "Management review", required=False, help_text="Held, or planned before Stage 2"
    )
    note = text_area("Note")
    row_version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ExistingCertificateForm(forms.Form):
    body = forms.CharField(label="Certification body", max_length=200)
    number = forms.CharField(label="Certificate number", max_length=60)
    scope_text = text_area("Scope on the certificate", required=True)
    soa = RecordChoice(label="Statement of Applicability")
    decision_date = day_field("Date of the decision", help_text="The cycle is counted from the decision")
    stage1_date = day_field("Stage 1 on", required=False)
    stage2_date = day_field("Last day of Stage 2", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_from(self, soa=StatementOfApplicability.objects.exclude(snapshot=None))


class EngagementForm(forms.Form):
    kind = forms.ChoiceField(label="Audit", choices=EngagementKind.choices)
    title = forms.CharField(max_length=200)
    body = forms.CharField(label="Certification body or firm", max_length=150, required=False)
    auditor_name = forms.CharField(label="Name of the auditor", max_length=150)
    auditor_email = forms.EmailField(
        label="Business e-mail of the auditor", help_text="At their firm, not one of your own domains"
    )
    from_date = day_field("Access from")
    until_date = day_field("Access until", help_text="The last day")
    may_download = forms.BooleanField(label="Files may be downloaded", required=False, initial=True)
    systems = SystemsField(among=in_scope, label="AI systems in the scope")
    soa = RecordChoice(label="Statement of Applicability", required=False)
    period_from = day_field(
        "Audited period from", required=False, help_text="Evidence valid in this time is shown"
    )
    period_to = day_field("Audited period to", required=False)
    full_read = forms.BooleanField(
        label="Show every AI system",
        required=False,
        help_text="The period holds all the same, and confidential evidence stays hidden",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _scope_choices(self)


class ScopeForm(forms.Form):
    systems = SystemsField(among=in_scope, label="AI systems in the scope")
    soa = RecordChoice(label="Statement of Applicability", required=False)
    period_from = day_field("Audited period from", required=False)
    period_to = day_field("Audited period to", required=False)
    full_read = forms.BooleanField(
        label="Show every AI system",
        required=False,
        help_text="The period holds all the same, and confidential evidence stays hidden",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _scope_choices(self)


class ExtendForm(forms.Form):
    until_date = day_field("Access until")
    reason = text_area("Reason")


class AccessLogFilter(forms.Form):
    kind = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "Everything"), *((key, label) for key, (label, _) in KINDS.items())],
    )
    first = day_field("From", required=False)
    last = day_field("To", required=False)


class TermsForm(forms.Form):
    terms = forms.BooleanField(label="I accept these terms", required=False)


class CertificateStepForm(forms.Form):
    """The fields that one step of the certification needs; each step names its own."""

    FIELDS: dict[str, Any] = {
        "stage1_date": lambda: day_field("Stage 1 on"),
        "concerns": lambda: text_area("Areas of concern"),
        "stage2_date": lambda: day_field("Last day of Stage 2"),
        "reason": lambda: text_area("How, or why"),
        "verified_on": lambda: day_field("Responses accepted by the body on"),
        "number": lambda: forms.CharField(label="Certificate number", max_length=60, required=False),
        "scope_text": lambda: text_area("Scope on the certificate"),
        "soa": lambda: RecordChoice(label="Statement of Applicability", required=False),
        "decision_date": lambda: day_field(
            "Date of the decision", help_text="Not the day of issue: the cycle is counted from the decision"
        ),
        "expiry_date": lambda: day_field(
            "Expiry on the certificate", required=False, help_text="Compared with the computed date"
        ),
        "held_on": lambda: day_field("Last day of the surveillance audit"),
        "audit_date": lambda: day_field("Last day of the recertification audit"),
    }

    def __init__(self, *args: Any, names: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in names:
            self.fields[name] = self.FIELDS[name]()
        if "soa" in self.fields:
            choices_from(self, soa=StatementOfApplicability.objects.exclude(snapshot=None))


def _scope_choices(form: forms.Form) -> None:
    choices_from(
        form,
        soa=StatementOfApplicability.objects.approved(),
    )
