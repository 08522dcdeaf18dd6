"""The organization acted in, its people, and who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aims.core import permissions
from aims.core.enums import HUMAN_ROLES, Role
from aims.core.models import Member, Organization
from aims.core.tenancy.context import current_actor

APP_TITLES = {
    "core": "Evidence, people and settings",
    "inventory": "AI systems",
    "risk": "Risks and impact assessments",
    "controls": "Controls and Statement of Applicability",
    "audits": "Audits, certification and evidence packs",
}


def own_organization() -> Organization:
    return Organization.objects.get(pk=current_actor().organization_id)


def contacts() -> list[dict[str, str]]:
    """Who to ask: the leads and administrators."""
    found = Member.objects.with_role(Role.COMPLIANCE_LEAD, Role.ADMIN)
    return [
        {"name": member.name, "email": member.email, "roles": ", ".join(member.role_names)}
        for member in found
    ]


@dataclass(frozen=True)
class VerbRow:
    """One verb and, role by role, whether it may; `condition` when only on one's own records."""

    label: str
    condition: str
    allowed: tuple[bool, ...]


@dataclass(frozen=True)
class VerbGroup:
    title: str
    verbs: tuple[VerbRow, ...]


def role_labels() -> list[str]:
    return [str(role.label) for role in HUMAN_ROLES]


def permission_table() -> list[VerbGroup]:
    """The permission page: the same tables that every page, task and API call asks."""
    groups: dict[str, list[VerbRow]] = {}
    for name, verb in permissions.verbs().items():
        groups.setdefault(name.partition(".")[0], []).append(_row(verb))
    return [VerbGroup(APP_TITLES.get(app, app), tuple(rows)) for app, rows in groups.items()]


def _row(verb: permissions.Verb) -> VerbRow:
    own = verb.own_roles - verb.roles
    condition = f"{_spoken(own)}: what is their own" if own else ""
    if verb.scope:
        condition = f"{condition}. API keys: {verb.scope}".removeprefix(". ")
    may = verb.roles | verb.own_roles
    return VerbRow(verb.title, condition, tuple(role.value in may for role in HUMAN_ROLES))


def _spoken(roles: Iterable[str]) -> str:
    return " and ".join(sorted(str(Role(role).label) for role in roles))
