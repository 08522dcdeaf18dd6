"""The organization acted in, its people, and who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aims.core import matrix, permissions
from aims.core.catalogs import MACHINES, MATRIX, catalog
from aims.core.enums import HUMAN_ROLES, Role
from aims.core.models import Member
from aims.core.tenancy.context import current_organization


def independence_months() -> int:
    """For how long somebody who owned, wrote, approved or worked on a record does not audit it (SOD-02)."""
    return current_organization().independence_months


def is_suspended() -> bool:
    """Whether the operators have suspended the organization acted in; asked with every request."""
    return current_organization().suspended_at is not None


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
class MatrixCell:
    """`letter` is R, W or A, empty for nothing; `narrowed` the words behind it; `spoken` says both."""

    letter: str
    narrowed: str
    spoken: str


@dataclass(frozen=True)
class ObjectRow:
    """One row of the permission matrix, and the verbs behind it."""

    title: str
    cells: tuple[MatrixCell, ...]
    verbs: tuple[VerbRow, ...]


LETTERS = {"R": "reads", "W": "writes", "A": "approves"}


def role_labels() -> list[str]:
    return [str(role.label) for role in HUMAN_ROLES]


def permission_rows() -> list[ObjectRow]:
    """The permission page: the matrix, and under each object the verbs that page, task and API call ask."""
    cells = matrix.objects()
    verbs: dict[str, list[VerbRow]] = {}
    for name, verb in permissions.verbs().items():
        verbs.setdefault(verb.on.object, []).append(_row(name, verb))
    return [
        ObjectRow(
            row["title"],
            tuple(_cell(cells[row["id"]].get(role.value)) for role in HUMAN_ROLES),
            tuple(verbs.get(row["id"], ())),
        )
        for row in catalog(MATRIX)["objects"]
    ]


def separation_rules() -> Iterator[tuple[str, str]]:
    for row in catalog(MACHINES)["separation_of_duties"]:
        yield row["id"], row["rule"]


def _cell(cell: matrix.Cell | None) -> MatrixCell:
    if cell is None:
        return MatrixCell("", "", "Nothing")
    spoken = ", ".join(f"{LETTERS[letter]} {word}".strip() for letter, word in cell.letters.items())
    narrowed = ", ".join(word for word in cell.letters.values() if word)
    return MatrixCell(" ".join(cell.letters), narrowed, spoken)


def _row(name: str, verb: permissions.Verb) -> VerbRow:
    own = verb.own_roles - verb.roles
    notes = [f"{_spoken(own)}: what is their own"] if own and verb.owns else []
    if verb.scope and verb.scope != permissions.ANY_SCOPE:
        notes.append(f"API keys: {verb.scope}")
    if verb.in_entry:
        notes.append("Operators of the installation: during an entry")
    deviation = matrix.deviations().get(name)
    if deviation:
        notes.append(str(deviation["why"]).rstrip("."))
    may = verb.roles | verb.own_roles
    return VerbRow(verb.title, ". ".join(notes), tuple(role.value in may for role in HUMAN_ROLES))


def _spoken(roles: Iterable[str]) -> str:
    return " and ".join(sorted(str(Role(role).label) for role in roles))
