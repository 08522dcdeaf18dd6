"""An external auditor sees what is in scope, writes what is on the list, and nothing after the end."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from aims.core import trail
from aims.core.actor import ActorKind
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import (
    AccessGrant,
    Evidence,
    GrantedObject,
    Invitation,
    Mail,
    Member,
    Notification,
    Snapshot,
    TrailEvent,
)
from aims.core.snapshots import freeze
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.tenancy.policies import tenant_models
from audits.models import Engagement
from audits.services import engagements, findings
from inventory.models import AISystem, GateRecord
from inventory.services import scope as scopes
from risk.models import Risk
from tests.audits.conftest import (
    DAY,
    TODAY,
    Records,
    activate,
    add_second_factor,
    auditor_actor,
    auditor_client,
    invite,
)
from tests.cast import NOW, House, as_member


@pytest.fixture
def client(engagement: Engagement) -> Client:
    return auditor_client(engagement)


@pytest.fixture
def as_auditor(engagement: Engagement) -> Iterator[None]:
    """Inside the database role that reads only."""
    with acting_as(auditor_actor(engagement)):
        yield


def ask(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def column(sql: str) -> set:
    return {row[0] for row in ask(sql)}


# What the database shows


def test_frozen_copies_of_the_scope_and_of_the_systems_in_scope_are_readable_and_no_others(
    house: House, records: Records
) -> None:
    with acting_in(house.organization):
        scope = scopes.write_scope_statement(actor=house.lead, statement="All of it", now=NOW)
        scopes.approve_scope_statement(actor=house.top, scope=scope, now=NOW)
        steps = [a_step(house, system) for system in (records.inside, records.outside)]
        engagement = invite(house, records)
        activate(engagement)
    client = auditor_client(engagement)
    add_second_factor(engagement)

    with acting_as(auditor_actor(engagement)):
        seen = dict(Snapshot.objects.values_list("kind", "sha256"))
        assert list(GateRecord.objects.values_list("pk", flat=True)) == [steps[0].pk]

    assert set(seen) == {SCOPE, "inventory.gaterecord", "controls.statementofapplicability"}
    assert seen["inventory.gaterecord"] == steps[0].snapshot.sha256
    assert seen[SCOPE] in client.get(house.url("scope/")).content.decode()
    gates = client.get(house.url(f"systems/{records.inside.pk}/gates/")).content.decode()
    assert steps[0].snapshot.sha256[:12] in gates


SCOPE = "inventory.scopestatement"


def a_step(house: House, system: AISystem) -> GateRecord:
    step = GateRecord.objects.create(
        system=system,
        action="go_live",
        from_stage="deployment",
        to_stage="operation_monitoring",
        passed_at=NOW,
    )
    step.snapshot = freeze(house.lead, step, {"system": system.pk}, now=NOW)
    step.save()
    return step


@pytest.mark.usefixtures("as_auditor")
class TestInTheDatabase:
    def test_the_work_is_done_as_the_reading_role(self) -> None:
        assert ask("SELECT current_user") == [("portal_auditor",)]

    def test_only_the_system_in_scope_is_there(self, records: Records) -> None:
        assert column("SELECT id FROM inventory_aisystem") == {records.inside.pk}

    def test_risks_and_assessments_follow_their_system(self, records: Records) -> None:
        assert column("SELECT reference FROM risk_risk") == {"R-001"}
        assert column("SELECT reference FROM risk_impactassessment") == {"IA-001"}

    def test_evidence_is_of_the_scope_accepted_valid_in_the_period_and_not_confidential(
        self, records: Records
    ) -> None:
        shown = {records.evidence[name].pk for name in ("inside", "control")}

        assert column("SELECT id FROM core_evidence") == shown

    def test_files_are_those_of_the_evidence_shown(self, records: Records) -> None:
        shown = {records.evidence[name].blob_id for name in ("inside", "control")}

        assert column("SELECT id FROM core_blob") == shown

    def test_the_approved_statement_of_applicability_and_its_snapshot_are_there(
        self, records: Records
    ) -> None:
        assert records.soa is not None
        assert column("SELECT id FROM controls_statementofapplicability") == {records.soa.pk}
        assert column("SELECT id FROM core_snapshot") == {records.soa.snapshot_id}

    def test_only_the_own_grant_is_there(self, engagement: Engagement) -> None:
        assert column("SELECT id FROM core_accessgrant") == {engagement.grant_id}
        assert column("SELECT grant_id FROM core_grantedobject") == {engagement.grant_id}

    @pytest.mark.parametrize(
        "table",
        ["core_trailhead", "core_apikey", "core_mail", "core_notification", "inventory_inventoryimport"],
    )
    def test_tables_outside_the_scope_are_refused(self, table: str) -> None:
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            ask(f"SELECT 1 FROM {table}")  # noqa: S608

    def test_no_table_takes_another_key_or_loses_a_row(self) -> None:
        writable = []
        for model in tenant_models():
            table, key = model._meta.db_table, model._meta.pk.column
            for sql in (
                f"UPDATE {table} SET {key} = {key}",  # noqa: S608
                f"DELETE FROM {table}",  # noqa: S608
                f"TRUNCATE {table} CASCADE",
            ):
                try:
                    with transaction.atomic(), connection.cursor() as cursor:
                        cursor.execute(sql)
                except DatabaseError:
                    continue
                writable.append(sql)

        assert writable == []

    def test_nothing_can_be_added_but_what_is_on_the_list(self, engagement: Engagement) -> None:
        organization = engagement.organization_id
        addable = set()
        for model in tenant_models():
            table = model._meta.db_table
            can_add = ask(f"SELECT has_table_privilege('portal_auditor', '{table}', 'INSERT')")[0][0]
            if can_add:
                addable.add(table)

        assert addable == {
            "audits_auditornote",
            "audits_auditrequest",
            "audits_findingdraft",
            "audits_requestcomment",
            "audits_sample",
            "audits_sampleitem",
            "core_trailevent",
            "core_trailtext",
        }
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            ask(f"INSERT INTO audits_finding (organization_id, title) VALUES ({organization}, 'x')")  # noqa: S608

    def test_of_the_trail_only_the_lines_of_the_own_access_are_there(
        self, engagement: Engagement, house: House
    ) -> None:
        own, grant = auditor_actor(engagement), engagement.grant_id
        other = replace(own, grant_id=int(f"{grant}0"))  # begins with the same digits
        trail.record(own, "evidence.viewed")
        trail.record(other, "evidence.viewed")
        trail.record(replace(own, kind=ActorKind.INVITED), "grant.accept")
        trail.record(house.lead, "risk.accepted")

        assert column("SELECT actor FROM core_trailevent") == {f"auditor:{grant}", f"invited:{grant}"}

    def test_a_read_can_be_recorded(self, engagement: Engagement, house: House) -> None:
        trail.record(auditor_actor(engagement), "evidence.viewed")

        with acting_in(house.organization):
            line = TrailEvent.objects.get(action="evidence.viewed")
        assert line.actor == f"auditor:{engagement.grant_id}"


def test_the_grant_of_another_organization_opens_nothing(
    engagement: Engagement, other_house: House, house: House
) -> None:
    with acting_in(other_house.organization):
        own = Member.objects.count()
    foreign = auditor_actor(engagement)
    foreign = foreign.__class__(**{**foreign.__dict__, "organization_id": other_house.organization.pk})

    with acting_as(foreign):
        seen = column("SELECT id FROM core_member") | column("SELECT id FROM inventory_aisystem")

    assert own > 0
    assert seen == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": NOW - 400 * DAY, "starts_at": NOW - 500 * DAY},
        {"state": "revoked"},
        {"state": "expired"},
        {"state": "invited"},
        {"revoked_at": NOW},
    ],
)
def test_a_grant_that_does_not_run_shows_nothing(
    engagement: Engagement, house: House, changes: dict[str, object]
) -> None:
    with acting_in(house.organization):
        AccessGrant.objects.filter(pk=engagement.grant_id).update(**changes)

    with acting_as(auditor_actor(engagement)):
        seen = column("SELECT id FROM inventory_aisystem") | column("SELECT id FROM core_member")

    assert seen == set()


# What the pages show


def test_the_start_page_is_the_overview_of_the_engagement(client: Client, house: House) -> None:
    page = client.get(house.url(), follow=True)

    assert page.redirect_chain == [(house.url("overview/"), 302)]
    assert "Triage" in page.text
    assert "Billing assistant" not in page.text
    assert "Statement of Applicability v1" in page.text


READING = [
    "overview/",
    "audits/",
    "findings/",
    "certification/",
    "packs/",
    "systems/",
    "risks/",
    "impact-assessments/",
    "controls/",
    "clauses/",
    "applicability/",
    "evidence/",
    "search/?q=assistant",
]
#: page -> the record inside the scope, and one outside
RECORDS = {
    "systems/{}/": (AISystem, "Triage", "Billing assistant"),
    "risks/{}/": (Risk, "Risk 1", "Risk 2"),
    "evidence/{}/": (Evidence, "Report inside", "Report outside"),
}


@pytest.mark.parametrize("path", READING)
def test_reading_pages_open_and_never_name_what_is_outside(client: Client, house: House, path: str) -> None:
    page = client.get(house.url(path), follow=True)

    assert page.status_code == 200
    assert "Billing assistant" not in page.text


@pytest.mark.parametrize("path", RECORDS)
def test_a_record_in_scope_opens_and_one_outside_is_not_found(
    client: Client, house: House, path: str
) -> None:
    model, inside, outside = RECORDS[path]
    field = "name" if model is AISystem else "title"
    with acting_in(house.organization):
        ids = [model.objects.get(**{field: name}).pk for name in (inside, outside)]

    shown, hidden = (client.get(house.url(path.format(key))) for key in ids)

    assert shown.status_code == 200
    assert inside in shown.text
    assert hidden.status_code == 404


def test_the_control_and_the_statement_of_applicability_open(
    client: Client, house: House, records: Records
) -> None:
    assert records.soa is not None
    with acting_in(house.organization):
        control = records.soa.entries.get().control_id

    assert client.get(house.url(f"controls/{control}/")).status_code == 200
    assert client.get(house.url(f"applicability/{records.soa.pk}/")).status_code == 200


def test_the_api_shows_the_same_scope(client: Client, house: House) -> None:
    systems = client.get(house.api("systems")).json()["results"]
    risks = client.get(house.api("risks")).json()["results"]

    assert [row["name"] for row in systems] == ["Triage"]
    assert [row["title"] for row in risks] == ["Risk 1"]


@pytest.mark.parametrize(
    "path", ["engagements/", "engagements/new/", "calendar/", "reminders/", "audits/new/", "findings/new/"]
)
def test_pages_of_the_organization_are_refused(client: Client, house: House, path: str) -> None:
    assert client.get(house.url(path)).status_code == 403


@pytest.mark.parametrize("path", ["findings/new/", "audits/new/", "certification/new/", "engagements/new/"])
def test_no_post_gets_through(client: Client, house: House, path: str) -> None:
    page = client.post(house.url(path), {"title": "Mine", "body": "Mine"})

    assert page.status_code == 403
    with acting_in(house.organization):
        assert Engagement.objects.count() == 1


def test_another_organization_is_not_found(client: Client, other_house: House) -> None:
    assert client.get(other_house.url("overview/")).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_every_page_read_is_in_the_access_log(client: Client, house: House, engagement: Engagement) -> None:
    client.get(house.url("overview/"))
    client.get(house.url("audits/"))
    client.get(house.url("engagements/"))  # refused, so nothing was read

    log = as_member(house, "lead").get(house.url(f"engagements/{engagement.pk}/log/"))

    assert [line.what for line in log.context["log"]] == ["Read: audits", "Read: engagement home"]
    assert "Read: audits" in log.text


def test_the_access_log_is_narrowed_by_kind_and_day_and_exported(
    client: Client, house: House, engagement: Engagement, records: Records
) -> None:
    client.get(house.url("overview/"))
    client.get(house.url(f"evidence/{records.evidence['inside'].pk}/"))
    client.post(house.url("auditor-notes/new/"), {"engagement": engagement.pk, "text": "Mine"})
    lead, where = as_member(house, "lead"), house.url(f"engagements/{engagement.pk}/log/")

    read, written, earlier = (
        [line.what for line in lead.get(f"{where}?{query}").context["log"]]
        for query in ("kind=read", "kind=written", "last=2020-01-01")
    )
    export = lead.get(f"{where}export/?kind=written").content.decode("utf-8-sig").splitlines()

    assert read == ["Evidence viewed", "Read: engagement home"]
    assert written == ["Auditornote written"]
    assert earlier == []
    assert len(export) == 2
    assert '"Auditornote written"' in export[1]
    assert client.get(f"{where}export/").status_code == 403


def test_the_auditor_reads_the_own_access_log_and_nobody_elses(
    client: Client, house: House, engagement: Engagement
) -> None:
    with acting_in(house.organization):
        trail.record(house.lead, "risk.accepted")
    client.get(house.url("systems/"))

    page = client.get(house.url("overview/log/"))
    answer = client.get(house.api("own-access-log"))

    assert [line.what for line in page.context["log"]] == ["Read: systems"]
    assert [line["what"] for line in answer.json()] == ["Read: own access log", "Read: systems"]
    assert "Risk accepted" not in page.text
    for who in ("lead", "admin", "staff"):
        assert as_member(house, who).get(house.url("overview/log/")).status_code == 403
        assert as_member(house, who).get(house.api("own-access-log")).status_code == 403


def test_opening_and_downloading_evidence_is_logged_by_its_reference(
    client: Client, house: House, engagement: Engagement, records: Records
) -> None:
    client.get(house.url(f"evidence/{records.evidence['inside'].pk}/"))

    log = as_member(house, "lead").get(house.url(f"engagements/{engagement.pk}/log/")).context["log"]

    assert [(line.what, line.reference) for line in log] == [("Evidence viewed", "EV-001")]


def test_without_a_second_factor_no_page_opens(house: House, records: Records) -> None:
    with acting_in(house.organization):
        engagement = invite(house, records)
        activate(engagement)

    page = auditor_client(engagement).get(house.url("overview/"))

    assert page.status_code == 302
    assert page.url.startswith("/accounts/")


@pytest.mark.django_db(transaction=True)
def test_revoking_ends_the_access_with_the_next_request(
    client: Client, house: House, engagement: Engagement
) -> None:
    assert client.get(house.url("overview/")).status_code == 200

    as_member(house, "lead").post(
        house.url(f"engagements/{engagement.pk}/revoke/"), {"reason": "The audit is over"}
    )

    assert client.get(house.url("overview/")).status_code in {302, 404}
    with acting_in(house.organization):
        grant = AccessGrant.objects.get(pk=engagement.grant_id)
    assert (grant.state, grant.revoke_reason) == ("revoked", "The audit is over")


@pytest.mark.django_db(transaction=True)
def test_the_end_of_the_window_ends_the_access_without_any_job(
    client: Client, house: House, engagement: Engagement
) -> None:
    assert client.get(house.url("overview/")).status_code == 200

    past = datetime.datetime.now(tz=datetime.UTC) - datetime.timedelta(seconds=1)
    with acting_in(house.organization):
        AccessGrant.objects.filter(pk=engagement.grant_id).update(ends_at=past)

    assert client.get(house.url("overview/")).status_code == 404


def test_the_daily_round_says_what_the_database_did_already(house: House, engagement: Engagement) -> None:
    now = datetime.datetime.now(tz=datetime.UTC)  # the window is on the database's clock
    with acting_in(house.organization) as system:
        engagements.end_expired(system, now.date())
        assert AccessGrant.objects.get(pk=engagement.grant_id).state == "active"

        grant = AccessGrant.objects.filter(pk=engagement.grant_id)
        grant.update(starts_at=now - 3 * DAY, ends_at=now - 2 * DAY)
        engagements.end_expired(system, now.date())

        assert AccessGrant.objects.get(pk=engagement.grant_id).state == "expired"


def test_an_external_auditor_never_writes_an_internal_finding(house: House, engagement: Engagement) -> None:
    actor = auditor_actor(engagement)
    with acting_in(house.organization), pytest.raises(NotAllowed):
        findings.draft_finding(actor=actor, title="Mine", now=NOW)


# Invitation and acceptance


@pytest.fixture
def invited(house: House, records: Records) -> Engagement:
    with acting_in(house.organization):
        made = invite(house, records)
        now = datetime.datetime.now(tz=datetime.UTC)
        AccessGrant.objects.filter(pk=made.grant_id).update(starts_at=now - DAY, ends_at=now + DAY)
        add_second_factor(made)
    return made


def test_access_lasts_until_the_end_of_the_last_day_where_the_organization_lives(
    house: House, records: Records
) -> None:
    house.organization.time_zone = "America/New_York"
    with acting_in(house.organization):
        house.organization.save()
        grant = invite(house, records, until_date=datetime.date(2026, 12, 1)).grant

    assert grant.ends_at.astimezone(datetime.UTC).isoformat() == "2026-12-02T04:59:59.999999+00:00"


def test_the_invitation_tells_how_to_begin(house: House, invited: Engagement) -> None:
    with acting_in(house.organization):
        invitation = Invitation.objects.get(grant=invited.grant)
        mail = Mail.objects.get(dedupe=f"invitation:{invitation.pk}:1")

    assert mail.recipient == "edda@northern-cert.example"
    assert mail.subject == "Invitation to audit Meadow Clinic"
    assert "/invitations/" in mail.text
    assert "You need a second factor" in mail.text


def test_an_invited_auditor_opens_the_terms_and_nothing_else(house: House, invited: Engagement) -> None:
    client = auditor_client(invited)

    for path in ("", "overview/", "audits/", "findings/"):
        assert client.get(house.url(path)).url == house.url("terms/")
    page = client.get(house.url("terms/"))

    assert page.status_code == 200
    assert "Triage" not in page.text


def test_the_api_is_closed_until_the_terms_are_accepted(house: House, invited: Engagement) -> None:
    answer = auditor_client(invited).get(house.api("findings"))

    assert answer.status_code == 403


def test_accepting_the_terms_opens_the_scope(house: House, invited: Engagement) -> None:
    client = auditor_client(invited)

    refused = client.post(house.url("terms/"), {})
    accepted = client.post(house.url("terms/"), {"terms": "on"})

    assert refused.status_code == 422
    assert accepted.url == house.url("overview/")
    assert client.get(house.url("overview/")).status_code == 200
    with acting_in(house.organization):
        grant = AccessGrant.objects.get(pk=invited.grant_id)
        told = Notification.objects.filter(member=house.member["lead"], text__contains="accepted the terms")
        assert grant.state == "active"
        assert grant.accepted_at is not None
        assert told.count() == 1


def test_the_terms_need_a_second_factor(house: House, records: Records) -> None:
    with acting_in(house.organization):
        engagement = invite(house, records)
        now = datetime.datetime.now(tz=datetime.UTC)
        AccessGrant.objects.filter(pk=engagement.grant_id).update(starts_at=now - DAY, ends_at=now + DAY)

    page = auditor_client(engagement).post(house.url("terms/"), {"terms": "on"})

    assert page.url.startswith("/accounts/")
    with acting_in(house.organization):
        assert AccessGrant.objects.get(pk=engagement.grant_id).state == "invited"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"auditor_email": "edda@meadow.test"}, "auditor_email"),
        ({"auditor_email": "edda@gmail.com"}, "auditor_email"),
        ({"auditor_email": "edda"}, "auditor_email"),
        ({"until_date": TODAY - DAY}, "until_date"),
        ({"until_date": TODAY + 800 * DAY}, "until_date"),
        ({"systems": []}, "systems"),
        ({"kind": "visit"}, "kind"),
        ({"title": " "}, "title"),
        ({"auditor_name": " "}, "auditor_name"),
        ({"period_to": TODAY - 700 * DAY}, "period_to"),
    ],
)
def test_an_invitation_is_refused(
    house: House, records: Records, changes: dict[str, object], field: str
) -> None:
    with acting_in(house.organization):
        with pytest.raises(RuleBroken) as refused:
            invite(house, records, **changes)

        assert refused.value.field == field
        assert Engagement.objects.count() == 0
        assert AccessGrant.objects.count() == 0


def test_a_member_is_never_invited_as_auditor(house: House, records: Records) -> None:
    with acting_in(house.organization):
        member = house.member["staff"]
        member.user.email = "stan@elsewhere.example"
        member.user.save()

        with pytest.raises(RuleBroken, match="cannot be its external auditor"):
            invite(house, records, auditor_email="stan@elsewhere.example")


@pytest.mark.parametrize("who", ["admin", "top", "internal_auditor", "owner", "staff"])
def test_only_the_lead_invites(house: House, records: Records, who: str) -> None:
    with acting_in(house.organization), pytest.raises(NotAllowed):
        engagements.create_engagement(
            actor=house.actor(who),
            kind="stage2",
            title="x",
            auditor_name="x",
            auditor_email="x@y.example",
            from_date=TODAY,
            until_date=TODAY,
            systems=[records.inside],
            now=NOW,
        )


# Scope


def test_widening_the_scope_shows_more_and_narrowing_it_less(
    house: House, records: Records, engagement: Engagement
) -> None:
    def scope(*systems: object) -> set[int]:
        with acting_in(house.organization):
            engagements.change_scope(
                actor=house.lead,
                engagement=engagement,
                systems=systems,
                soa=records.soa,
                period_from=None,
                period_to=None,
                now=NOW,
            )
        with acting_as(auditor_actor(engagement)):
            return column("SELECT id FROM core_evidence")

    evidence = {name: item.pk for name, item in records.evidence.items()}

    assert scope(records.inside, records.outside) == {
        evidence[name] for name in ("inside", "outside", "control", "old")
    }
    assert scope(records.outside) == {evidence[name] for name in ("outside", "control")}


def test_later_evidence_stays_hidden_until_the_scope_is_refreshed(
    house: House, records: Records, engagement: Engagement
) -> None:
    late = records.evidence["waiting"]
    with acting_in(house.organization):
        late.state = "accepted"
        late.save()
        hidden = not GrantedObject.objects.filter(
            object_type="core.evidence", object_id=late.pk, grant=engagement.grant
        ).exists()
        engagements.refresh_scope(actor=house.lead, engagement=engagement, now=NOW)

    with acting_as(auditor_actor(engagement)):
        seen = column("SELECT id FROM core_evidence")
    assert hidden
    assert late.pk in seen


def test_the_last_day_moves_with_a_reason(house: House, engagement: Engagement) -> None:
    with acting_in(house.organization):
        with pytest.raises(RuleBroken):
            engagements.extend(
                actor=house.lead, engagement=engagement, until_date=TODAY + 40 * DAY, reason="", now=NOW
            )
        before = AccessGrant.objects.get(pk=engagement.grant_id).ends_at
        engagements.extend(
            actor=house.lead, engagement=engagement, until_date=TODAY + 40 * DAY, reason="Delay", now=NOW
        )

        assert AccessGrant.objects.get(pk=engagement.grant_id).ends_at > before


def test_revoking_needs_a_reason(house: House, engagement: Engagement) -> None:
    with acting_in(house.organization):
        with pytest.raises(RuleBroken):
            engagements.revoke_engagement(actor=house.lead, engagement=engagement, reason=" ", now=NOW)

        assert AccessGrant.objects.get(pk=engagement.grant_id).state == "active"
