"""SCIM 2.0 as a directory speaks it: real requests with a key, nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from aims.core import keys
from aims.core.exceptions import RuleBroken
from aims.core.models import DirectoryGroup, Erasure, Evidence, Member, Notification
from aims.core.scim import HAND_OVER
from aims.core.services.erasure import request_erasure
from aims.core.services.handing_over import hand_over
from aims.core.services.organizations import add_member, change_roles
from aims.core.services.provisioning import map_group
from aims.core.tenancy.context import acting_in
from tests.cast import House, acting_for, as_member
from tests.identity.journey import lines, members, verified
from tests.queries import count_queries

NEW = {"userName": "nora@meadow.test", "displayName": "Nora New", "externalId": "e-1", "active": True}


class Directory:
    def __init__(self, house: House, *, scopes: tuple[str, ...] = ("scim:write",)) -> None:
        with acting_for(house, "admin") as admin:
            _, text = keys.create_key(actor=admin, name="Directory", scopes=list(scopes), now=timezone.now())
        self.client = Client(headers={"Authorization": f"Bearer {text}"})
        self.base = f"/scim/v2/organizations/{house.slug}"

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        address = f"{self.base}/{path}"
        if method == "get":
            response = self.client.get(address, query)
        else:
            response = getattr(self.client, method)(
                address, json.dumps(body), content_type="application/scim+json"
            )
        assert response.headers.get("Content-Type", "application/scim+json") in {
            "application/scim+json",
            "text/html; charset=utf-8",
        }
        return response.status_code, json.loads(response.content) if response.content else None


@pytest.fixture
def directory(house) -> Directory:
    verified(house, "meadow.test")
    return Directory(house)


def row(house: House, email: str) -> Member:
    with acting_in(house.organization):
        return Member.objects.get(email=email)


def after(line: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line.body)["after"]
    return found


def create(directory: Directory, **values: Any) -> dict[str, Any]:
    status, body = directory.ask("post", "Users", {**NEW, **values})
    assert status == 201, body
    return body


def test_a_user_is_created_as_staff_and_read_back(house, directory):
    made = create(directory)

    assert directory.ask("get", f"Users/{made['id']}") == (200, made)
    assert made["userName"] == "nora@meadow.test" and made["externalId"] == "e-1" and made["active"] is True
    assert made["meta"]["location"].endswith(f"/scim/v2/organizations/meadow/Users/{made['id']}")
    assert ("nora@meadow.test", ["staff"]) in members(house)
    (line,) = lines(house, "member.joined")
    assert line.actor.startswith("key:")


@pytest.mark.parametrize(
    ("values", "status", "kind"),
    [
        ({"userName": "nora@elsewhere.test"}, 400, "invalidValue"),
        ({"userName": "nora@sub.meadow.test"}, 400, "invalidValue"),
        ({"userName": "nora"}, 400, "invalidValue"),
        ({"userName": None}, 400, "invalidValue"),
        ({"userName": "LEAD@meadow.test"}, 409, "uniqueness"),
        ({"active": "perhaps"}, 400, "invalidValue"),
        ({"displayName": "x" * 200}, 400, "invalidValue"),
        ({"displayName": "a\0b"}, 400, "invalidSyntax"),
    ],
)
def test_a_user_that_cannot_be_created_is_refused_in_scims_words(house, directory, values, status, kind):
    before = members(house)

    got, body = directory.ask("post", "Users", {**NEW, **values})

    assert (got, body["status"], body["scimType"]) == (status, str(status), kind)
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert members(house) == before


@pytest.mark.parametrize("raw", ["", "[", "[]", "7", '"x"', "[" * 100_000])
def test_a_body_that_is_no_resource_is_refused(directory, raw):
    response = directory.client.post(f"{directory.base}/Users", raw, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["scimType"] == "invalidSyntax"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('userName eq "LEAD@meadow.test"', ["lead@meadow.test"]),
        ('externalId eq "e-1"', ["nora@meadow.test"]),
        ('userName sw "risk" and active eq true', ["risk_owner@meadow.test"]),
        ('displayName co "auditor"', []),
        ('displayName ew "Internal"', ["internal_auditor@meadow.test"]),
        ("externalId pr", ["nora@meadow.test"]),
        ("active eq false", []),
        ('userName eq "lead@harbour.test"', []),
        ('id eq "99999999999999999"', []),
    ],
)
def test_users_are_found_by_filter(house, other_house, directory, text, names):
    create(directory)

    status, body = directory.ask("get", "Users", filter=text)

    assert status == 200
    assert [user["userName"] for user in body["Resources"]] == names
    assert body["totalResults"] == len(names)


def test_a_filter_with_a_nul_is_refused(directory):
    status, body = directory.ask("get", "Users", filter='userName eq "a\0b"')

    assert (status, body["schemas"]) == (400, ["urn:ietf:params:scim:api:messages:2.0:Error"])


def test_only_the_attributes_asked_for_are_answered(house, directory):
    made = create(directory)
    group_of(directory, made["id"])

    _, groups = directory.ask("get", "Groups", excludedAttributes="members")
    _, users = directory.ask(
        "get", "Users", attributes="userName,name.givenName", filter='externalId eq "e-1"'
    )

    assert set(groups["Resources"][0]) == {"schemas", "id", "meta", "displayName"}
    assert set(users["Resources"][0]) == {"schemas", "id", "meta", "userName", "name"}


def test_a_filter_on_an_unknown_attribute_is_refused(directory):
    status, body = directory.ask("get", "Users", filter='password eq "x"')

    assert (status, body["scimType"]) == (400, "invalidFilter")


def test_pages_are_counted_from_one(house, directory):
    _, whole = directory.ask("get", "Users")
    _, page = directory.ask("get", "Users", startIndex=2, count=3)

    assert whole["totalResults"] == page["totalResults"] == 8
    assert page["Resources"] == whole["Resources"][1:4]
    assert (page["startIndex"], page["itemsPerPage"]) == (2, 3)


def test_members_outside_the_verified_domains_are_not_shown(house, directory):
    with acting_for(house, "admin") as admin:
        guest = add_member(actor=admin, email="guest@partner.test", name="Gil Guest", roles=["staff"])

    _, body = directory.ask("get", "Users")

    assert "guest@partner.test" not in json.dumps(body)
    assert directory.ask("get", f"Users/{guest.pk}")[0] == 404
    assert directory.ask("delete", f"Users/{guest.pk}")[0] == 404
    assert row(house, "guest@partner.test").is_active


@pytest.mark.parametrize(
    "operation",
    [{"op": "Replace", "path": "active", "value": "False"}, {"op": "replace", "value": {"active": False}}],
)
def test_deactivation_closes_the_organization_and_activation_opens_it(house, directory, operation):
    made = create(directory)
    client = Client()
    client.force_login(
        row(house, "nora@meadow.test").user, backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/o/meadow/").status_code == 200

    status, body = directory.ask("patch", f"Users/{made['id']}", {"Operations": [operation]})

    assert (status, body["active"]) == (200, False)
    assert client.get("/o/meadow/").status_code == 404
    assert len(lines(house, "member.deactivated")) == 1
    directory.ask(
        "patch", f"Users/{made['id']}", {"Operations": [{"op": "replace", "path": "active", "value": True}]}
    )
    assert client.get("/o/meadow/").status_code == 200
    assert len(lines(house, "member.reactivated")) == 1


def test_delete_ends_access_and_keeps_the_record(house, directory):
    made = create(directory)

    assert directory.ask("delete", f"Users/{made['id']}") == (204, None)

    assert row(house, "nora@meadow.test").is_active is False


def asked_for_proof(house: House, who: str) -> Evidence:
    """A record in somebody's name."""
    with acting_in(house.organization):
        return Evidence.objects.create(
            reference="EV-001", title="Access review", state="requested", asked_of=house.member[who]
        )


def taken_over(house: House, evidence: Evidence, giver: Member, taker: Member) -> None:
    with acting_for(house, "admin") as admin:
        hand_over(actor=admin, member=giver, to={f"evidence-requests:{evidence.pk}": taker})


def test_whoever_still_owns_something_is_shut_out_at_once_and_the_rest_waits_on_a_list(house, directory):
    member, lead = row(house, "control_owner@meadow.test"), row(house, "lead@meadow.test")
    evidence = asked_for_proof(house, "control_owner")
    theirs = as_member(house, "control_owner")
    assert theirs.get(house.url()).status_code == 200

    status, body = directory.ask(
        "patch", f"Users/{member.pk}", {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    )

    assert (status, body["active"]) == (200, False)
    assert body[HAND_OVER]["records"] == ["the request EV-001"]
    assert HAND_OVER in body["schemas"]
    assert theirs.get(house.url()).status_code == 404
    (line,) = lines(house, "member.hand_over_requested")
    assert f"evidence-requests:{evidence.pk}" in after(line)["records"]
    assert (
        "Records wait to be handed over" in as_member(house, "admin").get(house.url("work/")).content.decode()
    )
    page = as_member(house, "admin").get(house.url("people/")).content.decode()
    assert "Records to hand over" in page and house.url(f"people/{member.pk}/hand-over/") in page
    with acting_in(house.organization):
        told = Notification.objects.filter(text__startswith="The directory took access").values_list(
            "member__email", flat=True
        )
        assert sorted(told) == ["admin@meadow.test", "lead@meadow.test"]
        evidence.refresh_from_db()
        assert evidence.asked_of_id == member.pk

    taken_over(house, evidence, member, lead)

    assert row(house, member.email).hand_over_since is None
    assert row(house, member.email).is_active is False
    assert len(lines(house, "member.hand_over_completed")) == 1
    assert HAND_OVER not in directory.ask("get", f"Users/{member.pk}")[1]


def test_the_list_is_worked_off_on_the_page_of_one_who_is_gone(house, directory):
    member, lead = row(house, "control_owner@meadow.test"), row(house, "lead@meadow.test")
    evidence = asked_for_proof(house, "control_owner")
    directory.ask("delete", f"Users/{member.pk}")
    page, client = house.url(f"people/{member.pk}/hand-over/"), as_member(house, "admin")

    shown = client.get(page)
    done = client.post(page, {"everything": lead.pk})

    assert "the request EV-001" in shown.content.decode()
    assert done.status_code == 302
    with acting_in(house.organization):
        evidence.refresh_from_db()
        assert evidence.asked_of_id == lead.pk
    assert client.get(page).status_code == 404
    assert client.get(house.url(f"people/{member.pk}/deactivate/")).status_code == 404


def test_a_return_ends_the_waiting(house, directory):
    member = row(house, "control_owner@meadow.test")
    asked_for_proof(house, "control_owner")
    directory.ask("delete", f"Users/{member.pk}")
    assert row(house, member.email).hand_over_since is not None

    directory.ask(
        "patch", f"Users/{member.pk}", {"Operations": [{"op": "replace", "path": "active", "value": True}]}
    )

    assert row(house, member.email).hand_over_since is None
    assert row(house, member.email).is_active


def test_nobody_is_erased_while_records_wait(house, directory):
    member = row(house, "control_owner@meadow.test")
    asked_for_proof(house, "control_owner")
    directory.ask("delete", f"Users/{member.pk}")

    with (
        acting_for(house, "admin") as admin,
        pytest.raises(RuleBroken, match="still owns the request EV-001"),
    ):
        request_erasure(actor=admin, member=row(house, member.email), ground="objection", now=timezone.now())

    with acting_in(house.organization):
        assert not Erasure.objects.exists()


def test_the_last_administrator_stays(house, directory):
    admin = row(house, "admin@meadow.test")

    status, body = directory.ask("delete", f"Users/{admin.pk}")

    assert (status, body["detail"]) == (400, "Adam Admin is the last administrator.")
    assert row(house, "admin@meadow.test").is_active


def test_a_replacement_changes_name_and_external_id_and_never_the_address(house, directory):
    made = create(directory)
    path = f"Users/{made['id']}"

    status, body = directory.ask(
        "put",
        path,
        {
            "userName": "nora@meadow.test",
            "name": {"givenName": "Nora", "familyName": "Noon"},
            "externalId": "e-2",
        },
    )
    refused, why = directory.ask("put", path, {**NEW, "userName": "lead@meadow.test"})

    assert (status, body["displayName"], body["externalId"]) == (200, "Nora Noon", "e-2")
    assert (refused, why["scimType"]) == (400, "mutability")
    assert row(house, "nora@meadow.test").name == "Nora Noon"


def group_of(directory: Directory, *ids: str, name: str = "Risk people") -> dict[str, Any]:
    members_ = [{"value": each} for each in ids]
    status, body = directory.ask("post", "Groups", {"displayName": name, "members": members_})
    assert status == 201, body
    return body


def mapped(house: House, group: dict[str, Any], *roles: str) -> None:
    with acting_for(house, "admin") as admin:
        map_group(actor=admin, group=DirectoryGroup.objects.get(pk=group["id"]), roles=list(roles))


def roles_of(house: House, email: str = "nora@meadow.test") -> list[str]:
    return row(house, email).roles


def test_a_group_gives_no_role_until_an_administrator_maps_it(house, directory):
    made = create(directory)

    group = group_of(directory, made["id"], name="admin")

    assert roles_of(house) == ["staff"]
    mapped(house, group, "risk_owner")
    assert roles_of(house) == ["risk_owner", "staff"]
    mapped(house, group)
    assert roles_of(house) == ["staff"]


def test_joining_and_leaving_a_mapped_group_gives_and_takes_its_roles(house, directory):
    made = create(directory)
    group, other = group_of(directory), group_of(directory, name="Second")
    mapped(house, group, "risk_owner", "control_owner")
    mapped(house, other, "control_owner")
    member = [{"value": made["id"]}]

    for each in (group, other):
        directory.ask(
            "patch",
            f"Groups/{each['id']}",
            {"Operations": [{"op": "add", "path": "members", "value": member}]},
        )
    assert roles_of(house) == ["control_owner", "risk_owner", "staff"]
    path = f'members[value eq "{made["id"]}"]'
    _, body = directory.ask(
        "patch", f"Groups/{group['id']}", {"Operations": [{"op": "remove", "path": path}]}
    )

    assert body["members"] == []
    assert roles_of(house) == ["control_owner", "staff"]
    directory.ask("delete", f"Groups/{other['id']}")
    assert roles_of(house) == ["staff"]


def put_into(directory: Directory, group: dict[str, Any], *pks: Any) -> tuple[int, Any]:
    members_ = [{"value": str(pk)} for pk in pks]
    body = {"displayName": group["displayName"], "members": members_}
    return directory.ask("put", f"Groups/{group['id']}", body)


def test_a_role_given_by_hand_stays_when_the_group_goes(house, directory):
    member = row(house, "risk_owner@meadow.test")
    group = group_of(directory, str(member.pk))
    mapped(house, group, "risk_owner", "control_owner")
    assert roles_of(house, member.email) == ["control_owner", "risk_owner"]
    assert row(house, member.email).roles_from_groups == ["control_owner"]

    put_into(directory, group)

    assert roles_of(house, member.email) == ["risk_owner"]
    assert row(house, member.email).roles_from_groups == []


def test_a_role_that_an_administrator_takes_by_hand_does_not_come_back_by_itself(house, directory):
    made = create(directory)
    group = group_of(directory, made["id"])
    mapped(house, group, "risk_owner")
    with acting_for(house, "admin") as admin:
        change_roles(actor=admin, member=row(house, "nora@meadow.test"), roles=["staff"])
    other = str(row(house, "staff@meadow.test").pk)

    put_into(directory, group, made["id"], other)
    assert roles_of(house) == ["staff"]
    with acting_for(house, "admin") as admin:
        change_roles(actor=admin, member=row(house, "nora@meadow.test"), roles=["risk_owner", "staff"])
    put_into(directory, group, other)

    assert roles_of(house) == ["risk_owner", "staff"]


def test_a_role_that_a_record_needs_waits_until_somebody_else_has_the_record(house, directory):
    member = row(house, "staff@meadow.test")
    group = group_of(directory, str(member.pk))
    mapped(house, group, "control_owner")
    evidence = asked_for_proof(house, "staff")

    status, body = put_into(directory, group)

    assert (status, body["members"]) == (200, [])
    assert roles_of(house, member.email) == ["control_owner", "staff"]
    assert row(house, member.email).hand_over_since is not None
    taken_over(house, evidence, member, row(house, "lead@meadow.test"))
    assert roles_of(house, member.email) == ["staff"]
    assert row(house, member.email).hand_over_since is None


def test_page_and_api_map_a_group_alike(house, directory):
    made = create(directory)
    group = group_of(directory, made["id"])
    page = house.url(f"sign-in/groups/{group['id']}/map/")
    address = house.api(f"directory-groups/{group['id']}")
    client = as_member(house, "admin")

    assert client.post(page, {"roles": ["risk_owner"]}).status_code == 302
    read = client.get(address).json()
    assert (read["name"], read["roles"], read["member_ids"]) == (
        "Risk people",
        ["risk_owner"],
        [int(made["id"])],
    )
    changed = client.post(f"{address}/roles", {"roles": ["control_owner"]}, content_type="application/json")

    assert (changed.status_code, changed.json()["roles"]) == (200, ["control_owner"])
    assert roles_of(house) == ["control_owner", "staff"]
    assert [after(line)["roles"] for line in lines(house, "directory_group.mapped")] == [
        ["risk_owner"],
        ["control_owner"],
    ]


@pytest.mark.parametrize("who", ["lead", "top", "staff"])
def test_only_an_administrator_maps_a_group(house, directory, who):
    made = create(directory)
    group = group_of(directory, made["id"])
    client = as_member(house, who)

    by_page = client.post(house.url(f"sign-in/groups/{group['id']}/map/"), {"roles": ["admin"]})
    by_api = client.post(
        house.api(f"directory-groups/{group['id']}/roles"),
        {"roles": ["admin"]},
        content_type="application/json",
    )

    assert (by_page.status_code, by_api.status_code) == (403, 403)
    assert roles_of(house) == ["staff"]


@pytest.mark.parametrize("roles", [["external_auditor"], ["system"], ["king"], ["risk_owner", "system"]])
def test_the_api_refuses_a_role_that_no_member_holds(house, directory, roles):
    made = create(directory)
    group = group_of(directory, made["id"])

    answer = as_member(house, "admin").post(
        house.api(f"directory-groups/{group['id']}/roles"), {"roles": roles}, content_type="application/json"
    )

    assert answer.status_code == 422
    assert roles_of(house) == ["staff"]
    assert not lines(house, "directory_group.mapped")


def test_no_key_maps_a_group_whatever_its_scopes(house, directory):
    group = group_of(directory)
    key = Directory(house, scopes=("people:read", "people:write", "scim:write"))

    answer = key.client.post(
        house.api(f"directory-groups/{group['id']}/roles"),
        {"roles": ["admin"]},
        content_type="application/json",
    )

    assert answer.status_code == 403


def test_a_group_cannot_be_mapped_to_roles_that_no_member_holds_nor_by_one_who_would_gain(house, directory):
    group = group_of(directory, str(row(house, "admin@meadow.test").pk))

    for roles in (["external_auditor"], ["system"], ["risk_owner"]):
        with pytest.raises(RuleBroken):
            mapped(house, group, *roles)
    assert roles_of(house, "admin@meadow.test") == ["admin"]


def test_whoever_made_the_key_gains_no_role_by_the_directory(house, directory):
    group = group_of(directory)
    mapped(house, group, "risk_owner")
    admin = str(row(house, "admin@meadow.test").pk)

    status, body = directory.ask(
        "put", f"Groups/{group['id']}", {"displayName": "Risk people", "members": [{"value": admin}]}
    )

    assert status == 400
    assert "nobody gives themselves a role (SOD-06)" in body["detail"]
    assert roles_of(house, "admin@meadow.test") == ["admin"]
    assert directory.ask("get", f"Groups/{group['id']}")[1]["members"] == []


def test_a_group_cannot_take_the_last_administrator_away(house, directory):
    made = create(directory)
    group = group_of(directory, made["id"])
    mapped(house, group, "admin")
    assert directory.ask("delete", f"Groups/{group['id']}")[0] == 204
    assert roles_of(house) == ["staff"]
    again = group_of(directory, made["id"])
    mapped(house, again, "admin")
    with acting_in(house.organization):
        Member.objects.filter(email="admin@meadow.test").update(roles=["staff"])

    status, body = put_into(directory, again)

    assert (status, body["detail"]) == (400, "Nora New is the last administrator.")
    assert roles_of(house) == ["admin", "staff"]
    assert directory.ask("get", f"Groups/{again['id']}")[1]["members"][0]["value"] == made["id"]


def test_a_foreign_member_is_as_unknown_as_a_number_nobody_has(house, other_house, directory):
    foreign = row(other_house, "lead@harbour.test").pk

    answers = [
        directory.ask("post", "Groups", {"displayName": "G", "members": [{"value": str(pk)}]})
        for pk in (foreign, 999_999_999)
    ]

    assert answers[0] == answers[1]
    assert answers[0][0] == 400
    assert directory.ask("get", f"Users/{foreign}") == directory.ask("get", "Users/999999999999999999999")


def test_two_groups_of_one_name_are_refused(directory):
    group_of(directory)

    status, body = directory.ask("post", "Groups", {"displayName": "Risk people"})

    assert (status, body["scimType"]) == (409, "uniqueness")


@pytest.mark.parametrize("path", ["Users", "Groups", "ServiceProviderConfig", "Schemas", "nothing"])
def test_only_a_key_with_the_scope_is_let_in(house, other_house, directory, path):
    sessions = as_member(house, "admin").get(f"{directory.base}/{path}")
    other_scope = Directory(house, scopes=("systems:read",)).ask("get", path)
    foreign = Directory(other_house)
    foreign.base = directory.base

    assert sessions.status_code == 401
    assert sessions.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert other_scope[0] in {403, 404}
    assert foreign.ask("get", path)[0] == 401
    assert Client().get(f"{directory.base}/{path}").status_code == 401


def test_the_key_of_a_directory_opens_nothing_else(house, directory):
    for path in ("systems", "evidence", "email-domains", "trail"):
        assert directory.client.get(house.api(path)).status_code == 403


def test_the_service_describes_itself(directory):
    status, service = directory.ask("get", "ServiceProviderConfig")
    _, types = directory.ask("get", "ResourceTypes")
    _, schemas = directory.ask("get", "Schemas")

    assert (status, service["patch"]["supported"], service["bulk"]["supported"]) == (200, True, False)
    assert [each["id"] for each in types["Resources"]] == ["User", "Group"]
    assert directory.ask("get", "ResourceTypes/User")[1] == types["Resources"][0]
    assert directory.ask("get", f"Schemas/{schemas['Resources'][1]['id']}")[1] == schemas["Resources"][1]
    assert directory.ask("get", "Schemas/none")[0] == 404


def test_lists_ask_the_same_number_of_questions_with_one_and_thirty(house, directory):
    counts = []
    for number in (1, 29):
        ids = [create(directory, userName=f"n{number}-{each}@meadow.test")["id"] for each in range(number)]
        for each in range(number):
            group_of(directory, *ids, name=f"G {number} {each}")
        with count_queries() as seen:
            assert directory.ask("get", "Users")[0] == 200
            assert directory.ask("get", "Groups")[0] == 200
        counts.append(len(seen))

    assert counts[0] == counts[1], counts
