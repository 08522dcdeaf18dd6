"""What each database role may do with each table, said once: granted after migrations, compared by checks.

Letters: S select, I insert, U update, D delete. Only the owner may truncate, refer to or attach triggers.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps

from aims.core.tenancy.policies import (
    ERASED_HISTORY,
    ERASED_TEXTS,
    GUESTS_READ_WHOLE,
    auditor_changes,
    auditor_condition,
    entry_condition,
    is_history,
    tenant_models,
)

APP, AUDITOR, OPERATOR = "portal_app", "portal_auditor", "portal_operator"
ENTRY, BACKUP, LOOKUP, TRAIL = "portal_entry", "portal_backup", "portal_lookup", "portal_trail"
ROLES = (APP, AUDITOR, OPERATOR, ENTRY, BACKUP, LOOKUP, TRAIL)
PRIVILEGES = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}

#: Rows that the portal itself never changes, and tables it never writes.
APP_NARROWER = {
    "core_blob": "SI",
    "core_catalogversion": "S",
    "core_operatorentry": "SIU",  # a trigger lets only the end be written
    "core_operatorevent": "",
    "core_snapshot": "SI",
    "core_trailcheckpoint": "SIU",
    "core_trailevent": "SI",
    "core_trailhead": "S",
    ERASED_TEXTS: "SI",
}
TRAIL_KEEPS = {"core_trailevent": "SU", "core_trailhead": "SIU"}
#: All that operators may do with tables; what they count of organizations comes from functions.
#: Letter -> columns; none named means every column.
OPERATOR_GRANTS: dict[str, dict[str, tuple[str, ...]]] = {
    "core_operatorentry": {"S": ()},
    "core_operatorevent": {"S": (), "I": ()},
    "core_organization": {"S": (), "U": ("suspended_at", "suspension_reason")},
    "core_person": {"S": ("id", "email", "name", "is_active", "is_operator"), "U": ("is_operator",)},
}


def declared() -> dict[tuple[str, str], str]:
    """(role, table of a model) -> letters, at most for the portal's own role and exactly for the others."""
    wanted: dict[tuple[str, str], str] = {}
    tenants = {model._meta.db_table: model for model in tenant_models()}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if not model._meta.managed or model._meta.proxy:
            continue
        history = is_history(model)
        is_written_once = history or getattr(model, "append_only", False)
        wanted[APP, table] = APP_NARROWER.get(table, "SI" if is_written_once else "SIUD")
        wanted[OPERATOR, table] = "".join(OPERATOR_GRANTS.get(table, {}))
        wanted[BACKUP, table] = "S"
        wanted[TRAIL, table] = TRAIL_KEEPS.get(table, "")
        looked_up = table in tenants or table in {"core_organization", "core_person"}
        wanted[LOOKUP, table] = ("SID" if history else "SD") if looked_up else ""
        if table == ERASED_HISTORY:
            wanted[LOOKUP, table] = "SIUD"
        if table == ERASED_TEXTS:
            wanted[LOOKUP, table] = "SUD"
        entered = table in GUESTS_READ_WHOLE or (table in tenants and entry_condition(tenants[table]))
        wanted[ENTRY, table] = "S" if entered else ""
        reads = table in GUESTS_READ_WHOLE or (table in tenants and auditor_condition(tenants[table]))
        adds = "I" if getattr(model, "auditor_writes", False) else ""
        changes = "U" if auditor_changes(model) else ""  # of the declared columns only
        wanted[AUDITOR, table] = ("S" if reads else "") + adds + changes
    return wanted


def operator_statements() -> Iterator[str]:
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {OPERATOR}"
    for table, privileges in OPERATOR_GRANTS.items():
        for letter, columns in privileges.items():
            of = f" ({', '.join(columns)})" if columns else ""
            yield f"GRANT {PRIVILEGES[letter]}{of} ON {table} TO {OPERATOR}"
