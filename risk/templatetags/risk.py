"""Levels as the components count them."""

from __future__ import annotations

from django import template

from risk.queries import level_number as number_of

register = template.Library()


@register.filter
def level_number(level: str) -> int | None:
    """ "high" → 3, as c-risk-tag takes it; an empty level is not scored."""
    return number_of(level)
