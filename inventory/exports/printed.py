"""The model card as a PDF, laid out as the other documents of the portal."""

from __future__ import annotations

import hashlib

from aims.core import documents, pdf
from aims.core.documents import Cover, Facts, Gap, Section
from inventory.exports.modelcard import ModelCard, model_card
from inventory.exports.record import Register


def model_card_pdf(register: Register, *, copy_for: str = "") -> bytes:
    system = register.systems[0]
    card = model_card(system, register)
    cover = Cover(
        title=card.title,
        organization=register.organization,
        scope=f"{system.reference} {system.name}",
        as_of=register.exported_at.date(),
        pack_id=f"{system.reference}, version {system.row_version} of its record",
        copy_for=copy_for,
    )
    html = documents.render_document(cover, _sections(card), [Gap("Model card", gap) for gap in card.gaps])
    identifier = hashlib.sha256(f"{register.identity}{copy_for}".encode()).digest()
    return pdf.render_pdf(html, title=card.title, created=register.exported_at, identifier=identifier)


def _sections(card: ModelCard) -> list[Section]:
    return [
        Section(f"card-{number}", str(number), part.title, data={"facts": Facts(rows=part.facts)})
        for number, part in enumerate(card.sections, start=1)
    ]
