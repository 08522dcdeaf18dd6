"""Each tenant table is born with row security, the exact policy pair and composite foreign keys."""

from __future__ import annotations

from typing import Any

from django.db.backends.ddl_references import Columns
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.models import Field, Model

ORGANIZATION = "core.organization"
# Bare current_setting: it raises when no organization is bound, so a forgotten scope is loud.
IN_ORGANIZATION = "organization_id = (current_setting('app.current_org'))::bigint"
IS_ORGANIZATION = "id = (current_setting('app.current_org'))::bigint"
MEMBER_ROLES = "portal_app, portal_owner"


def is_tenant(model: type[Model]) -> bool:
    """By field, not by class: historical models in migrations have no base class."""
    try:
        remote = model._meta.get_field("organization").remote_field
    except Exception:
        return False
    target = getattr(remote, "model", None)
    label = target if isinstance(target, str) else target._meta.label if target else ""
    return label.lower() == ORGANIZATION


def is_organization(model: type[Model]) -> bool:
    return model._meta.label_lower == ORGANIZATION


def wall(table: str, expression: str) -> list[str]:
    """The statements that put one table behind row security (FORCE is added last, see SchemaEditor)."""
    condition = f"USING ({expression}) WITH CHECK ({expression})"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant_access ON {table} TO {MEMBER_ROLES} {condition}",
        # Restrictive and for everyone: no permissive policy added later can widen it.
        f"CREATE POLICY tenant_floor ON {table} AS RESTRICTIVE {condition}",
    ]


class SchemaEditor(DatabaseSchemaEditor):
    sql_create_column_inline_fk = None  # type: ignore[assignment]  # so that add_field() goes through _create_fk_sql too

    def __enter__(self) -> SchemaEditor:
        self._to_force: set[str] = set()
        return super().__enter__()

    def create_model(self, model: type[Model]) -> None:
        super().create_model(model)
        if not model._meta.managed or model._meta.proxy:
            return
        table = self.quote_name(model._meta.db_table)
        if is_tenant(model):
            self._build_wall(model)
        elif is_organization(model):
            self._enable(model, IS_ORGANIZATION)
        # What operators may do is declared in one place and granted after each migrate (policies.py).
        self.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO portal_app", None)

    def add_field(self, model: type[Model], field: Field[Any, Any]) -> None:
        before = is_tenant(model)
        super().add_field(model, field)
        if field.name == "organization" and not before:
            self._build_wall(model)

    def _build_wall(self, model: type[Model]) -> None:
        if model._meta.pk.column == "id":  # an event table's key is pgh_id, and nothing points at it
            name = self.quote_name(f"{model._meta.db_table}_org_id_key")
            self.execute(
                f"ALTER TABLE {self.quote_name(model._meta.db_table)} "
                f"ADD CONSTRAINT {name} UNIQUE (organization_id, id)",
                None,
            )
        self._enable(model, IN_ORGANIZATION)

    def _enable(self, model: type[Model], expression: str) -> None:
        for statement in wall(self.quote_name(model._meta.db_table), expression):
            self.execute(statement, None)
        self._to_force.add(model._meta.db_table)

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        if exc_type is None:
            self._prepare_foreign_keys()
        super().__exit__(exc_type, exc_value, traceback)

    def _prepare_foreign_keys(self) -> None:
        """Keys between tenant tables become (organization_id, x_id) -> (organization_id, id).

        Decided here, when every column of the migration exists, since AddField comes in any order. ADD
        FOREIGN KEY validates as the owner, under FORCE, and would see no rows: tables taking part are
        un-forced and forced again in the same transaction, which nobody else sees.
        """
        keys = [statement for statement in self.deferred_sql if "FOREIGN KEY" in str(statement)]
        ends = {key: (_bare(key.parts["table"]), _bare(key.parts["to_table"])) for key in keys}
        tables = sorted({table for pair in ends.values() for table in pair})
        tenants, forced = self._tenants_and_forced(tables)
        for key, (table, target) in ends.items():
            if table in tenants and target in tenants:
                column = key.parts["column"].columns[-1]
                key.parts["column"] = Columns(table, ["organization_id", column], self.quote_name)
                key.parts["to_column"] = Columns(target, ["organization_id", "id"], self.quote_name)
        for table in sorted(forced):
            self.execute(f"ALTER TABLE {self.quote_name(table)} NO FORCE ROW LEVEL SECURITY", None)
        for table in sorted(forced | self._to_force):
            self.deferred_sql.append(f"ALTER TABLE {self.quote_name(table)} FORCE ROW LEVEL SECURITY")

    def _tenants_and_forced(self, tables: list[str]) -> tuple[set[str], set[str]]:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname, relforcerowsecurity, EXISTS (SELECT 1 FROM pg_attribute a"
                " WHERE a.attrelid = c.oid AND a.attname = 'organization_id'"
                " AND NOT a.attisdropped) FROM pg_class c"
                " WHERE relname = ANY(%s) AND relnamespace = 'public'::regnamespace",
                [tables],
            )
            rows = cursor.fetchall()
        return {row[0] for row in rows if row[2]}, {row[0] for row in rows if row[1]}


def _bare(table: Any) -> str:
    return str(table).strip('"')
