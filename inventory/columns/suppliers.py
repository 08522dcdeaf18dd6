"""The columns of the register of suppliers."""

from __future__ import annotations

from aims.core.columns import Column, Tag
from inventory.columns import NAME, NEXT_REVIEW, REFERENCE, also, day, owner

NOT_SET = Tag("Not set", "warn")

COLUMNS = (
    REFERENCE,
    NAME,
    Column("kind", "Delivers", lambda row: row.kind, is_shown=True),
    Column(
        "tier",
        "Tier",
        lambda row: row.tier,
        sort="tier",
        is_shown=True,
        tag=lambda row: None if row.tier else NOT_SET,
    ),
    Column("state", "State", lambda row: row.state_label, sort="state", is_shown=True),
    owner("Answers for it"),
    Column("system_count", "AI systems", lambda row: row.systems, kind="number", is_shown=True),
    NEXT_REVIEW,
    Column("contact", "Contact", lambda row: row.contact),
    also("contact_email", "E-mail address of the contact"),
    also("services", "Services"),
    also("terms", "Terms"),
    also("duties", "Duties"),
    also("tier_reason", "Reason for the tier"),
    also("open_conditions", "Open conditions", kind="number"),
    also("open_requests", "Open requests", kind="number"),
    also("exit_plan", "Exit plan"),
    day("exit_done_on", "Exit done on"),
    day("state_since", "In this state since"),
    day("registered_at", "Registered"),
)
