"""The kill matrix: each point is reached, its process killed there, and what remains is looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connections

from aims.core import blobs, tasks
from aims.core.models import Blob, Job
from aims.core.tenancy.context import acting_in
from aims.core.verification import verify
from audits.bench.chaos.points import DATABASE, POINTS, WEB, WORKER, Act, Point, Stage, mail
from audits.bench.chaos.post import Post
from audits.bench.chaos.processes import Processes, Stuck, wait_for
from audits.bench.figures import Figure

SWEEPS, BETWEEN_SWEEPS_SECONDS = 4, 25


@dataclass
class Found:
    """What did not hold, in sentences."""

    half_done: list[str] = field(default_factory=list)
    not_done: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)


def chaos(home: Path, *, super_url: str, points: Iterable[Point] = tuple(POINTS)) -> Iterator[Figure]:
    post, found = Post(), Found()
    processes = Processes(home, super_url=super_url, mail_url=post.url)
    stage = Stage(processes, post)
    try:
        processes.start()
        for point in points:
            try:
                _killed_at(stage, point, found)
            except Stuck as reason:
                found.not_done.append(f"{point.name}: {reason}")
        _killed_between_taken_and_noted(stage, found)
        yield from _figures(stage, found)
    finally:
        processes.stop()
        post.shutdown()


def _killed_at(stage: Stage, point: Point, found: Found) -> None:
    act, processes = point.act(stage), stage.processes
    with ExitStack() as held:
        if point.process != WEB:
            with processes.paused(point.process):
                act.start()
                held.enter_context(processes.held(point.table))
        else:
            held.enter_context(processes.held(point.table))
            threading.Thread(target=act.start, daemon=True).start()
        processes.wait_until_stuck(point.table)
        before = act.count()
        if point.whom == DATABASE:
            processes.kill_in_database(point.table)
            connections.close_all()
        else:
            processes.kill(point.process, whom=point.whom)
    processes.revive()
    if before not in (0, act.whole) and not act.in_steps:
        found.half_done.append(f"{point.name}: {before} of {act.whole}")
    if point.process == WEB:
        if act.count():
            found.half_done.append(f"{point.name}: {act.count()} after the kill")
        act.start()  # whoever got no answer asks again
    elif point.whom == DATABASE and act.in_steps:
        act.start()  # a round that failed is begun again by the scheduler, a quarter of an hour later
    _expect_whole(stage, point.name, act, found)


def _expect_whole(stage: Stage, name: str, act: Act, found: Found) -> None:
    try:
        for _ in range(SWEEPS):
            stage.processes.time_passes()
            tasks.sweep.apply_async(queue="default")
            with suppress(Stuck):
                return wait_for(name, lambda: act.count() >= act.whole, seconds=BETWEEN_SWEEPS_SECONDS)
        found.not_done.append(f"{name}: {act.count()} of {act.whole}")
    finally:
        if act.count() > act.whole:
            found.twice.append(f"{name}: {act.count()} for {act.whole}")


def _killed_between_taken_and_noted(stage: Stage, found: Found) -> None:
    """The one window in which a mail may go out twice, and then under the same name."""
    act = mail(stage)
    here, go_on = threading.Event(), threading.Event()

    def hold_the_answer() -> None:
        here.set()
        go_on.wait(30)

    stage.post.before_answer = hold_the_answer
    act.start()
    if not here.wait(30):
        raise Stuck("no mail arrived")
    with stage.processes.held("core_mail"):
        go_on.set()
        stage.processes.wait_until_stuck("core_mail")
        stage.processes.kill(WORKER)
    stage.processes.revive()
    _expect_whole(stage, "mail, taken and not noted", act, found)


def _figures(stage: Stage, found: Found) -> Iterator[Figure]:
    organization = stage.house.organization
    for kind, sentences in (
        ("half done", found.half_done),
        ("not done", found.not_done),
        ("twice", found.twice),
    ):
        for sentence in sentences:
            yield Figure(f"chaos, {kind}: {sentence}", 1, "", goal=0)
        yield Figure(f"chaos: {kind}", len(sentences), "acts", goal=0)
    yield Figure("chaos: processes killed", stage.processes.kills, "kills")
    with acting_in(organization):
        unfinished = Job.objects.exclude(state="done").count()
        broken_files = sum(not blobs.is_unchanged(blob) for blob in Blob.objects.all())
        trail = verify(organization.pk)
    yield Figure("chaos: jobs neither done nor failed with a sentence", unfinished, "jobs", goal=0)
    yield Figure("chaos: files that are not what they were stored as", broken_files, "files", goal=0)
    yield Figure("chaos: broken lines of the trail", len(trail.bad), "lines", goal=0)
    accepted = stage.post.accepted
    yield Figure("chaos: mails", len(accepted), "mails")
    yield Figure(
        "chaos: mails sent twice, under the same name", sum(n > 1 for n in accepted.values()), "mails", goal=1
    )
    yield Figure("chaos: processes that outlived their parent", len(stage.processes.strays()), "", goal=0)
