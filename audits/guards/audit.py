"""Guards and effects of SM-11, the internal audit."""

from __future__ import annotations

from aims.core import transitions
from aims.core.canonical import sha256_of
from aims.core.exceptions import RuleBroken
from aims.core.registry import registry
from aims.core.snapshots import freeze
from aims.core.transitions import Facts
from audits import people, rules
from audits.enums import AuditState, FindingState, ResultState
from audits.models import Audit, Finding
from controls.models import Control
from inventory.models import AISystem

SAMPLE_SOURCE_VERSION = 1


def register() -> None:
    transitions.provide(rules.AUDIT)
    guards = {
        "objectives, criteria, scope, dates, team set": plan_is_complete,
        "independence declared by each auditor and checked by the system": team_is_independent,
        "each checklist item has result and evidence reference": checklist_is_done,
        "lead auditor signs": lead_auditor_signs,
        "conclusions on conformity and effectiveness": conclusions_are_drawn,
        "open findings exist": open_findings_exist,
        "no open findings": no_open_findings,
        "all nonconformities closed or moved to the next audit with reason": nonconformities_are_settled,
    }
    effects = {
        "notify auditees": notify_auditees,
        "coverage gap shown in programme": tell_of_coverage_gap,
        "freeze sample source snapshot": freeze_population,
        "distribute to managers": distribute_report,
        "findings raised": raise_findings,
        "feed management review": tell_management,
    }
    for text, guard in guards.items():
        registry.guard(rules.AUDIT.id, text)(guard)
    for text, effect in effects.items():
        registry.effect(rules.AUDIT.id, text)(effect)


def plan_is_complete(facts: Facts) -> None:
    audit = facts.obj
    wanted = (
        ("objectives", audit.objectives.strip(), "the objectives"),
        ("criteria", audit.criteria, "the criteria"),
        ("scope", audit.scope.strip(), "the scope"),
        ("start_date", audit.start_date and audit.end_date, "the first and last day"),
        ("team", audit.lead_id and audit.team.exists(), "the team with its lead auditor"),
    )
    missing = [(field, words) for field, value, words in wanted if not value]
    if missing:
        named = ", ".join(words for _, words in missing)
        raise RuleBroken(f"The plan still needs {named}.", field=missing[0][0], code="plan")


def team_is_independent(facts: Facts) -> None:
    from audits.services.independence import require_independent

    for each in facts.obj.team.select_related("member"):
        if each.declared_independent_at is None:
            raise RuleBroken(
                f"{each.member.name} has not declared their independence yet.",
                field="team",
                code="declaration",
            )
        require_independent(each.member, facts.obj, now=facts.now)


def checklist_is_done(facts: Facts) -> None:
    """Evidence is a linked item, or a note of the interview, observation or record that was seen."""
    items = list(facts.obj.items.all())
    if not items:
        raise RuleBroken("The checklist is empty. Add questions before fieldwork ends.", code="checklist")
    open_items = [
        item
        for item in items
        if item.result == ResultState.NOT_TESTED or not (item.evidence_id or item.notes.strip())
    ]
    if open_items:
        first = ", ".join(dict.fromkeys(item.requirement for item in open_items[:5]))
        raise RuleBroken(
            f"{len(open_items)} of {len(items)} questions have no result with its evidence yet, "
            f"beginning with {first}.",
            code="checklist",
        )


def lead_auditor_signs(facts: Facts) -> None:
    if facts.actor.member_id is None or facts.actor.member_id != facts.obj.lead_id:
        raise RuleBroken("The lead auditor signs the report.", code="lead")
    if not facts.given.get("signed"):
        raise RuleBroken("Confirm that you sign the report as lead auditor.", field="signed", code="lead")


def conclusions_are_drawn(facts: Facts) -> None:
    for field, words in (("conclusion", "conformity"), ("effectiveness", "effectiveness")):
        if not str(facts.given.get(field, "")).strip():
            raise RuleBroken(f"Write the conclusion on {words}.", field=field)


def open_findings_exist(facts: Facts) -> None:
    if not facts.obj.findings.open().exists():
        raise RuleBroken("No finding is open: the audit can be closed.", code="findings")


def no_open_findings(facts: Facts) -> None:
    _refuse_open(facts.obj.findings.open())


def nonconformities_are_settled(facts: Facts) -> None:
    _refuse_open(facts.obj.findings.open().nonconformities().filter(carried_to=None))


def _refuse_open(findings: object) -> None:
    names = list(findings.order_by("id").values_list("reference", flat=True))  # type: ignore[attr-defined]
    if names:
        raise RuleBroken(
            f"Still open: {', '.join(names)}. Close them, or move a nonconformity to the next audit.",
            code="findings",
        )


def notify_auditees(facts: Facts) -> None:
    audit = facts.obj
    text = f"Internal audit {audit.reference} is scheduled: {audit.title}, from {audit.start_date:%d %b %Y}."
    people.tell_all(people.auditees(audit), obj=audit, what="scheduled", text=text, url_name="audit")


def tell_of_coverage_gap(facts: Facts) -> None:
    """The programme shows what is covered; the lead hears what a cancelled audit leaves uncovered."""
    audit = facts.obj
    others = Audit.objects.exclude(state=AuditState.CANCELLED).values_list("criteria", flat=True)
    gap = [ref for ref in audit.criteria if not any(ref in criteria for criteria in others)]
    named = ", ".join(gap) if gap else "nothing, other audits cover it"
    text = f"Audit {audit.reference} was cancelled. Left without an audit: {named}."
    people.tell_all(people.leads(), obj=audit, what="cancelled", text=text, url_name="audit")


def freeze_population(facts: Facts) -> None:
    """Samples are drawn from what there was at the opening, whatever changes later."""
    audit = facts.obj
    systems = AISystem.objects.in_scope()
    if audit.systems.exists():
        systems = AISystem.objects.filter(pk__in=audit.systems.values("system_id"))
    controls = Control.objects.filter(reference__in=audit.criteria)
    content = {
        "audit": audit.reference,
        "systems": [
            {"id": row.pk, "reference": row.reference, "name": row.name, "stage": row.stage}
            for row in systems
        ],
        "controls": [{"reference": row.reference, "state": row.state} for row in controls],
        "questions": [sha256_of(item.question) for item in audit.items.all()],
    }
    freeze(facts.actor, audit, content, now=facts.now, version=SAMPLE_SOURCE_VERSION)


def raise_findings(facts: Facts) -> None:
    from audits.services.findings import raise_finding

    for finding in Finding.objects.filter(audit=facts.obj, state=FindingState.DRAFT).order_by("id"):
        raise_finding(actor=facts.actor, finding=finding, now=facts.now)


def distribute_report(facts: Facts) -> None:
    audit = facts.obj
    readers = [*people.management(), *people.auditees(audit)]
    text = f"The report of audit {audit.reference} is issued: {audit.title}."
    people.tell_all(readers, obj=audit, what="issued", text=text, url_name="audit")


def tell_management(facts: Facts) -> None:
    """Its result is an input of the next management review."""
    audit = facts.obj
    total = audit.findings.exclude(state=FindingState.WITHDRAWN).count()
    text = f"Audit {audit.reference} is closed with {total} findings: an input for the management review."
    people.tell_all(people.management(), obj=audit, what="closed", text=text, url_name="audit")
