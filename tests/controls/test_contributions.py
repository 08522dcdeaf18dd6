"""What controls gives to other pages: work, search, home, panels, reminders, packs, ownership."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from aims.core import reminders as core_reminders
from aims.core.documents import Cover, gaps_of, render_document
from aims.core.models import Reminder
from aims.core.queries.evidence import uses_of
from aims.core.registry import registry
from aims.core.services.organizations import deactivate_member
from aims.core.tenancy.context import acting_as
from controls import library, places, queries, reminders, sections, soa
from controls.models import CompetenceRecord, Control
from tests.cast import TODAY, House, as_member
from tests.controls.conftest import LATER, TARGET, WHY_NOT, Desk
from tests.controls.test_pages import text_of
from tests.core.evidence_sample import accepted, day


def titles(desk: Desk, who: str) -> list[tuple[str, str]]:
    with acting_as(desk.house.actor(who)) as actor:
        return [(item.title.split()[0], item.action) for item in places.work(actor, TODAY)]


def test_each_person_sees_what_waits_for_them(desk: Desk):
    desk.implemented("A.2.2")
    desk.planned("A.2.3")
    desk.in_review()

    assert titles(desk, "control_owner") == [("A.2.3", "Start")]
    assert titles(desk, "internal_auditor") == [("A.2.2", "Verify")]
    assert titles(desk, "lead") == [("A.2.2", "Verify")]
    assert titles(desk, "top") == [("Statement", "Approve or return")]
    assert titles(desk, "staff") == []


def test_nobody_is_asked_to_approve_what_they_sent(desk: Desk):
    version = desk.in_review()
    version.submitted_by = desk.house.member["top"]
    version.save()

    assert titles(desk, "top") == []


def test_a_search_finds_controls_and_clauses_for_those_who_may_read(desk: Desk):
    with acting_as(desk.house.lead) as actor:
        found = [(hit.kind, hit.label) for hit in places.search(actor, "polic")]
    with acting_as(desk.house.actor("staff")) as actor:
        hidden = list(places.search(actor, "polic"))

    assert ("Control", "A.2.2 AI policy") in found
    assert any(kind == "Clause" for kind, _ in found)
    assert hidden == []


def test_home_counts_readiness_by_objective_and_what_has_no_evidence(desk: Desk):
    desk.implemented("A.2.2")
    desk.planned("A.2.3")

    with acting_as(desk.house.lead) as actor:
        part = places.home(actor, TODAY)

    policies = part["clauses"][0]
    assert policies == {"label": "A.2 Policies related to AI", "ok": 33, "part": 33, "gap": 34}
    assert len(part["clauses"]) == 9
    assert part["stats"][0]["value"] == 37
    assert part["clauses_counts"]


def test_what_is_left_out_does_not_count(desk: Desk):
    desk.leave_out(desk.draft(), "A.10.3")

    last = queries.readiness()[-1]

    assert (last.ref, last.total) == ("A.10", 2)
    assert "A.10.3" not in [control.reference for control in queries.controls_without_evidence(TODAY)]


def test_a_person_who_owns_a_control_does_not_leave(desk: Desk):
    from aims.core.exceptions import RuleBroken

    desk.owned("A.2.2")

    with pytest.raises(RuleBroken, match=r"still owns A\.2\.2"):
        deactivate_member(actor=desk.house.admin, member=desk.house.member["control_owner"], reason="Left")

    assert Control.objects.get(reference="A.2.2").owner == desk.house.member["control_owner"]


def test_evidence_says_which_controls_it_shows(desk: Desk):
    control = desk.owned("A.2.2")
    item = desk.show(control)
    other = accepted(desk.house, title="Unlinked")

    with acting_as(desk.house.lead):
        uses = uses_of([item.pk, other.pk])

    assert uses == {item.pk: [("A.2.2 AI policy", desk.house.url(f"controls/{control.pk}/"))], other.pk: []}


def test_the_page_of_a_risk_and_of_a_system_name_their_controls(desk: Desk):
    risk = desk.treated_risk("A.6.2.4")
    lead = as_member(desk.house, "lead")

    assert "A.6.2.4" in text_of(lead.get(risk.get_absolute_url()))
    assert "A.6.2.4" in text_of(lead.get(desk.ward.system.get_absolute_url()))


# Reminders


def dues(day_of_round: datetime.date) -> list[tuple[str, int | None]]:
    return [(due.rule, due.step) for due in reminders.due(day_of_round)]


def test_a_review_is_reminded_of_by_its_offsets(desk: Desk):
    control = desk.owned("A.2.2")
    desk.edit(control, next_review_date=TODAY + datetime.timedelta(days=200), target_date=None)

    assert dues(TODAY + datetime.timedelta(days=169)) == []
    assert dues(TODAY + datetime.timedelta(days=170)) == [("control_review", 30)]
    assert dues(TODAY + datetime.timedelta(days=200)) == [("control_review", 0)]


def test_a_target_date_is_reminded_of_until_the_control_is_implemented(desk: Desk):
    desk.planned("A.2.2")
    assert dues(TARGET - datetime.timedelta(days=7)) == [("control_target", 7)]

    Control.objects.filter(reference="A.2.2").update(state="implemented")

    assert dues(TARGET - datetime.timedelta(days=7)) == []


def test_the_owner_of_a_control_hears_that_its_evidence_ends(desk: Desk):
    control = desk.owned("A.2.2")
    item = desk.show(control, until=day(30))

    found = [due for due in reminders.due(TODAY) if due.rule == "evidence_expiry"]

    assert [(due.object_id, due.member_ids) for due in found] == [
        (item.pk, (desk.house.member["control_owner"].pk,))
    ]


def test_a_round_that_runs_twice_reminds_once(desk: Desk):
    desk.planned("A.2.2")
    on = TARGET - datetime.timedelta(days=7)

    core_reminders.run_round(on)
    first = Reminder.objects.filter(rule="control_target").count()
    core_reminders.run_round(on)

    assert first == 1
    assert Reminder.objects.filter(rule="control_target").count() == 1


# Packs


def section(key: str, as_of: datetime.date) -> object:
    return next(each for each in sections.sections(as_of) if each.key == key)


def test_a_pack_without_a_statement_says_so(desk: Desk):
    found = section("soa", TODAY)

    assert (found.number, found.data) == ("12", {})
    assert found.gaps == ("No Statement of Applicability was approved by this date.",)


def test_a_pack_holds_the_version_in_force_on_its_day_with_its_changes(desk: Desk):
    first = desk.approved()
    second = desk.draft(now=LATER)
    contract = [soa.rules.Reason("contract", "C-7")]
    desk.decide(second, "A.10.3", soa.Decision(included=True, reasons=contract, target_date=TARGET))
    left_out = soa.Decision(included=False, reasons=[], justification=WHY_NOT, exclusion_link="RA-2")
    desk.decide(second, "A.3.3", left_out)
    desk.do(soa.submit_soa, "lead", soa=second, now=LATER)
    desk.do(soa.approve_soa, "top", soa=second, now=LATER)

    then = section("soa", TODAY)
    later = section("soa", LATER.date())

    assert dict(then.data["summary"].rows)["Version"] == 1
    assert dict(then.data["record"].rows)["SHA-256 of the approved copy"] == first.snapshot.sha256
    assert dict(later.data["summary"].rows)["Version"] == 2
    changes = {(row[0], row[1]) for row in later.data["changes"].rows}
    assert changes == {("A.10.3", "Now included"), ("A.3.3", "Now left out")}
    assert len(later.data["rows"].rows) == 38


def test_the_sections_print_as_a_document(desk: Desk):
    desk.approved()
    desk.show(desk.owned("A.2.2"))
    found = list(sections.sections(timezone.localdate()))

    cover = Cover("Pack", "Meadow", "All clinics", TODAY, "PK-1")
    html = render_document(cover, found, gaps_of(found))

    assert [each.number for each in found] == ["12", "17", "24", "15"]
    assert WHY_NOT in html
    assert "EV-001" in html
    assert "no document master list" in html
    for each in (*library.clauses(), *library.controls()):
        assert each.ref in html


def test_a_pack_shows_who_can_do_what_and_says_whose_proof_ended(desk: Desk):
    person = desk.house.member["control_owner"]
    for topic, until in (("human_oversight", TODAY), ("ai_literacy", TODAY - datetime.timedelta(days=1))):
        CompetenceRecord.objects.create(
            person=person, topic=topic, state="valid", valid_until=until, required_at=timezone.now()
        )

    (section,) = (each for each in sections.sections(TODAY) if each.key == "competence")

    assert [(row[0], row[1]) for row in section.data["competence"].rows] == [
        (person.name, "Human oversight of AI systems"),
        (person.name, "AI literacy"),
    ]
    assert section.gaps[0] == "1 of 2 competence records hold no proof that is valid on this day."


def test_the_crosswalk_says_what_has_no_evidence(desk: Desk):
    desk.show(desk.owned("A.2.2"))

    found = section("crosswalk", timezone.localdate())

    controls = {row[0]: row for row in found.data["controls"].rows}
    assert controls["A.2.2"][4] == "EV-001"
    assert "No accepted evidence is linked to 37 controls" in found.gaps[0]


def test_everything_is_registered(house: House):
    assert sections.sections in registry.pack_sections
    assert {entry.url_name for entry in registry.navigation} >= {"controls", "soas"}
    assert ("SM-05", "controls linked when option is modify") in registry.guards
