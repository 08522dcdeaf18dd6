"""What people wrote lies beside the chain: readable, provable, and erasable without breaking the chain."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from aims.core import trail, verification
from aims.core.models import TrailEvent, TrailText
from aims.core.queries.trail import lines
from aims.core.services.erasure import decide_erasure, request_erasure
from aims.core.services.organizations import add_member, deactivate_member
from aims.core.services.trail import report_on
from aims.core.tenancy.context import acting_as, acting_in
from aims.launch import roles
from inventory.services.systems import register_system
from tests.cast import NOW, House, as_member, build_house
from tests.conftest import super_url

WORDS = "Ask Zelda Quark (zq.canary@quark.test) about ZELDA QUARK's wards"


@pytest.fixture
def own(transactional_db: None) -> House:
    return build_house("Meadow Clinic", "meadow")


def write(house: House, **told: Any) -> TrailEvent:
    with acting_in(house.organization, actor=house.lead) as actor:
        trail.record(actor, "test.written", actor_member(house), **told)
    with acting_in(house.organization):
        event: TrailEvent = TrailEvent.objects.get(action="test.written")
    return event


def actor_member(house: House) -> Any:
    return house.member["lead"]


def check(house: House) -> verification.TrailCheck:
    return verification.verify(house.organization.pk)


def sentence(house: House, event: TrailEvent) -> str:
    with acting_in(house.organization):
        return next(iter(lines([event], reader=house.lead))).summary


def as_superuser(statement: str, *values: Any) -> None:
    name = connections["default"].settings_dict["NAME"]
    address = roles.address(super_url(), database=name)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement, values)


def test_a_line_holds_the_mark_and_the_page_the_words(own: House) -> None:
    event = write(own, before={"purpose": "short words"}, after={"purpose": WORDS}, reason="Because so")

    body = json.loads(event.body)
    with acting_in(own.organization):
        kept = {row.mark: row for row in TrailText.objects.all()}
    row = kept[body["after"]["purpose"]["mark"]]
    assert body["after"]["purpose"]["length"] == len(WORDS)
    assert (
        row.text == WORDS and hmac.new(bytes(row.key), WORDS.encode(), hashlib.sha256).hexdigest() == row.mark
    )
    assert all(word not in event.body for word in ("short words", "Zelda", "Because"))
    assert sentence(own, event) == f"purpose: short words → {WORDS}; reason: Because so"
    assert check(own).is_intact


def test_one_word_in_a_column_for_free_words_is_a_text_and_a_code_is_not(own: House) -> None:
    event = write(
        own,
        after={
            "name": "Zelda",
            "email": "A.5.2",
            "state": "accepted",
            "sha256": "ab" * 32,
            "who": ["member:5"],
        },
    )

    after = json.loads(event.body)["after"]
    assert after.pop("name").keys() == {"mark", "length"}
    assert after == {"email": "A.5.2", "state": "accepted", "sha256": "ab" * 32, "who": ["member:5"]}


def test_equal_words_have_marks_that_differ(own: House) -> None:
    event = write(own, before={"a": "the same words"}, after={"a": "the same words"})

    body = json.loads(event.body)
    assert body["before"]["a"]["mark"] != body["after"]["a"]["mark"]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE core_trailtext SET text = 'Nothing' WHERE text = %s", "was changed after it was written"),
        ("DELETE FROM core_trailtext WHERE text = %s", "is missing"),
    ],
)
def test_a_text_that_is_changed_or_gone_is_found_at_its_line(
    own: House, statement: str, problem: str
) -> None:
    event = write(own, reason=WORDS)

    as_superuser(statement, WORDS)

    found = check(own)
    assert [bad.seq for bad in found.bad] == [event.seq]
    assert problem in found.bad[0].sentence


def test_erasure_takes_the_name_out_of_the_texts_and_the_chain_still_verifies(own: House) -> None:
    with acting_in(own.organization):
        member = add_member(
            actor=own.admin,
            email="zq.canary@quark.test",
            name="Zelda Quark",
            roles=["staff"],
            password="x" * 20,
        )
    event = write(own, reason=WORDS)
    other = "Nothing about anybody here"
    with acting_as(own.lead) as actor:
        trail.record(actor, "test.other", reason=other)
    with acting_as(own.admin) as actor:
        deactivate_member(actor=actor, member=member, reason="Zelda Quark left")
        erasure = request_erasure(actor=actor, member=member, ground="objection", now=NOW)
    with acting_as(own.lead) as actor:
        decide_erasure(actor=actor, erasure=erasure, confirm=True, now=NOW)

    with acting_in(own.organization):
        again = TrailEvent.objects.get(pk=event.pk)
        rows = {row.text: row.key for row in TrailText.objects.all()}
    former = f"Former member {member.pk}"
    reworded = f"Ask {former} (former-{member.pk}@erased.invalid) about {former}'s wards"
    assert (again.body, bytes(again.hash)) == (event.body, bytes(event.hash))
    assert not [text for text in rows if "zelda" in text.lower() or "canary" in text]
    assert rows[reworded] is None and rows[f"{former} left"] is None and rows[other] is not None
    assert sentence(own, again) == f"reason: {reworded}"
    report = report_on(own.organization)
    assert report.intact and "The first wording of 2 texts" in " ".join(report.not_shown)


def test_the_words_cannot_be_guessed_once_the_key_is_gone(own: House) -> None:
    event = write(own, reason="Zelda Quark")
    mark = json.loads(event.body)["reason"]["mark"]

    with acting_in(own.organization):
        assert hashlib.sha256(b"Zelda Quark").hexdigest() != mark
        keys = [bytes(row.key) for row in TrailText.objects.exclude(mark=mark)]
    assert mark not in [hmac.new(key, b"Zelda Quark", hashlib.sha256).hexdigest() for key in keys]


def test_without_a_confirmed_erasure_the_database_touches_no_text(own: House) -> None:
    write(own, reason=WORDS)
    name = connections["default"].settings_dict["NAME"]
    with psycopg.connect(roles.address(super_url(), database=name), autocommit=True) as connection:
        connection.execute("SET ROLE portal_app")
        connection.execute("SELECT set_config('app.current_org', %s, false)", [str(own.organization.pk)])
        for statement in (
            "SELECT erase_trail_texts(1)",
            "UPDATE core_trailtext SET key = NULL",
            "DELETE FROM core_trailtext",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)

    with acting_in(own.organization):
        assert TrailText.objects.filter(text=WORDS, key__isnull=False).count() == 1


def test_export_and_api_hold_what_checking_the_marks_needs(own: House) -> None:
    event = write(own, reason=WORDS)
    lead = as_member(own, "lead")

    answer = lead.get(own.api("trail"), {"action": "test.written"}).json()["results"][0]
    file = lead.get(own.url("trail/export/"), {"format": "jsonl", "action": "test.written"})
    line = json.loads(b"".join(file.streaming_content).decode().splitlines()[0])

    mark = json.loads(event.body)["reason"]["mark"]
    assert answer["texts"] == line["texts"] and list(line["texts"]) == [mark]
    told = line["texts"][mark]
    assert told["text"] == WORDS
    assert hmac.new(bytes.fromhex(told["key"]), WORDS.encode(), hashlib.sha256).hexdigest() == mark


def test_a_free_text_of_a_register_stays_out_of_the_chain(own: House) -> None:
    with acting_as(own.lead) as actor:
        register_system(actor=actor, name="Triage", owner=own.member["owner"], now=NOW, purpose=WORDS)

    with acting_in(own.organization):
        assert not TrailEvent.objects.filter(body__contains="Zelda").exists()


def test_lines_from_before_stay_as_they_are_and_verify(own: House) -> None:
    """Bodies with their texts in them, as they were written before texts lay beside the chain."""
    with acting_in(own.organization, actor=own.lead) as actor:
        at = timezone.now()
        body = {"at": at.isoformat(), "actor": actor.label, "action": "test.old", "reason": WORDS}
        TrailEvent.objects.create(
            body=json.dumps(body, sort_keys=True, separators=(",", ":")),
            at=at,
            actor=actor.label,
            action="test.old",
        )

    with acting_in(own.organization):
        event = TrailEvent.objects.get(action="test.old")
    assert sentence(own, event) == f"reason: {WORDS}"
    assert check(own).is_intact


def test_thirty_texts_cost_no_more_queries_than_one(own: House, django_assert_num_queries: Any) -> None:
    with acting_in(own.organization, actor=own.lead) as actor:
        for number in range(30):
            trail.record(actor, "test.many", reason=f"Words number {number}")
    with acting_in(own.organization):
        events = list(TrailEvent.objects.filter(action="test.many"))
        list(lines(events[:1], reader=own.lead))
        with django_assert_num_queries(4):
            many = list(lines(events, reader=own.lead))
        with django_assert_num_queries(4):
            list(lines(events[:1], reader=own.lead))

    assert len({line.summary for line in many}) == 30
