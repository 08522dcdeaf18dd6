"""Who may audit what (SOD-02): nobody what is or was theirs, or belongs to somebody they stand for."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.enums import Role
from aims.core.exceptions import NotAllowed
from aims.core.models import Member
from aims.core.queries.people import independence_months
from aims.core.queries.separation import delegators_of
from aims.core.separation import excepted
from aims.core.tenancy.context import current_actor
from audits import rules
from audits.models import Audit, Finding
from audits.queries.independence import field_of, involvements, involvements_with
from audits.rules import Involvement


def require_independent(member: Member, audit: Audit, *, now: datetime.datetime) -> None:
    """For whoever is to be in the team."""
    persons = {member.pk} | delegators_of(member, on=local_today(now))
    found = _conflicts_in(audit, persons, now)
    _require(member.name, member.pk, found, audit, current_actor())


def require_auditor(actor: Actor, audit: Audit, *, now: datetime.datetime) -> None:
    """For whoever audits at this moment: duties may have come to them after the team was made."""
    permissions.require(actor, "audits.do_audit", audit)
    _require(actor.name, actor.member_id, _conflicts_in(audit, actor.persons, now), audit, actor)


def require_judge(actor: Actor, finding: Finding, *, now: datetime.datetime) -> None:
    """No internal auditor raises or judges a finding about what they own or worked on."""
    if actor.member_id is None:
        raise NotAllowed("A finding is raised and judged by a person.")
    objects = [each for each in (finding.system, finding.control) if each is not None]
    if Role.INTERNAL_AUDITOR not in actor.roles or not objects:
        return
    on, months = local_today(now), independence_months()
    ties = involvements_with(actor.persons, objects, on=on, months=months)
    found = _conflicts(actor.persons, ties, on=on, months=months)
    _require(actor.name, actor.member_id, found, finding, actor)


def _conflicts_in(audit: Audit, persons: Collection[int], now: datetime.datetime) -> list[Involvement]:
    on, months = audit.start_date or local_today(now), independence_months()
    ties = involvements(persons, field=field_of(audit), on=on, months=months)
    return _conflicts(persons, ties, on=on, months=months)


def _conflicts(
    persons: Iterable[int], ties: Collection[Involvement], *, on: datetime.date, months: int
) -> list[Involvement]:
    return [each for person in persons for each in rules.conflicts(person, ties, on=on, months=months)]


def _require(
    name: str, person: int | None, found: list[Involvement], obj: Audit | Finding, actor: Actor
) -> None:
    """An exception is for one person: it does not lift what comes from those they stand for (SOD-10)."""
    own_only = {each.person for each in found} == {person}
    lifted = own_only and excepted("SOD-02", member_id=person, obj=obj, actor=actor)
    rules.require_independence(name, found, exception_approved=lifted)
