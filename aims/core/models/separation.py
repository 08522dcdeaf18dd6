from __future__ import annotations

import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from aims.core.days import end_of_day, start_of_day
from aims.core.enums import Role, RoleRequestState, SeparationRule
from aims.core.models.organization import Member
from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked


class SeparationExceptionQuerySet(TenantQuerySet):
    def running(self, *, on: datetime.date) -> SeparationExceptionQuerySet:
        return self.filter(ended_at=None, ends_on__gte=on)

    def running_between(self, first: datetime.date, last: datetime.date) -> SeparationExceptionQuerySet:
        ended_before = Q(ends_on__lt=first) | Q(ended_at__lt=start_of_day(first))
        return self.filter(granted_at__lte=end_of_day(last)).exclude(ended_before)


@tracked
class SeparationException(TenantModel):
    """For a time, one person may stand on both sides of one act, with a compensating check (SOD-09)."""

    reference = models.CharField(max_length=20)
    rule = models.CharField(max_length=6, choices=SeparationRule.choices)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField(null=True)
    object_label = models.CharField(max_length=200, blank=True)
    reason = models.TextField()
    compensating_check = models.TextField()
    ends_on = models.DateField()
    granted_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    ended_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = TenantManager.of(SeparationExceptionQuerySet)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(member=F("granted_by")), name="exception_by_another_person"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "rule", "member"], name="exception_lookup"),
        ]
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.rule}"

    def get_absolute_url(self) -> str:
        return reverse("exceptions", args=[self.organization_slug])


class DelegationQuerySet(TenantQuerySet):
    def running(self, *, on: datetime.date) -> DelegationQuerySet:
        return self.filter(revoked_at=None, starts_on__lte=on, ends_on__gte=on)


@tracked
class Delegation(TenantModel):
    """A member lets another act in one of their roles for a time (SOD-10); it ends by itself."""

    delegator = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    delegate = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=Role.choices)
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantManager.of(DelegationQuerySet)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(delegator=F("delegate")), name="delegation_to_another"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="delegation_in_order"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "delegate"], name="delegation_delegate"),
        ]
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{Role(self.role).label} until {self.ends_on}"


@tracked
class RoleRequest(TenantModel):
    """An administrator asks for a role of their own; another person decides (SOD-06)."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    roles = ArrayField(models.CharField(max_length=30, choices=Role.choices))
    reason = models.CharField(max_length=300)
    state = models.CharField(
        max_length=10, choices=RoleRequestState.choices, default=RoleRequestState.WAITING
    )
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("member")), name="role_by_another_person"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organization", "state"], name="role_request_state"),
        ]
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.member}: {', '.join(str(Role(role).label) for role in self.roles)}"
