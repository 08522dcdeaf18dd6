"""The life of an evidence item (SM-10): asked for, submitted, reviewed, expired, replaced, shared."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from aims.core import blobs, permissions, reminders, schedule, trail
from aims.core.actor import Actor, ActorKind
from aims.core.days import local_today
from aims.core.enums import EvidenceKind, EvidenceState, Role
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.messages import tell
from aims.core.models import Blob, Evidence, EvidencePermission, Member
from aims.core.ownerships import require_holder
from aims.core.references import next_reference
from aims.core.registry import Due, registry
from aims.core.rules import EVIDENCE, EXPIRING_DAYS, review_until
from aims.core.separation import keep_apart
from aims.core.transitions import Facts, move

CONTENT = "file or link, period covered, source, hash"
#: How long after its end an item is still reminded of, so that a scheduler that was away catches up.
CATCH_UP = datetime.timedelta(days=14)


@transaction.atomic
def request_evidence(
    *,
    actor: Actor,
    title: str,
    member: Member,
    kind: str = EvidenceKind.RECORD,
    description: str = "",
    due_date: datetime.date | None = None,
    now: datetime.datetime,
) -> Evidence:
    """Ask one person for one thing; they answer with submit_evidence."""
    permissions.require(actor, "core.request_evidence")
    if not member.is_active:
        raise RuleBroken(f"{member.name} has no access any more. Ask somebody else.", field="member")
    require_holder("evidence-requests", member, field="member")
    if due_date is not None and due_date < local_today(now):
        raise RuleBroken("The date lies in the past.", field="due_date")
    evidence = Evidence.objects.create(
        reference=next_reference("EV"),
        title=_title(title),
        kind=kind,
        description=description,
        asked_of=member,
        due_date=due_date,
    )
    trail.record(actor, "evidence.requested", evidence, after={"asked_of": member.pk})
    tell(
        member,
        dedupe=f"evidence-requested:{evidence.pk}",
        text=f"You are asked for evidence: {evidence.reference} {evidence.title}",
        url=evidence.get_absolute_url(),
        mail_subject=f"Evidence asked for: {evidence.reference}",
    )
    return evidence


@transaction.atomic
def submit_evidence(
    *,
    actor: Actor,
    title: str = "",
    kind: str = EvidenceKind.RECORD,
    description: str = "",
    source: str,
    file: Any = None,
    file_name: str = "",
    trusted_type: str = "",
    link: str = "",
    period_from: datetime.date | None = None,
    period_to: datetime.date | None = None,
    valid_until: datetime.date | None = None,
    is_confidential: bool = False,
    request: Evidence | None = None,
    replaces: Evidence | None = None,
    now: datetime.datetime,
) -> Evidence:
    """Hand in a file or a link for review: as the answer to a request, or unasked.

    An item that nobody asked for is born submitted; SM-10 begins for it at the review.
    """
    permissions.require(actor, "core.submit_evidence")
    content: dict[str, Any] = {
        "source": source.strip(),
        "link": link.strip(),
        "period_from": period_from,
        "period_to": period_to or period_from,
        "valid_until": valid_until,
        "is_confidential": is_confidential,
        "submitted_by_id": actor.member_id,
        "submitted_at": now,
    }
    _check_days(content, now)
    _check_replaced(replaces)
    if file is not None:
        content["blob"] = blobs.store(file, name=file_name or file.name, trusted_type=trusted_type)
    if request is not None:
        move(EVIDENCE, request, "submit", actor=actor, now=now, given=content, changes=content)
        _tell_reviewers(request, actor)
        return request
    evidence = Evidence(
        title=_title(title),
        kind=kind,
        description=description,
        replaces=replaces,
        state=EvidenceState.SUBMITTED,
        **content,
    )
    content_is_complete(Facts(evidence, actor, now, content))
    evidence.reference = next_reference("EV")
    evidence.save(force_insert=True)
    trail.record(actor, "evidence.submitted", evidence, after={"sha256": _hash(evidence)})
    _tell_reviewers(evidence, actor)
    return evidence


@transaction.atomic
def resubmit_evidence(
    *,
    actor: Actor,
    evidence: Evidence,
    source: str,
    file: Any = None,
    file_name: str = "",
    link: str = "",
    period_from: datetime.date | None = None,
    period_to: datetime.date | None = None,
    valid_until: datetime.date | None = None,
    is_confidential: bool | None = None,
    now: datetime.datetime,
) -> Evidence:
    """Hand a rejected item in again. Without a new file or link the one that was sent stays."""
    permissions.require(actor, "core.submit_evidence")
    content: dict[str, Any] = {
        "source": source.strip(),
        "link": link.strip() or ("" if file is not None else evidence.link),
        "blob": None if link.strip() else evidence.blob,
        "period_from": period_from,
        "period_to": period_to or period_from,
        "valid_until": valid_until,
        "is_confidential": evidence.is_confidential if is_confidential is None else is_confidential,
        "submitted_by_id": actor.member_id,
        "submitted_at": now,
    }
    _check_days(content, now)
    if file is not None:
        content["blob"] = blobs.store(file, name=file_name or file.name)
    content_is_complete(Facts(evidence, actor, now, content))
    move(EVIDENCE, evidence, "resubmit", actor=actor, now=now, changes=content)
    _tell_reviewers(evidence, actor)
    return evidence


@transaction.atomic
def accept_evidence(
    *,
    actor: Actor,
    evidence: Evidence,
    valid_until: datetime.date | None = None,
    note: str = "",
    now: datetime.datetime,
) -> Evidence:
    """Accept what somebody else submitted, until the day given or by its kind's review frequency."""
    permissions.require(actor, "core.review_evidence", evidence)
    if valid_until is not None and valid_until < local_today(now):
        raise RuleBroken("The item would be expired at once. Choose a later day.", field="valid_until")
    move(
        EVIDENCE,
        evidence,
        "accept",
        actor=actor,
        now=now,
        given={"valid_until": valid_until},
        changes=_review(actor, note, now),
    )
    _tell_accepted(evidence)
    return evidence


@transaction.atomic
def reject_evidence(*, actor: Actor, evidence: Evidence, reason: str, now: datetime.datetime) -> Evidence:
    permissions.require(actor, "core.review_evidence", evidence)
    move(
        EVIDENCE,
        evidence,
        "reject",
        actor=actor,
        now=now,
        given={"reason": reason},
        changes=_review(actor, reason, now),
    )
    return evidence


@transaction.atomic
def replace_evidence(
    *, actor: Actor, evidence: Evidence, newer: Evidence | None = None, now: datetime.datetime
) -> Evidence:
    """Let a newer accepted item, by default the one handed in for it, take the place of this one."""
    permissions.require(actor, "core.submit_evidence", evidence)
    newer = newer or accepted_successor(evidence)
    move(EVIDENCE, evidence, "replace", actor=actor, now=now, given={"newer": newer})
    return evidence


def accepted_successor(evidence: Evidence) -> Evidence | None:
    found: Evidence | None = (
        Evidence.objects.filter(replaces=evidence, state__in=[EvidenceState.ACCEPTED, EvidenceState.EXPIRING])
        .order_by("-id")
        .first()
    )
    return found


@transaction.atomic
def share_evidence(
    *, actor: Actor, evidence: Evidence, member: Member, reason: str, now: datetime.datetime
) -> EvidencePermission:
    """Let one named member read one document outside their role, until it is taken back."""
    permissions.require(actor, "core.share_evidence", evidence)
    if not reason.strip():
        raise RuleBroken("Give a reason.", field="reason")
    if not member.is_active:
        raise RuleBroken(f"{member.name} has no access any more.", field="member")
    if EvidencePermission.objects.filter(user=member.user_id, content_object=evidence).exists():
        raise RuleBroken(f"This is shared with {member.name} already.", field="member")
    shared: EvidencePermission = permissions.share(member.user, evidence)
    shared.shared_by_id, shared.reason = actor.member_id, reason.strip()[:300]
    shared.save(update_fields=["shared_by", "reason"])
    trail.record(actor, "evidence.shared", evidence, after={"member": member.pk}, reason=reason)
    tell(
        member,
        dedupe=f"evidence-shared:{shared.pk}",
        text=f"A document is shared with you: {evidence.reference} {evidence.title}",
        url=shared_url(evidence),
    )
    return shared


@transaction.atomic
def unshare_evidence(*, actor: Actor, shared: EvidencePermission, reason: str) -> None:
    permissions.require(actor, "core.share_evidence", shared.content_object)
    if not reason.strip():
        raise RuleBroken("Give a reason.", field="reason")
    member = Member.objects.get(user=shared.user_id)
    permissions.unshare(shared.user, shared.content_object)
    trail.record(
        actor, "evidence.unshared", shared.content_object, before={"member": member.pk}, reason=reason
    )


@transaction.atomic
def open_file(*, actor: Actor, evidence: Evidence) -> Blob:
    """The file, once its bytes are known to be what was submitted; the reading is recorded.

    Who may see the item was decided by whoever fetched it.
    """
    if evidence.blob is None:
        raise RuleBroken("This item is a link. There is no file to download.")
    if not actor.may_download:
        raise NotAllowed("Your access lets you read here, without downloading files.")
    if not blobs.is_unchanged(evidence.blob):
        raise RuleBroken(
            "The stored file differs from what was submitted: its hash does not match. It is not handed out."
        )
    trail.record(actor, "evidence.downloaded", evidence, after={"sha256": evidence.blob.sha256})
    return evidence.blob


def note_viewed(*, actor: Actor, evidence: Evidence) -> None:
    """What an external auditor reads is part of the trail."""
    if actor.is_auditor and not actor.is_preview:
        trail.record(actor, "evidence.viewed", evidence)


def daily_round(actor: Actor, today: datetime.date) -> None:
    """Move what time moves: accepted items near their end, and those whose last day is over."""
    now, given = timezone.now(), {"today": today}
    near = Evidence.objects.filter(
        state=EvidenceState.ACCEPTED, valid_until__lte=today + datetime.timedelta(days=EXPIRING_DAYS)
    )
    for evidence in near:
        move(EVIDENCE, evidence, "near_expiry", actor=actor, now=now, given=given)
    for evidence in Evidence.objects.filter(state=EvidenceState.EXPIRING, valid_until__lt=today):
        move(EVIDENCE, evidence, "expire", actor=actor, now=now, given=given)


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
    leads = _lead_ids()
    for evidence in ending:
        if evidence.valid_until is not None:
            for reminder in schedule.reminders_due(rule, due_date=evidence.valid_until, today=today):
                yield _expiry_due(evidence, evidence.valid_until, reminder.days_left, leads)


# The guards and effects of SM-10, one function for each string of the catalog.


@registry.guard("SM-10", CONTENT)
def content_is_complete(facts: Facts) -> None:
    given = facts.given
    blob, link = given.get("blob"), given.get("link") or ""
    if (blob is None) == (not link):
        raise RuleBroken("Give a file or a link, one of the two.", field="file")
    if link and urlsplit(link).scheme not in {"http", "https"}:
        raise RuleBroken("A link begins with https:// or http://.", field="link")
    if blob is not None and len(blob.sha256) != 64:
        raise RuleBroken("The file has no hash.", field="file")
    if not given.get("source"):
        raise RuleBroken("Say where it comes from: a person, a tool, a report.", field="source")
    if given.get("period_from") is None or given.get("period_to") is None:
        raise RuleBroken("Say which period it covers.", field="period_from")


@registry.guard("SM-10", "reviewer is not submitter")
def reviewer_is_not_submitter(facts: Facts) -> None:
    """SOD-05."""
    keep_apart(
        "SOD-05",
        actor=facts.actor,
        obj=facts.obj,
        hands=[facts.obj.submitted_by_id],
        sentence="You submitted this yourself. Another person reviews it.",
    )


@registry.guard("SM-10", "30 days before end")
def end_is_near(facts: Facts) -> None:
    until = facts.obj.valid_until
    if until is None or until > _today(facts) + datetime.timedelta(days=EXPIRING_DAYS):
        raise RuleBroken("Its end is more than 30 days away.")


@registry.guard("SM-10", "end date")
def end_is_past(facts: Facts) -> None:
    until = facts.obj.valid_until
    if until is None or until >= _today(facts):
        raise RuleBroken("Its last day is not over yet.")


@registry.guard("SM-10", "newer accepted")
def newer_is_accepted(facts: Facts) -> None:
    newer = facts.given.get("newer")
    if newer is None or newer.pk == facts.obj.pk:
        raise RuleBroken("Name the newer item that takes its place.", field="newer")
    if newer.state not in {EvidenceState.ACCEPTED, EvidenceState.EXPIRING}:
        raise RuleBroken("The newer item has to be accepted first.", field="newer")
    if newer.submitted_at < facts.obj.submitted_at:
        raise RuleBroken("The item that takes its place has to be newer.", field="newer")


@registry.effect("SM-10", "valid-until set by review frequency")
def set_validity(facts: Facts) -> None:
    evidence = facts.obj
    evidence.valid_until = (
        facts.given.get("valid_until")
        or evidence.valid_until
        or review_until(evidence.kind, local_today(facts.now))
    )
    evidence.save(update_fields=["valid_until"])


@registry.effect("SM-10", "notify")
def tell_rejected(facts: Facts) -> None:
    _tell_submitter(
        facts.obj, f"rejected:{facts.now.isoformat()}", f"was rejected: {facts.given.get('reason', '')}"
    )


@registry.effect("SM-10", "remind owner")
def remind_owner(facts: Facts) -> None:
    """The first of the expiry reminders; the source finds it sent already."""
    today, until = _today(facts), facts.obj.valid_until
    days_left = max((until - today).days, 0)
    steps = [step for step in schedule.RULES["evidence_expiry"].days_before if step >= days_left]
    reminders.remind([_expiry_due(facts.obj, until, min(steps), _lead_ids())], today)


@registry.effect("SM-10", "degrade control")
def tell_expired(facts: Facts) -> None:
    """The control itself is degraded by the app that owns controls; people are told here."""
    evidence = facts.obj
    for member in Member.objects.filter(pk__in=_owner_ids(evidence, _lead_ids())):
        tell(
            member,
            dedupe=f"evidence-expired:{evidence.pk}:{evidence.valid_until}",
            text=f"{evidence.reference} {evidence.title} has expired. Hand in a newer item.",
            url=evidence.get_absolute_url(),
        )


def shared_url(evidence: Evidence) -> str:
    return reverse("shared_document", args=[evidence.organization_slug, evidence.pk])


def _title(title: str) -> str:
    if not title.strip():
        raise RuleBroken("Give it a title.", field="title")
    return title.strip()[:200]


def _check_days(content: dict[str, Any], now: datetime.datetime) -> None:
    start, end, until = content["period_from"], content["period_to"], content["valid_until"]
    if start and end and end < start:
        raise RuleBroken("The period ends before it begins.", field="period_to")
    if until and until < local_today(now):
        raise RuleBroken("It would be expired already.", field="valid_until")
    if until and start and until < start:
        raise RuleBroken("It would expire before the period it covers.", field="valid_until")


def _check_replaced(replaces: Evidence | None) -> None:
    if replaces is not None and replaces.state in {EvidenceState.REQUESTED, EvidenceState.SUPERSEDED}:
        raise RuleBroken("Only an item that holds, or held, can be replaced.", field="replaces")


def _review(actor: Actor, note: str, now: datetime.datetime) -> dict[str, Any]:
    return {"reviewed_by_id": actor.member_id, "reviewed_at": now, "review_note": note.strip()}


def _today(facts: Facts) -> datetime.date:
    today: datetime.date = facts.given.get("today") or local_today(facts.now)
    return today


def _hash(evidence: Evidence) -> str:
    return evidence.blob.sha256 if evidence.blob else ""


def _lead_ids() -> tuple[int, ...]:
    return tuple(Member.objects.with_role(Role.COMPLIANCE_LEAD).values_list("pk", flat=True))


def _owner_ids(evidence: Evidence, leads: tuple[int, ...]) -> tuple[int, ...]:
    """Whoever handed it in answers for it; the leads do for what came from an integration."""
    return (evidence.submitted_by_id,) if evidence.submitted_by_id else leads


def _expiry_due(evidence: Evidence, until: datetime.date, step: int, leads: tuple[int, ...]) -> Due:
    return Due(
        rule="evidence_expiry",
        object_type=evidence._meta.label_lower,
        object_id=evidence.pk,
        due_date=until,
        member_ids=_owner_ids(evidence, leads),
        text=f"{evidence.reference} {evidence.title} is valid until {until:%Y-%m-%d}",
        url=evidence.get_absolute_url(),
        step=step,
    )


def _tell_reviewers(evidence: Evidence, actor: Actor) -> None:
    if actor.kind is ActorKind.SYSTEM:
        return
    for member in Member.objects.with_role(Role.COMPLIANCE_LEAD).exclude(pk=actor.member_id):
        tell(
            member,
            dedupe=f"evidence-submitted:{evidence.pk}:{evidence.submitted_at}",
            text=f"{evidence.reference} {evidence.title} waits for review",
            url=evidence.get_absolute_url(),
        )


def _tell_accepted(evidence: Evidence) -> None:
    text = "was accepted"
    if evidence.replaces is not None:
        text += f". It can take the place of {evidence.replaces.reference} now"
    _tell_submitter(evidence, f"accepted:{evidence.reviewed_at}", text)


def _tell_submitter(evidence: Evidence, key: str, text: str) -> None:
    submitter = Member.objects.active().filter(pk=evidence.submitted_by_id).first()
    if submitter is not None:
        tell(
            submitter,
            dedupe=f"evidence:{evidence.pk}:{key}",
            text=f"{evidence.reference} {evidence.title} {text}",
            url=evidence.get_absolute_url(),
        )
