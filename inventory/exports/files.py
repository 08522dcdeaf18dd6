"""The formats the inventory is handed out in: what each is called, and its file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inventory.exports.annex_viii import annex_viii
from inventory.exports.cyclonedx import cyclonedx
from inventory.exports.modelcard import html_page, markdown
from inventory.exports.printed import model_card_pdf
from inventory.exports.record import Register
from inventory.exports.spdx import spdx


@dataclass(frozen=True)
class Kind:
    """`of_one` where a file is made of one system only."""

    key: str
    label: str
    what_for: str
    suffix: str
    media_type: str
    of_one: bool = False


@dataclass(frozen=True)
class ExportedFile:
    name: str
    media_type: str
    content: bytes


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "cyclonedx",
            "CycloneDX 1.7",
            "A bill of materials of AI (ML-BOM) for tools and customers; it carries every value.",
            "cdx.json",
            "application/vnd.cyclonedx+json; version=1.7",
        ),
        Kind(
            "spdx",
            "SPDX 3.0",
            "A bill of materials with the AI and Dataset profiles, as JSON-LD.",
            "spdx.json",
            "application/spdx+json",
        ),
        Kind(
            "model-card-html",
            "Model card, HTML",
            "To read and to publish: purpose, uses, people, data, oversight, and what is missing.",
            "model-card.html",
            "text/html; charset=utf-8",
        ),
        Kind(
            "model-card-markdown",
            "Model card, Markdown",
            "The same, to lie beside the code.",
            "model-card.md",
            "text/markdown; charset=utf-8",
        ),
        Kind(
            "model-card-pdf",
            "Model card, PDF",
            "The same, to print and to file.",
            "model-card.pdf",
            "application/pdf",
            of_one=True,
        ),
        Kind(
            "annex-viii",
            "EU AI Act, Annex VIII A",
            "The data a provider registers for a high-risk system, with the list of what is missing.",
            "annex-viii-a.json",
            "application/json",
        ),
    )
}


def export(kind: Kind, register: Register, *, copy_for: str = "") -> ExportedFile:
    """Raises PdfUnavailable where PDF cannot be written."""
    make: dict[str, Callable[[], bytes]] = {
        "cyclonedx": lambda: as_json(cyclonedx(register)),
        "spdx": lambda: as_json(spdx(register)),
        "model-card-html": lambda: html_page(register).encode(),
        "model-card-markdown": lambda: markdown(register).encode(),
        "model-card-pdf": lambda: model_card_pdf(register, copy_for=copy_for),
        "annex-viii": lambda: as_json(annex_viii(register)),
    }
    return ExportedFile(f"{_stem(register)}.{kind.suffix}", kind.media_type, make[kind.key]())


def _stem(register: Register) -> str:
    if not register.is_one:
        return "ai-systems"
    return stem(register.systems[0].reference)


def stem(reference: str) -> str:
    return re.sub(r"[^a-z0-9-]", "", reference.lower()) or "ai-system"


def as_json(document: object) -> bytes:
    return f"{json.dumps(document, ensure_ascii=False, indent=2)}\n".encode()
