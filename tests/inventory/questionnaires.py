"""A supplier that is asked, and whoever answers for it outside; used by the tests of questionnaires."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django.test import Client
from django.utils import timezone

from aims.core.models import Mail
from aims.core.tenancy.context import acting_as, acting_in
from inventory.models import Supplier, SupplierQuestionnaire
from inventory.queries import questionnaires as queries
from inventory.rules.questionnaires import Question
from inventory.services import questionnaire_answers as outside
from inventory.services import questionnaires as services
from tests.cast import House, in_days
from tests.inventory.test_suppliers import a_supplier

RECIPIENT = "zoe@clinara.test"
#: A fitting answer by kind of question.
FITTING = {"text": "As agreed.", "yes_no": "yes", "date": "2031-03-31", "url": "https://clinara.test/card"}


def asked_supplier(house: House, name: str = "Clinara", **values: Any) -> Supplier:
    return a_supplier(house, name, **{"kind": "service", "tier": "low", **values})


def send(
    house: House, supplier: Supplier | None = None, who: str = "lead", **more: Any
) -> SupplierQuestionnaire:
    with acting_as(house.actor(who)) as actor:
        values = {"recipient": RECIPIENT, "due_date": in_days(20), "now": timezone.now(), **more}
        return services.send_questionnaire(actor=actor, supplier=supplier or asked_supplier(house), **values)


def sent_token(house: House, recipient: str = RECIPIENT) -> str:
    """The secret of the newest link that was mailed."""
    with acting_in(house.organization):
        mail = Mail.objects.filter(recipient=recipient, text_is_secret=True).order_by("-id").first()
    found = re.search(r"/questionnaire/([\w-]+)/", mail.text) if mail else None
    assert found, "no mail with a link"
    return found.group(1)


def fitting(question: Question) -> str:
    return question.choices[0][0] if question.choices else FITTING[question.kind]


def answer_all(house: House, digest: str, **other: str) -> None:
    """Every part as a supplier would save it; `other` says what stands instead of the fitting answer."""
    with acting_in(house.organization) as portal:
        questionnaire = SupplierQuestionnaire.objects.get(digest=digest)
        for part in queries.detail_of(questionnaire).parts:
            outside.save_answers(
                actor=portal,
                digest=digest,
                section=part.key,
                answers={
                    line.question.id: other.get(line.question.id, fitting(line.question))
                    for line in part.lines
                },
                seen=queries.mark_of({line.question.id: line.text for line in part.lines}),
                now=timezone.now(),
            )


def hand_in(house: House, digest: str, **more: Any) -> SupplierQuestionnaire:
    with acting_in(house.organization) as portal:
        detail = queries.detail_of(SupplierQuestionnaire.objects.get(digest=digest))
        values = {"name": "Zoe Clinara", "role": "Quality lead", "declares": True, **more}
        values.setdefault("seen", queries.mark_of(detail.texts))
        return outside.hand_in(actor=portal, digest=digest, now=timezone.now(), **values)


def handed_in(house: House, supplier: Supplier | None = None, **other: str) -> SupplierQuestionnaire:
    sent = send(house, supplier)
    answer_all(house, sent.digest, **other)
    return hand_in(house, sent.digest)


def stands(house: House, questionnaire: SupplierQuestionnaire) -> tuple[Any, ...]:
    """What a refusal must leave as it was."""
    with acting_in(house.organization):
        row = SupplierQuestionnaire.objects.get(pk=questionnaire.pk)
        texts = queries.answers_of(row)
        return row.state, row.digest, row.times_sent, row.hand_ins, row.comment, texts, Mail.objects.count()


def over(questionnaire: SupplierQuestionnaire, house: House) -> None:
    """Its link has run out."""
    with acting_in(house.organization):
        SupplierQuestionnaire.objects.filter(pk=questionnaire.pk).update(
            expires_at=timezone.now() - datetime.timedelta(minutes=1)
        )


def somebody() -> Client:
    """A browser that has never been here."""
    return Client()
