"""Fields that name records of a register: a list to choose from, or references to type where it is long.

A typed line takes the reference of the record in any case. What follows the reference is left out, so that a
suggestion, which names the record too, can be sent as it stands.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from aims.core.numbers import whole_number
from aims.core.queries.evidence import linkable_evidence, may_know
from aims.core.tenancy.context import current_actor, current_organization

#: A longer list is neither read nor quickly sent.
MOST_LISTED = 200
LONGEST_LINE = 10_000


class TypedLine(forms.TextInput):
    """Suggests while somebody types, where there is a script and a route of suggestions."""

    def __init__(self, *, said: Callable[[Any], str], suggestions: str) -> None:
        super().__init__({"autocomplete": "off", "maxlength": LONGEST_LINE})
        self.said, self.suggestions = said, suggestions

    def format_value(self, value: Any) -> str:
        return self.said(value)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        if not self.suggestions:
            return super().render(name, value, attrs, renderer)
        list_id = f"{(attrs or {}).get('id', name)}_suggestions"
        url = reverse(self.suggestions, args=[current_organization().slug])
        asking = {
            "list": list_id,
            "data-hx-get": f"{url}?field={name}",
            "data-hx-trigger": "input changed delay:150ms",
            "data-hx-target": f"#{list_id}",
        }
        line = super().render(name, value, {**(attrs or {}), **asking}, renderer)
        return format_html('{}<datalist id="{}"></datalist>', line, list_id)


class TypedLines(forms.Textarea):
    def __init__(self, *, said: Callable[[Any], str]) -> None:
        super().__init__({"rows": 3, "maxlength": LONGEST_LINE})
        self.said = said

    def format_value(self, value: Any) -> str:
        return value if isinstance(value, str) else ", ".join(map(self.said, value or ()))


class _OfRegister(forms.ModelChoiceField):  # type: ignore[type-arg]
    """What both fields share. `noun` is the record in sentences, `example` a reference of its register."""

    widget: Any
    queryset: Any
    is_typed = False

    def __init__(
        self,
        *,
        noun: str = "record",
        example: str = "",
        among: Callable[[], Any] | None = None,
        suggestions: str = "",
        **options: Any,
    ) -> None:
        self.noun, self.example, self.among, self.suggestions = noun, example, among, suggestions
        super().__init__(queryset=None, **options)

    def __deepcopy__(self, memo: Any) -> Any:
        """A form copies its fields when it is made, inside the organization."""
        copied = super().__deepcopy__(memo)
        copied.widget = copy.deepcopy(self.widget, memo)
        if self.among is not None:
            copied.offer(self.among())
        return copied

    def offer(self, records: Any) -> None:
        """What can be chosen: listed, or too many for that."""
        self.queryset = records
        found = list(records[: MOST_LISTED + 1])
        self.is_typed = bool(self.example) and len(found) > MOST_LISTED
        if self.is_typed:
            self.widget = self.typed()
            self.widget.is_required = self.required
            self.help_text = f"{self.help_text} {self.hint}".strip()
        elif len(found) <= MOST_LISTED:
            empty = [("", self.empty_label)] if self.empty_label is not None else []
            self.widget.choices = [*empty, *((each.pk, self.label_from_instance(each)) for each in found)]

    @property
    def hint(self) -> str:
        raise NotImplementedError

    def typed(self) -> forms.Widget:
        raise NotImplementedError

    def said(self, value: Any) -> str:
        """A number as the reference of its record; whatever was typed stays."""
        number = whole_number(str(value or ""))
        record = self.queryset.filter(pk=number).first() if number is not None else None
        return str(value or "") if record is None else record.reference

    def numbers(self, references: Iterable[str]) -> dict[str, int]:
        """Of the records that these references name, by the reference in capitals."""
        wanted = [reference.upper() for reference in references]
        return dict(self.queryset.filter(reference__in=wanted).values_list("reference", "pk"))

    def nobody(self, reference: str) -> ValidationError:
        return ValidationError(f"There is no {self.noun} “{reference[:40]}” to choose. {self.hint}")


class RecordChoice(_OfRegister):
    """One record of the organization."""

    @property
    def hint(self) -> str:
        return f"Type its reference, such as {self.example}."

    def typed(self) -> forms.Widget:
        return TypedLine(said=self.said, suggestions=self.suggestions)

    def to_python(self, value: Any) -> Any:
        text = value.strip() if isinstance(value, str) else ""
        if not self.is_typed or not text or whole_number(text) is not None:
            return super().to_python(value)
        reference = text.split()[0]
        number = self.numbers([reference]).get(reference.upper())
        if number is None:
            raise self.nobody(reference)
        return super().to_python(number)


class RecordChoices(_OfRegister, forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Some records of the organization."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple, **options)

    @property
    def hint(self) -> str:
        return f"Type their references, such as {self.example}, separated by commas."

    def typed(self) -> forms.Widget:
        return TypedLines(said=self.said)

    def clean(self, value: Any) -> Any:
        if not self.is_typed or not isinstance(value, str):
            return super().clean(value)
        lines = [part.split()[0] for part in re.split(r"[,;\n]", value) if part.split()]
        named = [each for each in lines if whole_number(each) is None]
        known = self.numbers(named)
        unknown = next((each for each in named if each.upper() not in known), None)
        if unknown is not None:
            raise self.nobody(unknown)
        numbers = [number for each in lines if (number := whole_number(each)) is not None]
        return super().clean([*numbers, *known.values()])


class EvidenceField(RecordChoice):
    """An item of evidence; a form offers what may be linked to its record."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            noun="item of evidence", example="EV-012", suggestions="evidence_suggestions", **options
        )

    def offer_linkable(self, *, also: int | None = None, but: Any = None) -> None:
        """`also` is what the record names as it is; `but` a query of the numbers that are linked already."""
        found = linkable_evidence(current_actor(), also=also)
        self.offer(found if but is None else found.exclude(pk__in=but))

    def label_from_instance(self, item: Any) -> str:
        """Of one that the record names and this person may not know of, no more than the reference."""
        return str(item) if may_know(current_actor(), item) else str(item.reference)
