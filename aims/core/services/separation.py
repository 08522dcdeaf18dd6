"""Exceptions from separation of duties (SOD-09): by another person, for a time, with a check instead."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models, transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.enums import Role
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.messages import tell
from aims.core.models import Member, SeparationException
from aims.core.references import next_reference
from aims.core.registry import Due, SeparatedAct, registry
from aims.core.schedule import Audience, Rule, reminders_due
from aims.core.templatetags.formats import day_text

LONGEST = datetime.timedelta(days=366)
CATCH_UP = datetime.timedelta(days=14)
ENDING = Rule("separation_exception", "End of an exception", (30, 7, 0), (Audience("compliance_lead"),))


@transaction.atomic
def grant_exception(
    *,
    actor: Actor,
    act: SeparatedAct,
    member: Member,
    reason: str,
    compensating_check: str,
    ends_on: datetime.date,
    record: str = "",
    now: datetime.datetime,
) -> SeparationException:
    """Let one person stand on both sides of one act. Never granted by the person who benefits."""
    permissions.require(actor, "core.grant_exception")
    if actor.member_id is None:
        raise NotAllowed("An exception is granted by a person.")
    if member.pk in actor.persons:
        raise RuleBroken(
            "Nobody grants an exception to themselves or to whom they act for. Ask somebody else (SOD-09).",
            field="member",
            code="SOD-09",
        )
    if not member.is_active:
        raise RuleBroken(f"{member.name} has no access any more.", field="member")
    _require_words(reason, compensating_check)
    _require_end(ends_on, today=local_today(now))
    named = _named(act, record)
    exception = SeparationException.objects.create(
        reference=next_reference("SE"),
        rule=act.rule,
        member=member,
        object_type=act.object_type,
        object_id=named.pk if named else None,
        object_label=str(named)[:200] if named else "",
        reason=reason.strip(),
        compensating_check=compensating_check.strip(),
        ends_on=ends_on,
        granted_by_id=actor.member_id,
        granted_at=now,
    )
    after = {"rule": act.rule, "person": member.pk, "kind": act.object_type, "until": ends_on}
    trail.record(actor, "separation_exception.granted", exception, after=after, reason=exception.reason)
    _tell_of_exception(exception, act)
    return exception


@transaction.atomic
def end_exception(*, actor: Actor, exception: SeparationException, now: datetime.datetime) -> None:
    """From now on the rule holds again."""
    permissions.require(actor, "core.grant_exception")
    ended = SeparationException.objects.filter(pk=exception.pk, ended_at=None).update(
        ended_at=now, ended_by_id=actor.member_id
    )
    if not ended:
        raise StaleState("This exception has ended already.")
    trail.record(actor, "separation_exception.ended", exception, after={"ended_at": now})


def act_named(name: str) -> SeparatedAct:
    """`SOD-05 core.evidence`, as forms and the API name an act."""
    for act in registry.separated_acts:
        if f"{act.rule} {act.object_type}" == name:
            return act
    raise RuleBroken("There is no such act to make an exception for.", field="act")


def exceptions_due(today: datetime.date) -> Iterator[Due]:
    """Reminder source: exceptions about to end, to the leads and to the person."""
    ending = SeparationException.objects.filter(
        ended_at=None, ends_on__range=(today - CATCH_UP, today + datetime.timedelta(days=30))
    ).select_related("organization")
    leads = list(Member.objects.with_role(Role.COMPLIANCE_LEAD).values_list("pk", flat=True))
    for exception in ending:
        for reminder in reminders_due(ENDING, due_date=exception.ends_on, today=today):
            yield Due(
                rule=ENDING.id,
                object_type=exception._meta.label_lower,
                object_id=exception.pk,
                due_date=exception.ends_on,
                member_ids=tuple({*leads, exception.member_id}),
                text=f"The exception {exception} ends on {day_text(exception.ends_on)}.",
                url=exception.get_absolute_url(),
                step=reminder.days_left,
            )


def _require_words(reason: str, compensating_check: str) -> None:
    if not reason.strip():
        raise RuleBroken("Say why the duties cannot be kept apart.", field="reason")
    if not compensating_check.strip():
        raise RuleBroken("Say which check takes the place of the second person.", field="compensating_check")


def _require_end(ends_on: datetime.date, *, today: datetime.date) -> None:
    if ends_on < today:
        raise RuleBroken("The last day lies in the past.", field="ends_on")
    if ends_on > today + LONGEST:
        raise RuleBroken("An exception lasts a year at most.", field="ends_on")


def _named(act: SeparatedAct, record: str) -> models.Model | None:
    """The one record that it is limited to, by its reference or its version."""
    if not record.strip():
        return None
    model: Any = apps.get_model(act.object_type)
    columns = {field.name for field in model._meta.concrete_fields}
    column = "reference" if "reference" in columns else "version"
    try:
        found: models.Model | None = model.objects.filter(
            **{column: record.strip().removeprefix("v")}
        ).first()
    except ValueError:
        found = None
    if found is None:
        raise RuleBroken("There is no such record of this kind.", field="record")
    return found


def _tell_of_exception(exception: SeparationException, act: SeparatedAct) -> None:
    text = (
        f"{exception.reference}: {exception.member.name} may {act.title} until {day_text(exception.ends_on)}."
    )
    told = Member.objects.with_role(Role.COMPLIANCE_LEAD, Role.TOP_MANAGEMENT)
    for member in {*told, exception.member}:
        tell(
            member,
            dedupe=f"exception:{exception.pk}",
            text=text,
            url=exception.get_absolute_url(),
            mail_subject=text[:120],
        )
