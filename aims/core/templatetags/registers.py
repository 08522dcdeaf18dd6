"""The rows of a register. A page has some four hundred cells: as template nodes they took half its time."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString

from aims.core.columns import Cell, Line, Tag
from aims.core.templatetags.formats import shown_as

register = template.Library()


@register.simple_tag(takes_context=True)
def register_cells(context: Mapping[str, Any], line: Line) -> SafeString:
    """A line; the cell that names the record leads to it by `route` for whoever `may_open` it."""
    slug, url = context["organization"].slug, ""
    if context.get("may_open"):
        url = reverse(context["route"], args=[slug, line.row.id])
    return SafeString("".join(_drawn_cell(cell, line, url, slug) for cell in line.cells))


def _drawn_cell(cell: Cell, line: Line, url: str, slug: str) -> str:
    column = cell.column
    if cell.is_head:
        name = _text(cell.value)
        if url:
            name = f'<a href="{_text(url)}">{name}{_apart(line)}</a>'
        return f'<th role="rowheader" scope="row">{name}{_beside(cell)}</th>'
    if column.kind == "ref":
        return f'<td role="cell" class="ref nowrap">{_text(cell.value)}</td>'
    return f'<td role="cell" data-l="{_text(column.label)}">{" ".join(_said(cell, slug))}{_beside(cell)}</td>'


def _apart(line: Line) -> str:
    """What tells rows of one name apart for whoever hears the page."""
    apart = getattr(line.row, "said_apart", "")
    return f'<span class="vh"> {_text(apart)}</span>' if apart else ""


def _said(cell: Cell, slug: str) -> Iterator[str]:
    """The value, its tag, or both. A value that names another record leads to it; nothing leads nowhere."""
    if cell.tag is None or cell.tag.is_beside:
        value = _text(shown_as(cell.value, cell.column.kind))
        link = cell.column.link if cell.value and cell.target else None
        yield f'<a href="{reverse(link.route, args=[slug, cell.target])}">{value}</a>' if link else value
    if cell.tag:
        yield _drawn_tag(cell.tag)


def _beside(cell: Cell) -> str:
    """What stands small after the value."""
    if cell.note_tag:
        return f" {_drawn_tag(cell.note_tag)}"
    if not cell.note:
        return ""
    return f' <span class="muted">{_text(shown_as(cell.note, cell.note_kind))}</span>'


def _text(value: object) -> str:
    """Escaped, unless it is HTML already."""
    return value if isinstance(value, SafeString) else escape(str(value))


@lru_cache(maxsize=1000)
def _drawn_tag(tag: Tag) -> str:
    """As c-tag draws it: the rows of a register show the same few over and over."""
    return get_template("components/_tag.html").render({"tag": tag}).strip()
