"""A change of access holds from the next request on, in every process of the web server."""

from __future__ import annotations

import datetime
import http.client
import time
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from aims import configuration
from aims.core.models import AccessGrant, OperatorEntry
from aims.core.services.operator_entries import end_entry_of_operator
from aims.core.services.organizations import change_roles, deactivate_member
from aims.core.tenancy.context import acting_in
from aims.launch import run
from aims.launch.supervisor import Child, Supervisor
from audits.services.engagements import revoke_engagement
from tests.audits.conftest import activate, add_second_factor, auditor_client, fill, invite
from tests.cast import NOW, House, as_member, build_house
from tests.journeys.portal import Portal, logins
from tests.operating import OPERATING, operator, signed_in

#: Enough that each of two processes answers some of them.
ASKED = 40


class Web:
    """A real web server with two processes on the database of the test; its log says which one answered."""

    def __init__(self, home: Path) -> None:
        prepared = Portal.prepared(home, logins(str(connection.settings_dict["NAME"]))).environment
        environment = {**prepared, "SECRET_KEY": settings.SECRET_KEY}  # it reads the session made here
        self.read = configuration.load(environment)
        command = [*run.web_command(self.read), "--workers=2", "--access-logformat=pid %(p)s status %(s)s"]
        self.log = home / "web.log"
        self.supervisor = Supervisor([Child("web server", command, self.log)], environment)

    def statuses(self, path: str, cookies: SimpleCookie) -> tuple[set[int], set[str]]:
        """The statuses of many requests, each on a connection of its own, and the processes that answered.

        A new cookie is taken over as a browser does: a session has a new key when rights change.
        """
        before = len(self.log.read_text())
        seen = set()
        for _ in range(ASKED):
            line = http.client.HTTPConnection("localhost", self.read.port, timeout=60)
            line.request("GET", path, headers={"Cookie": cookies.output(attrs=[], header="", sep=";")})
            answer = line.getresponse()
            for set_cookie in answer.headers.get_all("Set-Cookie", []):
                cookies.load(set_cookie)
            seen.add(answer.status)
            line.close()
        lines = self.log.read_text()[before:].splitlines()
        return seen, {line.split()[1] for line in lines if line.startswith("pid ")}


@pytest.fixture
def house(transactional_db: None) -> House:
    return build_house("Meadow Clinic", "meadow")


@pytest.fixture
def web(house: House, tmp_path: Path) -> Iterator[Web]:
    server = Web(tmp_path)
    try:
        server.supervisor.start()
        assert run.wait_for_web(server.read, server.supervisor)
        yield server
    finally:
        server.supervisor.stop()


def test_a_changed_role_and_a_deactivated_account_hold_at_once_in_every_process(
    house: House, web: Web
) -> None:
    cookies = as_member(house, "lead").cookies
    page = house.url("systems/new/")
    statuses, processes = web.statuses(page, cookies)
    assert statuses == {200}
    assert len(processes) == 2

    with acting_in(house.organization):
        change_roles(actor=house.admin, member=house.member["lead"], roles=["staff"])
    statuses, processes = web.statuses(page, cookies)
    assert statuses == {403}
    assert len(processes) == 2

    with acting_in(house.organization):
        deactivate_member(actor=house.admin, member=house.member["lead"], reason="Left the clinic")
    statuses, processes = web.statuses(page, cookies)
    assert statuses == {404}
    assert len(processes) == 2


def test_an_auditors_access_that_is_revoked_or_ends_is_refused_at_once_in_every_process(
    house: House, web: Web
) -> None:
    with acting_in(house.organization):
        records = fill(house)
        revoked, ending = (
            invite(house, records, auditor_email=f"{name}@northern-cert.example") for name in ("ann", "ben")
        )
        for engagement in (revoked, ending):
            add_second_factor(engagement)
            activate(engagement)
            engagement.grant.refresh_from_db()
    cookies = {each.pk: auditor_client(each).cookies for each in (revoked, ending)}
    page = house.url("overview/")
    for engagement in (revoked, ending):
        statuses, processes = web.statuses(page, cookies[engagement.pk])
        assert statuses == {200}
        assert len(processes) == 2

    with acting_in(house.organization):
        revoke_engagement(actor=house.lead, engagement=revoked, reason="The audit is over", now=NOW)
    statuses, processes = web.statuses(page, cookies[revoked.pk])
    assert statuses == {302}  # signed out everywhere
    assert len(processes) == 2
    assert web.statuses(page, cookies[ending.pk])[0] == {200}

    # Nothing but the clock ends this one: no job runs beside the web server.
    ends_at = datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(seconds=2)
    with acting_in(house.organization):
        AccessGrant.objects.filter(pk=ending.grant_id).update(ends_at=ends_at)
    time.sleep(2)
    statuses, processes = web.statuses(page, cookies[ending.pk])
    assert statuses == {404}
    assert len(processes) == 2
    with acting_in(house.organization):
        assert AccessGrant.objects.get(pk=ending.grant_id).state == "active"


@OPERATING
def test_an_operators_entry_that_is_ended_or_runs_out_is_over_at_once_in_every_process(
    house: House, web: Web, superuser_of_tests: Callable[[str], None]
) -> None:
    page, client = house.api("systems"), signed_in(operator())
    given = {"reason": "A fault in a list", "ticket": "HELP-17", "minutes": "30"}
    for ends_by_itself in (False, True):
        client.post(reverse("operate:enter", args=[house.slug]), given)
        statuses, processes = web.statuses(page, client.cookies)
        assert (statuses, len(processes)) == ({200}, 2)

        with acting_in(house.organization):
            entry = OperatorEntry.objects.select_related("organization").latest("pk")
        if ends_by_itself:
            superuser_of_tests(
                "UPDATE core_operatorentry SET ends_at = clock_timestamp() + interval '1 second'"  # noqa: S608
                f" WHERE id = {entry.pk}"
            )
            time.sleep(1)
        else:
            with acting_in(house.organization):
                end_entry_of_operator(actor=house.admin, entry=entry, now=timezone.now())
        statuses, processes = web.statuses(page, client.cookies)
        assert (statuses, len(processes)) == ({404}, 2)
