"""Who hears of an evidence item: reviewers, whoever handed it in, and its owners before it ends."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core import schedule
from aims.core.actor import Actor, ActorKind
from aims.core.enums import EvidenceState, Role
from aims.core.messages import tell
from aims.core.models import Evidence, Member
from aims.core.registry import Due

#: How long after its end an item is still reminded of, so that a scheduler that was away catches up.
CATCH_UP = datetime.timedelta(days=14)


def expiries_due(today: datetime.date) -> Iterator[Due]:
    """Reminder source: evidence that is about to end, by the offsets of the reminder table."""
    rule = schedule.RULES["evidence_expiry"]
    ending = Evidence.objects.filter(
        state__in=[EvidenceState.ACCEPTED, EvidenceState.EXPIRING, EvidenceState.EXPIRED],
        valid_until__range=(
            today - CATCH_UP,
            today + datetime.timedelta(days=max(rule.days_before)),
        ),
    ).select_related("organization")
    leads = lead_ids()
    for evidence in ending:
        if evidence.valid_until is not None:
            for reminder in schedule.reminders_due(rule, due_date=evidence.valid_until, today=today):
                yield expiry_due(evidence, evidence.valid_until, reminder.days_left, leads)


def expiry_due(evidence: Evidence, until: datetime.date, step: int, leads: tuple[int, ...]) -> Due:
    return Due(
        rule="evidence_expiry",
        object_type=evidence._meta.label_lower,
        object_id=evidence.pk,
        due_date=until,
        member_ids=owner_ids(evidence, leads),
        text=f"{evidence.reference} {evidence.title} is valid until {until:%Y-%m-%d}",
        url=evidence.get_absolute_url(),
        step=step,
    )


def lead_ids() -> tuple[int, ...]:
    return tuple(Member.objects.with_role(Role.COMPLIANCE_LEAD).values_list("pk", flat=True))


def owner_ids(evidence: Evidence, leads: tuple[int, ...]) -> tuple[int, ...]:
    """Whoever handed it in answers for it; the leads do for what came from an integration."""
    return (evidence.submitted_by_id,) if evidence.submitted_by_id else leads


def tell_reviewers(evidence: Evidence, actor: Actor) -> None:
    if actor.kind is ActorKind.SYSTEM:
        return
    for member in Member.objects.with_role(Role.COMPLIANCE_LEAD).exclude(pk=actor.member_id):
        tell(
            member,
            dedupe=f"evidence-submitted:{evidence.pk}:{evidence.submitted_at}",
            text=f"{evidence.reference} {evidence.title} waits for review",
            url=evidence.get_absolute_url(),
        )


def tell_accepted(evidence: Evidence) -> None:
    text = "was accepted"
    if evidence.replaces is not None:
        text += f". It can take the place of {evidence.replaces.reference} now"
    tell_submitter(evidence, f"accepted:{evidence.reviewed_at}", text)


def tell_submitter(evidence: Evidence, key: str, text: str) -> None:
    submitter = Member.objects.active().filter(pk=evidence.submitted_by_id).first()
    if submitter is not None:
        tell(
            submitter,
            dedupe=f"evidence:{evidence.pk}:{key}",
            text=f"{evidence.reference} {evidence.title} {text}",
            url=evidence.get_absolute_url(),
        )
