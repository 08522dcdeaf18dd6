from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import BodyPart


@tracked
class GovernanceBody(TenantModel):
    """Those who steer the AIMS together: a committee or a board, by its charter (5.1, 5.3)."""

    name = models.CharField(max_length=200)
    charter = models.TextField(blank=True)
    evidence = models.ForeignKey("core.Evidence", null=True, on_delete=models.PROTECT, related_name="+")
    ended_on = models.DateField(null=True, blank=True)
    author = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="body_name_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        return reverse("body", args=[self.organization_slug, self.pk])


@tracked
class BodySeat(TenantModel):
    """Somebody's part in a body, for a time."""

    body = models.ForeignKey(GovernanceBody, on_delete=models.CASCADE, related_name="seats")
    person = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=10, choices=BodyPart.choices, default=BodyPart.MEMBER)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_part_display()} since {self.since}"


def filled_on(day: datetime.date) -> Q:
    """Seats whose term runs on that day."""
    return Q(since__lte=day) & (Q(until=None) | Q(until__gte=day))


@tracked
class BodyMeeting(TenantModel):
    """A meeting of a body: when, about what, with its minutes."""

    body = models.ForeignKey(GovernanceBody, on_delete=models.CASCADE, related_name="meetings")
    held_on = models.DateField()
    agenda = models.TextField()
    guests = models.CharField(max_length=500, blank=True)
    evidence = models.ForeignKey("core.Evidence", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        ordering = ["-held_on", "-id"]

    def __str__(self) -> str:
        return f"Meeting of {self.held_on}"

    def get_absolute_url(self) -> str:
        return reverse("meeting", args=[self.organization_slug, self.pk])


@tracked
class MeetingPresence(TenantModel):
    """Somebody who took part in a meeting."""

    meeting = models.ForeignKey(BodyMeeting, on_delete=models.CASCADE, related_name="presences")
    person = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="+")

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "meeting", "person"], name="presence_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.meeting_id}"


class DecisionQuerySet(TenantQuerySet):
    def open(self) -> DecisionQuerySet:
        return self.filter(due_date__isnull=False, done_on=None)


@tracked
class BodyDecision(TenantModel):
    """What a body decided; with a day, somebody sees to it, and it stays open until they say it is done."""

    meeting = models.ForeignKey(BodyMeeting, on_delete=models.CASCADE, related_name="decisions")
    text = models.TextField()
    owner = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    due_date = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    done_note = models.TextField(blank=True)
    done_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantManager.of(DecisionQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_open(self) -> bool:
        return self.due_date is not None and self.done_on is None
