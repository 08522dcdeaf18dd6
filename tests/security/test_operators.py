"""The operators' site: who is let in, what it shows, and what a suspension closes."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from aims.core import jobs, keys, messages
from aims.core.models import (
    AccessGrant,
    Job,
    Mail,
    Member,
    Notification,
    OperatorEvent,
    Organization,
    Person,
    TrailEvent,
)
from aims.core.operating import ALIAS, NotOperating, operating, rows, verify_operator_trail
from aims.core.services import operators
from aims.core.tenancy.context import acting_in
from aims.core.texts import kept_texts, readable
from inventory.models import AISystem
from inventory.services.systems import register_system
from tests.architecture.walking import all_patterns
from tests.cast import NOW, House, as_member, build_house
from tests.operating import MACHINE, OPERATING, operator, person, signed_in

pytestmark = OPERATING

CANARY = "Canary-of-Meadow"
ONE_DAY = datetime.timedelta(days=1)


def pages() -> list[str]:
    """Every address of the site, from the resolver."""
    found = []
    for pattern, prefix in all_patterns():
        if prefix.startswith(f"{settings.OPERATORS_PATH}/") and pattern.name not in {"nowhere", "leave"}:
            arguments = ["meadow"] if "slug" in pattern.pattern.converters else []
            found.append(reverse(f"operate:{pattern.name}", args=arguments))
    return found


def key_of(house: House) -> str:
    with acting_in(house.organization):
        return keys.create_key(actor=house.admin, name="Scanner", scopes=["jobs:read"], now=NOW)[1]


def texts(answer: Any) -> str:
    return answer.content.decode()


def without_tokens(text: str) -> str:
    from tests.architecture.walking import Answer, comparable

    return comparable(Answer(200, text)).text


def test_the_site_has_pages_and_djangos_admin_is_not_there() -> None:
    assert len(pages()) >= 8
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert not [name for name in get_resolver().reverse_dict if str(name).startswith("admin")]


def test_members_and_keys_get_the_answer_of_a_page_that_does_not_exist() -> None:
    house = build_house("Meadow", "meadow")
    key = key_of(house)
    for who in ("lead", "admin", "staff"):
        client = as_member(house, who)
        for address in [*pages(), "/operate/nothing/"]:
            for method in (client.get, client.post):
                nothing = method("/there-is-no-such-page/")
                answer = method(address.replace("/operate/nothing/", "/operate/nothing/"))
                assert answer.status_code == nothing.status_code == 404, address
                assert without_tokens(texts(answer)) == without_tokens(texts(nothing)).replace(
                    "/there-is-no-such-page/", address
                ), address
    for address in pages():
        answer = Client().get(address, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/login/")
    assert not OperatorEvent.objects.using(ALIAS).exclude(action="operator.granted").exists()


def test_nobody_is_sent_to_sign_in_wherever_the_address_leads() -> None:
    for address in [*pages(), "/operate/nothing/"]:
        answer = Client().get(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/accounts/login/?next={address}")


def test_an_operator_without_a_second_factor_has_to_set_one_up_first() -> None:
    client = signed_in(operator(second_factor=False))

    for address in pages():
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, reverse("mfa_activate_totp"))


@pytest.mark.parametrize("ago", [None, 30 * 60 + 1])
def test_an_operator_whose_second_factor_is_old_or_was_not_asked_confirms_it(ago: float | None) -> None:
    client = signed_in(operator(), factor_seconds_ago=ago)

    for address in pages():
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate"))
        assert client.get(answer.headers["Location"]).status_code == 200


def test_from_another_network_the_site_is_not_there(settings: Any) -> None:
    client = signed_in(operator())
    settings.OPERATORS_NETWORKS = ["10.0.0.0/8", "fd00::/8"]

    assert client.get("/operate/").status_code == 404
    assert client.get("/operate/", REMOTE_ADDR="10.2.3.4").status_code == 200
    assert Client().get("/operate/").status_code == 404


def test_pages_show_numbers_and_no_content_of_an_organization() -> None:
    house = build_house("Meadow", "meadow")
    with acting_in(house.organization):
        register_system(actor=house.lead, now=NOW, **system_values())
        Mail.objects.create(dedupe=CANARY, recipient="x@y.test", subject=CANARY, text=CANARY)
        Job.objects.create(kind="import", idempotency_key=CANARY, title=CANARY, error=CANARY, state="failed")
        assert AISystem.objects.filter(name__contains=CANARY).count() == 1
    client = signed_in(operator())

    for address in pages():
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert CANARY not in texts(answer), address
        assert "Lena Lead" not in texts(answer), address
        assert settings.SECRET_KEY not in texts(answer)
    shown = client.get(reverse("operate:organization", args=["meadow"])).context["row"]
    assert (shown.people, dict(shown.further), shown.storage) == (8, {"AI systems": 1}, 0)
    work = client.get(reverse("operate:work")).context
    assert (work["failed"], work["waiting"]) == (1, 1)


def system_values() -> dict[str, Any]:
    return {"name": CANARY}


def test_an_organization_opens_with_its_administrator_and_both_trails_say_so() -> None:
    client = signed_in(operator())
    given = {
        "name": "North Works",
        "slug": "",
        "time_zone": "Europe/Berlin",
        "admin_name": "Nora",
        "admin_email": "nora@north.test",
    }

    answer = client.post(reverse("operate:organization_new"), given)

    assert answer.headers["Location"] == reverse("operate:organization", args=["north-works"])
    organization = Organization.objects.using(ALIAS).get(slug="north-works")
    with acting_in(organization):
        assert TrailEvent.objects.filter(action="organization.created").count() == 1
    line = OperatorEvent.objects.using(ALIAS).get(action="organization.opened")
    assert (line.organization_slug, line.actor.split(":")[0]) == ("north-works", "operator")


def test_a_second_organization_with_the_same_address_is_refused_and_leaves_no_line() -> None:
    build_house("Meadow", "meadow")
    client = signed_in(operator())

    answer = client.post(
        reverse("operate:organization_new"),
        {
            "name": "Meadow",
            "slug": "meadow",
            "time_zone": "UTC",
            "admin_name": "Nora",
            "admin_email": "nora@north.test",
        },
    )

    assert answer.status_code == 422
    assert Organization.objects.using(ALIAS).count() == 1
    assert not Person.objects.filter(email="nora@north.test").exists()
    assert not OperatorEvent.objects.using(ALIAS).filter(action="organization.opened").exists()


def test_a_suspension_closes_pages_and_api_and_is_undone_by_resuming() -> None:
    house = build_house("Meadow", "meadow")
    other = build_house("Harbour", "harbour")
    lead, key = as_member(house, "lead"), key_of(house)
    bearer = {"Authorization": f"Bearer {key}"}
    client = signed_in(operator())
    address = reverse("operate:suspend", args=["meadow"])

    assert client.post(address, {"reason": " "}).status_code == 422
    assert lead.get(house.url()).status_code == 200
    assert client.post(address, {"reason": "Unpaid"}).status_code == 302

    page, api = lead.get(house.url()), Client().get(house.api("jobs"), headers=bearer)
    assert page.status_code == 403
    assert f"Contact {settings.OPERATORS_CONTACT}" in texts(page)
    assert "Unpaid" not in texts(page)
    assert (api.status_code, api.json()["code"]) == (403, "suspended")
    assert lead.post(house.url("settings/change/"), {"name": "X", "time_zone": "UTC"}).status_code == 403
    assert as_member(other, "lead").get(other.url()).status_code == 200
    assert as_member(other, "lead").get(house.url()).status_code == 404
    assert client.post(address, {"reason": "Again"}).status_code == 422

    operators.resume_organization(operator=MACHINE, slug="meadow", reason="Paid")
    assert lead.get(house.url()).status_code == 200
    with acting_in(house.organization):
        told = TrailEvent.objects.filter(action__startswith="organization.").order_by("id")
        assert [event.action for event in told] == [
            "organization.created",
            "organization.suspended",
            "organization.resumed",
        ]
        assert Organization.objects.get(pk=house.organization.pk).name == "Meadow"


def test_jobs_and_mails_of_a_suspended_organization_wait_and_go_on_afterwards(mailoutbox: Any) -> None:
    house = build_house("Meadow", "meadow")
    done: list[int] = []
    jobs.registry.job_kinds["test_waits"] = lambda work: done.append(work.job_id) or dict
    try:
        with acting_in(house.organization):
            job = jobs.enqueue(actor=house.lead, kind="test_waits", key="one")
            mail = Mail.objects.create(dedupe="one", recipient="x@y.test", subject="S", text="T")
        operators.suspend_organization(operator=MACHINE, slug="meadow", reason="Unpaid")

        jobs.run(house.organization.pk, job.pk)
        messages.send(house.organization.pk, mail.pk)

        assert (done, mailoutbox) == ([], [])
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM waiting_work(interval '-1 hour')")
            assert cursor.fetchone()[0] == 0

        operators.resume_organization(operator=MACHINE, slug="meadow", reason="Paid")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM waiting_work(interval '-1 hour')")
            assert cursor.fetchone()[0] == 2
        jobs.run(house.organization.pk, job.pk)
        messages.send(house.organization.pk, mail.pk)
        assert (done, len(mailoutbox)) == ([job.pk], 1)
    finally:
        del jobs.registry.job_kinds["test_waits"]


def test_a_job_that_runs_while_its_organization_is_suspended_changes_nothing_more() -> None:
    house = build_house("Meadow", "meadow")
    finished: list[int] = []

    def work_of(work: jobs.Work) -> Any:
        operators.suspend_organization(operator=MACHINE, slug="meadow", reason="Unpaid")
        return lambda: finished.append(1) or {}

    jobs.registry.job_kinds["test_runs"] = work_of
    try:
        with acting_in(house.organization):
            job = jobs.enqueue(actor=house.lead, kind="test_runs", key="one")
        jobs.run(house.organization.pk, job.pk)
    finally:
        del jobs.registry.job_kinds["test_runs"]

    with acting_in(house.organization):
        job.refresh_from_db()
    assert (finished, job.state, job.error) == ([], "running", "")


def test_the_suspension_is_kept_from_the_portals_own_login() -> None:
    house = build_house("Meadow", "meadow")

    with pytest.raises(DatabaseError, match="operators only"), acting_in(house.organization):
        Organization.objects.filter(pk=house.organization.pk).update(suspended_at=NOW)
    with pytest.raises(DatabaseError, match="operators only"), transaction.atomic():
        Person.objects.filter(email="lead@meadow.test").update(is_operator=True)
    with pytest.raises(DatabaseError, match="operators only"), transaction.atomic():
        Person.objects.create_user("eve@meadow.test", "Eve", None, is_operator=True)

    assert not Person.objects.filter(is_operator=True).exists()


def test_operators_are_made_and_unmade_and_the_site_closes_with_the_next_request() -> None:
    one = person("pat@installation.test")
    client = signed_in(one)
    assert client.get("/operate/").status_code == 404

    call_command("grant_operator", "Pat@installation.test", verbosity=0)
    assert client.get("/operate/").status_code == 200
    with pytest.raises(CommandError, match="an operator already"):
        call_command("grant_operator", "pat@installation.test")
    call_command("revoke_operator", "pat@installation.test")

    assert client.get("/operate/").status_code == 404
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("grant_operator", "who@installation.test")


def test_the_operators_login_is_used_through_its_door_only() -> None:
    with pytest.raises(NotOperating):
        rows("SELECT * FROM operator_counts()")


def test_the_operators_login_reaches_no_table_of_an_organization() -> None:
    build_house("Meadow", "meadow")

    for statement in (
        "SELECT name FROM core_member",
        "SELECT body FROM core_trailevent",
        "SELECT password FROM core_person",
        "SELECT session_data FROM django_session",
        "UPDATE core_organization SET name = 'x'",
        "DELETE FROM core_organization",
        "INSERT INTO core_organization (name) VALUES ('x')",
        "SELECT * FROM organizations_of(1)",
        "DELETE FROM core_operatorevent",
        "UPDATE core_operatorevent SET body = ''",
        "TRUNCATE core_operatorevent",
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            operating(MACHINE, "test"),
            connections[ALIAS].cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_trail_of_operators_is_chained_and_a_changed_line_is_found(superuser_of_tests: Any) -> None:
    for number in range(3):
        with operating(MACHINE, "test", reason=f"number {number}"):
            pass
    with operating(MACHINE, "test"):
        assert verify_operator_trail().is_intact

    superuser_of_tests("UPDATE core_operatorevent SET body = replace(body, 'number 1', 'number 9')")

    with operating(MACHINE, "test"):
        check = verify_operator_trail()
    assert [line.seq for line in check.bad] == [2]


def test_the_list_takes_a_fixed_number_of_queries() -> None:
    client = signed_in(operator())
    counts = []
    for wanted in (1, 30):
        for number in range(Organization.objects.using(ALIAS).count(), wanted):
            build_house(f"House {number}", f"house-{number}", people={})
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connections[ALIAS]) as seen:
            assert len(client.get("/operate/").context["rows"]) == wanted
        counts.append(len([q for q in seen if "set_config" not in q["sql"]]))
    assert counts[0] == counts[1]


def lose_the_administrator(house: House) -> None:
    with acting_in(house.organization):
        Member.objects.filter(pk=house.member["admin"].pk).update(is_active=False)


def roles_of(house: House, who: str) -> list[str]:
    with acting_in(house.organization):
        return Member.objects.get(pk=house.member[who].pk).roles


def test_an_administrator_is_appointed_where_none_is_left_and_everybody_concerned_is_told() -> None:
    house, client = build_house("Meadow", "meadow"), signed_in(operator())
    lose_the_administrator(house)
    given = {"email": "Staff@meadow.test", "reason": "Adam left without a successor"}

    answer = client.post(reverse("operate:administrator", args=["meadow"]), given)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/operate/organizations/meadow/")
    assert roles_of(house, "staff") == ["admin", "staff"]
    assert as_member(house, "staff").get(house.url("people/")).status_code == 200
    with acting_in(house.organization):
        body = TrailEvent.objects.get(action="administrator.appointed").body
        line = readable(json.loads(body), kept_texts([body]))
        assert line["reason"] == given["reason"]
        assert line["after"]["member"] == house.member["staff"].pk
        assert line["after"]["by"].startswith("operator:")
        assert TrailEvent.objects.filter(action="member.roles_changed").count() == 1
        told = {"lead@meadow.test", "top@meadow.test", "staff@meadow.test"}
        assert set(Mail.objects.values_list("recipient", flat=True)) == told
        assert set(Notification.objects.values_list("member__email", flat=True)) == told
    event = OperatorEvent.objects.using(ALIAS).get(action="administrator.appointed")
    assert (event.organization_slug, "staff@" in event.body) == ("meadow", False)


@pytest.mark.parametrize(
    ("email", "reason", "sentence"),
    [
        ("lead@meadow.test", "Lost", "has an active administrator"),
        ("lead@harbour.test", "Lost", "is no active member"),
        ("gone@meadow.test", "Lost", "is no active member"),
        ("lead@meadow.test", " ", "Give a reason"),
    ],
)
def test_no_administrator_is_appointed_against_the_rules(email: str, reason: str, sentence: str) -> None:
    house, other = build_house("Meadow", "meadow"), build_house("Harbour", "harbour")
    if sentence != "has an active administrator":
        lose_the_administrator(house)
    with acting_in(house.organization):
        gone = Member.objects.filter(pk=house.member["top"].pk)
        gone.update(is_active=False, email="gone@meadow.test")
        lines = TrailEvent.objects.count()

    with pytest.raises(CommandError, match=sentence):
        call_command("appoint_administrator", "meadow", email=email, reason=reason)

    assert (roles_of(house, "lead"), roles_of(other, "lead")) == (["compliance_lead"], ["compliance_lead"])
    with acting_in(house.organization):
        assert (TrailEvent.objects.count(), Mail.objects.count(), Notification.objects.count()) == (
            lines,
            0,
            0,
        )
    assert not OperatorEvent.objects.using(ALIAS).filter(action="administrator.appointed").exists()


def test_each_form_names_the_organization_it_acts_on() -> None:
    build_house("Meadow", "meadow")
    client = signed_in(operator())

    for name in ("suspend", "resume", "administrator"):
        assert ": meadow</h1>" in texts(client.get(reverse(f"operate:{name}", args=["meadow"]))), name


def test_an_administrator_whose_account_is_closed_counts_as_lost() -> None:
    house = build_house("Meadow", "meadow")
    Person.objects.filter(email="admin@meadow.test").update(is_active=False)

    call_command("appoint_administrator", "meadow", email="top@meadow.test", reason="Lost", verbosity=0)

    assert roles_of(house, "top") == ["admin", "top_management"]


def test_a_running_external_auditor_gets_the_answer_of_a_page_that_does_not_exist() -> None:
    house = build_house("Meadow", "meadow")
    ada = person("ada@auditors.test")
    with acting_in(house.organization):
        now = timezone.now()
        AccessGrant.objects.create(
            user=ada,
            name="Ada",
            purpose="Stage 1",
            state="active",
            starts_at=now - ONE_DAY,
            ends_at=now + ONE_DAY,
            accepted_at=now,
        )
    client = signed_in(ada)
    assert client.get(house.url()).headers["Location"] == house.url("overview/")  # an auditor's first page

    nothing = without_tokens(texts(client.get("/there-is-no-such-page/")))
    for address in pages():
        answer = client.get(address)
        assert answer.status_code == 404, address
        assert without_tokens(texts(answer)) == nothing.replace("/there-is-no-such-page/", address)
    assert not OperatorEvent.objects.using(ALIAS).exists()


def test_only_operators_find_a_link_to_their_site_and_only_where_it_shows_itself(settings: Any) -> None:
    house = build_house("Meadow", "meadow")
    link = 'href="/operate/"'
    assert link not in texts(as_member(house, "admin").get(house.url()))
    call_command("grant_operator", "admin@meadow.test", verbosity=0)
    client = signed_in(operator())

    assert link in texts(client.get("/"))
    assert link in texts(as_member(house, "admin").get(house.url()))
    settings.OPERATORS_NETWORKS = ["10.0.0.0/8"]
    assert link not in texts(client.get("/"))
    assert link in texts(client.get("/", REMOTE_ADDR="10.2.3.4"))


SECOND_PROCESS = """
import django, sys; django.setup()
from django.conf import settings
from django.db import connections
for alias in settings.DATABASES:
    connections[alias].settings_dict["NAME"] = sys.argv[1]
from django.test import Client
from aims.core.models import Person
client = Client(SERVER_NAME="localhost")
client.force_login(Person.objects.get(email="lead@meadow.test"), backend=settings.AUTHENTICATION_BACKENDS[0])
for line in sys.stdin:
    print(client.get("/o/meadow/").status_code, flush=True)
"""


def test_a_suspension_holds_in_a_process_that_has_been_running_all_along() -> None:
    house = build_house("Meadow", "meadow")
    name = connections["default"].settings_dict["NAME"]
    process = subprocess.Popen(
        [sys.executable, "-c", SECOND_PROCESS, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=settings.BASE_DIR,
        env=None,
    )
    assert process.stdin
    assert process.stdout

    def asked() -> str:
        process.stdin.write("\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
        return process.stdout.readline().strip()  # type: ignore[union-attr]

    try:
        here = as_member(house, "lead")
        assert (here.get("/o/meadow/").status_code, asked()) == (200, "200")
        operators.suspend_organization(operator=MACHINE, slug="meadow", reason="Unpaid")
        assert (here.get("/o/meadow/").status_code, asked()) == (403, "403")
        operators.resume_organization(operator=MACHINE, slug="meadow", reason="Paid")
        assert (here.get("/o/meadow/").status_code, asked()) == (200, "200")
    finally:
        process.stdin.close()
        process.wait(timeout=20)
