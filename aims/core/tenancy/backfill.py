"""Row history of tables that had rows before it: for migrations, on the models as they were then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def begin_history(app: str, *names: str) -> Callable[[Any, Any], None]:
    """What is there becomes the first version of each row, entered now: nothing earlier is known."""

    def run(apps: Any, editor: Any) -> None:
        with editor.connection.cursor() as cursor:
            # Forced row security holds the owner too; nobody else sees the moment without it.
            cursor.execute("ALTER TABLE core_organization NO FORCE ROW LEVEL SECURITY")
            cursor.execute("SELECT id FROM core_organization ORDER BY id")
            found = cursor.fetchall()
            cursor.execute("ALTER TABLE core_organization FORCE ROW LEVEL SECURITY")
            for (organization_id,) in found:
                cursor.execute("SELECT set_config('app.current_org', %s, true)", [str(organization_id)])
                for name in names:
                    cursor.execute(_statement(apps, app, name), [organization_id])

    return run


def _statement(apps: Any, app: str, name: str) -> str:
    model, event = apps.get_model(app, name), apps.get_model(app, f"{name}Event")
    columns = ", ".join(f'"{field.column}"' for field in model._meta.local_concrete_fields)
    return (
        f"INSERT INTO {event._meta.db_table} (pgh_created_at, pgh_label, pgh_obj_id, {columns})"  # noqa: S608
        f" SELECT now(), 'insert', id, {columns} FROM {model._meta.db_table} WHERE organization_id = %s"
    )
