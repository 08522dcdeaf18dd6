"""People in the API: the verbs of the pages, with each refusal and nothing done behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aims.core import keys
from aims.core.models import Delegation, Member, SeparationException, TrailEvent
from aims.core.tenancy.context import acting_as, acting_in
from inventory.models import AISystem
from inventory.services.systems import register_system
from tests.cast import NOW, House, as_member, in_days

JSON = "application/json"


@pytest.fixture
def system(house: House) -> AISystem:
    with acting_as(house.lead) as actor:
        return register_system(actor=actor, name="Triage", owner=house.member["owner"], now=NOW)


@pytest.fixture
def taker(house: House) -> Member:
    with acting_in(house.organization):
        member = house.member["risk_owner"]
        member.roles = ["ai_system_owner", "risk_owner"]
        member.save()
    return member


@pytest.fixture
def ask(house: House) -> Callable[..., Any]:
    """POST as one of the cast."""

    def send(who: str, path: str, body: Any = None) -> Any:
        return as_member(house, who).post(house.api(path), body or {}, content_type=JSON)

    return send


def key_client(house: House, *scopes: str) -> Client:
    with acting_as(house.admin) as actor:
        _, text = keys.create_key(actor=actor, name="Directory", scopes=list(scopes), now=timezone.now())
    return Client(headers={"Authorization": f"Bearer {text}"})


def state_of(house: House) -> dict[str, Any]:
    """Everything these operations could change."""
    with acting_in(house.organization):
        return {
            "members": list(Member.objects.order_by("pk").values("pk", "roles", "is_active")),
            "owners": list(AISystem.objects.order_by("pk").values_list("owner", "risk_owner")),
            "exceptions": list(SeparationException.objects.values_list("pk", "ended_at")),
            "delegations": list(Delegation.objects.values_list("pk", "revoked_at")),
            "trail": TrailEvent.objects.count(),
        }


def exception_for(house: House, who: str, **given: Any) -> dict[str, Any]:
    return {
        "act": "SOD-05 core.evidence",
        "member_id": house.member[who].pk,
        "reason": "One person knows the bench",
        "compensating_check": "A sample is read each month",
        "ends_on": str(in_days(30)),
    } | given


def delegation_to(house: House, who: str, **given: Any) -> dict[str, Any]:
    return {
        "delegate_id": house.member[who].pk,
        "role": "top_management",
        "starts_on": str(in_days(0)),
        "ends_on": str(in_days(5)),
        "reason": "Leave",
    } | given


# What works


def test_a_directory_lists_people_and_changes_roles(house: House) -> None:
    client, staff = key_client(house, "people:read", "people:write"), house.member["staff"]

    listed = client.get(house.api("members")).json()
    changed = client.post(
        house.api(f"members/{staff.pk}/roles"), {"roles": ["staff", "risk_owner"]}, content_type=JSON
    )

    assert [row["name"] for row in listed["results"]] == sorted(
        member.name for member in house.member.values()
    )
    assert set(listed["results"][0]) == {
        "id",
        "name",
        "email",
        "roles",
        "roles_from_groups",
        "is_active",
        "hand_over_since",
        "joined_at",
    }
    assert changed.json()["roles"] == ["risk_owner", "staff"]
    with acting_in(house.organization):
        assert Member.objects.get(pk=staff.pk).roles == ["risk_owner", "staff"]
        assert TrailEvent.objects.get(action="member.roles_changed").actor.startswith("key:")


def test_a_program_signs_a_member_out_everywhere(house: House) -> None:
    client, theirs = key_client(house, "people:read", "people:write"), as_member(house, "staff")
    assert theirs.get(house.url()).status_code == 200

    answer = client.post(house.api(f"members/{house.member['staff'].pk}/end-sessions"))

    assert answer.status_code == 200
    assert theirs.get(house.url()).status_code != 200
    with acting_in(house.organization):
        assert TrailEvent.objects.get(action="member.sessions_ended").actor.startswith("key:")


def test_what_somebody_owns_is_listed_and_goes_with_the_end_of_their_access(
    house: House, system: AISystem, taker: Member
) -> None:
    client, owner = key_client(house, "people:read", "people:write"), house.member["owner"]

    owned = client.get(house.api(f"members/{owner.pk}/ownerships")).json()
    ended = client.post(
        house.api(f"members/{owner.pk}/deactivate"),
        {"reason": "Left", "hand_over": [{"record": owned[0]["record"], "to": taker.pk}]},
        content_type=JSON,
    )

    assert owned == [
        {
            "record": f"systems:{system.pk}",
            "kind": "AI systems",
            "title": f"{system.reference} Triage",
            "url": house.url(f"systems/{system.pk}/"),
            "roles": ["ai_system_owner"],
        }
    ]
    assert ended.status_code == 200 and ended.json()["is_active"] is False
    with acting_in(house.organization):
        assert AISystem.objects.get().owner == taker
    assert client.get(house.api(f"members/{owner.pk}")).json()["is_active"] is False
    assert client.post(house.api(f"members/{owner.pk}/deactivate"), {}, content_type=JSON).status_code == 404


def test_a_lead_hands_over_and_the_access_stays(
    house: House, system: AISystem, taker: Member, ask: Callable[..., Any]
) -> None:
    owner = house.member["owner"]

    answer = ask(
        "lead",
        f"members/{owner.pk}/hand-over",
        {"hand_over": [{"record": f"systems:{system.pk}", "to": taker.pk}]},
    )

    assert answer.status_code == 200 and answer.json()["is_active"] is True
    with acting_in(house.organization):
        assert AISystem.objects.get().owner == taker


def test_an_exception_is_granted_read_and_ended(house: House, ask: Callable[..., Any]) -> None:
    made = ask("top", "exceptions", exception_for(house, "lead"))
    pk = made.json()["id"]

    assert made.status_code == 201
    assert (made.json()["reference"], made.json()["granted_by"]) == ("SE-001", "Tara Top")
    assert made.json()["may"] == "review evidence of their own"
    reader = key_client(house, "people:read")
    assert (
        reader.get(house.api(f"exceptions/{pk}")).json()["compensating_check"]
        == "A sample is read each month"
    )
    assert ask("lead", f"exceptions/{pk}/end").json()["ended_at"]
    again = ask("lead", f"exceptions/{pk}/end")
    assert again.status_code == 409


def test_duties_are_delegated_read_and_taken_back(house: House, ask: Callable[..., Any]) -> None:
    made = ask("top", "delegations", delegation_to(house, "owner"))
    pk = made.json()["id"]

    assert made.status_code == 201
    assert (made.json()["delegator"], made.json()["delegate"]) == ("Tara Top", "Oscar Owner")
    assert key_client(house, "people:read").get(house.api("delegations")).json()["count"] == 1
    assert as_member(house, "owner").get(house.api("me")).json()["roles"] == [
        "ai_system_owner",
        "top_management",
    ]
    assert ask("owner", f"delegations/{pk}/revoke").json()["revoked_at"]
    assert as_member(house, "owner").get(house.api("me")).json()["roles"] == ["ai_system_owner"]


# What is refused, and then nothing has changed


REFUSED: dict[str, tuple[int, str]] = {
    "a role of one's own": (422, "SOD-06"),
    "a role that no member can have": (422, "external_auditor"),
    "the role that an ownership needs": (422, "Triage"),
    "no role": (400, "roles"),
    "the last owner leaves": (422, "still owns"),
    "no reason": (400, "reason"),
    "one's own access": (422, "your own access"),
    "a taker without the role": (422, "does not have the role"),
    "a taker who is nobody": (400, "There is no such member."),
    "a record of somebody else": (409, "does not own all of this"),
    "one record of two refused": (409, "does not own all of this"),
    "an exception for oneself": (422, "SOD-09"),
    "an exception without a check": (400, "compensating_check"),
    "an exception without an end": (400, "ends_on"),
    "an exception of SOD-06": (422, "no such act"),
    "an exception for nobody": (400, "There is no such member."),
    "a role that one does not hold": (422, "hold yourself"),
    "administration handed on": (422, "not delegated"),
    "a delegation to oneself": (422, "somebody else"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_why_and_changes_nothing(
    house: House, system: AISystem, taker: Member, ask: Callable[..., Any], case: str
) -> None:
    owner, admin, staff = house.member["owner"].pk, house.member["admin"].pk, house.member["staff"].pk
    ours = {"record": f"systems:{system.pk}", "to": taker.pk}
    requests: dict[str, tuple[str, str, dict[str, Any]]] = {
        "a role of one's own": ("admin", f"members/{admin}/roles", {"roles": ["admin", "risk_owner"]}),
        "a role that no member can have": (
            "admin",
            f"members/{staff}/roles",
            {"roles": ["external_auditor"]},
        ),
        "the role that an ownership needs": ("admin", f"members/{owner}/roles", {"roles": ["staff"]}),
        "no role": ("admin", f"members/{staff}/roles", {"roles": []}),
        "the last owner leaves": ("admin", f"members/{owner}/deactivate", {"reason": "Left"}),
        "no reason": ("admin", f"members/{owner}/deactivate", {"hand_over": [ours]}),
        "one's own access": ("admin", f"members/{admin}/deactivate", {"reason": "Left"}),
        "a taker without the role": (
            "admin",
            f"members/{owner}/deactivate",
            {"reason": "Left", "hand_over": [{**ours, "to": staff}]},
        ),
        "a taker who is nobody": (
            "lead",
            f"members/{owner}/hand-over",
            {"hand_over": [{**ours, "to": 2**70}]},
        ),
        "a record of somebody else": ("lead", f"members/{staff}/hand-over", {"hand_over": [ours]}),
        "one record of two refused": (
            "admin",
            f"members/{owner}/hand-over",
            {"hand_over": [ours, {"record": "risks:1", "to": taker.pk}]},
        ),
        "an exception for oneself": ("lead", "exceptions", exception_for(house, "lead")),
        "an exception without a check": (
            "lead",
            "exceptions",
            exception_for(house, "staff", compensating_check=" "),
        ),
        "an exception without an end": ("lead", "exceptions", exception_for(house, "staff", ends_on=None)),
        "an exception of SOD-06": (
            "lead",
            "exceptions",
            exception_for(house, "admin", act="SOD-06 core.member"),
        ),
        "an exception for nobody": ("lead", "exceptions", exception_for(house, "lead", member_id=2**70)),
        "a role that one does not hold": ("lead", "delegations", delegation_to(house, "owner")),
        "administration handed on": ("top", "delegations", delegation_to(house, "owner", role="admin")),
        "a delegation to oneself": ("top", "delegations", delegation_to(house, "top")),
    }
    who, path, body = requests[case]
    before = state_of(house)

    answer = ask(who, path, body)

    status, words = REFUSED[case]
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert state_of(house) == before


NOT_ALLOWED = [
    ("lead", "members/{staff}/roles", {"roles": ["risk_owner"]}),
    ("lead", "members/{staff}/deactivate", {"reason": "Left"}),
    ("top", "members/{owner}/hand-over", {"hand_over": []}),
    ("staff", "members/{owner}/hand-over", {"hand_over": []}),
    ("admin", "exceptions", "exception"),
    ("internal_auditor", "exceptions", "exception"),
    ("staff", "delegations", "delegation"),
    ("admin", "delegations", "delegation"),
    ("reading key", "members/{staff}/roles", {"roles": ["risk_owner"]}),
    ("writing key", "exceptions", "exception"),
    ("writing key", "delegations", "delegation"),
]


@pytest.mark.parametrize(("who", "path", "body"), NOT_ALLOWED)
def test_who_may_not_changes_nothing(house: House, who: str, path: str, body: Any) -> None:
    bodies = {"exception": exception_for(house, "lead"), "delegation": delegation_to(house, "owner")}
    path = path.format(**{name: member.pk for name, member in house.member.items()})
    scopes = {"reading key": ["people:read"], "writing key": ["people:read", "people:write"]}
    client = key_client(house, *scopes[who]) if who in scopes else as_member(house, who)
    before = state_of(house)

    answer = client.post(house.api(path), bodies.get(body, body) if isinstance(body, str) else body, JSON)

    assert answer.status_code == 403, answer.text
    assert state_of(house) == before


@pytest.mark.parametrize("who", ["owner", "staff", "internal_auditor"])
def test_who_has_access_is_told_to_those_who_keep_it_only(house: House, who: str) -> None:
    assert as_member(house, who).get(house.api("members")).status_code == 403


@pytest.mark.parametrize(
    "extra", [{"is_active": True}, {"email": "x@x.test"}, {"user_id": 1}, {"granted_by": 1}, {"id": 7}]
)
def test_a_privileged_field_is_refused_by_its_name(
    house: House, ask: Callable[..., Any], extra: dict[str, Any]
) -> None:
    staff, before = house.member["staff"].pk, state_of(house)
    [name] = extra

    for who, path, body in (
        ("admin", f"members/{staff}/roles", {"roles": ["risk_owner"]}),
        ("admin", f"members/{staff}/deactivate", {"reason": "Left"}),
        ("top", "exceptions", exception_for(house, "lead")),
        ("top", "delegations", delegation_to(house, "owner")),
    ):
        answer = ask(who, path, body | extra)
        assert (answer.status_code, answer.json()["errors"]) == (400, {name: ["This field cannot be set."]})

    assert state_of(house) == before


def test_nobody_is_added_past_an_invitation(house: House, ask: Callable[..., Any]) -> None:
    before = state_of(house)

    answer = ask("admin", "members", {"name": "Nora", "email": "nora@meadow.test", "roles": ["staff"]})

    assert answer.status_code == 405
    assert state_of(house) == before


def test_another_organizations_people_do_not_exist(
    house: House, other_house: House, system: AISystem, ask: Callable[..., Any]
) -> None:
    theirs = other_house.member["owner"].pk

    def handing_to(pk: int) -> Any:
        body = {"hand_over": [{"record": f"systems:{system.pk}", "to": pk}]}
        return ask("admin", f"members/{house.member['owner'].pk}/hand-over", body)

    foreign, missing = handing_to(theirs), handing_to(987_654_321)

    assert ask("admin", f"members/{theirs}/roles", {"roles": ["staff"]}).status_code == 404
    assert as_member(house, "admin").get(house.api(f"members/{theirs}/ownerships")).status_code == 404
    assert foreign.status_code == missing.status_code == 400
    assert foreign.json()["errors"] == missing.json()["errors"]


@pytest.mark.parametrize("path", ["members", "exceptions", "delegations"])
def test_a_list_asks_as_often_with_thirty_rows_as_with_one(
    house: House, ask: Callable[..., Any], path: str
) -> None:
    lead = as_member(house, "lead")

    def rows(count: int) -> None:
        with acting_in(house.organization):
            for _ in range(count):
                SeparationException.objects.create(
                    reference="SE-1",
                    rule="SOD-05",
                    member=house.member["lead"],
                    object_type="core.evidence",
                    reason="x",
                    compensating_check="x",
                    ends_on=in_days(1),
                    granted_by=house.member["top"],
                    granted_at=NOW,
                )
                Delegation.objects.create(
                    delegator=house.member["top"],
                    delegate=house.member["staff"],
                    role="risk_owner",
                    starts_on=in_days(9),
                    ends_on=in_days(9),
                    reason="x",
                    created_at=NOW,
                )

    rows(1)
    lead.get(house.api(path))
    with CaptureQueriesContext(connection) as one:
        assert lead.get(house.api(path)).status_code == 200
    rows(29)
    with CaptureQueriesContext(connection) as thirty:
        lead.get(house.api(path))

    assert len(thirty) == len(one)


def test_the_same_act_sent_twice_by_a_program_is_done_once(house: House) -> None:
    client, staff = key_client(house, "people:write"), house.member["staff"].pk

    answers = [
        client.post(
            house.api(f"members/{staff}/deactivate"),
            {"reason": "Left"},
            content_type=JSON,
            headers={"Idempotency-Key": "leaver-17"},
        )
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    with acting_in(house.organization):
        assert TrailEvent.objects.filter(action="member.deactivated").count() == 1
