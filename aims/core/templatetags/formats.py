"""How dates, sizes, shares and levels are written everywhere, on pages and in documents."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from aims.core import charts
from aims.core.sessions import device_of

register = template.Library()

LONGEST_IN_A_CELL = 200
UNITS = ("bytes", "KB", "MB", "GB", "TB")


def day_text(value: date | datetime | None) -> str:
    """12 Jan 2027; a moment is shown in the current time zone."""
    if value is None:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value.day} {value:%b %Y}"


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """A date as <time>, or an en dash when there is none."""
    if not value:
        return "–"
    stamp = value.date() if isinstance(value, datetime) else value
    return format_html('<time datetime="{}">{}</time>', stamp.isoformat(), day_text(value))


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """12 Jan 2027, 10:42 as <time>."""
    if not value:
        return "–"
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    text = f"{day_text(local)}, {local:%H:%M}"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.filter
def plain_day(value: date | datetime | None) -> str:
    """A date as plain text, for attributes and documents."""
    return day_text(value) or "–"


@register.filter
def reference(value: object) -> SafeString:
    """A.6.2.4, R-003: monospace and isolated from the direction of the text around it."""
    return format_html('<bdi class="ref">{}</bdi>', value)


@register.filter
def size(value: int | None) -> str:
    """1,258,291 → 1.2 MB. Sizes count in thousands, as file managers do."""
    if value is None:
        return "–"
    amount, unit = float(value), 0
    while amount >= 1000 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{value} bytes" if unit == 0 else f"{amount:.1f} {UNITS[unit]}"


@register.simple_tag
def percent(part: int, whole: int) -> str:
    """A share as a whole number; 100% only when everything counts, and a dash when there is nothing."""
    if not whole:
        return "–"
    share = 100 * part / whole
    return f"{99 if 99 < share < 100 else round(share)}%"


@register.filter
def level_word(level: int | str | None) -> str:
    return charts.level_word(level)


@register.filter
def level_class(level: int | str | None) -> str:
    """r1 to r4 for the four levels, r0 for what is not scored."""
    return f"r{charts.level_rank(level)}"


@register.filter
def device(user_agent: str) -> str:
    return device_of(user_agent)


@register.filter
def number(value: int | float | Decimal | None) -> str:
    """1,234,567; a dash when there is no value."""
    return "–" if value is None else f"{value:,}"


@register.filter
def shown_as(value: Any, kind: str) -> str:
    """One value by its kind, as cells and facts show it; a dash where there is nothing."""
    show = SHOWN.get(kind)
    return show(value) if show else value or "–"


def _in_short(value: str | None) -> str:
    return Truncator(value or "").chars(LONGEST_IN_A_CELL) or "–"


def _measured(value: float | None) -> str:
    """0.30000000000000004 → 0.3000; the file holds all of it."""
    return "–" if value is None else floatformat(value, -4)


def _in_a_row(values: Iterable[object]) -> str:
    return ", ".join(str(each) for each in values or ()) or "–"


SHOWN: dict[str, Callable[[Any], str]] = {
    "text": _in_short,
    "list": _in_a_row,
    "day": day,
    "moment": moment,
    "number": number,
    "measure": _measured,
    "size": size,
}


@register.filter
def short_hash(value: str) -> str:
    return f"{value[:12]}…" if len(value) > 12 else value
