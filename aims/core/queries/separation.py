"""Exceptions, delegations and requests for roles, as pages, the API and evidence packs list them."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import QuerySet

from aims.core.enums import RoleRequestState
from aims.core.models import Delegation, Member, RoleRequest, SeparationException
from aims.core.registry import registry


def exceptions() -> QuerySet[Any]:
    return SeparationException.objects.select_related("member", "granted_by", "ended_by")


def running_exceptions(today: datetime.date) -> QuerySet[Any]:
    found: QuerySet[Any] = SeparationException.objects.running(on=today).select_related("member")
    return found


def exceptions_between(first: datetime.date, last: datetime.date) -> QuerySet[Any]:
    """Everything that ran on at least one of these days."""
    found: QuerySet[Any] = SeparationException.objects.running_between(first, last)
    return found.select_related("member", "granted_by").order_by("pk")


def delegations() -> QuerySet[Any]:
    return Delegation.objects.select_related("delegator", "delegate", "revoked_by")


def delegators_of(member: Member, *, on: datetime.date) -> set[int]:
    """For whom a member acts on that day; `actor.stands_for` is the same for whoever acts now."""
    running = Delegation.objects.running(on=on).filter(delegate=member, delegator__is_active=True)
    given = running.values_list("role", "delegator_id", "delegator__roles")
    return {delegator for role, delegator, held in given if role in held}


def waiting_requests() -> QuerySet[Any]:
    return RoleRequest.objects.filter(state=RoleRequestState.WAITING).select_related("member")


def act_of(exception: SeparationException) -> str:
    """What it allows, in words: “verify a control they own”, and the one record when there is one."""
    titles = {(act.rule, act.object_type): act.title for act in registry.separated_acts}
    title = titles.get((exception.rule, exception.object_type), exception.get_rule_display())
    return f"{title}: {exception.object_label}" if exception.object_id else title


def exception_state(exception: SeparationException, today: datetime.date) -> dict[str, str]:
    """A tag: running, ended early or over."""
    if exception.ended_at is not None:
        return {"tone": "neutral", "label": "Ended early"}
    if exception.ends_on < today:
        return {"tone": "neutral", "label": "Over"}
    return {"tone": "warn", "label": "Running"}


def delegation_state(delegation: Delegation, today: datetime.date) -> dict[str, str]:
    if delegation.revoked_at is not None:
        return {"tone": "neutral", "label": "Taken back"}
    if delegation.ends_on < today:
        return {"tone": "neutral", "label": "Over"}
    if delegation.starts_on > today:
        return {"tone": "info", "label": "To come"}
    return {"tone": "ok", "label": "Running"}
