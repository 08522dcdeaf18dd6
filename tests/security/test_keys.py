"""API keys: their text, their limits of place and pace, rotation, repeated requests, bad tokens."""

from __future__ import annotations

import datetime
import threading
import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from aims.core import keyformat, keys, limits, networks, permissions, reminders
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import ApiKey, Evidence, KeptAnswer, Member, Reminder, TrailEvent
from aims.core.services.organizations import deactivate_member
from aims.core.tenancy.context import acting_as, acting_in
from inventory.models import AISystem
from tests.cast import House, as_member
from tests.core.evidence_sample import PDF
from tests.core.test_api import bearer, is_problem
from tests.queries import count_queries

DAY = datetime.timedelta(days=1)
SYSTEM = {"name": "Triage", "purpose": "Sorts", "ai_type": "predictive_ml", "sourcing": "vendor"}


def made(house: House, **given: Any) -> tuple[ApiKey, str]:
    values = {"name": "Push", "scopes": ["systems:read", "systems:write"], "now": timezone.now(), **given}
    with acting_as(house.admin) as actor:
        return keys.create_key(actor=actor, **values)


def row(house: House, key: ApiKey) -> ApiKey:
    with acting_in(house.organization):
        return ApiKey.objects.get(pk=key.pk)


def asked(house: House, text: str, **extra: Any) -> Any:
    return Client().get(house.api("me"), headers={**bearer(text), **extra.pop("headers", {})}, **extra)


def actions(house: House) -> list[str]:
    with acting_in(house.organization):
        return list(
            TrailEvent.objects.filter(action__startswith="api_key.")
            .order_by("pk")
            .values_list("action", flat=True)
        )


# The text of a key


def test_a_key_tells_its_environment_and_its_typing_mistakes() -> None:
    made = keyformat.new_key("production")
    env, prefix, rest = made.text.split("_", 3)[1:]

    assert (env, len(prefix), rest[43], len(rest)) == ("live", 8, "_", 52)
    assert keyformat.read_key(made.text) == made
    for place in range(len(made.text)):
        wrong = "A" if made.text[place] != "A" else "B"
        assert keyformat.read_key(made.text[:place] + wrong + made.text[place + 1 :]) is None
        assert keyformat.read_key(made.text[:place]) is None


def test_a_mistyped_key_asks_nothing_of_the_table_of_keys(house: House) -> None:
    _, text = made(house)
    with count_queries() as seen:
        answer = asked(house, text[:-1] + ("0" if text[-1] != "0" else "1"))

    assert is_problem(answer, 401)
    assert len(seen) == 0


# Scopes


def test_every_scope_has_a_meaning_and_every_operation_of_the_api_a_verb(house: House) -> None:
    from aims.api import router

    meanings = permissions.scope_meanings()
    offered = {
        permissions.verbs()[verb].scope for _, view, _ in router.registry for verb in view.verbs.values()
    }

    assert all(meanings.values())
    directory = {"scim:write"}  # opens SCIM, which has addresses of its own
    assert offered - {"", permissions.ANY_SCOPE} | directory == set(meanings), (
        "a scope that opens nothing, or none"
    )
    for scope in meanings:
        assert scope.partition(":")[2] in {"read", "write", "verify"}


def test_reading_needs_a_scope_to_read_and_writing_one_to_write() -> None:
    from aims.api import router

    for prefix, view, _ in router.registry:
        for action, verb in view.verbs.items():
            scope = permissions.verbs()[verb].scope
            method = getattr(getattr(view, action), "mapping", {})
            reads = action in {"list", "retrieve"} or (action not in STANDARD_WRITES and "get" in method)
            if action == "files":  # asks for a file of what may be read: a job, and no change of a record
                assert scope.endswith(":read"), (prefix, scope)
            elif scope not in {"", permissions.ANY_SCOPE}:
                assert scope.endswith(":read" if reads else (":write", ":verify")), (prefix, action, scope)


STANDARD_WRITES = {"create", "update", "partial_update", "destroy"}


def test_no_key_can_make_or_end_a_key(house: House) -> None:
    key, _ = made(house)
    _, all_scopes = made(house, scopes=permissions.scopes())
    body = {"name": "More", "scopes": ["systems:read"]}
    answers = [
        Client().post(
            house.api("api-keys"), body, content_type="application/json", headers=bearer(all_scopes)
        ),
        Client().post(house.api(f"api-keys/{key.pk}/revoke"), headers=bearer(all_scopes)),
        Client().post(house.api(f"api-keys/{key.pk}/rotate"), headers=bearer(all_scopes)),
        Client().get(house.api("api-keys"), headers=bearer(all_scopes)),
    ]

    assert all(is_problem(answer, 403) for answer in answers)
    with acting_in(house.organization):
        assert ApiKey.objects.count() == 2
    assert row(house, key).revoked_at is None


# Place


@pytest.mark.parametrize(
    ("listed", "address", "opens"),
    [
        ([], "203.0.113.9", True),
        (["203.0.113.0/24"], "203.0.113.9", True),
        (["203.0.113.0/24"], "203.0.114.9", False),
        (["203.0.113.9"], "203.0.113.9", True),
        (["203.0.113.9"], "203.0.113.10", False),
        (["203.0.113.9"], "::ffff:203.0.113.9", True),
        (["2001:db8::/32"], "2001:db8:1::7", True),
        (["2001:db8::/32"], "2001:db9::7", False),
        (["2001:db8::/32", "10.0.0.0/8"], "10.2.3.4", True),
        (["0.0.0.0/0"], "2001:db8::1", False),
    ],
)
def test_a_key_opens_only_from_its_networks(
    house: House, listed: list[str], address: str, opens: bool
) -> None:
    _, text = made(house, networks=listed)

    answer = asked(house, text, REMOTE_ADDR=address)

    assert answer.status_code == (200 if opens else 401)


def test_a_client_cannot_invent_its_address_and_a_proxy_can_tell_it(house: House, settings: Any) -> None:
    _, text = made(house, networks=["203.0.113.0/24"])
    forged = {"X-Forwarded-For": "203.0.113.9"}
    told = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}

    assert asked(house, text, REMOTE_ADDR="127.0.0.1", headers=forged).status_code == 401
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert asked(house, text, REMOTE_ADDR="127.0.0.1", headers=forged).status_code == 200
    assert asked(house, text, REMOTE_ADDR="127.0.0.1", headers=told).status_code == 401
    assert asked(house, text, REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "x"}).status_code == 401


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("192.0.2.1/24", "did you mean 192.0.2.0/24"),
        ("2001:db8::1/32", "did you mean 2001:db8::/32"),
        ("192.0.2", "neither an address nor a network"),
        ("example.org", "neither an address nor a network"),
        ("192.0.2.0/33", "neither an address nor a network"),
        ("::ffff:192.0.2.1", "as an IPv4 address"),
        ("", "neither an address nor a network"),
    ],
)
def test_a_network_that_is_none_is_refused(house: House, typed: str, sentence: str) -> None:
    with pytest.raises(RuleBroken, match=sentence) as refused:
        made(house, networks=["198.51.100.0/24", typed])

    assert refused.value.field == "networks"
    with acting_in(house.organization):
        assert not ApiKey.objects.exists()


def test_the_network_of_the_last_use_is_kept_and_not_the_address(house: House) -> None:
    key, text = made(house)
    asked(house, text, REMOTE_ADDR="203.0.113.9")
    assert row(house, key).last_used_from == "203.0.113.0/24"
    assert networks.network_of("2001:db8:1:2::7") == "2001:db8:1::/48"


# Pace


def early_in_the_minute() -> None:
    """So that the window does not end between the requests of a test."""
    if time.time() % 60 > 50:
        time.sleep(60.5 - time.time() % 60)


def test_a_key_is_told_its_limit_and_then_to_wait(house: House) -> None:
    early_in_the_minute()
    _, text = made(house, rate_limit=10)
    _, other = made(house, rate_limit=10)
    answers = [asked(house, text) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=10;w=60'
    assert answers[0].headers["RateLimit"].startswith('"key";r=9;t=')
    assert answers[9].headers["RateLimit"].startswith('"key";r=0;t=')
    assert is_problem(answers[10], 429)
    assert 1 <= int(answers[10].headers["Retry-After"]) <= 60
    assert answers[10].headers["RateLimit"].startswith('"key";r=0;t=')
    assert asked(house, other).status_code == 200


def test_a_refused_request_counts_too(house: House) -> None:
    early_in_the_minute()
    _, text = made(house, rate_limit=10)
    for _ in range(10):
        assert Client().get(house.api("trail"), headers=bearer(text)).status_code == 403

    assert asked(house, text).status_code == 429


def test_a_person_in_the_api_has_a_limit_and_pages_have_none(house: House, monkeypatch: Any) -> None:
    early_in_the_minute()
    monkeypatch.setattr(limits, "PER_PERSON", 3)
    lead, owner = as_member(house, "lead"), as_member(house, "owner")
    answers = [lead.get(house.api("me")) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"person";q=3;w=60'
    assert owner.get(house.api("me")).status_code == 200
    assert lead.get(house.url("systems/")).status_code == 200


def test_whoever_tries_many_keys_is_told_to_wait_and_a_good_key_beside_them_works(house: House) -> None:
    early_in_the_minute()
    _, text = made(house)
    wrong = keyformat.new_key("test").text
    answers = [asked(house, wrong, REMOTE_ADDR="203.0.113.9") for _ in range(31)]

    assert [answer.status_code for answer in answers] == [401] * 30 + [429]
    assert int(answers[30].headers["Retry-After"]) >= 1
    assert asked(house, wrong, REMOTE_ADDR="198.51.100.9").status_code == 401
    assert asked(house, text, REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_eight_threads_count_as_one() -> None:
    early_in_the_minute()
    found: list[int] = []

    def ask() -> None:
        for _ in range(25):
            found.append(limits.count("key", "shared", limit=1000).used)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == list(range(1, 201))
    assert limits.today("key", ["shared", "other"]) == {"shared": 200, "other": 0}


# Rotation


def test_a_rotated_key_works_with_both_secrets_for_a_day(house: House) -> None:
    key, old = made(house)
    now = timezone.now()
    with acting_as(house.admin) as actor:
        new = keys.rotate_key(actor=actor, key=key, now=now, life=90 * DAY)

    after = row(house, key)
    assert new != old
    assert after.expires_at == now + 90 * DAY
    assert after.previous_ends_at == now + DAY
    assert [asked(house, text).status_code for text in (old, new)] == [200, 200]
    with acting_in(house.organization):
        ApiKey.objects.update(previous_ends_at=timezone.now() - DAY)
    assert [asked(house, text).status_code for text in (old, new)] == [401, 200]


def test_the_old_secret_is_ended_early(house: House) -> None:
    key, old = made(house)
    with acting_as(house.admin) as actor:
        new = keys.rotate_key(actor=actor, key=key, now=timezone.now())

    answer = as_member(house, "admin").post(house.url(f"api-keys/{key.pk}/end-old-secret/"))

    assert answer.status_code == 302
    assert [asked(house, text).status_code for text in (old, new)] == [401, 200]
    assert actions(house) == ["api_key.created", "api_key.rotated", "api_key.old_secret_ended"]


def test_rotating_twice_ends_the_first_secret_and_revoking_ends_all(house: House) -> None:
    key, first = made(house)
    with acting_as(house.admin) as actor:
        second = keys.rotate_key(actor=actor, key=key, now=timezone.now())
        third = keys.rotate_key(actor=actor, key=key, now=timezone.now())
    assert [asked(house, text).status_code for text in (first, second, third)] == [401, 200, 200]

    with acting_as(house.admin) as actor:
        keys.revoke_key(actor=actor, key=row(house, key), now=timezone.now())
        with pytest.raises(RuleBroken, match="revoked"):
            keys.rotate_key(actor=actor, key=key, now=timezone.now())

    assert [asked(house, text).status_code for text in (first, second, third)] == [401, 401, 401]


def test_an_expired_secret_does_not_come_back_with_the_rotation(house: House) -> None:
    key, old = made(house)
    with acting_as(house.admin) as actor:
        ApiKey.objects.update(expires_at=timezone.now() - DAY)
        new = keys.rotate_key(actor=actor, key=key, now=timezone.now())

    assert [asked(house, text).status_code for text in (old, new)] == [401, 200]


def test_the_page_shows_the_new_secret_once_and_both_prefixes(house: House) -> None:
    key, old = made(house)
    admin = as_member(house, "admin")

    rotated = admin.post(house.url(f"api-keys/{key.pk}/rotate/"), {"days": 30})
    listed = admin.get(house.url("api-keys/"))

    after = row(house, key)
    assert f"aims_test_{after.prefix}_" in rotated.text
    assert rotated.headers["Cache-Control"] == "no-store"
    assert f"aims_test_{after.prefix}_" not in listed.text
    assert after.prefix in listed.text and key.prefix in listed.text
    assert old not in rotated.text


# Who answers for it, and its limits


def without_access(house: House, who: str) -> None:
    """The verb wants the keys handed over first; the wall behind it holds all the same."""
    with acting_in(house.organization):
        Member.objects.filter(pk=house.member[who].pk).update(is_active=False)


def test_a_key_stops_when_whoever_answers_for_it_has_no_access(house: House) -> None:
    _, text = made(house, responsible=house.member["staff"])
    assert asked(house, text).status_code == 200

    with pytest.raises(RuleBroken, match="the API key"), acting_as(house.admin) as actor:
        deactivate_member(actor=actor, member=house.member["staff"], reason="Left")
    assert asked(house, text).status_code == 200
    without_access(house, "staff")

    assert is_problem(asked(house, text), 401)
    assert "Stopped" in as_member(house, "admin").get(house.url("api-keys/")).text


def test_the_limits_of_a_key_change_and_a_stale_change_is_refused(house: House) -> None:
    key, text = made(house)
    admin = as_member(house, "admin")
    form = {
        "name": "Nightly push",
        "responsible": house.member["lead"].pk,
        "networks": "192.0.2.0/24\n2001:db8::/32",
        "rate_limit": 60,
        "row_version": 1,
    }

    changed = admin.post(house.url(f"api-keys/{key.pk}/change/"), form)
    stale = admin.post(house.url(f"api-keys/{key.pk}/change/"), {**form, "name": "Other"})

    after = row(house, key)
    assert (changed.status_code, stale.status_code) == (302, 409)
    assert (after.name, after.networks, after.rate_limit) == (
        "Nightly push",
        ["192.0.2.0/24", "2001:db8::/32"],
        60,
    )
    assert after.responsible_id == house.member["lead"].pk
    assert actions(house) == ["api_key.created", "api_key.changed"]
    assert asked(house, text).status_code == 401  # not from there


@pytest.mark.parametrize("rate", [0, 9, 6001, 2**31])
def test_a_rate_outside_the_bounds_is_refused(house: House, rate: int) -> None:
    with pytest.raises(RuleBroken, match="between 10 and 6,000"):
        made(house, rate_limit=rate)


def test_the_api_for_people_makes_changes_rotates_and_revokes(house: House, other_house: House) -> None:
    admin, lead = as_member(house, "admin"), as_member(house, "lead")

    def send(client: Client, path: str, body: Any = None, method: str = "post") -> Any:
        return getattr(client, method)(house.api(path), body or {}, content_type="application/json")

    refused = send(lead, "api-keys", {"name": "Push", "scopes": ["systems:read"]})
    body = {"name": "Push", "scopes": ["systems:read"], "networks": ["127.0.0.1"]}
    created = send(admin, "api-keys", body)
    pk, text = created.json()["id"], created.json()["key"]
    stranger = {"row_version": 1, "responsible_id": other_house.member["lead"].pk}
    foreign = send(admin, f"api-keys/{pk}", stranger, "patch")
    changed = send(admin, f"api-keys/{pk}", {"row_version": 1, "rate_limit": 42}, "patch")
    wider = send(admin, f"api-keys/{pk}", {"row_version": 2, "scopes": ["trail:read"]}, "patch")
    rotated = send(admin, f"api-keys/{pk}/rotate", {"days": 10})
    listed = lead.get(house.api("api-keys"))

    assert refused.status_code == 403
    assert created.status_code == 201 and created.headers["Cache-Control"] == "no-store"
    assert created.json()["networks"] == ["127.0.0.1/32"]
    assert (foreign.status_code, changed.status_code, wider.status_code) == (400, 200, 400)
    assert changed.json()["rate_limit"] == 42
    assert rotated.json()["key"] != text
    assert (
        text not in listed.text and rotated.json()["key"] not in listed.text and "digest" not in listed.text
    )
    assert [asked(house, each).status_code for each in (text, rotated.json()["key"])] == [200, 200]
    assert send(admin, f"api-keys/{pk}/end-old-secret").json()["previous_ends_at"]
    assert [asked(house, each).status_code for each in (text, rotated.json()["key"])] == [401, 200]
    assert send(admin, f"api-keys/{pk}/revoke").json()["revoked_at"]
    assert asked(house, rotated.json()["key"]).status_code == 401


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_of_keys_asks_four_times(house: House, number: int) -> None:
    for _ in range(number):
        made(house)
    admin = as_member(house, "admin")
    admin.get(house.url("api-keys/"))
    with count_queries() as seen:
        page = admin.get(house.url("api-keys/"))

    assert page.text.count("Works") == number
    assert sum("core_apikey" in statement for statement in seen) == 1, seen


# Reminders


def test_admins_and_the_responsible_person_hear_of_the_end_14_and_3_days_before(house: House) -> None:
    now = timezone.now()
    made(house, life=20 * DAY, responsible=house.member["owner"])
    made(house, name="Revoked", life=14 * DAY)
    today = now.date()
    told: dict[int, list[str]] = {}
    with acting_in(house.organization) as actor:
        keys.revoke_key(actor=actor, key=ApiKey.objects.get(name="Revoked"), now=now)
        for day in range(0, 21):
            before = set(Reminder.objects.values_list("pk", flat=True))
            reminders.remind(keys.expiries_due(today + day * DAY), today + day * DAY)
            new = Reminder.objects.exclude(pk__in=before).select_related("member")
            if new:
                told[20 - day] = sorted(reminder.member.name for reminder in new)

    assert told == {14: ["Adam Admin", "Oscar Owner"], 3: ["Adam Admin", "Oscar Owner"]}


# The same request again


def post(house: House, text: str, name: str, body: Any = None, path: str = "systems") -> Any:
    headers = {**bearer(text), "Idempotency-Key": name}
    return Client().post(house.api(path), body or SYSTEM, content_type="application/json", headers=headers)


def systems(house: House) -> int:
    with acting_in(house.organization):
        return AISystem.objects.count()


def test_a_repeated_request_is_done_once_and_answered_alike(house: House) -> None:
    _, text = made(house)

    first, again, quoted = (post(house, text, name) for name in ("a-1", "a-1", '"a-1"'))

    assert (first.status_code, again.status_code, quoted.status_code) == (201, 201, 201)
    assert first.json() == again.json() == quoted.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert systems(house) == 1


def test_another_request_under_the_same_name_is_refused(house: House) -> None:
    _, text = made(house)
    post(house, text, "a-1")

    answer = post(house, text, "a-1", {**SYSTEM, "name": "Another"})

    assert is_problem(answer, 422)
    assert systems(house) == 1


def test_names_belong_to_one_key_and_one_route(house: House, other_house: House) -> None:
    _, one = made(house)
    _, two = made(house)
    _, foreign = made(other_house)

    answers = [post(house, one, "a-1"), post(house, two, "a-1"), post(other_house, foreign, "a-1")]

    assert all("Idempotency-Replayed" not in answer.headers for answer in answers)
    assert (systems(house), systems(other_house)) == (2, 1)


def test_a_refused_request_may_be_put_right_under_the_same_name(house: House) -> None:
    _, text = made(house)

    refused = post(house, text, "a-1", {**SYSTEM, "ai_type": "nonsense"})
    right = post(house, text, "a-1")

    assert (refused.status_code, right.status_code, systems(house)) == (400, 201, 1)


def test_a_file_sent_again_is_one_item_of_evidence(house: House) -> None:
    _, text = made(house, scopes=["evidence:write"])

    def send(content: bytes) -> Any:
        body = {
            "title": "Nightly run",
            "kind": "test_result",
            "source": "CI",
            "file": SimpleUploadedFile("run.pdf", content),
            "period_from": "2026-10-01",
        }
        headers = {**bearer(text), "Idempotency-Key": "run-7"}
        return Client().post(house.api("evidence"), body, headers=headers)

    first, again, other = send(PDF), send(PDF), send(PDF + b"x")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json()["sha256"] == again.json()["sha256"]
    with acting_in(house.organization):
        assert Evidence.objects.count() == 1


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "é"])
def test_a_name_that_is_none_is_refused(house: House, name: str) -> None:
    _, text = made(house)
    assert is_problem(post(house, text, name), 400)
    assert systems(house) == 0


def test_a_kept_answer_needs_the_scope_still_and_a_session_has_none(house: House) -> None:
    key, text = made(house)
    post(house, text, "a-1")
    with acting_in(house.organization):
        ApiKey.objects.filter(pk=key.pk).update(scopes=["systems:read"])

    assert is_problem(post(house, text, "a-1"), 403)
    by_person = as_member(house, "lead").post(
        house.api("systems"), SYSTEM, content_type="application/json", headers={"Idempotency-Key": "a"}
    )
    assert is_problem(by_person, 400)
    assert systems(house) == 1


def test_answers_are_kept_for_a_day_and_then_forgotten(house: House) -> None:
    _, text = made(house)
    post(house, text, "young")
    post(house, text, "old")
    now = timezone.now()
    with acting_in(house.organization) as actor:
        KeptAnswer.objects.filter(name="old").update(created_at=now - DAY - datetime.timedelta(minutes=1))
        KeptAnswer.objects.filter(name="young").update(created_at=now - DAY + datetime.timedelta(minutes=5))
        keys.forget_answers(actor, now.date())
        assert list(KeptAnswer.objects.values_list("name", flat=True)) == ["young"]


@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_the_same_time_is_a_conflict(house: House) -> None:
    from aims.core.rest.idempotency import Repeatable

    key, _ = made(house)
    same = {"key_id": key.pk, "route": "/x", "name": "a-1", "request_hash": "0"}
    found: list[Any] = []

    def second() -> None:
        try:
            with acting_in(house.organization), transaction.atomic():
                found.append(Repeatable(**same).earlier_answer())
        except StaleState as refused:
            found.append(refused)
        finally:
            connection.close()

    with acting_in(house.organization):
        assert Repeatable(**same).earlier_answer() is None
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=10)

    assert isinstance(found[0], StaleState)


# Bad tokens


def bad_keys(house: House, other_house: House) -> dict[str, str]:
    """A key of every kind that must not work, each once as good as any."""
    now = timezone.now()
    expired, revoked, rotated = (made(house, name=name) for name in ("expired", "revoked", "rotated"))
    left, good = made(house, responsible=house.member["staff"]), made(house)
    with acting_as(house.admin) as actor:
        ApiKey.objects.filter(pk=expired[0].pk).update(expires_at=now - DAY)
        keys.revoke_key(actor=actor, key=revoked[0], now=now)
        keys.rotate_key(actor=actor, key=rotated[0], now=now)
        keys.end_overlap(actor=actor, key=ApiKey.objects.get(pk=rotated[0].pk), now=now)
    without_access(house, "staff")
    return {
        "expired": expired[1],
        "revoked": revoked[1],
        "old secret, ended": rotated[1],
        "nobody answers for it": left[1],
        "from elsewhere": made(house, networks=["192.0.2.0/24"])[1],
        "of another organization": made(other_house)[1],
        "truncated": good[1][:-9],
        "wrong checksum": good[1][:-8] + "00000000",
        "with a space": good[1][:20] + " " + good[1][20:],
        "of production": good[1].replace("aims_test", "aims_live"),
        "unknown": keyformat.new_key("test").text,
    }


def test_bad_keys_are_all_answered_alike_and_change_nothing(house: House, other_house: House) -> None:
    bad = bad_keys(house, other_house)
    with acting_in(house.organization):
        lines = TrailEvent.objects.count()
    answers = {}
    for kind, text in bad.items():
        for client in (Client(), as_member(house, "lead")):
            answer = client.post(house.api("systems"), SYSTEM, "application/json", headers=bearer(text))
            body = {name: value for name, value in answer.json().items() if name != "request_id"}
            answers[kind, bool(client.cookies)] = (answer.status_code, str(body), sorted(answer.headers))

    assert {status for status, _, _ in answers.values()} == {401}
    assert len(set(map(str, answers.values()))) == 1, answers
    assert systems(house) == 0
    with acting_in(house.organization):
        assert TrailEvent.objects.count() == lines
        assert not ApiKey.objects.exclude(last_used_at=None).exists()
