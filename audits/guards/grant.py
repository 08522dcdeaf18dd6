"""Guards and effects of SM-27, the access of an external auditor."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession

from aims.core import directory, transitions
from aims.core.exceptions import RuleBroken
from aims.core.registry import registry
from aims.core.rules import AUDITOR_GRANT
from aims.core.transitions import Facts
from audits import people
from audits.models import Engagement


def register() -> None:
    transitions.provide(AUDITOR_GRANT)
    registry.guard(AUDITOR_GRANT.id, "identity confirmed, second factor, terms accepted")(identity_is_sure)
    registry.guard(AUDITOR_GRANT.id, "end date")(end_has_come)
    registry.effect(AUDITOR_GRANT.id, "log")(tell_of_acceptance)
    registry.effect(AUDITOR_GRANT.id, "sessions ended")(end_sessions)


def identity_is_sure(facts: Facts) -> None:
    grant = facts.obj
    if facts.actor.user_id != grant.user_id:
        raise RuleBroken("This invitation is for somebody else.", code="identity")
    if not is_mfa_enabled(grant.user):
        raise RuleBroken("Set up a second factor first.", code="second_factor")
    if not facts.given.get("terms"):
        raise RuleBroken("Accept the terms of access to continue.", field="terms", code="terms")


def end_has_come(facts: Facts) -> None:
    if facts.now < facts.obj.ends_at:
        raise RuleBroken("The access has not reached its end.", code="end")


def tell_of_acceptance(facts: Facts) -> None:
    """The trail line is written by the move; the lead hears of it as well."""
    engagement = Engagement.objects.filter(grant=facts.obj).first()
    if engagement is not None:
        text = f"{facts.obj.name} accepted the terms and can read the scope of “{engagement.title}”."
        people.tell_all(
            people.leads(), obj=engagement, what="accepted", text=text[:290], url_name="engagement"
        )


def end_sessions(facts: Facts) -> None:
    """Signs the person out everywhere, unless another door is still open to them.

    Not what protects the records: the database stops answering with the end of the grant itself.
    """
    user_id = facts.obj.user_id
    if directory.places_of(user_id):
        return
    for session in UserSession.objects.filter(user_id=user_id):
        session.end()
