"""Whether a session may enter an organization, by how its person signed in. Decisions only, no Django.

A session remembers each step of its sign-in as a record `{"method": …}`. Single sign-on of one organization
proves who somebody is to that organization and to no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SINGLE_SIGN_ON = "single_sign_on"
Records = Sequence[Mapping[str, Any]]


class Entrance(StrEnum):
    OPEN = "open"
    SINGLE_SIGN_ON = "single_sign_on"  # the organization asks for its own
    LOCAL = "local"  # came through another organization's


@dataclass(frozen=True)
class Demand:
    """The connection of an organization that is on, and whether this person has no other way in."""

    connection_id: int
    is_only_way: bool


def entrance(records: Records, demand: Demand | None) -> Entrance:
    if demand is not None and came_through(records, demand.connection_id):
        return Entrance.OPEN
    if demand is not None and demand.is_only_way:
        return Entrance.SINGLE_SIGN_ON
    return Entrance.LOCAL if is_foreign_only(records) else Entrance.OPEN


def came_through(records: Records, connection_id: int) -> bool:
    return any(
        record.get("method") == SINGLE_SIGN_ON and record.get("connection") == connection_id
        for record in records
    )


def is_foreign_only(records: Records) -> bool:
    """Somebody else vouched for this person, and nothing that only the person knows or has was shown."""
    return any(record.get("method") == SINGLE_SIGN_ON for record in records) and not signed_in_locally(
        records
    )


def signed_in_locally(records: Records, *, since: float = 0) -> bool:
    """By password or passkey. A second factor alone does not count: it was asked for on top of something."""
    return any(_is_local(record) and record.get("at", 0) >= since for record in records)


def _is_local(record: Mapping[str, Any]) -> bool:
    method = record.get("method")
    if method != "mfa":
        return method == "password"
    by_passkey = record.get("type") == "webauthn" and record.get("reauthenticated")
    return bool(record.get("passwordless") or by_passkey)
