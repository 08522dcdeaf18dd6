"""The questionnaire outside: what the holder of a link can do with it, and all that nobody else can."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from aims.core import limits
from aims.core.models import TrailEvent
from aims.core.networks import network_of
from aims.core.services import operators
from aims.core.tenancy.context import acting_in
from inventory.models import SupplierQuestionnaire
from inventory.queries import questionnaires as queries
from inventory.services import questionnaires as services
from inventory.supplier_questions import supplier_questions
from inventory.views import public_questionnaire as views
from tests.cast import House, as_member, build_house, in_days
from tests.inventory.questionnaires import (
    answer_all,
    asked_supplier,
    fitting,
    handed_in,
    over,
    send,
    sent_token,
    stands,
)
from tests.operating import MACHINE, OPERATING
from tests.queries import count_queries


def link(house: House, **more: Any) -> tuple[SupplierQuestionnaire, str]:
    sent = send(house, **more)
    return sent, f"/questionnaire/{sent_token(house)}/"


def seen_on(client: Client, address: str) -> str:
    return re.search(r'name="seen" value="([0-9a-f]{64})"', client.get(address).content.decode()).group(1)


def fill(client: Client, page: str, part: str, **answers: str) -> Any:
    return client.post(f"{page}{part}/", {"seen": seen_on(client, f"{page}{part}/"), **answers})


def sign(client: Client, page: str, **more: str) -> Any:
    values = {"name": "Zoe", "role": "Quality lead", "declares": "on"}
    return client.post(f"{page}hand-in/", {"seen": seen_on(client, f"{page}hand-in/"), **values, **more})


def neutral(content: bytes, address: str) -> bytes:
    return re.sub(rb"[A-Za-z0-9]{64}", b"TOKEN", content.replace(address.encode(), b"PATH"))


def gone(client: Client, page: str) -> bool:
    """Every address of the link answers like one that never was."""
    missing = client.get("/there-is-no-such-page/")
    wanted = neutral(missing.content, "/there-is-no-such-page/")
    for address in (page, f"{page}delivery/", f"{page}hand-in/"):
        for answer in (client.get(address), client.post(address, {"seen": "", "delivered": "x"})):
            if (answer.status_code, neutral(answer.content, address)) != (404, wanted):
                return False
    return True


def test_a_supplier_answers_in_parts_hands_in_and_gets_a_receipt(house, client):
    sent, page = link(house)

    start = client.get(page)
    first = fill(client, page, "delivery", delivered="A chat service", models="Ours")
    second = client.get(page).content.decode()

    assert start.status_code == 200 and "0 of 16 answered" in start.content.decode()
    assert "Meadow Clinic" in start.content.decode() and not client.cookies
    assert start.headers["Referrer-Policy"] == "no-referrer" and "no-store" in start.headers["Cache-Control"]
    assert start.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert first.headers["Location"] == f"{page}quality/" and "2 of 16 answered" in second
    early = sign(client, page)
    assert early.status_code == 422 and "12 questions need an answer" in early.content.decode()
    left = client.get(f"{page}hand-in/").content.decode()
    assert f'href="{page}changes/#id_change_notice"' in left and 'id="id_change_notice"' not in left
    answer_all(house, sent.digest)
    done = sign(client, page)
    receipt = client.get(page).content.decode()
    assert done.headers["Location"] == page
    with acting_in(house.organization):
        row = SupplierQuestionnaire.objects.get()
        assert (row.state, row.handed_in_role) == ("handed_in", "Quality lead")
        assert row.sha256 in receipt and "A chat service" not in receipt and "As agreed" not in receipt
        line = TrailEvent.objects.get(action="supplierquestionnaire.handed_in")
        assert line.actor == "system:0" and '"client"' in line.body and "Zoe" not in line.body
    assert client.get(f"{page}delivery/").headers["Location"] == page
    assert client.get(f"{page}hand-in/").headers["Location"] == page


def test_after_handing_in_nothing_can_be_written(house, client):
    row = handed_in(house)
    page = f"/questionnaire/{sent_token(house)}/"
    before = stands(house, row)

    assert client.post(f"{page}delivery/", {"seen": "", "delivered": "x"}).headers["Location"] == page
    assert client.post(f"{page}hand-in/", {"seen": "", "name": "x"}).headers["Location"] == page

    assert stands(house, row) == before


def test_a_link_that_is_unknown_expired_withdrawn_or_replaced_is_no_page(house, client):
    sent, page = link(house)
    assert gone(client, f"/questionnaire/{'A' * 43}/") and gone(client, f"/questionnaire/{sent.digest}/")
    assert client.get(page).status_code == 200
    with acting_in(house.organization) as portal:
        row = SupplierQuestionnaire.objects.select_related("supplier__owner").get()
        services.resend_questionnaire(
            actor=house.lead, questionnaire=row, due_date=in_days(30), now=timezone.now()
        )
        assert portal
    assert gone(client, page)
    page = f"/questionnaire/{sent_token(house)}/"
    assert client.get(page).status_code == 200
    over(row, house)
    assert gone(client, page)
    with acting_in(house.organization):
        SupplierQuestionnaire.objects.update(expires_at=row.expires_at)
        row.refresh_from_db()
        services.withdraw_questionnaire(actor=house.lead, questionnaire=row, reason="x", now=timezone.now())
    assert gone(client, page)


@OPERATING
def test_the_links_of_a_suspended_organization_wait_until_it_is_resumed():
    house, client = build_house("Meadow Clinic", "meadow"), Client()
    with transaction.atomic():  # the mail is read before it is sent, which ends its text
        _, page = link(house)
    operators.suspend_organization(operator=MACHINE, slug="meadow", reason="Unpaid")

    assert gone(client, page)

    operators.resume_organization(operator=MACHINE, slug="meadow", reason="Paid")
    assert client.get(page).status_code == 200


def test_a_link_that_ends_while_somebody_types_saves_nothing(house, client):
    sent, page = link(house)
    seen = seen_on(client, f"{page}delivery/")
    over(sent, house)
    before = stands(house, sent)

    late = client.post(f"{page}delivery/", {"seen": seen, "delivered": "Too late"})

    assert late.status_code == 404 and stands(house, sent) == before


def test_two_tabs_on_one_part_show_both_answers_and_then_save(house, client):
    sent, page = link(house)
    seen = seen_on(client, f"{page}delivery/")
    fill(client, page, "delivery", delivered="First tab")

    clash = client.post(f"{page}delivery/", {"seen": seen, "delivered": "Second tab"})

    text = clash.content.decode()
    assert clash.status_code == 409 and "First tab" in text and "Second tab" in text
    fresh = re.search(r'name="seen" value="([0-9a-f]{64})"', text).group(1)
    assert client.post(f"{page}delivery/", {"seen": fresh, "delivered": "Second tab"}).status_code == 302
    with acting_in(house.organization):
        assert queries.answers_of(sent) == {"delivered": "Second tab"}


def test_an_answer_that_changed_since_it_was_looked_over_is_looked_at_again(house, client):
    sent, page = link(house)
    answer_all(house, sent.digest)
    seen = seen_on(client, f"{page}hand-in/")
    fill(client, page, "delivery", delivered="Changed meanwhile", models="Ours")
    before = stands(house, sent)

    stale = client.post(
        f"{page}hand-in/", {"seen": seen, "name": "Zoe", "role": "Quality lead", "declares": "on"}
    )

    assert stale.status_code == 409 and "Changed meanwhile" in stale.content.decode()
    assert stands(house, sent) == before
    assert sign(client, page).status_code == 302


@pytest.mark.parametrize(
    ("part", "given", "sentence"),
    [
        ("changes", {"change_notice": "tomorrow"}, "valid choice"),
        ("law", {"aims_valid_until": "soon"}, "valid date"),
        ("delivery", {"delivered": "x" * 4001}, "at most 4000"),
        ("delivery", {"delivered": "a\x00b"}, "Null characters"),
    ],
)
def test_an_answer_that_does_not_fit_comes_back_with_what_was_typed(house, client, part, given, sentence):
    sent, page = link(house)
    before = stands(house, sent)

    answer = fill(client, page, part, **given)

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert 'href="#id_' in answer.content.decode()
    assert stands(house, sent) == before


def test_a_web_address_is_one(house, client):
    supplier = asked_supplier_in(house, kind="model")
    sent, page = link(house, supplier=supplier)
    before = stands(house, sent)

    answer = fill(client, page, "delivery", documentation="javascript:alert(1)")

    assert answer.status_code == 422 and "web address" in answer.content.decode()
    assert stands(house, sent) == before


def asked_supplier_in(house: House, **values: str) -> Any:
    with acting_in(house.organization):
        return asked_supplier(house, **values)


def test_too_much_and_too_often_is_refused(house, client):
    sent, page = link(house)
    before = stands(house, sent)

    large = client.post(f"{page}delivery/", {"seen": "", "delivered": "x" * (views.LARGEST + 1)})
    assert large.status_code == 413 and "too long" in large.content.decode()
    for _ in range(views.PER_NETWORK):
        limits.count("questionnaire-network", network_of("127.0.0.1"), limit=1, seconds=600)
    often = client.post(f"{page}delivery/", {"seen": "", "delivered": "x"})
    assert often.status_code == 429
    far = Client(REMOTE_ADDR="198.51.100.7")
    for _ in range(views.PER_QUESTIONNAIRE):
        limits.count("questionnaire", sent.pk, limit=1, seconds=3600)
    assert far.post(f"{page}delivery/", {"seen": "", "delivered": "x"}).status_code == 429

    assert stands(house, sent) == before
    assert client.get(page).status_code == 200


def test_nothing_of_another_organization_shows_or_is_written(house, other_house, client):
    sent, page = link(house)
    other, other_page = link(other_house)
    fill(client, other_page, "delivery", delivered="zqharbour", models="Ours")
    before = stands(house, sent)

    assert (
        "zqharbour" not in client.get(page).content.decode() + client.get(f"{page}delivery/").content.decode()
    )
    assert "Harbour" not in client.get(page).content.decode()
    fill(client, other_page, "quality", limits="Not for wards", evaluation="Twice")
    assert stands(house, sent) == before
    signed_in = as_member(other_house, "lead").get(page).content.decode()
    assert "Harbour" not in signed_in and "Lena" not in signed_in
    assert other.reference == sent.reference  # both count for themselves


def test_the_pages_ask_as_much_for_thirty_answers_as_for_none(house, client):
    sent, page = link(house, supplier=asked_supplier_in(house, kind="system", tier="high"))
    paths = [page, f"{page}law/", f"{page}hand-in/"]
    none = []
    for path in paths:
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        none.append(len(seen))
    answer_all(house, sent.digest)

    for path, number in zip(paths, none, strict=True):
        with count_queries() as seen:
            client.get(path)
        assert len(seen) == number <= 3, seen


def test_what_is_returned_shows_the_comment_of_the_reviewer(house, client):
    row = handed_in(house, delivered="<script>alert(1)</script>")
    old = f"/questionnaire/{sent_token(house)}/"
    with acting_in(house.organization):
        row = SupplierQuestionnaire.objects.select_related("supplier__owner").get()
        services.return_questionnaire(
            actor=house.lead,
            questionnaire=row,
            comment="Name the data sets.",
            due_date=in_days(9),
            now=timezone.now(),
        )
    page = f"/questionnaire/{sent_token(house)}/"

    text = client.get(page).content.decode()
    review = client.get(f"{page}hand-in/").content.decode()

    assert gone(client, old)
    assert "Name the data sets." in text and "16 of 16 answered" in text
    assert "<script>alert" not in review and "&lt;script&gt;alert" in review


def test_fitting_answers_cover_every_kind():
    assert all(fitting(each) for each in supplier_questions())
