"""What the holder of a link does: the link is the right, and the portal acts for whoever has it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.db import transaction

from aims.core import snapshots, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.messages import tell
from aims.core.models import Member
from aims.core.permissions import LEAD
from inventory.models import QuestionnaireAnswer, SupplierQuestionnaire
from inventory.queries import questionnaires as queries
from inventory.queries.suppliers import keepers_of
from inventory.rules import questionnaires as rules

CHANGED = "Somebody saved other answers here since you opened this page. Look at both and save again."
LOOK_AGAIN = "Somebody changed an answer since you opened this page. Look over the answers and hand in again."
LONGEST_NAME = 200


class LinkGone(Exception):
    """The link does not work, and nobody is told why: expired, withdrawn, replaced, or never one."""


@transaction.atomic
def save_answers(
    *,
    actor: Actor,
    digest: str,
    section: str,
    answers: Mapping[str, str],
    seen: str,
    now: datetime.datetime,
) -> SupplierQuestionnaire:
    """Write what differs in one part. `seen` is the mark of the answers that the page showed."""
    questionnaire = _held(digest, now)
    asked = {each.id: each for each in queries.questions_of(questionnaire) if each.section == section}
    said = {
        key: " ".join(text.split()) if _is_line(asked, key) else text.strip() for key, text in answers.items()
    }
    rules.require_answers(asked, said)
    stored = {key: text for key, text in queries.answers_of(questionnaire).items() if key in asked}
    differing = {key: text for key, text in said.items() if text != stored.get(key, "")}
    if not differing:
        return questionnaire
    if queries.mark_of(stored) != seen:
        raise StaleState(CHANGED)
    target = rules.moved(questionnaire.state, "answer")
    _write(questionnaire, differing, now)
    SupplierQuestionnaire.objects.filter(pk=questionnaire.pk).update(state=target)
    questionnaire.state = target
    after = {"section": section, "answers": sorted(differing)}
    trail.record(actor, "supplierquestionnaire.answered", questionnaire, after=after)
    return questionnaire


@transaction.atomic
def hand_in(
    *,
    actor: Actor,
    digest: str,
    name: str,
    role: str,
    declares: bool,
    seen: str,
    now: datetime.datetime,
) -> SupplierQuestionnaire:
    """Freeze the answers as somebody declares them; from here on they are read and not written."""
    questionnaire = _held(digest, now)
    target = rules.moved(questionnaire.state, "hand_in")
    detail = queries.detail_of(questionnaire)
    rules.require_signature(name=name, role=role, declares=declares)
    if len(name) > LONGEST_NAME or len(role) > LONGEST_NAME:
        raise RuleBroken(f"Say it in {LONGEST_NAME} characters.", field="name")
    rules.require_complete((line.question for part in detail.parts for line in part.lines), detail.texts)
    if queries.mark_of(detail.texts) != seen:
        raise StaleState(LOOK_AGAIN)
    content = queries.content_of(detail, name=name.strip(), role=role.strip(), now=now)
    times = questionnaire.hand_ins + 1
    snapshot = snapshots.freeze(actor, questionnaire, content, now=now, version=times)
    SupplierQuestionnaire.objects.filter(pk=questionnaire.pk).update(
        state=target,
        handed_in_at=now,
        handed_in_name=name.strip(),
        handed_in_role=role.strip(),
        hand_ins=times,
        sha256=snapshot.sha256,
    )
    questionnaire.refresh_from_db()
    after = {"state": target, "sha256": snapshot.sha256, "times": times}
    trail.record(actor, "supplierquestionnaire.handed_in", questionnaire, after=after)
    _tell_reviewers(questionnaire)
    return questionnaire


def _held(digest: str, now: datetime.datetime) -> SupplierQuestionnaire:
    """Held until the transaction ends: of two tabs one after the other, and no withdrawal in between."""
    rows = SupplierQuestionnaire.objects.open().select_for_update(of=("self",)).select_related("supplier")
    questionnaire: SupplierQuestionnaire | None = rows.filter(digest=digest, expires_at__gt=now).first()
    if not digest or questionnaire is None:
        raise LinkGone
    return questionnaire


def _is_line(asked: Mapping[str, rules.Question], key: str) -> bool:
    return key in asked and asked[key].kind != "text"


def _write(
    questionnaire: SupplierQuestionnaire, differing: Mapping[str, str], now: datetime.datetime
) -> None:
    of_this = {"organization_id": questionnaire.organization_id, "questionnaire": questionnaire}
    QuestionnaireAnswer.objects.bulk_create(
        [
            QuestionnaireAnswer(**of_this, question=key, text=text, saved_at=now)
            for key, text in differing.items()
            if text
        ],
        update_conflicts=True,
        unique_fields=["organization", "questionnaire", "question"],
        update_fields=["text", "saved_at"],
    )
    taken_back = [key for key, text in differing.items() if not text]
    if taken_back:
        QuestionnaireAnswer.objects.filter(questionnaire=questionnaire, question__in=taken_back).delete()


def _tell_reviewers(questionnaire: SupplierQuestionnaire) -> None:
    supplier = questionnaire.supplier
    reviewers = {*keepers_of(supplier), *Member.objects.with_role(LEAD)}
    for member in sorted(reviewers, key=lambda each: each.pk):
        tell(
            member,
            dedupe=f"questionnaire-handed-in:{questionnaire.pk}:{questionnaire.hand_ins}",
            text=f"{supplier.reference} {supplier.name[:200]} answered the questionnaire: read and decide.",
            url=questionnaire.get_absolute_url(),
        )
