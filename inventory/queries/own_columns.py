"""The organization's own fields as columns of a table of AI systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.enums import FieldKind
from inventory.imports.field import Choice, Field, Kind
from inventory.imports.own_fields import PREFIX, OwnFields
from inventory.models import CustomField
from inventory.rules import custom_fields as rules

#: What a cell holds, and an example of it.
KINDS: Mapping[str, tuple[Kind, str]] = {
    FieldKind.TEXT: (Kind.TEXT, "In a few words"),
    FieldKind.NUMBER: (Kind.DECIMAL, "12.5"),
    FieldKind.DATE: (Kind.DAY, "2027-01-31"),
    FieldKind.YES_NO: (Kind.YES_NO, "yes"),
    FieldKind.CHOICE: (Kind.CHOICE, ""),
    FieldKind.CHOICES: (Kind.CHOICES, ""),
    FieldKind.LINK: (Kind.LINE, "https://example.org/page"),
}


@dataclass(frozen=True)
class OwnColumns:
    """Those in use by the key of their column, and all of them as a table has them."""

    asked: Mapping[str, CustomField]
    fields: OwnFields


NONE = OwnColumns({}, OwnFields())


def own_columns() -> OwnColumns:
    """One query."""
    everything = list(CustomField.objects.all())
    asked = [field for field in everything if field.retired_at is None]
    retired = [field for field in everything if field.retired_at is not None]
    headings = rules.headings(asked)
    return OwnColumns(
        {PREFIX + field.key: field for field in asked},
        OwnFields(
            in_use=tuple(_column(field, headings[field.key]) for field in asked),
            retired=tuple(_column(field, field.label) for field in retired),
        ),
    )


def _column(field: CustomField, heading: str) -> Field:
    kind, example = KINDS[field.kind]
    return Field(
        PREFIX + field.key,
        heading,
        kind,
        field.help_text,
        example or field.choices[0],
        (field.key, f"{field.label} ({field.key})"),
        tuple(map(Choice, field.choices)),
        max_length=rules.LONGEST_TEXT,
    )
