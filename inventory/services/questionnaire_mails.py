"""What the portal writes to a supplier about a questionnaire."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.urls import reverse

from aims.core import limits
from aims.core.exceptions import RuleBroken
from aims.core.messages import send_later
from aims.core.templatetags.formats import day_text
from aims.core.tenancy.context import current_organization
from inventory.enums import QuestionnaireState
from inventory.models import SupplierQuestionnaire

#: Mails to one address in a day: the portal must not serve to pester somebody.
MAILS_A_DAY, DAY = 5, 24 * 60 * 60
LINK = """{greeting}

{why}

Open this link; no account is needed, and answers are saved part by part:

{link}

It works until {until} and takes the place of any earlier one. Whoever has it can read and change \
your answers: hand it only to those who help to answer. If you expected nothing of the kind, nothing needs \
doing."""
REMINDER = """{greeting}

{organization} waits for answers to questionnaire {reference} by {due}.

Use the link of our mail of {sent} with {reference} in its subject. If you cannot find it, ask your \
contact there to send it again: for safety, links are not kept."""

ACCEPTANCE = """{greeting}

{organization} accepted the answers to questionnaire {reference} that {name} handed in on {handed_in}. \
Nothing more needs doing.

SHA-256 of the answers, as on your receipt:
{sha256}"""


def mail_link(questionnaire: SupplierQuestionnaire, token: str) -> None:
    """The only place where the link stands; the text is forgotten once the mail is sent."""
    _require_peace(questionnaire)
    organization = current_organization().name
    send_later(
        dedupe=f"questionnaire:{questionnaire.pk}:{questionnaire.times_sent}",
        recipient=questionnaire.recipient,
        subject=f"Questionnaire of {organization} ({questionnaire.reference})",
        text=LINK.format(
            greeting=_greeting(questionnaire),
            why=_why(questionnaire, organization),
            link=f"{settings.BASE_URL}{reverse('answer_questionnaire', args=[token])}",
            until=day_text(questionnaire.expires_at),
        ),
        text_is_secret=True,
    )


def mail_reminder(questionnaire: SupplierQuestionnaire) -> None:
    """It cannot repeat the link, of which only a digest is kept: it names the mail that has it."""
    organization = current_organization().name
    send_later(
        dedupe=f"questionnaire-reminder:{questionnaire.pk}:{questionnaire.times_sent}",
        recipient=questionnaire.recipient,
        subject=f"Reminder: questionnaire of {organization} ({questionnaire.reference})",
        text=REMINDER.format(
            greeting=_greeting(questionnaire),
            organization=organization,
            reference=questionnaire.reference,
            due=day_text(questionnaire.due_date),
            sent=day_text(questionnaire.sent_at),
        ),
    )


def mail_acceptance(questionnaire: SupplierQuestionnaire) -> None:
    """Once for each questionnaire. It opens nothing: the hash is the one on the receipt."""
    organization = current_organization().name
    send_later(
        dedupe=f"questionnaire-accepted:{questionnaire.pk}",
        recipient=questionnaire.recipient,
        subject=f"Answers accepted: questionnaire of {organization} ({questionnaire.reference})",
        text=ACCEPTANCE.format(
            greeting=_greeting(questionnaire),
            organization=organization,
            reference=questionnaire.reference,
            name=questionnaire.handed_in_name,
            handed_in=day_text(questionnaire.handed_in_at),
            sha256=questionnaire.sha256,
        ),
    )


def _why(questionnaire: SupplierQuestionnaire, organization: str) -> str:
    if questionnaire.state == QuestionnaireState.RETURNED:
        return f"{organization} read your answers and asks for more:\n\n{questionnaire.comment}"
    asked = len(questionnaire.questions)
    why = (
        f"{organization} asks {questionnaire.supplier.name} to answer {asked} questions on the AI it"
        f" delivers, by {day_text(questionnaire.due_date)}."
    )
    return f"{why}\n\n{questionnaire.note}" if questionnaire.note else why


def _greeting(questionnaire: SupplierQuestionnaire) -> str:
    return f"{questionnaire.contact_name}," if questionnaire.contact_name else "Hello,"


def _require_peace(questionnaire: SupplierQuestionnaire) -> None:
    address = hashlib.sha256(questionnaire.recipient.lower().encode()).hexdigest()
    name = f"{questionnaire.organization_id}:{address}"
    if not limits.count("questionnaire-mail", name, limit=MAILS_A_DAY, seconds=DAY).is_kept:
        raise RuleBroken(
            f"{MAILS_A_DAY} mails went to this address today. Wait until tomorrow.", field="recipient"
        )
