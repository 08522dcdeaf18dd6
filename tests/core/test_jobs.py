"""Jobs, mail and reminders: nothing lost, nothing done twice, wherever a worker dies."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.db import connections
from django.utils import timezone

from aims.core import directory, jobs, messages
from aims.core.enums import JobState, MailState
from aims.core.exceptions import RuleBroken
from aims.core.models import Job, Mail, Notification, Reminder
from aims.core.registry import Due, registry
from aims.core.reminders import run_round
from aims.core.services.jobs import retry_job
from aims.core.tenancy.context import acting_as, acting_in
from tests.cast import TODAY, House, build_house

PAST = datetime.timedelta(minutes=10)


class Killed(BaseException):
    """The process is gone: nothing after this point runs, no handler either."""


@pytest.fixture
def house(transactional_db: None) -> House:
    return build_house("Meadow Clinic", "meadow")


@pytest.fixture
def kind() -> Iterator[dict[str, Any]]:
    """A kind of job that tells one person, with a place to die at each step."""
    plan: dict[str, Any] = {"die_at": "", "runs": 0, "finished": 0}

    def work(job: jobs.Work) -> jobs.Finish:
        plan["runs"] += 1
        step("started")
        job.progress(50, "Half")
        step("half")

        def finish() -> dict[str, Any]:
            step("finishing")
            from aims.core.models import Member

            member = Member.objects.get(roles__contains=["compliance_lead"])
            messages.tell(member, dedupe=f"job:{job.job_id}", text="Done", mail_subject="Done")
            plan["finished"] += 1
            step("told")
            return {"url": "/done"}

        step("made")
        return finish

    def step(name: str) -> None:
        if plan["die_at"] == name:
            plan["die_at"] = ""
            raise Killed(name)

    plan["step"] = step
    registry.job_kinds["test"] = work
    yield plan
    del registry.job_kinds["test"]


def enqueue(house: House, key: str = "one") -> Job:
    with acting_as(house.lead) as actor:
        return jobs.enqueue(actor=actor, kind="test", key=key, title="A test")


def now_stored(house: House, job: Job) -> Job:
    with acting_in(house.organization):
        return Job.objects.get(pk=job.pk)


def lease_runs_out(house: House) -> None:
    with acting_in(house.organization):
        Job.objects.filter(state=JobState.RUNNING).update(lease_until=timezone.now() - PAST)
        Job.objects.filter(state=JobState.QUEUED).update(nudged_at=timezone.now() - PAST)
        Mail.objects.filter(state=MailState.SENDING).update(lease_until=timezone.now() - PAST)


def sweep() -> list[tuple[str, int, int]]:
    """What the sweeper would ring for, done here."""
    waiting = directory.waiting_work(quiet_seconds=20)
    for work, organization_id, pk in waiting:
        (jobs.run if work == "job" else messages.send)(organization_id, pk)
    return waiting


@pytest.mark.parametrize("point", ["never published", "started", "half", "made", "finishing", "told"])
def test_a_worker_that_dies_loses_nothing_and_doubles_nothing(
    house: House, kind: dict[str, Any], point: str
) -> None:
    job = enqueue(house)
    if point != "never published":
        kind["die_at"] = point
        with pytest.raises(Killed):
            jobs.run(house.organization.pk, job.pk)

    assert now_stored(house, job).state != JobState.DONE
    lease_runs_out(house)
    assert ("job", house.organization.pk, job.pk) in sweep()

    done = now_stored(house, job)
    assert (done.state, done.progress, done.result) == (JobState.DONE, 100, {"url": "/done"})
    with acting_in(house.organization):
        assert Notification.objects.filter(dedupe=f"job:{job.pk}").count() == 1
        assert Mail.objects.filter(dedupe__startswith=f"job:{job.pk}").count() == 1


def test_a_job_is_not_taken_while_somebody_holds_it(house: House, kind: dict[str, Any]) -> None:
    job = enqueue(house)
    kind["die_at"] = "half"
    with pytest.raises(Killed):
        jobs.run(house.organization.pk, job.pk)

    jobs.run(house.organization.pk, job.pk)

    assert kind["runs"] == 1
    assert ("job", house.organization.pk, job.pk) not in directory.waiting_work(quiet_seconds=20)


def test_a_worker_whose_lease_ran_out_finishes_nothing(house: House, kind: dict[str, Any]) -> None:
    job = enqueue(house)
    slow: list[jobs.Work] = []
    quick = registry.job_kinds["test"]

    def slow_work(work: jobs.Work) -> jobs.Finish:
        slow.append(work)
        registry.job_kinds["test"] = quick
        lease_runs_out(house)
        jobs.run(house.organization.pk, job.pk)  # the second worker takes over and is done first
        return lambda: {"url": "/late"}

    registry.job_kinds["test"] = slow_work
    jobs.run(house.organization.pk, job.pk)

    done = now_stored(house, job)
    assert (done.state, done.attempt, done.result) == (JobState.DONE, 2, {"url": "/done"})
    with pytest.raises(jobs.LeaseLost):
        slow[0].progress(100, "Still here")
    assert kind["finished"] == 1


def test_two_bells_do_one_job_once(house: House, kind: dict[str, Any]) -> None:
    job = enqueue(house)

    in_threads(8, lambda: jobs.run(house.organization.pk, job.pk))

    assert kind["runs"] == kind["finished"] == 1
    assert now_stored(house, job).state == JobState.DONE


def test_the_same_key_is_the_same_job(house: House, kind: dict[str, Any]) -> None:
    assert enqueue(house).pk == enqueue(house).pk != enqueue(house, "two").pk


def test_a_failure_is_told_and_started_again_by_a_person(house: House, kind: dict[str, Any]) -> None:
    job = enqueue(house)
    good = registry.job_kinds["test"]

    def refuse(work: jobs.Work) -> jobs.Finish:
        raise RuleBroken("Row 7 has no name.")

    registry.job_kinds["test"] = refuse
    jobs.run(house.organization.pk, job.pk)
    failed = now_stored(house, job)
    assert (failed.state, failed.error) == (JobState.FAILED, "Row 7 has no name.")

    registry.job_kinds["test"] = good
    with acting_as(house.lead) as actor:
        retry_job(actor=actor, job=failed)
    jobs.run(house.organization.pk, job.pk)

    assert now_stored(house, job).state == JobState.DONE
    with pytest.raises(RuleBroken, match="Only a failed job"), acting_as(house.lead) as actor:
        retry_job(actor=actor, job=job)


def test_a_job_that_kills_its_worker_is_given_up(house: House, kind: dict[str, Any]) -> None:
    job = enqueue(house)
    for _ in range(jobs.MOST_ATTEMPTS):
        kind["die_at"] = "started"
        with pytest.raises(Killed):
            jobs.run(house.organization.pk, job.pk)
        lease_runs_out(house)

    jobs.run(house.organization.pk, job.pk)

    given_up = now_stored(house, job)
    assert given_up.state == JobState.FAILED
    assert kind["runs"] == jobs.MOST_ATTEMPTS
    lease_runs_out(house)
    assert directory.waiting_work(quiet_seconds=20) == []


def queued_mail(house: House) -> Mail:
    with acting_in(house.organization):
        messages.send_later(dedupe="one", recipient="a@x.test", subject="Due\nsoon", text="Text")
        messages.send_later(dedupe="one", recipient="a@x.test", subject="Due again", text="Text")
        return Mail.objects.get()


def test_a_mail_goes_out_once_with_a_name_that_stays(house: House) -> None:
    mail = queued_mail(house)

    in_threads(8, lambda: messages.send(house.organization.pk, mail.pk))

    assert [each.subject for each in outbox.outbox] == ["Due soon"]
    with acting_in(house.organization):
        assert Mail.objects.get().state == MailState.SENT


def test_a_mail_whose_sender_died_carries_the_same_name_again(house: House, monkeypatch: Any) -> None:
    mail = queued_mail(house)
    deliver = EmailBackend.send_messages

    def deliver_and_die(self: Any, messages: Any) -> None:
        deliver(self, messages)
        raise Killed("after the server said 250")

    monkeypatch.setattr(EmailBackend, "send_messages", deliver_and_die)
    with pytest.raises(Killed):
        messages.send(house.organization.pk, mail.pk)
    monkeypatch.setattr(EmailBackend, "send_messages", deliver)
    lease_runs_out(house)
    sweep()

    names = [each.extra_headers["Message-ID"] for each in outbox.outbox]
    assert len(names) == 2 and len(set(names)) == 1
    assert names[0].startswith("<") and names[0].endswith(">")
    with acting_in(house.organization):
        assert Mail.objects.get().state == MailState.SENT


def test_a_server_that_is_away_is_tried_again_and_given_up(house: House, monkeypatch: Any) -> None:
    mail = queued_mail(house)

    def away(self: Any, messages: Any) -> None:
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(EmailBackend, "send_messages", away)
    for _ in range(messages.MOST_ATTEMPTS + 2):
        messages.send(house.organization.pk, mail.pk)

    with acting_in(house.organization):
        kept = Mail.objects.get()
    assert (kept.state, kept.attempt) == (MailState.FAILED, messages.MOST_ATTEMPTS)
    assert "nobody there" in kept.error


def test_a_reminder_is_sent_once_under_eight_rounds_at_once(house: House, monkeypatch: Any) -> None:
    member = house.member["lead"]
    dues = [
        Due("test", "core.evidence", number, TODAY, (member.pk,), f"Due {number}", "/x", step=0)
        for number in range(20)
    ]
    monkeypatch.setattr(registry, "reminder_sources", [lambda today: dues])
    counts: list[int] = []

    def one_round() -> None:
        with acting_in(house.organization):
            counts.append(run_round(TODAY))

    in_threads(8, one_round)

    with acting_in(house.organization):
        assert Reminder.objects.count() == 20
        assert Notification.objects.filter(dedupe__startswith="reminder:").count() == 20
        assert Mail.objects.count() == 20
    assert sum(counts) == 20 and len(counts) == 8


def test_who_has_left_is_not_reminded(house: House, monkeypatch: Any) -> None:
    gone = house.member["staff"]
    with acting_in(house.organization):
        type(gone).objects.filter(pk=gone.pk).update(is_active=False)
        due = Due("test", "core.evidence", 1, TODAY, (gone.pk,), "Due", "/x")
        monkeypatch.setattr(registry, "reminder_sources", [lambda today: [due]])

        assert run_round(TODAY) == 0
        assert Reminder.objects.count() == 0


def in_threads(count: int, act: Callable[[], None]) -> None:
    """All at once, each on a connection of its own; a failure in any is a failure here."""
    gate, failures = threading.Barrier(count), []

    def run() -> None:
        try:
            gate.wait()
            act()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
