"""Every template compiles, carries no inline script or style, and links to pages that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver

ROOT: Path = settings.BASE_DIR / "templates"
TEMPLATES = sorted(ROOT.rglob("*.html")) + sorted(ROOT.rglob("*.txt"))
#: Printed, never sent to a browser: the style is part of the document.
PRINTED = ("documents",)
#: The QR code of the second factor, drawn by the server from its own numbers.
TRUSTED = {("mfa/totp/activate_form.html", "unescaped text")}
INLINE = {
    "style attribute": r"<[^>{]*\sstyle\s*=",
    "style element": r"<style\b",
    "event attribute": r"<[^>{]*\son[a-z]+\s*=",
    "inline script": r"<script\b(?![^>]*\bsrc\s*=)",
    "script address": r"(?:href|src|action)\s*=\s*[\"']\s*javascript:",
    "unescaped text": r"\|\s*safe\b|\{%\s*autoescape\s+off",
}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_compiles(path: Path) -> None:
    assert get_template(relative(path))


def test_no_template_has_inline_style_or_script() -> None:
    faults = []
    for path in TEMPLATES:
        if path.suffix != ".html" or path.relative_to(ROOT).parts[0] in PRINTED:
            continue
        text = re.sub(
            r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.S
        )
        faults += [(relative(path), what) for what, sign in INLINE.items() if re.search(sign, text)]

    assert sorted(set(faults) - TRUSTED) == []


def names_of(resolver: Any, namespace: str = "") -> Iterator[str]:
    yield from (namespace + name for name in resolver.reverse_dict if isinstance(name, str))
    for name, (_, inner) in resolver.namespace_dict.items():
        yield from names_of(inner, f"{namespace}{name}:")


def test_every_link_of_a_template_names_a_page_that_exists() -> None:
    known = set(names_of(get_resolver()))
    faults = []
    for path in TEMPLATES:
        for name in re.findall(r"{%\s*url\s+[\"']([^\"']+)[\"']", path.read_text(encoding="utf-8")):
            if name not in known:
                faults.append(f"{relative(path)}: {name}")

    assert faults == []
