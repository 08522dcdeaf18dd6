"""What the database lets external auditors, operators in an entry and the cross-organization functions do,
and which rows it keeps from everybody but the people they name.

Declared on the models, installed after each migrate and compared by the system checks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, models

from aims.core.tenancy import past
from aims.core.tenancy.db.schema import is_tenant
from aims.core.tenancy.models import AuditorSees, TenantModel

AUDITOR = "portal_auditor"
LOOKUP = "portal_lookup"
ENTRY = "portal_entry"
#: Name, function and occasion of the triggers that keep row history as it was written.
HISTORY_TRIGGERS = (
    ("history_protect", "history_protect", "UPDATE OR DELETE ON table FOR EACH ROW"),
    ("refuse_truncate", "refuse_truncate", "TRUNCATE ON table FOR EACH STATEMENT"),
)
READ = "auditor_reads"
WRITE = "auditor_writes"
CHANGE = "auditor_changes"
ENTRY_READ = "entry_reads"
CONFIDENTIAL = "confidential"
#: Where erase_member_history takes the place of name and address.
ERASED_HISTORY = "core_memberevent"
#: Where erase_trail_texts takes the place of a name, and destroys the key.
ERASED_TEXTS = "core_trailtext"
#: Without an organization of their own, or narrowed by a policy of their own.
GUESTS_READ_WHOLE = ("core_organization", "core_catalogversion")
#: Commands, roles and conditions of a row of pg_policy.
POLICY_DIGEST = """md5(concat(p.polcmd, p.polpermissive, p.polroles::regrole[],
  pg_get_expr(p.polqual, p.polrelid), '/', pg_get_expr(p.polwithcheck, p.polrelid)))"""
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
            "EXISTS (SELECT 1 FROM core_grantedobject o WHERE o.organization_id = "  # noqa: S608 (our names)
            f"{table}.organization_id AND o.object_type = '{label}' AND o.object_id = {table}.{column})"
        )
    if model.auditor_rows:
        parts.append(model.auditor_rows)
    if model.auditor_private:
        parts.append(f"NOT (auditor_previews() AND ({model.auditor_private}))")
    return " AND ".join(parts)


def _granted_by(model: type[TenantModel]) -> tuple[str, str]:
    if not model.auditor_via:
        return "id", model._meta.label_lower
    column, label = model.auditor_via.split("->")
    return column, label


def entry_condition(model: type[models.Model]) -> str | None:
    """The SQL condition on rows that an operator reads during an entry; None where the role has no grant."""
    if not issubclass(model, TenantModel):
        return None
    as_auditors = model.auditor_sees != AuditorSees.NOTHING and not model.auditor_writes
    if not (as_auditors if model.entry_sees is None else model.entry_sees):
        return None
    table = model._meta.db_table
    parts = [
        f"{table}.organization_id = (current_setting('app.current_org'))::bigint",
        "operator_entry_runs()",
    ]
    return " AND ".join([*parts, model.entry_rows] if model.entry_rows else parts)


@dataclass(frozen=True)
class Policy:
    """One policy for the role of a guest; its comment keeps what was asked and what came of it."""

    table: str
    name: str
    clause: str  # "FOR SELECT … USING (…)"

    @property
    def fingerprint(self) -> str:
        return hashlib.md5(self.clause.encode(), usedforsecurity=False).hexdigest()

    def statements(self) -> Iterator[str]:
        yield f"DROP POLICY IF EXISTS {self.name} ON {self.table}"
        yield f"CREATE POLICY {self.name} ON {self.table} {self.clause}"
        # Read back, so that a later change of the policy by hand no longer fits its comment.
        yield f"""DO $do$ DECLARE made text; BEGIN
          SELECT {POLICY_DIGEST} INTO made FROM pg_policy p
           WHERE p.polname = '{self.name}' AND p.polrelid = '{self.table}'::regclass;
          EXECUTE format('COMMENT ON POLICY {self.name} ON {self.table} IS %L',
                         '{self.fingerprint} ' || made);
        END $do$"""  # noqa: S608 (names of our own tables)


def auditor_policies() -> Iterator[Policy]:
    """What the auditor's role reads and writes, table by table, as the models declare it."""
    own = "id = (current_setting('app.current_org'))::bigint AND auditor_grant_runs()"
    yield Policy("core_organization", READ, f"FOR SELECT TO {AUDITOR} USING ({own})")
    for model in tenant_models():
        table = model._meta.db_table
        condition = auditor_condition(model)
        if condition:
            yield Policy(table, READ, f"FOR SELECT TO {AUDITOR} USING ({condition})")
        if getattr(model, "auditor_writes", False):
            yield from _writing_policies(model)


def entry_policies() -> Iterator[Policy]:
    """What an operator reads during an entry, table by table; there is none for any change."""
    own = "id = (current_setting('app.current_org'))::bigint AND operator_entry_runs()"
    yield Policy("core_organization", ENTRY_READ, f"FOR SELECT TO {ENTRY} USING ({own})")
    for model in tenant_models():
        condition = entry_condition(model)
        if condition:
            yield Policy(model._meta.db_table, ENTRY_READ, f"FOR SELECT TO {ENTRY} USING ({condition})")


def confidential_policies() -> Iterator[Policy]:
    """What nobody inside reads but those whom the rows themselves name; restrictive and for every role."""
    for model in tenant_models():
        condition = getattr(model, "confidential", "")
        if condition:
            clause = f"AS RESTRICTIVE USING ({condition}) WITH CHECK ({condition})"
            yield Policy(model._meta.db_table, CONFIDENTIAL, clause)


def declared_policies() -> Iterator[Policy]:
    """Every policy beyond the wall that the models ask for."""
    yield from auditor_policies()
    yield from entry_policies()
    yield from confidential_policies()


def _writing_policies(model: Any) -> Iterator[Policy]:
    """What may be added, and which rows may be changed from what into what. There is none for DELETE."""
    table = model._meta.db_table
    runs = "organization_id = (current_setting('app.current_org'))::bigint AND auditor_grant_runs()"
    runs += " AND NOT auditor_previews()"
    added, before, after = (
        f"{runs} AND {condition}" if condition else runs
        for condition in (model.auditor_may_add, model.auditor_may_change, model.auditor_may_leave)
    )
    yield Policy(table, WRITE, f"FOR INSERT TO {AUDITOR} WITH CHECK ({added})")
    if model.auditor_changes:
        yield Policy(table, CHANGE, f"FOR UPDATE TO {AUDITOR} USING ({before}) WITH CHECK ({after})")


def statements() -> Iterator[str]:
    """Every grant and policy beyond the wall, in an order that can run again and again."""
    from aims.core.tenancy import grants

    for role in ("portal_app", AUDITOR, ENTRY, LOOKUP, "portal_operator"):
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ENTRY}"
    for table in GUESTS_READ_WHOLE:
        yield f"GRANT SELECT ON {table} TO {AUDITOR}, {ENTRY}"
    yield f"GRANT SELECT, DELETE ON core_organization, core_person TO {LOOKUP}"
    yield from grants.operator_statements()
    for model in tenant_models():
        yield from _table_statements(model)
    for policy in declared_policies():
        yield from policy.statements()


def _table_statements(model: type[models.Model]) -> Iterator[str]:
    table = model._meta.db_table
    yield f"GRANT SELECT, DELETE ON {table} TO {LOOKUP}"
    if is_history(model):
        yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM portal_app"
        yield f"GRANT INSERT ON {table} TO {LOOKUP}"  # removing a sample fires the history triggers first
        if table == ERASED_HISTORY:
            yield f"GRANT UPDATE (name, email) ON {table} TO {LOOKUP}"
        yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM portal_operator"
        for name, function, occasion in HISTORY_TRIGGERS:
            yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
            yield f"CREATE TRIGGER {name} BEFORE {occasion} EXECUTE FUNCTION {function}()".replace(
                "ON table", f"ON {table}"
            )
    if table == ERASED_TEXTS:
        yield f"REVOKE UPDATE, DELETE ON {table} FROM portal_app, portal_operator"
        yield f"GRANT UPDATE (text, key) ON {table} TO {LOOKUP}"
    for name in (READ, WRITE, CHANGE, ENTRY_READ, CONFIDENTIAL):
        yield f"DROP POLICY IF EXISTS {name} ON {table}"
    yield f"REVOKE ALL ON {table} FROM {AUDITOR}"
    if auditor_condition(model):
        yield f"GRANT SELECT ON {table} TO {AUDITOR}"
    if entry_condition(model):
        yield f"GRANT SELECT ON {table} TO {ENTRY}"
    if getattr(model, "auditor_writes", False):
        yield f"GRANT INSERT ON {table} TO {AUDITOR}"
    columns = auditor_changes(model)
    if columns:
        yield f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {AUDITOR}"


def auditor_changes(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a table that an auditor may change."""
    columns: tuple[str, ...] = getattr(model, "auditor_changes", ())
    return columns


def install(*, using: str, **kwargs: Any) -> None:
    """post_migrate: an error here fails the migration, it is never only logged."""
    connection = connections[using]
    if connection.vendor != "postgresql" or not _schema_is_whole(connection):
        return
    with connection.cursor() as cursor:
        for statement in (*statements(), *past.statements()):
            cursor.execute(statement)


def make_way(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    """pre_migrate: the views of the past would hold the columns that a migration changes."""
    connection = connections[using]
    if plan and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(past.removal())


def _schema_is_whole(connection: Any) -> bool:
    """Not after `migrate core 0001`: the functions and every table must be there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regproc('auditor_grant_runs') IS NOT NULL"
            " AND to_regproc('operator_entry_runs') IS NOT NULL"
            " AND to_regproc('auditor_previews') IS NOT NULL"
            " AND to_regproc('history_protect') IS NOT NULL"
        )
        if not cursor.fetchone()[0]:
            return False
        tables = set(connection.introspection.table_names(cursor))
    return all(model._meta.db_table in tables for model in tenant_models())
