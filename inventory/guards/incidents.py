"""What SM-17 asks of an incident, and what its steps set off."""

from __future__ import annotations

from collections.abc import Iterable

from aims.core import messages
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.permissions import LEAD, TOP
from aims.core.registry import registry
from aims.core.transitions import Facts
from inventory.enums import IncidentSeverity, NoticeKind
from inventory.models import Incident, IncidentNotice
from inventory.models.incidents import OPEN_NOTICE
from inventory.rules import incidents as rules
from inventory.services import clocks

guard, effect = registry.guard, registry.effect


def _require(*asked: tuple[bool, str, str]) -> None:
    """Everything that is missing at once: (whether it is there, its field, what to do)."""
    missing = [(field, sentence) for is_there, field, sentence in asked if not is_there]
    if missing:
        raise RuleBroken(" ".join(sentence for _, sentence in missing), field=missing[0][0])


@guard("SM-17", "severity, systems, people affected")
def is_described(facts: Facts) -> None:
    incident: Incident = facts.obj
    has_systems = bool(incident.systems_note.strip()) or incident.system_links.exists()
    has_people = bool(incident.affected_people.strip()) or incident.affected_count is not None
    _require(
        (bool(incident.severity), "severity", "Set the severity first."),
        (has_systems, "systems_note", "Link the systems, or say why none of them is involved."),
        (has_people, "affected_people", "Say who is affected, or that nobody is (0)."),
    )


@guard("SM-17", "legal clocks checked (serious incident, data breach, contract)")
def clocks_are_checked(facts: Facts) -> None:
    incident: Incident = facts.obj
    left = rules.checks_left(
        serious=incident.serious,
        data_breach=incident.data_breach,
        contract_duty=incident.contract_duty,
        has_contract_clock=incident.notices.filter(kind=NoticeKind.CONTRACT).exists(),
    )
    if left:
        raise RuleBroken(f"Say first: {'; '.join(left)}.", field="serious")


@guard("SM-17", "evidence kept unaltered")
def evidence_is_kept(facts: Facts) -> None:
    incident: Incident = facts.obj
    if not incident.evidence_note.strip() and not incident.evidence_links.exists():
        raise RuleBroken(
            "Link what was kept as evidence, or say where logs and data lie unaltered.", field="evidence_note"
        )


@guard("SM-17", "cause and fix recorded")
def cause_and_fix_are_recorded(facts: Facts) -> None:
    incident: Incident = facts.obj
    _require(
        (bool(incident.cause.strip()), "cause", "Write down the cause."),
        (bool(incident.fix.strip()), "fix", "Write down what was mended."),
    )


@guard("SM-17", "lessons, need for corrective action decided")
def lessons_are_drawn(facts: Facts) -> None:
    incident: Incident = facts.obj
    _require(
        (bool(incident.lessons.strip()), "lessons", "Write down what was learned."),
        (bool(incident.needs_correction), "needs_correction", "Decide whether corrective action is needed."),
        (bool(incident.correction_reason.strip()), "correction_reason", "Give the reason of that decision."),
    )


@guard("SM-17", "notices sent or reason")
def notices_are_settled(facts: Facts) -> None:
    left = list(facts.obj.notices.filter(OPEN_NOTICE))
    if left:
        raise RuleBroken(f"Not sent, and no reason why not: {clocks.titles(left)}.", field="notices")


@guard("SM-17", "closer is not the resolver")
def closer_did_not_resolve(facts: Facts) -> None:
    if facts.obj.resolved_by_id in facts.actor.persons:
        raise RuleBroken("You resolved this incident. Another person closes it.", field="state")


@effect("SM-17", "start clocks")
def start_clocks(facts: Facts) -> None:
    incident: Incident = facts.obj
    clocks.start_legal_clocks(actor=facts.actor, incident=incident)
    running = list(incident.notices.filter(OPEN_NOTICE).exclude(due_at=None))
    if running:
        sentence = f"{{name}}: clocks run for {clocks.titles(running)}."
        _tell(facts, _handlers(incident), "clocks", sentence)


@effect("SM-17", "inform top management if critical")
def inform_top_management(facts: Facts) -> None:
    if facts.obj.severity == IncidentSeverity.CRITICAL:
        top = Member.objects.with_role(TOP)
        _tell(facts, top, "critical", "Critical incident: {name}.", mail="A critical incident was triaged")


@effect("SM-17", "tell reporter")
def tell_reporter(facts: Facts) -> None:
    incident: Incident = facts.obj
    if incident.reporter is not None:
        messages.tell(
            incident.reporter,
            dedupe=f"incident-dismissed:{incident.pk}",
            text=f"Your report {incident.reference} is closed: {facts.given.get('reason', '')}"[:290],
        )


@effect("SM-17", "user notices per plan (A.8.4)")
def plan_user_notice(facts: Facts) -> None:
    """A notice to users is open from now on: it is sent, or the reason why not is kept."""
    incident: Incident = facts.obj
    if incident.notices.filter(kind=NoticeKind.USERS).exists():
        return
    IncidentNotice.objects.create(
        organization_id=incident.organization_id,
        incident=incident,
        kind=NoticeKind.USERS,
        title="Notice to users and people affected",
        source="Communication plan, A.8.4",
        recorded_by_id=facts.actor.member_id,
    )
    _tell(facts, _handlers(incident), "users", "{name}: tell users and people affected, as planned.")


@effect("SM-17", "feed trends")
def count_as_closed(facts: Facts) -> None:
    """The trends are counted from the moments of the record; this is the last of them."""
    Incident.objects.filter(pk=facts.obj.pk).update(closed_at=facts.now)


def _handlers(incident: Incident) -> list[Member]:
    leads = list(Member.objects.with_role(LEAD))
    return leads if incident.owner is None else [incident.owner, *(m for m in leads if m != incident.owner)]


def _tell(facts: Facts, members: Iterable[Member], what: str, sentence: str, mail: str = "") -> None:
    incident: Incident = facts.obj
    for member in members:
        messages.tell(
            member,
            dedupe=f"incident-{what}:{incident.pk}",
            text=sentence.format(name=f"{incident.reference} {incident.title}"),
            url=incident.get_absolute_url(),
            mail_subject=mail,
        )
