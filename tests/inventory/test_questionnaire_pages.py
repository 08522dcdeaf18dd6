"""Questionnaires inside: the panel of a supplier, their pages, the API."""

from __future__ import annotations

import pytest
from django.utils import timezone

from aims.core.tenancy.context import acting_in
from inventory.models import Supplier, SupplierQuestionnaire
from tests.cast import House, as_member, in_days
from tests.inventory.questionnaires import (
    RECIPIENT,
    answer_all,
    asked_supplier,
    hand_in,
    handed_in,
    send,
    sent_token,
    stands,
)
from tests.inventory.test_api import Api
from tests.queries import count_queries

PATH = "supplier-questionnaires"


def many(house: House, supplier: Supplier, first: int, last: int) -> None:
    """Withdrawn ones, of which a supplier may have any number."""
    with acting_in(house.organization):
        for number in range(first, last):
            SupplierQuestionnaire.objects.create(
                reference=f"QSN-9{number:02d}",
                supplier=supplier,
                recipient=RECIPIENT,
                due_date=in_days(9),
                state="withdrawn",
                sent_at=timezone.now(),
                expires_at=timezone.now(),
                questions=[{}, {}],
            )


def test_none_is_offered_while_one_is_out_nor_to_a_supplier_that_left(house, lead):
    with acting_in(house.organization):
        supplier = asked_supplier(house)
    page, offer = house.url(f"suppliers/{supplier.pk}/"), "Send questionnaire"
    assert offer in lead.get(page).text
    with acting_in(house.organization):
        send(house, supplier)
    assert offer not in lead.get(page).text
    with acting_in(house.organization):
        SupplierQuestionnaire.objects.update(state="withdrawn")
    assert offer in lead.get(page).text
    with acting_in(house.organization):
        Supplier.objects.update(state="exited")
    assert offer not in lead.get(page).text


def test_it_is_sent_read_returned_and_accepted_on_its_pages(house, lead):
    with acting_in(house.organization):
        supplier = asked_supplier(house, contact_email=RECIPIENT)
    form = lead.get(house.url(f"suppliers/{supplier.pk}/questionnaire/")).content.decode()
    assert "16 questions" in form and RECIPIENT in form

    sent = lead.post(
        house.url(f"suppliers/{supplier.pk}/questionnaire/"),
        {"recipient": RECIPIENT, "due_date": in_days(20).isoformat(), "contact_name": "Zoe"},
    )

    with acting_in(house.organization):
        row = SupplierQuestionnaire.objects.get()
    page = house.url(f"questionnaires/{row.pk}/")
    assert sent.headers["Location"] == page
    shown = lead.get(page).content.decode()
    assert "0 of 16 answered" in shown and sent_token(house) not in shown and row.digest not in shown
    assert "QSN-001" in lead.get(house.url(f"suppliers/{supplier.pk}/")).content.decode()
    again = lead.post(f"{page}resend/", {"recipient": RECIPIENT, "due_date": in_days(30).isoformat()})
    assert again.status_code == 302
    assert lead.post(f"{page}withdraw/", {"reason": ""}).status_code == 422
    assert lead.post(f"{page}accept/", {"comment": ""}).status_code == 422
    assert lead.post(f"{page}withdraw/", {"reason": "Wrong address"}).status_code == 302
    with acting_in(house.organization):
        assert SupplierQuestionnaire.objects.get().state == "withdrawn"


def test_answers_stand_beside_their_flags_and_are_decided_on(house, lead):
    row = handed_in(house, change_notice="never", delivered="=1+1 <b>bold</b>")
    page = house.url(f"questionnaires/{row.pk}/")

    shown = lead.get(page).content.decode()
    csv = lead.get(f"{page}csv/").content.decode("utf-8-sig")

    assert "Changes come unannounced" in shown and row.sha256 in shown
    assert "&lt;b&gt;bold" in shown and "<b>bold" not in shown
    assert "Changes come unannounced" in csv and "'=1+1" in csv
    returned = lead.post(f"{page}return/", {"comment": "More, please", "due_date": in_days(9).isoformat()})
    assert returned.status_code == 302
    assert "Returned for more" in lead.get(page).content.decode()


def test_accepted_answers_are_filed_by_a_button(house, lead):
    row = handed_in(house)
    page = house.url(f"questionnaires/{row.pk}/")
    early = lead.post(f"{page}file/", follow=True).content.decode()
    assert "Only answers that are accepted are filed." in early
    assert lead.post(f"{page}accept/", {"comment": ""}).status_code == 302
    assert "File as evidence" in lead.get(page).content.decode()

    filed = lead.post(f"{page}file/", follow=True).content.decode()

    assert "EV-001 waits for its review." in filed


def test_who_only_reads_sees_no_buttons_and_may_not_send(house):
    row = handed_in(house)
    before = stands(house, row)
    reader, owner = as_member(house, "risk_owner"), as_member(house, "owner")
    page = house.url(f"questionnaires/{row.pk}/")

    assert "Ask for more" not in reader.get(page).content.decode()
    shown = owner.get(page).content.decode()
    assert "Ask for more" not in shown and "Withdraw" in shown
    for client, act in (
        (reader, "withdraw"),
        (reader, "resend"),
        (reader, "accept"),
        (owner, "accept"),
        (owner, "return"),
    ):
        assert client.post(f"{page}{act}/", {"reason": "x"}).status_code == 403
    assert reader.get(house.url(f"suppliers/{row.supplier_id}/questionnaire/")).status_code == 403
    assert as_member(house, "staff").get(page).status_code == 403
    assert stands(house, row) == before


def test_another_organization_finds_nothing(house, other_house, stranger):
    row = handed_in(house)
    other = handed_in(other_house, delivered="zqharbour")

    assert stranger.get(other_house.url(f"questionnaires/{row.pk}/")).status_code == 404
    assert stranger.get(house.url(f"questionnaires/{row.pk}/")).status_code == 404
    assert "zqharbour" in stranger.get(other_house.url(f"questionnaires/{other.pk}/")).content.decode()
    found = stranger.get(other_house.api(PATH)).json()["results"]
    assert [each["id"] for each in found] == [other.pk]
    refused = stranger.post(
        other_house.api(PATH),
        {"supplier_id": row.supplier_id, "recipient": RECIPIENT, "due_date": in_days(9).isoformat()},
        content_type="application/json",
    )
    assert refused.status_code == 400


def test_the_step_into_due_diligence_says_what_goes_out(house, lead):
    with acting_in(house.organization):
        with_address = asked_supplier(house, contact_email=RECIPIENT)
        without = asked_supplier(house, "Lumen")

    said = [
        lead.get(house.url(f"suppliers/{each.pk}/act/start/")).content.decode()
        for each in (with_address, without)
    ]

    assert f"16 questions go to {RECIPIENT}" in said[0]
    assert "No questionnaire goes out" in said[1]


def test_the_panel_takes_as_many_queries_for_thirty_as_for_one(house, lead):
    with acting_in(house.organization):
        supplier = asked_supplier(house)
    many(house, supplier, 0, 1)
    with count_queries() as one:
        lead.get(house.url(f"suppliers/{supplier.pk}/"))
    many(house, supplier, 1, 30)
    with count_queries() as thirty:
        page = lead.get(house.url(f"suppliers/{supplier.pk}/")).content.decode()

    assert page.count("QSN-9") == 30 and "0 of 2" in page
    assert len(one) == len(thirty) <= 12, thirty


def test_the_page_takes_as_many_queries_for_thirty_answers_as_for_none(house, lead):
    with acting_in(house.organization):
        supplier = asked_supplier(house, kind="system", tier="high")
    sent = send(house, supplier)
    path = house.url(f"questionnaires/{sent.pk}/")
    with count_queries() as none:
        lead.get(path)
    answer_all(house, sent.digest)
    with count_queries() as thirty:
        page = lead.get(path).content.decode()

    assert "30 of 30 answered" in page
    assert len(none) == len(thirty) <= 4, thirty

    hand_in(house, sent.digest)
    with count_queries() as looked_up:
        lead.get(path)
    assert len(looked_up) == len(thirty) + 1, looked_up


def test_the_api_list_takes_as_many_queries_for_thirty_rows_as_for_one(house):
    api = Api(house, "suppliers:read")
    with acting_in(house.organization):
        supplier = asked_supplier(house)
    many(house, supplier, 0, 1)
    with count_queries() as one:
        api.get(PATH)
    many(house, supplier, 1, 30)
    with count_queries() as thirty:
        assert api.get(PATH).json()["count"] == 30

    assert len(one) == len(thirty), thirty


def test_a_key_sends_resends_and_withdraws_and_leaves_judging_to_people(house):
    api = Api(house, "suppliers:read", "suppliers:write")
    with acting_in(house.organization):
        supplier = asked_supplier(house)
    made = api.post(
        PATH, {"supplier_id": supplier.pk, "recipient": RECIPIENT, "due_date": in_days(20).isoformat()}
    )
    assert (made.status_code, made.json()["state"], made.json()["asked"]) == (201, "sent", 16)
    token = sent_token(house)
    path = f"{PATH}/{made.json()['id']}"
    with acting_in(house.organization):
        digest = SupplierQuestionnaire.objects.get().digest
    for answer in (made, api.get(path), api.get(PATH)):
        assert token not in answer.content.decode() and digest not in answer.content.decode()

    assert api.post(f"{path}/accept", {}).status_code == 403
    assert api.post(f"{path}/return", {"comment": "x", "due_date": "2031-01-01"}).status_code == 403
    assert api.post(f"{path}/resend", {"due_date": in_days(30).isoformat()}).json()["times_sent"] == 2
    assert api.post(f"{path}/resend", {"due_date": "2020-01-01"}).status_code == 422
    assert api.post(f"{path}/withdraw", {"reason": "Not needed"}).json()["state"] == "withdrawn"
    assert api.get(f"{PATH}?state=withdrawn&supplier={supplier.pk}").json()["count"] == 1
    assert api.get(f"{PATH}?state=sent").json()["count"] == 0
    assert api.get(f"{PATH}?state=lost").status_code == 400
    assert api.get(f"{PATH}?supplier=x").status_code == 400
    assert Api(house, "systems:read").get(PATH).status_code == 403


def test_a_person_judges_answers_in_the_api(house, lead):
    row = handed_in(house, learning="always")

    def post(act: str, body: dict) -> dict:
        answer = lead.post(house.api(f"{PATH}/{row.pk}/{act}"), body, content_type="application/json")
        return answer.json() | {"status_code": answer.status_code}

    shown = lead.get(house.api(f"{PATH}/{row.pk}")).json()
    [learning] = [each for each in shown["answers"] if each["id"] == "learning"]
    assert learning["in_words"] == "Yes" and learning["flags"][0].startswith("Your data are used")
    returned = post("return", {"comment": "Why?", "due_date": in_days(9).isoformat()})
    assert (returned["status_code"], returned["state"], returned["comment"]) == (200, "returned", "Why?")
    with acting_in(house.organization):
        digest = SupplierQuestionnaire.objects.get().digest
    hand_in(house, digest)
    accepted = post("accept", {})
    assert (accepted["state"], accepted["hand_ins"]) == ("accepted", 2)
    filed = post("file", {})
    assert filed["status_code"] == 200 and post("file", {})["status_code"] == 422
    page = lead.get(house.url(f"questionnaires/{row.pk}/")).content.decode()
    assert house.url(f"evidence/{filed['evidence_id']}/") in page and "File as evidence" not in page
    assert post("accept", {})["status_code"] == 422


@pytest.mark.parametrize("who", ["admin", "staff"])
def test_administrators_and_staff_move_nothing(house, who):
    row = handed_in(house)
    before = stands(house, row)
    client = as_member(house, who)
    for act in ("accept", "withdraw"):
        assert client.post(house.url(f"questionnaires/{row.pk}/{act}/"), {"reason": "x"}).status_code == 403
    assert stands(house, row) == before
