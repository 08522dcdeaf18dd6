"""The details of a model or a data set as properties of SPDX 3.0: the way back of `imports/spdx.py`.

Where SPDX allows certain words only, another one is left; so is what it has no property for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from inventory.exports.details import Details, is_address
from inventory.exports.record import ExportedComponent
from inventory.imports.record import Measure
from inventory.imports.spdx import (
    AI_DETAILS,
    AI_DICTIONARIES,
    AI_LISTS,
    DATASET_DETAILS,
    DATASET_LISTS,
)

PRESENCE = frozenset({"yes", "no", "noAssertion"})
TYPES_OF_DATA = frozenset(
    {"audio", "categorical", "graph", "image", "noAssertion", "numeric", "other", "sensor", "structured"}
    | {"syntactic", "text", "timeseries", "timestamp", "video"}
)
ALLOWED = {
    "safety_risk": frozenset({"serious", "high", "medium", "low"}),
    "autonomy": PRESENCE,
    "uses_sensitive_personal_information": PRESENCE,
    "has_sensitive_personal_information": PRESENCE,
    "availability": frozenset({"clickthrough", "directDownload", "query", "registration", "scrapingScript"}),
    "confidentiality": frozenset({"red", "amber", "green", "clear"}),
    "data_types": TYPES_OF_DATA,
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FITTING: dict[str, Callable[[str], bool]] = {
    **{key: words.__contains__ for key, words in ALLOWED.items()},
    "location": is_address,
    "package_url": is_address,
    "released": lambda text: bool(MOMENT.fullmatch(text)),
    "built": lambda text: bool(MOMENT.fullmatch(text)),
}
OF_ANY = {
    "location": "software_downloadLocation",
    "package_url": "software_packageUrl",
    "released": "releaseTime",
    "built": "builtTime",
}
#: Texts of SPDX into which several go, each on a line.
LINES = ("limitations", "training")
#: The uses of a model card are what SPDX calls information about the application.
USES = ("application", "use_cases", "intended_use")


def properties(component: ExportedComponent, details: Details) -> dict[str, Any]:
    said: dict[str, Any] = {name: details.one(key, FITTING[key]) for key, name in OF_ANY.items()}
    if component.kind == "model":
        said.update(_of_a_model(component, details))
    if component.kind == "dataset":
        said.update(_of_a_data_set(details))
    return said


def _of_a_model(component: ExportedComponent, details: Details) -> dict[str, Any]:
    said: dict[str, Any] = {AI_DETAILS[key]: "\n".join(details.all(key)) for key in LINES}
    for key, name in AI_DETAILS.items():
        if key not in LINES:
            said[name] = details.one(key, FITTING.get(key, bool))
    said["ai_informationAboutApplication"] = "\n".join(text for key in USES for text in details.all(key))
    said.update({name: details.all(key) for key, name in AI_LISTS.items()})
    said.update({name: _entries(details, key) for key, name in AI_DICTIONARIES.items()})
    said["ai_metric"] = [_metric(each) for each in component.measures if each.value]
    return said


def unvalued(component: ExportedComponent) -> list[Measure]:
    """Measures that no entry holds: an entry has a value, and only a model has entries."""
    return [each for each in component.measures if not each.value or component.kind != "model"]


def _metric(measure: Measure) -> dict[str, str]:
    """SPDX has no place for the slice, nor for an interval."""
    where = f" on {measure.slice}" if measure.slice else ""
    interval = f" ({measure.interval})" if measure.interval else ""
    return _entry(f"{measure.metric}{where}{interval}", measure.value)


def _of_a_data_set(details: Details) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: details.one(key, FITTING.get(key, bool))
        for key, name in DATASET_DETAILS.items()
        if key != "size"
    }
    if size := details.one("size", _is_count):
        said[DATASET_DETAILS["size"]] = int(size)
    for key, name in DATASET_LISTS.items():
        said[name] = details.all(key, FITTING.get(key, bool))
    said["dataset_datasetType"] = said["dataset_datasetType"] or ["noAssertion"]
    said["dataset_sensor"] = _entries(details, "sensors")
    return said


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19 and text != "0"


def _entries(details: Details, key: str) -> list[dict[str, str]]:
    return [_entry(*text.split(": ", 1)) for text in details.all(key, lambda text: ": " in text)]


def _entry(key: str, value: str) -> dict[str, str]:
    return {"type": "DictionaryEntry", "key": key, "value": value}
