from __future__ import annotations

from django.db import models

from aims.core.models.organization import Member
from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet


class SavedViewQuerySet(TenantQuerySet):
    def seen_by(self, member_id: int | None) -> SavedViewQuerySet:
        """One's own, and those that others share; for a key, which is nobody, what is shared."""
        shared = models.Q(is_shared=True)
        return self.filter(shared if member_id is None else shared | models.Q(member_id=member_id))

    def saved_by(self, member_id: int | None) -> SavedViewQuerySet:
        """Of this person, or of keys."""
        return self.filter(member_id=member_id) if member_id is not None else self.filter(member=None)


class SavedView(TenantModel):
    """Filters and order of a register under a name; no record of the AIMS, and gone when it is removed."""

    # Whose it is; nobody's where a key saved it, which shares what it saves.
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="+")
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
            ),
            models.UniqueConstraint(
                fields=["organization", "register", "name"],
                condition=models.Q(member=None),
                name="saved_view_of_nobody_once",
            ),
            models.CheckConstraint(
                condition=models.Q(member__isnull=False) | models.Q(is_shared=True),
                name="saved_view_of_nobody_shared",
            ),
        ]
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
