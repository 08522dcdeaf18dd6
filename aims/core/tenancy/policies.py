"""What the database lets external auditors and the cross-organization functions do.

Declared on the models, installed after each migrate and compared by the system checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, models

from aims.core.tenancy.db.schema import is_tenant
from aims.core.tenancy.models import AuditorSees, TenantModel

AUDITOR = "portal_auditor"
LOOKUP = "portal_lookup"
READ = "auditor_reads"
WRITE = "auditor_writes"
IN_ORGANIZATION = "(organization_id = (current_setting('app.current_org'::text))::bigint)"


def tenant_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and is_tenant(model):
            yield model


def is_history(model: type[models.Model]) -> bool:
    return hasattr(model, "pgh_tracked_model")


def auditor_condition(model: type[models.Model]) -> str | None:
    """The SQL condition on rows that an auditor reads; None where the role has no grant at all."""
    if not issubclass(model, TenantModel) or model.auditor_sees == AuditorSees.NOTHING:
        return None
    table = model._meta.db_table
    parts = [
        f"{table}.organization_id = (current_setting('app.current_org'))::bigint",
        "auditor_grant_runs()",
    ]
    if model.auditor_sees == AuditorSees.GRANTED:
        column, label = _granted_by(model)
        parts.append(
            "EXISTS (SELECT 1 FROM core_grantedobject o WHERE o.organization_id = "
            f"{table}.organization_id AND o.object_type = '{label}' AND o.object_id = {table}.{column})"
        )
    if model.auditor_rows:
        parts.append(model.auditor_rows)
    return " AND ".join(parts)


def _granted_by(model: type[TenantModel]) -> tuple[str, str]:
    if not model.auditor_via:
        return "id", model._meta.label_lower
    column, label = model.auditor_via.split("->")
    return column, label


def statements() -> Iterator[str]:
    """Every grant and policy beyond the wall, in an order that can run again and again."""
    for role in ("portal_app", AUDITOR, LOOKUP, "portal_operator"):
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
    for table in ("core_organization", "core_catalogversion"):
        yield f"GRANT SELECT ON {table} TO {AUDITOR}"
    yield f"DROP POLICY IF EXISTS {READ} ON core_organization"
    yield (
        f"CREATE POLICY {READ} ON core_organization FOR SELECT TO {AUDITOR} "
        "USING (id = (current_setting('app.current_org'))::bigint AND auditor_grant_runs())"
    )
    yield f"GRANT SELECT, DELETE ON core_organization, core_person TO {LOOKUP}"
    for model in tenant_models():
        yield from _table_statements(model)


def _table_statements(model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    yield f"GRANT SELECT, DELETE ON {table} TO {LOOKUP}"
    if is_history(model):
        yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM portal_app"
    yield f"DROP POLICY IF EXISTS {READ} ON {table}"
    condition = auditor_condition(model)
    if condition:
        yield f"GRANT SELECT ON {table} TO {AUDITOR}"
        yield f"CREATE POLICY {READ} ON {table} FOR SELECT TO {AUDITOR} USING ({condition})"
    else:
        yield f"REVOKE ALL ON {table} FROM {AUDITOR}"
    yield f"DROP POLICY IF EXISTS {WRITE} ON {table}"
    if getattr(model, "auditor_writes", False):
        yield f"GRANT INSERT ON {table} TO {AUDITOR}"
        yield (
            f"CREATE POLICY {WRITE} ON {table} FOR INSERT TO {AUDITOR} WITH CHECK "
            "(organization_id = (current_setting('app.current_org'))::bigint AND auditor_grant_runs())"
        )


def install(*, using: str, **kwargs: Any) -> None:
    """post_migrate: an error here fails the migration, it is never only logged."""
    connection = connections[using]
    if connection.vendor != "postgresql" or not _schema_is_whole(connection):
        return
    with connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement)


def _schema_is_whole(connection: Any) -> bool:
    """Not after `migrate core 0001`: the functions and every table must be there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('auditor_grant_runs') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return False
        tables = set(connection.introspection.table_names(cursor))
    return all(model._meta.db_table in tables for model in tenant_models())
