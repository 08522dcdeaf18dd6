"""Each way of taking a wall down is noticed by the system checks, and by the one that is meant."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.apps.registry import Apps
from django.db import models

from aims.core import checks

ORGANIZATION = "organization_id = (current_setting('app.current_org'))::bigint"
SILENT = "organization_id = nullif(current_setting('app.current_org', true), '')::bigint"
#: what somebody does -> the statements -> the check that must say so
SABOTAGES: dict[str, tuple[str, list[str]]] = {
    "the organization's policy is dropped": (
        "tenancy.E012",
        ["DROP POLICY tenant_access ON inventory_aisystem"],
    ),
    "an operator's entry reads without running": (
        "tenancy.E022",
        ["ALTER POLICY entry_reads ON risk_risk USING (true)"],
    ),
    "an operator's entry may write": ("tenancy.E023", ["GRANT UPDATE (name) ON core_member TO portal_entry"]),
    "an operator's entry reads keys": ("tenancy.E023", ["GRANT SELECT ON core_apikey TO portal_entry"]),
    "an entry can be made longer": (
        "tenancy.E019",
        ["ALTER TABLE core_operatorentry DISABLE TRIGGER operator_entry_protect"],
    ),
    "the restrictive floor is dropped": ("tenancy.E012", ["DROP POLICY tenant_floor ON risk_risk"]),
    "row security is not forced": (
        "tenancy.E011",
        ["ALTER TABLE audits_finding NO FORCE ROW LEVEL SECURITY"],
    ),
    "row security is switched off": (
        "tenancy.E010",
        ["ALTER TABLE core_evidence DISABLE ROW LEVEL SECURITY"],
    ),
    "a policy lets everything through": (
        "tenancy.E012",
        ["CREATE POLICY open_door ON core_member USING (true)"],
    ),
    "the policy's condition becomes true": (
        "tenancy.E012",
        ["ALTER POLICY tenant_access ON controls_control USING (true)"],
    ),
    "the policy checks nothing on writing": (
        "tenancy.E012",
        ["ALTER POLICY tenant_floor ON controls_control WITH CHECK (true)"],
    ),
    "the floor widens instead of narrowing": (
        "tenancy.E012",
        [
            "DROP POLICY tenant_floor ON risk_risk",
            f"CREATE POLICY tenant_floor ON risk_risk USING ({ORGANIZATION}) WITH CHECK ({ORGANIZATION})",
        ],
    ),
    "the policy is for everybody": ("tenancy.E012", ["ALTER POLICY tenant_access ON core_job TO PUBLIC"]),
    "the floor holds one role only": (
        "tenancy.E012",
        ["ALTER POLICY tenant_floor ON core_job TO portal_app"],
    ),
    "a forgotten scope becomes silent": (
        "tenancy.E012",
        [f"ALTER POLICY tenant_access ON core_blob USING ({SILENT}) WITH CHECK ({SILENT})"],
    ),
    "the organization itself is open": (
        "tenancy.E012",
        ["ALTER POLICY tenant_access ON core_organization USING (true)"],
    ),
    "a foreign key leaves the organization out": (
        "tenancy.E013",
        ["ALTER TABLE risk_risk ADD CONSTRAINT plain FOREIGN KEY (owner_id) REFERENCES core_member (id)"],
    ),
    "a foreign key is dropped": (
        "tenancy.E014",
        ["ALTER TABLE risk_risk DROP CONSTRAINT {foreign_key:risk_risk.system_id}"],
    ),
    "a name is unique over all organizations": (
        "tenancy.E004",
        ["CREATE UNIQUE INDEX one_name ON inventory_aisystem (name)"],
    ),
    "a table is born without a wall": (
        "tenancy.E010",
        ["CREATE TABLE rogue (id bigint PRIMARY KEY, organization_id bigint)"],
    ),
    "a table is gone": ("tenancy.E009", ["DROP TABLE controls_soareason CASCADE"]),
    "the application may become a role that passes by": (
        "tenancy.E015",
        ["GRANT portal_operator TO portal_app"],
    ),
    "the application passes row security by": ("tenancy.E015", ["ALTER ROLE portal_app BYPASSRLS"]),
    "the application is a superuser": ("tenancy.E015", ["ALTER ROLE portal_app SUPERUSER"]),
    "the application may truncate": ("tenancy.E016", ["GRANT TRUNCATE ON audits_audit TO portal_app"]),
    "the application may rewrite the trail": (
        "tenancy.E017",
        ["GRANT UPDATE ON core_trailevent TO portal_app"],
    ),
    "the application may rewrite one column of the trail": (
        "tenancy.E017",
        ["GRANT UPDATE (body) ON core_trailevent TO portal_app"],
    ),
    "the application may delete a snapshot": (
        "tenancy.E017",
        ["GRANT DELETE ON core_snapshot TO portal_app"],
    ),
    "the application may change history": ("tenancy.E017", ["GRANT UPDATE ON risk_riskevent TO portal_app"]),
    "the application owns a table": ("tenancy.E018", ["ALTER TABLE risk_risk OWNER TO portal_app"]),
    "the chain of the trail is switched off": (
        "tenancy.E019",
        ["ALTER TABLE core_trailevent DISABLE TRIGGER trail_append"],
    ),
    "frozen rows lose their guard": ("tenancy.E019", ["DROP TRIGGER refuse_change ON core_snapshot"]),
    "a view answers with its owner's rights": (
        "tenancy.E020",
        ["CREATE VIEW everything AS SELECT * FROM risk_risk"],
    ),
    "an operator may read records": ("tenancy.E023", ["GRANT SELECT ON core_member TO portal_operator"]),
    "an operator may read passwords": (
        "tenancy.E023",
        ["GRANT SELECT (password) ON core_person TO portal_operator"],
    ),
    "the backup may write": ("tenancy.E023", ["GRANT INSERT ON risk_risk TO portal_backup"]),
    "the lookups may change rows": ("tenancy.E023", ["GRANT UPDATE ON core_apikey TO portal_lookup"]),
    "the trail of operators can be read by the portal": (
        "tenancy.E023",
        ["GRANT SELECT ON core_operatorevent TO portal_app"],
    ),
    "the portal may suspend": (
        "tenancy.E019",
        ["DROP TRIGGER operators_only ON core_organization"],
    ),
    "an auditor may write": ("tenancy.E021", ["GRANT UPDATE ON risk_risk TO portal_auditor"]),
    "an auditor may read what is not declared": (
        "tenancy.E021",
        ["GRANT SELECT ON core_mail TO portal_auditor"],
    ),
    "an auditor reads beyond the engagement": (
        "tenancy.E022",
        ["ALTER POLICY auditor_reads ON inventory_aisystem USING (true)"],
    ),
    "an auditor's policy is for everybody": (
        "tenancy.E022",
        ["ALTER POLICY auditor_reads ON inventory_aisystem TO PUBLIC"],
    ),
    "an auditor's policy is gone": ("tenancy.E022", ["DROP POLICY auditor_reads ON risk_risk"]),
}


def found_by(connection: psycopg.Connection[Any]) -> set[str]:
    """The ids of the faults that the application sees when it starts."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE portal_app")
        return {fault.id for fault in checks.faults_of_database(cursor)}


def statement_of(connection: psycopg.Connection[Any], template: str) -> str:
    """Fills in the name of a foreign key, which Django makes up."""
    before, _, rest = template.partition("{foreign_key:")
    if not rest:
        return template
    table, column = rest.rstrip("}").split(".")
    row = connection.execute(
        "SELECT k.conname FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND"
        " a.attnum = ANY(k.conkey) WHERE k.conrelid = %s::regclass AND k.contype = 'f' AND a.attname = %s",
        [table, column],
    ).fetchone()
    assert row is not None
    return f'{before}"{row[0]}"'


def test_the_untouched_database_has_no_fault(superuser: psycopg.Connection[Any]) -> None:
    assert found_by(superuser) == set()


@pytest.mark.parametrize("what", SABOTAGES)
def test_a_sabotage_is_noticed_by_its_check(superuser: psycopg.Connection[Any], what: str) -> None:
    expected, statements = SABOTAGES[what]
    for statement in statements:
        superuser.execute(statement_of(superuser, statement))

    assert expected in found_by(superuser)


@pytest.fixture
def scratch() -> Apps:
    """A registry of models of its own, which the project never sees."""
    return Apps()


def fake_model(scratch: Apps, called: str, /, **attributes: Any) -> type[models.Model]:
    meta = attributes.pop("meta", {})
    members = {
        "__module__": "aims.core.models",
        "Meta": type("Meta", (), {"apps": scratch, "app_label": "core", **meta}),
        **attributes,
    }
    return type(called, (models.Model,), members)


def an_organization(**more: Any) -> Any:
    return models.ForeignKey("core.Organization", on_delete=models.PROTECT, related_name="+", **more)


def ids_of(monkeypatch: pytest.MonkeyPatch, *made: type[models.Model]) -> set[str]:
    monkeypatch.setattr(checks.apps, "get_models", lambda **kwargs: list(made))
    return {fault.id for fault in checks.structure()}


def test_a_table_without_organization_is_noticed(scratch: Apps, monkeypatch: pytest.MonkeyPatch) -> None:
    stray = fake_model(scratch, "Stray")

    assert ids_of(monkeypatch, stray) == {"tenancy.E001"}


def test_an_automatic_many_to_many_is_noticed(scratch: Apps, monkeypatch: pytest.MonkeyPatch) -> None:
    tagged = fake_model(
        scratch,
        "Tagged",
        organization=an_organization(),
        people=models.ManyToManyField("core.Member", related_name="+"),
    )

    through = tagged._meta.get_field("people").remote_field.through  # type: ignore[union-attr]
    assert ids_of(monkeypatch, tagged, through) == {"tenancy.E003"}


def test_a_field_unique_over_all_organizations_is_noticed(
    scratch: Apps, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = fake_model(scratch, "Named", organization=an_organization(), name=models.SlugField(unique=True))

    assert ids_of(monkeypatch, named) == {"tenancy.E004"}


def test_an_index_not_led_by_the_organization_is_noticed(
    scratch: Apps, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed = fake_model(
        scratch,
        "Indexed",
        organization=an_organization(),
        name=models.CharField(max_length=10),
        meta={"indexes": [models.Index(fields=["name"], name="by_name")]},
    )

    assert ids_of(monkeypatch, indexed) == {"tenancy.E005"}
