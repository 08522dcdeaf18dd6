"""What evidence packs fill in: the machine SM-26 with its guards and effects, the job, the rail."""

from __future__ import annotations

from aims.core import transitions
from aims.core.permissions import (
    ADMIN,
    INTERNAL_AUDITOR,
    LEAD,
    READERS_AND_AUDITOR,
    SYSTEM,
    Verb,
    moves,
    reads,
    writes,
)
from aims.core.registry import NavigationEntry, registry
from audits import packs, rules
from audits.queries.sealed import sealed_packs

TABLE = {
    "view_packs": Verb("Seeing evidence packs", READERS_AND_AUDITOR, scope="packs:read", on=reads("packs")),
    "download_pack": Verb(
        "Downloading evidence packs", READERS_AND_AUDITOR, scope="packs:read", on=reads("packs")
    ),
    "request_pack": Verb(
        "Building an evidence pack",
        frozenset({LEAD, INTERNAL_AUDITOR, SYSTEM}),
        scope="packs:write",
        on=writes("packs"),
    ),
    "release_pack": Verb(
        "Releasing a pack to an auditor", frozenset({LEAD}), on=moves("packs", "SM-26", "release")
    ),
    "revoke_pack": Verb(
        "Taking a released pack back", frozenset({LEAD, ADMIN}), on=moves("packs", "SM-26", "revoke")
    ),
}


def register() -> None:
    transitions.provide(rules.PACK)
    registry.guard("SM-26", "scope, date, version of each object pinned")(packs.everything_is_pinned)
    registry.guard("SM-26", "manifest with hashes, gaps listed")(packs.manifest_is_there)
    registry.guard("SM-26", "recipient audit and end date")(packs.recipient_and_end_date)
    registry.guard("SM-26", "end date")(packs.end_date_reached)
    registry.effect("SM-26", "notify")(packs.tell_requester)
    registry.effect("SM-26", "notify with reason")(packs.tell_failure)
    registry.effect("SM-26", "access log on")(packs.open_access)
    registry.job("build_pack")(packs.build)
    registry.job("build_pack:failed")(packs.build_failed)
    registry.daily_rounds.append(packs.end_released_packs)
    registry.sealed_records.append(sealed_packs)
    registry.navigation.append(
        NavigationEntry("Assure", "Evidence packs", "packs", "package-check", "audits.view_packs", 35)
    )
    registry.quick_actions.append(("Build an evidence pack", "pack_new", "audits.request_pack"))
