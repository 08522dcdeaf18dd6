from __future__ import annotations

from typing import ClassVar

from django.db import models

from aims.core.enums import JobState
from aims.core.tenancy.models import TenantModel


class Job(TenantModel):
    """Work that takes longer than a request. The row is the truth; the queue is only a bell.

    Claimed with a lease and a fencing number (`attempt`): a worker whose lease ran out cannot finish it.
    """

    kind = models.CharField(max_length=60)
    idempotency_key = models.CharField(max_length=120)
    arguments = models.JSONField(default=dict)
    title = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    nudged_at = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent")
    step = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    requested_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "idempotency_key"], name="job_once"),
        ]
        indexes = [models.Index(fields=["organization", "state", "lease_until"], name="job_due")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title or self.kind

    @property
    def is_finished(self) -> bool:
        return self.state in {JobState.DONE, JobState.FAILED}
