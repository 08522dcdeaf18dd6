"""The columns of the discovery queue."""

from __future__ import annotations

from dataclasses import replace

from aims.core.columns import Column, Tag
from inventory.columns import NAME, REFERENCE, SYSTEM, also, day, in_words
from inventory.enums import Sourcing

KNOWN = Tag("Known", "info")

COLUMNS = (
    REFERENCE,
    replace(NAME, beside="is_known_service"),
    Column("vendor", "Vendor", lambda row: row.vendor, is_shown=True),
    Column("ai_type", "Type of AI", lambda row: row.ai_type, is_shown=True),
    Column("provisional", "Provisional class", lambda row: row.provisional_label, is_shown=True),
    Column("state", "State", lambda row: row.state_label, sort="state", is_shown=True),
    Column("owner", "Owner", lambda row: row.owner, sort="owner", is_shown=True),
    Column("sightings", "Sightings", lambda row: row.sightings, kind="number", is_shown=True),
    Column("last_seen", "Last seen", lambda row: row.last_seen, sort="seen", kind="day", is_shown=True),
    Column(
        "is_known_service",
        "Known AI service",
        lambda row: "Yes" if row.is_known_service else "No",
        tag=lambda row: KNOWN if row.is_known_service else None,
    ),
    also("match_reason", "Recognized by"),
    also("domain", "Address"),
    also("used_for", "Used for"),
    in_words("sourcing", "Sourcing", Sourcing),
    also("reported_by", "Reported by", reads="reported_by__name"),
    Column("discovered_at", "Discovered", lambda row: row.discovered_at, kind="day"),
    also("decided_by", "Decided by", reads="decided_by__name"),
    also("decision_reason", "Reason of the decision"),
    also("system", "AI system", reads="system__name", link=SYSTEM),
    day("state_since", "In this state since"),
)
