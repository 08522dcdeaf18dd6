"""The public reporting form: what outsiders can do with it, and all that they cannot."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from aims.core import limits
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Mail, Notification, TrailEvent
from aims.core.tenancy.context import acting_as, acting_in
from inventory.forms import reporting as forms
from inventory.models import Incident, OutsideReport, ReportingForm
from inventory.services import reporting as services
from tests.cast import NOW, House, as_member, build_house

NAME, TEXT = "Meadow, as people know it", "Tell us what our AI did to you."
CANARY = "zqcanary-outside"


def opened(house: House, *, is_on: bool = True) -> str:
    with acting_as(house.lead) as actor:
        form = services.write_form(actor=actor, public_name=NAME, text=TEXT, row_version=0, now=NOW)
        if is_on:
            services.switch_form(actor=actor, is_on=True, now=NOW)
    return f"/report/{form.token}/"


def stamp_of(page: str, *, age: float = 60) -> str:
    """As a person's form has it who wrote for a while."""
    token = page.split("/")[2]
    now = time.time()
    try:
        time.time = lambda: now - age  # type: ignore[assignment]
        return forms.fresh_stamp(token)
    finally:
        time.time = REAL_TIME  # type: ignore[assignment]


REAL_TIME = time.time


def sent(client: Client, page: str, **more: Any) -> Any:
    values = {
        "kind": "complaint",
        "title": f"{CANARY} refused",
        "description": "It refused my application without a reason.",
        "contact": "zoe@outside.test",
        "website": "",
        "stamp": stamp_of(page),
        **more,
    }
    return client.post(page, values)


def kept(house: House) -> tuple[int, int, int]:
    with acting_in(house.organization):
        return Incident.objects.count(), OutsideReport.objects.count(), Mail.objects.count()


def test_a_report_becomes_a_reported_complaint_from_outside_with_one_mail(house, client):
    page = opened(house)

    shown = client.get(page)
    answer = sent(client, page)

    text = shown.content.decode()
    assert NAME in text and TEXT in text
    assert not client.cookies and "AIMS" not in text and "meadow" not in text.replace(NAME, "")
    assert shown.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert shown.headers["Referrer-Policy"] == "no-referrer" and "no-store" in shown.headers["Cache-Control"]
    assert answer.status_code == 200
    with acting_in(house.organization):
        incident, report, mail = (
            Incident.objects.get(),
            OutsideReport.objects.get(),
            Mail.objects.get(recipient="zoe@outside.test"),
        )
        assert (incident.kind, incident.state, incident.source) == ("complaint", "reported", "outside")
        assert (incident.reporter, incident.owner) == (None, None)
        assert report.receipt in answer.content.decode() and incident.reference not in answer.content.decode()
        assert report.receipt in mail.text and CANARY not in mail.text + mail.subject
        assert "zoe@" not in report.sealed_contact and report.contact == "zoe@outside.test"
        assert Notification.objects.get().member == house.member["lead"]
        lines = TrailEvent.objects.order_by("-id").values_list("action", "actor")[:2]
        assert set(lines) == {("incident.reported", "system:0"), ("incident.received_outside", "system:0")}
        assert not TrailEvent.objects.filter(body__contains="zoe@outside").exists()


def neutral(content: bytes, address: str) -> bytes:
    """Without the address that was asked for, and the token of the form for the colours."""
    return re.sub(rb"[A-Za-z0-9]{64}", b"TOKEN", content.replace(address.encode(), b"PATH"))


def test_an_address_that_is_off_renewed_or_unknown_is_no_page(house, client):
    missing = client.get("/there-is-no-such-page/")
    page = opened(house, is_on=False)

    def answers_as_missing(address: str) -> bool:
        found = [client.get(address), sent(client, address)]
        same = {neutral(each.content, address) for each in found}
        wanted = {neutral(missing.content, "/there-is-no-such-page/")}
        return {each.status_code for each in found} == {404} and same == wanted

    assert answers_as_missing(page)
    assert answers_as_missing("/report/" + "A" * 32 + "/")
    with acting_as(house.admin) as actor:
        services.switch_form(actor=actor, is_on=True, now=NOW)
    assert client.get(page).status_code == 200
    with acting_as(house.lead) as actor:
        new = f"/report/{services.renew_address(actor=actor, now=NOW).token}/"
    assert answers_as_missing(page) and client.get(new).status_code == 200
    with acting_as(house.lead) as actor:
        services.switch_form(actor=actor, is_on=False, now=NOW)
    assert answers_as_missing(new)
    assert kept(house)[:2] == (0, 0)


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({"website": "https://spam.test"}, 422, forms.TRAPPED),
        ({"stamp": "made-up"}, 422, forms.TOO_LATE),
        ({"stamp": signing.TimestampSigner(salt=forms.SALT).sign("of-another-form")}, 422, forms.TOO_LATE),
        ({"title": " "}, 422, "required"),
        ({"contact": "no address"}, 422, "valid"),
        ({"kind": "finding"}, 422, "valid choice"),
        ({"description": "x" * 10_001}, 422, "at most"),
        ({"description": "x" * 70_000}, 413, "too long"),
    ],
)
def test_what_no_person_would_send_is_refused_and_nothing_is_kept(house, client, given, status, sentence):
    page = opened(house)

    answer = sent(client, page, **given)

    assert (answer.status_code, sentence in answer.content.decode()) == (status, True)
    assert kept(house) == (0, 0, 0)


def test_the_time_of_the_form_is_signed_and_a_new_one_comes_with_the_refusal(house, client):
    page = opened(house)

    quick = sent(client, page, stamp=stamp_of(page, age=1))
    late = sent(client, page, stamp=stamp_of(page, age=forms.LONGEST_OPEN + 60))

    assert [each.status_code for each in (quick, late)] == [422, 422]
    text = late.content.decode()
    assert forms.TOO_QUICK in quick.content.decode() and forms.TOO_LATE in text
    assert CANARY in text  # what was typed stays
    fresh = text.split('name="stamp" value="')[1].split('"')[0]
    assert forms.fault_of_stamp(fresh, page.split("/")[2]) == forms.TOO_QUICK
    assert kept(house) == (0, 0, 0)


def test_reports_are_limited_by_network_organization_and_mailed_address(house, other_house, client):
    page, other = opened(house), opened(other_house)

    answers = [sent(client, page).status_code for _ in range(7)]

    assert answers == [200] * 5 + [429] * 2
    assert sent(client, other).status_code == 429  # of one network, whatever the organization
    with acting_in(house.organization):
        assert Mail.objects.filter(recipient="zoe@outside.test").count() == services.MAILS_A_DAY
    assert kept(house)[:2] == (5, 5) and kept(other_house)[:2] == (0, 0)
    for _ in range(60):
        limits.count("report", other_house.organization.pk, limit=60, seconds=3600)
    far = Client(REMOTE_ADDR="198.51.100.7")
    assert sent(far, other).status_code == 429
    assert sent(far, page).status_code == 200


def test_slips_of_whoever_reports_do_not_count_as_reports(house, client):
    page = opened(house)

    slips = [sent(client, page, contact="no address").status_code for _ in range(7)]

    assert slips == [422] * 7
    assert sent(client, page).status_code == 200


def test_only_lead_and_administrator_keep_the_form_and_each_act_stands_in_the_trail(house):
    opened(house, is_on=False)
    for who in ("owner", "staff", "top", "internal_auditor"):
        client = as_member(house, who)
        assert client.get(house.url("reporting-form/")).status_code == 403
        assert client.post(house.url("reporting-form/on/")).status_code == 403
        with acting_as(house.actor(who)) as actor, pytest.raises(NotAllowed):
            services.switch_form(actor=actor, is_on=True, now=NOW)
    with acting_in(house.organization):
        assert not ReportingForm.objects.get().is_on
    admin = as_member(house, "admin")

    assert admin.post(house.url("reporting-form/on/")).status_code == 302
    page = admin.get(house.url("reporting-form/")).content.decode()
    written = admin.post(
        house.url("reporting-form/write/"), {"public_name": "Another", "text": "", "row_version": "1"}
    )
    stale = admin.post(
        house.url("reporting-form/write/"), {"public_name": "Third", "text": "", "row_version": "1"}
    )

    assert "/report/" in page and NAME in page
    assert (written.status_code, stale.status_code) == (302, 409)
    with acting_in(house.organization):
        assert ReportingForm.objects.get().public_name == "Another"
        acts = TrailEvent.objects.filter(action__startswith="reportingform.").order_by("id")
        assert [each.action.partition(".")[2] for each in acts] == ["written", "switched", "written"]


def test_the_api_keeps_the_form(house, lead):
    def post(path: str, body: Any) -> Any:
        return lead.post(house.api(path), body, content_type="application/json")

    assert lead.get(house.api("reporting-form")).status_code == 404
    made = post("reporting-form", {"public_name": NAME, "row_version": 0})
    switched = post("reporting-form/switch", {"is_on": True})
    again = post("reporting-form/switch", {"is_on": True})
    moved = post("reporting-form/renew-address", {})
    found = lead.get(house.api("reporting-form")).json()

    assert (made.status_code, switched.json()["is_on"], again.status_code) == (200, True, 422)
    assert moved.json()["address"] != made.json()["address"]
    assert (found["address"], found["is_on"]) == (moved.json()["address"], True)


def test_the_keepers_of_an_incident_see_how_to_reach_the_sender_and_can_forget_it(house, client):
    sent(client, opened(house))
    with acting_in(house.organization):
        incident = Incident.objects.get()
        Mail.objects.filter(recipient="zoe@outside.test").update(state="sent")
    lead, reader = as_member(house, "lead"), as_member(house, "risk_owner")
    page = house.url(f"incidents/{incident.pk}/")

    assert "zoe@outside.test" in lead.get(page).content.decode()
    assert "zoe@outside.test" not in reader.get(page).content.decode()
    assert reader.post(f"{page}contact/forget/").status_code == 403
    assert lead.post(f"{page}contact/forget/").status_code == 302

    assert "zoe@outside.test" not in lead.get(page).content.decode()
    with acting_in(house.organization):
        report = OutsideReport.objects.get()
        assert (report.contact, report.forgotten_at is not None) == ("", True)
        assert not Mail.objects.filter(recipient="zoe@outside.test").exists()
        with pytest.raises(RuleBroken, match="no address"):
            services.forget_contact(actor=house.lead, incident=incident, now=timezone.now())


def test_nothing_of_another_organization_shows_on_a_page(house, client):
    page = opened(house)
    harbour = build_house("Harbour Bank", "harbour")
    other = opened(harbour)
    sent(client, page)

    assert kept(harbour)[:2] == (0, 0)
    assert CANARY not in client.get(other).content.decode()
    signed_in = as_member(harbour, "lead").get(page).content.decode()
    assert "Harbour" not in signed_in and "Lena" not in signed_in
