"""What an export is made from: values of the register at one moment, without the database."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from inventory.imports.record import Measure

#: Identities of exports are derived from what was exported and when, so that the same export has the same.
NAMESPACE = uuid.UUID("5b0a7d0e-5a3c-4b86-9d38-6f2a7a1c9e54")


@dataclass(frozen=True)
class ExportedComponent:
    kind: str
    name: str
    version: str = ""
    supplier: str = ""
    licence: str = ""
    hashes: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    details: Mapping[str, str | list[str]] = field(default_factory=dict)
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True)
class ExportedSystem:
    """A system with the names of its people; addresses of people stay in the portal."""

    id: int
    reference: str
    name: str
    row_version: int = 1
    external_id: str = ""
    version: str = ""
    purpose: str = ""
    intended_use: str = ""
    excluded_uses: str = ""
    business_process: str = ""
    owner: str = ""
    risk_owner: str = ""
    oversight: tuple[str, ...] = ()
    organization_roles: tuple[str, ...] = ()
    ai_type: str = ""
    sourcing: str = ""
    supplier: str = ""
    model_name: str = ""
    model_version: str = ""
    data_classes: tuple[str, ...] = ()
    special_categories: tuple[str, ...] = ()
    affected_people: str = ""
    affected_count: int | None = None
    automation_degree: str = ""
    places: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    stage: str = ""
    stage_since: datetime.date | None = None
    live_since: datetime.date | None = None
    is_in_scope: bool | None = None
    scope_reason: str = ""
    next_review_date: datetime.date | None = None
    source: str = ""
    #: What it says in the organization's own fields, as "label: value".
    custom: tuple[str, ...] = ()
    #: Field, and the file that said it or that it was entered in the portal, with the day.
    origins: tuple[tuple[str, str], ...] = ()
    components: tuple[ExportedComponent, ...] = ()


@dataclass(frozen=True)
class Register:
    """`address` is where the organization's portal is; `is_one` when one system was asked for, not a list."""

    organization: str
    address: str
    exported_at: datetime.datetime
    systems: tuple[ExportedSystem, ...]
    is_one: bool = False

    @property
    def moment(self) -> str:
        return self.exported_at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def day_and_time(self) -> str:
        moment = self.exported_at.astimezone(datetime.UTC)
        return f"{moment.day} {moment:%b %Y, %H:%M} UTC"

    @property
    def identity(self) -> uuid.UUID:
        versions = ",".join(f"{system.id}:{system.row_version}" for system in self.systems)
        return uuid.uuid5(NAMESPACE, f"{self.address} {self.exported_at.isoformat()} {versions}")
