"""Who may own what: nobody owns a record without a role that the register asks of its owners."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from aims.core.enums import Role
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.registry import Ownership, registry


def require_holder(register: str, member: Member | None, *, field: str = "owner") -> None:
    """For every verb that names an owner. Nobody at all is for the verb itself to judge."""
    if member is None:
        return
    if not member.is_active:
        raise RuleBroken(f"{member.name} has left. Name somebody else.", field=field)
    require_role(_named(register), member, field=field)


def require_role(ownership: Ownership, member: Member, *, field: str) -> None:
    if ownership.roles and not ownership.roles & set(member.roles):
        wanted = " or ".join(sorted(str(Role(role).label) for role in ownership.roles))
        raise RuleBroken(
            f"{ownership.title}: {member.name} does not have the role {wanted}.", field=field, code="role"
        )


def holders(register: str, *, also: Member | None = None) -> QuerySet[Any]:
    """Whom a form offers as owners; the present one stays a choice whatever their roles became."""
    roles = _named(register).roles
    fitting = Q(is_active=True, roles__overlap=sorted(roles)) if roles else Q(is_active=True)
    return Member.objects.filter(fitting | Q(pk=also.pk) if also else fitting)


def _named(register: str) -> Ownership:
    return next(each for each in registry.ownerships if each.name == register)
