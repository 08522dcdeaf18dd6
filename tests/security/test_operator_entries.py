"""An operator's entry into an organization: told at once, read-only by the database, and over in time."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from aims.core import entries, messages, permissions, tasks
from aims.core.actor import Actor, ActorKind
from aims.core.exceptions import RuleBroken
from aims.core.models import (
    Evidence,
    Mail,
    Member,
    Notification,
    OperatorEntry,
    OperatorEvent,
    Person,
    TrailEvent,
    TrailText,
)
from aims.core.operating import ALIAS, operator_of
from aims.core.services import operators
from aims.core.services.operator_entries import begin_entry
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.tenancy.policies import entry_condition, is_history, tenant_models
from inventory.models import AISystem
from inventory.services.systems import register_system
from tests.architecture.walking import NOWHERE, routes_inside
from tests.architecture.world import build_world
from tests.cast import House, as_member, build_house
from tests.core.evidence_sample import PDF, accepted
from tests.operating import MACHINE, OPERATING, operator, person, signed_in
from tests.queries import count_queries

pytestmark = OPERATING

GIVEN = {"reason": "The list of systems answers with an error", "ticket": "HELP-17", "minutes": "60"}
HOUR = datetime.timedelta(hours=1)

#: Every table that an entry reads, so that a new one is looked at before it is among them.
READ = {
    "audits_audit",
    "audits_auditsystem",
    "audits_auditteammember",
    "audits_certificate",
    "audits_checklistitem",
    "audits_engagement",
    "audits_evidencepack",
    "audits_finding",
    "audits_incidentfinding",
    "controls_control",
    "controls_controlevidence",
    "controls_soaentry",
    "controls_soareason",
    "controls_statementofapplicability",
    "controls_treatmentcontrol",
    "core_accessgrant",
    "core_blob",
    "core_catalogversion",
    "core_evidence",
    "core_grantedobject",
    "core_job",
    "core_member",
    "core_organization",
    "core_snapshot",
    "inventory_aimodel",
    "inventory_aisystem",
    "inventory_alert",
    "inventory_bodydecision",
    "inventory_bodymeeting",
    "inventory_adoptedsector",
    "inventory_bodyseat",
    "inventory_changereview",
    "inventory_dataset",
    "inventory_datasetsystem",
    "inventory_discoveredai",
    "inventory_discoverysighting",
    "inventory_discoverysurvey",
    "inventory_climatedecision",
    "inventory_contextissue",
    "inventory_customfield",
    "inventory_disclosure",
    "inventory_disclosureevidence",
    "inventory_gaterecord",
    "inventory_goliverequest",
    "inventory_governancebody",
    "inventory_incident",
    "inventory_incidententry",
    "inventory_incidentevidence",
    "inventory_incidentnotice",
    "inventory_incidentsystem",
    "inventory_intake",
    "inventory_interestedparty",
    "inventory_meetingpresence",
    "inventory_metric",
    "inventory_metricreading",
    "inventory_modelsystem",
    "inventory_noticeclause",
    "inventory_oversightperson",
    "inventory_partyneed",
    "inventory_prompt",
    "inventory_promptsystem",
    "inventory_questionnaireanswer",
    "inventory_readingbatch",
    "inventory_reevaluationproposal",
    "inventory_scopestatement",
    "inventory_stagerecord",
    "inventory_subsupplier",
    "inventory_supplier",
    "inventory_suppliercondition",
    "inventory_supplierevidence",
    "inventory_suppliernotice",
    "inventory_supplierquestionnaire",
    "inventory_suppliersystem",
    "inventory_systemcomponent",
    "inventory_systemevidence",
    "risk_impactassessment",
    "risk_legalclassification",
    "risk_risk",
    "risk_riskapproval",
    "risk_riskcriteria",
}


@pytest.fixture
def meadow() -> House:
    house = build_house("Meadow Clinic", "meadow")
    with acting_in(house.organization):
        register_system(actor=house.lead, now=timezone.now(), name="Triage of Meadow")
    return house


def entered(who: Person | None = None, slug: str = "meadow", **given: Any) -> Client:
    client = signed_in(who or operator())
    answer = client.post(reverse("operate:enter", args=[slug]), {**GIVEN, **given})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/o/{slug}/"), answer.content.decode()
    return client


def entry_of(house: House) -> OperatorEntry:
    with acting_in(house.organization):
        return OperatorEntry.objects.select_related("organization").latest("pk")


def actor_in(entry: OperatorEntry) -> Actor:
    return Actor(
        kind=ActorKind.OPERATOR,
        name="Olga",
        organization_id=entry.organization_id,
        user_id=entry.operator_id,
        entry_id=entry.pk,
        request_id="test",
    )


def run(sql: str) -> list[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def is_refused(sql: str) -> bool:
    try:
        run(sql)
    except DatabaseError as error:
        return "permission denied" in str(error) or "row-level security" in str(error)
    return False


def move_end(entry: OperatorEntry, superuser_of_tests: Any) -> None:
    """As if its time had run out."""
    superuser_of_tests(
        "UPDATE core_operatorentry SET begins_at = now() - interval '2 hours',"  # noqa: S608
        f" ends_at = now() - interval '1 second' WHERE id = {entry.pk}"
    )


def test_without_an_entry_the_organization_is_not_there_for_an_operator(meadow: House) -> None:
    client = signed_in(operator())

    assert client.get(meadow.url()).status_code == 404
    assert client.get(meadow.api("systems")).status_code == 404


def test_an_entry_opens_pages_and_api_and_is_told_at_once_in_both_trails_by_mail_and_in_the_portal(
    meadow: House,
) -> None:
    client = entered()

    page = client.get(meadow.url("systems/"))
    assert page.status_code == 200
    text = page.content.decode()
    assert "Triage of Meadow" in text
    assert "as operator of the installation until" in text
    assert GIVEN["reason"] in text
    assert client.get(meadow.api("systems")).json()["results"][0]["name"] == "Triage of Meadow"

    entry = entry_of(meadow)
    assert entry.ends_at - entry.begins_at == HOUR
    with acting_in(meadow.organization):
        begun = json.loads(TrailEvent.objects.get(action="entry.begun").body)
        said = TrailText.objects.get(mark=begun["reason"]["mark"]).text
        assert (said, begun["after"]["ticket"]) == (GIVEN["reason"], "HELP-17")
        assert begun["after"]["by"] == f"operator:{entry.operator_id}"
        reads = TrailEvent.objects.filter(actor=f"entry:{entry.pk}").order_by("id")
        pages = [json.loads(line.body)["after"]["page"] for line in reads]
        assert pages == ["systems", "api-systems-list"]
        assert set(Notification.objects.values_list("member__email", flat=True)) == {"admin@meadow.test"}
        mail = Mail.objects.get()
        assert (mail.recipient, GIVEN["reason"] in mail.text) == ("admin@meadow.test", True)
        assert f"/o/meadow/operator-entries/{entry.pk}/" in mail.text
    line = OperatorEvent.objects.using(ALIAS).get(action="entry.begun")
    assert (line.organization_slug, "HELP-17" in line.body) == ("meadow", True)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reason": " "}, "required"),
        ({"ticket": ""}, "required"),
        ({"minutes": "241"}, "not one of the available choices"),
        ({"minutes": "0"}, "not one of the available choices"),
    ],
)
def test_an_entry_without_reason_or_ticket_or_of_more_than_four_hours_is_refused(
    meadow: House, given: dict[str, str], sentence: str
) -> None:
    client = signed_in(operator())

    answer = client.post(reverse("operate:enter", args=["meadow"]), {**GIVEN, **given})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with acting_in(meadow.organization):
        assert not OperatorEntry.objects.exists()
        assert not Mail.objects.exists()
    assert client.get(meadow.url()).status_code == 404
    assert not OperatorEvent.objects.using(ALIAS).filter(action="entry.begun").exists()


@pytest.mark.parametrize("minutes", [0, 241])
def test_the_service_and_the_database_know_the_longest_time_too(meadow: House, minutes: int) -> None:
    who, now = operator(), timezone.now()

    with pytest.raises(RuleBroken, match="four hours"):
        begin_entry(
            operator=operator_of(who),
            person=who,
            slug="meadow",
            minutes=minutes,
            reason="R",
            ticket="T",
            now=now,
        )
    with pytest.raises(DatabaseError, match="entry_of_four_hours_at_most"), acting_in(meadow.organization):
        OperatorEntry.objects.create(
            operator=who,
            operator_name="O",
            reason="R",
            ticket="T",
            begins_at=now,
            ends_at=now + datetime.timedelta(minutes=minutes),
        )


def test_the_door_asks_for_a_second_factor_of_the_last_minutes(meadow: House) -> None:
    client = signed_in(operator(), factor_seconds_ago=6 * 60)
    address = reverse("operate:enter", args=["meadow"])

    assert client.get(reverse("operate:organization", args=["meadow"])).status_code == 200
    for answer in (client.get(address), client.post(address, GIVEN)):
        assert (answer.status_code, answer.headers["Location"].startswith("/accounts/2fa/reauth")) == (
            302,
            True,
        )
    with acting_in(meadow.organization):
        assert not OperatorEntry.objects.exists()


def test_a_member_enters_as_a_member_and_a_second_entry_waits_for_the_end_of_the_first(meadow: House) -> None:
    operators.grant_operator(operator=MACHINE, email="lead@meadow.test")
    lead = meadow.member["lead"].user
    TOTP.activate(lead, generate_totp_secret())
    own = signed_in(Person.objects.get(pk=lead.pk)).post(reverse("operate:enter", args=["meadow"]), GIVEN)
    client = entered()
    again = client.post(reverse("operate:enter", args=["meadow"]), GIVEN)

    assert (own.status_code, "place of your own" in own.content.decode()) == (422, True)
    assert (again.status_code, "End it first" in again.content.decode()) == (422, True)
    with acting_in(meadow.organization):
        assert OperatorEntry.objects.count() == 1


def test_it_opens_in_the_session_that_began_it_and_in_no_other(meadow: House) -> None:
    who = operator()
    entered(who)

    assert signed_in(who).get(meadow.url()).status_code == 404


def test_another_organization_stays_closed_and_its_rows_are_hidden_by_the_database(meadow: House) -> None:
    harbour = build_house("Harbour Bank", "harbour")
    with acting_in(harbour.organization):
        register_system(actor=harbour.lead, now=timezone.now(), name="Scoring of Harbour")
    client = entered()

    assert client.get(harbour.url()).status_code == 404
    assert "Scoring of Harbour" not in client.get(meadow.url("systems/")).content.decode()
    entry = entry_of(meadow)
    with acting_as(actor_in(entry)):
        assert run("SELECT current_user") == [("portal_entry",)]
        assert run("SELECT name FROM inventory_aisystem") == [("Triage of Meadow",)]
        assert run("SELECT slug FROM core_organization") == [("meadow",)]
    stolen = Actor(**{**vars(actor_in(entry)), "organization_id": harbour.organization.pk})
    with acting_as(stolen):
        assert run("SELECT name FROM inventory_aisystem") == []
        assert run("SELECT slug FROM core_organization") == []


def test_the_database_refuses_every_write_and_shows_the_listed_tables_only(meadow: House) -> None:
    entered()
    tables = run(
        "SELECT c.relname, (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0"
        " AND NOT attisdropped ORDER BY attnum LIMIT 1) FROM pg_class c"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    assert len(tables) > 100
    written, read = [], set()

    with acting_as(actor_in(entry_of(meadow))):
        for table, column in tables:
            attempts = (
                f"UPDATE {table} SET {column} = {column}",  # noqa: S608
                f"DELETE FROM {table}",  # noqa: S608
                f"TRUNCATE {table}",
                f"INSERT INTO {table} DEFAULT VALUES",
            )
            written += [attempt for attempt in attempts if not is_refused(attempt)]
            if not is_refused(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608
                read.add(table)

    assert written == []
    assert read == READ
    declared = {model._meta.db_table for model in tenant_models() if entry_condition(model)}
    assert declared == READ - {"core_organization", "core_catalogversion"}
    assert not [model for model in tenant_models() if is_history(model) and entry_condition(model)]


def test_a_view_that_forgets_is_refused_by_the_database_with_a_plain_answer(
    meadow: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a page that an entry may open wrote something all the same."""
    from inventory.views.systems import SystemsPage

    def careless(self: Any) -> dict[str, Any]:
        AISystem.objects.update(name="Changed")
        return {}

    client = entered()
    monkeypatch.setattr(SystemsPage, "context", careless)

    answer = client.get(meadow.url("systems/"))

    assert answer.status_code == 403
    assert entries.NOT_SHOWN in answer.content.decode()
    with acting_in(meadow.organization):
        assert AISystem.objects.get().name == "Triage of Meadow"


def test_under_an_entry_no_address_writes_and_none_breaks(meadow: House) -> None:
    """Every route inside an organization, with and without a form: refused, whatever it is."""
    client = entered()
    before = snapshot(meadow)
    faults = []
    for route in routes_inside():
        for address in route.addresses("meadow", lambda table: NOWHERE):
            for method in (client.post, client.put, client.delete, client.patch):
                status = method(address, {}).status_code
                if status not in {403, 404}:
                    faults.append(f"{route.name} {status}")

    assert faults == []
    assert snapshot(meadow) == before


def snapshot(house: House) -> dict[str, int]:
    with acting_in(house.organization):
        return {
            model._meta.db_table: model._default_manager.count()
            for model in tenant_models()
            if model._meta.db_table not in {"core_trailevent", "core_trailhead"}
        }


def test_pages_that_an_entry_reads_answer_and_all_others_are_refused(meadow: House) -> None:
    client = entered(opens_files="on")
    opened, faults = set(), []
    for route in routes_inside():
        if route.parameters:
            continue
        status = client.get(reverse(route.name, args=["meadow"])).status_code
        verb = permissions.verbs().get(getattr(route.view, "verb", ""))
        if verb is not None and verb.in_entry and status in {200, 302, 405}:
            opened.add(route.name)
        elif not (status in {403, 404, 405} and (verb is None or not verb.in_entry)):
            faults.append(f"{route.name} {status}")

    assert faults == []
    assert {"home", "systems", "risks", "controls", "evidence_list", "people", "jobs", "settings"} <= opened


def test_verbs_of_an_entry_only_read() -> None:
    named = {name: verb for name, verb in permissions.verbs().items() if verb.in_entry}

    assert {verb.on.kind for verb in named.values()} == {"read"}
    for closed in ("core.view_keys", "core.view_trail", "core.view_sign_in", "core.view_invitations"):
        assert closed not in named
    assert "audits.download_pack" not in named


def test_an_administrator_sees_who_when_why_and_what_and_ends_it_for_the_next_request(meadow: House) -> None:
    client = entered()
    assert client.get(meadow.url("systems/")).status_code == 200
    admin, entry = as_member(meadow, "admin"), entry_of(meadow)
    listed = admin.get(meadow.url("operator-entries/")).content.decode()
    shown = admin.get(meadow.url(f"operator-entries/{entry.pk}/")).content.decode()
    told = admin.get(meadow.api("operator-entries")).json()["results"][0]
    reads = admin.get(meadow.api(f"operator-entries/{entry.pk}/reads")).json()
    for text in (listed, shown):
        assert all(word in text for word in ("Olga", GIVEN["reason"], "HELP-17", "Running"))
    assert (told["operator"], told["runs"], told["ended_at"]) == ("Olga", True, None)
    assert [read["what"] for read in reads] == ["systems"]
    assert as_member(meadow, "owner").get(meadow.url("operator-entries/")).status_code == 403

    refused = as_member(meadow, "lead").post(meadow.url(f"operator-entries/{entry.pk}/end/"))
    assert (refused.status_code, entry_of(meadow).ended_at) == (403, None)
    assert admin.post(meadow.url(f"operator-entries/{entry.pk}/end/")).status_code == 302

    answer = client.get(meadow.url("systems/"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/operate/organizations/meadow/")
    assert client.get(meadow.api("systems")).status_code == 404
    assert client.post(meadow.url("systems/new/")).status_code in {302, 404}
    with acting_in(meadow.organization):
        ended = OperatorEntry.objects.get()
        assert (ended.ended_how, ended.ended_by_id) == ("organization", meadow.member["admin"].pk)
        assert json.loads(TrailEvent.objects.get(action="entry.ended").body)["actor"].startswith("member:")
    assert OperatorEvent.objects.using(ALIAS).filter(action="entry.ended").count() == 1
    again = admin.post(meadow.api(f"operator-entries/{entry.pk}/end"))
    assert (again.status_code, again.json()["detail"]) == (422, "This entry has ended already.")


def test_the_operator_leaves_and_finds_nothing_afterwards(meadow: House) -> None:
    client = entered()

    answer = client.post(reverse("operate:leave", args=["meadow"]))

    assert answer.status_code == 302
    assert client.get(meadow.url()).status_code == 404
    assert entry_of(meadow).ended_how == "operator"
    with acting_in(meadow.organization):
        assert TrailEvent.objects.filter(action="entry.ended").count() == 1
    assert OperatorEvent.objects.using(ALIAS).filter(action="entry.ended").count() == 1


def test_when_its_time_is_over_the_next_request_finds_nothing_and_the_sweeper_writes_it_down(
    meadow: House, superuser_of_tests: Any
) -> None:
    client = entered()
    entry = entry_of(meadow)
    move_end(entry, superuser_of_tests)

    assert client.get(meadow.api("systems")).status_code == 404
    with acting_as(actor_in(entry)):
        assert run("SELECT name FROM inventory_aisystem") == []
    tasks.sweep()
    tasks.sweep()

    ended = entry_of(meadow)
    assert (ended.ended_how, ended.ended_at) == ("time", ended.ends_at)
    with acting_in(meadow.organization):
        assert TrailEvent.objects.filter(action="entry.ended").count() == 1
    assert OperatorEvent.objects.using(ALIAS).filter(action="entry.ended").count() == 1


def test_an_operator_who_is_none_any_more_is_out_with_the_next_request(meadow: House) -> None:
    client = entered()
    assert client.get(meadow.url()).status_code == 200

    operators.revoke_operator(operator=MACHINE, email="olga@installation.test")

    assert client.get(meadow.url()).status_code == 404
    with acting_as(actor_in(entry_of(meadow))):
        assert run("SELECT name FROM inventory_aisystem") == []


def test_a_suspended_organization_can_be_entered_and_its_administrators_get_the_mail(
    meadow: House, mailoutbox: Any
) -> None:
    operators.suspend_organization(operator=MACHINE, slug="meadow", reason="Unpaid")
    client = entered()

    assert client.get(meadow.url("systems/")).status_code == 200
    with acting_in(meadow.organization):
        mail = Mail.objects.get()
    messages.send(meadow.organization.pk, mail.pk)
    assert [sent.to for sent in mailoutbox] == [["admin@meadow.test"]]
    assert as_member(meadow, "lead").get(meadow.url()).status_code == 403


def test_where_no_administrator_is_left_the_leads_and_top_management_are_told(meadow: House) -> None:
    with acting_in(meadow.organization):
        Member.objects.filter(email="admin@meadow.test").update(is_active=False)

    entered()

    with acting_in(meadow.organization):
        told = set(Mail.objects.values_list("recipient", flat=True))
    assert told == {"lead@meadow.test", "top@meadow.test"}


def test_of_an_entry_nothing_is_changed_but_its_end_once(meadow: House) -> None:
    entered()
    entry = entry_of(meadow)
    now = timezone.now()
    for change in (
        {"reason": "Another"},
        {"ends_at": entry.ends_at + HOUR},
        {"ended_at": now, "ended_how": "time", "ticket": "Another"},
    ):
        with pytest.raises(DatabaseError, match="only its end is written"), acting_in(meadow.organization):
            OperatorEntry.objects.filter(pk=entry.pk).update(**change)
    with acting_in(meadow.organization):
        OperatorEntry.objects.filter(pk=entry.pk).update(ended_at=now, ended_how="time")
    with pytest.raises(DatabaseError, match="only its end is written"), acting_in(meadow.organization):
        OperatorEntry.objects.filter(pk=entry.pk).update(ended_at=None)
    with pytest.raises(DatabaseError), acting_in(meadow.organization):
        OperatorEntry.objects.filter(pk=entry.pk).delete()
    with pytest.raises(DatabaseError, match="begins when it is written"), acting_in(meadow.organization):
        OperatorEntry.objects.create(
            operator_id=entry.operator_id,
            operator_name="O",
            reason="R",
            ticket="T",
            begins_at=now + HOUR,
            ends_at=now + 2 * HOUR,
        )
    found = entry_of(meadow)
    assert (found.reason, found.ends_at, found.ended_at) == (entry.reason, entry.ends_at, now)


def test_evidence_files_stay_closed_unless_the_entry_says_so_and_confidential_items_always(
    meadow: House,
) -> None:
    open_item = accepted(meadow, title="Open report")
    confidential = accepted(meadow, title="Secret report", is_confidential=True)
    who = operator()
    client = entered(who)
    item = meadow.url(f"evidence/{open_item.pk}/")
    assert client.get(item).status_code == 200
    assert client.get(f"{item}download/").status_code == 403
    assert "Secret report" not in client.get(meadow.url("evidence/")).content.decode()
    client.post(reverse("operate:leave", args=["meadow"]))

    client = entered(who, opens_files="on")

    answer = client.get(f"{item}download/")
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, PDF + b"Open report")
    assert client.get(meadow.url(f"evidence/{confidential.pk}/")).status_code == 404
    assert client.get(meadow.url(f"evidence/{confidential.pk}/download/")).status_code == 404
    with acting_as(actor_in(entry_of(meadow))):
        assert [row.title for row in Evidence.objects.all()] == ["Open report"]
    with acting_in(meadow.organization):
        assert (
            TrailEvent.objects.filter(action="evidence.downloaded", actor__startswith="entry:").count() == 1
        )


def test_a_list_of_entries_takes_a_fixed_number_of_queries(meadow: House) -> None:
    who, now = person("olaf@installation.test"), timezone.now()
    admin = as_member(meadow, "admin")
    admin.get(meadow.url("operator-entries/"))

    seen = []
    for wanted in (1, 30):
        with acting_in(meadow.organization):
            for _ in range(OperatorEntry.objects.count(), wanted):
                OperatorEntry.objects.create(
                    operator=who,
                    operator_name="Olaf",
                    reason="R",
                    ticket="T",
                    begins_at=now,
                    ends_at=now + HOUR,
                )
        with count_queries() as queries:
            assert admin.get(meadow.url("operator-entries/")).status_code == 200
        seen.append(len(queries))
    assert seen == [4, 4]


def test_a_page_of_one_record_of_each_kind_answers(world_entered: tuple[Client, Any]) -> None:
    """Rows in every table: what a page joins is there too, so that an entry can help."""
    client, world = world_entered
    faults, opened = [], set()
    for route in routes_inside():
        verb = permissions.verbs().get(getattr(route.view, "verb", ""))
        if verb is None or not verb.in_entry or not route.parameters:
            continue
        for address in route.addresses("meadow", lambda table: world.seen[table].pk):
            status = client.get(address).status_code
            opened |= {route.name} if status == 200 else set()
            # 404: a word that is none; 422: an export of what is not there
            if status not in {200, 404, 405, 422}:
                faults.append((route.name, status))

    # Personal data that is being erased is not shown by the database.
    assert faults == [("erasure", 403)]
    registers = {"system", "risk", "assessment", "control", "soa", "evidence", "audit", "finding", "supplier"}
    assert registers <= opened


@pytest.fixture
def world_entered(transactional_db: None) -> tuple[Client, Any]:
    world = build_world()
    return entered(opens_files="on"), world


def test_lists_with_rows_answer(world_entered: tuple[Client, Any]) -> None:
    client, _ = world_entered
    faults = []
    for route in routes_inside():
        verb = permissions.verbs().get(getattr(route.view, "verb", ""))
        if verb is not None and verb.in_entry and not route.parameters:
            status = client.get(reverse(route.name, args=["meadow"])).status_code
            faults += [f"{route.name} {status}"] if status not in {200, 302, 405} else []

    assert faults == []
