"""What components need and a template cannot say: icons, sortable columns, the kind of a form field."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms, template
from django.core.serializers.json import DjangoJSONEncoder
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.template import Engine
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from aims.core.columns import Column
from aims.core.numbers import counted
from aims.core.queries.evidence import may_know
from aims.core.tenancy.context import current_actor, current_organization

register = template.Library()


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """A symbol of the sprite. It is decoration: the word beside it, or the button's name, says it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        css_class,
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag
def evidence_named(evidence: Any) -> SafeString:
    """The way to an item that a record names; of one that the reader may not know of, only its reference."""
    reference = format_html('<span class="ref">{}</span>', evidence.reference)
    if not may_know(current_actor(), evidence):
        return format_html('{} <span class="muted">confidential</span>', reference)
    url = reverse("evidence", args=[current_organization().slug, evidence.pk])
    return format_html('<a href="{}">{} {}</a>', url, reference, evidence.title)


@register.filter
def field_kind(field: BoundField) -> str:
    """How c-field lays a field out: "checkbox", "choices", "group", "file", "hidden" or "control"."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.FileInput):
        return "file"
    return "group" if widget.use_fieldset else "control"


@register.filter
def as_json(value: Any) -> str:
    """For a data attribute, which escapes it like any text."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.filter
def first_control_id(field: BoundField) -> str:
    """The id a link in the error summary jumps to; a group of choices has it on its first choice."""
    if isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return f"{field.auto_id}_0"
    return str(field.id_for_label or field.auto_id)


@register.simple_tag(takes_context=True)
def registered_panel(context: template.Context, name: str, values: Mapping[str, Any]) -> SafeString:
    """A panel that another app registered: its template, with its own values over those of the page."""
    panel = Engine.get_default().get_template(name)
    with context.push(**values):
        return panel.render(context)


register.filter("counted", counted)


@register.filter
def initials(name: str) -> str:
    words = name.split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else "?"


@register.simple_tag(takes_context=True)
def table_columns(context: dict[str, Any], *columns: str) -> list[dict[str, str]]:
    """Columns for c-table: "title=Risk" sorts by ?sort=title (again: -title), "Links" does not sort."""
    parts = (column.rpartition("=") for column in columns)
    return [_column(context["request"].GET, key, label) for key, _, label in parts]


@register.simple_tag(takes_context=True)
def chosen_columns(context: dict[str, Any], columns: list[Column]) -> list[dict[str, str]]:
    """The same for columns that are chosen in the address."""
    return [_column(context["request"].GET, column.sort, column.label) for column in columns]


def _column(query: QueryDict, key: str, label: str) -> dict[str, str]:
    if not key:
        return {"key": "", "label": label, "sort_url": "", "sorted": ""}
    asked = query.get("sort", "")
    address = query.copy()
    address["sort"] = f"-{key}" if asked == key else key
    address.pop("page", None)
    order = {key: "ascending", f"-{key}": "descending"}.get(asked, "")
    return {"key": key, "label": label, "sort_url": f"?{address.urlencode()}", "sorted": order}
