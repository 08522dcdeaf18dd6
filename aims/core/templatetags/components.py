"""The few things components need that a template cannot say: icons and the kind of a form field."""

from django import forms, template
from django.forms.boundfield import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """A symbol of the sprite. It is decoration: the word beside it, or the button's name, says the meaning."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        css_class,
        static("vendor/icons.svg"),
        name,
    )


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
def first_control_id(field: BoundField) -> str:
    """The id a link in the error summary jumps to; a group of choices has it on its first choice."""
    if isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return f"{field.auto_id}_0"
    return str(field.id_for_label or field.auto_id)


@register.filter
def counted(count: int, noun: str) -> str:
    """1 risk, 3 risks; the plural may be given after a comma: "entry,entries"."""
    singular, _, plural = noun.partition(",")
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


@register.filter
def initials(name: str) -> str:
    words = name.split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else "?"
