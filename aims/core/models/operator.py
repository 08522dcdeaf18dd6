from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.urls import reverse

from aims.core.enums import EntryEnd
from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet

LONGEST_ENTRY = datetime.timedelta(hours=4)


class OperatorEvent(models.Model):
    """One line of the trail of the installation: what its operators did, outside any organization.

    Only the operators' login reads and adds lines. `seq`, `previous` and `hash` are set by a trigger, by the
    rule of the organizations' trails: hash = sha256(previous || int8 seq || body).
    """

    body = models.TextField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    action = models.CharField(max_length=80)
    organization_slug = models.CharField(max_length=60, blank=True)
    seq = models.BigIntegerField(null=True, editable=False, unique=True)
    previous = models.BinaryField(null=True, editable=False)
    hash = models.BinaryField(null=True, editable=False)

    class Meta:
        ordering = ["-seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class OperatorEntryQuerySet(TenantQuerySet):
    def running(self, *, at: datetime.datetime) -> OperatorEntryQuerySet:
        return self.filter(ended_at=None, ends_at__gt=at)

    def over(self, *, at: datetime.datetime) -> OperatorEntryQuerySet:
        """Time has closed them and nobody has said so yet."""
        return self.filter(ended_at=None, ends_at__lte=at)


class OperatorEntry(TenantModel):
    """An operator of the installation reads in one organization for some hours, for a reason it is told.

    A fact: the database lets nothing of it be changed but its end, once. What was read stands in the trail of
    the organization, under the entry's number.
    """

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    operator_name = models.CharField(max_length=150)
    reason = models.CharField(max_length=300)
    ticket = models.CharField(max_length=120)
    opens_files = models.BooleanField(default=False)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_how = models.CharField(max_length=12, choices=EntryEnd.choices, blank=True)
    ended_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantManager.of(OperatorEntryQuerySet)

    class Meta:
        verbose_name = "operator's entry"
        ordering = ["-id"]
        indexes = [models.Index(fields=["organization", "ended_at"], name="entry_ended")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    ends_at__gt=models.F("begins_at"), ends_at__lte=models.F("begins_at") + LONGEST_ENTRY
                ),
                name="entry_of_four_hours_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"Entry {self.pk} of {self.operator_name}"

    def get_absolute_url(self) -> str:
        return reverse("operator_entry", args=[self.organization_slug, self.pk])

    def runs(self, *, at: datetime.datetime) -> bool:
        """As the database function `operator_entry_runs` decides it, which asks for an operator as well."""
        return self.ended_at is None and self.ends_at > at
