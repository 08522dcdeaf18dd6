from __future__ import annotations

from typing import Any

from django import forms

from aims.core.actor import Actor
from aims.core.filter_form import FilterForm
from aims.core.models import Member
from aims.core.ownerships import holders
from aims.core.record_fields import EvidenceField
from controls import queries, rules
from controls.competence_queries import VIEWS as COMPETENCE_VIEWS
from controls.enums import CompetenceState, CompetenceTopic, ControlOrigin, ReasonKind
from controls.models import Control
from controls.soa import BulkDecision, Decision
from risk.enums import TreatmentOption

DATE = {"type": "date"}
YES_NO = (("yes", "Yes"), ("no", "No"))
#: In the order of the keys 1 to 4 of the grid.
STATUSES = (
    ("not_started", "Not started"),
    ("planned", "Planned"),
    ("in_progress", "In progress"),
    ("implemented", "Implemented"),
)
#: What the link of each kind of reason names; a risk treatment's links are computed.
LINK_LABELS = {
    ReasonKind.LEGAL.value: "Law and article",
    ReasonKind.CONTRACT.value: "Contract",
    ReasonKind.INTERESTED_PARTY.value: "Interested party",
    ReasonKind.BUSINESS_DECISION.value: "Record of the decision",
}
#: Short words for the chips of the grid.
SHORT_REASONS = (
    (ReasonKind.RISK_TREATMENT.value, "Risk"),
    (ReasonKind.LEGAL.value, "Legal"),
    (ReasonKind.CONTRACT.value, "Contract"),
    (ReasonKind.INTERESTED_PARTY.value, "Party"),
    (ReasonKind.BUSINESS_DECISION.value, "Business"),
)
LONGEST_LINK = 300
LONGEST_TEXT = 4000


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(required=False, widget=forms.DateInput(attrs=DATE), **options)


def _text(rows: int = 4, **options: Any) -> forms.CharField:
    return forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": rows}), **options)


def _choice(form: forms.Form, name: str) -> Any:
    """A field whose choices are asked for when the form is made: they belong to the organization."""
    return form.fields[name]


class OwnControlForm(forms.Form):
    reference = forms.CharField(
        max_length=20, label="Id", help_text="Your own prefix, such as OC-1. “A.” stands for Annex A."
    )
    title = forms.CharField(max_length=200)
    description = _text(help_text="What the control asks for and where it comes from.")
    owner = forms.ModelChoiceField(Member.unfiltered.none(), required=False)
    applies_to = forms.CharField(
        max_length=200, required=False, help_text="Systems, or the whole organization."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choice(self, "owner").queryset = holders("controls")


class ControlForm(forms.Form):
    """What an organization says of a control. The title and text of Annex A controls are not asked for."""

    row_version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(max_length=200)
    description = _text()
    how_implemented = _text(rows=6, label="How we do it", help_text="In your own words; name the documents.")
    owner = forms.ModelChoiceField(Member.unfiltered.none(), required=False)
    applies_to = forms.CharField(
        max_length=200, required=False, help_text="Systems, or the whole organization."
    )
    target_date = _day(help_text="When it is to be implemented.")
    next_review_date = _day(label="Next review")
    licensed_text = _text(
        rows=6,
        label="Licensed text",
        help_text="Private to this organization. Paste text only from a copy you have licensed.",
    )

    def __init__(self, *args: Any, control: Control, may_assign: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choice(self, "owner").queryset = holders("controls", also=control.owner)
        if control.origin == ControlOrigin.ANNEX_A:
            del self.fields["title"], self.fields["description"]
        if not may_assign:
            del self.fields["owner"]


class VerifyForm(forms.Form):
    test_record = forms.CharField(
        label="What was tested and what was seen", widget=forms.Textarea(attrs={"rows": 5})
    )


class DegradeForm(forms.Form):
    cause = forms.ChoiceField(
        choices=(
            ("finding_raised", "A finding was raised"),
            ("test_failed", "A test failed"),
            ("evidence_expired", "The evidence expired"),
        ),
        widget=forms.RadioSelect,
    )
    reason = _text(label="Which test or finding, and what it showed")


class EvidenceLinkForm(forms.Form):
    evidence = EvidenceField(empty_label="Choose evidence")

    def __init__(self, *args: Any, control: Control, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].offer(queries.evidence_to_link(control, actor))


class RegisterFilter(forms.Form):
    text = forms.CharField(required=False, label="Text", max_length=100)
    state = forms.ChoiceField(required=False, label="Status")
    owner = forms.ModelChoiceField(Member.unfiltered.none(), required=False, empty_label="Anybody")
    evidence = forms.ChoiceField(required=False, choices=[("", "Any"), ("missing", "Nothing current")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = Control._meta.get_field("state").choices or ()
        _choice(self, "state").choices = [("", "Any"), *states]
        _choice(self, "owner").queryset = Member.objects.active()


class TreatmentForm(forms.Form):
    option = forms.ChoiceField(choices=TreatmentOption.choices, widget=forms.RadioSelect)
    controls = forms.TypedMultipleChoiceField(required=False, coerce=int, widget=forms.CheckboxSelectMultiple)
    plan = _text(
        label="What is done", help_text="Avoiding, sharing and retaining need words: what, with whom, why."
    )
    due_date = _day(label="Due")

    def __init__(self, *args: Any, choices: list[queries.Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choice(self, "controls").choices = [(c.control.pk, str(c.control)) for c in choices]


class ReturnForm(forms.Form):
    comment = forms.CharField(
        label="What is to be changed", widget=forms.Textarea(attrs={"rows": 4}), required=False
    )


class ScopeForm(forms.Form):
    scope = _text(help_text="Left empty, the approved scope statement is taken.")


class RowForm(forms.Form):
    """One row of the grid, prefixed with the row so that all rows fit into one form."""

    version = forms.IntegerField()
    included = forms.ChoiceField(choices=YES_NO, required=False)
    reasons = forms.MultipleChoiceField(choices=ReasonKind.choices, required=False)
    justification = forms.CharField(required=False, max_length=LONGEST_TEXT)
    exclusion_link = forms.CharField(required=False, max_length=LONGEST_LINK)
    status = forms.ChoiceField(choices=STATUSES, required=False)
    status_was = forms.CharField(required=False)
    target_date = forms.DateField(required=False)

    def __init__(self, data: Any, *, entry_id: int) -> None:
        # A control that is verified or degraded shows that as its status; posting it back changes nothing.
        super().__init__(data, prefix=f"r{entry_id}")
        _choice(self, "status").choices = [*STATUSES, ("verified", ""), ("degraded", "")]
        for kind in LINK_LABELS:
            self.fields[f"link_{kind}"] = forms.CharField(required=False, max_length=LONGEST_LINK)

    def shown_links(self) -> set[str]:
        """The link fields that the row had on the screen when it was posted."""
        names = [*(f"link_{kind}" for kind in LINK_LABELS), "exclusion_link"]
        return {name for name in names if self.add_prefix(name) in self.data}

    def decision(self) -> Decision:
        said = self.cleaned_data
        status = said["status"] if said["status"] != said["status_was"] else ""
        included = {"yes": True, "no": False, "": None}[said["included"]]
        return Decision(
            included=included,
            reasons=[self._reason(kind) for kind in said["reasons"]],
            justification=said["justification"],
            exclusion_link=said["exclusion_link"],
            status=status if included is not False else "",
            target_date=said["target_date"] if included is not False else None,
        )

    def _reason(self, kind: str) -> rules.Reason:
        return rules.Reason(kind, link=self.cleaned_data.get(f"link_{kind}", ""))


class BulkForm(forms.Form):
    """What the bulk bar says of the selected rows."""

    selected = forms.TypedMultipleChoiceField(coerce=int, required=False)
    bulk_status = forms.ChoiceField(choices=STATUSES, required=False)
    bulk_reason = forms.ChoiceField(choices=ReasonKind.choices, required=False)
    bulk_link = forms.CharField(required=False, max_length=LONGEST_LINK)
    bulk_target_date = forms.DateField(required=False)
    bulk_owner = forms.ModelChoiceField(Member.unfiltered.none(), required=False)

    def __init__(self, data: Any, *, entry_ids: list[int]) -> None:
        super().__init__(data)
        _choice(self, "selected").choices = [(pk, pk) for pk in entry_ids]
        _choice(self, "bulk_owner").queryset = holders("controls")

    def decision(self) -> BulkDecision:
        said = self.cleaned_data
        kind = said["bulk_reason"]
        return BulkDecision(
            reason=rules.Reason(kind, link=said["bulk_link"]) if kind else None,
            status=said["bulk_status"],
            target_date=said["bulk_target_date"],
            owner=said["bulk_owner"],
        )


class CompetenceFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(COMPETENCE_VIEWS.items()), required=False, widget=forms.HiddenInput)
    topic = forms.ChoiceField(choices=[("", "Any topic"), *CompetenceTopic.choices], required=False)
    state = forms.ChoiceField(choices=[("", "Any state"), *CompetenceState.choices], required=False)


class RequireCompetenceForm(forms.Form):
    person: Any = forms.ModelChoiceField(queryset=None, empty_label="Choose")
    topic = forms.ChoiceField(choices=[("", "Choose"), *CompetenceTopic.choices])
    why = forms.CharField(
        label="What for", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = Member.objects.active()


class CompetenceStepForm(forms.Form):
    """One step; each asks only for what it needs."""

    proof = forms.CharField(
        label="Proof: training, experience, certificate",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    evidence = EvidenceField(label="Evidence item", required=False, empty_label="None")
    check_result = forms.CharField(
        label="How it was checked, and what was seen",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    valid_until = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Left empty: a year from today.",
    )
    reason = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    ASKS = {
        "assign": {"reason"},
        "waive": {"proof", "evidence", "reason"},
        "complete": {"proof", "evidence"},
        "confirm_effective": {"check_result", "valid_until"},
        "fail_check": {"check_result"},
    }

    def __init__(self, *args: Any, action: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - self.ASKS[action]:
            del self.fields[name]
        if "evidence" in self.fields:
            self.fields["evidence"].offer_linkable()
