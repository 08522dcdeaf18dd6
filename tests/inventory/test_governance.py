"""Governance bodies: seats, meetings, decisions and what is left of them (5.1, 5.3)."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest

from aims.core.documents import Table
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Notification, TrailEvent
from aims.core.registry import registry
from aims.core.tenancy.context import acting_in
from inventory.models import BodyDecision, BodyMeeting, BodySeat, GovernanceBody
from inventory.places import governance as places
from inventory.queries import context as overview
from inventory.reminders import governance as reminders
from inventory.sections import governance as sections
from inventory.services import governance as services
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.test_api import Api
from tests.queries import count_queries

DAY = datetime.timedelta(days=1)


def a_body(house: House, name: str = "AI board", **values: Any) -> GovernanceBody:
    return services.set_up_body(actor=house.lead, name=name, now=NOW, **values)


def seat(house: House, body: GovernanceBody, who: str = "top", **values: Any) -> BodySeat:
    values = {"part": "chair", "since": TODAY - 30 * DAY, **values}
    return services.fill_seat(actor=house.lead, body=body, person=house.member[who], now=NOW, **values)


def met(house: House, body: GovernanceBody, **values: Any) -> BodyMeeting:
    values = {"held_on": TODAY, "agenda": "New systems", "present": [house.member["top"]], **values}
    return services.record_meeting(actor=house.lead, body=body, now=NOW, **values)


def decided(house: House, meeting: BodyMeeting, text: str = "Test again", **values: Any) -> BodyDecision:
    values = {"owner": house.member["owner"], "due_date": TODAY + 7 * DAY, **values}
    return services.record_decision(actor=house.lead, meeting=meeting, text=text, now=NOW, **values)


def stored() -> tuple[Any, ...]:
    tables: tuple[Any, ...] = (GovernanceBody, BodySeat, BodyMeeting, BodyDecision, TrailEvent)
    open_ones = BodyDecision.objects.open().count()
    return (*(table.objects.count() for table in tables), open_ones)


def test_a_body_is_set_up_meets_decides_and_the_decision_is_done_by_whoever_sees_to_it(house, lead):
    lead.post(house.url("context/governance/new/"), {"name": "AI board", "charter": "May stop any system"})
    with acting_in(house.organization):
        body = GovernanceBody.objects.get()
        minutes = Evidence.objects.create(reference="EV-001", title="Minutes of May", state="accepted")
    url = house.url(f"context/governance/{body.pk}/")
    top = house.member["top"].pk
    assert (
        lead.post(f"{url}seats/", {"person": top, "part": "chair", "since": "2026-01-01"}).status_code == 302
    )
    asked = lead.get(f"{url}meetings/").content.decode()
    assert f'value="{top}" id="id_present' in asked and "checked" in asked
    sent = {"held_on": "2026-05-04", "agenda": "Incidents", "present": [top], "minutes": minutes.pk}
    made = lead.post(f"{url}meetings/", sent)
    with acting_in(house.organization):
        meeting = BodyMeeting.objects.get()
    page = house.url(f"context/meetings/{meeting.pk}/")
    assert (made.headers["Location"], meeting.evidence_id) == (page, minutes.pk)
    task = {"text": "Test the alerts", "owner": house.member["owner"].pk, "due_date": "2027-01-31"}
    assert lead.post(f"{page}decisions/", task).status_code == 302
    with acting_in(house.organization):
        decision = BodyDecision.objects.get()
        assert Notification.objects.get().member == house.member["owner"]
    done = house.url(f"context/decisions/{decision.pk}/done/")
    assert as_member(house, "risk_owner").post(done, {"note": "Mine"}).status_code == 403
    owner = as_member(house, "owner")

    assert "See to it: Test the alerts" in owner.get(house.url("work/")).content.decode()
    assert owner.post(done, {"note": "Report on file"}).status_code == 302
    assert owner.post(done, {"note": "Again"}).status_code == 409

    asked = "view=done&columns=body,held_on,text,owner,due_date,done_note,minutes"
    shown = lead.get(house.url(f"context/decisions/csv/?{asked}")).text
    told = '"AI board","2026-05-04","Test the alerts","Oscar Owner","2027-01-31","Report on file","EV-001"'
    assert told in shown and "Report on file" in lead.get(page).content.decode()
    assert (
        "AI board: Meeting of 2026-05-04" in lead.get(house.url(f"evidence/{minutes.pk}/")).content.decode()
    )
    with acting_in(house.organization):
        assert BodyDecision.objects.get().done_note == "Report on file"


def test_what_cannot_be_is_refused_and_nothing_is_written(acting):
    body = a_body(acting)
    term = seat(acting, body)
    meeting = met(acting, body)
    before = stored()
    refusals = (
        ("name", lambda: a_body(acting, "ai BOARD")),
        ("person", lambda: seat(acting, body, "top", part="member")),
        ("part", lambda: seat(acting, body, "lead")),
        ("until", lambda: seat(acting, body, "lead", part="member", until=TODAY - 31 * DAY)),
        ("until", lambda: end(acting, term, TODAY - 31 * DAY)),
        ("held_on", lambda: met(acting, body, held_on=TODAY + DAY)),
        ("agenda", lambda: met(acting, body, agenda=" ")),
        ("present", lambda: met(acting, body, present=[])),
        ("text", lambda: decided(acting, meeting, " ")),
        ("owner", lambda: decided(acting, meeting, owner=None)),
    )

    for field, verb in refusals:
        with pytest.raises(RuleBroken) as refused:
            verb()
        assert (refused.value.field, stored()) == (field, before)


def end(house: House, term: BodySeat, until: datetime.date) -> BodySeat:
    return services.end_term(actor=house.lead, seat=term, until=until, now=NOW)


def test_a_chair_follows_another_once_the_term_is_over(acting):
    body = a_body(acting)
    end(acting, seat(acting, body), TODAY - DAY)

    seat(acting, body, "lead", since=TODAY)

    assert sorted(BodySeat.objects.values_list("until", flat=True), key=str) == [TODAY - DAY, None]


@pytest.mark.parametrize("who", ["owner", "top", "internal_auditor", "admin", "staff"])
def test_only_the_lead_keeps_bodies_and_minutes(acting, who):
    body = a_body(acting)
    term, meeting = seat(acting, body), met(acting, body)
    decision = decided(acting, meeting, owner=acting.member["risk_owner"])
    before, actor = stored(), acting.actor(who)
    on = {"actor": actor, "now": NOW}
    item = Evidence(reference="EV-001", title="Minutes")

    for verb in (
        lambda: services.set_up_body(name="Mine", **on),
        lambda: services.edit_body(body=body, row_version=1, changes={"name": "Mine"}, **on),
        lambda: services.fill_seat(body=body, person=acting.member["lead"], since=TODAY, **on),
        lambda: services.end_term(seat=term, until=TODAY, **on),
        lambda: services.record_meeting(body=body, held_on=TODAY, agenda="Mine", present=[], **on),
        lambda: services.file_minutes(meeting=meeting, minutes=item, **on),
        lambda: services.record_decision(meeting=meeting, text="Mine", **on),
        lambda: services.finish_decision(decision=decision, note="Mine", **on),
    ):
        with pytest.raises(NotAllowed):
            verb()

    assert stored() == before


def test_a_decision_reminds_its_owner_and_goes_with_them_to_somebody_else(acting):
    body = a_body(acting)
    seat(acting, body, "owner")
    meeting = met(acting, body)
    decision = decided(acting, meeting)
    decided(acting, meeting, "Noted", due_date=None)

    (due,) = reminders.due(TODAY)
    (item,) = places.work(acting.owner, TODAY)

    assert (due.object_id, due.member_ids) == (decision.pk, (acting.member["owner"].pk,))
    assert (item.title, item.due) == ("See to it: Test again", TODAY + 7 * DAY)
    owned = {each.name: each for each in registry.ownerships}
    member = acting.member["owner"]
    assert [each.label for each in owned["body-decisions"].owned(member)] == ["AI board: Test again"]
    assert len(list(owned["body-seats"].owned(member))) == 1 and owned["body-seats"].give is None


def test_a_body_without_chair_or_meeting_and_an_overdue_decision_are_named(acting):
    body = a_body(acting)
    assert governance_gaps() == [
        "1 governance body without a chair.",
        "1 governance body without a meeting in twelve months.",
    ]
    seat(acting, body)
    meeting = met(acting, body, held_on=TODAY - 30 * DAY)
    decided(acting, meeting, due_date=TODAY - DAY)
    assert governance_gaps() == ["1 decision of governance bodies overdue."]
    a_body(acting, "Old council", ended_on=TODAY - DAY)
    assert len(governance_gaps()) == 1

    (section,) = sections.sections(TODAY)

    table = section.data["bodies"]
    assert isinstance(table, Table) and table.rows == [("AI board", "", ["Tara Top, chair"])]
    assert section.data["decisions"].rows[0][2:4] == ("Test again", "Oscar Owner")
    assert section.gaps == ("1 of 1 meetings without minutes on file.", "Decisions that are overdue: 1.")


def test_a_pack_shows_older_decisions_as_long_as_they_are_open(acting):
    body = a_body(acting)
    meeting = met(acting, body, held_on=TODAY - 500 * DAY)
    decided(acting, meeting, "Still open")
    done = decided(acting, meeting, "Long done", due_date=TODAY)
    BodyDecision.objects.filter(pk=done.pk).update(done_on=TODAY - 400 * DAY)

    (section,) = sections.sections(TODAY)

    assert section.data["meetings"].rows == []
    assert [row[2] for row in section.data["decisions"].rows] == ["Still open"]


def test_search_finds_bodies_and_decisions_for_those_who_read_them(acting):
    meeting = met(acting, a_body(acting, charter="May stop any system"))
    decided(acting, meeting, "Test the triage again")

    words = ("stop", "triage", "board")
    found = {word: [hit.kind for hit in places.search(acting.lead, word)] for word in words}
    barred = list(places.search(acting.staff, "board"))

    assert found == {
        "stop": ["Governance body"],
        "triage": ["Decision"],
        "board": ["Governance body", "Decision"],
    }
    assert barred == []


def governance_gaps() -> list[str]:
    return [each.sentence for each in overview.context_of(on=TODAY).missing if each.clause[0] == "5"]


def test_somebody_faster_keeps_what_they_wrote(acting):
    body = a_body(acting)
    GovernanceBody.objects.update(row_version=2, charter="Theirs")

    with pytest.raises(StaleState):
        services.edit_body(actor=acting.lead, body=body, row_version=1, changes={"charter": "Mine"}, now=NOW)

    assert GovernanceBody.objects.get().charter == "Theirs"


def test_pages_take_as_many_queries_for_thirty_rows_as_for_one(house, lead):
    with acting_in(house.organization):
        body = a_body(house)
        meeting = met(house, body)
        grow(house, body, meeting, 0, 1)
    paths = (
        "governance/",
        f"governance/{body.pk}/",
        f"meetings/{meeting.pk}/",
        "decisions/",
        "decisions/csv/",
    )
    one = [counted(lead, house.url(f"context/{path}")) for path in paths]
    with acting_in(house.organization):
        grow(house, body, meeting, 1, 30)

    thirty = [counted(lead, house.url(f"context/{path}")) for path in paths]

    assert one == thirty and max(thirty) <= 8, (one, thirty)


def grow(house: House, body: GovernanceBody, meeting: BodyMeeting, first: int, last: int) -> None:
    for number in range(first, last):
        a_body(house, f"Body {number}")
        decided(house, meeting, f"Decision {number}")
        met(house, body)
        day = TODAY - (100 + number) * DAY
        seat(house, body, since=day, until=day)


def counted(client: Any, url: str) -> int:
    with count_queries() as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_api_keeps_bodies_meetings_and_decisions(house):
    api = Api(house, "context:read", "context:write")
    made = api.post("governance-bodies", {"name": "AI board"})
    body = f"governance-bodies/{made.json()['id']}"
    top = house.member["top"].pk
    assert made.status_code == 201
    seated = api.post(f"{body}/fill-seat", {"person_id": top, "part": "chair", "since": "2026-01-01"})
    (chair,) = seated.json()["seats"]
    assert (chair["person_id"], chair["part"]) == (top, "chair")
    meeting = api.post(
        f"{body}/record-meeting", {"held_on": "2026-05-04", "agenda": "News", "present_ids": [top]}
    )
    assert (meeting.status_code, meeting.json()["present_ids"]) == (201, [top])
    path = f"governance-meetings/{meeting.json()['id']}"
    task = {"text": "Test", "owner_id": house.member["owner"].pk, "due_date": "2027-01-31"}
    (decision,) = api.post(f"{path}/record-decision", task).json()["decisions"]
    finish = f"governance-decisions/{decision['id']}/finish"
    assert api.get(f"governance-meetings?body={made.json()['id']}").json()["count"] == 1
    assert api.get("governance-meetings?body=999999").json()["count"] == 0
    assert api.get("governance-meetings?body=board").status_code == 400

    assert api.post(finish, {"note": "Done"}).status_code == 403
    assert api.get("governance-decisions?view=open").json()["count"] == 1
    owner = as_member(house, "owner")
    answer = owner.post(house.api(finish), {"note": "Done"}, content_type="application/json")
    assert answer.json()["done_note"] == "Done"
    assert api.get("governance-decisions?view=open").json()["count"] == 0
    for body_sent, field in (({**task, "owner_id": None}, "owner_id"), ({**task, "text": ""}, "text")):
        assert list(api.post(f"{path}/record-decision", body_sent).json()["errors"]) == [field]
    assert api.get("governance-decisions").json()["count"] == 1
    assert api.post(f"{path}/file-minutes", {"minutes_evidence_id": 999_999}).status_code == 400
    assert api.patch(body, {"row_version": 9, "charter": "Old"}).status_code == 409
    assert api.post(f"{body}/end-term", {"seat_id": chair["id"], "until": "2026-12-31"}).status_code == 200


def test_the_register_leads_to_meetings_and_says_what_is_open_and_the_api_takes_its_orders(house, lead):
    with acting_in(house.organization):
        body = a_body(house)
        late, early = met(house, body), met(house, body, held_on=TODAY - DAY)
        first, second = decided(house, late, "Late"), decided(house, early, "Early", due_date=None)

    page = lead.get(house.url("context/decisions/?sort=met")).text
    api = Api(house, "context:read")

    to = house.url("context/meetings/")
    assert re.findall(f'href="{to}([0-9]+)/"><time', page) == [str(early.pk), str(late.pk)]
    assert '</time></a> <span class="muted">AI board</span></td>' in page
    assert re.findall('data-l="Done">(.+?)</td>', page) == ["–", '<span class="tag tag-warn">Open</span>']
    for sort, ids in (
        ("met", [second.pk, first.pk]),
        ("-met", [first.pk, second.pk]),
        ("due", [first.pk, second.pk]),
        ("", [second.pk, first.pk]),
    ):
        found = api.get(f"governance-decisions?sort={sort}").json()["results"]
        assert [each["id"] for each in found] == ids, sort
    assert api.get("governance-decisions?sort=text").status_code == 400
