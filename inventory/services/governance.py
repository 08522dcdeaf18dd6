"""The verbs of governance bodies: their seats, meetings and decisions (5.1, 5.3)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from aims.core import messages, permissions, trail
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import Evidence, Member
from aims.core.rules import require_current_evidence
from aims.core.versions import only_known, write_changes
from inventory.enums import BodyPart
from inventory.models import BodyDecision, BodyMeeting, BodySeat, GovernanceBody, MeetingPresence
from inventory.rules import governance as rules
from inventory.services.context import KEEP

EDITABLE = ("name", "charter", "evidence", "ended_on")


@transaction.atomic
def set_up_body(*, actor: Actor, name: str, now: datetime.datetime, **fields: Any) -> GovernanceBody:
    permissions.require(actor, KEEP)
    body = GovernanceBody(
        organization_id=actor.organization_id,
        author_id=actor.member_id,
        recorded_at=now,
        **only_known({"name": name, **fields}, EDITABLE),
    )
    _check(body)
    body.save(force_insert=True)
    trail.record(actor, "governancebody.set_up", body, after={"name": body.name})
    return body


@transaction.atomic
def edit_body(
    *,
    actor: Actor,
    body: GovernanceBody,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> GovernanceBody:
    """Write what differs. Another `row_version` than the one looked at means that somebody was faster."""
    permissions.require(actor, KEEP, body)
    values = only_known(changes, EDITABLE)
    write_changes(
        actor,
        body,
        row_version=row_version,
        values=values,
        action="governancebody.edited",
        check=lambda differing: _check(body),
    )
    return body


@transaction.atomic
def fill_seat(
    *,
    actor: Actor,
    body: GovernanceBody,
    person: Member,
    since: datetime.date,
    now: datetime.datetime,
    part: str = BodyPart.MEMBER,
    until: datetime.date | None = None,
) -> BodySeat:
    """Somebody takes part in the body for a time; one seat each, and one chair."""
    permissions.require(actor, KEEP, body)
    rules.require_term(since=since, until=until)
    if part not in BodyPart.values:
        raise RuleBroken("Choose chair, member or secretary.", field="part")
    if not person.is_active:
        raise RuleBroken(f"{person.name} has left. Name somebody else.", field="person")
    # One at a time, or two chairs could be seated at once.
    GovernanceBody.objects.select_for_update().get(pk=body.pk)
    taken = _seats_within(body, since, until)
    if taken.filter(person=person).exists():
        raise RuleBroken(f"{person.name} has a seat in this time already.", field="person")
    if part == BodyPart.CHAIR and taken.filter(part=BodyPart.CHAIR).exists():
        raise RuleBroken("Somebody chairs the body in this time. End that term first.", field="part")
    seat = BodySeat.objects.create(
        organization_id=actor.organization_id, body=body, person=person, part=part, since=since, until=until
    )
    after = {"person": person.pk, "part": part, "since": since.isoformat()}
    trail.record(actor, "governancebody.seat_filled", body, after=after)
    return seat


@transaction.atomic
def end_term(*, actor: Actor, seat: BodySeat, until: datetime.date, now: datetime.datetime) -> BodySeat:
    permissions.require(actor, KEEP, seat.body)
    rules.require_term(since=seat.since, until=until)
    before = {"person": seat.person_id, "until": seat.until.isoformat() if seat.until else None}
    seat.until = until
    seat.save(update_fields=["until"])
    after = {"person": seat.person_id, "until": until.isoformat()}
    trail.record(actor, "governancebody.term_ended", seat.body, before=before, after=after)
    return seat


@transaction.atomic
def record_meeting(
    *,
    actor: Actor,
    body: GovernanceBody,
    held_on: datetime.date,
    agenda: str,
    present: Iterable[Member],
    now: datetime.datetime,
    guests: str = "",
    minutes: Evidence | None = None,
) -> BodyMeeting:
    """What took place: when, about what, and who was there."""
    permissions.require(actor, KEEP, body)
    people = {person.pk: person for person in present}
    rules.require_meeting(held_on=held_on, today=local_today(now), agenda=agenda, present=len(people))
    _require_current(minutes, "minutes")
    meeting = BodyMeeting.objects.create(
        organization_id=actor.organization_id,
        body=body,
        held_on=held_on,
        agenda=agenda.strip(),
        guests=guests.strip(),
        evidence=minutes,
        recorded_by_id=actor.member_id,
        recorded_at=now,
    )
    MeetingPresence.objects.bulk_create(
        MeetingPresence(organization_id=actor.organization_id, meeting=meeting, person=person)
        for person in people.values()
    )
    after = {"held_on": held_on.isoformat(), "present": sorted(people)}
    trail.record(actor, "governancebody.met", body, after=after)
    return meeting


@transaction.atomic
def file_minutes(
    *, actor: Actor, meeting: BodyMeeting, minutes: Evidence, now: datetime.datetime
) -> BodyMeeting:
    permissions.require(actor, KEEP, meeting.body)
    _require_current(minutes, "minutes")
    before = {"minutes": meeting.evidence_id}
    meeting.evidence = minutes
    meeting.save(update_fields=["evidence"])
    trail.record(
        actor, "governancebody.minutes_filed", meeting.body, before=before, after={"minutes": minutes.pk}
    )
    return meeting


@transaction.atomic
def record_decision(
    *,
    actor: Actor,
    meeting: BodyMeeting,
    text: str,
    now: datetime.datetime,
    owner: Member | None = None,
    due_date: datetime.date | None = None,
) -> BodyDecision:
    """With a day it stays open, in the work of whoever sees to it, until it is done."""
    permissions.require(actor, KEEP, meeting.body)
    rules.require_decision(text=text, has_owner=owner is not None, due_date=due_date)
    if owner is not None and not owner.is_active:
        raise RuleBroken(f"{owner.name} has left. Name somebody else.", field="owner")
    decision = BodyDecision.objects.create(
        organization_id=actor.organization_id,
        meeting=meeting,
        text=text.strip(),
        owner=owner,
        due_date=due_date,
    )
    after = {"owner": decision.owner_id, "text": decision.text}
    trail.record(actor, "governancebody.decided", meeting.body, after=after)
    if owner is not None and owner.pk != actor.member_id:
        messages.tell(
            owner,
            dedupe=f"body-decision:{decision.pk}",
            text=f"{meeting.body} decided, and you see to it: {decision.text}"[:290],
            url=meeting.get_absolute_url(),
        )
    return decision


@transaction.atomic
def finish_decision(
    *, actor: Actor, decision: BodyDecision, note: str, now: datetime.datetime
) -> BodyDecision:
    """Whoever sees to it says that it is done, and how one sees that."""
    permissions.require(actor, "inventory.finish_decision", decision)
    if not note.strip():
        raise RuleBroken("Say how one sees that it is done.", field="note")
    done = BodyDecision.objects.open().filter(pk=decision.pk)
    values = {"done_on": local_today(now), "done_note": note.strip(), "done_by_id": actor.member_id}
    if not done.update(**values):
        raise StaleState("This decision is not open any more.")
    decision.refresh_from_db()
    trail.record(actor, "bodydecision.done", decision, after={"note": decision.done_note})
    return decision


def _seats_within(body: GovernanceBody, since: datetime.date, until: datetime.date | None) -> Any:
    """Seats whose term overlaps."""
    seats = body.seats.exclude(until__lt=since)
    return seats if until is None else seats.exclude(since__gt=until)


def _require_current(evidence: Evidence | None, field: str) -> None:
    if evidence is not None:
        require_current_evidence(evidence.state, field=field)


def _check(body: GovernanceBody) -> None:
    rules.require_body_name(body.name)
    if GovernanceBody.objects.filter(name__iexact=body.name).exclude(pk=body.pk).exists():
        raise RuleBroken("A body has this name already.", field="name")
    _require_current(body.evidence, "evidence")
