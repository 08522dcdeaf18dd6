"""System checks that hold the walls up: structure of models, catalogue of the database, tables of verbs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, models
from django.db.migrations.executor import MigrationExecutor

from aims.core.tenancy import grants, policies
from aims.core.tenancy.db.schema import is_organization, is_tenant
from aims.core.tenancy.policies import is_history, tenant_models

#: Tables without an organization, each for a reason: identity before an organization is known, or catalogs.
GLOBAL_APPS = {"auth", "contenttypes", "sessions", "account", "mfa", "usersessions", "guardian", "pghistory"}
GLOBAL_MODELS = {"core.organization", "core.person", "core.catalogversion", "core.operatorevent"}

ORGANIZATION_QUALIFIER = "(organization_id = (current_setting('app.current_org'::text))::bigint)"
IS_ORGANIZATION = "(id = (current_setting('app.current_org'::text))::bigint)"
PAIR = ("tenant_access", "tenant_floor")
#: Policies beyond the pair, by name; their conditions come from the models and are compared elsewhere.
KNOWN_FURTHER = {
    "auditor_reads",
    "auditor_writes",
    "auditor_changes",
    "entry_reads",
    "confidential",
    "trail_chain",
}
LOUD_ROLES = {"tenant_access": {"portal_app", "portal_owner"}, "tenant_floor": {"public"}}

TABLES = """SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"""
POLICIES = """SELECT c.relname, p.polname, p.polpermissive, p.polcmd, pg_get_expr(p.polqual, p.polrelid),
  pg_get_expr(p.polwithcheck, p.polrelid),
  ARRAY(SELECT CASE WHEN r = 0 THEN 'public' ELSE pg_get_userbyid(r)::text END FROM unnest(p.polroles) r)
 FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = 'public'::regnamespace"""
# pg_attribute, not information_schema: that hides tables one has no privilege on.
TENANT_COLUMNS = """SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
   AND a.attname = 'organization_id' AND NOT a.attisdropped"""
FOREIGN_KEYS = """SELECT t.relname, k.conname, p.relname, array_length(k.conkey, 1),
  (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid
    AND attnum = k.conkey[array_length(k.conkey, 1)])
 FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
 WHERE k.contype = 'f' AND t.relnamespace = 'public'::regnamespace"""
UNIQUES = """SELECT t.relname, i.relname, (SELECT attname FROM pg_attribute
    WHERE attrelid = x.indrelid AND attnum = x.indkey[0]), x.indisprimary
 FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
 WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace"""
ROLE = """SELECT current_user, rolsuper, rolbypassrls,
  EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolbypassrls AND NOT r.rolsuper
          AND pg_has_role(current_user, r.oid, 'member'))
 FROM pg_roles WHERE rolname = current_user"""
SUPER_PRIVILEGES = """SELECT relname FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
  AND has_table_privilege('portal_app', oid, 'TRUNCATE')"""
OWNED_BY_APP = """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
  AND relkind IN ('r', 'p', 'v', 'm') AND pg_get_userbyid(relowner) = 'portal_app'"""
FROZEN = {
    "core_operatorevent",
    "core_trailevent",
    "core_trailhead",
    "core_snapshot",
    "core_blob",
    "core_catalogversion",
}
FROZEN_GRANTS = """SELECT c.relname FROM pg_class c WHERE c.relname = ANY(%s)
  AND (has_any_column_privilege('portal_app', c.oid, 'UPDATE')
       OR has_table_privilege('portal_app', c.oid, 'DELETE'))"""
GUARDIANS = {
    ("core_trailevent", "trail_append"),
    ("core_trailevent", "trail_protect"),
    ("core_trailevent", "refuse_truncate"),
    ("core_trailhead", "trail_head_protect"),
    ("core_trailhead", "refuse_truncate"),
    ("core_trailcheckpoint", "checkpoint_protect"),
    ("core_trailcheckpoint", "refuse_truncate"),
    ("core_snapshot", "refuse_change"),
    ("core_blob", "refuse_change"),
    ("audits_auditrequest", "request_wording"),
    ("core_operatorentry", "operator_entry_protect"),
    ("core_operatorevent", "operator_event_chain"),
    ("core_operatorevent", "refuse_change"),
    ("core_organization", "operators_only"),
    ("core_person", "operators_only"),
}
TRIGGERS = """SELECT t.relname, g.tgname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
  WHERE NOT g.tgisinternal AND g.tgenabled = 'O'"""
# A view answers with its owner's rights, past row security, unless it says otherwise.
OPEN_VIEWS = """SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
  WHERE nspname IN ('public', 'past') AND
  (relkind = 'm' OR relkind = 'v' AND NOT coalesce(reloptions, '{}') && ARRAY['security_invoker=true',
       'security_invoker=on'])"""
AUDITOR_GRANTS = """SELECT c.relname, p.privilege FROM pg_class c,
  unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p(privilege)
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND has_any_column_privilege('portal_auditor', c.oid, p.privilege)
  UNION ALL SELECT c.relname, p.privilege FROM pg_class c, unnest(ARRAY['DELETE', 'TRUNCATE']) AS p(privilege)
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND has_table_privilege('portal_auditor', c.oid, p.privilege)"""
AUDITOR_COLUMNS = """SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
    AND NOT a.attisdropped AND has_column_privilege('portal_auditor', c.oid, a.attnum, 'UPDATE')"""
DECLARED_POLICIES = f"""SELECT c.relname, p.polname, obj_description(p.oid, 'pg_policy'),
  {policies.POLICY_DIGEST}
 FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
 WHERE p.polname = ANY(%s) AND c.relnamespace = 'public'::regnamespace"""  # noqa: S608


ROLE_GRANTS = """SELECT r.role, c.relname, left(p.privilege, 1) FROM pg_class c,
  unnest(%s::text[]) AS r(role),
  unnest(%s::text[]) AS p(privilege)
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND (has_table_privilege(r.role, c.oid, p.privilege)
         OR (p.privilege <> 'DELETE' AND has_any_column_privilege(r.role, c.oid, p.privilege)))"""
OPERATOR_COLUMNS = """SELECT c.relname, left(p.privilege, 1), array_agg(a.attname::text)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
  unnest(ARRAY['SELECT', 'UPDATE']) AS p(privilege)
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND has_column_privilege('portal_operator', c.oid, a.attnum, p.privilege)
  GROUP BY 1, 2"""


def register_all() -> None:
    register(structure, Tags.models)
    register(catalogue, Tags.database)
    register(verbs, Tags.security)
    register(guards, Tags.compatibility)


def structure(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    return [
        found
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        for found in (_tenant_faults(model) if is_tenant(model) else _global_faults(model))
    ]


def _global_faults(model: type[models.Model]) -> Iterator[Error]:
    label = model._meta.label_lower
    owner = model._meta.auto_created
    if owner and is_tenant(owner):  # type: ignore[arg-type]
        yield Error(
            f"{label}: an automatic many-to-many table has no organization; use through=", id="tenancy.E003"
        )
    elif not owner and label not in GLOBAL_MODELS and model._meta.app_label not in GLOBAL_APPS:
        yield Error(f"{label} has no organization and is not on the list of global tables", id="tenancy.E001")


def _tenant_faults(model: type[models.Model]) -> Iterator[Error]:
    label = model._meta.label_lower
    for field in model._meta.local_fields:
        if field.unique and not field.primary_key:
            yield Error(f"{label}.{field.name} is unique across organizations", id="tenancy.E004")
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields[:1] != ("organization",):
            yield Error(f"{label}.{constraint.name} does not begin with organization", id="tenancy.E004")
    for index in model._meta.indexes:
        if index.fields and index.fields[0].lstrip("-") != "organization":
            yield Error(f"{label}.{index.name} does not begin with organization", id="tenancy.E005")


def catalogue(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """What the database really enforces. Skipped while migrations are pending, or it would block its cure."""
    connection = connections["default"]
    if "default" not in (databases or []) or connection.vendor != "postgresql" or _is_behind(connection):
        return []
    with connection.cursor() as cursor:
        return faults_of_database(cursor)


def faults_of_database(cursor: Any) -> list[CheckMessage]:
    """Every breach of the walls that the catalogue of the connected database shows."""
    parts = (
        _walls,
        _keys,
        _uniques,
        _privileges,
        _protections,
        _auditor_grants,
        _declared_policies,
        _role_grants,
    )
    return [fault for part in parts for fault in part(cursor)]


def _is_behind(connection: Any) -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _rows(cursor: Any, query: str, *values: Any) -> list[Any]:
    cursor.execute(query, values or None)
    rows: list[Any] = cursor.fetchall()
    return rows


def _expected_tables(cursor: Any) -> dict[str, str]:
    wanted = {model._meta.db_table: ORGANIZATION_QUALIFIER for model in tenant_models()}
    wanted |= {row[0]: ORGANIZATION_QUALIFIER for row in _rows(cursor, TENANT_COLUMNS)}
    organization = next(model for model in apps.get_models() if is_organization(model))
    return wanted | {organization._meta.db_table: IS_ORGANIZATION}


def _walls(cursor: Any) -> Iterator[Error]:
    switched = {row[0]: row[1:] for row in _rows(cursor, TABLES)}
    found: dict[str, dict[str, Any]] = {}
    for table, name, *rest in _rows(cursor, POLICIES):
        found.setdefault(table, {})[name] = rest
    for table, qualifier in sorted(_expected_tables(cursor).items()):
        if table not in switched:
            yield Error(f"{table} does not exist", id="tenancy.E009")
            continue
        on, forced = switched[table]
        if not on:
            yield Error(f"{table}: row security is off", id="tenancy.E010")
        elif not forced:
            yield Error(f"{table}: row security is not forced, its owner sees all", id="tenancy.E011")
        yield from _policy_faults(table, qualifier, found.get(table, {}))


def _policy_faults(table: str, qualifier: str, found: dict[str, Any]) -> Iterator[Error]:
    for name in PAIR:
        wanted = [name == "tenant_access", "*", qualifier, qualifier, LOUD_ROLES[name]]
        have = found.get(name)
        if have is None or [*have[:4], set(have[4])] != wanted:
            yield Error(f"{table}: policy {name} is missing or not as it should be", id="tenancy.E012")
    for name in sorted(set(found) - set(PAIR) - KNOWN_FURTHER):
        yield Error(f"{table}: unknown policy {name}", id="tenancy.E012")


def _keys(cursor: Any) -> Iterator[Error]:
    tenants = {model._meta.db_table for model in tenant_models()}
    have: set[tuple[str, str]] = set()
    for table, name, target, width, column in _rows(cursor, FOREIGN_KEYS):
        if table in tenants and target in tenants:
            have.add((table, column))
            if width != 2:
                yield Error(f"{table}.{name} -> {target} lacks organization_id", id="tenancy.E013")
    for model in tenant_models():
        for field in model._meta.local_fields:
            wants = (
                field.remote_field
                and getattr(field, "db_constraint", False)
                and is_tenant(field.related_model)  # type: ignore[arg-type]
            )
            if wants and (model._meta.db_table, field.column) not in have:
                yield Error(f"{model._meta.db_table}.{field.column} has no foreign key", id="tenancy.E014")


def _uniques(cursor: Any) -> Iterator[Error]:
    tenants = {model._meta.db_table for model in tenant_models()}
    for table, index, first_column, is_primary in _rows(cursor, UNIQUES):
        if table in tenants and not is_primary and first_column != "organization_id":
            yield Error(f"{index} on {table} is unique across organizations", id="tenancy.E004")


def _privileges(cursor: Any) -> Iterator[Error]:
    user, is_super, bypasses, can_bypass = _rows(cursor, ROLE)[0]
    if is_super or bypasses or can_bypass:
        yield Error(f"connected as {user}, which can pass row security by", id="tenancy.E015")
    for (table,) in _rows(cursor, SUPER_PRIVILEGES):
        yield Error(f"portal_app may truncate {table}, which ignores row security", id="tenancy.E016")
    written_once = {
        model._meta.db_table
        for model in tenant_models()
        if is_history(model) or getattr(model, "append_only", False)
    }
    frozen = FROZEN | written_once
    for (table,) in _rows(cursor, FROZEN_GRANTS, sorted(frozen)):
        yield Error(f"portal_app may change rows of {table}, which are never changed", id="tenancy.E017")
    for (table,) in _rows(cursor, OWNED_BY_APP):
        yield Error(f"portal_app owns {table} and could take its wall down", id="tenancy.E018")


def _protections(cursor: Any) -> Iterator[Error]:
    histories = [model._meta.db_table for model in tenant_models() if is_history(model)]
    wanted = GUARDIANS | {(table, name) for table in histories for name, *_ in policies.HISTORY_TRIGGERS}
    written_once = [model._meta.db_table for model in tenant_models() if getattr(model, "append_only", False)]
    wanted |= {(table, name) for table in written_once for name in ("refuse_change", "refuse_truncate")}
    for table, trigger in sorted(wanted - {tuple(row) for row in _rows(cursor, TRIGGERS)}):
        yield Error(f"{table}: the trigger {trigger} is missing or switched off", id="tenancy.E019")
    for (view,) in _rows(cursor, OPEN_VIEWS):
        yield Error(f"{view} shows rows past row security; use security_invoker", id="tenancy.E020")


def _auditor_grants(cursor: Any) -> Iterator[Error]:
    allowed = {(table, "SELECT") for table in policies.GUESTS_READ_WHOLE}
    for model in tenant_models():
        if policies.auditor_condition(model):
            allowed.add((model._meta.db_table, "SELECT"))
        if getattr(model, "auditor_writes", False):
            allowed.add((model._meta.db_table, "INSERT"))
        if policies.auditor_changes(model):
            allowed.add((model._meta.db_table, "UPDATE"))
    for table, privilege in _rows(cursor, AUDITOR_GRANTS):
        if (table, privilege) not in allowed:
            yield Error(f"portal_auditor has {privilege} on {table}, undeclared", id="tenancy.E021")
    columns = {
        (model._meta.db_table, column)
        for model in tenant_models()
        for column in policies.auditor_changes(model)
    }
    for table, column in sorted({tuple(row) for row in _rows(cursor, AUDITOR_COLUMNS)} ^ columns):
        yield Error(f"portal_auditor and UPDATE of {table}.{column}: not as declared", id="tenancy.E021")


def _declared_policies(cursor: Any) -> Iterator[Error]:
    wanted = {(policy.table, policy.name): policy.fingerprint for policy in policies.declared_policies()}
    names = sorted({name for _, name in wanted})
    for table, name, comment, installed in _rows(cursor, DECLARED_POLICIES, names):
        if comment != f"{wanted.pop((table, name), None)} {installed}":
            yield Error(f"{table}: policy {name} is not the declared one; migrate again", id="tenancy.E022")
    for table, name in sorted(wanted):
        yield Error(f"{table}: policy {name} is missing", id="tenancy.E022")


def _role_grants(cursor: Any) -> Iterator[Error]:
    """Every role against the declaration; of the portal's own role, which E017 watches too, the excess."""
    have: dict[tuple[str, str], str] = {}
    for role, table, letter in _rows(
        cursor, ROLE_GRANTS, list(grants.ROLES), list(grants.PRIVILEGES.values())
    ):
        have[role, table] = have.get((role, table), "") + letter
    wanted = grants.declared()
    for (role, table), letters in sorted((have | {key: have.get(key, "") for key in wanted}).items()):
        allowed = wanted.get((role, table))
        if allowed is None or role == grants.AUDITOR:  # the queue's and the cache's tables; E021
            continue
        excess, lack = set(letters) - set(allowed), set(allowed) - set(letters)
        if excess or (lack and role != grants.APP):
            yield Error(
                f"{role} has {letters or 'nothing'} on {table}, declared is {allowed or 'nothing'}",
                id="tenancy.E023",
            )
    for table, letter, columns in _rows(cursor, OPERATOR_COLUMNS):
        wanted_columns = grants.OPERATOR_GRANTS.get(table, {}).get(letter, ())
        if wanted_columns and set(columns) != set(wanted_columns):
            yield Error(f"portal_operator reaches other columns of {table} than declared", id="tenancy.E023")


def verbs(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every verb that pages, navigation and the API name is in a permission table."""
    from aims.core import permissions
    from aims.core.registry import registry

    named = {entry.verb for entry in registry.navigation} | {panel.verb for panel in registry.panels}
    named |= {verb for _, _, verb in registry.quick_actions}
    lost = sorted(name for name, verb in permissions.verbs().items() if verb.on is permissions.NOWHERE)
    return [
        *(
            Error(f"{verb} is in no permission table", id="access.E001")
            for verb in sorted(named - set(permissions.verbs()))
        ),
        *(
            Error(
                f"{name} names no object of the permission matrix: add on=reads(…), writes(…), approves(…) or"
                " moves(…)",
                id="access.E002",
            )
            for name in lost
        ),
    ]


def guards(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every guard and effect of a state machine that is walked today has a provider."""
    from aims.core.registry import registry

    rows = [(machine.id, row) for machine in registry.machines for row in machine.transitions]
    wanted_guards = {(machine, text) for machine, row in rows for text in row.guards}
    wanted_effects = {(machine, text) for machine, row in rows for text in row.effects}
    return [
        *(
            _unprovided("guard", machine, text)
            for machine, text in sorted(wanted_guards - set(registry.guards))
        ),
        *(
            _unprovided("effect", machine, text)
            for machine, text in sorted(wanted_effects - set(registry.effects))
        ),
    ]


def _unprovided(what: str, machine: str, text: str) -> Error:
    return Error(
        f"{machine}: nothing provides the {what} “{text}”", id=f"machines.E00{1 if what == 'guard' else 2}"
    )
