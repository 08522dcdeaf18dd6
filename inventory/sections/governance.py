"""Governance bodies in an evidence pack, read as of a day (5.1, 5.3)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from aims.core.documents import Column, Section, Table
from aims.core.models import Member
from inventory.enums import BodyPart
from inventory.models import BodyDecision, BodyMeeting, BodySeat, GovernanceBody
from inventory.queries.systems import label_of
from inventory.rules.governance import QUIET_DAYS


def sections(as_of: datetime.date) -> Iterable[Section]:
    names = dict(Member.objects.values_list("id", "name"))
    bodies: list[Any] = [
        body
        for body in GovernanceBody.objects.order_by("name", "pk")
        if body.ended_on is None or body.ended_on >= as_of
    ]
    seats: list[Any] = [
        seat
        for seat in BodySeat.objects.order_by("pk")
        if seat.since <= as_of and (seat.until is None or seat.until >= as_of)
    ]
    since = as_of - datetime.timedelta(days=QUIET_DAYS)
    held: list[Any] = list(BodyMeeting.objects.filter(held_on__lte=as_of))
    meetings = [meeting for meeting in held if meeting.held_on >= since]
    decisions = _decisions(bodies, held, since)
    yield Section(
        key="governance",
        number="7",
        title="Governance bodies and their decisions",
        clause_refs=("5.1", "5.3", "A.3.2"),
        data={
            "bodies": _bodies_table(bodies, seats, names),
            "meetings": _meetings_table(bodies, meetings),
            "decisions": _decisions_table(bodies, held, decisions, names),
        },
        gaps=tuple(_gaps(bodies, seats, meetings, decisions, as_of)),
    )


def _bodies_table(bodies: list[Any], seats: list[Any], names: dict[int, str]) -> Table:
    return Table(
        title="Bodies and who sits there",
        columns=(Column("Body", 22), Column("Charter", 43), Column("Who sits there", 35)),
        rows=[
            (
                body.name,
                body.charter,
                [
                    f"{names.get(seat.person_id, '')}, {label_of(BodyPart, seat.part).lower()}"
                    for seat in seats
                    if seat.body_id == body.pk
                ],
            )
            for body in bodies
        ],
    )


def _meetings_table(bodies: list[Any], meetings: list[Any]) -> Table:
    names = {body.pk: body.name for body in bodies}
    return Table(
        title="Meetings of the twelve months before",
        columns=(Column("Body", 24), Column("Day", 14), Column("Agenda", 50), Column("Minutes", 12)),
        rows=[
            (names[each.body_id], each.held_on, each.agenda, "On file" if each.evidence_id else "Not filed")
            for each in meetings
            if each.body_id in names
        ],
    )


def _decisions(bodies: list[Any], meetings: list[Any], since: datetime.date) -> list[Any]:
    """Those of the time shown, and older ones that are still open."""
    kept = {body.pk for body in bodies}
    held = {each.pk: each.held_on for each in meetings if each.body_id in kept}
    found: list[Any] = list(BodyDecision.objects.filter(meeting_id__in=held).order_by("pk"))
    return [each for each in found if each.is_open or held[each.meeting_id] >= since]


def _decisions_table(
    bodies: list[Any], meetings: list[Any], decisions: list[Any], names: dict[int, str]
) -> Table:
    named = {body.pk: body.name for body in bodies}
    held = {each.pk: each for each in meetings}
    return Table(
        title="Decisions of the twelve months before, and those still open",
        columns=(
            Column("Body", 20),
            Column("Day", 12),
            Column("Decision", 34),
            Column("Sees to it", 14),
            Column("By", 10),
            Column("Done", 10),
        ),
        rows=[
            (
                named[held[each.meeting_id].body_id],
                held[each.meeting_id].held_on,
                each.text,
                names.get(each.owner_id),
                each.due_date,
                each.done_on,
            )
            for each in decisions
        ],
    )


def _gaps(
    bodies: list[Any],
    seats: list[Any],
    meetings: list[Any],
    decisions: list[Any],
    as_of: datetime.date,
) -> Iterator[str]:
    if not bodies:
        yield "No governance body is recorded."
        return
    chaired = {seat.body_id for seat in seats if seat.part == BodyPart.CHAIR}
    met = {meeting.body_id for meeting in meetings}
    for lacking, what in (
        ([body for body in bodies if body.pk not in chaired], "nobody chairs it"),
        ([body for body in bodies if body.pk not in met], "no meeting in twelve months"),
    ):
        if lacking:
            yield f"{', '.join(body.name for body in lacking[:5])}: {what}."
    unfiled = [meeting for meeting in meetings if meeting.evidence_id is None]
    if unfiled:
        yield f"{len(unfiled)} of {len(meetings)} meetings without minutes on file."
    overdue = [each for each in decisions if each.is_open and each.due_date < as_of]
    if overdue:
        yield f"Decisions that are overdue: {len(overdue)}."
