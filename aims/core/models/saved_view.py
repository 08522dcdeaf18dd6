from __future__ import annotations

from django.db import models

from aims.core.models.organization import Member
from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet


class SavedViewQuerySet(TenantQuerySet):
    def seen_by(self, member_id: int) -> SavedViewQuerySet:
        """One's own, and those that others share."""
        return self.filter(models.Q(member_id=member_id) | models.Q(is_shared=True))


class SavedView(TenantModel):
    """Filters and order of a register under a name; no record of the AIMS, and gone when it is removed."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    # The name of the register among the addresses, and what follows the question mark.
    register = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    name = models.CharField(max_length=60)
    is_shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    objects = TenantManager.of(SavedViewQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "member", "register", "name"], name="saved_view_name_once"
            )
        ]
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
