"""The data that Annex VIII, section A of the EU AI Act (Regulation (EU) 2024/1689) asks a provider to
register for a high-risk system, as far as the register knows it, with a list of what is missing.

It is data for a registration, no registration: whether the system has to be registered at all is decided in
its legal classification.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from inventory.exports.record import ExportedSystem, Register

#: Articles 49 and 71 ask for this of providers.
NOT_PROVIDER = (
    "The register does not say that the organization is the provider of this system:"
    " section A is registered by the provider."
)
ON_MARKET = "In service"
ENDED = "No longer in service"
NOT_YET = "Not yet in service"
STATUS = {
    "operation_monitoring": ON_MARKET,
    "re_evaluation": ON_MARKET,
    "suspended": ON_MARKET,
    "retirement": ENDED,
    "retired": ENDED,
}
#: The 27 Member States by the names and codes people write into a register.
MEMBER_STATES = {
    "AT": "Austria",
    "BE": "Belgium",
    "BG": "Bulgaria",
    "HR": "Croatia",
    "CY": "Cyprus",
    "CZ": "Czechia",
    "DK": "Denmark",
    "EE": "Estonia",
    "FI": "Finland",
    "FR": "France",
    "DE": "Germany",
    "GR": "Greece",
    "HU": "Hungary",
    "IE": "Ireland",
    "IT": "Italy",
    "LV": "Latvia",
    "LT": "Lithuania",
    "LU": "Luxembourg",
    "MT": "Malta",
    "NL": "Netherlands",
    "PL": "Poland",
    "PT": "Portugal",
    "RO": "Romania",
    "SK": "Slovakia",
    "SI": "Slovenia",
    "ES": "Spain",
    "SE": "Sweden",
}
ALSO_WRITTEN = {"el": "GR", "czech republic": "CZ", "the netherlands": "NL", "holland": "NL"}
BY_WORD = {
    **{code.casefold(): code for code in MEMBER_STATES},
    **{name.casefold(): code for code, name in MEMBER_STATES.items()},
    **ALSO_WRITTEN,
}


@dataclass(frozen=True)
class Point:
    """One point of section A: `asks` in the portal's words, `gap` says what the `value` lacks."""

    number: int
    asks: str
    value: str = ""
    gap: str = ""

    def as_data(self) -> dict[str, Any]:
        return {"point": self.number, "asks": self.asks, "value": self.value or None, "gap": self.gap or None}


def points(system: ExportedSystem, organization: str) -> tuple[Point, ...]:
    is_provider = "provider" in system.organization_roles
    return (
        _provider(system, organization, is_provider=is_provider),
        Point(2, "Who submits on behalf of the provider", gap="Say so if somebody else submits."),
        Point(
            3,
            "Authorised representative",
            gap="Name and contact details, if the provider is outside the Union.",
        ),
        Point(
            4,
            "Trade name and a reference that identifies the system",
            value=" · ".join(
                filter(None, [system.name, system.version, system.reference, system.external_id])
            ),
            gap="" if system.version else "The version is not recorded.",
        ),
        _recorded(5, "Intended purpose, and what the system supports", (system.purpose, system.intended_use)),
        _operation(system),
        _status(system),
        Point(
            8,
            "Certificate of a notified body: kind, number, expiry, body",
            gap="The register has no field for it; needed where a notified body took part.",
        ),
        Point(
            9,
            "Copy of that certificate",
            gap="Attach it; needed where a notified body took part.",
        ),
        _states(system),
        Point(11, "Copy of the EU declaration of conformity", gap="Attach the signed declaration."),
        Point(
            12,
            "Instructions for use, electronic",
            gap="Attach them; not for law enforcement, migration, asylum and border control.",
        ),
        Point(13, "Address of further information (optional)"),
    )


def _provider(system: ExportedSystem, organization: str, *, is_provider: bool) -> Point:
    name = organization if is_provider else system.supplier
    missing = [] if is_provider else [NOT_PROVIDER]
    missing += [] if name else ["The name of the provider is not recorded."]
    missing.append("Address and contact details of the provider.")
    return Point(1, "Name, address and contact details of the provider", value=name, gap=" ".join(missing))


def _recorded(number: int, asks: str, texts: tuple[str, ...]) -> Point:
    found = [text for text in texts if text]
    return Point(number, asks, "\n".join(found), "" if len(found) == len(texts) else "Not recorded in full.")


def _operation(system: ExportedSystem) -> Point:
    said = (
        f"Data: {', '.join(system.data_classes)}." if system.data_classes else "",
        f"Model: {f'{system.model_name} {system.model_version}'.strip()}." if system.model_name else "",
        f"Kind of AI: {system.ai_type.replace('_', ' ')}." if system.ai_type else "",
    )
    missing = [] if system.data_classes else ["The classes of data are not recorded."]
    missing.append("The logic of operation in a few sentences: the register has no field for it.")
    return Point(
        6, "Information the system uses, and its logic", " ".join(filter(None, said)), " ".join(missing)
    )


def _status(system: ExportedSystem) -> Point:
    value = STATUS.get(system.stage, NOT_YET)
    gap = "Suspended here: say whether it was recalled." if system.stage == "suspended" else ""
    return Point(7, "Status of the system", value, gap)


def _states(system: ExportedSystem) -> Point:
    asks = "Member States where it was placed on the market, put into service or made available"
    codes = {BY_WORD[place.casefold()] for place in system.places if place.casefold() in BY_WORD}
    names = [MEMBER_STATES[code] for code in sorted(codes)]
    others = [place for place in system.places if place.casefold() not in BY_WORD]
    if not names:
        return Point(10, asks, gap="No place of use in the register is the name of a Member State.")
    left = f"Not read as Member States: {', '.join(others)}." if others else ""
    return Point(10, asks, ", ".join(names), left)


def annex_viii(register: Register) -> dict[str, Any]:
    return {
        "document": "Data for Annex VIII, section A, Regulation (EU) 2024/1689",
        "organization": register.organization,
        "made_at": register.moment,
        "note": "Data for a registration, not one: the legal classification says who has to register.",
        "systems": [_system(system, register.organization) for system in register.systems],
    }


def _system(system: ExportedSystem, organization: str) -> dict[str, Any]:
    asked = points(system, organization)
    return {
        "reference": system.reference,
        "name": system.name,
        "points": [point.as_data() for point in asked],
        "gaps": list(gaps(asked)),
    }


def gaps(asked: tuple[Point, ...]) -> Iterator[str]:
    for point in asked:
        if point.gap:
            yield f"{point.number}. {point.asks}: {point.gap}"
