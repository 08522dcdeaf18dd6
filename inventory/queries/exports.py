"""The register as exports read it: a fixed number of queries, whatever the number of systems."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from django.conf import settings
from django.urls import reverse

from aims.core import permissions
from aims.core.exceptions import RuleBroken
from aims.core.tenancy.context import current_actor, current_organization
from inventory.exports.files import Kind
from inventory.exports.record import ExportedComponent, ExportedSystem, Register
from inventory.imports.record import Measure
from inventory.models import AISystem, CustomField
from inventory.queries import custom_fields
from inventory.queries.provenance import Said, provenance
from inventory.queries.systems import Systems, detail_of, systems_with_parts

#: What a request answers within a second.
MOST_IN_A_REQUEST = 2000
COMPONENT = [column.name for column in fields(ExportedComponent) if column.name != "measures"]
COMPOSED = {"owner", "risk_owner", "oversight", "custom", "origins", "components"}
PLAIN = [name for name in ExportedSystem.__dataclass_fields__ if name not in COMPOSED]


def register_of(found: Systems, *, now: datetime.datetime, is_one: bool = False) -> Register:
    """Where the entries come from goes along for those who may read the history."""
    organization = current_organization()
    systems = list(systems_with_parts().filter(pk__in=found.order_by().values("pk")).order_by("id"))
    may_read_history = permissions.can(current_actor(), "inventory.view_history")
    origins = provenance(systems) if may_read_history else {}
    fields = custom_fields.in_use()
    return Register(
        organization=organization.name,
        address=f"{settings.BASE_URL}{reverse('home', args=[organization.slug])}",
        exported_at=now,
        systems=tuple(_exported(system, fields, origins.get(system.pk, ())) for system in systems),
        is_one=is_one,
    )


def is_too_many(count: int) -> bool:
    """For one answer; a worker writes any number."""
    return count > MOST_IN_A_REQUEST


def check_count(found: Any, plural: str) -> None:
    """Raises RuleBroken for more records than one answer can hold."""
    if is_too_many(count := found.count()):
        raise RuleBroken(
            f"{count} {plural} are more than one answer is made of ({MOST_IN_A_REQUEST}): filter the register"
            " first, or have the file of today written by a worker."
        )


def check_fits(kind: Kind, found: Systems, *, is_one: bool) -> None:
    if kind.of_one and not is_one:
        raise RuleBroken("A PDF is made of one system: open the system and export it there.", field="kind")
    if not is_one:
        check_count(found, "systems")


def _exported(system: AISystem, fields: Sequence[CustomField], told: Iterable[Said]) -> ExportedSystem:
    detail = detail_of(system)
    values: dict[str, Any] = {name: getattr(system, name) for name in PLAIN}
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return ExportedSystem(
        **{**values, **lists},
        owner=system.owner.name if system.owner else "",
        risk_owner=system.risk_owner.name if system.risk_owner else "",
        oversight=tuple(person.name for person in detail.oversight),
        custom=tuple(
            f"{said.label}: {said.value}"
            for said in custom_fields.said_by(system.custom, fields)
            if said.value
        ),
        origins=tuple((each.field, _origin(each)) for each in told),
        components=tuple(
            ExportedComponent(
                **{name: getattr(component, name) for name in COMPONENT},
                measures=tuple(Measure(**each) for each in component.measures),
            )
            for component in detail.components
        ),
    )


def _origin(said: Said) -> str:
    """The file by its name; of people only that it was one of the portal's, since the document leaves it."""
    return f"{said.file or 'entered in the portal'}, {said.when.astimezone(datetime.UTC):%Y-%m-%d}"
