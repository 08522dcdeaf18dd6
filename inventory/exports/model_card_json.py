"""A version of an AI model as the JSON of the Model Card Toolkit, schema 0.0.2.

The way back of `imports/model_card.py`: what an import put into a text of the record under a word of its own
goes back to where it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inventory.exports.labels import Labelled, name_and_place, taken_apart
from inventory.exports.resource import ExportedResource
from inventory.imports.details import MITIGATED
from inventory.imports.part_record import OF_A_MODEL

SCHEMA = "0.0.2"
OF_PROVENANCE = frozenset(
    {"Overview", "Description", "Documentation", "Owner", "Released", "Changed since the version before"}
    | {"Reference", "Cite as", "Architecture", "Input", "Output"}
)
#: Words of an import that schema 0.0.2 has no place for.
OTHERS = tuple(
    dict.fromkeys(
        ["Licence", "Interval", "Metric", "Hashes", "Measures", "Supplier"]
        + [word for field, word in OF_A_MODEL.values() if field == "provenance" and word not in OF_PROVENANCE]
    )
)
ETHICAL, TRADE_OFF, FOR = "Ethical risk", "Trade-off", "For"
OTHER_LIMITS = tuple(
    word
    for field, word in OF_A_MODEL.values()
    if field == "limitations" and word not in ("", ETHICAL, TRADE_OFF)
)


def model_card_json(record: ExportedResource) -> dict[str, Any]:
    provenance = taken_apart(record.provenance, OF_PROVENANCE | {*OTHERS})
    parts = {
        "model_details": dict(_details(record, provenance)),
        "model_parameters": dict(_parameters(record, provenance)),
        "quantitative_analysis": dict(_analysis(record)),
        "considerations": dict(_considerations(record)),
    }
    return {"schema_version": SCHEMA, **{key: part for key, part in parts.items() if part}}


def _details(record: ExportedResource, provenance: Labelled) -> Iterator[tuple[str, Any]]:
    yield "name", record.name
    overview = [provenance.all("Overview"), provenance.all("Description")]
    if any(overview):
        yield "overview", "\n".join(filter(None, overview))
    documentation = (provenance.all("Documentation"), provenance.rest, provenance.kept(OTHERS))
    if any(documentation):
        yield "documentation", "\n".join(filter(None, documentation))
    if owners := [_owner(text) for text in (record.supplier, *provenance.said.get("Owner", ())) if text]:
        yield "owners", owners
    version = {
        "name": record.version,
        "date": provenance.first("Released"),
        "diff": provenance.first("Changed since the version before"),
    }
    if said := {key: text for key, text in version.items() if text}:
        yield "version", said
    if record.licence:
        # An SPDX expression or another text is no identifier.
        key = "custom_text" if " " in record.licence else "identifier"
        yield "licenses", [{key: record.licence}]
    if references := provenance.said.get("Reference"):
        yield "references", [{"reference": text} for text in references]
    if citations := provenance.said.get("Cite as"):
        yield "citations", [{"citation": text} for text in citations]


def _owner(text: str) -> dict[str, str]:
    name, contact = name_and_place(text)
    return {"name": name, **({"contact": contact} if contact else {})}


def _parameters(record: ExportedResource, provenance: Labelled) -> Iterator[tuple[str, Any]]:
    for label, key in (
        ("Architecture", "model_architecture"),
        ("Input", "input_format"),
        ("Output", "output_format"),
    ):
        if text := provenance.all(label):
            yield key, text
    if record.training_data:
        yield "data", [{"description": record.training_data}]


def _analysis(record: ExportedResource) -> Iterator[tuple[str, Any]]:
    if record.measures:
        yield (
            "performance_metrics",
            [
                {
                    "type": each["metric"],
                    "value": each["value"],
                    **({"slice": each["slice"]} if each["slice"] else {}),
                }
                for each in record.measures
            ],
        )


def _considerations(record: ExportedResource) -> Iterator[tuple[str, Any]]:
    use = taken_apart(record.intended_use, {FOR})
    limits = taken_apart(record.limitations, {TRADE_OFF, ETHICAL, *OTHER_LIMITS})
    for key, texts in (
        ("users", use.said.get(FOR, [])),
        ("use_cases", [use.rest]),
        ("limitations", [limits.rest, limits.kept(OTHER_LIMITS)]),
        ("tradeoffs", limits.said.get(TRADE_OFF, [])),
    ):
        if said := [{"description": text} for text in texts if text]:
            yield key, said
    if risks := [_risk(text) for text in limits.said.get(ETHICAL, ())]:
        yield "ethical_considerations", risks


def _risk(text: str) -> dict[str, str]:
    name, mitigated, answer = text.partition(MITIGATED)
    return {"name": name, **({"mitigation_strategy": answer} if mitigated else {})}
