from __future__ import annotations

import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from aims.core.enums import Role
from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet


class InvitationQuerySet(TenantQuerySet):
    def waiting(self) -> InvitationQuerySet:
        """Neither accepted nor withdrawn; the link may have expired."""
        return self.filter(accepted_at=None, withdrawn_at=None)


class Invitation(TenantModel):
    """A place in the organization, offered to one e-mail address by a link that works once, for a week.

    With a grant it is an external auditor's, and offers no more than the account that the grant is for.
    """

    email = models.EmailField()
    name = models.CharField(max_length=150)
    roles = ArrayField(models.CharField(max_length=30, choices=Role.choices), default=list)
    grant = models.ForeignKey("core.AccessGrant", null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    times_sent = models.PositiveSmallIntegerField(default=1)
    created_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = TenantManager.of(InvitationQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None, grant=None),
                name="invitation_waits_once",
            ),
        ]
        indexes = [models.Index(fields=["organization", "digest"], name="invitation_digest")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.email

    @property
    def role_names(self) -> list[str]:
        return [Role(role).label for role in self.roles]

    def is_expired(self, now: datetime.datetime) -> bool:
        return self.expires_at <= now
