"""What an organization's administrators set about it."""

from __future__ import annotations

import zoneinfo

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.enums import DigestTo
from aims.core.exceptions import RuleBroken
from aims.core.models import Organization

FIELDS = ("name", "time_zone", "independence_months", "digest_to")


@transaction.atomic
def change_settings(
    *,
    actor: Actor,
    organization: Organization,
    name: str,
    time_zone: str,
    independence_months: int | None = None,
    digest_to: str = "",
) -> None:
    permissions.require(actor, "core.manage_settings")
    if not name.strip():
        raise RuleBroken("An organization has a name.", field="name")
    if time_zone not in zoneinfo.available_timezones():
        raise RuleBroken("There is no such time zone.", field="time_zone")
    independence_months = independence_months or organization.independence_months
    if not 1 <= independence_months <= 60:
        raise RuleBroken("Choose between 1 and 60 months.", field="independence_months")
    digest_to = digest_to or organization.digest_to
    if digest_to not in DigestTo.values:
        raise RuleBroken("Choose who gets the daily digest.", field="digest_to")
    before = {field: getattr(organization, field) for field in FIELDS}
    organization.name, organization.time_zone = name.strip()[:200], time_zone
    organization.independence_months, organization.digest_to = independence_months, digest_to
    organization.save(update_fields=FIELDS)
    after = {field: getattr(organization, field) for field in FIELDS}
    trail.record(actor, "organization.changed", organization, before=before, after=after)
