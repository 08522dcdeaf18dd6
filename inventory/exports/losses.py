"""What each format cannot carry, or an import of it does not take back: said before somebody relies on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LABELS: Mapping[str, str] = {
    "reference": "Reference",
    "external_id": "Identifier elsewhere",
    "business_process": "Business process",
    "owner": "Owner",
    "risk_owner": "Risk owner",
    "oversight": "Watched over by",
    "organization_roles": "Role of the organization",
    "sourcing": "Sourcing",
    "model_name": "Model",
    "model_version": "Version of the model",
    "data_classes": "Classes of data",
    "special_categories": "Special categories of data",
    "excluded_uses": "Excluded uses",
    "affected_people": "People affected",
    "affected_count": "Number of people affected",
    "automation_degree": "Degree of automation",
    "places": "Places of use",
    "languages": "Languages",
    "stage": "Life cycle stage",
    "stage_since": "In this stage since",
    "live_since": "In use since",
    "is_in_scope": "Scope decision",
    "scope_reason": "Reason for the scope decision",
    "next_review_date": "Next review",
    "source": "Source",
    "row_version": "Version of the record",
    "origins": "Where each entry comes from",
    "components": "Components",
    "custom": "Own fields",
}
NOT_WRITTEN = "The format has no place for it: it is not in the file."
NOT_READ = "It is in the file, and an import does not take it."
NEW = "It is in the file; an import gives its own."
PEOPLE = "The name is in the file; an import finds people by their address only."
READABLE_ONLY = "The file is made to be read by people, and cannot be imported."
NOT_A_RECORD = "The file is data for a registration, and cannot be imported."


@dataclass(frozen=True)
class Loss:
    field: str
    reason: str

    @property
    def label(self) -> str:
        return LABELS[self.field]


OWN = {"reference": NEW, "source": NEW, "row_version": NEW, "origins": NEW}
NAMED = {"owner": PEOPLE, "risk_owner": PEOPLE, "oversight": PEOPLE}
DATES = ("stage_since", "live_since")
SPDX_HAS_NO_PLACE = (
    *("owner", "risk_owner", "oversight", "organization_roles", "sourcing", "data_classes"),
    *("affected_people", "affected_count", "places", "languages", "stage", "stage_since", "live_since"),
    *("is_in_scope", "scope_reason", "next_review_date", "source", "row_version", "custom"),
)
LOSSES: Mapping[str, Mapping[str, str]] = {
    "cyclonedx": {**OWN, **NAMED, **dict.fromkeys(DATES, NOT_READ), "custom": NOT_READ},
    "spdx": {
        "reference": NEW,
        "origins": NEW,
        "external_id": "It is in the file; an import takes the address of the element instead.",
        "excluded_uses": NOT_READ,
        "business_process": NOT_READ,
        "model_name": "It is a part of the system in the file; an import takes the name of the system.",
        "model_version": "It is with that part; an import takes the version of the system.",
        "special_categories": "Only whether there are some is in the file.",
        "automation_degree": "Only whether a person is involved is in the file.",
        "components": "With several systems, an import does not find out whose parts they are. Slices and"
        " intervals stand in the names of the metrics; what SPDX has no property for is an annotation, which"
        " an import leaves.",
        **dict.fromkeys(SPDX_HAS_NO_PLACE, NOT_WRITTEN),
    },
}
WHOLE_FILE = {
    "model-card-html": READABLE_ONLY,
    "model-card-markdown": READABLE_ONLY,
    "model-card-pdf": READABLE_ONLY,
    "annex-viii": NOT_A_RECORD,
}


def losses(kind: str) -> Iterator[Loss]:
    """In the order of the record."""
    lost = LOSSES.get(kind, {})
    return (Loss(field, lost[field]) for field in LABELS if field in lost)


def report(kind: str) -> list[tuple[str, str]]:
    """For a page: the names of the fields, and why; one line for a file that cannot be imported at all."""
    if kind in WHOLE_FILE:
        return [("The whole file", WHOLE_FILE[kind])]
    by_reason: dict[str, list[str]] = {}
    for loss in losses(kind):
        by_reason.setdefault(loss.reason, []).append(loss.label)
    return [(", ".join(names), reason) for reason, names in by_reason.items()]
