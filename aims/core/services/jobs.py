"""What people do about jobs."""

from __future__ import annotations

from django.db import transaction

from aims.core import jobs, permissions, trail
from aims.core.actor import Actor
from aims.core.enums import JobState
from aims.core.models import Job


@transaction.atomic
def retry_job(*, actor: Actor, job: Job) -> None:
    permissions.require(actor, "core.retry_job", job)
    before = {"state": job.state}
    jobs.retry(actor=actor, job=job)
    trail.record(actor, "job.retried", job, before=before, after={"state": JobState.QUEUED})
