"""The cast, always the same: people of one organization, a stranger from another, an auditor, a key.

Factories go through the services, so that every rule holds in the tests' data too; only who lives in a house
is written at once.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.account.internal.userkit import user_id_to_str
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from aims.core import trail
from aims.core.actor import Actor, member_actor, system_actor
from aims.core.models import Member, Organization, Person
from aims.core.services.organizations import create_organization
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.tenancy.models import fill_organization
from aims.launch import roles
from tests.conftest import super_url
from tests.kept import KeptHouse

NOW = datetime.datetime(2026, 11, 22, 9, 0, tzinfo=datetime.UTC)
TODAY = NOW.date()
PASSWORD = "correct horse battery staple"

#: role -> name; Lena and Tara differ so that separation of duties can hold.
PEOPLE = {
    "lead": ("Lena Lead", ["compliance_lead"]),
    "owner": ("Oscar Owner", ["ai_system_owner"]),
    "risk_owner": ("Rita Risk", ["risk_owner"]),
    "control_owner": ("Carl Control", ["control_owner"]),
    "internal_auditor": ("Ines Internal", ["internal_auditor"]),
    "top": ("Tara Top", ["top_management"]),
    "admin": ("Adam Admin", ["admin"]),
    "staff": ("Stan Staff", ["staff"]),
}


def actor_for(member: Member) -> Actor:
    return member_actor(member, request_id="test")


@dataclass
class House:
    """One organization with its people: `house.lead` is an actor, `house.member["lead"]` the row."""

    organization: Organization
    member: dict[str, Member] = field(default_factory=dict)

    def actor(self, who: str) -> Actor:
        return actor_for(self.member[who])

    def __getattr__(self, who: str) -> Actor:
        if who in self.__dict__.get("member", {}):
            return self.actor(who)
        raise AttributeError(who)

    @property
    def slug(self) -> str:
        return self.organization.slug

    @property
    def system(self) -> Actor:
        return system_actor(self.organization.pk)

    def url(self, path: str = "") -> str:
        return f"/o/{self.slug}/{path}"

    def api(self, path: str = "") -> str:
        return f"/api/v1/organizations/{self.slug}/{path}"


def build_house(name: str, slug: str, *, people: dict[str, Any] = PEOPLE, domain: str = "") -> House:
    organization = create_organization(name=name, slug=slug, now=NOW)
    house = House(organization)
    domain = domain or f"{slug}.test"
    with acting_in(organization):
        house.member = move_in(people, domain)
        for member in house.member.values():
            trail.record(house.system, "member.added", member, after={"roles": member.roles})
    return house


def move_in(people: dict[str, Any], domain: str) -> dict[str, Member]:
    """What add_member does for each of them, in three statements: nearly every test begins with it."""
    names = {f"{who}@{domain}": name for who, (name, _) in people.items()}
    known = {person.email: person for person in Person.objects.filter(email__in=names)}
    new = [Person(email=email, name=name) for email, name in names.items() if email not in known]
    for person in new:
        person.set_unusable_password()
    Person.objects.bulk_create(new)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in new
    )
    known |= {person.email: person for person in new}
    members = {
        who: Member(
            user=known[f"{who}@{domain}"], name=name, email=f"{who}@{domain}", roles=sorted(set(roles))
        )
        for who, (name, roles) in people.items()
    }
    Member.objects.bulk_create(fill_organization(list(members.values())))
    return members


@pytest.fixture(scope="session")
def kept_houses(django_db_setup: None, django_db_blocker: Any) -> dict[str, KeptHouse]:
    """The two that nearly every test begins with."""
    name = connection.settings_dict["NAME"]
    memory = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    houses = {}
    with (
        django_db_blocker.unblock(),
        override_settings(CACHES=memory),
        psycopg.connect(roles.address(super_url(), database=name), autocommit=True) as admin,
    ):
        for title, slug in (("Meadow Clinic", "meadow"), ("Harbour Bank", "harbour")):
            houses[slug] = KeptHouse(build_house(title, slug), admin)
    return houses


@pytest.fixture
def house(db: None, kept_houses: dict[str, KeptHouse]) -> House:
    """Meadow, the organization most tests are about."""
    return kept_houses["meadow"].put_back()


@pytest.fixture
def other_house(db: None, kept_houses: dict[str, KeptHouse]) -> House:
    """Harbour, which must never be seen from Meadow."""
    return kept_houses["harbour"].put_back()


@pytest.fixture
def acting(house: House) -> Iterator[House]:
    """Acting in Meadow as the system, for tests of services and queries."""
    with acting_in(house.organization):
        yield house


def as_member(house: House, who: str) -> Client:
    """A browser signed in as one of the people."""
    return freshly_signed_in(house.member[who].user)


def freshly_signed_in(user: Any) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    # As after a sign-in by password, and fresh for as long as the test takes: sensitive acts ask for that.
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() + 3600}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = user_id_to_str(user)
    session.save()
    return client


@pytest.fixture
def lead(house: House) -> Client:
    return as_member(house, "lead")


@pytest.fixture
def staff(house: House) -> Client:
    return as_member(house, "staff")


@pytest.fixture
def stranger(other_house: House) -> Client:
    """The lead of the other organization."""
    return as_member(other_house, "lead")


@pytest.fixture
def nobody(db: None) -> Client:
    return Client()


def acting_for(house: House, who: str) -> Any:
    """`with acting_for(house, "lead") as actor:` for services that look at who acts."""
    return acting_as(house.actor(who))


def in_days(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)
