"""What an organization's administrators set about it."""

from __future__ import annotations

import zoneinfo

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.models import Organization


@transaction.atomic
def change_settings(*, actor: Actor, organization: Organization, name: str, time_zone: str) -> None:
    permissions.require(actor, "core.manage_settings")
    if not name.strip():
        raise RuleBroken("An organization has a name.", field="name")
    if time_zone not in zoneinfo.available_timezones():
        raise RuleBroken("There is no such time zone.", field="time_zone")
    before = {"name": organization.name, "time_zone": organization.time_zone}
    organization.name, organization.time_zone = name.strip()[:200], time_zone
    organization.save(update_fields=["name", "time_zone"])
    after = {"name": organization.name, "time_zone": organization.time_zone}
    trail.record(actor, "organization.changed", organization, before=before, after=after)
