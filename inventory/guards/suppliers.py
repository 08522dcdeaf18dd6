"""What SM-16 asks of a supplier, and what its steps set off."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from aims.core import messages
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.permissions import LEAD
from aims.core.registry import registry
from aims.core.schedule import add_months
from aims.core.transitions import Facts
from inventory.enums import SupplierEventKind
from inventory.models import Supplier, SupplierNotice, SupplierSystem
from inventory.queries.questionnaires import running_of
from inventory.queries.suppliers import has_open_corrective_request, keepers_of
from inventory.rules import suppliers as rules
from inventory.services.questionnaires import ANSWER_DAYS, send_questionnaire

guard, effect = registry.guard, registry.effect


@guard("SM-16", "AI risk tier set")
def tier_is_set(facts: Facts) -> None:
    if not facts.obj.tier:
        raise RuleBroken("Set the tier of the supplier first.", field="tier")


@guard("SM-16", "contract clauses checked")
def clauses_are_checked(facts: Facts) -> None:
    left = rules.open_clauses(facts.obj.contract)
    if left:
        raise RuleBroken(
            f"Check the contract first. Open, or without a place in it: {'; '.join(left)}.", field="contract"
        )


@guard("SM-16", "conditions with dates")
def has_conditions(facts: Facts) -> None:
    if not facts.obj.conditions.filter(met_on=None).exists():
        raise RuleBroken("Add the conditions with their dates first.", field="conditions")


@guard("SM-16", "duties shared out (A.10.2)")
def duties_are_shared_out(facts: Facts) -> None:
    if not facts.obj.duties.strip():
        raise RuleBroken("Write down who has which duty, the supplier or we.", field="duties")


@guard("SM-16", "blocking conditions met")
def blocking_conditions_are_met(facts: Facts) -> None:
    left = facts.obj.conditions.filter(is_blocking=True, met_on=None).count()
    if left:
        what = "1 blocking condition is" if left == 1 else f"{left} blocking conditions are"
        raise RuleBroken(f"{what} not met.", field="conditions")


@guard("SM-16", "date, model change, incident, renewal")
def review_has_a_trigger(facts: Facts) -> None:
    supplier: Supplier = facts.obj
    since = supplier.notices.filter(recorded_at__gte=supplier.state_since)
    rules.require_trigger(
        str(facts.given.get("trigger", "")),
        today=local_today(facts.now),
        review_date=supplier.next_review_date,
        events_since=set(since.values_list("kind", flat=True)),
    )


@guard("SM-16", "corrective action accepted")
def corrective_action_is_accepted(facts: Facts) -> None:
    supplier: Supplier = facts.obj
    accepted = supplier.notices.filter(
        kind=SupplierEventKind.CORRECTIVE_REQUEST, accepted_at__gte=supplier.state_since
    )
    if not accepted.exists() or has_open_corrective_request(supplier):
        raise RuleBroken(
            "Send a corrective request and accept the supplier's answer before it is used again.",
            field="events",
        )


@guard("SM-16", "exit plan done")
def exit_plan_is_done(facts: Facts) -> None:
    supplier: Supplier = facts.obj
    if not supplier.exit_plan.strip():
        raise RuleBroken("Write the exit plan first.", field="exit_plan")
    if supplier.exit_done_on is None or supplier.exit_done_on > local_today(facts.now):
        raise RuleBroken("Give the day the exit plan was done.", field="exit_done_on")


@effect("SM-16", "send questionnaire")
def send_the_questionnaire(facts: Facts) -> None:
    """To the contact of the supplier; without an address whoever answers for it hears what is missing."""
    supplier: Supplier = facts.obj
    if running_of(supplier) is not None:
        return
    if not supplier.contact_email:
        sentence = "{name} has no e-mail address on record: enter one, then send the questionnaire there."
        _tell(facts, keepers_of(supplier), "questionnaire", sentence)
        return
    send_questionnaire(
        actor=facts.actor,
        supplier=supplier,
        recipient=supplier.contact_email,
        contact_name=supplier.contact,
        due_date=local_today(facts.now) + datetime.timedelta(days=ANSWER_DAYS),
        now=facts.now,
    )


@effect("SM-16", "actions")
def tell_of_conditions(facts: Facts) -> None:
    """Each condition is an open item of whoever answers for the supplier until it is met."""
    count = facts.obj.conditions.filter(met_on=None).count()
    what = "1 condition" if count == 1 else f"{count} conditions"
    _tell(facts, keepers_of(facts.obj), "conditions", f"{{name}} is approved with {what}: see to them.")


@effect("SM-16", "review date")
def set_review_date(facts: Facts) -> None:
    supplier: Supplier = facts.obj
    supplier.next_review_date = add_months(
        local_today(facts.now), rules.REVIEW_MONTHS[supplier.tier or "medium"]
    )
    supplier.save(update_fields=["next_review_date"])


@effect("SM-16", "requests to supplier")
def open_a_request(facts: Facts) -> None:
    """A request on record, open until its answer is accepted; a person sends it, the portal does not."""
    today = local_today(facts.now)
    SupplierNotice.objects.create(
        organization_id=facts.obj.organization_id,
        supplier=facts.obj,
        kind=SupplierEventKind.REVIEW_REQUEST,
        happened_on=today,
        text="Current certificates, changes of models and terms, incidents, sub-suppliers.",
        due_date=today + datetime.timedelta(days=ANSWER_DAYS),
        recorded_by_id=facts.actor.member_id,
        recorded_at=facts.now,
    )
    _tell(
        facts,
        keepers_of(facts.obj),
        "review",
        "{name} is under review: ask the supplier for what is current.",
    )


@effect("SM-16", "re-evaluate linked systems")
def ask_for_re_evaluation(facts: Facts) -> None:
    """The owners decide on their systems; it stays in their work while the supplier is suspended."""
    links = SupplierSystem.objects.filter(supplier=facts.obj).select_related("system__owner")
    owners = {link.system.owner for link in links if link.system.owner is not None}
    if len(owners) < len(links):
        owners |= set(_leads())
    sentence = "{name} is suspended: re-evaluate the systems it serves."
    _tell(facts, owners | set(keepers_of(facts.obj)), "suspended", sentence)


def _leads() -> list[Member]:
    return list(Member.objects.with_role(LEAD))


def _tell(facts: Facts, members: Iterable[Member], what: str, sentence: str) -> None:
    supplier: Supplier = facts.obj
    for member in members:
        messages.tell(
            member,
            dedupe=f"supplier-{what}:{supplier.pk}:{facts.now.isoformat()}",
            text=sentence.format(name=f"{supplier.reference} {supplier.name}"),
            url=supplier.get_absolute_url(),
        )
