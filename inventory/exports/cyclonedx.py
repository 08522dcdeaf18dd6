"""CycloneDX 1.7 ML-BOM in JSON.

One system is the subject of its BOM and its parts are listed; a register lists each system as an application
with its parts inside. What CycloneDX has no place for travels as properties that begin with `aims-portal:`,
one for each value, so that nothing the register says is lost on the way; `aims-portal:origin:` and the name
of a field say where the value comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from inventory.exports.cyclonedx_card import data_parts, model_card, of_any
from inventory.exports.details import Details
from inventory.exports.record import ExportedComponent, ExportedSystem, Register
from inventory.imports.cyclonedx_entries import DETAIL

SPEC_VERSION = "1.7"
PREFIX = "aims-portal:"
TYPES = {"model": "machine-learning-model", "dataset": "data", "library": "library"}
#: A service has a list of its own in CycloneDX, which does not nest in components: it travels as a platform.
OTHER_TYPE = {"service": "platform"}
HASHES = (
    *("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512", "BLAKE3"),
    *("BLAKE2b-256", "BLAKE2b-384", "BLAKE2b-512", "Streebog-256", "Streebog-512"),
)
HASH_BY_WORD = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in HASHES}
HASH_VALUE = re.compile(r"[a-fA-F0-9]{32}|[a-fA-F0-9]{40}|[a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128}")

#: Fields that stand elsewhere in the document; all others are properties.
ELSEWHERE = {"id", "row_version", "name", "version", "supplier", "purpose", "components", "origins"}


def cyclonedx(register: Register) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "timestamp": register.moment,
        "tools": {"components": [{"type": "application", "name": "AIMS portal"}]},
        "manufacturer": {"name": register.organization},
    }
    if register.is_one:
        system = register.systems[0]
        metadata["component"] = _application(system)
        listed = _parts(system)
    else:
        listed = [
            {**_application(system), **_if({"components": _parts(system)})} for system in register.systems
        ]
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{register.identity}",
        "version": 1,
        "metadata": metadata,
        "components": listed,
    }


def _application(system: ExportedSystem) -> dict[str, Any]:
    return {
        "type": "application",
        "bom-ref": system.reference,
        "name": system.name,
        **_if(
            {
                "version": system.version,
                "supplier": _named(system.supplier),
                "description": system.purpose,
                "modelCard": _card(system),
            }
        ),
        "properties": [{"name": name, "value": value} for name, value in properties(system)],
    }


def _card(system: ExportedSystem) -> dict[str, Any]:
    """The considerations of the whole system: what for, whom it touches, what it must not do."""
    considerations = {
        "useCases": [system.intended_use] if system.intended_use else [],
        "technicalLimitations": [f"Not to be used for: {system.excluded_uses}"]
        if system.excluded_uses
        else [],
        "fairnessAssessments": [{"groupAtRisk": system.affected_people}] if system.affected_people else [],
    }
    return _if({"considerations": _if(considerations)})


def properties(system: ExportedSystem) -> Iterator[tuple[str, str]]:
    """Every other value; a list is as many properties of one name. What is not recorded is not said."""
    for key in ExportedSystem.__dataclass_fields__:
        if key in ELSEWHERE:
            continue
        value = getattr(system, key)
        for item in value if isinstance(value, tuple) else (value,):
            if text := _text(item):
                yield f"{PREFIX}{key}", text
    for name, origin in system.origins:
        yield f"{PREFIX}origin:{name}", origin


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _parts(system: ExportedSystem) -> list[dict[str, Any]]:
    refs = [f"{system.reference}/component-{number}" for number in range(1, len(system.components) + 1)]
    numbered = list(zip(system.components, refs, strict=True))
    data_sets = {each.name: ref for each, ref in numbered if each.kind == "dataset"}
    parts = [_component(component, ref, data_sets) for component, ref in numbered]
    names = {component.name for component in system.components if component.kind == "model"}
    if system.model_name and system.model_name not in names:
        model = ExportedComponent("model", system.model_name, system.model_version)
        named = _component(model, f"{system.reference}/model", {})
        named["properties"] = [{"name": f"{PREFIX}stands-for", "value": "model_name"}]
        parts.insert(0, named)
    return parts


def _component(component: ExportedComponent, ref: str, data_sets: Mapping[str, str]) -> dict[str, Any]:
    hashes, others = _hashes(component)
    details = Details(component)
    own = of_any(details)
    card = model_card(component, details, data_sets) if component.kind == "model" else {}
    data = data_parts(details) if component.kind == "dataset" else []
    kept = {f"{PREFIX}kind": component.kind if component.kind not in TYPES else "", **others}
    said = [*kept.items(), *((f"{PREFIX}{DETAIL}{key}", text) for key, text in details.rest())]
    if not card:
        said += [(f"{PREFIX}{DETAIL}measures", each.words) for each in component.measures]
    return {
        "type": TYPES.get(component.kind) or OTHER_TYPE.get(component.kind, "file"),
        "bom-ref": ref,
        "name": component.name,
        **_if(
            {
                "version": component.version,
                "supplier": _named(component.supplier),
                "description": component.description,
                "licenses": [{"license": {"name": component.licence}}] if component.licence else [],
                "hashes": hashes,
                **own,
                "modelCard": _said(card),
                "data": _said(data),
                "properties": [{"name": name, "value": value} for name, value in said if value],
            }
        ),
    }


def _hashes(component: ExportedComponent) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Those that CycloneDX knows, and the others as properties."""
    known, others = [], {}
    for algorithm, value in component.hashes.items():
        name = HASH_BY_WORD.get(re.sub(r"[^a-z0-9]", "", algorithm.lower()))
        if name and HASH_VALUE.fullmatch(value):
            known.append({"alg": name, "content": value})
        else:
            others[f"{PREFIX}hash:{algorithm}"] = value
    return known, others


def _named(name: str) -> dict[str, str]:
    return {"name": name} if name else {}


def _said(value: Any) -> Any:
    """Without what is empty, however deep."""
    if isinstance(value, dict):
        return _if({key: _said(each) for key, each in value.items()})
    return [_said(each) for each in value] if isinstance(value, list) else value


def _if(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}
