"""What SM-18 asks of a concern, and what its steps set off."""

from __future__ import annotations

from aims.core import messages
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.registry import registry
from aims.core.transitions import Facts
from inventory.enums import ConcernOutcome
from inventory.models import Concern
from inventory.queries.concerns import handlers, handlers_of
from inventory.rules.concerns import acknowledge_by
from inventory.services.concern_list import put_on_list

guard, effect = registry.guard, registry.effect


@guard("SM-18", "within 7 days")
def acknowledged_in_time(facts: Facts) -> None:
    last = acknowledge_by(local_today(facts.obj.received_at))
    if local_today(facts.now) > last and not facts.given.get("late_reason"):
        raise RuleBroken("Seven days have passed. Give the reason of the delay.", field="late_reason")


@guard("SM-18", "handler has no conflict")
def handler_has_no_conflict(facts: Facts) -> None:
    if not facts.given.get("has_no_conflict"):
        raise RuleBroken(
            "Confirm that you have no conflict of interest, or step back.", field="has_no_conflict"
        )
    if facts.obj.about.filter(member_id=facts.actor.member_id).exists():
        raise RuleBroken("This concern is about you.", field="has_no_conflict")


@guard("SM-18", "reason given")
def reason_is_given(facts: Facts) -> None:
    """Not the common guard: a reason given there stands in the trail."""
    _require_conclusion(facts)


@guard("SM-18", "outcome and measures")
def outcome_and_measures(facts: Facts) -> None:
    _require_conclusion(facts)
    if not facts.given.get("measures"):
        raise RuleBroken("Write down the measures, or that none is needed and why.", field="measures")


@guard("SM-18", "measures handed over")
def measures_are_handed_over(facts: Facts) -> None:
    if not facts.given.get("handover"):
        raise RuleBroken(
            "Say to whom the measures were handed over, or that there are none.", field="handover"
        )


@effect("SM-18", "confidential access list")
def make_access_list(facts: Facts) -> None:
    """The named handlers of this day without a conflict; later ones are let in one by one."""
    concern: Concern = facts.obj
    readers = {member.pk for member in handlers_of(concern)}
    put_on_list(concern, [handler for handler in handlers() if handler.member_id in readers])


@effect("SM-18", "feedback to reporter within 3 months")
def tell_of_feedback(facts: Facts) -> None:
    """The feedback itself is in the mailbox; a reporter with a name hears that it is there."""
    concern: Concern = facts.obj
    if concern.reporter is not None:
        messages.tell(
            concern.reporter,
            dedupe=f"concern-concluded:{concern.pk}",
            text="Your concern is concluded.",
            url=concern.get_absolute_url(),
        )


@effect("SM-18", "statistics")
def count_as_closed(facts: Facts) -> None:
    """The statistics count what is closed."""
    Concern.objects.filter(pk=facts.obj.pk).update(closed_at=facts.now)


def _require_conclusion(facts: Facts) -> None:
    if facts.given.get("outcome") not in ConcernOutcome.values:
        raise RuleBroken("Choose the outcome.", field="outcome")
    if not facts.given.get("conclusion"):
        raise RuleBroken("Write down what was found and why.", field="conclusion")
    if not facts.given.get("feedback"):
        raise RuleBroken("Write the feedback that the reporter reads.", field="feedback")
