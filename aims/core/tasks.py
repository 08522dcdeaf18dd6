"""The worker's side: fetch, call one verb."""

from __future__ import annotations

import datetime
from typing import Any

from celery import current_app, shared_task
from django.utils import timezone

from aims.core import checkpoints, directory, jobs, limits, messages, reminders, signins
from aims.core.actor import system_actor
from aims.core.days import local_today
from aims.core.queries.people import is_suspended
from aims.core.registry import registry
from aims.core.services import operator_entries
from aims.core.tenancy.context import acting_in

QUIET_SECONDS = 20


@shared_task(name="core.run_job")
def run_job(*, organization_id: int, job_id: int) -> None:
    jobs.run(organization_id, job_id)


@shared_task(name="core.send_mail")
def send_mail(*, organization_id: int, mail_id: int) -> None:
    messages.send(organization_id, mail_id)


@shared_task(name="core.sweep", acks_late=False)
def sweep() -> None:
    """Ring again for work that ought to be moving and is not; write down the end of entries that ran out."""
    operator_entries.settle_all_over(now=timezone.now())
    for work, organization_id, row_id in directory.waiting_work(quiet_seconds=QUIET_SECONDS):
        if work == "job":
            _ring_again(organization_id, row_id)
        else:
            _send("core.send_mail", "mail", organization_id=organization_id, mail_id=row_id)


def _ring_again(organization_id: int, job_id: int) -> None:
    from aims.core.models import Job

    with acting_in(organization_id):
        Job.objects.filter(pk=job_id).update(nudged_at=timezone.now())
        kind = Job.objects.values_list("kind", flat=True).get(pk=job_id)
    queue = "pdf" if kind in jobs.SLOW_QUEUE_KINDS else "default"
    _send("core.run_job", queue, organization_id=organization_id, job_id=job_id)


def _send(task: str, queue: str, **arguments: Any) -> None:
    current_app.signature(task, kwargs=arguments).apply_async(queue=queue)


@shared_task(name="core.daily_rounds", acks_late=False)
def daily_rounds() -> None:
    """The scheduler's tick: one task per organization, so that one slow organization holds up no other."""
    limits.forget_old()
    for organization_id in directory.organization_ids():
        _send("core.daily_round", "default", organization_id=organization_id)


@shared_task(name="core.daily_round")
def daily_round(*, organization_id: int, today: str | None = None) -> None:
    """Move what time moves (evidence that expires, windows that open), then remind."""
    actor = system_actor(organization_id)
    with acting_in(organization_id, actor=actor):
        if is_suspended():
            return
        day = datetime.date.fromisoformat(today) if today else local_today()
    for move in registry.daily_rounds:
        with acting_in(organization_id, actor=actor):
            move(actor, day)
    with acting_in(organization_id, actor=actor):
        reminders.run_round(day)


@shared_task(name="core.checkpoints", acks_late=False)
def checkpoint_rounds() -> None:
    for organization_id in directory.organization_ids():
        _send("core.checkpoint", "default", organization_id=organization_id)


@shared_task(name="core.checkpoint")
def checkpoint(*, organization_id: int) -> None:
    checkpoints.round_of(organization_id, now=timezone.now())


@shared_task(name="core.note_failed_sign_in", acks_late=False)
def note_failed_sign_in(*, user_id: int, client: str) -> None:
    signins.note_failure(user_id, client)
