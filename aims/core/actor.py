"""Who acts: a member, an external auditor (invited or under a grant), a key, an operator, the system."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aims.core.models import Member


class ActorKind(StrEnum):
    MEMBER = "member"
    AUDITOR = "auditor"
    INVITED = "invited"  # an external auditor who has not accepted the terms yet
    KEY = "key"
    OPERATOR = "entry"  # an operator of the installation during an entry
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """One acting identity inside one organization, fixed for the length of a request or task."""

    kind: ActorKind
    name: str
    organization_id: int
    user_id: int | None = None
    member_id: int | None = None
    grant_id: int | None = None
    key_id: int | None = None
    entry_id: int | None = None
    #: the member who looks as this auditor would, without acting
    previewer_id: int | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    #: (role, member id of whom it is held for) of every running delegation to this person
    delegations: tuple[tuple[str, int], ...] = ()
    may_download: bool = True
    request_id: str = ""
    #: keyed hash of the network address a request came from
    client: str = ""

    @property
    def is_auditor(self) -> bool:
        return self.kind is ActorKind.AUDITOR

    @property
    def is_preview(self) -> bool:
        return self.previewer_id is not None

    @property
    def is_operator(self) -> bool:
        return self.kind is ActorKind.OPERATOR

    @property
    def is_guest(self) -> bool:
        """From outside: reads records by a database role of its own, and not what stands beside them."""
        return self.is_auditor or self.is_operator

    @property
    def is_system(self) -> bool:
        return self.kind is ActorKind.SYSTEM

    @property
    def stands_for(self) -> frozenset[int]:
        """Members whose duties this person acts in: with them, one person for separation of duties."""
        return frozenset(member for _, member in self.delegations)

    @property
    def persons(self) -> frozenset[int]:
        own = frozenset() if self.member_id is None else frozenset({self.member_id})
        return own | self.stands_for

    @property
    def own_roles(self) -> frozenset[str]:
        """Held by the person, not by delegation."""
        return self.roles - {role for role, _ in self.delegations}

    @property
    def label(self) -> str:
        """Stable identity without personal data, as written into the trail."""
        if self.is_preview:
            return f"{ActorKind.MEMBER}:{self.previewer_id}"
        identity = {
            ActorKind.MEMBER: self.member_id,
            ActorKind.AUDITOR: self.grant_id,
            ActorKind.INVITED: self.grant_id,
            ActorKind.KEY: self.key_id,
            ActorKind.OPERATOR: self.entry_id,
            ActorKind.SYSTEM: 0,
        }[self.kind]
        return f"{self.kind}:{identity}"


def system_actor(organization_id: int, *, name: str = "Portal", client: str = "") -> Actor:
    """The scheduler and worker identity; its role is `system`, as in the state machines."""
    return Actor(
        kind=ActorKind.SYSTEM,
        name=name,
        organization_id=organization_id,
        roles=frozenset({"system"}),
        client=client,
    )


def member_actor(member: Member, *, request_id: str = "") -> Actor:
    """The identity of a member, as the middleware and the sample data make it."""
    return Actor(
        kind=ActorKind.MEMBER,
        name=member.name,
        organization_id=member.organization_id,
        user_id=member.user_id,
        member_id=member.pk,
        roles=frozenset(member.roles),
        request_id=request_id,
    )
