from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from aims.core.enums import Role
from aims.core.tenancy.models import TenantModel


class ProvisionedMember(TenantModel):
    """What the organization's directory calls a member."""

    member = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="provisioned")
    external_id = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "member"], name="provisioned_member_once"),
        ]

    def __str__(self) -> str:
        return self.external_id


class DirectoryGroup(TenantModel):
    """A group of the organization's directory and the roles that an administrator lets it give."""

    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=200, blank=True)
    roles = ArrayField(models.CharField(max_length=30, choices=Role.choices), default=list)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="directory_group_name_once"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DirectoryGroupMember(TenantModel):
    """One member in one group of the directory."""

    group = models.ForeignKey(DirectoryGroup, on_delete=models.CASCADE, related_name="entries")
    member = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="directory_entries")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "group", "member"], name="directory_group_member_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id}: {self.member_id}"  # type: ignore[attr-defined]
