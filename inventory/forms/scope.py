"""Shape and cleaning of a version of the scope: its text, and rows of sites and exclusions."""

from __future__ import annotations

from typing import Any

from django import forms

from inventory.rules.context import EXCLUSION_FIELDS, LONGEST, MOST_ROWS, SITE_FIELDS

#: field of the version -> (columns of a row, their labels)
ROWS = {
    "sites": (SITE_FIELDS, ("Site", "Place", "What is done there")),
    "exclusions": (EXCLUSION_FIELDS, ("Left out", "Why")),
}
SPARE = 3


class ScopeForm(forms.Form):
    """Empty rows fall away; saving and writing again gives three more."""

    statement = forms.CharField(
        label="Scope statement",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="What the AI management system covers: products, services, processes, AI systems. The"
        " certificate will carry these words.",
        max_length=20_000,
    )
    boundaries = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Units and processes, and where suppliers or partners take over.",
        max_length=20_000,
    )
    change_note = forms.CharField(
        label="What changed, and why",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Against the version before: for whoever approves, and for the auditor.",
        max_length=LONGEST,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (columns, labels) in ROWS.items():
            for number in range(self._row_count(name, columns[0])):
                for column, label in zip(columns, labels, strict=True):
                    self.fields[f"{name}_{number}_{column}"] = forms.CharField(
                        label=label,
                        required=False,
                        max_length=LONGEST,
                        initial=self._first(name, number, column),
                    )

    def _row_count(self, name: str, column: str) -> int:
        if self.is_bound:
            return sum(f"{name}_{number}_{column}" in self.data for number in range(MOST_ROWS))
        return min(len(self.initial.get(name) or ()) + SPARE, MOST_ROWS)

    def _first(self, name: str, number: int, column: str) -> str:
        rows = self.initial.get(name) or ()
        return str(rows[number].get(column, "")) if number < len(rows) else ""

    def rows_of(self, name: str) -> list[list[Any]]:
        """The bound fields of each row, for the page."""
        columns = ROWS[name][0]
        numbers = range(sum(field.startswith(f"{name}_") for field in self.fields) // len(columns))
        return [[self[f"{name}_{number}_{column}"] for column in columns] for number in numbers]

    @property
    def site_rows(self) -> list[list[Any]]:
        return self.rows_of("sites")

    @property
    def exclusion_rows(self) -> list[list[Any]]:
        return self.rows_of("exclusions")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name, (columns, _) in ROWS.items():
            count = len(self.rows_of(name))
            values[name] = [
                {column: values.pop(f"{name}_{number}_{column}", "") for column in columns}
                for number in range(count)
            ]
        return values
