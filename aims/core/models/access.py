from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from guardian.managers import UserObjectPermissionManager
from guardian.models import UserObjectPermissionBase

from aims.core.enums import GrantState
from aims.core.models.evidence import Evidence
from aims.core.tenancy.models import AuditorSees, TenantManager, TenantModel, TenantQuerySet


class AccessGrantQuerySet(TenantQuerySet):
    def running(self, *, at: datetime.datetime) -> AccessGrantQuerySet:
        return self.filter(state=GrantState.ACTIVE, starts_at__lte=at, ends_at__gt=at, revoked_at=None)


class AccessGrant(TenantModel):
    """An external auditor's time-boxed, read-only access (SM-27, SOD-07); the database enforces it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=150)
    firm = models.CharField(max_length=150, blank=True)
    purpose = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=GrantState.choices, default=GrantState.INVITED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    may_download = models.BooleanField(default=True)
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantManager.of(AccessGrantQuerySet)
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = "id = nullif(current_setting('app.current_grant', true), '')::bigint"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="grant_window_in_order"
            ),
        ]
        indexes = [models.Index(fields=["organization", "user"], name="grant_user")]

    def __str__(self) -> str:
        return f"{self.name} until {self.ends_at:%Y-%m-%d}"


class GrantedObject(TenantModel):
    """One object an access grant covers, by table label such as `inventory.aisystem`."""

    grant = models.ForeignKey(AccessGrant, on_delete=models.CASCADE, related_name="objects_granted")
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField()

    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = "grant_id = nullif(current_setting('app.current_grant', true), '')::bigint"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "grant", "object_type", "object_id"], name="granted_object_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_id}"


class ApiKey(TenantModel):
    """A key for one integration: hashed, scoped, expiring; shown once when made.

    After a rotation the previous secret works until `previous_ends_at`.
    """

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    previous_prefix = models.CharField(max_length=12, blank=True)
    previous_digest = models.CharField(max_length=64, blank=True)
    previous_ends_at = models.DateTimeField(null=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    rate_limit = models.PositiveIntegerField(default=600)
    responsible = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=43, blank=True)
    revoked_at = models.DateTimeField(null=True)
    row_version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "prefix"], name="api_key_prefix_once")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    def works(self, *, at: datetime.datetime) -> bool:
        """As the database function `api_key_by_prefix` decides it for requests."""
        has_person = self.responsible is None or self.responsible.is_active
        return self.revoked_at is None and self.expires_at > at and has_person

    def overlaps(self, *, at: datetime.datetime) -> bool:
        """Whether the secret from before the rotation still works."""
        return self.previous_ends_at is not None and self.previous_ends_at > at


class KeptAnswer(TenantModel):
    """What a key was answered under an Idempotency-Key: the same request again gets it again."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    route = models.CharField(max_length=300)
    name = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "key", "route", "name"], name="answer_kept_once")
        ]
        indexes = [models.Index(fields=["organization", "created_at"], name="answer_age")]

    def __str__(self) -> str:
        return f"{self.status} for {self.route}"


class EvidencePermissionManager(TenantManager, UserObjectPermissionManager):  # type: ignore[type-arg]
    """guardian's own verbs, within the organization acted in."""


class EvidencePermission(TenantModel, UserObjectPermissionBase):
    """One document shared with one named person outside their role (django-guardian, direct foreign key)."""

    # guardian finds this table by the reverse relation, so that may not be hidden.
    content_object = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="shares")
    shared_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    shared_at = models.DateTimeField(auto_now_add=True)

    objects = EvidencePermissionManager()

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        unique_together: ClassVar[list[Any]] = []
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "permission", "content_object"], name="evidence_shared_once"
            ),
        ]
        indexes = [models.Index(fields=["organization", "content_object"], name="evidence_shared")]
