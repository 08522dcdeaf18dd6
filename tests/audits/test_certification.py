"""The certification cycle: SM-25 with each of its guards, the dates, the daily round and the reminders."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Notification, Reminder
from aims.core.reminders import run_round
from audits import reminders
from audits.models import Certificate, EvidencePack
from audits.queries.certification import cycle_lines, milestones
from audits.services import certification as verbs
from inventory.models import ScopeStatement
from tests.audits.conftest import DAY, TODAY, Records, invite, plan
from tests.cast import NOW, House, as_member

pytestmark = pytest.mark.usefixtures("acting")
DECISION = datetime.date(2025, 2, 28)


def at(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(9), tzinfo=datetime.UTC)


def certificate_in(state: str, **values: Any) -> Certificate:
    return Certificate.objects.create(
        **{"body": "Northern Certification", "state": state, "created_at": NOW, **values}
    )


def certified(state: str = "certified", **values: Any) -> Certificate:
    given = {
        "number": "AI-1",
        "decision_date": DECISION,
        "expiry_date": datetime.date(2028, 2, 28),
        "stage1_date": DECISION - 90 * DAY,
        "stage2_date": DECISION - 30 * DAY,
        **values,
    }
    return certificate_in(state, **given)


def step(
    house: House, certificate: Certificate, action: str, day: datetime.date = TODAY, **given: Any
) -> Certificate:
    actor = house.system if action in BY_SYSTEM else house.lead
    return verbs.advance(actor=actor, certificate=certificate, action=action, given=given, now=at(day))


BY_SYSTEM = {"open_window", "open_recert_window", "expire"}


def refused(act: Callable[[], object], *, match: str) -> None:
    before = list(Certificate.objects.values())
    with pytest.raises(RuleBroken, match=match):
        act()
    assert list(Certificate.objects.values()) == before


def release_pack(house: House, records: Records, kind: str = "stage1") -> EvidencePack:
    engagement = invite(house, records, kind=kind)
    return EvidencePack.objects.create(
        reference=f"PK-{EvidencePack.objects.count() + 1:03d}",
        as_of=TODAY,
        state="released",
        requested_at=NOW,
        released_to=engagement,
        released_until=TODAY + DAY,
    )


# Guards, one refusal each


def test_applying_needs_an_approved_scope(house: House) -> None:
    certificate = certificate_in("preparing", management_review_date=TODAY)
    plan(house, lead=None)

    refused(lambda: step(house, certificate, "apply"), match="scope statement approved")


def test_applying_needs_a_dated_audit_and_review(house: House, records: Records) -> None:
    certificate = certificate_in("preparing")

    refused(lambda: step(house, certificate, "apply"), match="Plan an internal audit")
    plan(house, lead=None)
    refused(lambda: step(house, certificate, "apply"), match="date of the management review")
    certificate.management_review_date = TODAY + DAY
    certificate.save()
    step(house, certificate, "apply")
    assert certificate.state == "applied"
    assert ScopeStatement.objects.count() == 1


def test_stage_1_needs_its_released_pack(house: House, records: Records) -> None:
    certificate = certificate_in("applied")

    refused(lambda: step(house, certificate, "start_stage1", stage1_date=TODAY), match="Release the Stage 1")
    release_pack(house, records)
    step(house, certificate, "start_stage1", stage1_date=TODAY)
    assert (certificate.state, certificate.stage1_date) == ("stage1", TODAY)


def test_concerns_are_listed_and_resolved(house: House) -> None:
    certificate = certificate_in("stage1")

    refused(lambda: step(house, certificate, "record_concerns"), match="List the areas of concern")
    step(house, certificate, "record_concerns", concerns="No supplier list")
    refused(lambda: step(house, certificate, "start_stage2", stage2_date=TODAY), match="how each concern")
    step(house, certificate, "start_stage2", stage2_date=TODAY, reason="List made")
    assert (certificate.state, certificate.stage2_date) == ("stage2", TODAY)


def test_stage_2_needs_its_released_pack(house: House, records: Records) -> None:
    certificate = certificate_in("stage1", stage1_date=TODAY - 30 * DAY)

    refused(lambda: step(house, certificate, "start_stage2", stage2_date=TODAY), match="to the Stage 2 audit")
    release_pack(house, records, "stage2")
    step(house, certificate, "start_stage2", stage2_date=TODAY)
    assert certificate.state == "stage2"


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({}, "Enter the last day of Stage 2"),
        ({"stage2_date": TODAY - 300 * DAY}, "comes after Stage 1"),
        ({"stage2_date": TODAY}, "more than six months"),
    ],
)
def test_the_interval_to_stage_2_is_agreed(
    house: House, records: Records, given: dict[str, Any], match: str
) -> None:
    certificate = certificate_in("stage1", stage1_date=TODAY - 200 * DAY)
    release_pack(house, records, "stage2")

    refused(lambda: step(house, certificate, "start_stage2", **given), match=match)


def test_nonconformities_have_the_deadline_of_six_months(house: House) -> None:
    certificate = certificate_in("stage2", stage2_date=datetime.date(2026, 8, 31))

    step(house, certificate, "record_nonconformities")

    assert Notification.objects.filter(text__contains="by 28 Feb 2027", member=house.member["top"]).exists()
    refused(lambda: step(house, certificate, "submit_responses"), match="accepted the last response")
    refused(
        lambda: step(house, certificate, "submit_responses", verified_on=datetime.date(2027, 3, 1)),
        match="Stage 2 has to be repeated",
    )
    step(house, certificate, "submit_responses", verified_on=datetime.date(2027, 2, 28))
    assert certificate.state == "decision"


def test_the_certificate_is_recorded_whole(house: House, records: Records) -> None:
    certificate = certificate_in("decision")
    whole = {"number": "AI-1", "scope_text": "All", "soa": records.soa, "decision_date": DECISION}

    for name in whole:
        lacking = {key: value for key, value in whole.items() if key != name}
        refused(lambda given=lacking: step(house, certificate, "record_certificate", **given), match="Enter")
    refused(
        lambda: step(house, certificate, "record_certificate", **{**whole, "decision_date": TODAY + DAY}),
        match="lies in the past",
    )
    refused(
        lambda: step(house, certificate, "record_certificate", **whole, expiry_date=DECISION + 1000 * DAY),
        match="ends three years after the decision: 28 Feb 2028",
    )
    step(house, certificate, "record_certificate", **whole)
    certificate.refresh_from_db()
    assert (certificate.state, certificate.expiry_date) == ("certified", datetime.date(2028, 2, 28))


def test_a_certificate_names_an_approved_soa(house: House, records: Records) -> None:
    certificate = certificate_in("decision")
    assert records.soa is not None
    records.soa.state = "draft"

    refused(
        lambda: step(
            house,
            certificate,
            "record_certificate",
            number="1",
            scope_text="x",
            soa=records.soa,
            decision_date=DECISION,
        ),
        match="approved Statement of Applicability",
    )


def test_the_surveillance_window_opens_120_days_before(house: House) -> None:
    certificate = certified()
    opens = datetime.date(2026, 2, 28) - 120 * DAY

    refused(lambda: step(house, certificate, "open_window", opens - DAY), match="Surveillance 1 is due from")
    step(house, certificate, "open_window", opens)
    assert certificate.state == "surveillance_due"


def test_no_window_opens_when_both_surveillances_were_held(house: House) -> None:
    certificate = certified(surveillance_dates=[datetime.date(2026, 2, 1), datetime.date(2027, 2, 1)])

    refused(lambda: step(house, certificate, "open_window"), match="have been held")


def test_a_surveillance_is_confirmed_with_its_day_and_outcome(house: House) -> None:
    certificate = certified("surveillance")
    held = datetime.date(2026, 2, 3)

    refused(
        lambda: step(house, certificate, "confirm", held, reason="None"), match="last day of the surveill"
    )
    refused(lambda: step(house, certificate, "confirm", held, held_on=held), match="how its nonconformities")
    step(house, certificate, "confirm", held, held_on=held, reason="None found")
    assert (certificate.state, certificate.surveillance_dates) == ("certified", [held])


def test_recertification_is_planned_nine_months_before_expiry(house: House) -> None:
    certificate = certified()

    refused(
        lambda: step(house, certificate, "open_recert_window", datetime.date(2027, 5, 27)),
        match="planned from 28 May 2027",
    )
    step(house, certificate, "open_recert_window", datetime.date(2027, 5, 28))
    assert certificate.state == "recertification_due"


def test_the_recertification_audit_is_before_expiry(house: House) -> None:
    certificate = certified("recertification_due")

    refused(lambda: step(house, certificate, "start"), match="early enough")
    refused(
        lambda: step(house, certificate, "start", audit_date=datetime.date(2028, 2, 28)), match="early enough"
    )
    step(house, certificate, "start", audit_date=datetime.date(2028, 1, 15))
    assert certificate.state == "recertification"


def test_a_renewal_is_decided_before_expiry_and_keeps_the_old_cycle(house: House) -> None:
    certificate = certified("recertification")

    refused(lambda: step(house, certificate, "renew"), match="date of the decision")
    refused(
        lambda: step(house, certificate, "renew", decision_date=datetime.date(2028, 3, 1)),
        match="came after expiry",
    )
    step(house, certificate, "renew", decision_date=datetime.date(2028, 1, 31))
    assert certificate.expiry_date == datetime.date(2031, 2, 28)
    assert certificate.surveillance_dates == []


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("surveillance_due", "miss_surveillance"),
        ("surveillance", "suspend"),
        ("suspended", "restore"),
        ("suspended", "withdraw"),
    ],
)
def test_suspension_and_its_end_have_a_reason(house: House, state: str, action: str) -> None:
    certificate = certified(state)

    refused(lambda: step(house, certificate, action), match="Give a reason")
    step(house, certificate, action, reason="Letter of 3 May")
    assert certificate.state != state


def test_a_suspension_stops_the_use_of_marks(house: House) -> None:
    certificate = certified("surveillance_due")

    step(house, certificate, "miss_surveillance", reason="No audit held")

    told = {row.text for row in Notification.objects.filter(member=house.member["top"])}
    assert any(text.startswith("Stop using the certification marks") for text in told)
    assert any("was suspended: No audit held" in text for text in told)


@pytest.mark.parametrize("state", ["recertification_due", "recertification"])
def test_a_certificate_expires_the_day_after_its_last(house: House, state: str) -> None:
    certificate = certified(state)

    refused(lambda: step(house, certificate, "expire", datetime.date(2028, 2, 28)), match="valid until")
    step(house, certificate, "expire", datetime.date(2028, 2, 29))
    assert certificate.state == "expired"


def test_an_expired_certificate_is_restored_within_six_months(house: House) -> None:
    certificate = certified("expired")

    refused(lambda: step(house, certificate, "restore_after_expiry"), match="date of the decision")
    refused(
        lambda: step(house, certificate, "restore_after_expiry", decision_date=datetime.date(2028, 8, 29)),
        match="new Stage 2",
    )
    step(house, certificate, "restore_after_expiry", decision_date=datetime.date(2028, 8, 28))
    assert (certificate.state, certificate.expiry_date) == ("certified", datetime.date(2031, 2, 28))


@pytest.mark.parametrize("who", ["internal_auditor", "owner", "admin", "staff"])
def test_only_the_lead_keeps_the_record(house: House, who: str) -> None:
    certificate = certified("suspended")
    with pytest.raises(NotAllowed):
        verbs.advance(
            actor=house.actor(who),
            certificate=certificate,
            action="restore",
            given={"reason": "x"},
            now=NOW,
        )


def test_there_is_one_record_at_a_time(house: House) -> None:
    verbs.open_certification(actor=house.lead, body="Northern", now=NOW)

    with pytest.raises(RuleBroken, match="a certification record already"):
        verbs.open_certification(actor=house.lead, body="Southern", now=NOW)
    assert Certificate.objects.count() == 1


# Dates


def test_the_dates_name_the_rule_they_come_from() -> None:
    certificate = certified(decision_date=datetime.date(2024, 2, 29), expiry_date=datetime.date(2027, 2, 28))

    lines = {line.name: (line.day, line.rule) for line in cycle_lines(certificate, today=TODAY)}

    assert lines["Surveillance 1"][0] == datetime.date(2025, 2, 28)
    assert "twelve months after the decision" in lines["Surveillance 1"][1]
    assert lines["Surveillance 2"][0] == datetime.date(2026, 2, 28)
    assert "31 Dec 2026" in lines["Surveillance 2"][1]
    assert lines["Recertification planning"][0] == datetime.date(2026, 5, 28)
    assert lines["Expiry"] == (datetime.date(2027, 2, 28), "Three years after the decision date")


def test_the_timeline_shows_what_is_done_next_and_late() -> None:
    certificate = certified(surveillance_dates=[datetime.date(2026, 2, 3)])

    states = {each.name: each.state for each in milestones(certificate, today=datetime.date(2026, 6, 1))}

    assert states["Surveillance 1"] == "done"
    assert states["Surveillance 2"] == "next"
    assert states["Expiry"] == "later"
    late = certified(number="AI-2")
    assert milestones(late, today=datetime.date(2026, 6, 1))[3].state == "late"


# Daily round


def test_the_daily_round_opens_windows_and_lets_certificates_expire(house: House) -> None:
    certificate = certified()

    def state_after(day: datetime.date) -> str:
        verbs.daily_round(house.system, day)
        verbs.daily_round(house.system, day)
        certificate.refresh_from_db()
        return certificate.state

    assert state_after(datetime.date(2025, 10, 30)) == "certified"
    assert state_after(datetime.date(2025, 10, 31)) == "surveillance_due"
    Certificate.objects.update(state="certified", surveillance_dates=[datetime.date(2026, 2, 1)])
    assert state_after(datetime.date(2026, 3, 1)) == "certified"
    assert state_after(datetime.date(2027, 5, 28)) == "recertification_due"
    assert state_after(datetime.date(2028, 2, 28)) == "recertification_due"
    assert state_after(datetime.date(2028, 2, 29)) == "expired"


# Reminders


def people_told(day: datetime.date) -> dict[int, set[str]]:
    """Rule surveillance: step -> who was told on that day."""
    run_round(day)
    found: dict[int, set[str]] = {}
    for row in Reminder.objects.filter(rule="surveillance").select_related("member"):
        found.setdefault(row.days_before, set()).add(row.member.name)
    return found


def test_surveillance_reminders_reach_the_lead_and_from_60_days_top_management(house: House) -> None:
    certified()
    due = datetime.date(2026, 2, 28)
    lead, both = {"Lena Lead"}, {"Lena Lead", "Tara Top"}

    assert people_told(due - 121 * DAY) == {}
    assert people_told(due - 120 * DAY) == {120: lead}
    assert people_told(due - 60 * DAY) == {120: lead, 60: both}
    assert people_told(due - 7 * DAY) == {120: lead, 60: both, 7: both}


def test_a_round_that_runs_again_reminds_nobody_twice(house: House) -> None:
    certified()
    day = datetime.date(2026, 2, 28) - 30 * DAY

    first, second = run_round(day), run_round(day)

    assert first > 0
    assert second == 0


def test_after_a_pause_only_the_newest_reminder_goes_out(house: House) -> None:
    certified()

    assert people_told(datetime.date(2026, 2, 28) - 20 * DAY).keys() == {30}


def test_the_end_of_an_auditors_access_is_announced(house: House, records: Records) -> None:
    from audits.models import Engagement
    from tests.audits.conftest import activate

    engagement = invite(house, records)
    activate(engagement)
    last_day = Engagement.objects.get().grant.ends_at.date()

    due = list(reminders.grant_ends(last_day - 3 * DAY))
    assert [(each.rule, each.step, each.due_date) for each in due] == [("grant_end", 3, last_day)]
    due = list(reminders.grant_ends(last_day - 7 * DAY))
    assert [(each.rule, each.step, each.due_date) for each in due] == [("grant_end", 7, last_day)]
    assert list(reminders.grant_ends(last_day - 8 * DAY)) == []


def test_the_reminders_page_shows_to_whom_and_when(house: House) -> None:
    certified()
    run_round(datetime.date(2026, 2, 28) - 120 * DAY)

    page = as_member(house, "lead").get(house.url("reminders/"))

    assert "120 days before" in page.text
    assert "Surveillance audit 1 by Northern Certification" in page.text


# Pages


def test_the_record_is_kept_on_its_page(house: House, records: Records) -> None:
    lead = as_member(house, "lead")
    lead.post(
        house.url("certification/new/"), {"body": "Northern", "management_review_date": str(TODAY + DAY)}
    )
    certificate = Certificate.objects.get()
    path = house.url(f"certification/{certificate.pk}/")

    refusal = lead.post(f"{path}apply/")
    plan(house, lead=None)
    applied = lead.post(f"{path}apply/")

    assert refusal.status_code == 422
    assert "Plan an internal audit" in refusal.text
    assert applied.status_code == 302
    certificate.refresh_from_db()
    assert certificate.state == "applied"


def test_the_page_and_home_draw_the_cycle(house: House) -> None:
    certificate = certified()
    lead = as_member(house, "lead")

    page = lead.get(house.url(f"certification/{certificate.pk}/"))
    home = lead.get(house.url())

    assert "Three years after the decision date" in page.text
    assert page.context["milestones"] == home.context["cycle"]["milestones"]


def test_the_calendar_lists_the_cycle_by_month(house: House, records: Records) -> None:
    certified(decision_date=TODAY - 300 * DAY, expiry_date=None)
    plan(house, lead=None)

    page = as_member(house, "lead").get(house.url("calendar/?months=36"))

    titles = [entry.title for month in page.context["months"] for entry in month.entries]
    assert "Surveillance 1" in titles
    assert "AU-001 Monitoring and verification" in titles
    only = as_member(house, "lead").get(house.url("calendar/?months=36&kind=Audits"))
    assert {entry.kind for month in only.context["months"] for entry in month.entries} == {"Audits"}
