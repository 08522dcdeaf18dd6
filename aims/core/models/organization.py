from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from aims.core.enums import DigestTo, Role
from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def open(self) -> OrganizationQuerySet:
        """Not suspended. As a subquery, so that an UPDATE that asks it still looks at its own row last."""
        return self.filter(suspended_at=None)


class Organization(models.Model):
    """The tenant: one organization that runs one AI management system."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=60, default="UTC")
    second_factor_required = models.BooleanField(default=False, db_default=False)
    idle_minutes = models.PositiveSmallIntegerField(default=30, db_default=30)
    independence_months = models.PositiveSmallIntegerField(default=12, db_default=12)
    digest_to = models.CharField(
        max_length=20, choices=DigestTo.choices, default=DigestTo.NOBODY, db_default=DigestTo.NOBODY
    )
    is_sample = models.BooleanField(default=False, help_text="Sample data, removable in one step.")
    created_at = models.DateTimeField(auto_now_add=True)
    # Only the operators' login may change these two; a trigger refuses anybody else.
    suspended_at = models.DateTimeField(null=True, editable=False)
    suspension_reason = models.CharField(max_length=300, blank=True, editable=False)

    objects = OrganizationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("home", args=[self.slug])


class MemberQuerySet(TenantQuerySet):
    def active(self) -> MemberQuerySet:
        return self.filter(is_active=True)

    def with_role(self, *roles: str) -> MemberQuerySet:
        return self.active().filter(roles__overlap=list(roles))

    def waiting_for_hand_over(self) -> MemberQuerySet:
        return self.exclude(hand_over_since=None)

    def with_something_to_hand_over(self) -> MemberQuerySet:
        return self.active() | self.waiting_for_hand_over()


@tracked
class Member(TenantModel):
    """A person's place in one organization: name, address and the human roles they hold there."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    email = models.EmailField()
    roles = ArrayField(models.CharField(max_length=30, choices=Role.choices), default=list)
    roles_from_groups = ArrayField(
        models.CharField(max_length=30, choices=Role.choices),
        default=list,
        help_text="Those of the roles that only a group of the directory gives.",
    )
    is_active = models.BooleanField(default=True)
    hand_over_since = models.DateTimeField(
        null=True, help_text="The directory took access or a role, and records wait for somebody else."
    )
    joined_at = models.DateTimeField(auto_now_add=True)
    sessions_from = models.DateTimeField(null=True, help_text="Sessions older than this do not enter.")

    objects = TenantManager.of(MemberQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="member_once"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def role_names(self) -> list[str]:
        return [Role(role).label for role in self.roles]


class Reference(TenantModel):
    """The last number given out for one kind of human reference (R-012, EV-031)."""

    kind = models.CharField(max_length=20)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind"], name="reference_kind_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}-{self.last:03d}"
