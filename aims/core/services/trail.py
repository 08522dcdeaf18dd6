"""Verifying the trail: what was checked, what does not hold, and what no check can show."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.urls import reverse

from aims.core import checkpoints, jobs, permissions, stamping, trail
from aims.core.actor import Actor, member_actor
from aims.core.models import Job, Member, Organization, TrailCheckpoint, TrailEvent, TrailText
from aims.core.tenancy.context import acting_as, acting_in, current_organization
from aims.core.verification import Start, Told, TrailCheck, verify

#: What a person waits for on the page; a longer chain is a job.
LONGEST_AT_ONCE = 20_000


@dataclass(frozen=True)
class Report:
    """A verification in sentences, as page, API, job and command tell it."""

    intact: bool
    lines: int
    head: str
    first_bad_line: int | None
    problems: tuple[str, ...]
    checked: tuple[str, ...]
    not_shown: tuple[str, ...]

    @property
    def title(self) -> str:
        return "The chain is whole." if self.intact else f"Broken: {self.problems[0]}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Report:
        known = {**told}
        for name in ("problems", "checked", "not_shown"):
            known[name] = tuple(known[name])
        return cls(**known)


def verify_trail(*, actor: Actor, now: datetime.datetime) -> Report | Job:
    """Check the chain at once, or start the job when it is long. Either way a line says who asked."""
    permissions.require(actor, "core.verify_trail")
    head = trail.head()
    if head is not None and head.seq > LONGEST_AT_ONCE:
        return jobs.enqueue(
            actor=actor,
            kind="verify_trail",
            key=f"verify-trail:{head.seq}:{actor.label}:{now:%Y%m%d%H%M}",
            title="Verification of the activity log",
        )
    report = report_on(current_organization())
    _record(actor, report)
    return report


def verify_in_background(work: jobs.Work) -> jobs.Finish:
    with acting_in(work.organization_id) as system:
        organization = current_organization()
        actor = _asked_by(work) or system
    report = report_on(organization, tell=_progress(work))

    def finish() -> dict[str, Any]:
        with acting_as(actor):
            _record(actor, report)
        address = f"{reverse('trail', args=[organization.slug])}?checked={work.job_id}"
        return {"report": report.as_json(), "url": address, "label": report.title}

    return finish


def report_on(
    organization: Organization,
    *,
    root: Path | None = None,
    since: datetime.datetime | None = None,
    tell: Told | None = None,
) -> Report:
    """Verify the organization acted in, with the checkpoints kept outside the database as anchors."""
    anchors = checkpoints.anchors_of(organization, root)
    with acting_in(organization):
        start = _start(anchors, since) if since else None
        reworded = TrailText.objects.filter(key=None).count()
    check = verify(organization.pk, anchors=anchors.known, start=start, tell=tell)
    with acting_in(organization):
        stamps = _stamps(check.first - 1)
    bad = [*((line.seq, line.sentence) for line in check.bad), *stamps.bad]
    return Report(
        intact=not bad,
        lines=check.count,
        head=check.head_hash,
        first_bad_line=bad[0][0] if bad else None,
        problems=tuple(f"line {seq}: {sentence}" for seq, sentence in bad[:20]),
        checked=(*_checked(check), *stamps.checked()),
        not_shown=(*_not_shown(check, anchors, reworded), *stamps.not_shown(check.count)),
    )


@dataclass(frozen=True)
class Stamps:
    """The time stamps of checkpoints after a line: how many, the newest, and those that do not hold."""

    count: int
    newest: TrailCheckpoint | None
    bad: tuple[tuple[int, str], ...]
    can_be_verified: bool

    def checked(self) -> Iterator[str]:
        if self.newest is not None and self.can_be_verified:
            yield (
                f"{self.count:,} time stamps of signed checkpoints ({stamping.KIND}); the last, of "
                f"{self.newest.stamped_at:%Y-%m-%d %H:%M} UTC, is of line {self.newest.seq:,}."
            )

    def not_shown(self, last: int) -> Iterator[str]:
        if self.newest is not None and not self.can_be_verified:
            yield f"{self.count:,} time stamps were not checked: TIME_STAMP_ROOTS names no certificates."
        if stamping.is_configured() and (self.newest is None or self.newest.seq < last):
            after = self.newest.seq if self.newest else 0
            yield f"Lines {after + 1:,} to {last:,} have no time stamp of an authority outside yet."


def _stamps(after: int) -> Stamps:
    kept = TrailCheckpoint.objects.exclude(stamp=None).filter(seq__gt=after)
    able = bool(settings.TIME_STAMP_ROOTS)
    bad = tuple(checkpoints.bad_stamps(after)) if able else ()
    return Stamps(kept.count(), kept.order_by("seq").last(), bad, able)


def _start(anchors: checkpoints.Anchors, since: datetime.datetime) -> Start | None:
    before = TrailEvent.objects.filter(at__lt=since).aggregate(last=Max("seq"))["last"] or 0
    seq = max((seq for seq in anchors.known if seq <= before), default=None)
    return Start(seq, anchors.known[seq]) if seq is not None else None


def _checked(check: TrailCheck) -> Iterator[str]:
    if check.count < check.first:
        yield "There is no line to check."
    else:
        yield (
            f"Lines {check.first:,} to {check.count:,}: each was read and set against its hash, the hash of "
            "the line before it, the columns that filters use and the texts that people wrote."
        )
    yield f"The head of the chain: line {check.head_seq:,}, {check.head_hash[:16]}…"
    if check.anchors:
        yield (
            f"{check.anchors:,} signed checkpoints kept outside the database; "
            f"the last is at line {check.anchored_seq:,}."
        )


def _not_shown(check: TrailCheck, anchors: checkpoints.Anchors, reworded: int) -> Iterator[str]:
    if check.first > 1:
        yield (
            f"Lines 1 to {check.first - 1:,} were not read: line {check.first - 1:,} is taken from its "
            "checkpoint outside the database."
        )
    if check.anchored_seq < check.count:
        yield (
            f"Lines {check.anchored_seq + 1:,} to {check.count:,} have no checkpoint outside the database "
            "yet: whoever rules the database could have rewritten them together with the head."
        )
    if anchors.unreadable:
        yield (
            "Not signed with this installation's key and therefore left aside: "
            f"{', '.join(anchors.unreadable[:5])}."
        )
    if reworded:
        yield (
            f"The first wording of {reworded:,} texts beside the chain: a name in them gave way to a "
            "pseudonym when a person's data was erased."
        )
    yield "Whether what people entered was true, and what happened outside the portal."


def _record(actor: Actor, report: Report) -> None:
    trail.record(actor, "trail.verified", after={"lines": report.lines, "intact": report.intact})


def _progress(work: jobs.Work) -> Told:
    def tell(done: int, total: int) -> None:
        work.progress(min(99, done * 100 // max(total, 1)), f"Line {done:,} of {total:,}")

    return tell


def _asked_by(work: jobs.Work) -> Actor | None:
    member = Member.objects.filter(pk__in=[work.requested_by_id]).first()
    return member_actor(member) if member else None
