"""Shape and cleaning of what people type about AI models and data sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from aims.core.filter_form import FilterForm
from aims.core.models import Member
from inventory.enums import ModelKind
from inventory.forms.fields import DAY, LONG, PersonField, WordsField
from inventory.imports.lines import hash_lines, hashes_in, measure_lines, measures_in
from inventory.queries.resources import VIEWS, suppliers_to_name
from inventory.system_fields import SystemField

LINES = forms.Textarea(attrs={"rows": 4})


class HashesField(forms.CharField):
    """One hash a line: `sha256: 9f86…`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=40_000, widget=LINES, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return hash_lines(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return _read(hashes_in, super().clean(value))


class MeasuresField(forms.CharField):
    """One measure a line: `metric | slice | value`; the slice may stay away."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=40_000, widget=LINES, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return measure_lines(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return _read(measures_in, super().clean(value))


def _read(reader: Callable[[str], Any], text: str) -> Any:
    try:
        return reader(text)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from None


class ResourceForm(forms.Form):
    """What models and data sets have in common. Everything but the name may come later."""

    name = forms.CharField(max_length=200)
    version = forms.CharField(max_length=100, required=False)
    supplier: Any = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="Made here, or not known"
    )
    owner = PersonField(label="Answers for it")
    licence = forms.CharField(max_length=200, required=False)
    provenance = forms.CharField(
        required=False,
        widget=LONG,
        max_length=10_000,
        help_text="Where it comes from and through whose hands it went.",
    )
    measures = MeasuresField(
        help_text="One a line: metric | slice | number, for example: recall | women over 60 | 0.91"
    )
    limitations = forms.CharField(required=False, widget=LONG, max_length=10_000)
    hashes = HashesField(help_text="One a line, for example: sha256: and its 64 digits.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Member.objects.active()
        self.fields["supplier"].queryset = suppliers_to_name()


class ModelForm(ResourceForm):
    kind = forms.ChoiceField(choices=ModelKind.choices)
    intended_use = forms.CharField(required=False, widget=LONG, max_length=10_000)
    training_data = forms.CharField(
        label="Training data in summary", required=False, widget=LONG, max_length=10_000
    )
    field_order = [
        "name",
        "version",
        "kind",
        "supplier",
        "owner",
        "licence",
        "intended_use",
        "provenance",
        "training_data",
        "measures",
        "limitations",
        "hashes",
    ]


class DataSetForm(ResourceForm):
    source = forms.CharField(max_length=250, required=False)
    categories = WordsField(label="Categories of data", longest=60)
    special_categories = WordsField(
        label="Special categories of data",
        longest=60,
        help_text="Separated by commas: health, biometric data.",
    )
    collected_from = forms.DateField(required=False, widget=DAY)
    collected_until = forms.DateField(required=False, widget=DAY)
    preparation = forms.CharField(required=False, widget=LONG, max_length=10_000)
    bias_checks = forms.CharField(label="Checks for bias", required=False, widget=LONG, max_length=10_000)
    retention = forms.CharField(max_length=250, required=False)
    field_order = [
        "name",
        "version",
        "source",
        "supplier",
        "owner",
        "licence",
        "provenance",
        "categories",
        "special_categories",
        "collected_from",
        "collected_until",
        "preparation",
        "measures",
        "bias_checks",
        "limitations",
        "retention",
        "hashes",
    ]


class ModelEditForm(ModelForm):
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class DataSetEditForm(DataSetForm):
    row_version = forms.IntegerField(widget=forms.HiddenInput)


class VersionForm(forms.Form):
    version = forms.CharField(label="New version", max_length=100)


class RoleForm(forms.Form):
    chosen = SystemField(empty_label="Choose")
    role = forms.ChoiceField(label="Used for")

    def __init__(self, *args: Any, roles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles


class ResourceFilterForm(FilterForm):
    """Filters of the registers."""

    view = forms.ChoiceField(choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kinds: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kinds:
            choices = [("", "Any kind"), *kinds.choices]
            self.fields["kind"] = forms.ChoiceField(choices=choices, required=False)
