"""A version of the scope as a file: the frozen JSON, or a PDF laid out as the portal's other documents."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from aims.core import documents, pdf
from aims.core.canonical import canonical_json
from aims.core.documents import Block, Column, Cover, Facts, Prose, Section, Table
from inventory.models import ScopeStatement
from inventory.services.scope import scope_content


@dataclass(frozen=True)
class ScopeFile:
    name: str
    content: bytes
    media_type: str


def export(
    kind: str, scope: ScopeStatement, *, organization: str, frozen_text: str = "", copy_for: str = ""
) -> ScopeFile:
    """Raises KeyError for a kind there is not. Without a frozen text the row says what was approved."""
    text = frozen_text or canonical_json(scope_content(scope))
    name = f"aims-scope-v{scope.version}"
    if kind == "json":
        return ScopeFile(f"{name}.json", text.encode(), "application/json")
    if kind == "pdf":
        content = _pdf(scope, text, organization=organization, copy_for=copy_for)
        return ScopeFile(f"{name}.pdf", content, "application/pdf")
    raise KeyError(kind)


def _pdf(scope: ScopeStatement, text: str, *, organization: str, copy_for: str) -> bytes:
    title = f"Scope of the AI management system, version {scope.version}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    created = scope.approved_at or scope.created_at
    approved_by = scope.approved_by.name if scope.approved_by else ""
    cover = Cover(
        title=title,
        organization=organization,
        scope=scope.statement,
        as_of=created.date(),
        pack_id=f"Scope v{scope.version}",
        facts=(
            ("Approved", f"{created.date().isoformat()} by {approved_by}" if approved_by else "Not approved"),
            ("Written by", scope.author.name),
            ("SHA-256 of the record", digest),
        ),
        copy_for=copy_for,
        confidentiality="Confidential" if scope.approved_at else "DRAFT, not approved",
    )
    sections = [Section("scope", "1", "Scope", ("4.3",), scope_blocks(scope))]
    html = documents.render_document(cover, sections, ())
    identifier = hashlib.sha256(f"{digest}{copy_for}".encode()).digest()
    return pdf.render_pdf(html, title=title, created=created, identifier=identifier)


def scope_blocks(scope: Any) -> dict[str, Block]:
    """Shared by the document of its own and by the section of an evidence pack."""
    return {
        "statement": Prose(scope.statement, title="Statement"),
        "boundaries": Prose(scope.boundaries or "Not recorded.", title="Boundaries"),
        "sites": sites_table(scope),
        "exclusions": Table(
            title="Left out",
            columns=(Column("What", 45), Column("Why", 55)),
            rows=[(each["what"], each["reason"]) for each in scope.exclusions],
        ),
        "change": Facts(rows=(("What changed against the version before", scope.change_note or None),)),
    }


def sites_table(scope: Any) -> Table:
    return Table(
        title="Sites",
        columns=(Column("Site", 30), Column("Place", 25), Column("What is done there", 45)),
        rows=[(each["name"], each["place"], each["activities"]) for each in (scope.sites if scope else ())],
    )
