"""The verbs of concerns (SM-18). Nothing that anybody wrote goes into the trail, a notice or a mail."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.urls import reverse

from aims.core import messages, permissions, transitions
from aims.core.actor import Actor
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Member
from aims.core.permissions import LEAD, TOP
from aims.core.sealing import seal
from inventory.enums import ConcernOutcome
from inventory.models import Concern, ConcernAbout, ConcernMessage
from inventory.queries.concerns import handlers_of, handles
from inventory.queries.mailboxes import opened_by
from inventory.rules.concerns import CONCERN
from inventory.services.concern_log import note

HANDLE = "inventory.handle_concern"
#: Step -> the verb that says who takes it; the record itself asks for its named handlers.
VERBS = dict.fromkeys((row.action for row in CONCERN.transitions), HANDLE)
LONGEST = 20_000
#: Without letters and digits that are easily taken for one another.
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
GROUPS, GROUP = 5, 5
REFERENCE = 6
NOBODY = "A concern waits, and nobody is named who may handle it."


def new_code() -> str:
    """122 bits in five groups, such as a person copies from a screen."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def new_reference() -> str:
    """No running number: whoever reports twice must not learn how many others did in between."""
    return f"CON-{''.join(secrets.choice(ALPHABET) for _ in range(REFERENCE))}"


def digest_of(code: str) -> str:
    """Of a code however it was typed; only this is kept."""
    plain = "".join(letter for letter in code.upper() if letter in ALPHABET)
    return hashlib.sha256(f"aims-mailbox:{plain}".encode()).hexdigest()


@transaction.atomic
def report_concern(
    *,
    actor: Actor,
    text: str,
    now: datetime.datetime,
    is_anonymous: bool = False,
    about: Iterable[Member] = (),
) -> tuple[Concern, str]:
    """The concern, and the code that alone leads an anonymous reporter back to it (else nothing)."""
    permissions.require(actor, "inventory.report_concern")
    text = _said(text, "Say what worries you.")
    named = actor.member_id if not is_anonymous else None
    code = "" if named else new_code()
    concern = Concern(
        organization_id=actor.organization_id,
        reference=new_reference(),
        reporter_id=named,
        code_digest=digest_of(code) if code else "",
        sealed_report=seal(text),
        received_at=now,
        state_since=now,
    )
    with opened_by(concern.code_digest):
        concern.save(force_insert=True)
        for member in dict.fromkeys(about):
            ConcernAbout.objects.create(concern=concern, member=member)
        note(concern, "receive", member_id=None, now=now)
        _tell_of_report(concern)
    return concern, code


def _tell_of_report(concern: Concern) -> None:
    readers = handlers_of(concern)
    if readers:
        tell(readers, concern, "received", "A concern was received.")
        return
    involved = set(concern.about.values_list("member_id", flat=True))
    for member in Member.objects.with_role(TOP):
        if member.pk not in involved:
            messages.tell(
                member,
                dedupe=f"concern-nobody:{concern.pk}",
                text=NOBODY,
                url=reverse("concern_handlers", args=[concern.organization_slug]),
                mail_subject=NOBODY,
            )


@transaction.atomic
def move_concern(
    *,
    actor: Actor,
    concern: Concern,
    action: str,
    now: datetime.datetime,
    late_reason: str = "",
    has_no_conflict: bool = False,
    outcome: str = "",
    conclusion: str = "",
    measures: str = "",
    feedback: str = "",
    handover: str = "",
) -> Concern:
    """One step by a named handler. What is written with it is sealed and goes nowhere else."""
    require_handler(actor, concern)
    if action not in VERBS:
        raise RuleBroken("There is no such step in the life of a concern.", field="action")
    written: dict[str, Any] = {
        "late_reason": late_reason.strip(),
        "has_no_conflict": has_no_conflict,
        "outcome": outcome,
        "conclusion": conclusion.strip(),
        "measures": measures.strip(),
        "feedback": feedback.strip(),
        "handover": handover.strip(),
    }
    # SM-18 names the compliance lead; here the named handler acts in that place.
    transitions.move(
        CONCERN,
        concern,
        action,
        actor=actor,
        now=now,
        given=written,
        changes={"state_since": now, **_columns(action, written, now)},
        roles=actor.own_roles | {LEAD},
        told=False,
    )
    note(concern, action, member_id=actor.member_id, now=now)
    if action == "conclude":
        _give_feedback(concern, written["feedback"], now)
    concern.refresh_from_db()
    return concern


@transaction.atomic
def write_to_reporter(*, actor: Actor, concern: Concern, text: str, now: datetime.datetime) -> ConcernMessage:
    require_handler(actor, concern)
    message = _post(concern, text, now, is_from_reporter=False)
    note(concern, "write", member_id=actor.member_id, now=now)
    return message


@transaction.atomic
def write_as_reporter(*, actor: Actor, concern: Concern, text: str, now: datetime.datetime) -> ConcernMessage:
    """By whoever reported it with their name."""
    permissions.require(actor, "inventory.report_concern")
    if actor.member_id is None or concern.reporter_id != actor.member_id:
        raise NotAllowed("Only whoever reported it answers here.")
    return _write_back(concern, text, now)


@transaction.atomic
def write_by_code(*, concern: Concern, text: str, now: datetime.datetime) -> ConcernMessage:
    """By whoever holds the code: the caller found the concern by it."""
    return _write_back(concern, text, now)


def require_handler(actor: Actor, concern: Concern) -> None:
    """Asked of the person, not of a role or a delegation."""
    permissions.require(actor, HANDLE)
    if not handles(actor, concern):
        raise NotAllowed("Only its named handlers read and move a concern.")


def _columns(action: str, written: dict[str, Any], now: datetime.datetime) -> dict[str, Any]:
    if action == "acknowledge":
        late = written["late_reason"]
        return {"acknowledged_at": now, "sealed_late_reason": seal(late) if late else ""}
    if action == "conclude":
        return {
            "outcome": written["outcome"] if written["outcome"] in ConcernOutcome.values else "",
            "sealed_conclusion": seal(written["conclusion"]),
            "sealed_measures": seal(written["measures"]) if written["measures"] else "",
        }
    if action == "close":
        return {"sealed_handover": seal(written["handover"])}
    return {}


def _give_feedback(concern: Concern, text: str, now: datetime.datetime) -> None:
    _post(concern, text, now, is_from_reporter=False)
    Concern.objects.filter(pk=concern.pk).update(feedback_at=now)


def _post(concern: Concern, text: str, now: datetime.datetime, *, is_from_reporter: bool) -> ConcernMessage:
    message: ConcernMessage = ConcernMessage.objects.create(
        organization_id=concern.organization_id,
        concern=concern,
        is_from_reporter=is_from_reporter,
        sealed_text=seal(_said(text, "Write something.")),
        at=now,
    )
    if not is_from_reporter and concern.reporter is not None:
        tell([concern.reporter], concern, f"message-{message.pk}", "There is an answer to your concern.")
    return message


def _write_back(concern: Concern, text: str, now: datetime.datetime) -> ConcernMessage:
    if concern.messages.filter(is_from_reporter=True).count() >= 200:
        raise RuleBroken("This mailbox is full.", field="text")
    message = _post(concern, text, now, is_from_reporter=True)
    note(concern, "hear", member_id=None, now=now)
    tell(handlers_of(concern), concern, f"message-{message.pk}", "A reporter of a concern wrote.")
    return message


def _said(text: str, sentence: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise RuleBroken(sentence if not text else "This is too long.", field="text")
    return text


def tell(members: Iterable[Member], concern: Concern, what: str, sentence: str) -> None:
    """In words that say nothing of the concern, not even its reference: mails pass many hands."""
    for member in members:
        messages.tell(
            member,
            dedupe=f"concern-{what}:{concern.pk}",
            text=sentence,
            url=concern.get_absolute_url(),
            mail_subject=sentence,
        )
