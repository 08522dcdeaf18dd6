"""Internal audits (9.2): plan, team, checklist, fieldwork, report, follow-up."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable

from django.db import transaction

from aims.core import permissions, trail, transitions
from aims.core.actor import Actor
from aims.core.enums import Role
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Member
from aims.core.references import next_reference
from aims.core.snapshots import freeze
from aims.core.tenancy.models import fill_organization
from aims.core.versions import write_version
from audits import rules
from audits.enums import AuditState, ResultState
from audits.models import Audit, AuditSystem, AuditTeamMember, ChecklistItem
from audits.services.independence import require_auditor, require_independent
from controls import library
from controls.models import Control
from inventory.models import AISystem

REPORT_VERSION = 2
BEFORE_FIELDWORK = frozenset({AuditState.PLANNED, AuditState.SCHEDULED})


@transaction.atomic
def plan_audit(
    *,
    actor: Actor,
    title: str,
    criteria: Collection[str],
    objectives: str = "",
    scope: str = "",
    start_date: datetime.date | None = None,
    end_date: datetime.date | None = None,
    lead: Member | None = None,
    systems: Iterable[AISystem] = (),
    now: datetime.datetime,
) -> Audit:
    """Enter an audit into the programme; the checklist of its criteria comes with it."""
    permissions.require(actor, "audits.plan_audit")
    _check_dates(start_date, end_date)
    audit = Audit.objects.create(
        reference=next_reference("AU"),
        title=title.strip(),
        criteria=known_criteria(criteria),
        objectives=objectives.strip(),
        scope=scope.strip(),
        start_date=start_date,
        end_date=end_date,
        lead=lead,
        created_by_id=actor.member_id,
        created_at=now,
    )
    _set_systems(audit, systems)
    _add_questions(audit, audit.criteria, start=1)
    trail.record(actor, "audit.planned", audit, after={"criteria": audit.criteria})
    if lead is not None:
        assign_auditor(actor=actor, audit=audit, member=lead, now=now)
    return audit


@transaction.atomic
def change_plan(
    *,
    actor: Actor,
    audit: Audit,
    title: str,
    objectives: str,
    scope: str,
    start_date: datetime.date | None,
    end_date: datetime.date | None,
    criteria: Collection[str],
    systems: Iterable[AISystem],
    now: datetime.datetime,
) -> Audit:
    """Change the plan before fieldwork. The team is checked against the new scope."""
    permissions.require(actor, "audits.plan_audit", audit)
    _require_state(audit, BEFORE_FIELDWORK, "The plan is fixed once the audit has been opened.")
    _check_dates(start_date, end_date)
    before = {"criteria": audit.criteria, "start": audit.start_date, "end": audit.end_date}
    audit.title, audit.objectives, audit.scope = title.strip(), objectives.strip(), scope.strip()
    audit.start_date, audit.end_date = start_date, end_date
    audit.criteria = known_criteria(criteria)
    audit.save()
    _set_systems(audit, systems)
    _match_questions(audit)
    for each in audit.team.select_related("member"):
        require_independent(each.member, audit, now=now)
    after = {"criteria": audit.criteria, "start": start_date, "end": end_date}
    trail.record(actor, "audit.plan_changed", audit, before=before, after=after)
    return audit


@transaction.atomic
def assign_auditor(
    *, actor: Actor, audit: Audit, member: Member, as_lead: bool = False, now: datetime.datetime
) -> AuditTeamMember:
    """Put an internal auditor into the team; refused, by name, when something ties them to the subject."""
    permissions.require(actor, "audits.plan_audit", audit)
    _require_state(audit, BEFORE_FIELDWORK, "The team is fixed once the audit has been opened.")
    if Role.INTERNAL_AUDITOR not in member.roles or not member.is_active:
        raise RuleBroken(f"{member.name} does not have the role internal auditor.", field="member")
    require_independent(member, audit, now=now)
    place, is_new = AuditTeamMember.objects.get_or_create(audit=audit, member=member)
    if as_lead or audit.lead_id is None:
        audit.lead = member
        audit.save(update_fields=["lead"])
    if is_new:
        trail.record(actor, "audit.auditor_assigned", audit, after={"member": member.pk})
    return place


@transaction.atomic
def declare_independence(*, actor: Actor, audit: Audit, now: datetime.datetime) -> AuditTeamMember:
    """Each auditor declares for themselves; the portal checks what it knows at the same moment."""
    permissions.require(actor, "audits.declare_independence", audit)
    place = audit.team.filter(member__in=[actor.member_id]).select_related("member").first()
    if place is None:
        raise NotAllowed("Only an auditor of this team can declare their independence.")
    require_independent(place.member, audit, now=now)
    place.declared_independent_at = now
    place.save(update_fields=["declared_independent_at"])
    after = {"member": place.member_id, "declared_independent_at": now}
    trail.record(actor, "audit.independence_declared", audit, after=after)
    return place


def schedule(*, actor: Actor, audit: Audit, now: datetime.datetime) -> Audit:
    permissions.require(actor, "audits.plan_audit", audit)
    transitions.move(rules.AUDIT, audit, "schedule", actor=actor, now=now)
    return audit


def cancel(*, actor: Actor, audit: Audit, reason: str, now: datetime.datetime) -> Audit:
    permissions.require(actor, "audits.cancel_audit", audit)
    transitions.move(rules.AUDIT, audit, "cancel", actor=actor, now=now, given={"reason": reason})
    return audit


def open_audit(*, actor: Actor, audit: Audit, now: datetime.datetime) -> Audit:
    """The opening meeting: from now on the plan, the team and the population are fixed."""
    require_auditor(actor, audit, now=now)
    transitions.move(rules.AUDIT, audit, "open_meeting", actor=actor, now=now)
    return audit


@transaction.atomic
def add_question(
    *, actor: Actor, audit: Audit, requirement: str, question: str, now: datetime.datetime
) -> ChecklistItem:
    require_auditor(actor, audit, now=now)
    _require_state(
        audit,
        BEFORE_FIELDWORK | {AuditState.IN_PROGRESS},
        "Questions are added until fieldwork ends.",
    )
    if not question.strip():
        raise RuleBroken("Write the question.", field="question")
    last = audit.items.order_by("-position").values_list("position", flat=True).first() or 0
    item = ChecklistItem.objects.create(
        audit=audit, position=last + 1, requirement=requirement.strip(), question=question.strip()
    )
    trail.record(actor, "audit.question_added", audit, after={"item": item.pk, "requirement": requirement})
    return item


@transaction.atomic
def record_result(
    *,
    actor: Actor,
    item: ChecklistItem,
    result: str,
    notes: str = "",
    evidence: Evidence | None = None,
    row_version: int | None = None,
    now: datetime.datetime,
) -> ChecklistItem:
    """Save what the check of one question came to; called whenever the auditor pauses."""
    require_auditor(actor, item.audit, now=now)
    _require_state(item.audit, {AuditState.IN_PROGRESS}, "Results are recorded during fieldwork.")
    if not item.audit.team.filter(member__in=[actor.member_id]).exists():
        raise NotAllowed("Results are recorded by an auditor of this team.")
    if result not in ResultState.values:
        raise RuleBroken("Choose a result.", field="result")
    before = {"result": item.result, "evidence": item.evidence_id}
    written = {
        "result": result,
        "notes": notes.strip(),
        "evidence": evidence,
        "tested_by_id": actor.member_id,
        "tested_at": now,
    }
    held = item.row_version if row_version is None else row_version
    if not write_version(ChecklistItem.objects.filter(pk=item.pk), held, **written):
        theirs = ChecklistItem.objects.get(pk=item.pk)
        raise StaleState("Somebody else saved this question meanwhile.", yours=notes, theirs=theirs.notes)
    for name, value in written.items():
        setattr(item, name, value)
    item.row_version = held + 1
    told = {"result": result, "evidence": item.evidence_id}
    if before != told:
        after = {"item": item.pk, "requirement": item.requirement, **told}
        trail.record(actor, "audit.result_recorded", item.audit, before=before, after=after)
    return item


def end_fieldwork(*, actor: Actor, audit: Audit, now: datetime.datetime) -> Audit:
    require_auditor(actor, audit, now=now)
    transitions.move(rules.AUDIT, audit, "end_fieldwork", actor=actor, now=now)
    return audit


@transaction.atomic
def issue_report(
    *, actor: Actor, audit: Audit, conclusion: str, effectiveness: str, signed: bool, now: datetime.datetime
) -> Audit:
    """The lead auditor signs: the findings are raised, the report is frozen and sent to management."""
    require_auditor(actor, audit, now=now)
    conclusions = {"conclusion": conclusion.strip(), "effectiveness": effectiveness.strip()}
    transitions.move(
        rules.AUDIT,
        audit,
        "issue_report",
        actor=actor,
        now=now,
        given={**conclusions, "signed": signed},
        changes={**conclusions, "issued_at": now, "issued_by_id": actor.member_id},
    )
    audit.snapshot = freeze(actor, audit, report_content(audit), now=now, version=REPORT_VERSION)
    audit.save(update_fields=["snapshot"])
    return audit


def start_follow_up(*, actor: Actor, audit: Audit, now: datetime.datetime) -> Audit:
    permissions.require(actor, "audits.follow_up_audit", audit)
    transitions.move(rules.AUDIT, audit, "start_follow_up", actor=actor, now=now)
    return audit


def close(*, actor: Actor, audit: Audit, now: datetime.datetime) -> Audit:
    require_auditor(actor, audit, now=now)
    transitions.move(rules.AUDIT, audit, "close", actor=actor, now=now)
    return audit


def report_content(audit: Audit) -> dict[str, object]:
    """The report as it is frozen: plan, team, results and findings, people by name and id."""
    team = audit.team.select_related("member")
    return {
        "reference": audit.reference,
        "title": audit.title,
        "objectives": audit.objectives,
        "criteria": audit.criteria,
        "scope": audit.scope,
        "systems": [str(row.system) for row in audit.systems.select_related("system")],
        "from": audit.start_date,
        "to": audit.end_date,
        "lead": audit.lead.name if audit.lead else "",
        "team": [
            {"name": each.member.name, "declared_independent_at": each.declared_independent_at}
            for each in team
        ],
        "results": [
            {
                "requirement": row.requirement,
                "question": row.question,
                "result": row.result,
                "notes": row.notes,
            }
            for row in audit.items.all()
        ],
        "findings": [
            {
                "reference": row.reference,
                "grade": row.grade,
                "title": row.title,
                "requirement": row.requirement,
                "evidence": row.evidence_text,
                "statement": row.statement,
            }
            for row in audit.findings.exclude(state="withdrawn").order_by("id")
        ],
        "conclusion": audit.conclusion,
        "effectiveness": audit.effectiveness,
        "issued_at": audit.issued_at,
    }


def known_criteria(criteria: Collection[str]) -> list[str]:
    """The chosen clauses and controls in the order of the standard; unknown numbers are refused."""
    order = list(requirement_titles())
    unknown = sorted(set(criteria) - set(order))
    if unknown:
        raise RuleBroken(f"Not a clause or control: {', '.join(unknown)}.", field="criteria")
    return [ref for ref in order if ref in set(criteria)]


def requirement_titles() -> dict[str, str]:
    """Everything that can be audited: the clauses, the controls of Annex A, the organization's own."""
    titles = {clause.ref: clause.title for clause in library.clauses()}
    titles |= {control.ref: control.title for control in library.controls()}
    own = Control.objects.additional().values_list("reference", "title")
    return titles | {reference: title for reference, title in own}


def _questions_of(ref: str) -> list[str]:
    for find, questions in ((library.clause, "checklist"), (library.control, "audit_questions")):
        try:
            return [question.text for question in getattr(find(ref), questions)]
        except KeyError:
            continue
    return ["How is this control carried out, and what shows that it works?"]


def _add_questions(audit: Audit, refs: Iterable[str], *, start: int) -> None:
    asked = [(ref, text) for ref in refs for text in _questions_of(ref)]
    ChecklistItem.objects.bulk_create(
        fill_organization(
            [
                ChecklistItem(audit=audit, position=position, requirement=ref, question=text)
                for position, (ref, text) in enumerate(asked, start=start)
            ]
        )
    )


def _match_questions(audit: Audit) -> None:
    audit.items.exclude(requirement__in=audit.criteria).delete()
    present = set(audit.items.values_list("requirement", flat=True))
    last = audit.items.order_by("-position").values_list("position", flat=True).first() or 0
    _add_questions(audit, [ref for ref in audit.criteria if ref not in present], start=last + 1)


def _set_systems(audit: Audit, systems: Iterable[AISystem]) -> None:
    audit.systems.all().delete()
    rows = [AuditSystem(audit=audit, system=system) for system in systems]
    AuditSystem.objects.bulk_create(fill_organization(rows))


def _check_dates(start: datetime.date | None, end: datetime.date | None) -> None:
    if start and end and end < start:
        raise RuleBroken("The audit ends after it starts.", field="end_date")


def _require_state(audit: Audit, states: Collection[str], sentence: str) -> None:
    if audit.state not in states:
        raise RuleBroken(sentence, field="state", code="state")
