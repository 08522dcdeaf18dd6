"""Interested parties, what they require, and which of it the AIMS takes on (4.2)."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest

from aims.core.documents import Table
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory.models import InterestedParty, PartyNeed
from inventory.places import context as places
from inventory.queries import context as overview
from inventory.queries import parties as queries
from inventory.reminders import context as reminders
from inventory.sections import context as sections
from inventory.services import parties as services
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.test_api import Api
from tests.queries import count_queries

DAY = datetime.timedelta(days=1)
LAW = {"text": "To be told", "kind": "law", "where": "Article 26", "is_obligation": True}


def a_party(house: House, name: str = "Patients", **values: Any) -> InterestedParty:
    return services.register_party(actor=house.lead, name=name, now=NOW, **{"kind": "affected", **values})


def a_need(house: House, party: InterestedParty, **values: Any) -> PartyNeed:
    return services.add_need(actor=house.lead, party=party, now=NOW, **{**LAW, **values})


def stored() -> tuple[Any, ...]:
    parties = list(InterestedParty.objects.values_list("name", "row_version"))
    return parties, list(PartyNeed.objects.values_list("text", "is_obligation")), TrailEvent.objects.count()


def test_a_party_says_what_it_requires_and_the_lead_decides_what_is_taken_on(house, lead):
    sent = {"name": "Patients", "kind": "affected", "matters": "on"}
    made = lead.post(house.url("context/parties/new/"), sent)
    with acting_in(house.organization):
        party = InterestedParty.objects.get()
    url = house.url(f"context/parties/{party.pk}/")
    assert made.headers["Location"] == url
    asked = {"text": "To be told", "kind": "law", "where": "", "is_obligation": "open"}
    assert lead.post(f"{url}needs/", asked).status_code == 302
    with acting_in(house.organization):
        need = PartyNeed.objects.get()
        assert need.is_obligation is None
    change = f"{url}needs/{need.pk}/"

    refused = lead.post(change, {**asked, "is_obligation": "yes"})
    assert (refused.status_code, "Name the law or the contract" in refused.content.decode()) == (422, True)
    assert lead.post(change, {**asked, "is_obligation": "yes", "where": "Article 26"}).status_code == 302

    assert "To be told" in lead.get(house.url("context/requirements/?view=yes")).content.decode()
    asked = "columns=party_reference,party,text,kind,where,is_obligation,owner,next_review_date"
    sheet = lead.get(house.url(f"context/requirements/csv/?{asked}")).text
    assert (
        '"IP-001","Patients","To be told","Law or regulation","Article 26","Obligation of the AIMS","",""'
        in sheet
    )
    assert lead.post(f"{change}remove/").status_code == 302
    with acting_in(house.organization):
        assert not PartyNeed.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": " "}, "text"),
        ({"where": " "}, "where"),
        ({"kind": "contract", "where": ""}, "where"),
        ({"is_obligation": False, "reason": " "}, "reason"),
        ({"kind": "wish"}, "kind"),
    ],
)
def test_a_requirement_that_cannot_be_is_refused(acting, given, field):
    party = a_party(acting)
    before = stored()

    with pytest.raises(RuleBroken) as refused:
        a_need(acting, party, **given)

    assert (refused.value.field, stored()) == (field, before)


def test_a_name_stands_once_and_another_party_keeps_its_own(acting):
    a_party(acting)
    other = a_party(acting, "Staff")
    before = stored()

    for verb in (
        lambda: a_party(acting, "patients"),
        lambda: services.edit_party(
            actor=acting.lead, party=other, row_version=1, changes={"name": "PATIENTS"}, now=NOW
        ),
    ):
        with pytest.raises(RuleBroken, match="IP-001 has this name already"):
            verb()

    assert stored() == before


@pytest.mark.parametrize("who", ["owner", "top", "internal_auditor", "admin", "staff"])
def test_others_neither_keep_parties_nor_decide_on_requirements(acting, who):
    party = a_party(acting)
    need = a_need(acting, party)
    before, actor = stored(), acting.actor(who)

    for verb in (
        lambda: services.register_party(actor=actor, name="Mine", now=NOW),
        lambda: services.edit_party(
            actor=actor, party=party, row_version=1, changes={"name": "Mine"}, now=NOW
        ),
        lambda: services.review_party(actor=actor, party=party, row_version=1, note="Seen", now=NOW),
        lambda: services.add_need(actor=actor, party=party, now=NOW, **LAW),
        lambda: services.change_need(actor=actor, need=need, now=NOW, text="Mine"),
        lambda: services.remove_need(actor=actor, need=need, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            verb()

    assert stored() == before


def test_whoever_answers_for_a_party_notes_that_they_asked_again(house):
    with acting_in(house.organization):
        party = a_party(house, owner=house.member["owner"], next_review_date=TODAY - DAY)
        assert [item.title for item in places.work(house.owner, TODAY)] == [
            "Review the interested party IP-001 Patients"
        ]
        (due,) = reminders.due(TODAY + 6 * DAY)
        assert (due.object_id, due.member_ids) == (party.pk, (house.member["owner"].pk,))
    owner = as_member(house, "owner")
    url = house.url(f"context/parties/{party.pk}/")

    answer = owner.post(f"{url}review/", {"row_version": 1, "note": "The council agrees"})

    assert answer.status_code == 302
    assert "The council agrees" in owner.get(f"{url}history/").content.decode()


def test_what_lacks_is_named_by_the_overview_and_by_the_pack(acting):
    party = a_party(acting, "Owners", kind="owner")
    said = [each.sentence for each in overview.context_of(on=TODAY).missing if each.clause == "4.2"]
    assert said == [
        "People affected by AI are not among the interested parties.",
        "1 interested party without a recorded requirement.",
    ]
    a_need(acting, party, is_obligation=None)
    a_party(acting, "Patients", next_review_date=TODAY - DAY)

    _, section = sections.sections(TODAY)

    assert section.gaps == (
        "IP-002 Patients: no requirement is recorded.",
        "IP-001 Owners: it is not decided which requirements are taken on.",
        "IP-002 Patients: the review is overdue.",
    )
    table = section.data["needs"]
    assert isinstance(table, Table)
    assert table.rows == [("IP-001", "To be told", "Law or regulation", "Article 26", "Not decided", "")]


@pytest.mark.parametrize("path", ["parties/", "parties/csv/", "requirements/", "requirements/csv/"])
def test_the_registers_take_as_many_queries_for_thirty_rows_as_for_one(house, lead, path):
    with acting_in(house.organization):
        a_need(house, a_party(house))
    with count_queries() as one:
        assert lead.get(house.url(f"context/{path}")).status_code == 200
    with acting_in(house.organization):
        for number in range(29):
            a_need(house, a_party(house, f"Party {number}"))
    with count_queries() as thirty:
        assert lead.get(house.url(f"context/{path}")).status_code == 200

    assert len(one) == len(thirty) <= 6, thirty


def test_the_register_counts_what_is_taken_on_and_what_is_open(acting):
    party = a_party(acting)
    for number in range(3):
        a_need(acting, party, text=f"Need {number}", is_obligation=None if number else True)
    a_party(acting, "Past", matters=False)

    first, second = queries.party_rows(
        queries.rows(queries.parties(queries.PartyFilters(), on=TODAY)).order_by("id"), on=TODAY
    )

    assert (first.needs, first.obligations, first.undecided) == (3, 1, 2)
    assert (second.needs, second.obligations, second.undecided) == (0, 0, 0)
    assert queries.view_counts(on=TODAY) == {
        "": 2,
        "undecided": 1,
        "no_needs": 0,
        "no_owner": 1,
        "review_overdue": 0,
        "ended": 1,
    }


def test_the_registers_mark_what_is_missing_and_to_decide_and_lead_to_the_party(house, lead):
    with acting_in(house.organization):
        party, _ = a_party(house, "Patients"), a_party(house, "Nurses")
        for answer in (True, False, None):
            a_need(house, party, text=f"Need {answer}", is_obligation=answer, reason="By contract")

    page = lead.get(house.url("context/parties/")).text
    rows = lead.get(house.url("context/parties/csv/?columns=name,requirements,needs,undecided")).text
    needs = lead.get(house.url("context/requirements/")).text

    assert 'data-l="Requirements">1 of 3 taken on <span class="tag tag-warn">1 to decide</span>' in page
    assert 'data-l="Requirements"><span class="tag tag-warn">None recorded</span>' in page
    assert '"Patients","1 of 3 taken on","3","1"' in rows and '"Nurses","None recorded","0","0"' in rows
    told = re.findall(
        r'data-l="Taken on"><span class="tag tag-(\w+)">([^<]+)</span> <span class="muted">By', needs
    )
    assert told == [("ok", "Obligation"), ("neutral", "Not taken on"), ("warn", "Not decided")]
    assert needs.count(f'<a href="{house.url(f"context/parties/{party.pk}/")}">Patients</a></td>') == 3


def test_the_api_keeps_parties_and_their_requirements(house):
    api = Api(house, "context:read", "context:write")
    made = api.post("interested-parties", {"name": "Patients", "kind": "affected"})
    assert (made.status_code, made.json()["reference"]) == (201, "IP-001")
    path = f"interested-parties/{made.json()['id']}"

    assert api.post(f"{path}/add-need", {**LAW, "where": ""}).status_code == 422
    (need,) = api.post(f"{path}/add-need", LAW).json()["needs"]
    assert need["is_obligation"] is True
    declined = {"need_id": need["id"], "is_obligation": False, "reason": "Not in our sector"}
    assert api.post(f"{path}/change-need", declined).json()["needs"][0]["is_obligation"] is False
    assert api.patch(path, {"row_version": 1, "watch": "Survey"}).json()["watch"] == "Survey"
    assert api.patch(path, {"row_version": 1, "watch": "Old"}).status_code == 409
    assert api.get("interested-parties?q=told").json()["count"] == 1
    assert api.get("interested-parties?view=no_needs").json()["count"] == 0
    assert api.post(f"{path}/remove-need", {"need_id": 999_999}).status_code == 400
    assert api.post(f"{path}/remove-need", {"need_id": need["id"]}).json()["needs"] == []
