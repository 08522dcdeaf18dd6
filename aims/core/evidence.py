"""The life of an evidence item (SM-10): asked for, submitted, reviewed, expired, replaced, shared."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from aims.core import blobs, permissions, trail
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.enums import EvidenceKind, EvidenceState
from aims.core.evidence_notices import tell_accepted, tell_reviewers
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.guards import content_is_complete
from aims.core.messages import tell
from aims.core.models import Blob, Evidence, EvidencePermission, Member
from aims.core.ownerships import require_holder
from aims.core.references import next_reference
from aims.core.rules import EVIDENCE, EXPIRING_DAYS
from aims.core.transitions import Facts, move


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
        tell_reviewers(request, actor)
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
    tell_reviewers(evidence, actor)
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
    tell_reviewers(evidence, actor)
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
    tell_accepted(evidence)
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


def _hash(evidence: Evidence) -> str:
    return evidence.blob.sha256 if evidence.blob else ""
