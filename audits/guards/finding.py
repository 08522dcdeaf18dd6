"""Guards and effects of SM-12, the finding."""

from __future__ import annotations

import datetime

from aims.core import history, transitions
from aims.core.enums import Role
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.registry import registry
from aims.core.transitions import Facts
from audits import people, rules
from audits.enums import Grade
from audits.models import Finding
from audits.services.findings import DISPUTE_DAYS

IMPROVEMENTS = frozenset({Grade.OFI, Grade.OBSERVATION})


def register() -> None:
    transitions.provide(rules.FINDING)
    guards = {
        "grade set": grade_is_set,
        "requirement cited": requirement_is_cited,
        "evidence and statement given (for nonconformity)": finding_is_sound,
        "reason within agreed days": dispute_is_in_time,
        "grade history kept": grade_history_is_kept,
        "grade is major or minor": is_nonconformity,
        "grade is ofi or observation": is_improvement,
        "decision do or decline with reason": decision_is_given,
        "linked nonconformity closed as effective": correction_is_effective,
    }
    effects = {
        "notify auditee": notify_auditee,
        "clock starts": show_the_clock,
        "lead auditor decides": ask_lead_auditor,
        "create Nonconformity (SM-13)": ask_for_correction,
        "improvement item if do": ask_for_improvement,
    }
    for text, guard in guards.items():
        registry.guard(rules.FINDING.id, text)(guard)
    for text, effect in effects.items():
        registry.effect(rules.FINDING.id, text)(effect)


def grade_is_set(facts: Facts) -> None:
    if facts.obj.grade not in Grade.values:
        raise RuleBroken("Choose a grade.", field="grade")


def requirement_is_cited(facts: Facts) -> None:
    if not facts.obj.requirement.strip():
        raise RuleBroken("Cite the requirement: clause, control or own document.", field="requirement")


def finding_is_sound(facts: Facts) -> None:
    finding = facts.obj
    rules.require_sound_finding(
        rules.FindingFacts(
            finding.reference, finding.grade, finding.requirement, finding.evidence_text, finding.statement
        )
    )


def dispute_is_in_time(facts: Facts) -> None:
    transitions.reason_given(facts)
    raised_at = facts.obj.raised_at
    if raised_at is None or facts.now - raised_at > datetime.timedelta(days=DISPUTE_DAYS):
        raise RuleBroken(
            f"A finding is disputed within {DISPUTE_DAYS} days of being raised. Talk to the lead auditor.",
            code="too_late",
        )


def grade_history_is_kept(facts: Facts) -> None:
    events = history.event_model(Finding)._default_manager.filter(
        organization_id=facts.actor.organization_id, pgh_obj_id=facts.obj.pk, grade=facts.obj.grade
    )
    if not events.exists():
        raise RuleBroken("The history does not show this grade. Save the finding first.", field="grade")


def is_nonconformity(facts: Facts) -> None:
    if facts.obj.grade not in rules.NONCONFORMITIES:
        raise RuleBroken("Only a nonconformity goes into corrective action.", field="grade")


def is_improvement(facts: Facts) -> None:
    if facts.obj.grade not in IMPROVEMENTS:
        raise RuleBroken("Only an observation or opportunity for improvement is decided on.", field="grade")


def decision_is_given(facts: Facts) -> None:
    if facts.given.get("decision") not in {"do", "decline"}:
        raise RuleBroken("Decide: do it, or decline it.", field="decision")
    transitions.reason_given(facts)


def correction_is_effective(facts: Facts) -> None:
    """Corrective action has no record of its own yet, so nothing can say that it was effective."""
    raise RuleBroken(
        f"No corrective action record shows that {facts.obj.reference} was closed as effective. "
        "The next audit can verify it: move the finding there.",
        code="correction",
    )


def notify_auditee(facts: Facts) -> None:
    finding = facts.obj
    told = [finding.auditee] if finding.auditee else people.leads()
    text = f"{finding.reference} was raised as {finding.get_grade_display().lower()}: {finding.title}"
    people.tell_all(told, obj=finding, what="raised", text=text[:290], url_name="finding")


def show_the_clock(facts: Facts) -> None:
    """The due date was written with the move; the lead sees it on their list."""
    finding = facts.obj
    if finding.due_date:
        text = f"{finding.reference} is to be answered by {finding.due_date:%d %b %Y}."
        people.tell_all(people.leads(), obj=finding, what="clock", text=text, url_name="finding", mail=False)


def ask_lead_auditor(facts: Facts) -> None:
    finding = facts.obj
    lead = finding.audit.lead if finding.audit else None
    told = [lead] if lead else Member.objects.with_role(Role.INTERNAL_AUDITOR)
    text = f"{finding.reference} is disputed. Uphold or withdraw it, with the reason."
    people.tell_all(told, obj=finding, what="disputed", text=text, url_name="finding")


def ask_for_correction(facts: Facts) -> None:
    """Auditee and lead are told by when; the record of the corrective action itself is still to come."""
    finding = facts.obj
    told = [*([finding.auditee] if finding.auditee else []), *people.leads()]
    until = f" by {finding.due_date:%d %b %Y}" if finding.due_date else ""
    text = f"Corrective action for {finding.reference} begins: correction, cause and action{until}."
    people.tell_all(told, obj=finding, what="case", text=text, url_name="finding")


def ask_for_improvement(facts: Facts) -> None:
    finding = facts.obj
    if facts.given.get("decision") != "do":
        return
    told = [finding.auditee] if finding.auditee else people.leads()
    text = f"Improvement decided on {finding.reference}: {facts.given.get('reason', '')}"
    people.tell_all(told, obj=finding, what="improve", text=text[:290], url_name="finding")
