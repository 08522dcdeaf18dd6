"""Shape and cleaning of what people type about own fields, and of what systems say in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from inventory.enums import FieldKind
from inventory.forms.fields import DAY
from inventory.imports.own_fields import PREFIX
from inventory.models import CustomField
from inventory.rules import custom_fields as rules

YES_NO = [("", "—"), ("yes", "Yes"), ("no", "No")]


class LinesField(forms.CharField):
    """A list with one entry a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class FieldEditForm(forms.Form):
    label = forms.CharField(max_length=80)
    choices = LinesField(label="Values to choose from", help_text="One a line; for choices only.")
    help_text = forms.CharField(
        label="Hint", max_length=200, required=False, help_text="Shown beside the field, as this line is."
    )
    in_register = forms.BooleanField(label="Show as a column and a filter of the register", required=False)
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class FieldForm(FieldEditForm):
    kind = forms.ChoiceField(choices=FieldKind.choices, help_text="It stays as it is from then on.")
    row_version = None  # type: ignore[assignment]  # Django's way to leave one out
    field_order = ("label", "kind", "choices", "help_text", "in_register")


def asked_for(fields: Iterable[CustomField]) -> dict[str, forms.Field]:
    """A form field for each, as it is asked for on the record of a system."""
    return {PREFIX + field.key: _form_field(field) for field in fields}


def _form_field(field: CustomField) -> forms.Field:
    said: dict[str, Any] = {"label": field.label, "help_text": field.help_text, "required": False}
    choices = [(each, each) for each in field.choices]
    if field.kind == FieldKind.CHOICES:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **said)
    if field.kind in {FieldKind.CHOICE, FieldKind.YES_NO}:
        offered = YES_NO if field.kind == FieldKind.YES_NO else [("", "—"), *choices]
        return forms.ChoiceField(choices=offered, **said)
    if field.kind == FieldKind.DATE:
        return forms.DateField(widget=DAY, **said)
    if field.kind == FieldKind.NUMBER:
        return forms.FloatField(**said)
    # A web address is looked at by the rule, so that pages and API refuse alike.
    return forms.CharField(max_length=rules.LONGEST_TEXT, **said)


def initial_of(custom: Mapping[str, Any]) -> dict[str, Any]:
    shown = {True: "yes", False: "no"}
    return {PREFIX + key: shown[value] if isinstance(value, bool) else value for key, value in custom.items()}


def taken_out(cleaned: dict[str, Any]) -> dict[str, Any]:
    """What was typed in own fields, by key; taken out of what was cleaned."""
    return {key.removeprefix(PREFIX): cleaned.pop(key) for key in list(cleaned) if key.startswith(PREFIX)}


def filters_for(fields: Iterable[CustomField]) -> dict[str, forms.Field]:
    """A filter for each: of several values one is asked for."""
    return {PREFIX + field.key: _filter(field) for field in fields}


def _filter(field: CustomField) -> forms.Field:
    if field.kind in {FieldKind.CHOICE, FieldKind.CHOICES}:
        choices = [("", "Any"), *((each, each) for each in field.choices)]
        return forms.ChoiceField(label=field.label, choices=choices, required=False)
    if field.kind == FieldKind.YES_NO:
        return forms.ChoiceField(label=field.label, choices=[("", "Any"), *YES_NO[1:]], required=False)
    if field.kind == FieldKind.DATE:
        return forms.DateField(label=field.label, widget=DAY, required=False)
    if field.kind == FieldKind.NUMBER:
        return forms.FloatField(label=field.label, required=False)
    return forms.CharField(label=field.label, max_length=100, required=False)
