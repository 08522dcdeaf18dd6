"""The verbs of sector templates."""

from __future__ import annotations

import datetime

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.catalogs import SECTORS, version
from aims.core.exceptions import RuleBroken
from inventory.imports.field import folded
from inventory.models import AdoptedSector, CustomField
from inventory.rules.custom_fields import key_of
from inventory.sectors import Sector, sector_of
from inventory.services import custom_fields

KEEP = custom_fields.KEEP


@transaction.atomic
def adopt_sector(*, actor: Actor, sector: str, now: datetime.datetime) -> AdoptedSector:
    """Its fields are on every system's record from now on, and its risks and metrics are proposed first.

    A field of the same name that is here already stays as it is.
    """
    permissions.require(actor, KEEP)
    template = _known(sector)
    if AdoptedSector.objects.filter(sector=sector).exists():
        raise RuleBroken(f"The template “{template.name}” is adopted already.", field="sector")
    adopted = AdoptedSector.objects.create(
        organization_id=actor.organization_id,
        sector=sector,
        version=version(SECTORS),
        adopted_by_id=actor.member_id,
        adopted_at=now,
    )
    here = list(CustomField.objects.all())
    known = {folded(word) for field in here for word in (field.key, field.label)}
    for field in template.fields:
        if not known & {folded(field.label), folded(key_of(field.label))}:
            custom_fields.add_field(
                actor=actor,
                label=field.label,
                kind=field.kind,
                choices=field.choices,
                help_text=field.help_text,
                in_register=field.in_register,
                template=sector,
                now=now,
            )
    trail.record(actor, "sector.adopted", adopted, after={"sector": sector, "version": adopted.version})
    return adopted


@transaction.atomic
def drop_sector(*, actor: Actor, sector: str, now: datetime.datetime) -> None:
    """Its risks and metrics are proposed no more; its fields stay until they are retired."""
    permissions.require(actor, KEEP)
    template = _known(sector)
    adopted = AdoptedSector.objects.filter(sector=sector).first()
    if adopted is None:
        raise RuleBroken(f"The template “{template.name}” is not adopted.", field="sector")
    trail.record(actor, "sector.dropped", adopted, before={"sector": sector})
    adopted.delete()


def _known(key: str) -> Sector:
    found = sector_of(key)
    if found is None:
        raise RuleBroken("Choose one of the sector templates.", field="sector")
    return found
