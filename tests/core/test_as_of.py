"""A past day shows what was recorded by then: what was changed, added and removed since is not there."""

from __future__ import annotations

import datetime

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from aims.core.models import Member
from aims.core.tenancy.context import acting_in
from aims.core.tenancy.past import looking_back, tracked_models
from aims.launch import roles
from inventory.models import ScopeStatement
from inventory.services import scope as inventory
from tests.cast import House, as_member, build_house
from tests.conftest import super_url

DAY = datetime.timedelta(days=1)


@pytest.fixture
def own(transactional_db: None) -> House:
    return build_house("Meadow Clinic", "meadow")


def age(days: int) -> None:
    """As if everything so far had been entered some days earlier."""
    name = connections["default"].settings_dict["NAME"]
    with psycopg.connect(roles.address(super_url(), database=name), autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        for _, event in tracked_models():
            admin.execute(
                f"UPDATE {event._meta.db_table} SET pgh_created_at = pgh_created_at - %s",  # noqa: S608
                [days * DAY],
            )
        admin.execute("UPDATE core_organization SET created_at = created_at - %s", [days * DAY])


def write_scope(house: House, statement: str) -> ScopeStatement:
    with acting_in(house.organization, actor=house.lead) as actor:
        return inventory.write_scope_statement(actor=actor, statement=statement, now=timezone.now())


def test_a_page_and_the_api_show_the_day_they_are_asked_for(own: House) -> None:
    write_scope(own, "The triage of patients")
    age(10)
    write_scope(own, "The triage and the billing")
    with acting_in(own.organization):
        Member.objects.filter(pk=own.member["staff"].pk).update(name="Stan Renamed")
    lead = as_member(own, "lead")
    then = (timezone.now() - 5 * DAY).date()

    page, now = lead.get(f"/o/meadow/scope/?as_of={then}").text, lead.get("/o/meadow/scope/").text
    answer = lead.get(f"/api/v1/organizations/meadow/scope-statements?as_of={then}").json()
    people = as_member(own, "admin").get(f"/o/meadow/people/?as_of={then}").text

    assert "The triage and the billing" in now and "The triage and the billing" not in page
    assert "The triage of patients" in page and "As it was on" in page
    assert [each["statement"] for each in answer["results"]] == ["The triage of patients"]
    assert "Stan Staff" in people and "Stan Renamed" not in people
    assert "Change roles" not in people  # nothing can be done in the past


def test_links_of_a_past_page_lead_to_the_same_day_where_there_is_one(own: House) -> None:
    lead = as_member(own, "lead")
    today = timezone.localdate()

    page = lead.get(f"/o/meadow/systems/?as_of={today}").text

    assert f'href="/o/meadow/risks/?as_of={today}"' in page
    assert 'href="/o/meadow/trail/"' in page
    assert 'href="/o/meadow/systems/" data-today' in page


def test_a_removed_row_is_there_before_its_end_and_gone_after(own: House) -> None:
    with acting_in(own.organization):
        scope = write_scope(own, "To be removed")
    age(10)
    with acting_in(own.organization):
        ScopeStatement.objects.filter(pk=scope.pk).delete()
        with looking_back(timezone.now() - 5 * DAY):
            assert [each.statement for each in ScopeStatement.objects.all()] == ["To be removed"]
        assert not ScopeStatement.objects.exists()


def test_the_past_cannot_be_written(own: House) -> None:
    with acting_in(own.organization):
        with pytest.raises(Exception, match=r"cannot (update|insert)"), looking_back(timezone.now()):
            Member.objects.update(name="Nobody")
        assert not Member.objects.filter(name="Nobody").exists()


def test_another_organization_has_no_rows_in_the_past_of_this_one(own: House) -> None:
    other = build_house("Harbour Bank", "harbour")
    write_scope(other, "Of Harbour only")
    with acting_in(own.organization), looking_back(timezone.now()):
        assert not ScopeStatement.unfiltered.filter(statement="Of Harbour only").exists()
        assert Member.unfiltered.count() == len(own.member)
