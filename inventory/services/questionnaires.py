"""The verbs of questionnaires on this side: sent to an outside address, withdrawn, judged, reminded of."""

from __future__ import annotations

import datetime
import hashlib
import io
import secrets
from typing import Any

from django.db import transaction

from aims.core import permissions, references, trail
from aims.core.actor import Actor
from aims.core.days import end_of_day, local_today
from aims.core.evidence import submit_evidence
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.messages import tell
from aims.core.models import Evidence
from inventory.enums import QuestionnaireState
from inventory.models import Supplier, SupplierQuestionnaire
from inventory.models.suppliers import ENDED
from inventory.queries.questionnaires import evidence_of, frozen_text, running_of
from inventory.queries.suppliers import keepers_of
from inventory.rules import questionnaires as rules
from inventory.services.questionnaire_mails import mail_acceptance, mail_link, mail_reminder
from inventory.services.supplier_parts import link_certificate
from inventory.supplier_questions import supplier_questions, version

SEND, DECIDE = "inventory.send_questionnaire", "inventory.decide_questionnaire"
ANSWER_DAYS = 30
#: A late answer is better than none: the link outlives the day it was asked for.
GRACE = datetime.timedelta(days=14)
#: Days before the due date on which the supplier is reminded, once.
REMIND_DAYS = 3
LONGEST_NOTE = 2000
MEANWHILE = "Somebody did something with this questionnaire meanwhile. Reload and look at it again."


@transaction.atomic
def send_questionnaire(
    *,
    actor: Actor,
    supplier: Supplier,
    recipient: str,
    due_date: datetime.date,
    now: datetime.datetime,
    contact_name: str = "",
    note: str = "",
) -> SupplierQuestionnaire:
    """Ask what the catalog asks a supplier of its kind and tier; the link is in the mail and nowhere else."""
    permissions.require(actor, SEND, supplier)
    rules.require_address(recipient)
    rules.require_due_date(due_date, local_today(now))
    _require_note(note)
    questions = rules.asked_of(supplier_questions(), kind=supplier.kind, tier=supplier.tier)
    if supplier.state in ENDED:
        raise RuleBroken("This supplier was rejected or left: there is nothing to ask.", field="state")
    # One at a time, or two sent at once would both be out.
    list(Supplier.objects.select_for_update().filter(pk=supplier.pk).values_list("pk"))
    running = running_of(supplier)
    if running is not None:
        raise RuleBroken(f"{running.reference} is still out. Send that one again, or withdraw it first.")
    token = secrets.token_urlsafe(32)
    questionnaire = SupplierQuestionnaire.objects.create(
        organization_id=actor.organization_id,
        reference=references.next_reference("QSN"),
        supplier=supplier,
        catalog_version=version(),
        questions=[each.frozen() for each in questions],
        recipient=recipient.strip(),
        contact_name=contact_name.strip(),
        note=note.strip(),
        due_date=due_date,
        digest=digest_of(token),
        sent_at=now,
        sent_by_id=actor.member_id,
        expires_at=end_of_day(due_date) + GRACE,
    )
    after = {"supplier": supplier.reference, "questions": len(questions), "due": due_date.isoformat()}
    trail.record(actor, "supplierquestionnaire.sent", questionnaire, after=after)
    mail_link(questionnaire, token)
    return questionnaire


@transaction.atomic
def resend_questionnaire(
    *,
    actor: Actor,
    questionnaire: SupplierQuestionnaire,
    due_date: datetime.date,
    now: datetime.datetime,
    recipient: str = "",
) -> SupplierQuestionnaire:
    """A new link, perhaps to another address; the old one is dead, and what was answered stays."""
    permissions.require(actor, SEND, questionnaire.supplier)
    target = rules.moved(questionnaire.state, "resend")
    rules.require_due_date(due_date, local_today(now))
    token = secrets.token_urlsafe(32)
    recipient = recipient.strip() or questionnaire.recipient
    _take(questionnaire, target, recipient=recipient, **_fresh_link(questionnaire, token, due_date, now))
    after = {"times": questionnaire.times_sent, "due": due_date.isoformat()}
    trail.record(actor, "supplierquestionnaire.resent", questionnaire, after=after)
    mail_link(questionnaire, token)
    return questionnaire


@transaction.atomic
def withdraw_questionnaire(
    *, actor: Actor, questionnaire: SupplierQuestionnaire, reason: str, now: datetime.datetime
) -> SupplierQuestionnaire:
    """The link is dead at once; what was answered stays on record."""
    permissions.require(actor, SEND, questionnaire.supplier)
    before = questionnaire.state
    target = rules.moved(before, "withdraw")
    if not reason.strip():
        raise RuleBroken("Give a reason.", field="reason")
    _take(questionnaire, target, digest="")
    trail.record(
        actor,
        "supplierquestionnaire.withdrawn",
        questionnaire,
        before={"state": before},
        after={"state": target},
        reason=reason.strip(),
    )
    return questionnaire


@transaction.atomic
def accept_questionnaire(
    *, actor: Actor, questionnaire: SupplierQuestionnaire, now: datetime.datetime, comment: str = ""
) -> SupplierQuestionnaire:
    """Take the answers as enough; they stay as they were handed in."""
    permissions.require(actor, DECIDE)
    target = rules.moved(questionnaire.state, "accept")
    _take(questionnaire, target, comment=comment.strip(), **_decided(actor, now))
    after = {"state": target, "sha256": questionnaire.sha256}
    trail.record(
        actor, "supplierquestionnaire.accepted", questionnaire, after=after, reason=questionnaire.comment
    )
    mail_acceptance(questionnaire)
    _tell_keepers(questionnaire, "accepted", "The answers of {name} are accepted.", actor)
    return questionnaire


@transaction.atomic
def file_as_evidence(
    *, actor: Actor, questionnaire: SupplierQuestionnaire, now: datetime.datetime
) -> Evidence:
    """Hand the frozen answers in as evidence of the supplier: the file has the hash of the receipt."""
    supplier = questionnaire.supplier
    permissions.require(actor, "inventory.keep_supplier", supplier)
    # One at a time, or two would file it twice.
    list(SupplierQuestionnaire.objects.select_for_update().filter(pk=questionnaire.pk).values_list("pk"))
    if questionnaire.state != QuestionnaireState.ACCEPTED:
        raise RuleBroken("Only answers that are accepted are filed.", field="state")
    filed = evidence_of(questionnaire)
    if filed is not None:
        raise RuleBroken(f"These answers are filed already, as {filed.reference}.")
    day = local_today(questionnaire.handed_in_at)
    evidence = submit_evidence(
        actor=actor,
        title=f"Answers of {supplier.name[:150]} to {questionnaire.reference}",
        source=supplier.name,
        file=io.BytesIO(frozen_text(questionnaire).encode()),
        file_name=f"{questionnaire.reference.lower()}.json",
        trusted_type="application/json",
        period_from=day,
        period_to=day,
        now=now,
    )
    link_certificate(actor=actor, supplier=supplier, evidence=evidence, now=now)
    after = {"evidence": evidence, "sha256": questionnaire.sha256}
    trail.record(actor, "supplierquestionnaire.filed", questionnaire, after=after)
    return evidence


@transaction.atomic
def return_questionnaire(
    *,
    actor: Actor,
    questionnaire: SupplierQuestionnaire,
    comment: str,
    due_date: datetime.date,
    now: datetime.datetime,
) -> SupplierQuestionnaire:
    """Ask for more: it opens again by a new link, with the comment at its head."""
    permissions.require(actor, DECIDE)
    target = rules.moved(questionnaire.state, "return")
    comment = comment.strip()
    if not comment:
        raise RuleBroken("Write what is missing: the supplier reads it.", field="comment")
    rules.require_due_date(due_date, local_today(now))
    token = secrets.token_urlsafe(32)
    link = _fresh_link(questionnaire, token, due_date, now)
    _take(questionnaire, target, comment=comment, **link, **_decided(actor, now))
    after = {"state": target, "due": due_date.isoformat()}
    trail.record(actor, "supplierquestionnaire.returned", questionnaire, after=after, reason=comment)
    mail_link(questionnaire, token)
    _tell_keepers(questionnaire, f"returned-{questionnaire.hand_ins}", "{name} is asked for more.", actor)
    return questionnaire


@transaction.atomic
def remind_supplier(
    *, actor: Actor, questionnaire: SupplierQuestionnaire, now: datetime.datetime
) -> SupplierQuestionnaire:
    """Once for each link."""
    _take(questionnaire, questionnaire.state, reminded_at=now)
    due = questionnaire.due_date.isoformat()
    trail.record(actor, "supplierquestionnaire.reminded", questionnaire, after={"due": due})
    mail_reminder(questionnaire)
    return questionnaire


@transaction.atomic
def expire_questionnaire(
    *, actor: Actor, questionnaire: SupplierQuestionnaire, now: datetime.datetime
) -> SupplierQuestionnaire:
    """Its link is dead already; whoever answers for the supplier hears of it."""
    before = questionnaire.state
    target = rules.moved(before, "expire")
    _take(questionnaire, target, digest="")
    trail.record(
        actor,
        "supplierquestionnaire.expired",
        questionnaire,
        before={"state": before},
        after={"state": target},
    )
    sentence = "{name} did not answer: the questionnaire has expired. Send it again, or withdraw it."
    _tell_keepers(questionnaire, f"expired-{questionnaire.times_sent}", sentence, actor)
    return questionnaire


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _take(questionnaire: SupplierQuestionnaire, target: str, **changes: Any) -> None:
    """Only while it stands as it was looked at: neither answered, moved nor sent again meanwhile."""
    same = SupplierQuestionnaire.objects.filter(
        pk=questionnaire.pk, state=questionnaire.state, times_sent=questionnaire.times_sent
    )
    if not same.update(state=QuestionnaireState(target), **changes):
        raise StaleState(MEANWHILE)
    questionnaire.refresh_from_db()


def _fresh_link(
    questionnaire: SupplierQuestionnaire, token: str, due_date: datetime.date, now: datetime.datetime
) -> dict[str, Any]:
    return {
        "digest": digest_of(token),
        "times_sent": questionnaire.times_sent + 1,
        "sent_at": now,
        "due_date": due_date,
        "expires_at": end_of_day(due_date) + GRACE,
        "reminded_at": None,
    }


def _decided(actor: Actor, now: datetime.datetime) -> dict[str, Any]:
    return {"decided_at": now, "decided_by_id": actor.member_id}


def _require_note(note: str) -> None:
    if len(note) > LONGEST_NOTE:
        raise RuleBroken(f"Say it in {LONGEST_NOTE} characters.", field="note")


def _tell_keepers(questionnaire: SupplierQuestionnaire, what: str, sentence: str, actor: Actor) -> None:
    supplier = questionnaire.supplier
    for member in keepers_of(supplier):
        if member.pk != actor.member_id:
            tell(
                member,
                dedupe=f"questionnaire-{what}:{questionnaire.pk}",
                text=sentence.format(name=f"{supplier.reference} {supplier.name}"[:200]),
                url=questionnaire.get_absolute_url(),
            )
