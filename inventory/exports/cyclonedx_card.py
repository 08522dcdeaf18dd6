"""The details of a component as CycloneDX: the model card of a model, the data of a data set.

The way back of `imports/cyclonedx_entries.py`. A detail that CycloneDX has no place for, or that does not fit
the one it has, is left for a property of the portal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory.exports.details import Details, is_address
from inventory.exports.record import ExportedComponent
from inventory.imports.cyclonedx_entries import BETWEEN, FAIRNESS, PLAIN_CONSIDERATIONS
from inventory.imports.details import MITIGATED
from inventory.imports.record import Measure

APPROACHES = {"supervised", "unsupervised", "reinforcement-learning", "semi-supervised", "self-supervised"}
DATA_TYPES = {"source-code", "configuration", "dataset", "definition", "other"}
RESPONSIBLE = ("custodians", "stewards", "owners")
OF_ANY = {"package_url": "purl", "group": "group"}


def of_any(details: Details) -> dict[str, str]:
    return {name: text for key, name in OF_ANY.items() if (text := details.one(key))}


def model_card(component: ExportedComponent, details: Details, refs: Mapping[str, str]) -> dict[str, Any]:
    """`refs` are the data sets of the same document, by name."""
    return {
        "modelParameters": _parameters(details, refs),
        "quantitativeAnalysis": _analysis(component.measures),
        "considerations": _considerations(details),
    }


def _parameters(details: Details, refs: Mapping[str, str]) -> dict[str, Any]:
    approach = details.one("approach", APPROACHES.__contains__)
    return {
        "approach": {"type": approach} if approach else {},
        "task": details.one("task"),
        "architectureFamily": details.one("architecture_family"),
        "modelArchitecture": details.one("architecture"),
        "datasets": [{"ref": refs[name]} for name in details.all("data_sets", refs.__contains__)],
        "inputs": [{"format": text} for text in details.all("inputs")],
        "outputs": [{"format": text} for text in details.all("outputs")],
    }


def _analysis(measures: tuple[Measure, ...]) -> dict[str, Any]:
    return {"performanceMetrics": [_metric(each) for each in measures]}


def _metric(measure: Measure) -> dict[str, Any]:
    bounds = {"lowerBound": measure.lower, "upperBound": measure.upper}
    said = {"type": measure.metric, "value": measure.value, "slice": measure.slice}
    interval = {key: text for key, text in bounds.items() if text}
    return {
        **{key: text for key, text in said.items() if text},
        **({"confidenceInterval": interval} if interval else {}),
    }


def _considerations(details: Details) -> dict[str, Any]:
    plain = {name: details.all(key) for key, name in PLAIN_CONSIDERATIONS.items()}
    return {
        **plain,
        "ethicalConsiderations": [_risk(text) for text in details.all("ethical_considerations")],
        "fairnessAssessments": [_fairness(text) for text in details.all("fairness")],
    }


def _risk(text: str) -> dict[str, str]:
    name, mitigated, answer = text.partition(MITIGATED)
    return {"name": name, **({"mitigationStrategy": answer} if mitigated else {})}


def _fairness(text: str) -> dict[str, str]:
    """What stands behind no word of an assessment goes on with what stands before it."""
    keys = {f"{word}: ": key for key, word in FAIRNESS.items()}
    said: dict[str, str] = {}
    current = "groupAtRisk"
    for part in text.split(BETWEEN):
        word = next((word for word in keys if part.startswith(word)), "")
        if word:
            current = keys[word]
            said[current] = part.removeprefix(word)
        else:
            said[current] = f"{said[current]}{BETWEEN}{part}" if current in said else part
    return said


def data_parts(details: Details) -> list[dict[str, Any]]:
    """Nothing for a data set of which the file says no more than its name."""
    address = details.one("location", is_address)
    said = {
        "name": details.one("data_name"),
        "description": details.one("data_description"),
        "contents": {"url": address} if address else {},
        "classification": details.one("classification"),
        "sensitiveData": details.all("sensitive_data"),
        "governance": _governance(details),
    }
    kind = details.one("data_type", DATA_TYPES.__contains__)
    return [{"type": kind or "dataset", **said}] if kind or any(said.values()) else []


def _governance(details: Details) -> dict[str, Any]:
    return {
        key: [{"organization": {"name": name}} for name in names]
        for key in RESPONSIBLE
        if (names := details.all(key))
    }
