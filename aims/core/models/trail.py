from __future__ import annotations

from typing import ClassVar

from django.db import models

from aims.core.tenancy.models import AuditorSees, TenantModel

MY_GRANT = "current_setting('app.current_grant', true)"


class TrailEvent(TenantModel):
    """One line of the append-only trail.

    `body` is the exact text that was hashed. `seq`, `previous` and `hash` are set by a deferred trigger at
    commit: hash = sha256(previous || int8 seq || body). The other columns repeat the body, for filters only;
    `verify` compares them with it.
    """

    body = models.TextField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.BigIntegerField(null=True, blank=True)
    seq = models.BigIntegerField(null=True, editable=False)
    previous = models.BinaryField(null=True, editable=False)
    hash = models.BinaryField(null=True, editable=False)

    #: An auditor reads what the portal wrote about the own access, and no line of anybody else.
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = f"actor IN ('auditor:' || {MY_GRANT}, 'invited:' || {MY_GRANT})"
    auditor_writes: ClassVar[bool] = True  # reads of evidence by auditors are recorded too

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "seq"], name="trail_seq_once"),
        ]
        indexes = [
            models.Index(fields=["organization", "-at"], name="trail_at"),
            models.Index(fields=["organization", "object_type", "object_id"], name="trail_object"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class TrailText(TenantModel):
    """What a person wrote, beside the chain: its line holds only the mark, a keyed hash of the text.

    The key lies here. When a person's data is erased, the name in the text is replaced and the key
    destroyed: the line stays as it was hashed, and tells nothing of the earlier words.
    """

    mark = models.CharField(max_length=64)
    key = models.BinaryField(null=True)
    text = models.TextField()
    actor = models.CharField(max_length=40)

    #: As the lines: an auditor adds, and reads those of the own access.
    auditor_sees: ClassVar[str] = AuditorSees.ENGAGEMENT
    auditor_rows: ClassVar[str] = TrailEvent.auditor_rows
    auditor_writes: ClassVar[bool] = True
    auditor_may_add: ClassVar[str] = TrailEvent.auditor_rows

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "mark"], name="trail_text_once")]

    def __str__(self) -> str:
        return self.mark


class TrailHead(TenantModel):
    """The end of one organization's chain: its last number and hash."""

    seq = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="trail_head_once")]

    def __str__(self) -> str:
        return str(self.seq)


class TrailCheckpoint(TenantModel):
    """The signed head of the chain at a moment; the same note is kept outside the database.

    Only what comes later may be written once: where it was stored, and its time stamp (RFC 3161).
    """

    seq = models.BigIntegerField()
    hash = models.BinaryField()
    note = models.TextField()
    made_at = models.DateTimeField()
    stored_at = models.DateTimeField(null=True)
    stamp = models.BinaryField(null=True)
    stamped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "seq"], name="trail_checkpoint_once"),
        ]
        ordering = ["-seq"]

    def __str__(self) -> str:
        return f"Checkpoint at line {self.seq}"
