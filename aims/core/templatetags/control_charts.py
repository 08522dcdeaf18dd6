"""The control chart as SVG; always offer the table beside it (templates/core/_control_chart.html does)."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from aims.core.control_charts import HEIGHT, LEFT, RIGHT, WIDTH, ControlChart, Limit, Placed
from aims.core.templatetags.charts import AMBER, CONTROL, DANGER, FONT, LINE, TEAL, TEXT_2

register = template.Library()

LIMIT_STROKES = {"warn": AMBER, "bad": DANGER}


@register.simple_tag
def control_chart(chart: ControlChart) -> SafeString:
    placed = chart.placed
    return format_html(
        '<svg class="viz viz-fluid viz-wide" viewBox="0 0 {} {}" width="{}" height="{}" role="img"'
        ' aria-label="{}" font-family="{}" focusable="false">{}{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        WIDTH,
        HEIGHT,
        chart.summary,
        FONT,
        _axes(placed),
        _limits(placed),
        _line(placed),
        _marks(placed),
    )


@register.filter
def is_thinned(chart: ControlChart) -> bool:
    return chart.placed.is_thinned


def _axes(placed: Placed) -> SafeString:
    return format_html_join(
        "",
        '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="1" class="v-grid"/>'
        '<text x="{}" y="{}" font-size="12" text-anchor="end" fill="{}" class="v-muted">{}</text>',
        (
            (LEFT, WIDTH - RIGHT, tick.at, tick.at, LINE, LEFT - 8, tick.at + 4, TEXT_2, tick.label)
            for tick in placed.up
        ),
    ) + format_html_join(
        "",
        '<text x="{}" y="{}" font-size="12" text-anchor="{}" fill="{}" class="v-muted">{}</text>',
        (
            (tick.at, HEIGHT - 8, _anchor(place, len(placed.across)), TEXT_2, tick.label)
            for place, tick in enumerate(placed.across)
        ),
    )


def _anchor(place: int, count: int) -> str:
    if count > 1 and place in (0, count - 1):
        return "start" if place == 0 else "end"
    return "middle"


def _limits(placed: Placed) -> SafeString:
    control = format_html_join(
        "",
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="1.5" stroke-dasharray="6 4"'
        ' class="v-edge"/>',
        ((_points(line), CONTROL) for line in (placed.lower, placed.upper)),
    )
    center = format_html(
        '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="1.5" class="v-edge"/>',
        LEFT,
        WIDTH - RIGHT,
        placed.center,
        placed.center,
        CONTROL,
    )
    return control + center + format_html_join("", "{}", ((_set(each),) for each in placed.limits))


def _set(placed: tuple[Limit, float]) -> SafeString:
    limit, y = placed
    return format_html(
        '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="2"{} class="v-limit-{}">'
        "<title>{}</title></line>",
        LEFT,
        WIDTH - RIGHT,
        y,
        y,
        LIMIT_STROKES[limit.tone],
        SafeString(' stroke-dasharray="2 3"') if limit.tone == "warn" else "",
        limit.tone,
        f"{limit.label} {limit.value:g}",
    )


def _line(placed: Placed) -> SafeString:
    line = format_html(
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="1.5" stroke-linejoin="round"'
        ' class="v-line"/>',
        _points(placed.line),
        TEAL,
    )
    return line + format_html_join(
        "",
        '<circle cx="{}" cy="{}" r="2.5" fill="{}" class="v-ok"/>',
        ((x, y, TEAL) for x, y in placed.points),
    )


def _marks(placed: Placed) -> SafeString:
    return format_html_join(
        "",
        '<circle cx="{}" cy="{}" r="5" fill="#fff" stroke="{}" stroke-width="2.5" class="v-late">'
        "<title>{}</title></circle>",
        ((mark.x, mark.y, DANGER, mark.label) for mark in placed.marks),
    )


def _points(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
