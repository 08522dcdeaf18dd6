"""Reads of the questionnaires to suppliers, from inside and for whoever holds a link."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from aims.core.canonical import canonical_json, sha256_of
from aims.core.days import local_today
from aims.core.models import Evidence, Snapshot
from inventory.models import QuestionnaireAnswer, Supplier, SupplierEvidence, SupplierQuestionnaire
from inventory.models.suppliers import ENDED
from inventory.rules import questionnaires as rules
from inventory.rules.questionnaires import Flag, Question
from inventory.supplier_questions import supplier_questions


@dataclass(frozen=True)
class QuestionnairePlace:
    organization_id: int
    questionnaire_id: int


def find_questionnaire(digest: str) -> QuestionnairePlace | None:
    """The questionnaire whose link has this digest, found before an organization is known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, questionnaire_id FROM questionnaire_by_digest(%s)", [digest])
        row = cursor.fetchone()
    return QuestionnairePlace(*row) if row else None


def questionnaires() -> QuerySet[Any]:
    """With how many questions were asked and answered, and without their words."""
    answers = QuestionnaireAnswer.objects.filter(questionnaire=OuterRef("pk")).order_by()
    counted = answers.values("questionnaire").annotate(n=Count("pk")).values("n")
    return SupplierQuestionnaire.objects.defer("questions").annotate(
        asked=Func(F("questions"), function="jsonb_array_length", output_field=IntegerField()),
        answered=Coalesce(Subquery(counted), 0),
    )


def questionnaires_of(supplier: Supplier) -> list[SupplierQuestionnaire]:
    """Newest first; one query."""
    return list(questionnaires().filter(supplier=supplier).order_by("-id"))


def questions_for(supplier: Supplier) -> int:
    """How many questions it would be asked now; none without a tier."""
    if not supplier.tier:
        return 0
    return len(rules.asked_of(supplier_questions(), kind=supplier.kind, tier=supplier.tier))


def takes_another(supplier: Supplier, sent: Iterable[SupplierQuestionnaire]) -> bool:
    """Whether the verb would send one: one at a time, and none to a supplier that left."""
    return supplier.state not in ENDED and not any(each.is_running for each in sent)


def running_of(supplier: Supplier) -> SupplierQuestionnaire | None:
    found: SupplierQuestionnaire | None = (
        SupplierQuestionnaire.objects.running().filter(supplier=supplier).first()
    )
    return found


def questions_of(questionnaire: SupplierQuestionnaire) -> list[Question]:
    """As they were asked, whatever the catalog says now."""
    return [Question.thawed(row) for row in questionnaire.questions]


def answers_of(questionnaire: SupplierQuestionnaire) -> dict[str, str]:
    return dict(questionnaire.answers.values_list("question", "text"))


@dataclass(frozen=True)
class Answered:
    """One question with what was said to it."""

    question: Question
    text: str
    flags: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        return rules.in_words(self.question, self.text)

    @property
    def day(self) -> datetime.date | None:
        return rules.day_of(self.text) if self.question.kind == "date" else None

    @property
    def is_address(self) -> bool:
        return self.question.kind == "url" and bool(self.text)

    @property
    def is_missing(self) -> bool:
        return self.question.required and not self.text


@dataclass(frozen=True)
class Part:
    """One section of a questionnaire, for its page and for the list of tasks."""

    key: str
    title: str
    lines: tuple[Answered, ...]

    @property
    def asked(self) -> int:
        return len(self.lines)

    @property
    def answered(self) -> int:
        return sum(1 for line in self.lines if line.text)

    @property
    def state(self) -> str:
        """In the words of a task list."""
        if not self.answered:
            return "todo"
        return "progress" if any(line.is_missing for line in self.lines) else "done"


@dataclass(frozen=True)
class QuestionnaireDetail:
    """A questionnaire with its answers; one query, whatever their number."""

    questionnaire: SupplierQuestionnaire
    parts: tuple[Part, ...]
    flags: tuple[Flag, ...]

    @property
    def asked(self) -> int:
        return sum(part.asked for part in self.parts)

    @property
    def answered(self) -> int:
        return sum(part.answered for part in self.parts)

    @property
    def missing(self) -> list[tuple[str, Question]]:
        """Required questions without an answer, with the key of their part."""
        return [(part.key, line.question) for part in self.parts for line in part.lines if line.is_missing]

    @property
    def texts(self) -> dict[str, str]:
        return {line.question.id: line.text for part in self.parts for line in part.lines if line.text}

    def part(self, key: str) -> Part | None:
        return next((part for part in self.parts if part.key == key), None)


def detail_of(questionnaire: SupplierQuestionnaire) -> QuestionnaireDetail:
    questions, answers = questions_of(questionnaire), answers_of(questionnaire)
    handed_in = questionnaire.handed_in_at
    # Before it was handed in, an empty answer says nothing yet.
    flags = rules.flags_of(questions, answers, on=local_today(handed_in)) if handed_in else []
    why: dict[str, tuple[str, ...]] = {}
    for flag in flags:
        why[flag.question.id] = (*why.get(flag.question.id, ()), flag.why)
    return QuestionnaireDetail(
        questionnaire,
        tuple(
            Part(
                key,
                title,
                tuple(
                    Answered(each, answers.get(each.id, ""), why.get(each.id, ()))
                    for each in questions
                    if each.section == key
                ),
            )
            for key, title in rules.sections_of(questions)
        ),
        tuple(flags),
    )


def frozen_text(questionnaire: SupplierQuestionnaire) -> str:
    """The answers as they were last handed in, word for word."""
    label = questionnaire._meta.label_lower
    frozen = Snapshot.objects.get(kind=label, object_id=questionnaire.pk, version=questionnaire.hand_ins)
    return str(frozen.text)


def evidence_of(questionnaire: SupplierQuestionnaire) -> Evidence | None:
    """The item of the library that holds the frozen answers, known by their hash."""
    if not questionnaire.sha256:
        return None
    links = SupplierEvidence.objects.select_related("evidence__organization")
    link = links.filter(
        supplier_id=questionnaire.supplier_id, evidence__blob__sha256=questionnaire.sha256
    ).first()
    return link.evidence if link else None


def mark_of(texts: Mapping[str, str]) -> str:
    """Of the answers somebody looked at, so that nothing is written over what they have not seen."""
    return sha256_of(canonical_json({key: text for key, text in texts.items() if text}))


def content_of(detail: QuestionnaireDetail, *, name: str, role: str, now: datetime.datetime) -> Any:
    """What is frozen when a supplier hands in: each question as asked, each answer as given."""
    questionnaire = detail.questionnaire
    supplier = questionnaire.supplier
    return {
        "reference": questionnaire.reference,
        "supplier": {"reference": supplier.reference, "name": supplier.name},
        "catalog_version": questionnaire.catalog_version,
        "handed_in": {"at": now, "name": name, "role": role, "times": questionnaire.hand_ins + 1},
        "parts": [
            {
                "title": part.title,
                "answers": [
                    {
                        "id": line.question.id,
                        "question": line.question.text,
                        "answer": line.text,
                        "in_words": line.in_words,
                    }
                    for line in part.lines
                ],
            }
            for part in detail.parts
        ],
    }
