"""Charts as SVG. Each shape carries a print colour as presentation attribute and a class: the page's
stylesheet overrides the attribute (dark mode), the PDF falls back to it. No style attributes, no scripts."""

from collections.abc import Iterable, Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from aims.core import charts

register = template.Library()

TEAL = "#0f5d5e"
TEAL_LIGHT = "#7fb5ae"
AMBER = "#e2b96f"
LINE = "#d3dad8"
CONTROL = "#75837f"
DANGER = "#a3320f"
TEXT = "#14201e"
TEXT_2 = "#465552"
FONT = "Inter Variable, Inter, sans-serif"

STACK_FILLS = {"ok": TEAL, "part": TEAL_LIGHT, "gap": AMBER}
NODE_STROKES = {"ok": TEAL, "bad": DANGER, "gap": CONTROL}


def _svg(*, width: int, height: int, css_class: str, label: str, body: SafeString) -> SafeString:
    return format_html(
        '<svg class="viz {}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}"'
        ' font-family="{}" focusable="false">{}</svg>',
        css_class,
        width,
        height,
        width,
        height,
        label,
        FONT,
        body,
    )


def _join(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


@register.simple_tag
def timeline(milestones: Sequence[charts.Milestone], label: str = "Timeline") -> SafeString:
    """Milestones on a line. Its text alternative lists name, date and state of each."""
    if not milestones:
        return SafeString("")
    width, margin = 900, 70
    placed = charts.place_timeline(milestones, width=width, margin=margin)
    line = format_html(
        '<line x1="{}" x2="{}" y1="16" y2="16" stroke="{}" stroke-width="3" class="v-grid"/>'
        '<line x1="{}" x2="{}" y1="16" y2="16" stroke="{}" stroke-width="3" class="v-line"/>',
        margin,
        width - margin,
        LINE,
        margin,
        round(placed.progress_x, 1),
        TEAL,
    )
    points = _join(_milestone(point) for point in placed.placed)
    summary = "; ".join(f"{item.name}, {item.date}, {item.state}" for item in milestones)
    return _svg(
        width=width,
        height=66,
        css_class="viz-fluid viz-wide",
        label=f"{label}: {summary}",
        body=line + points,
    )


def _milestone(point: charts.PlacedMilestone) -> SafeString:
    x, milestone = round(point.x, 1), point.milestone
    return format_html(
        '{}<text x="{}" y="45" font-size="13" font-weight="{}" text-anchor="middle" fill="{}" class="v-text">'
        "{}</text>"
        '<text x="{}" y="62" font-size="12" text-anchor="middle" fill="{}" class="v-muted">{}</text>',
        _milestone_mark(x, milestone.state),
        x,
        600 if milestone.state in {"next", "late"} else 400,
        TEXT,
        milestone.name,
        x,
        TEXT_2,
        milestone.date,
    )


def _milestone_mark(x: float, state: str) -> SafeString:
    if state == "done":
        return format_html(
            '<circle cx="{}" cy="16" r="9" fill="{}" class="v-ok"/>'
            '<path d="M{} 16.5l3 3 5-6" fill="none" stroke="#fff" stroke-width="2" class="v-tick"/>',
            x,
            TEAL,
            x - 4,
        )
    if state in {"next", "late"}:
        late = state == "late"
        return format_html(
            '<circle cx="{}" cy="16" r="10" fill="#fff" stroke="{}" stroke-width="4" class="{}"/>',
            x,
            DANGER if late else TEAL,
            "v-late" if late else "v-next",
        )
    return format_html(
        '<circle cx="{}" cy="16" r="7" fill="#fff" stroke="{}" stroke-width="3" class="v-later"/>', x, LINE
    )


@register.simple_tag
def sparkline(values: Sequence[float], label: str) -> SafeString:
    """A small trend line; fewer than two values draw nothing."""
    if len(values) < 2:
        return SafeString("")
    width, height = 96, 28
    points = charts.sparkline_points(values, width=width, height=height)
    last_x, last_y = points[-1]
    body = format_html(
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-linecap="round"'
        ' stroke-linejoin="round" class="v-line"/><circle cx="{}" cy="{}" r="3" fill="{}" class="v-ok"/>',
        " ".join(f"{x},{y}" for x, y in points),
        TEAL,
        last_x,
        last_y,
        TEAL,
    )
    summary = ", ".join(f"{value:g}" for value in values)
    return _svg(width=width, height=height, css_class="spark", label=f"{label}: {summary}", body=body)


@register.simple_tag
def stack(ok: float, part: float = 0, gap: float = 0) -> SafeString:
    """One stacked bar for a table cell; the numbers beside it are its text alternative.

    The gap part carries stripes, so that it differs from its neighbour by more than colour.
    """
    parts = charts.stack_parts([("ok", ok), ("part", part), ("gap", gap)])
    body = _join(_stack_part(item) for item in parts)
    return format_html(
        '<svg class="viz bar-chart" viewBox="0 0 100 10" preserveAspectRatio="none" width="280" height="14"'
        ' aria-hidden="true" focusable="false">{}</svg>',
        body,
    )


def _stack_part(item: charts.StackPart) -> SafeString:
    bar = format_html(
        '<rect x="{}" y="0" width="{}" height="10" fill="{}" class="v-{}"/>',
        item.x,
        max(round(item.width - 0.6, 2), 0.3),
        STACK_FILLS[item.css_class],
        item.css_class,
    )
    if item.css_class != "gap":
        return bar
    stripes = " ".join(
        f"M{round(item.x + offset, 2)} 0v10" for offset in range(1, max(int(item.width), 1), 2)
    )
    return bar + format_html('<path d="{}" stroke="{}" stroke-width=".5" class="v-stripe"/>', stripes, TEXT_2)


@register.simple_tag
def trace(
    columns: Sequence[charts.TraceColumn], edges: Iterable[tuple[str, str]], label: str = "Traceability graph"
) -> SafeString:
    """Layered graph of records, each node a link. Always offer the table twin beside it."""
    placed = charts.place_trace(columns, edges)
    headings = format_html_join(
        "",
        '<text x="{}" y="14" font-size="12" font-weight="600" fill="{}" class="v-muted">{}</text>',
        ((x, TEXT_2, heading) for heading, x in placed.headings),
    )
    lines = format_html_join(
        "",
        '<path d="{}" fill="none" stroke="{}" stroke-width="2" class="v-edge"/>',
        ((_curve(edge), CONTROL) for edge in placed.edges),
    )
    nodes = _join(_trace_node(node) for node in placed.nodes)
    return format_html(
        '<svg class="viz viz-trace" viewBox="0 0 {} {}" width="{}" height="{}" role="group" aria-label="{}"'
        ' font-family="{}" focusable="false">{}</svg>',
        placed.width,
        placed.height,
        placed.width,
        placed.height,
        label,
        FONT,
        headings + lines + nodes,
    )


def _curve(edge: charts.TraceEdge) -> str:
    middle = (edge.x1 + edge.x2) / 2
    return f"M{edge.x1} {edge.y1}C{middle} {edge.y1} {middle} {edge.y2} {edge.x2} {edge.y2}"


def _trace_node(placed: charts.PlacedNode) -> SafeString:
    node = placed.node
    shape = format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="6" fill="#fff" stroke="{}" stroke-width="1.5"{}'
        ' class="v-node v-node-{}"/>'
        '<text x="{}" y="{}" font-size="11" font-weight="600" fill="{}" class="v-muted">{}</text>'
        '<text x="{}" y="{}" font-size="12" fill="{}" class="v-text">{}</text>',
        placed.x + 1,
        placed.y,
        charts.NODE_WIDTH - 2,
        charts.NODE_HEIGHT,
        NODE_STROKES[node.tone],
        SafeString(' stroke-dasharray="5 4"') if node.tone == "gap" else "",
        node.tone,
        placed.x + 11,
        placed.y + 18,
        TEXT_2,
        "" if node.tone == "gap" else node.key,
        placed.x + 11,
        placed.y + (27 if node.tone == "gap" else 33),
        TEXT,
        _shortened(node.label),
    )
    if not node.url:
        return shape
    return format_html('<a href="{}"><title>{} {}</title>{}</a>', node.url, node.key, node.label, shape)


def _shortened(label: str, limit: int = 23) -> str:
    return label if len(label) <= limit else label[: limit - 1].rstrip() + "…"
