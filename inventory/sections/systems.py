"""What the inventory contributes to evidence packs: organization, scope, and the list of AI systems."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from aims.core.days import end_of_day
from aims.core.documents import Column, Facts, Section, Table
from aims.core.enums import Role
from aims.core.models import Member, Organization
from aims.core.tenancy.context import current_actor
from inventory.enums import AIType, OrganizationRole, Sourcing, SystemStage
from inventory.exports.scope import scope_blocks, sites_table
from inventory.models import AISystem, ScopeStatement
from inventory.queries.scope import hashes_of
from inventory.queries.systems import label_of

NOT_DECIDED = "It is not decided whether {names} {verb} in the scope of the AIMS."
NAMES_SHOWN = 5


def sections(as_of: datetime.date) -> Iterable[Section]:
    systems = list(AISystem.objects.order_by("id"))
    scope = scope_as_of(as_of)
    yield organization_section(systems, scope)
    yield scope_section(scope)
    yield systems_section(systems, as_of=as_of)


def scope_as_of(day: datetime.date) -> ScopeStatement | None:
    """The version that was in force at the end of the day."""
    approved = ScopeStatement.objects.select_related("author", "approved_by").filter(
        approved_at__lte=end_of_day(day)
    )
    scope: ScopeStatement | None = approved.first()
    return scope


def organization_section(systems: list[Any], scope: ScopeStatement | None) -> Section:
    organization = Organization.objects.get(pk=current_actor().organization_id)
    roles = [
        (label, sum(1 for system in systems if value in system.organization_roles))
        for value, label in OrganizationRole.choices
    ]
    people = [
        (str(role.label), sum(1 for member in Member.objects.active() if role in member.roles))
        for role in Role
        if role not in (Role.SYSTEM, Role.EXTERNAL_AUDITOR)
    ]
    without_role = sum(1 for system in systems if not system.organization_roles)
    gaps = ["The portal holds no record of outsourced processes."]
    if scope is None or not (scope.sites or scope.boundaries):
        gaps.append("Sites and organizational units are not recorded.")
    if without_role:
        gaps.append(f"{_systems(without_role)} without a recorded role of the organization.")
    return Section(
        key="organization",
        number="1",
        title="Organization, sites and AI roles",
        clause_refs=("4.1",),
        data={
            "organization": Facts(
                rows=(
                    ("Organization", organization.name),
                    ("Units, processes and boundaries", scope.boundaries if scope else None),
                    ("AI systems registered", len(systems)),
                )
            ),
            "sites": sites_table(scope),
            "ai-roles": Table(
                title="Roles of the organization",
                columns=(Column("Role", 70), Column("AI systems", 30, "number")),
                rows=roles,
            ),
            "people": Table(
                title="People by role in the AI management system, today",
                columns=(Column("Role", 70), Column("People", 30, "number")),
                rows=people,
            ),
        },
        gaps=tuple(gaps),
    )


def scope_section(scope: ScopeStatement | None) -> Section:
    if scope is None:
        return Section(
            key="scope",
            number="4",
            title="Scope of the AI management system",
            clause_refs=("4.3",),
            gaps=("No scope statement was approved.",),
        )
    return Section(
        key="scope",
        number="4",
        title="Scope of the AI management system",
        clause_refs=("4.3",),
        data={
            "approval": Facts(
                rows=(
                    ("Version", scope.version),
                    ("Written by", scope.author.name),
                    ("Approved by", scope.approved_by.name if scope.approved_by else None),
                    ("Approved", scope.approved_at),
                    ("SHA-256 of the frozen copy", hashes_of([scope]).get(scope.pk)),
                )
            ),
            **scope_blocks(scope),
        },
        gaps=() if scope.boundaries else ("The boundaries of the scope are not recorded.",),
    )


def systems_section(systems: list[Any], *, as_of: datetime.date) -> Section:
    names = dict(Member.objects.values_list("id", "name"))
    inside = [system for system in systems if system.is_in_scope]
    outside = [system for system in systems if system.is_in_scope is False]
    open_ones = [system for system in systems if system.is_in_scope is None]
    return Section(
        key="ai-systems",
        number="8",
        title="AI system inventory",
        clause_refs=("4.3", "A.4.2"),
        data={
            "in-scope": _in_scope_table(inside, names),
            "out-of-scope": _out_of_scope_table(outside, names),
            "undecided": Table(
                title="Scope not decided",
                columns=(Column("Ref", 12, "code"), Column("AI system", 58), Column("Owner", 30)),
                rows=[(_ref(system), system.name, names.get(system.owner_id)) for system in open_ones],
            ),
        },
        gaps=tuple(_gaps(systems, inside, outside, open_ones, as_of=as_of)),
    )


def _in_scope_table(systems: list[Any], names: dict[int, str]) -> Table:
    return Table(
        title="In scope",
        columns=(
            Column("Ref", 10, "code"),
            Column("AI system", 20),
            Column("Purpose", 26),
            Column("Owner", 12),
            Column("Role and sourcing", 14),
            Column("Stage", 10),
            Column("Review", 8),
        ),
        rows=[
            (
                _ref(system),
                f"{system.name} {system.version}".strip(),
                system.purpose,
                names.get(system.owner_id),
                _role_and_sourcing(system),
                label_of(SystemStage, system.stage),
                system.next_review_date,
            )
            for system in systems
        ],
    )


def _out_of_scope_table(systems: list[Any], names: dict[int, str]) -> Table:
    return Table(
        title="Outside the scope",
        columns=(
            Column("Ref", 12, "code"),
            Column("AI system", 26),
            Column("Owner", 16),
            Column("Reason", 46),
        ),
        rows=[
            (_ref(system), system.name, names.get(system.owner_id), system.scope_reason) for system in systems
        ],
    )


def _ref(system: Any) -> str:
    return str(system.reference)


def _role_and_sourcing(system: Any) -> list[str]:
    parts = [label_of(OrganizationRole, role) for role in system.organization_roles]
    parts += [label_of(AIType, system.ai_type), label_of(Sourcing, system.sourcing)]
    return [part for part in parts if part]


def _gaps(
    systems: list[Any], inside: list[Any], outside: list[Any], undecided: list[Any], *, as_of: datetime.date
) -> Iterator[str]:
    if not systems:
        yield f"No AI system was registered on {as_of.isoformat()}, as far as the history here reaches back."
        return
    if undecided:
        verb = "is" if len(undecided) == 1 else "are"
        yield NOT_DECIDED.format(names=_named(undecided), verb=verb)
    for lacking, what in (
        ([system for system in inside if system.owner_id is None], "no owner"),
        ([system for system in inside if not system.purpose], "no recorded purpose"),
        ([system for system in inside if system.next_review_date is None], "no review date"),
        ([system for system in outside if not system.scope_reason], "no reason for being left out"),
    ):
        if lacking:
            yield f"{_named(lacking)}: {what}."
    overdue = [
        system
        for system in inside
        if system.next_review_date and system.next_review_date < as_of and system.stage != SystemStage.RETIRED
    ]
    if overdue:
        yield f"{_named(overdue)}: the review is overdue."


def _named(systems: list[Any]) -> str:
    shown = ", ".join(f"{system.reference} {system.name}" for system in systems[:NAMES_SHOWN])
    left = len(systems) - NAMES_SHOWN
    return f"{shown} and {left} more" if left > 0 else shown


def _systems(count: int) -> str:
    return "1 AI system is" if count == 1 else f"{count} AI systems are"
