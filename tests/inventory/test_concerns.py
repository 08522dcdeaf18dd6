"""Concerns (SM-18): their life cycle, and that nobody learns of them who should not."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Mail, Notification, Reminder, TrailEvent
from aims.core.registry import registry
from aims.core.reminders import remind
from aims.core.tenancy.context import acting_as, acting_in
from inventory.enums import ConcernOutcome
from inventory.models import Concern, ConcernEntry, ConcernHandler, ConcernMessage
from inventory.places import concerns as places
from inventory.queries import concerns as queries
from inventory.reminders import concerns as reminders
from inventory.rules.concerns import CONCERN, acknowledge_by, ended_quarters, feedback_by, told_group
from inventory.sections.concerns import sections
from inventory.services import concern_handlers
from inventory.services import concerns as services
from inventory.services.concern_log import digest_of_entry
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.test_api import Api
from tests.queries import count_queries

DAY = datetime.timedelta(days=1)
CANARY = "zqcanary-worry"
GIVEN: dict[str, Any] = {
    "has_no_conflict": True,
    "outcome": "confirmed",
    "conclusion": f"{CANARY} found",
    "measures": f"{CANARY} measures",
    "feedback": f"{CANARY} feedback",
    "handover": f"{CANARY} to the board",
    "late_reason": f"{CANARY} late",
}
STEPS = [(row.source, row.action) for row in CONCERN.transitions]
TABLES = ("concern", "concernabout", "concernaccess", "concernmessage", "concernentry")


def appoint(house: House, *who: str) -> None:
    with acting_as(house.top):
        for each in who:
            concern_handlers.appoint_handler(actor=house.top, member=house.member[each], now=NOW)


def a_concern(house: House, who: str = "staff", **values: Any) -> tuple[Concern, str]:
    with acting_as(house.actor(who)) as actor:
        return services.report_concern(actor=actor, now=NOW, **{"text": f"{CANARY} report", **values})


def step(house: House, concern: Concern, action: str, who: str = "control_owner", **given: Any) -> None:
    with acting_as(house.actor(who)) as actor:
        services.move_concern(actor=actor, concern=concern, action=action, now=NOW, **{**GIVEN, **given})


def put(house: House, concern: Concern, **columns: Any) -> None:
    """Into a state, past the steps that lead to it."""
    with acting_as(house.control_owner):
        assert Concern.objects.filter(pk=concern.pk).update(**columns) == 1
        concern.refresh_from_db()


def stored(house: House, concern: Concern) -> tuple[Any, ...]:
    with acting_as(house.control_owner):
        row = Concern.objects.get(pk=concern.pk)
        parts = (row.messages.count(), row.access.count(), row.entries.count())
        return row.state, row.outcome, *parts, TrailEvent.objects.count()


def refused(house: House, concern: Concern, action: str, sentence: str, **given: Any) -> None:
    before = stored(house, concern)
    with pytest.raises(RuleBroken, match=sentence), transaction.atomic():
        step(house, concern, action, **given)
    assert stored(house, concern) == before


def handles(house: House, who: str, concern: Concern) -> bool:
    with acting_as(house.actor(who)) as actor:
        return queries.handles(actor, concern)


def test_the_steps_of_the_table_are_taken_by_a_handler_of_any_role_and_no_other_step_is(house):
    appoint(house, "control_owner", "lead")
    concern, _ = a_concern(house)
    for state in sorted(CONCERN.states):
        for action in sorted(services.VERBS):
            put(house, concern, state=state)
            if (state, action) not in STEPS:
                refused(house, concern, action, "is not possible")
                continue
            with transaction.atomic():
                step(house, concern, action)
                assert stored(house, concern)[0] == CONCERN.transition(state, action).target
                transaction.set_rollback(True)


def test_nobody_but_a_named_handler_takes_a_step(house):
    appoint(house, "control_owner")
    concern, _ = a_concern(house)
    before = stored(house, concern)
    for who in ("staff", "admin", "owner", "risk_owner", "internal_auditor", "top", "lead"):
        with pytest.raises(NotAllowed):
            step(house, concern, "acknowledge", who)
    assert stored(house, concern) == before


def test_every_guard_and_effect_of_the_table_has_a_provider():
    for row in CONCERN.transitions:
        assert [text for text in row.guards if ("SM-18", text) not in registry.guards] == []
        assert [text for text in row.effects if ("SM-18", text) not in registry.effects] == []


def test_a_step_needs_what_it_asks(house):
    appoint(house, "control_owner", "lead")
    concern, _ = a_concern(house)
    for state, action, lack, sentence in (
        ("acknowledged", "assess", "has_no_conflict", "Confirm that you have no conflict"),
        ("assessed", "conclude", "outcome", "Choose the outcome"),
        ("assessed", "conclude", "conclusion", "what was found"),
        ("investigating", "conclude", "measures", "Write down the measures"),
        ("investigating", "conclude", "feedback", "feedback"),
        ("concluded", "close", "handover", "handed over"),
    ):
        put(house, concern, state=state)
        refused(house, concern, action, sentence, **{lack: ""})


def test_a_late_acknowledgement_needs_its_reason(house):
    appoint(house, "control_owner")
    concern, _ = a_concern(house)
    put(house, concern, received_at=NOW - 8 * DAY)
    refused(house, concern, "acknowledge", "Seven days have passed", late_reason=" ")
    put(house, concern, received_at=NOW - 7 * DAY)

    step(house, concern, "acknowledge", late_reason="")

    assert concern.acknowledged_at == NOW


def test_the_time_limits_are_seven_days_and_three_months():
    assert acknowledge_by(datetime.date(2026, 12, 28)) == datetime.date(2027, 1, 4)
    assert feedback_by(datetime.date(2026, 11, 30)) == datetime.date(2027, 2, 28)


def rows_seen(house: House) -> list[int]:
    """By SQL past every query of ours: rows of each table that the database shows to who acts now."""
    counts = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM inventory_{table}")  # noqa: S608 - our own tables
            counts.append(cursor.fetchone()[0])
    return counts


def test_the_database_shows_a_concern_to_its_handlers_and_its_reporter_only(house, other_house):
    appoint(house, "control_owner")
    concern, _ = a_concern(house, "owner", about=[house.member["risk_owner"]])
    step(house, concern, "acknowledge")
    with acting_as(house.control_owner) as actor:
        services.write_to_reporter(actor=actor, concern=concern, text="Since when?", now=NOW)
        everything = rows_seen(house)

    assert everything == [1, 1, 1, 1, 3]
    for who in house.member:
        with acting_as(house.actor(who)) as actor:
            is_open = who in {"owner", "control_owner"}
            assert rows_seen(house) == (everything if is_open else [0] * 5), who
            assert queries.readable(actor).exists() == is_open
    with acting_in(house.organization):  # the portal itself, in a job or a pack
        assert rows_seen(house) == [0] * 5
    with acting_as(other_house.lead):
        assert rows_seen(house) == [0] * 5


def test_the_database_lets_nobody_else_write_into_a_concern(house):
    appoint(house, "control_owner")
    concern, _ = a_concern(house, "owner")
    before = stored(house, concern)

    with acting_as(house.admin):
        assert Concern.objects.filter(pk=concern.pk).update(state="closed") == 0
        for model in (ConcernMessage, ConcernEntry):
            columns = {"at": NOW, "is_from_reporter": True} if model is ConcernMessage else {"at": NOW}
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                model.objects.create(concern=concern, **columns)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Concern.objects.create(reference="CON-9", received_at=NOW, state_since=NOW, code_digest="x")
    with acting_as(house.control_owner), pytest.raises(DatabaseError), transaction.atomic():
        concern.entries.update(action="close")  # the log is written once, also by handlers

    assert stored(house, concern) == before


def test_a_person_it_is_about_never_reads_it_although_named(house):
    appoint(house, "control_owner", "lead")
    concern, _ = a_concern(house, about=[house.member["lead"]])

    assert not handles(house, "lead", concern)
    step(house, concern, "acknowledge")
    with acting_as(house.control_owner) as actor, pytest.raises(RuleBroken, match="cannot handle"):
        concern_handlers.let_in(actor=actor, concern=concern, member=house.member["lead"], now=NOW)
    assert not handles(house, "lead", concern)
    with acting_in(house.organization):
        told = Notification.objects.filter(text__startswith="A concern").values_list(
            "member__name", flat=True
        )
        assert list(told) == ["Carl Control"]


def test_a_concern_that_nobody_may_handle_is_told_to_top_management_without_a_word_of_it(house):
    a_concern(house)

    with acting_as(house.top) as actor:
        told = Notification.objects.get()
        assert told.member == house.member["top"]
        assert told.text == "A concern waits, and nobody is named who may handle it."
        assert not queries.readable(actor).exists()


def test_a_delegate_of_a_handler_reads_nothing(house):
    appoint(house, "lead")
    concern, _ = a_concern(house)
    stand_in = house.owner
    stands_in = type(stand_in)(
        **{
            **stand_in.__dict__,
            "roles": stand_in.roles | {"compliance_lead"},
            "delegations": (("compliance_lead", house.member["lead"].pk),),
        }
    )

    with acting_as(stands_in):
        assert not queries.readable(stands_in).exists()
        with pytest.raises(NotAllowed):
            services.move_concern(actor=stands_in, concern=concern, action="acknowledge", now=NOW)


def test_the_list_is_made_at_acknowledgement_and_later_handlers_are_let_in(house):
    appoint(house, "control_owner", "lead")
    concern, _ = a_concern(house)
    step(house, concern, "acknowledge")
    appoint(house, "owner")
    assert [handles(house, who, concern) for who in ("control_owner", "lead", "owner")] == [True, True, False]

    with acting_as(house.control_owner) as actor:
        concern_handlers.let_in(actor=actor, concern=concern, member=house.member["owner"], now=NOW)
        with pytest.raises(RuleBroken, match="Only a named handler"):
            concern_handlers.let_in(actor=actor, concern=concern, member=house.member["staff"], now=NOW)

    assert handles(house, "owner", concern)


def test_stepping_back_ends_reading_and_leaves_somebody(house):
    appoint(house, "control_owner", "lead")
    concern, _ = a_concern(house)
    with acting_as(house.lead) as actor:
        concern_handlers.declare_conflict(actor=actor, concern=concern, now=NOW)

    assert not handles(house, "lead", concern)
    with acting_as(house.control_owner) as actor, pytest.raises(RuleBroken, match="Nobody else"):
        concern_handlers.declare_conflict(actor=actor, concern=concern, now=NOW)
    assert handles(house, "control_owner", concern)


def test_an_ended_appointment_ends_reading_for_good_and_a_concern_without_readers_goes_to_the_next(house):
    appoint(house, "lead", "control_owner")
    concern, _ = a_concern(house)
    step(house, concern, "acknowledge")
    with acting_as(house.top) as actor:
        for who in ("lead", "control_owner"):
            handler = ConcernHandler.objects.get(member=house.member[who], ended_at=None)
            if who == "control_owner":
                appoint(house, "lead", "owner")
                assert not handles(house, "lead", concern)  # named again, and not on its list
            concern_handlers.end_handler(actor=actor, handler=handler, now=NOW)

    assert not handles(house, "control_owner", concern)
    assert handles(house, "owner", concern)  # nobody of the list is left


def test_only_top_management_names_handlers(house):
    for who in ("lead", "admin", "staff"):
        with acting_as(house.actor(who)) as actor:
            with pytest.raises(NotAllowed):
                concern_handlers.appoint_handler(actor=actor, member=house.member["lead"], now=NOW)
            assert not ConcernHandler.objects.exists()


def test_neither_administrators_nor_auditors_are_named_to_handle_concerns(house):
    for who in ("admin", "internal_auditor"):
        with acting_as(house.top), pytest.raises(RuleBroken, match="no role that opens concerns"):
            concern_handlers.appoint_handler(actor=house.top, member=house.member[who], now=NOW)
    page = as_member(house, "top").get(house.url("concerns/handlers/new/")).content.decode()

    assert "Stan Staff" in page and "Adam Admin" not in page and "Ines Internal" not in page
    with acting_in(house.organization):
        assert not ConcernHandler.objects.exists()


def test_without_a_name_nothing_says_who_it_was(house):
    with acting_in(house.organization):
        before = TrailEvent.objects.count()
    concern, code = a_concern(house, is_anonymous=True)

    assert concern.reporter_id is None
    assert len(code.replace("-", "")) == 25 and code not in concern.code_digest
    assert concern.code_digest == services.digest_of(code.lower().replace("-", " "))
    with acting_in(house.organization):
        lines = list(TrailEvent.objects.order_by("id").values_list("actor", "action", "object_id"))[before:]
    assert lines == [("system:0", "concern.noted", None)]
    with acting_as(house.staff):  # not even to themselves, without the code
        assert rows_seen(house) == [0] * 5


def test_a_code_opens_the_mailbox_and_both_sides_talk(house, client):
    appoint(house, "control_owner")
    concern, code = a_concern(house, is_anonymous=True)
    other, _ = a_concern(house, is_anonymous=True)
    with acting_as(house.control_owner) as actor:
        services.write_to_reporter(actor=actor, concern=concern, text="Since when?", now=NOW)
        services.write_to_reporter(actor=actor, concern=other, text="Of another", now=NOW)

    page = client.post("/mailbox/", {"code": code.lower()})
    sent = client.post("/mailbox/", {"code": code, "text": "Since May"})

    assert page.status_code == 200 and "Since when?" in page.content.decode()
    assert CANARY not in page.content.decode()  # what was reported is not shown again
    assert "Since May" in sent.content.decode() and "Of another" not in sent.content.decode()
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "sessionid" not in client.cookies
    with acting_as(house.control_owner):
        message = ConcernMessage.objects.order_by("-id")[0]
        assert (message.concern_id, message.text, message.is_from_reporter) == (concern.pk, "Since May", True)


def test_a_wrong_code_opens_nothing_and_tries_are_limited(house, client):
    a_concern(house, is_anonymous=True)
    a_concern(house)  # with a name: no code, and an empty digest opens nothing

    answers = [client.post("/mailbox/", {"code": f"AAAAA-{number}"}).status_code for number in range(12)]

    assert answers == [404] * 10 + [429] * 2
    assert client.get("/mailbox/").status_code == 200


def text_of_all_tables() -> str:
    """Every row of every table that who acts now may read, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [table])
            if cursor.fetchone()[0]:
                cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - our own tables
                found += [f"{table}: {row[0]}" for row in cursor.fetchall()]
    return "\n".join(found)


def lived_through(house: House) -> Concern:
    appoint(house, "control_owner")
    concern, _ = a_concern(house)
    for action in ("acknowledge", "assess", "investigate", "conclude", "close"):
        step(house, concern, action)
        if action == "assess":
            with acting_as(house.control_owner) as actor:
                services.write_to_reporter(actor=actor, concern=concern, text=f"{CANARY} asked", now=NOW)
            with acting_as(house.staff) as actor:
                services.write_as_reporter(actor=actor, concern=concern, text=f"{CANARY} said", now=NOW)
    return concern


def test_no_word_of_a_concern_stands_anywhere_in_plain_and_no_other_table_names_it(house):
    concern = lived_through(house)
    with acting_as(house.control_owner):  # whom the database shows the rows themselves
        text = text_of_all_tables()
        assert f"{concern.pk}," in text and concern.reference in text  # the search would find it
        assert CANARY not in text
        assert CANARY in concern.report and CANARY in concern.conclusion
        assert all(CANARY in message.text for message in concern.messages.all())
        assert [entry.digest == digest_of_entry(entry) for entry in concern.entries.all()] == [True] * 8
        digests = list(concern.entries.values_list("digest", flat=True))
    with acting_as(house.admin):
        text = text_of_all_tables()
        assert all(digest in text for digest in digests)  # the trail vouches for the log
        assert concern.reference not in text
        assert not Reminder.objects.exists() and Mail.objects.exists()
        lines = [line for line in text.splitlines() if line.startswith("core_trail") and "concern." in line]
        assert lines and all("concern.noted" in line and "system:0" in line for line in lines)


def test_no_page_or_answer_tells_a_concern_to_who_does_not_handle_it(house):
    concern = lived_through(house)
    with acting_as(house.control_owner):
        made = list(concern.entries.values_list("nonce", flat=True))
    pages = [
        "",
        "work/",
        "concerns/",
        "concerns/statistics/",
        "trail/",
        f"search/?q={concern.reference}",
        "notifications/",
    ]
    pages += [f"concerns/{concern.pk}/", f"concerns/{concern.pk}/act/close/", "reminders/", "people/"]
    for who in ("lead", "admin", "internal_auditor"):
        client = as_member(house, who)
        for page in pages:
            text = client.get(house.url(page)).content.decode()
            told = (
                f"concerns/{concern.pk}/" if "search" in page else concern.reference
            )  # a search repeats its words
            assert told not in text and CANARY not in text, (who, page)
            assert not [nonce for nonce in made if nonce in text]
        missing = client.get(house.url("concerns/999999/"))
        assert client.get(house.url(f"concerns/{concern.pk}/")).status_code == missing.status_code
        answer = client.get(house.api("concerns"))
        assert answer.status_code == 403 if who == "admin" else answer.json()["count"] == 0
        assert CANARY not in client.get(house.api(f"concerns/{concern.pk}")).content.decode()
    with acting_in(house.organization):
        told = [section for source in registry.pack_sections for section in source(TODAY)]
        assert any(section.key == "concerns" for section in told)
        assert CANARY not in repr(told) and concern.reference not in repr(told)
    handler = as_member(house, "control_owner")
    assert CANARY in handler.get(house.url(f"concerns/{concern.pk}/")).content.decode()
    assert CANARY in handler.get(house.api(f"concerns/{concern.pk}")).content.decode()


def test_no_key_reads_or_raises_a_concern(house):
    api = Api(house, "incidents:read", "incidents:write", "systems:read")

    assert api.get("concerns").status_code == 403
    assert api.post("concerns", {"text": "X"}).status_code == 403


def test_a_concern_is_raised_and_handled_on_pages(house, staff):
    appoint(house, "control_owner")
    made = staff.post(house.url("concerns/new/"), {"text": "It ranks by age", "is_anonymous": "on"})
    assert made.status_code == 200 and "data-code" in made.content.decode()
    with acting_as(house.control_owner):
        concern = Concern.objects.get()
    handler = as_member(house, "control_owner")

    acted = handler.post(house.url(f"concerns/{concern.pk}/act/acknowledge/"), {"late_reason": ""})
    refusal = handler.post(house.url(f"concerns/{concern.pk}/act/assess/"), {})
    page = handler.get(house.url(f"concerns/{concern.pk}/")).content.decode()

    assert (acted.status_code, refusal.status_code) == (302, 422)
    assert staff.get(house.url(f"concerns/{concern.pk}/")).status_code == 404  # nothing says it was theirs
    assert "It ranks by age" in page and "Without a name" in page and "Carl Control" in page
    with acting_as(house.control_owner):
        assert Concern.objects.get().state == "acknowledged"


def test_the_api_raises_moves_and_answers(house, staff):
    appoint(house, "control_owner")
    body = {"text": "It ranks by age", "about_ids": [house.member["lead"].pk]}
    made = staff.post(house.api("concerns"), body, content_type="application/json")
    number = staff.get(house.api("concerns")).json()["results"][0]["id"]
    handler = as_member(house, "control_owner")

    def post(client: Any, path: str, body: Any) -> Any:
        return client.post(house.api(f"concerns/{number}/{path}"), body, content_type="application/json")

    moved = post(handler, "step", {"action": "acknowledge"})
    refusal = post(handler, "step", {"action": "assess"})
    post(handler, "message", {"text": "Since when?"})
    answered = post(staff, "message", {"text": "Since May"})

    assert (made.status_code, made.json()["code"]) == (201, "")
    assert (moved.status_code, moved.json()["state"]) == (200, "acknowledged")
    assert refusal.status_code == 422 and "no conflict" in refusal.content.decode()
    assert [each["text"] for each in answered.json()["messages"]] == ["Since when?", "Since May"]


def test_handlers_are_reminded_of_both_limits_and_no_register_keeps_it(house):
    appoint(house, "control_owner")
    concern, _ = a_concern(house)
    handler = house.member["control_owner"].pk
    with acting_in(house.organization):
        first = list(reminders.due(TODAY + 6 * DAY))
        new = [remind(first, TODAY + 6 * DAY), remind(first, TODAY + 6 * DAY)]
        told = Notification.objects.filter(text__startswith="Acknowledge a concern by")
        assert (new, [each.member_id for each in told]) == ([1, 0], [handler])
        assert not Reminder.objects.exists()
    step(house, concern, "acknowledge")
    with acting_in(house.organization):
        second = list(reminders.due(feedback_by(TODAY) - 7 * DAY))

    assert [(due.rule, due.step, due.member_ids) for due in first] == [
        ("concern_acknowledgement", 1, (handler,))
    ]
    assert [(due.rule, due.step, due.member_ids) for due in second] == [("concern_feedback", 7, (handler,))]
    with acting_as(house.control_owner) as actor:
        assert [item.title for item in places.work(actor, TODAY)] == [f"Concern {concern.reference}"]
    with acting_as(house.lead) as actor:
        assert list(places.work(actor, TODAY)) == []


def test_statistics_count_what_was_closed_in_quarters_that_are_over(house):
    assert ended_quarters(datetime.date(2027, 1, 1))[:2] == ["2026 Q4", "2026 Q3"]
    assert ended_quarters(TODAY)[0] == "2026 Q3"
    appoint(house, "control_owner")
    for _ in range(3):
        concern, _ = a_concern(house)
        put(house, concern, state="closed", outcome="confirmed", closed_at=NOW)

    with acting_in(house.organization):
        running, over = queries.statistics(TODAY), queries.statistics(datetime.date(2027, 1, 1))
        [section] = sections(datetime.date(2027, 1, 1))

    assert {group.total for group in running} == {None}
    assert [group.total for group in over] == [3, *[None] * 7]
    assert section.data["concerns"].rows[0] == ("2026 Q4", "3", "3", "0", "0", "0")
    assert section.data["concerns"].rows[1] == ("2026 Q3", *["not told"] * 5)


def test_a_pack_of_a_past_day_says_who_handled_concerns_on_that_day(house):
    appoint(house, "control_owner")
    with acting_in(house.organization):
        ConcernHandler.objects.update(appointed_at=NOW - 20 * DAY, ended_at=NOW - 10 * DAY)
        gaps = [next(iter(sections((NOW - days * DAY).date()))).gaps for days in (25, 15, 5)]

    nobody = ("Nobody is named to handle concerns.",)
    assert gaps == [nobody, (), nobody]


@pytest.mark.parametrize(
    ("counts", "total", "told"),
    [
        ({}, None, [None] * 4),
        ({"confirmed": 2}, None, [None] * 4),
        ({"confirmed": 3}, 3, [3, 0, 0, 0]),
        ({"confirmed": 3, "partly": 1}, 4, [None] * 4),
        ({"confirmed": 1, "partly": 1, "not_confirmed": 1}, 3, [None] * 4),
        ({"confirmed": 4, "elsewhere": 3}, 7, [4, 0, 0, 3]),
    ],
)
def test_no_small_number_is_told_or_can_be_worked_out(counts, total, told):
    group = told_group("2026 Q4", counts, ConcernOutcome.values)

    assert group.total == total
    assert [number for _, number in group.by_outcome] == told


def test_lists_take_as_many_queries_for_thirty_as_for_one(house):
    appoint(house, "control_owner")
    a_concern(house)
    handler = as_member(house, "control_owner")
    handler.get(house.url("concerns/"))
    with count_queries() as one:
        handler.get(house.url("concerns/"))
    with acting_as(house.control_owner) as actor:
        Concern.objects.bulk_create(
            Concern(
                organization=house.organization,
                reference=f"CON-1{number:02}",
                received_at=NOW,
                state_since=NOW,
                reporter_id=actor.member_id,
            )
            for number in range(29)
        )
    with count_queries() as thirty:
        page = handler.get(house.url("concerns/")).content.decode()

    assert page.count("CON-1") >= 29
    assert len(one) == len(thirty), thirty


def test_the_form_of_a_step_opens_for_a_handler_while_the_step_leads_on(house):
    appoint(house, "control_owner")
    concern, _ = a_concern(house)
    pages = {
        action: house.url(f"concerns/{concern.pk}/act/{action}/") for action in ("acknowledge", "conclude")
    }
    handler = as_member(house, "control_owner")

    too_early = handler.get(pages["conclude"])

    assert handler.get(pages["acknowledge"]).status_code == 200
    assert too_early.status_code == 422
    assert "“Conclude” is not possible while the concern is" in too_early.text
    # Its reporter reads it, and learns nothing of the steps.
    assert as_member(house, "staff").get(pages["conclude"]).status_code == 404
