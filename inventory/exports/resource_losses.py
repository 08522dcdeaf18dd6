"""What a file of one model or data set cannot carry, or an import of it does not take back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inventory.exports.losses import NOT_WRITTEN

LABELS: Mapping[str, str] = {
    "reference": "Reference",
    "owner": "Answers for it",
    "kind": "Kind",
    "source": "Source",
    "supplier": "Supplier",
    "provenance": "Provenance",
    "categories": "Categories of data",
    "special_categories": "Special categories of data",
    "collected_from": "Collected from",
    "collected_until": "Collected until",
    "preparation": "Preparation",
    "measures": "Measures",
    "bias_checks": "Checks for bias",
    "retention": "Retention",
    "hashes": "Hashes",
    "systems": "AI systems that use it",
}
UNDER_A_WORD = "What stands under no word of the format comes back under one ({})."
BOTH_DAYS = "They are in the file where both are on record."
COMMON = {"reference": NOT_WRITTEN, "owner": NOT_WRITTEN, "systems": NOT_WRITTEN}
LOSSES: Mapping[str, Mapping[str, str]] = {
    "croissant": {
        **COMMON,
        "source": "It is in the file where it is an address on the web.",
        "supplier": "It is creator or publisher in the file; an import links a supplier of that name, and"
        " says it in the provenance as well.",
        "provenance": UNDER_A_WORD.format("Description"),
        "categories": "They are keywords in the file; an import puts them into the provenance.",
        "special_categories": "They are personal or sensitive information in the file; an import takes them"
        " as categories of data, and a person says which of them are special by law.",
        "collected_from": BOTH_DAYS,
        "collected_until": BOTH_DAYS,
        "preparation": UNDER_A_WORD.format("Preprocessing"),
        "measures": NOT_WRITTEN,
        "bias_checks": UNDER_A_WORD.format("Biases the file names"),
        "retention": NOT_WRITTEN,
        "hashes": "SHA-256 and MD5 have a place, others do not.",
    },
    "model-card-json": {
        **COMMON,
        "kind": NOT_WRITTEN,
        "supplier": "It is an owner in the file; an import puts the name into the provenance.",
        "provenance": UNDER_A_WORD.format("Documentation"),
        "hashes": NOT_WRITTEN,
    },
}


def losses(kind: str) -> Iterator[tuple[str, str, str]]:
    """Field, its label and the reason, in the order of the record."""
    lost = LOSSES[kind]
    return ((field, LABELS[field], lost[field]) for field in LABELS if field in lost)
