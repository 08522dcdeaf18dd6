"""Shape and cleaning of what people type about AI systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from aims.core.models import Member
from aims.core.ownerships import holders
from aims.core.record_fields import EvidenceField
from inventory.enums import AIType, AutomationDegree, OrganizationRole, Sourcing, SystemStage
from inventory.forms import custom_fields
from inventory.forms.fields import BLANK, DAY, LONG, PeopleField, PersonField, WordsField
from inventory.imports.own_fields import PREFIX
from inventory.models import CustomField
from inventory.queries.systems import NO_ROLE, VIEWS
from inventory.rules.systems import AS_FOUND

IN_SCOPE = [("", "Not decided"), ("yes", "Yes"), ("no", "No")]


class SystemForm(forms.Form):
    """The record of an AI system. Everything but the name may come later."""

    name = forms.CharField(max_length=200)
    version = forms.CharField(max_length=60, required=False)
    external_id = forms.CharField(
        label="Identifier elsewhere",
        max_length=200,
        required=False,
        help_text="Its id in the source it comes from, such as an asset register.",
    )
    purpose = forms.CharField(required=False, widget=LONG, help_text="What the system is for.")
    intended_use = forms.CharField(
        required=False, widget=LONG, help_text="Who may use it, for what, under which conditions."
    )
    excluded_uses = forms.CharField(required=False, widget=LONG, help_text="What it must not be used for.")
    business_process = forms.CharField(max_length=200, required=False)
    owner = PersonField(help_text="Answers for the system.")
    risk_owner = PersonField(help_text="Decides about its risks.")
    oversight = PeopleField(label="Persons who watch over it")
    organization_roles = forms.MultipleChoiceField(
        label="Role of the organization",
        choices=OrganizationRole.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    ai_type = forms.ChoiceField(label="Type of AI", choices=BLANK + AIType.choices, required=False)
    sourcing = forms.ChoiceField(choices=BLANK + Sourcing.choices, required=False)
    supplier = forms.CharField(max_length=200, required=False)
    model_name = forms.CharField(label="Model", max_length=200, required=False)
    model_version = forms.CharField(max_length=100, required=False)
    data_classes = WordsField(
        label="Classes of data", longest=60, help_text="Separated by commas: contact data, invoices."
    )
    special_categories = WordsField(
        label="Special categories of data",
        longest=60,
        help_text="Separated by commas: health, biometric data.",
    )
    affected_people = forms.CharField(label="People affected", required=False, widget=LONG)
    affected_count = forms.IntegerField(
        label="Number of people affected", required=False, min_value=0, max_value=2_147_483_647
    )
    automation_degree = forms.ChoiceField(
        label="Degree of automation", choices=BLANK + AutomationDegree.choices, required=False
    )
    places = WordsField(
        label="Places of use", longest=60, help_text="Countries or sites, separated by commas."
    )
    languages = WordsField(longest=30)
    in_scope = forms.ChoiceField(label="In the scope of the AIMS", choices=IN_SCOPE, required=False)
    scope_reason = forms.CharField(
        label="Reason for the scope decision", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    next_review_date = forms.DateField(label="Next review", required=False, widget=DAY)

    def __init__(
        self, *args: Any, may_set_owner: bool, own_fields: Sequence[CustomField], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(custom_fields.asked_for(own_fields))
        for name, register in (("owner", "systems"), ("risk_owner", "system-risks")):
            self.fields[name].queryset = holders(register, also=self.initial.get(name) or None)
        self.fields["oversight"].queryset = Member.objects.active()
        if not may_set_owner:
            del self.fields["owner"]

    def clean_in_scope(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["in_scope"])

    def own_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(PREFIX)]


class RegisterForm(SystemForm):
    stage = forms.ChoiceField(
        choices=SystemStage.choices,
        initial=SystemStage.PROPOSED,
        help_text="For a system that is in use already, its stage as found. From then on gates move it.",
    )
    stage_since = forms.DateField(label="In this stage since", required=False, widget=DAY)
    live_since = forms.DateField(label="In use since", required=False, widget=DAY)

    def __init__(self, *args: Any, may_enter_as_found: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if may_enter_as_found:
            return
        del self.fields["stage_since"], self.fields["live_since"]
        stage = self.fields["stage"]
        stage.choices = [(SystemStage.PROPOSED.value, SystemStage.PROPOSED.label)]
        stage.help_text = stage.error_messages["invalid_choice"] = AS_FOUND


class EditForm(SystemForm):
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class SystemFilterForm(FilterForm):
    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)
    stage = forms.ChoiceField(choices=[("", "Any stage"), *SystemStage.choices], required=False)
    owner = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    ai_type = forms.ChoiceField(
        label="Type of AI", choices=[("", "Any type"), *AIType.choices], required=False
    )
    sourcing = forms.ChoiceField(choices=[("", "Any sourcing"), *Sourcing.choices], required=False)
    in_scope = forms.ChoiceField(
        label="Scope",
        choices=[("", "Any"), ("yes", "In scope"), ("no", "Outside"), ("open", "Not decided")],
        required=False,
    )

    role = forms.ChoiceField(
        label="Our role",
        choices=[("", "Any role"), *OrganizationRole.choices, (NO_ROLE, "Not recorded")],
        required=False,
    )

    def __init__(
        self, *args: Any, owners: list[tuple[int, str]], own_fields: Sequence[CustomField], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "Anybody"), *owners]
        self.fields.update(custom_fields.filters_for(own_fields))

    def understood(self) -> dict[str, Any]:
        asked = super().understood()
        said = custom_fields.taken_out(asked)
        return {**asked, "custom": [(key, value) for key, value in said.items() if value not in ("", None)]}


class EvidenceForm(forms.Form):
    evidence = EvidenceField(label="Evidence item", empty_label="Choose an item")

    def __init__(self, *args: Any, offered: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].offer(offered)
