"""The formats that a model or a data set is handed out in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inventory.exports.croissant import croissant, lacking
from inventory.exports.files import ExportedFile, Kind, as_json, stem
from inventory.exports.model_card_json import model_card_json
from inventory.exports.resource import ExportedResource


@dataclass(frozen=True)
class ResourceKind:
    """`lacking` says what the format requires and a record does not say."""

    kind: Kind
    make: Callable[[ExportedResource], Any]
    lacking: Callable[[ExportedResource], list[str]]


CROISSANT = ResourceKind(
    Kind(
        "croissant",
        "Croissant 1.0",
        "A description of a data set for tools and catalogues, with the responsible-AI extension.",
        "croissant.json",
        "application/ld+json",
        of_one=True,
    ),
    croissant,
    lacking,
)
MODEL_CARD = ResourceKind(
    Kind(
        "model-card-json",
        "Model card, JSON",
        "The card of the Model Card Toolkit (schema 0.0.2), for tools that render or compare it.",
        "model-card.json",
        "application/json",
        of_one=True,
    ),
    model_card_json,
    lambda record: [],
)


def export_resource(of: ResourceKind, record: ExportedResource) -> ExportedFile:
    name = f"{stem(record.reference)}.{of.kind.suffix}"
    return ExportedFile(name, of.kind.media_type, as_json(of.make(record)))
