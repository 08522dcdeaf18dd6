"""The three walls, each sufficient alone."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from aims.core.models import Job, Member, Notification
from aims.core.tenancy.context import NotActing, acting_in
from tests.cast import House


@pytest.fixture(autouse=True)
def _as_the_application(db: None) -> None:
    """Every isolation test first makes sure that it runs as the application role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('is_superuser')")
        assert cursor.fetchone() == ("portal_app", "off")


def test_the_database_holds_every_wall() -> None:
    assert run_checks(databases=["default"]) == []


def test_a_query_outside_a_scope_raises_in_python() -> None:
    with pytest.raises(NotActing):
        Member.objects.count()


def test_a_query_outside_a_scope_raises_in_the_database() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        list(Member.unfiltered.all())


def test_row_security_alone_hides_the_other_organization(house: House, other_house: House) -> None:
    with acting_in(house.organization):
        seen = set(Member.unfiltered.values_list("organization_id", flat=True))
        updated = Member.unfiltered.filter(organization=other_house.organization).update(name="taken")

    assert seen == {house.organization.pk}
    assert updated == 0


def test_the_manager_alone_hides_the_other_organization(house: House, other_house: House) -> None:
    with acting_in(house.organization):
        sql = str(Member.objects.all().query)

    assert f'"organization_id" = {house.organization.pk}' in sql


def test_writing_into_another_organization_is_refused(house: House, other_house: House) -> None:
    refused = pytest.raises(ProgrammingError, match="row-level security")
    with refused, transaction.atomic(), acting_in(house.organization):
        Job.objects.create(organization=other_house.organization, kind="x", idempotency_key="x")


def test_a_row_cannot_point_into_another_organization(house: House, other_house: House) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), acting_in(house.organization):
        Notification.objects.create(member=other_house.member["lead"], dedupe="x", text="x")
        connection.check_constraints()


def test_the_enclosing_scope_comes_back_after_a_nested_one(house: House, other_house: House) -> None:
    with acting_in(house.organization):
        with acting_in(other_house.organization):
            assert Member.unfiltered.first().organization_id == other_house.organization.pk
        assert Member.unfiltered.first().organization_id == house.organization.pk


def test_the_enclosing_scope_comes_back_after_an_error(house: House, other_house: House) -> None:
    with acting_in(house.organization):
        with pytest.raises(DatabaseError), acting_in(other_house.organization):
            list(Member.unfiltered.raw("SELECT 1/0 AS id"))
        assert Member.unfiltered.first().organization_id == house.organization.pk
