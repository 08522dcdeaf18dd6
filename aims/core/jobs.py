"""Jobs: work that outlives a request. The row is the truth, the queue only rings the bell.

A job is claimed with a lease and a fencing number; one whose worker died is picked up again by the sweeper,
and a worker whose lease ran out cannot finish it. Kinds are registered with `registry.job(kind)`.
"""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from aims.core.actor import Actor, ActorKind, member_actor, system_actor
from aims.core.enums import JobState
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import ApiKey, Job, Member, Organization
from aims.core.registry import registry
from aims.core.tenancy.context import acting_for_nobody, acting_in

LEASE = datetime.timedelta(minutes=5)
MOST_ATTEMPTS = 5
SLOW_QUEUE_KINDS = {"build_pack"}
PROGRESS_EVERY_SECONDS = 0.5

logger = logging.getLogger(__name__)
Finish = Callable[[], dict[str, Any]]


class LeaseLost(RuntimeError):
    """Another worker has the job, or the organization is suspended; what was made here is thrown away."""


def enqueue(
    *, actor: Actor, kind: str, key: str, title: str = "", arguments: dict[str, Any] | None = None
) -> Job:
    """Write the job row now and ring the bell after commit. The same key gives the same job."""
    job, is_new = Job.objects.get_or_create(
        organization_id=actor.organization_id,
        idempotency_key=key,
        defaults={
            "kind": kind,
            "title": title,
            "arguments": arguments or {},
            "requested_by_id": actor.member_id,
        },
    )
    if is_new:
        ring(actor.organization_id, job.pk, kind)
    return job


def retry(*, actor: Actor, job: Job) -> None:
    """Start a failed job again, as a person asked."""
    changed = Job.objects.filter(pk=job.pk, state=JobState.FAILED).update(
        state=JobState.QUEUED, attempt=0, error="", progress=0, nudged_at=None
    )
    if not changed:
        raise RuleBroken("Only a failed job can be started again.")
    ring(actor.organization_id, job.pk, job.kind)


def ring(organization_id: int, job_id: int, kind: str) -> None:
    queue = "pdf" if kind in SLOW_QUEUE_KINDS else "default"
    publish("core.run_job", queue, organization_id=organization_id, job_id=job_id)


def publish(task: str, queue: str, **arguments: Any) -> None:
    """Queue a task by name after commit. A lost message is repaired by the sweeper."""

    def send() -> None:
        try:
            current_app.signature(task, kwargs=arguments).apply_async(queue=queue)
        except Exception:  # the broker may be away; the row stays and the sweeper rings again
            logger.warning("%s could not be queued; the sweeper will ring again", task, exc_info=True)

    transaction.on_commit(send)


@dataclass
class Work:
    """What a job's function is given: its arguments and a way to tell how far it is.

    Call `progress` outside transactions: it commits at once, so that a page can show it.
    """

    organization_id: int
    job_id: int
    attempt: int
    arguments: dict[str, Any]
    requested_by_id: int | None
    _told_at: float = 0.0

    def progress(self, percent: int, step: str) -> None:
        """Show the progress and renew the lease; raises LeaseLost when the job is somebody else's now."""
        if percent < 100 and time.monotonic() - self._told_at < PROGRESS_EVERY_SECONDS:
            return
        self._told_at = time.monotonic()
        with acting_in(self.organization_id):
            held = _mine(self).update(progress=percent, step=step, lease_until=timezone.now() + LEASE)
        if not held:
            raise LeaseLost(f"job {self.job_id}")


def run(organization_id: int, job_id: int) -> None:
    """Do one job: claim, work, finish in one fenced transaction. Safe to call twice."""
    with acting_for_nobody():
        _run(organization_id, job_id)


def _run(organization_id: int, job_id: int) -> None:
    work, kind = _claim(organization_id, job_id)
    if work is None:
        return
    try:
        finish: Finish = registry.job_kinds[kind](work)
        _finish(work, finish)
    except LeaseLost:
        logger.info("job %s was taken over or its organization suspended", job_id)
    except Exception as failure:
        logger.exception("job %s (%s) failed", job_id, kind)
        _note_failure(work, failure)


def _claim(organization_id: int, job_id: int) -> tuple[Work | None, str]:
    now = timezone.now()
    with acting_in(organization_id):
        free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
        claimed = Job.objects.filter(free, pk=job_id, organization__in=Organization.objects.open()).update(
            state=JobState.RUNNING, attempt=F("attempt") + 1, lease_until=now + LEASE, progress=0, step=""
        )
        if not claimed:
            return None, ""
        job = Job.objects.get(pk=job_id)
    if job.attempt > MOST_ATTEMPTS:
        _give_up(organization_id, job, "It was tried five times and never finished.")
        return None, ""
    work = Work(organization_id, job_id, job.attempt, job.arguments, job.requested_by_id)
    return work, job.kind


def _finish(work: Work, finish: Finish) -> None:
    with acting_in(work.organization_id):
        done = _mine(work).update(
            state=JobState.DONE, progress=100, step="", lease_until=None, finished_at=timezone.now()
        )
        if not done:
            raise LeaseLost(f"job {work.job_id}")
        Job.objects.filter(pk=work.job_id).update(result=finish())


def _note_failure(work: Work, failure: Exception) -> None:
    sentence = str(failure) if isinstance(failure, RuleBroken) else f"{type(failure).__name__}: {failure}"
    with acting_in(work.organization_id):
        job = _mine(work).first()
        if job is not None:
            _give_up(work.organization_id, job, sentence)


def _give_up(organization_id: int, job: Job, sentence: str) -> None:
    with acting_in(organization_id):
        Job.objects.filter(pk=job.pk).update(
            state=JobState.FAILED, error=sentence[:2000], lease_until=None, finished_at=timezone.now()
        )
        failed = registry.job_kinds.get(f"{job.kind}:failed")
        if failed:
            failed(job, sentence)


def requester_of(work: Work) -> Actor:
    """Whoever asked, with the rights they have now; a key is named by `key` among the arguments.

    Raises NotAllowed where a person has left.
    """
    organization_id, key_id = work.organization_id, work.arguments.get("key")
    with acting_in(organization_id):
        if work.requested_by_id is not None:
            member = Member.objects.active().filter(pk=work.requested_by_id).first()
            if member is None:
                raise NotAllowed("Whoever asked for this has left.")
            return member_actor(member)
        if key_id:
            key = ApiKey.objects.select_related("responsible").get(pk=key_id)
            return Actor(
                kind=ActorKind.KEY,
                name=key.name,
                organization_id=organization_id,
                key_id=key.pk,
                scopes=frozenset(key.scopes if key.works(at=timezone.now()) else ()),
            )
    return system_actor(organization_id)


def _mine(work: Work) -> Any:
    """Nobody's while the organization is suspended: its lease runs out and the sweeper rings afterwards."""
    return Job.objects.filter(
        pk=work.job_id,
        attempt=work.attempt,
        state=JobState.RUNNING,
        organization__in=Organization.objects.open(),
    )


def run_now(job: Job) -> Job:
    """Do a job in the foreground, with the same code as the worker (for commands)."""
    run(job.organization_id, job.pk)
    with acting_in(job.organization_id):
        return Job.objects.get(pk=job.pk)
