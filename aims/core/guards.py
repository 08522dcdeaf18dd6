"""The guards and effects of evidence items (SM-10), one function for each string of the catalog."""

from __future__ import annotations

import datetime
from urllib.parse import urlsplit

from aims.core import reminders, schedule
from aims.core.days import local_today
from aims.core.enums import EvidenceState
from aims.core.evidence_notices import expiry_due, lead_ids, owner_ids, tell_submitter
from aims.core.exceptions import RuleBroken
from aims.core.messages import tell
from aims.core.models import Member
from aims.core.registry import registry
from aims.core.rules import EXPIRING_DAYS, review_until
from aims.core.separation import keep_apart
from aims.core.transitions import Facts


@registry.guard("SM-10", "file or link, period covered, source, hash")
def content_is_complete(facts: Facts) -> None:
    given = facts.given
    blob, link = given.get("blob"), given.get("link") or ""
    if (blob is None) == (not link):
        raise RuleBroken("Give a file or a link, one of the two.", field="file")
    if link and urlsplit(link).scheme not in {"http", "https"}:
        raise RuleBroken("A link begins with https:// or http://.", field="link")
    if blob is not None and len(blob.sha256) != 64:
        raise RuleBroken("The file has no hash.", field="file")
    if not given.get("source"):
        raise RuleBroken("Say where it comes from: a person, a tool, a report.", field="source")
    if given.get("period_from") is None or given.get("period_to") is None:
        raise RuleBroken("Say which period it covers.", field="period_from")


@registry.guard("SM-10", "reviewer is not submitter")
def reviewer_is_not_submitter(facts: Facts) -> None:
    """SOD-05."""
    keep_apart(
        "SOD-05",
        actor=facts.actor,
        obj=facts.obj,
        hands=[facts.obj.submitted_by_id],
        sentence="You submitted this yourself. Another person reviews it.",
    )


@registry.guard("SM-10", "30 days before end")
def end_is_near(facts: Facts) -> None:
    until = facts.obj.valid_until
    if until is None or until > _today(facts) + datetime.timedelta(days=EXPIRING_DAYS):
        raise RuleBroken("Its end is more than 30 days away.")


@registry.guard("SM-10", "end date")
def end_is_past(facts: Facts) -> None:
    until = facts.obj.valid_until
    if until is None or until >= _today(facts):
        raise RuleBroken("Its last day is not over yet.")


@registry.guard("SM-10", "newer accepted")
def newer_is_accepted(facts: Facts) -> None:
    newer = facts.given.get("newer")
    if newer is None or newer.pk == facts.obj.pk:
        raise RuleBroken("Name the newer item that takes its place.", field="newer")
    if newer.state not in {EvidenceState.ACCEPTED, EvidenceState.EXPIRING}:
        raise RuleBroken("The newer item has to be accepted first.", field="newer")
    if newer.submitted_at < facts.obj.submitted_at:
        raise RuleBroken("The item that takes its place has to be newer.", field="newer")


@registry.effect("SM-10", "valid-until set by review frequency")
def set_validity(facts: Facts) -> None:
    evidence = facts.obj
    evidence.valid_until = (
        facts.given.get("valid_until")
        or evidence.valid_until
        or review_until(evidence.kind, local_today(facts.now))
    )
    evidence.save(update_fields=["valid_until"])


@registry.effect("SM-10", "notify")
def tell_rejected(facts: Facts) -> None:
    tell_submitter(
        facts.obj, f"rejected:{facts.now.isoformat()}", f"was rejected: {facts.given.get('reason', '')}"
    )


@registry.effect("SM-10", "remind owner")
def remind_owner(facts: Facts) -> None:
    """The first of the expiry reminders; the source finds it sent already."""
    today, until = _today(facts), facts.obj.valid_until
    days_left = max((until - today).days, 0)
    steps = [step for step in schedule.RULES["evidence_expiry"].days_before if step >= days_left]
    reminders.remind([expiry_due(facts.obj, until, min(steps), lead_ids())], today)


@registry.effect("SM-10", "degrade control")
def tell_expired(facts: Facts) -> None:
    """The control itself is degraded by the app that owns controls; people are told here."""
    evidence = facts.obj
    for member in Member.objects.filter(pk__in=owner_ids(evidence, lead_ids())):
        tell(
            member,
            dedupe=f"evidence-expired:{evidence.pk}:{evidence.valid_until}",
            text=f"{evidence.reference} {evidence.title} has expired. Hand in a newer item.",
            url=evidence.get_absolute_url(),
        )


def _today(facts: Facts) -> datetime.date:
    today: datetime.date = facts.given.get("today") or local_today(facts.now)
    return today
