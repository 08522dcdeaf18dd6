from __future__ import annotations

import datetime

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Notification, Snapshot, TrailEvent
from aims.core.queries.history import changes_of
from inventory.models import AISystem, OversightPerson, ScopeStatement, SystemEvidence
from inventory.rules.systems import MINIMUM_FIELDS, missing_fields
from inventory.services import scope as scopes
from inventory.services import systems as services
from tests.cast import NOW, TODAY, House
from tests.inventory.factories import a_complete_system, a_system

DAY = datetime.timedelta(days=1)


def edit(house: House, system: AISystem, who: str = "lead", **changes: object) -> AISystem:
    return services.edit_system(
        actor=house.actor(who),
        system=system,
        row_version=system.row_version,
        changes=changes,
        now=NOW,
    )


def an_evidence(**values: object) -> Evidence:
    return Evidence.objects.create(reference="EV-001", title="Bias test", **values)


def test_a_name_is_enough_to_register(acting):
    system = a_system(acting, name="  Chat helper ")

    system.refresh_from_db()
    assert (system.reference, system.name, system.owner) == ("SYS-001", "Chat helper", None)
    assert (system.stage, system.stage_since) == ("proposed", TODAY)
    assert system.registered_by == acting.member["lead"]
    assert TrailEvent.objects.filter(action="aisystem.registered", object_id=system.pk).count() == 1


def test_a_system_in_use_is_recorded_as_found(acting):
    system = a_system(acting, stage="operation_monitoring")

    assert (system.stage, system.stage_since) == ("operation_monitoring", None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"stage": "flying"}, "stage"),
        ({"is_in_scope": False}, "scope_reason"),
        ({"stage": "operation_monitoring", "live_since": TODAY + DAY}, "live_since"),
        ({"stage": "operation_monitoring", "stage_since": TODAY + DAY}, "stage_since"),
        ({"reference": "SYS-999"}, "reference"),
    ],
)
def test_a_wrong_record_is_refused_and_nothing_is_kept(acting, values, field):
    with pytest.raises(RuleBroken) as refused:
        a_system(acting, **{"name": "Chat helper", **values})

    assert refused.value.field == field
    assert not AISystem.objects.exists()
    assert not TrailEvent.objects.filter(action="aisystem.registered").exists()


def test_an_identifier_names_one_system(acting):
    a_system(acting, external_id="CMDB-1")

    with pytest.raises(RuleBroken, match="SYS-001 has the identifier"):
        a_system(acting, name="Other", external_id="CMDB-1")

    assert AISystem.objects.count() == 1


def test_an_owner_registers_for_themselves_only(acting):
    own = services.register_system(actor=acting.owner, name="Mine", now=NOW)

    assert own.owner == acting.member["owner"]
    with pytest.raises(NotAllowed):
        services.register_system(
            actor=acting.owner, name="Theirs", owner=acting.member["risk_owner"], now=NOW
        )
    assert AISystem.objects.count() == 1


@pytest.mark.parametrize(
    "found", [{"stage": "inception"}, {"stage": "operation_monitoring"}, {"live_since": TODAY}]
)
def test_an_owner_enters_no_system_past_its_gates(acting, found):
    with pytest.raises(NotAllowed, match="Register it as proposed and take it through its gates"):
        services.register_system(actor=acting.owner, name="Mine", now=NOW, **found)

    assert not AISystem.objects.exists()
    assert not TrailEvent.objects.filter(action="aisystem.registered").exists()


@pytest.mark.parametrize("who", ["risk_owner", "control_owner", "internal_auditor", "top", "admin", "staff"])
def test_others_register_and_edit_nothing(acting, who):
    system = a_system(acting)

    with pytest.raises(NotAllowed):
        services.register_system(actor=acting.actor(who), name="Another", now=NOW)
    with pytest.raises(NotAllowed):
        edit(acting, system, who, name="Renamed")

    assert list(AISystem.objects.values_list("name", flat=True)) == ["Invoice sorter"]


def test_an_owner_edits_own_systems_only(acting):
    own = a_system(acting, owner=acting.member["owner"])
    other = a_system(acting, name="Other")

    edit(acting, own, "owner", purpose="Sorts mail")
    with pytest.raises(NotAllowed):
        edit(acting, other, "owner", purpose="Sorts mail")
    with pytest.raises(NotAllowed):
        edit(acting, own, "owner", owner=acting.member["risk_owner"])

    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.purpose, other.purpose, own.owner) == ("Sorts mail", "", acting.member["owner"])


def test_a_stage_is_never_edited(acting):
    system = a_system(acting)

    with pytest.raises(RuleBroken, match="stage cannot be set here"):
        edit(acting, system, stage="operation_monitoring")

    system.refresh_from_db()
    assert system.stage == "proposed"


def test_an_edit_of_an_old_version_is_refused_with_both_values(acting):
    system = a_system(acting)
    looked_at = AISystem.objects.get(pk=system.pk)
    edit(acting, system, name="Invoice reader")

    with pytest.raises(StaleState) as refused:
        edit(acting, looked_at, name="Invoice robot")

    assert refused.value.yours == "name: Invoice robot"
    assert refused.value.theirs == "name: Invoice reader"
    system.refresh_from_db()
    assert (system.name, system.row_version) == ("Invoice reader", 2)


def test_a_conflict_over_a_list_is_told_in_words(acting):
    system = a_system(acting)
    looked_at = AISystem.objects.get(pk=system.pk)
    edit(acting, system, places=["DE", "FR"])

    with pytest.raises(StaleState) as refused:
        edit(acting, looked_at, places=["DE", "AT"])

    assert (refused.value.yours, refused.value.theirs) == ("places: DE, AT", "places: DE, FR")


def test_an_edit_without_a_difference_leaves_no_trace(acting):
    system = a_system(acting)

    edit(acting, system, name="Invoice sorter")

    system.refresh_from_db()
    assert system.row_version == 1
    assert not TrailEvent.objects.filter(action="aisystem.edited").exists()


def test_the_history_says_what_changed_and_who_did_it(acting):
    from aims.core.tenancy.context import acting_as

    with acting_as(acting.lead):
        system = a_system(acting)
        edit(acting, system, name="Invoice reader", risk_owner=acting.member["risk_owner"])

    newest, oldest = changes_of(system)

    told = {(change.label, change.old, change.new) for change in newest.changes}
    assert told == {("Name", "Invoice sorter", "Invoice reader"), ("Risk owner", "", "Rita Risk")}
    assert (newest.who, oldest.who, oldest.kind) == ("Lena Lead", "Lena Lead", "insert")


def test_people_who_watch_are_replaced(acting):
    system = a_system(acting, oversight=[acting.member["staff"], acting.member["top"]])

    services.edit_system(
        actor=acting.lead,
        system=system,
        row_version=1,
        changes={},
        oversight=[acting.member["top"], acting.member["owner"]],
        now=NOW,
    )

    watching = OversightPerson.objects.filter(system=system).values_list("member_id", flat=True)
    assert set(watching) == {acting.member["top"].pk, acting.member["owner"].pk}


def test_a_new_owner_is_told_once(acting):
    system = a_system(acting)

    services.set_owner(actor=acting.lead, system=system, owner=acting.member["owner"], now=NOW)
    services.set_owner(actor=acting.lead, system=system, owner=acting.member["owner"], now=NOW)

    notes = Notification.objects.filter(member=acting.member["owner"])
    assert [note.text for note in notes] == ["You answer for SYS-001 Invoice sorter."]


def test_nobody_who_left_becomes_an_owner(acting):
    system = a_system(acting)
    gone = acting.member["owner"]
    gone.is_active = False
    gone.save()

    with pytest.raises(RuleBroken, match="Oscar Owner has left"):
        services.set_owner(actor=acting.lead, system=system, owner=gone, now=NOW)

    system.refresh_from_db()
    assert system.owner is None


def test_missing_fields_are_the_same_asked_of_the_record_and_of_the_database(acting):
    complete = a_complete_system(acting)
    assert missing_fields(complete, has_oversight=True) == []
    assert not AISystem.objects.incomplete().exists()

    for field in MINIMUM_FIELDS:
        lacking = a_complete_system(acting, name=f"Without {field.key}")
        empty = type(getattr(lacking, field.key))() if field.key in LISTS_AND_TEXTS else None
        AISystem.objects.filter(pk=lacking.pk).update(**{field.key: empty})
        lacking.refresh_from_db()

        assert [each.key for each in missing_fields(lacking, has_oversight=True)] == [field.key]
        assert AISystem.objects.incomplete().get() == lacking
        AISystem.objects.filter(pk=lacking.pk).delete()


LISTS_AND_TEXTS = {field.key for field in MINIMUM_FIELDS} - {
    "owner_id",
    "risk_owner_id",
    "affected_count",
    "is_in_scope",
    "next_review_date",
}


def test_an_own_system_needs_no_supplier(acting):
    own = a_complete_system(acting, sourcing="own", supplier="")

    assert missing_fields(own, has_oversight=True) == []
    assert not AISystem.objects.incomplete().exists()


def test_a_system_without_oversight_is_incomplete(acting):
    system = a_complete_system(acting, oversight=[])

    assert [field.key for field in missing_fields(system, has_oversight=False)] == ["oversight"]
    assert AISystem.objects.incomplete().get() == system


def test_evidence_is_linked_once_and_unlinked(acting):
    system, evidence = a_system(acting), an_evidence(state="accepted")

    for _ in range(2):
        services.link_evidence(actor=acting.lead, system=system, evidence=evidence, now=NOW)
    assert SystemEvidence.objects.count() == 1
    assert TrailEvent.objects.filter(action="aisystem.evidence_linked").count() == 1

    services.unlink_evidence(actor=acting.lead, system=system, evidence=evidence, now=NOW)
    assert not SystemEvidence.objects.exists()
    assert Evidence.objects.exists()


def test_replaced_evidence_is_not_linked(acting):
    system, evidence = a_system(acting), an_evidence(state="superseded")

    with pytest.raises(RuleBroken, match="Link the newer one"):
        services.link_evidence(actor=acting.lead, system=system, evidence=evidence, now=NOW)

    assert not SystemEvidence.objects.exists()


def written(house: House, text: str = "All AI systems of the clinic.") -> ScopeStatement:
    return scopes.write_scope_statement(actor=house.lead, statement=text, now=NOW)


def test_a_scope_is_approved_by_somebody_else_and_frozen(acting):
    scope = scopes.approve_scope_statement(actor=acting.top, scope=written(acting), now=NOW)

    assert (scope.version, scope.approved_by) == (1, acting.member["top"])
    frozen = Snapshot.objects.get(kind="inventory.scopestatement", object_id=scope.pk)
    assert frozen.content["statement"] == "All AI systems of the clinic."


def test_nobody_approves_a_scope_they_wrote(acting):
    both = acting.member["lead"]
    both.roles = ["compliance_lead", "top_management"]
    both.save()
    scope = written(acting)

    with pytest.raises(RuleBroken) as refused:
        scopes.approve_scope_statement(actor=acting.lead, scope=scope, now=NOW)

    assert refused.value.code == "SOD-01"
    scope.refresh_from_db()
    assert scope.approved_at is None
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize("who", ["lead", "owner", "internal_auditor", "admin", "staff"])
def test_only_top_management_approves_the_scope(acting, who):
    scope = written(acting)

    with pytest.raises(NotAllowed):
        scopes.approve_scope_statement(actor=acting.actor(who), scope=scope, now=NOW)

    scope.refresh_from_db()
    assert scope.approved_at is None


def test_only_the_newest_scope_is_approved_and_only_once(acting):
    old, new = written(acting), written(acting, "Only the hospital.")

    with pytest.raises(RuleBroken, match="newer version"):
        scopes.approve_scope_statement(actor=acting.top, scope=old, now=NOW)
    scopes.approve_scope_statement(actor=acting.top, scope=new, now=NOW)
    with pytest.raises(StaleState):
        scopes.approve_scope_statement(actor=acting.top, scope=new, now=NOW)

    assert Snapshot.objects.count() == 1


def test_an_empty_scope_is_refused(acting):
    with pytest.raises(RuleBroken):
        written(acting, "  ")

    assert not ScopeStatement.objects.exists()


@pytest.mark.parametrize("who", ["owner", "top", "staff", "admin"])
def test_others_write_no_scope(acting, who):
    with pytest.raises(NotAllowed):
        scopes.write_scope_statement(actor=acting.actor(who), statement="Everything", now=NOW)

    assert not ScopeStatement.objects.exists()
