"""Questionnaires of a sample organization: one that was accepted, one that a supplier is busy with."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aims.core.actor import system_actor
from aims.core.tenancy.context import acting_as
from audits.demo.plan import answer
from inventory.models import Supplier, SupplierQuestionnaire
from inventory.queries import questionnaires as queries
from inventory.services import questionnaire_answers as outside
from inventory.services import questionnaires as verbs

if TYPE_CHECKING:
    from audits.demo.seeding import Sample


def seed_questionnaires(sample: Sample) -> None:
    for each in sample.plan.get("questionnaires", ()):
        supplier = Supplier.objects.select_related("owner").get(name=each["supplier"])
        now = sample.clock.ago(each["days"])
        with acting_as(sample.actor(each["by"])) as owner:
            questionnaire = verbs.send_questionnaire(
                actor=owner,
                supplier=supplier,
                recipient=each["to"],
                contact_name=each["name"],
                due_date=sample.clock.day_ago(each["due"]),
                now=now,
            )
        _answer(questionnaire, each["answers"], now + datetime.timedelta(days=4))
        if "accepted" in each:
            _accept(sample, questionnaire, each)


def _answer(questionnaire: SupplierQuestionnaire, answers: Mapping[str, Any], now: datetime.datetime) -> None:
    """Part by part, as whoever holds the link."""
    with acting_as(system_actor(questionnaire.organization_id, name="Questionnaire")) as portal:
        for part in queries.detail_of(questionnaire).parts:
            said = {
                line.question.id: answer(answers[line.question.id])
                for line in part.lines
                if line.question.id in answers
            }
            outside.save_answers(
                actor=portal,
                digest=questionnaire.digest,
                section=part.key,
                answers=said,
                seen=queries.mark_of({}),
                now=now,
            )


def _accept(sample: Sample, questionnaire: SupplierQuestionnaire, each: Mapping[str, Any]) -> None:
    with acting_as(system_actor(questionnaire.organization_id, name="Questionnaire")) as portal:
        handed_in = outside.hand_in(
            actor=portal,
            digest=questionnaire.digest,
            name=each["name"],
            role=each["role"],
            declares=True,
            seen=queries.mark_of(queries.answers_of(questionnaire)),
            now=sample.clock.ago(each["accepted"]["days"] + 2),
        )
    with acting_as(sample.actor(sample.lead)) as lead:
        verbs.accept_questionnaire(
            actor=lead,
            questionnaire=handed_in,
            comment=each["accepted"]["comment"],
            now=sample.clock.ago(each["accepted"]["days"]),
        )
