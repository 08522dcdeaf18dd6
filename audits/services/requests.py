"""Requests of an external audit: asked, answered with evidence, accepted or flagged, closed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from aims.core import permissions, trail, transitions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.enums import EvidenceState, GrantState
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Member
from audits import people
from audits.enums import RequestState
from audits.models import AuditRequest, Engagement, InternalNote, RequestComment, RequestProof
from audits.request_rules import LONGEST_QUESTION, MOST_ROWS, REQUEST, RequestRow, problems_of
from audits.services.audits import requirement_titles
from audits.services.engagements import cover_again

ANSWERABLE = (RequestState.OPEN, RequestState.NEEDS_REVISION)
ENDED = (RequestState.CLOSED, RequestState.NOT_APPLICABLE)
#: action -> who may
DECISIONS = {
    "accept": "audits.decide_request",
    "flag": "audits.decide_request",
    "mark_not_applicable": "audits.decide_request",
    "close": "audits.close_request",
    "drop": "audits.add_request",
}
NOT_PROOF = (EvidenceState.REQUESTED, EvidenceState.REJECTED)


@transaction.atomic
def add_request(
    *,
    actor: Actor,
    engagement: Engagement,
    title: str,
    question: str = "",
    requirements: Sequence[str] = (),
    due_date: datetime.date | None = None,
    as_draft: bool = False,
    now: datetime.datetime,
) -> AuditRequest:
    """Ask for something. Once it was sent its wording stays: what was meant otherwise is asked anew."""
    permissions.require(actor, "audits.add_request")
    require_running(engagement)
    row = RequestRow(0, title.strip(), question.strip(), tuple(requirements), due_date)
    _check(row, now)
    return _create(actor, engagement, [row], as_draft=as_draft, now=now)[0]


@transaction.atomic
def reword_request(
    *,
    actor: Actor,
    request: AuditRequest,
    title: str,
    question: str = "",
    requirements: Sequence[str] = (),
    due_date: datetime.date | None = None,
    now: datetime.datetime,
) -> AuditRequest:
    """Say it otherwise while the other side has not read it."""
    permissions.require(actor, "audits.add_request", request)
    if not may_reword(actor, request):
        raise RuleBroken("Only a draft of your own side is reworded. Ask anew instead.", code="state")
    require_running(request.engagement)
    row = RequestRow(0, title.strip(), question.strip(), tuple(requirements), due_date)
    _check(row, now)
    wording = {
        "title": row.title,
        "question": row.question,
        "requirements": list(row.requirements),
        "due_date": row.due_date,
    }
    changed = [name for name, value in wording.items() if getattr(request, name) != value]
    drafts = AuditRequest.objects.filter(pk=request.pk, state=RequestState.DRAFT)
    if not drafts.update(**wording):
        raise StaleState("This request was sent a moment ago.")
    for name, value in wording.items():
        setattr(request, name, value)
    trail.record(actor, "auditrequest.reworded", request, after={"changed": changed})
    return request


def may_reword(actor: Actor, request: AuditRequest) -> bool:
    """A draft is its own side's alone."""
    own_side = request.grant_id == actor.grant_id
    return request.state == RequestState.DRAFT and own_side and permissions.can(actor, "audits.add_request")


@transaction.atomic
def import_requests(
    *, actor: Actor, engagement: Engagement, rows: Sequence[RequestRow], now: datetime.datetime
) -> list[AuditRequest]:
    """Every row of a list, or none: each becomes a draft that its side opens."""
    permissions.require(actor, "audits.add_request")
    require_running(engagement)
    if not rows:
        raise RuleBroken("The list holds no request.", field="file")
    if len(rows) > MOST_ROWS:
        raise RuleBroken(f"The list has more than {MOST_ROWS} rows: split it.", field="file")
    problems = problems_of(rows)
    if problems:
        raise RuleBroken("Some rows cannot be taken. Nothing was imported.", field="file", problems=problems)
    for row in rows:
        _check(row, now)
    return _create(actor, engagement, rows, as_draft=True, now=now)


def open_request(*, actor: Actor, request: AuditRequest, now: datetime.datetime) -> AuditRequest:
    permissions.require(actor, "audits.add_request", request)
    transitions.move(REQUEST, request, "open", actor=actor, now=now)
    return request


@transaction.atomic
def open_drafts(*, actor: Actor, engagement: Engagement, now: datetime.datetime) -> int:
    """Send every draft of one's own side, as after an import."""
    permissions.require(actor, "audits.add_request")
    drafts = AuditRequest.objects.filter(engagement=engagement, state=RequestState.DRAFT)
    own = list(drafts.filter(grant__isnull=not actor.is_auditor).order_by("reference"))
    for request in own:
        open_request(actor=actor, request=request, now=now)
    return len(own)


def decide(
    *, actor: Actor, request: AuditRequest, action: str, reason: str = "", now: datetime.datetime
) -> AuditRequest:
    """The auditor's word on an answer: accept, flag, mark_not_applicable; close ends it, drop a draft."""
    permissions.require(actor, DECISIONS[action], request)
    transitions.move(
        REQUEST,
        request,
        action,
        actor=actor,
        now=now,
        given={"reason": reason},
        changes={"reason": reason.strip()[:500], "decided_at": now},
    )
    return request


@transaction.atomic
def submit_request(*, actor: Actor, request: AuditRequest, now: datetime.datetime) -> AuditRequest:
    """Hand the answer in: from now on the auditor sees the linked evidence that the access covers."""
    permissions.require(actor, "audits.answer_request", request)
    transitions.move(
        REQUEST, request, "submit", actor=actor, now=now, changes={"submitted_at": now, "reason": ""}
    )
    request.proofs.filter(submitted_at=None).update(submitted_at=now)
    cover_again(request.engagement)
    return request


@transaction.atomic
def comment(*, actor: Actor, request: AuditRequest, text: str, now: datetime.datetime) -> RequestComment:
    """A line that both sides read."""
    permissions.require(actor, "audits.comment_request", request)
    if request.state in ENDED:
        raise RuleBroken("This request has ended.", code="state")
    made = RequestComment.objects.create(
        request=request,
        text=_text(text),
        grant_id=actor.grant_id,
        author_id=actor.member_id,
        created_at=now,
    )
    trail.record(actor, "auditrequest.commented", request, after={"comment": made.pk})
    return made


@transaction.atomic
def note_internally(
    *, actor: Actor, request: AuditRequest, text: str, now: datetime.datetime
) -> InternalNote:
    """A line that stays in the organization: no auditor's role can read the table."""
    permissions.require(actor, "audits.note_request", request)
    made = InternalNote.objects.create(
        request=request, text=_text(text), author_id=actor.member_id, created_at=now
    )
    trail.record(actor, "auditrequest.noted", request, after={"note": made.pk})
    return made


@transaction.atomic
def assign_request(
    *, actor: Actor, request: AuditRequest, assignee: Member | None, now: datetime.datetime
) -> AuditRequest:
    permissions.require(actor, "audits.assign_request", request)
    if request.state in ENDED:
        raise RuleBroken("This request has ended.", code="state")
    if assignee is not None and not assignee.is_active:
        raise RuleBroken("This person has left the organization.", field="assignee")
    before = request.assignee_id
    request.assignee = assignee
    request.save(update_fields=["assignee"])
    after = assignee.pk if assignee else None
    trail.record(
        actor, "auditrequest.assigned", request, before={"assignee": before}, after={"assignee": after}
    )
    if assignee is not None and assignee.pk != actor.member_id:
        people.tell_all(
            [assignee],
            obj=request,
            what="assigned",
            text=f"{request.reference}: {request.title} was given to you"[:290],
            url_name="request",
        )
    return request


@transaction.atomic
def link_proof(
    *,
    actor: Actor,
    request: AuditRequest,
    evidence: Evidence,
    shows_confidential: bool = False,
    now: datetime.datetime,
) -> RequestProof:
    """Put evidence to the answer. The auditor sees it with the next submission, not before."""
    permissions.require(actor, "audits.answer_request", request)
    _require_answerable(request)
    if evidence.state in NOT_PROOF:
        raise RuleBroken("This evidence has nothing to show yet.", field="evidence")
    if (
        evidence.is_confidential
        and shows_confidential
        and not permissions.can(actor, "audits.show_confidential")
    ):
        raise NotAllowed("Showing confidential evidence to an auditor is for the compliance lead.")
    if request.proofs.filter(evidence=evidence).exists():
        raise RuleBroken("This evidence is linked already.", field="evidence")
    made = RequestProof.objects.create(
        request=request,
        evidence=evidence,
        shows_confidential=shows_confidential and evidence.is_confidential,
        linked_by_id=actor.member_id,
        linked_at=now,
    )
    after = {"evidence": evidence.pk, "shows_confidential": made.shows_confidential}
    trail.record(actor, "auditrequest.proof_linked", request, after=after)
    return made


@transaction.atomic
def unlink_proof(*, actor: Actor, proof: RequestProof, now: datetime.datetime) -> None:
    """Take evidence back that was not handed in yet."""
    permissions.require(actor, "audits.answer_request", proof.request)
    if proof.submitted_at is not None:
        raise RuleBroken("This was handed in to the auditor and stays on record.")
    trail.record(actor, "auditrequest.proof_unlinked", proof.request, before={"evidence": proof.evidence_id})
    proof.delete()


def require_running(engagement: Engagement) -> None:
    if engagement.grant.state not in {GrantState.INVITED, GrantState.ACTIVE}:
        raise RuleBroken("The auditor's access has ended.", field="engagement", code="state")


def lock_numbers(engagement: Engagement) -> None:
    """One at a time per engagement. Not a row lock: an auditor's role may not take one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('audits_engagement'), %s)", [engagement.pk % 2**31]
        )


def _create(
    actor: Actor,
    engagement: Engagement,
    rows: Iterable[RequestRow],
    *,
    as_draft: bool,
    now: datetime.datetime,
) -> list[AuditRequest]:
    lock_numbers(engagement)
    own = AuditRequest.objects.filter(engagement=engagement, grant__isnull=not actor.is_auditor)
    taken, prefix = own.count(), "RQ-A" if actor.is_auditor else "RQ-O"
    made = []
    for number, row in enumerate(rows, taken + 1):
        request = AuditRequest.objects.create(
            engagement=engagement,
            reference=f"{prefix}{number:02d}",
            title=row.title,
            question=row.question,
            requirements=list(row.requirements),
            due_date=row.due_date,
            state=RequestState.DRAFT if as_draft else RequestState.OPEN,
            grant_id=actor.grant_id,
            created_by_id=actor.member_id,
            created_at=now,
        )
        trail.record(actor, "auditrequest.added", request, after={"state": request.state})
        made.append(request)
    return made


def _check(row: RequestRow, now: datetime.datetime) -> None:
    if not row.title:
        raise RuleBroken("Give the request a title.", field="title")
    unknown = sorted(set(row.requirements) - set(requirement_titles()))
    if unknown:
        raise RuleBroken(f"Not a clause or control: {', '.join(unknown)[:200]}.", field="requirements")
    if row.due_date is not None and row.due_date < local_today(now):
        raise RuleBroken("The due date is in the past.", field="due_date")


def _require_answerable(request: AuditRequest) -> None:
    if request.state not in ANSWERABLE:
        raise RuleBroken("Evidence is linked while the request is open or needs revision.", code="state")


def _text(text: str) -> str:
    if not text.strip():
        raise RuleBroken("Write something.", field="text")
    if len(text) > LONGEST_QUESTION:
        raise RuleBroken("This is too long.", field="text")
    return text.strip()
