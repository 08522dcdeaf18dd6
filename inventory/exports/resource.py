"""What the export of one model or data set is made from: its values at one moment, without the database."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ExportedResource:
    reference: str
    name: str
    version: str
    supplier: str = ""
    licence: str = ""
    hashes: tuple[Mapping[str, str], ...] = ()
    provenance: str = ""
    measures: tuple[Mapping[str, Any], ...] = ()
    limitations: str = ""
    #: Of a data set.
    source: str = ""
    categories: tuple[str, ...] = ()
    special_categories: tuple[str, ...] = ()
    collected_from: datetime.date | None = None
    collected_until: datetime.date | None = None
    preparation: str = ""
    bias_checks: str = ""
    #: Of a model.
    training_data: str = ""
    intended_use: str = ""
