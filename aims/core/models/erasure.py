from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from aims.core.enums import ErasureGround, ErasureState
from aims.core.models.organization import Member
from aims.core.tenancy.models import TenantModel
from aims.core.tracking import tracked


@tracked
class Erasure(TenantModel):
    """The personal data of a departed member is replaced by a pseudonym, once another person confirms it.

    `kept` lists what still names the person and why: labels, addresses and reasons, never the name itself.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(max_length=20, choices=ErasureGround.choices)
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=ErasureState.choices, default=ErasureState.WAITING)
    kept = models.JSONField(default=list)
    account_ended = models.BooleanField(default=False)
    requested_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")), name="erasure_by_two"
            ),
            models.UniqueConstraint(
                fields=["organization", "member"],
                condition=~Q(state="refused"),
                name="erasure_of_member_once",
            ),
        ]
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"Erasure {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("erasure", args=[self.organization_slug, self.pk])
