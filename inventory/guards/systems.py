"""What SM-01 asks of the inventory's own records, and what its steps set off here."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from aims.core import messages, snapshots
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.permissions import LEAD
from aims.core.registry import registry
from aims.core.separation import keep_apart
from aims.core.transitions import Facts
from inventory import gates
from inventory.enums import StageRecordKind, SupplierState
from inventory.models import AISystem, GateRecord, OversightPerson, StageRecord, SupplierSystem
from inventory.rules import gates as rules
from inventory.rules import systems as system_rules
from inventory.services.gate_records import open_request
from inventory.services.stage_records import gates_url, record_url, reopen_stage_record

guard, effect = registry.guard, registry.effect
SUPPLIERS_THAT_SERVE = (
    SupplierState.APPROVED,
    SupplierState.APPROVED_WITH_CONDITIONS,
    SupplierState.ACTIVE,
)


@guard("SM-01", "owner named")
def owner_is_named(facts: Facts) -> str:
    if facts.obj.owner_id is None:
        raise RuleBroken("Name the owner of the system.", field="owner", url=_edit_url(facts.obj))
    return f"Owner: {facts.obj.owner.name}"


@guard("SM-01", "purpose, roles, supplier and data recorded")
def intake_is_recorded(facts: Facts) -> str:
    system: AISystem = facts.obj
    found = system_rules.intake_problems(
        ref=system.reference,
        purpose=system.purpose,
        roles=system.organization_roles,
        sourcing=system.sourcing,
        supplier=system.supplier,
        data_classes=system.data_classes,
    )
    if found:
        sentence = " ".join(problem.sentence for problem in found)
        raise RuleBroken(sentence, field=found[0].field, url=_edit_url(system))
    return "All four are in the record."


@guard("SM-01", "requirements drafted (A.6.2.2)")
def requirements_are_drafted(facts: Facts) -> str:
    record = _stage_record(facts.obj, StageRecordKind.REQUIREMENTS)
    if record is None or not (record.text or record.evidence_id):
        raise RuleBroken(
            "Write down the requirements, at least as a draft.",
            url=record_url(facts.obj, StageRecordKind.REQUIREMENTS),
        )
    return _told(record)


@guard("SM-01", "no development (role deployer_user only)")
def nothing_is_developed(facts: Facts) -> str:
    if not system_rules.skips_development(facts.obj.organization_roles):
        raise RuleBroken(
            "Only an organization that merely uses the system goes straight to validation: its role is not"
            " “deployer or user” alone.",
            field="organization_roles",
            url=_edit_url(facts.obj),
        )
    return "The organization is a deployer or user only."


@guard("SM-01", "supplier approved (SM-16)")
def supplier_is_approved(facts: Facts) -> str:
    links = list(SupplierSystem.objects.filter(system=facts.obj).select_related("supplier__organization"))
    if not links:
        url = reverse("suppliers", args=[facts.obj.organization_slug])
        raise RuleBroken("Link the supplier of the system, and approve it.", url=url)
    open_ones = [link.supplier for link in links if link.supplier.state not in SUPPLIERS_THAT_SERVE]
    if open_ones:
        named = ", ".join(f"{each} ({each.get_state_display().lower()})" for each in open_ones)
        raise RuleBroken(f"Not approved: {named}.", url=open_ones[0].get_absolute_url())
    return ", ".join(f"{link.supplier} ({link.supplier.get_state_display().lower()})" for link in links)


@guard("SM-01", "design documented")
def design_is_documented(facts: Facts) -> str:
    return _complete(facts.obj, StageRecordKind.DESIGN)


@guard("SM-01", "data records complete")
def data_records_are_complete(facts: Facts) -> str:
    return _complete(facts.obj, StageRecordKind.DATA)


@guard("SM-01", "criteria met or deviation approved by someone else")
def criteria_are_met(facts: Facts) -> str:
    told = _complete(facts.obj, StageRecordKind.VALIDATION_PLAN, StageRecordKind.VALIDATION)
    record = _stage_record(facts.obj, StageRecordKind.VALIDATION)
    if record is not None and record.has_open_deviation:
        raise RuleBroken(
            "The criteria are not met; another person than the author has to approve the deviation.",
            url=record_url(facts.obj, StageRecordKind.VALIDATION),
        )
    if record is not None and record.deviation_approved_by is not None:
        told = f"{told}; deviation approved by {record.deviation_approved_by.name}"
    return told


@guard("SM-01", "actor is not author of the go-live request")
def another_person_asked(facts: Facts) -> str:
    request = open_request(facts.obj)
    if request is None:
        url = f"{facts.obj.get_absolute_url()}go-live-request/"
        raise RuleBroken("Somebody has to ask for the go-live first.", url=url)
    keep_apart(
        "SOD-01",
        actor=facts.actor,
        obj=request,
        hands=[request.author_id],
        sentence="You asked for this go-live yourself. Another person decides on it.",
    )
    return f"Asked for by {request.author.name}" if request.author else "Asked for through the API"


@guard("SM-01", "user information ready")
def user_information_is_ready(facts: Facts) -> str:
    return _complete(facts.obj, StageRecordKind.USER_INFORMATION)


@guard("SM-01", "roll-back tested")
def rollback_is_tested(facts: Facts) -> str:
    return _complete(facts.obj, StageRecordKind.DEPLOYMENT_PLAN, StageRecordKind.ROLLBACK_TEST)


@guard("SM-01", "planned date, threshold breach, incident, change of purpose, model, data, law or supplier")
def re_evaluation_has_a_cause(facts: Facts) -> str:
    trigger, reason = str(facts.given.get("trigger", "")), str(facts.given.get("reason", ""))
    planned = facts.obj.next_review_date
    rules.require_trigger(trigger, reason=reason, today=local_today(facts.now), planned=planned)
    return trigger


@guard("SM-01", "data and weights disposed or kept by rule")
def data_is_disposed_of(facts: Facts) -> str:
    return _complete(facts.obj, StageRecordKind.DISPOSAL)


@guard("SM-01", "users informed")
def users_are_informed(facts: Facts) -> str:
    return _complete(facts.obj, StageRecordKind.USERS_INFORMED)


@guard("SM-01", "access removed")
def access_is_removed(facts: Facts) -> str:
    return _complete(facts.obj, StageRecordKind.ACCESS_REMOVED)


@guard("SM-01", "records retained")
def records_are_retained(facts: Facts) -> str:
    return _complete(facts.obj, StageRecordKind.RECORDS_RETAINED)


@effect("SM-01", "gate record")
def keep_gate_record(facts: Facts) -> None:
    gates.record_step(facts.actor, facts.obj, facts.given, facts.now)


@effect("SM-01", "notify proposer")
def tell_the_proposer(facts: Facts) -> None:
    proposer = facts.obj.registered_by
    _tell(facts, [proposer], "rejected", f"{{name}} was not taken on: {facts.given['reason'][:120]}")


@effect("SM-01", "open issue")
def open_an_issue(facts: Facts) -> None:
    """The results are a draft again, with what went wrong, until somebody completes them anew."""
    record = _stage_record(facts.obj, StageRecordKind.VALIDATION)
    if record is not None:
        reopen_stage_record(actor=facts.actor, record=record, reason=facts.given["reason"], now=facts.now)
    text = f"{{name}} did not pass its validation: {facts.given['reason'][:120]}"
    _tell(facts, [facts.obj.owner, *_leads()], "failed", text)


@effect("SM-01", "set next reassessment date")
def set_first_date(facts: Facts) -> None:
    """A review that is planned sooner stays; one whose day has passed is no plan any more."""
    today, planned = local_today(facts.now), facts.obj.next_review_date
    latest = rules.next_reassessment(today)
    _plan(facts.obj, min(planned, latest) if planned is not None and planned > today else latest)


@effect("SM-01", "set next date")
def set_next_date(facts: Facts) -> None:
    """What was planned was this re-evaluation."""
    _plan(facts.obj, rules.next_reassessment(local_today(facts.now)))


def _plan(system: AISystem, day: datetime.date) -> None:
    system.next_review_date = day
    system.save(update_fields=["next_review_date"])


@effect("SM-01", "start reminders")
def tell_of_the_next_date(facts: Facts) -> None:
    """The daily reminders follow the date as soon as the system is in operation."""
    system: AISystem = facts.obj
    text = f"{{name}} is in operation; it is assessed again by {system.next_review_date:%Y-%m-%d}."
    _tell(facts, [system.owner, system.risk_owner], "live", text)


@effect("SM-01", "create retirement plan")
def create_retirement_plan(facts: Facts) -> None:
    """One open record for each thing that a retirement has to prove."""
    for kind in rules.RETIREMENT_KINDS:
        StageRecord.objects.get_or_create(
            organization_id=facts.obj.organization_id,
            system=facts.obj,
            kind=kind,
            defaults={"author_id": facts.actor.member_id, "written_at": facts.now},
        )
    _tell(facts, [facts.obj.owner, *_leads()], "retirement", "{name} is to be retired: prove its four ends.")


@effect("SM-01", "notify users per incident plan")
def ask_to_notify_users(facts: Facts) -> None:
    """The portal knows the people who answer for a system, not its users: it says who has to tell them."""
    watching = [
        each.member for each in OversightPerson.objects.filter(system=facts.obj).select_related("member")
    ]
    text = "{name} is suspended: tell its users, as the incident plan says."
    _tell(facts, [facts.obj.owner, facts.obj.risk_owner, *watching, *_leads()], "suspended", text)


@effect("SM-01", "incident or finding linked")
def name_the_incident(facts: Facts) -> None:
    """What is named with the suspension is kept in its record; without a name the owner is asked for one."""
    if not facts.given["related"]:
        _tell(facts, [facts.obj.owner], "related", "{name} is suspended: record the incident or finding.")


@effect("SM-01", "freeze record")
def freeze_record(facts: Facts) -> None:
    """The whole record as it ended, with its stage records and its steps."""
    system = AISystem.objects.get(pk=facts.obj.pk)
    content = {
        "system": _values(AISystem, pk=system.pk),
        "stage_records": _values(StageRecord, system=system),
        "steps": _values(GateRecord, system=system),
        "oversight": _values(OversightPerson, system=system),
    }
    snapshots.freeze(facts.actor, system, content, now=facts.now, version=system.row_version)


def _values(model: Any, **which: Any) -> list[dict[str, Any]]:
    return list(model.objects.filter(**which).order_by("pk").values())


def _stage_record(system: AISystem, kind: str) -> StageRecord | None:
    found: StageRecord | None = (
        StageRecord.objects.filter(system=system, kind=kind)
        .select_related("system", "author", "deviation_approved_by")
        .first()
    )
    return found


def _complete(system: AISystem, *kinds: str) -> str:
    """What the records say of themselves; all that are not complete are named at once."""
    found = {kind: _stage_record(system, kind) for kind in kinds}
    told = [_told(record) for record in found.values() if record is not None and record.is_complete]
    if len(told) == len(kinds):
        return ". ".join(told)
    left = {kind: record for kind, record in found.items() if record is None or not record.is_complete}
    sentences = [
        f"{'Complete' if record else 'Write'} the record “{StageRecordKind(kind).label}”."
        for kind, record in left.items()
    ]
    raise RuleBroken(" ".join(sentences), url=record_url(system, next(iter(left))))


def _told(record: StageRecord) -> str:
    author = f" by {record.author.name}" if record.author else ""
    state = record.get_state_display().lower()
    return f"{record}: {state}, version {record.row_version} of {record.written_at:%Y-%m-%d}{author}"


def _edit_url(system: AISystem) -> str:
    return f"{system.get_absolute_url()}edit/"


def _leads() -> list[Member]:
    return list(Member.objects.with_role(LEAD))


def _tell(facts: Facts, members: Iterable[Member | None], what: str, sentence: str) -> None:
    system: AISystem = facts.obj
    for member in {each.pk: each for each in members if each is not None and each.is_active}.values():
        messages.tell(
            member,
            dedupe=f"system-{what}:{system.pk}:{facts.now.isoformat()}",
            text=sentence.format(name=f"{system.reference} {system.name}"),
            url=gates_url(system),
        )
