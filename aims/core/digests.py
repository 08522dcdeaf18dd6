"""The daily digest: the root of the trail goes out by mail, so that a copy lies outside the installation."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.urls import reverse

from aims.core.actor import Actor
from aims.core.days import end_of_day
from aims.core.enums import DigestTo, Role
from aims.core.messages import send_later
from aims.core.models import Member, Organization, TrailCheckpoint, TrailEvent
from aims.core.signing import Signer
from aims.core.tenancy.context import current_organization

ONE_DAY = datetime.timedelta(days=1)
READERS = {
    DigestTo.NOBODY: (),
    DigestTo.ADMINS: (Role.ADMIN,),
    DigestTo.ADMINS_AND_LEAD: (Role.ADMIN, Role.COMPLIANCE_LEAD),
}


def daily_round(actor: Actor, today: datetime.date) -> None:
    """Mail what yesterday added, once for each day and person; nothing of a day without lines."""
    organization = current_organization()
    roles = READERS[DigestTo(organization.digest_to)]
    if not roles:
        return
    day = today - ONE_DAY
    count = TrailEvent.objects.filter(at__gt=end_of_day(day - ONE_DAY), at__lte=end_of_day(day)).count()
    checkpoint = TrailCheckpoint.objects.first()
    if not count or checkpoint is None:
        return
    text = _text(organization, day, count, checkpoint)
    for member in Member.objects.with_role(*roles):
        send_later(
            dedupe=f"trail-digest:{day}:{member.pk}",
            recipient=member.email,
            subject=f"Activity log of {organization.name}, {day:%d %b %Y}",
            text=text,
        )


def _text(organization: Organization, day: datetime.date, count: int, checkpoint: TrailCheckpoint) -> str:
    stamped = f"{checkpoint.stamped_at:%Y-%m-%d %H:%M} UTC (RFC 3161)" if checkpoint.stamped_at else "none"
    added = "1 line was" if count == 1 else f"{count:,} lines were"
    return f"""\
{added} added to the activity log of {organization.name} on {day:%d %b %Y}.

Newest checkpoint: line {checkpoint.seq}, signed {checkpoint.made_at:%Y-%m-%d %H:%M} UTC
Root (SHA-256):    {bytes(checkpoint.hash).hex()}
Signing key:       {Signer.from_settings().fingerprint()}
Time stamp:        {stamped}

Keep this mail. As long as the log holds line {checkpoint.seq} with this root, nothing up to it was changed.
The signed checkpoint itself:

{checkpoint.note}
{settings.BASE_URL}{reverse("trail", args=[organization.slug])}
"""
