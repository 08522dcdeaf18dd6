"""Findings (SM-12): drafted, raised, answered, corrected or decided on."""

from __future__ import annotations

import datetime

from django.db import transaction

from aims.core import permissions, trail, transitions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import Member
from aims.core.references import next_reference
from aims.core.versions import write_version
from audits import rules
from audits.enums import FindingState, Grade
from audits.models import Audit, Finding
from audits.permissions import OWNERS
from audits.services.independence import require_judge
from controls.models import Control
from inventory.models import AISystem

#: days to answer: a plan for the correction of a nonconformity, or a look at an improvement
DAYS_TO_ANSWER = {Grade.MAJOR: 30, Grade.MINOR: 60, Grade.OBSERVATION: 90, Grade.OFI: 90}
DISPUTE_DAYS = 10


@transaction.atomic
def draft_finding(
    *,
    actor: Actor,
    title: str,
    audit: Audit | None = None,
    grade: str = "",
    requirement: str = "",
    evidence_text: str = "",
    statement: str = "",
    system: AISystem | None = None,
    control: Control | None = None,
    auditee: Member | None = None,
    now: datetime.datetime,
) -> Finding:
    """Write down what was seen. External auditors keep their findings in their own report."""
    permissions.require(actor, "audits.draft_finding")
    if not title.strip():
        raise RuleBroken("Give the finding a title.", field="title")
    finding = Finding.objects.create(
        reference=next_reference("F"),
        audit=audit,
        title=title.strip(),
        grade=grade,
        requirement=requirement.strip(),
        evidence_text=evidence_text.strip(),
        statement=statement.strip(),
        system=system,
        control=control,
        auditee=auditee or _owner_of(control, system),
        author_id=actor.member_id,
        created_at=now,
    )
    trail.record(actor, "finding.drafted", finding, after={"grade": grade, "requirement": requirement})
    return finding


@transaction.atomic
def edit_finding(
    *,
    actor: Actor,
    finding: Finding,
    title: str,
    grade: str,
    requirement: str,
    evidence_text: str,
    statement: str,
    system: AISystem | None,
    control: Control | None,
    auditee: Member | None,
    row_version: int,
) -> Finding:
    """Change a draft; a raised finding is not rewritten, it is upheld or withdrawn."""
    permissions.require(actor, "audits.draft_finding", finding)
    if finding.state != FindingState.DRAFT:
        raise RuleBroken("A raised finding keeps its wording. Withdraw it with a reason instead.")
    before = {"grade": finding.grade, "requirement": finding.requirement}
    written = {
        "title": title.strip(),
        "grade": grade,
        "requirement": requirement.strip(),
        "evidence_text": evidence_text.strip(),
        "statement": statement.strip(),
        "system": system,
        "control": control,
        "auditee": auditee or _owner_of(control, system),
    }
    draft = Finding.objects.filter(pk=finding.pk, state=FindingState.DRAFT)
    if not write_version(draft, row_version, **written):
        raise StaleState("Somebody else changed this finding meanwhile. Reload and look at it again.")
    finding.refresh_from_db()
    after = {"grade": grade, "requirement": requirement}
    trail.record(actor, "finding.edited", finding, before=before, after=after)
    return finding


@transaction.atomic
def raise_finding(*, actor: Actor, finding: Finding, now: datetime.datetime) -> Finding:
    """State the finding to the auditee; from now on the clock runs."""
    permissions.require(actor, "audits.raise_finding", finding)
    require_judge(actor, finding, now=now)
    _require_auditee(finding)
    days = DAYS_TO_ANSWER.get(Grade(finding.grade)) if finding.grade in Grade.values else None
    due_date = local_today(now) + datetime.timedelta(days=days) if days else None
    changes = {"raised_at": now, "due_date": due_date}
    transitions.move(rules.FINDING, finding, "raise", actor=actor, now=now, changes=changes)
    return finding


def dispute(*, actor: Actor, finding: Finding, reason: str, now: datetime.datetime) -> Finding:
    permissions.require(actor, "audits.answer_finding", finding)
    return _walk(finding, "dispute", actor, now, reason=reason)


def acknowledge(*, actor: Actor, finding: Finding, now: datetime.datetime) -> Finding:
    permissions.require(actor, "audits.answer_finding", finding)
    return _walk(finding, "acknowledge", actor, now)


def uphold(*, actor: Actor, finding: Finding, reason: str, now: datetime.datetime) -> Finding:
    permissions.require(actor, "audits.judge_finding", finding)
    require_judge(actor, finding, now=now)
    return _walk(finding, "uphold", actor, now, reason=reason)


def withdraw(*, actor: Actor, finding: Finding, reason: str, now: datetime.datetime) -> Finding:
    permissions.require(actor, "audits.judge_finding", finding)
    require_judge(actor, finding, now=now)
    changes = {"decision": f"Withdrawn: {reason.strip()}", "closed_at": now}
    return _walk(finding, "withdraw", actor, now, changes, reason=reason)


def open_case(*, actor: Actor, finding: Finding, now: datetime.datetime) -> Finding:
    """Corrective action begins."""
    permissions.require(actor, "audits.open_case", finding)
    return _walk(finding, "open_case", actor, now)


def close_ofi(*, actor: Actor, finding: Finding, do: bool, reason: str, now: datetime.datetime) -> Finding:
    """Decide on an improvement or observation: do it, or decline it, with the reason."""
    permissions.require(actor, "audits.decide_finding", finding)
    decision = "do" if do else "decline"
    changes = {"decision": f"{decision.capitalize()}: {reason.strip()}", "closed_at": now}
    return _walk(finding, "close_ofi", actor, now, changes, reason=reason, decision=decision)


def close_finding(*, actor: Actor, finding: Finding, now: datetime.datetime) -> Finding:
    """Close a nonconformity after its corrective action was found effective."""
    permissions.require(actor, "audits.judge_finding", finding)
    require_judge(actor, finding, now=now)
    return _walk(finding, "close", actor, now, {"closed_at": now})


@transaction.atomic
def carry_over(*, actor: Actor, finding: Finding, to: Audit, reason: str) -> Finding:
    """Hand an open nonconformity on to the next audit, which verifies it."""
    permissions.require(actor, "audits.judge_finding", finding)
    if not reason.strip():
        raise RuleBroken("Give the reason why the next audit looks at it.", field="reason")
    if to.pk == finding.audit_id or to.state in {"closed", "cancelled"}:
        raise RuleBroken("Choose another audit that is still to come or under way.", field="to")
    finding.carried_to = to
    finding.save(update_fields=["carried_to"])
    trail.record(actor, "finding.carried_over", finding, after={"audit": to.pk}, reason=reason)
    return finding


def _walk(
    finding: Finding,
    action: str,
    actor: Actor,
    now: datetime.datetime,
    changes: dict[str, object] | None = None,
    **given: str,
) -> Finding:
    transitions.move(rules.FINDING, finding, action, actor=actor, now=now, given=given, changes=changes)
    return finding


def _require_auditee(finding: Finding) -> None:
    if finding.grade in {Grade.CONFORMITY, Grade.GOOD_PRACTICE}:
        return
    if finding.auditee is None or not OWNERS & set(finding.auditee.roles):
        raise RuleBroken("Name the auditee: the owner who answers for what was found.", field="auditee")


def _owner_of(control: Control | None, system: AISystem | None) -> Member | None:
    for record in (control, system):
        if record is not None and record.owner is not None:
            owner: Member = record.owner
            return owner
    return None
