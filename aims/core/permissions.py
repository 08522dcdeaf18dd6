"""Who may do what: one table per app, default deny, asked by page, API, task and command alike.

The only module that calls django-guardian, for the one exceptional case of a document shared with a
named person outside their role.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from guardian.shortcuts import assign_perm, get_objects_for_user, remove_perm

from aims.core.actor import Actor, ActorKind
from aims.core.exceptions import NotAllowed
from aims.core.tenancy.past import past_moment

Owns = Callable[[Actor, Any], bool]

LEAD = "compliance_lead"
SYSTEM_OWNER = "ai_system_owner"
RISK_OWNER = "risk_owner"
CONTROL_OWNER = "control_owner"
INTERNAL_AUDITOR = "internal_auditor"
EXTERNAL_AUDITOR = "external_auditor"
TOP = "top_management"
ADMIN = "admin"
STAFF = "staff"
SYSTEM = "system"

#: The one thing an invited auditor may do before the rest opens.
ACCEPT = "core.accept_grant"

#: Everybody inside the organization who works with its records (section 16: "R" for all but admin and staff).
READERS = frozenset({LEAD, SYSTEM_OWNER, RISK_OWNER, CONTROL_OWNER, INTERNAL_AUDITOR, TOP, SYSTEM})
READERS_AND_AUDITOR = READERS | {EXTERNAL_AUDITOR}


READ, WRITE, APPROVE, MOVE = "read", "write", "approve", "move"
#: Objects of the matrix that administrators keep; with any other they only read, whatever a table says.
ADMINISTERED = frozenset({"people", "keys", "jobs", "self"})
#: The steps of life cycles that the state machines give to administrators.
ADMIN_MOVES = frozenset({("SM-03", "archive"), ("SM-26", "revoke"), ("SM-27", "revoke")})


@dataclass(frozen=True)
class Access:
    """Where a verb stands in the permission matrix: the object, and what it does to it.

    part: the narrower cell it belongs to, such as the `list` that staff read.
    """

    object: str
    kind: str
    part: str = ""
    machine: str = ""
    actions: tuple[str, ...] = ()

    @property
    def is_barred_to_admins(self) -> bool:
        """SOD-06: administrators give rights and change no record of the management system."""
        if self.kind == READ or self.object in ADMINISTERED:
            return False
        return not {(self.machine, action) for action in self.actions} & ADMIN_MOVES


def reads(obj: str, part: str = "") -> Access:
    return Access(obj, READ, part)


def writes(obj: str, part: str = "") -> Access:
    return Access(obj, WRITE, part)


def approves(obj: str) -> Access:
    return Access(obj, APPROVE)


def moves(obj: str, machine: str, actions: str) -> Access:
    """Steps of a life cycle, their names with blanks between."""
    return Access(obj, MOVE, machine=machine, actions=tuple(actions.split()))


#: A verb that says nothing of the matrix: a system check names it.
NOWHERE = Access("", "")


@dataclass(frozen=True)
class Verb:
    """One row of a permission table.

    roles: may always. own_roles: may on objects that `owns` says are theirs (without an object: may try).
    scope: the API key scope that allows it; empty means no key may. in_entry: an operator of the installation
    may during an entry; only reads.
    """

    title: str
    roles: frozenset[str] = frozenset()
    own_roles: frozenset[str] = frozenset()
    owns: Owns | None = None
    scope: str = ""
    on: Access = NOWHERE
    in_entry: bool = False


#: The scope of a verb that any valid key may use.
ANY_SCOPE = "*"

_verbs: dict[str, Verb] = {}


def declare(app: str, table: Mapping[str, Verb]) -> None:
    """Add an app's table; names become `app.verb`."""
    for name, verb in table.items():
        _verbs[f"{app}.{name}"] = verb


def verbs() -> Mapping[str, Verb]:
    return _verbs


def scopes() -> list[str]:
    """Every scope an API key can carry."""
    return sorted({verb.scope for verb in _verbs.values() if verb.scope} - {ANY_SCOPE})


def only_reads(name: str) -> bool:
    """Under ?as_of= there are no other verbs."""
    return _verbs[name].on.kind == READ


def scope_meanings() -> dict[str, str]:
    """What each scope allows, in the words of the tables."""
    titles: dict[str, list[str]] = {scope: [] for scope in scopes()}
    for verb in _verbs.values():
        if verb.scope in titles and verb.title not in titles[verb.scope]:
            titles[verb.scope].append(verb.title)
    return {scope: "; ".join(found) for scope, found in titles.items()}


def can(actor: Actor, name: str, obj: Any = None) -> bool:
    """Whether the actor may do it (to this object). An undeclared verb is a mistake: KeyError."""
    verb = _verbs[name]
    if past_moment() is not None and not only_reads(name):
        return False  # the past can only be read
    if actor.kind is ActorKind.KEY:
        return verb.scope == ANY_SCOPE or (bool(verb.scope) and verb.scope in actor.scopes)
    if actor.is_preview and verb.on.kind != READ:
        return False
    if actor.kind is ActorKind.OPERATOR:
        return verb.in_entry and verb.on.kind == READ
    if actor.kind is ActorKind.INVITED and name != ACCEPT:
        return False
    roles = actor.roles - {ADMIN} if verb.on.is_barred_to_admins else actor.roles
    if roles & verb.roles:
        return True
    if not roles & verb.own_roles:
        return False
    return obj is None or verb.owns is None or any(verb.owns(each, obj) for each in _standing(actor, verb))


def _standing(actor: Actor, verb: Verb) -> Iterator[Actor]:
    """The actor, and whom they stand for: under a delegation their records are the actor's own too."""
    own_roles = actor.own_roles
    if own_roles & verb.own_roles:
        yield replace(actor, roles=own_roles, delegations=())
    for role, member_id in actor.delegations:
        if role in verb.own_roles:
            yield replace(actor, member_id=member_id, roles=frozenset({role}), delegations=())


def require(actor: Actor, name: str, obj: Any = None) -> None:
    """Raise NotAllowed, with a sentence that names who may, unless the actor may."""
    if can(actor, name, obj):
        return
    verb = _verbs[name]
    if actor.kind is ActorKind.KEY:
        wanted = f"a key with the scope {verb.scope}" if verb.scope else "a person: no key may do this"
        raise NotAllowed(f"{verb.title} needs {wanted}.")
    if actor.kind is ActorKind.OPERATOR:
        raise NotAllowed(f"{verb.title} is not part of an operator's entry.")
    raise NotAllowed(f"{verb.title} is for the {who_may(name)}.")


def who_may(name: str) -> str:
    """The roles that may do it, for a sentence: compliance lead, risk owner or AI system owner."""
    from aims.core.enums import Role

    verb = _verbs[name]
    labels = [Role(role).label for role in verb.roles | verb.own_roles if role != SYSTEM]
    names = sorted(label[0].lower() + label[1:] if label[1].islower() else label for label in labels)
    if len(names) < 2:
        return names[0] if names else "portal itself"
    return f"{', '.join(names[:-1])} or {names[-1]}"


def owner_is(*attributes: str) -> Owns:
    """The object is the actor's own when one of these member columns names them."""

    def owns(actor: Actor, obj: Any) -> bool:
        return actor.member_id is not None and any(
            getattr(obj, f"{attribute}_id", None) == actor.member_id for attribute in attributes
        )

    return owns


def shared_with(user: Any, queryset: Any) -> Any:
    """The documents of the queryset that were shared with this person one by one."""
    return get_objects_for_user(user, "core.view_evidence", klass=queryset, use_groups=False)


def is_shared_with(user: Any, obj: Any) -> bool:
    from guardian.core import ObjectPermissionChecker

    return bool(ObjectPermissionChecker(user).has_perm("view_evidence", obj))


def share(user: Any, obj: Any) -> Any:
    """Let one person read one document; the row that says so."""
    return assign_perm("core.view_evidence", user, obj)


def unshare(user: Any, obj: Any) -> None:
    remove_perm("core.view_evidence", user, obj)
