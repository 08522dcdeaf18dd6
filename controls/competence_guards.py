"""What SM-20 asks of a competence record, and what SM-01 asks of the people who watch over a system."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from aims.core import messages
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.permissions import LEAD
from aims.core.registry import registry
from aims.core.schedule import add_months
from aims.core.separation import keep_apart
from aims.core.tenancy.context import current_organization
from aims.core.transitions import Facts
from controls import competence as rules
from controls.enums import CompetenceTopic
from controls.models import CompetenceRecord
from inventory.models import AISystem, OversightPerson

guard, effect = registry.guard, registry.effect
OVERSIGHT = CompetenceTopic.HUMAN_OVERSIGHT


@guard("SM-01", "oversight persons competent (SM-20)")
def overseers_are_competent(facts: Facts) -> str:
    """Each person who watches over the system has a valid proof on human oversight."""
    watching = list(OversightPerson.objects.filter(system=facts.obj).select_related("member"))
    if not watching:
        raise RuleBroken(
            "Name the persons who watch over the system.", url=f"{facts.obj.get_absolute_url()}edit/"
        )
    records = CompetenceRecord.objects.filter(
        topic=OVERSIGHT, person_id__in=[each.member_id for each in watching]
    )
    by_person = {record.person_id: record for record in records.select_related("person")}
    lacking = [each.member.name for each in watching if not _holds(by_person.get(each.member_id), facts)]
    if lacking:
        url = f"{reverse('competence', args=[current_organization().slug])}?topic={OVERSIGHT}"
        raise RuleBroken(f"Without valid proof of competence: {', '.join(sorted(lacking))}.", url=url)
    return ", ".join(f"{record.person.name} ({_until(record)})" for _, record in sorted(by_person.items()))


def _holds(record: CompetenceRecord | None, facts: Facts) -> bool:
    return record is not None and rules.is_competent(
        record.state, record.valid_until, on=local_today(facts.now)
    )


def _until(record: CompetenceRecord) -> str:
    return f"until {record.valid_until:%Y-%m-%d}" if record.valid_until else "waived"


@guard("SM-20", "proof of existing competence")
def competence_is_proven(facts: Facts) -> None:
    if not facts.given.get("proof"):
        raise RuleBroken("Say what proves the competence.", field="proof")


@guard("SM-20", "evidence")
def there_is_evidence(facts: Facts) -> None:
    if not facts.given.get("proof") and facts.given.get("evidence") is None:
        raise RuleBroken("Say what was done, or link the evidence of it.", field="proof")


@guard("SM-20", "effectiveness check")
def effect_is_checked(facts: Facts) -> None:
    if not facts.given.get("check_result"):
        raise RuleBroken("Say how it was checked and what was seen.", field="check_result")
    rules.require_validity(facts.given.get("valid_until"), on=local_today(facts.now))


@guard("SM-20", "assessor is not the person")
def assessor_is_another(facts: Facts) -> None:
    keep_apart(
        "SOD-01",
        actor=facts.actor,
        obj=facts.obj,
        hands=[facts.obj.person_id],
        sentence="This is your own competence. Another person checks it.",
    )


@guard("SM-20", "60 days before end")
def end_is_near(facts: Facts) -> None:
    rules.require_near_end(facts.obj.valid_until, on=local_today(facts.now))


@effect("SM-20", "notify person")
def tell_the_person(facts: Facts) -> None:
    _tell(facts, [facts.obj.person], "assigned", f"You are asked for a proof: {facts.obj}.")


@effect("SM-20", "validity end")
def set_validity(facts: Facts) -> None:
    record: CompetenceRecord = facts.obj
    today = local_today(facts.now)
    record.valid_from = today
    record.valid_until = facts.given.get("valid_until") or add_months(today, rules.VALID_MONTHS)
    record.save(update_fields=["valid_from", "valid_until"])


@effect("SM-20", "assign again")
def ask_to_assign_again(facts: Facts) -> None:
    """Assigning is the compliance lead's step; it stays in their work until it is taken."""
    text = f"{facts.obj.person.name}, {facts.obj}: the check found it not effective. Assign it again."
    _tell(facts, [*_leads(), facts.obj.person], "failed", text)


@effect("SM-20", "remind")
def remind_of_the_end(facts: Facts) -> None:
    text = f"Your proof on {facts.obj} ends on {facts.obj.valid_until:%Y-%m-%d}."
    _tell(facts, [facts.obj.person], "near", text)


@effect("SM-20", "block oversight role")
def block_oversight(facts: Facts) -> None:
    """No gate opens for a system whose overseer's proof has ended; its owner hears of it now."""
    if facts.obj.topic != OVERSIGHT:
        return
    watched = OversightPerson.objects.filter(member=facts.obj.person_id).values("system_id")
    for system in AISystem.objects.filter(pk__in=watched).select_related("owner", "organization"):
        text = (
            f"{system.reference} {system.name} is watched by {facts.obj.person.name}, whose proof has ended."
        )
        _tell(facts, [system.owner], f"blocked:{system.pk}", text)


@effect("SM-20", "notify")
def tell_of_the_end(facts: Facts) -> None:
    text = f"The proof of {facts.obj.person.name} on {facts.obj} has ended."
    _tell(facts, [facts.obj.person, *_leads()], "ended", text)


def _leads() -> list[Member]:
    return list(Member.objects.with_role(LEAD))


def _tell(facts: Facts, members: Iterable[Member | None], what: str, text: str) -> None:
    for member in {each.pk: each for each in members if each is not None and each.is_active}.values():
        messages.tell(
            member,
            dedupe=f"competence-{what}:{facts.obj.pk}:{facts.now.isoformat()}",
            text=text,
            url=facts.obj.get_absolute_url(),
        )
