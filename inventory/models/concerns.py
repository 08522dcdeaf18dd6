from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.sealing import SealBroken, unseal
from aims.core.tenancy.models import TenantModel
from inventory.enums import ConcernOutcome, ConcernState

# None of these tables is tracked or shown to guests, the database opens a concern to its handlers and its
# reporter only, and what people wrote is sealed: row history, trail, exports and backups carry no word of it.

UNREADABLE = "This text cannot be read with the present key of the installation."
#: See sql/concerns.sql.
OPENS = "concern_opens(organization_id, id, reporter_id, code_digest)"


def opened(sealed: str) -> str:
    if not sealed:
        return ""
    try:
        return unseal(sealed)
    except SealBroken:
        return UNREADABLE


def of_an_open_concern(table: str) -> str:
    """Whatever hangs on a concern opens with it."""
    return (
        "EXISTS (SELECT 1 FROM inventory_concern c"  # noqa: S608 (our own tables)
        f" WHERE c.organization_id = {table}.organization_id AND c.id = {table}.concern_id)"
    )


class Concern(TenantModel):
    """A concern about AI, raised in confidence (A.3.3). Only its named handlers and its reporter read it."""

    reference = models.CharField(max_length=20, editable=False)
    sealed_report = models.TextField()
    reporter = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    code_digest = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    sealed_late_reason = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, choices=ConcernOutcome.choices, blank=True)
    sealed_conclusion = models.TextField(blank=True)
    sealed_measures = models.TextField(blank=True)
    sealed_handover = models.TextField(blank=True)
    feedback_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=20, choices=ConcernState.choices, default=ConcernState.RECEIVED)
    state_since = models.DateTimeField()

    confidential: ClassVar[str] = OPENS

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="concern_reference_once")
        ]
        indexes = [models.Index(fields=["organization", "code_digest"], name="concern_code")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("concern", args=[self.organization_slug, self.pk])

    @property
    def report(self) -> str:
        return opened(self.sealed_report)

    @property
    def late_reason(self) -> str:
        return opened(self.sealed_late_reason)

    @property
    def conclusion(self) -> str:
        return opened(self.sealed_conclusion)

    @property
    def measures(self) -> str:
        return opened(self.sealed_measures)

    @property
    def handover(self) -> str:
        return opened(self.sealed_handover)


class ConcernHandler(TenantModel):
    """Who handles concerns, named by top management; the compliance lead only when named."""

    member = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="+")
    appointed_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    appointed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "member"],
                condition=Q(ended_at=None),
                name="concern_handler_once",
            )
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"handler {self.member_id}"


class ConcernAbout(TenantModel):
    """Somebody whom a concern is about, or who has a conflict of interest: never a handler of it."""

    concern = models.ForeignKey(Concern, on_delete=models.CASCADE, related_name="about")
    member = models.ForeignKey("core.Member", on_delete=models.PROTECT, related_name="+")

    confidential: ClassVar[str] = of_an_open_concern("inventory_concernabout")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "concern", "member"], name="concern_about_once")
        ]

    def __str__(self) -> str:
        return f"{self.concern_id} is about {self.member_id}"


class ConcernAccess(TenantModel):
    """The list of those who read one concern, made at its acknowledgement.

    It names the appointment, not the person: what has ended opens nothing, also to who is named again.
    """

    concern = models.ForeignKey(Concern, on_delete=models.CASCADE, related_name="access")
    handler = models.ForeignKey(ConcernHandler, on_delete=models.PROTECT, related_name="+")

    confidential: ClassVar[str] = of_an_open_concern("inventory_concernaccess")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "concern", "handler"], name="concern_access_once")
        ]

    def __str__(self) -> str:
        return f"{self.handler_id} reads {self.concern_id}"


class ConcernMessage(TenantModel):
    """What handlers and reporter wrote to each other."""

    concern = models.ForeignKey(Concern, on_delete=models.CASCADE, related_name="messages")
    is_from_reporter = models.BooleanField()
    sealed_text = models.TextField()
    at = models.DateTimeField()

    confidential: ClassVar[str] = of_an_open_concern("inventory_concernmessage")

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def text(self) -> str:
        return opened(self.sealed_text)


class ConcernEntry(TenantModel):
    """What was done about a concern, by whom: the trail holds the digest of each line and nothing else."""

    concern = models.ForeignKey(Concern, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    action = models.CharField(max_length=30)
    member = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)

    append_only: ClassVar[bool] = True
    confidential: ClassVar[str] = of_an_open_concern("inventory_concernentry")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.action
