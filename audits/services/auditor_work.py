"""An external auditor's notes and finding drafts: their own until shared or issued."""

from __future__ import annotations

import datetime

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from audits.enums import DraftGrade, DraftState, Grade
from audits.models import AuditorNote, AuditRequest, Engagement, Finding, FindingDraft
from audits.services.audits import requirement_titles
from audits.services.findings import draft_finding
from audits.services.requests import lock_numbers

#: An auditor's word -> ours.
GRADES = {
    DraftGrade.MAJOR: Grade.MAJOR,
    DraftGrade.MINOR: Grade.MINOR,
    DraftGrade.OFI: Grade.OFI,
    DraftGrade.OBSERVATION: Grade.OBSERVATION,
    DraftGrade.STRENGTH: Grade.GOOD_PRACTICE,
}


@transaction.atomic
def write_note(
    *,
    actor: Actor,
    engagement: Engagement,
    text: str,
    request: AuditRequest | None = None,
    now: datetime.datetime,
) -> AuditorNote:
    """The trail says that a note was written and never what it says."""
    permissions.require(actor, "audits.do_external_audit")
    note = AuditorNote.objects.create(
        engagement=engagement, request=request, text=_needed(text), grant_id=actor.grant_id, created_at=now
    )
    trail.record(actor, "auditornote.written", note)
    return note


@transaction.atomic
def rewrite_note(*, actor: Actor, note: AuditorNote, text: str) -> AuditorNote:
    permissions.require(actor, "audits.do_external_audit", note)
    _change(AuditorNote.objects.filter(pk=note.pk, shared_at=None), text=_needed(text))
    trail.record(actor, "auditornote.rewritten", note)
    return note


@transaction.atomic
def share_note(*, actor: Actor, note: AuditorNote, now: datetime.datetime) -> AuditorNote:
    """From now on the organization reads it, and its text stays."""
    permissions.require(actor, "audits.do_external_audit", note)
    _change(AuditorNote.objects.filter(pk=note.pk, shared_at=None), shared_at=now)
    trail.record(actor, "auditornote.shared", note, after={"shared_at": now})
    return note


@transaction.atomic
def write_draft(
    *,
    actor: Actor,
    engagement: Engagement,
    title: str,
    grade: str,
    requirement: str,
    statement: str,
    criterion: str = "",
    evidence_text: str = "",
    now: datetime.datetime,
) -> FindingDraft:
    """What the auditor means to find; nobody else reads it before it is issued."""
    permissions.require(actor, "audits.do_external_audit")
    content = _content(title, grade, requirement, statement, criterion, evidence_text)
    lock_numbers(engagement)
    draft = FindingDraft.objects.create(
        engagement=engagement,
        reference=f"FD-{FindingDraft.objects.filter(engagement=engagement).count() + 1:02d}",
        grant_id=actor.grant_id,
        created_at=now,
        **content,
    )
    trail.record(actor, "findingdraft.written", draft)
    return draft


@transaction.atomic
def rewrite_draft(
    *,
    actor: Actor,
    draft: FindingDraft,
    title: str,
    grade: str,
    requirement: str,
    statement: str,
    criterion: str = "",
    evidence_text: str = "",
) -> FindingDraft:
    permissions.require(actor, "audits.do_external_audit", draft)
    content = _content(title, grade, requirement, statement, criterion, evidence_text)
    _change(FindingDraft.objects.filter(pk=draft.pk, state=DraftState.DRAFT), **content)
    trail.record(actor, "findingdraft.rewritten", draft)
    return draft


@transaction.atomic
def issue_draft(*, actor: Actor, draft: FindingDraft, now: datetime.datetime) -> FindingDraft:
    """Hand it to the organization; its wording stays."""
    permissions.require(actor, "audits.do_external_audit", draft)
    drafts = FindingDraft.objects.filter(pk=draft.pk, state=DraftState.DRAFT)
    _change(drafts, state=DraftState.ISSUED, issued_at=now)
    after = {"grade": draft.grade, "requirement": draft.requirement}
    trail.record(actor, "findingdraft.issued", draft, after=after)
    return draft


@transaction.atomic
def take_over(*, actor: Actor, draft: FindingDraft, now: datetime.datetime) -> Finding:
    """A person of the organization enters the issued finding into its own register."""
    permissions.require(actor, "audits.take_over_finding", draft)
    if not FindingDraft.objects.filter(pk=draft.pk, state=DraftState.ISSUED).update(
        state=DraftState.TAKEN_OVER
    ):
        raise StaleState("This finding was taken over already, or is not issued yet.")
    parts = (draft.statement, f"Criterion: {draft.criterion}" if draft.criterion else "")
    finding = draft_finding(
        actor=actor,
        title=draft.title,
        grade=GRADES[DraftGrade(draft.grade)],
        requirement=draft.requirement,
        evidence_text=draft.evidence_text,
        statement="\n\n".join(part for part in parts if part),
        now=now,
    )
    FindingDraft.objects.filter(pk=draft.pk).update(finding=finding)
    trail.record(actor, "findingdraft.taken_over", draft, after={"finding": finding.pk})
    return finding


def _content(
    title: str, grade: str, requirement: str, statement: str, criterion: str, evidence_text: str
) -> dict[str, str]:
    if grade not in DraftGrade.values:
        raise RuleBroken("Choose a grade.", field="grade")
    if requirement not in requirement_titles():
        raise RuleBroken("Name the clause or control.", field="requirement")
    if not title.strip():
        raise RuleBroken("Give the finding a title.", field="title")
    if not statement.strip():
        raise RuleBroken("State what was found.", field="statement")
    return {
        "title": title.strip(),
        "grade": grade,
        "requirement": requirement,
        "statement": statement.strip(),
        "criterion": criterion.strip(),
        "evidence_text": evidence_text.strip(),
    }


def _change(rows: object, **values: object) -> None:
    if not rows.update(**values):  # type: ignore[attr-defined]
        raise StaleState("This was shared or issued and stays as it is.")


def _needed(text: str) -> str:
    if not text.strip():
        raise RuleBroken("Write something.", field="text")
    return text.strip()
