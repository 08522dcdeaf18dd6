"""The columns of the register of questionnaires to suppliers."""

from __future__ import annotations

from aims.core.columns import Column
from inventory.columns import OVERDUE, REFERENCE, SUPPLIER, also, day

COLUMNS = (
    REFERENCE,
    Column("supplier", "Supplier", lambda row: row.name, sort="supplier", is_shown=True, is_name=True),
    Column(
        "state", "State", lambda row: row.state_label, sort="state", is_shown=True, tag=lambda row: row.tag
    ),
    Column("answered", "Answered", lambda row: row.progress, is_shown=True),
    Column(
        "due_date",
        "Answers by",
        lambda row: row.due_date,
        sort="due",
        kind="day",
        is_shown=True,
        tag=lambda row: OVERDUE if row.is_overdue else None,
    ),
    Column("sent_at", "Last sent", lambda row: row.sent_at, sort="sent", kind="day", is_shown=True),
    Column(
        "handed_in_at",
        "Handed in",
        lambda row: row.handed_in_at,
        sort="handed_in",
        kind="day",
        is_shown=True,
    ),
    also("supplier_reference", "Number of the supplier", reads="supplier__reference", link=SUPPLIER),
    Column("recipient", "Sent to", lambda row: row.recipient),
    also("contact_name", "Contact"),
    also("times_sent", "Times sent", kind="number"),
    also("hand_ins", "Times handed in", kind="number"),
    also("handed_in_name", "Handed in by"),
    also("handed_in_role", "Role of whoever handed in"),
    also("sha256", "SHA-256 of the answers"),
    day("decided_at", "Decided"),
    also("decided_by", "Decided by", reads="decided_by__name"),
    also("comment", "Comment"),
    also("catalog_version", "Version of the questions"),
)
