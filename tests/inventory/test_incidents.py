"""The verbs and the life cycle of incidents (SM-17), walked from the table."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Mail, Notification, TrailEvent
from aims.core.registry import registry
from aims.core.tenancy.context import acting_in
from audits.models import Finding, IncidentFinding
from inventory.models import Incident, IncidentEntry, IncidentNotice, IncidentSystem, NoticeClause
from inventory.places import incidents as places
from inventory.queries import incidents as queries
from inventory.reminders import incidents as reminders
from inventory.rules.incidents import INCIDENT
from inventory.sections import incidents as sections
from inventory.services import clocks
from inventory.services import incidents as services
from risk.models import Risk
from tests.cast import NOW, TODAY, House
from tests.inventory.factories import a_complete_system

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
RECORD = {
    "severity": "high",
    "harm_type": "safety",
    "affected_people": "Patients",
    "serious": "no",
    "data_breach": "no",
    "contract_duty": "no",
    "containment": "Switched off",
    "evidence_note": "Logs exported read-only",
    "cause": "Old data",
    "fix": "New version",
    "lessons": "Test with old messages",
    "needs_correction": "no",
    "correction_reason": "One case",
}
#: Who takes which step: nobody here closes what they resolved.
WHO = {
    "triage": "lead",
    "dismiss": "lead",
    "contain": "owner",
    "investigate": "owner",
    "resolve": "owner",
    "review": "lead",
    "close": "lead",
}
STEPS = [(row.source, row.action) for row in INCIDENT.transitions]
FORBIDDEN = [
    (state, action)
    for state in sorted(INCIDENT.states)
    for action in sorted(services.VERBS)
    if (state, action) not in STEPS
]


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def an_incident(house: House, title: str = "Wrong queue", who: str = "staff", **values: Any) -> Incident:
    given = {"description": "It went wrong", "noticed_at": NOW - HOUR, **values}
    return services.report_incident(actor=house.actor(who), title=title, now=NOW, **given)


def put_into(incident: Incident, state: str) -> Incident:
    Incident.objects.filter(pk=incident.pk).update(state=state, state_since=NOW)
    incident.refresh_from_db()
    return incident


def ready(house: House, state: str, **record: Any) -> Incident:
    """An incident in a state, with all that any step out of it asks for."""
    incident = an_incident(house, systems=[a_complete_system(house)])
    Incident.objects.filter(pk=incident.pk).update(**{**RECORD, **record}, resolved_by=house.member["owner"])
    return put_into(incident, state)


def step(house: House, incident: Incident, action: str, who: str = "", **given: str) -> Incident:
    return services.move_incident(
        actor=house.actor(who or WHO[action]), incident=incident, action=action, now=NOW, **given
    )


def stored(incident: Incident) -> tuple[Any, ...]:
    row = Incident.objects.get(pk=incident.pk)
    return (
        row.state,
        row.row_version,
        row.entries.count(),
        row.notices.count(),
        Notification.objects.count(),
        TrailEvent.objects.count(),
    )


def refused(
    house: House, incident: Incident, action: str, sentence: str, who: str = "", **given: str
) -> None:
    before = stored(incident)
    with pytest.raises(RuleBroken, match=sentence):
        step(house, incident, action, who, **given)
    assert stored(incident) == before


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_every_step_of_the_table_can_be_taken(inside, state, action):
    incident = ready(inside, state)

    step(inside, incident, action, reason="Because")

    assert Incident.objects.get(pk=incident.pk).state == INCIDENT.transition(state, action).target
    assert TrailEvent.objects.filter(action=f"incident.{action}").count() == 1
    assert IncidentEntry.objects.filter(incident=incident, action=action).count() == 1


@pytest.mark.parametrize(("state", "action"), FORBIDDEN)
def test_no_step_that_the_table_does_not_name_can_be_taken(inside, state, action):
    refused(inside, ready(inside, state), action, "is not possible", reason="Because")


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_nobody_whom_the_table_does_not_name_takes_a_step(inside, state, action):
    incident = ready(inside, state)
    before = stored(incident)
    for who in ("staff", "admin", "risk_owner", "control_owner", "internal_auditor", "top"):
        with pytest.raises(NotAllowed):
            step(inside, incident, action, who, reason="Because")
    assert stored(incident) == before


def test_every_guard_and_effect_of_the_table_has_a_provider():
    for row in INCIDENT.transitions:
        assert [text for text in row.guards if ("SM-17", text) not in registry.guards] == []
        assert [text for text in row.effects if ("SM-17", text) not in registry.effects] == []


@pytest.mark.parametrize(
    ("lack", "sentence"),
    [
        ({"severity": ""}, "Set the severity"),
        ({"affected_people": ""}, "Say who is affected"),
        ({"serious": ""}, "serious incident"),
        ({"data_breach": ""}, "personal data"),
        ({"contract_duty": ""}, "a contract asks"),
        ({"contract_duty": "yes"}, "which contract clause"),
    ],
)
def test_triage_needs_the_record_and_every_legal_answer(inside, lack, sentence):
    refused(inside, ready(inside, "reported", **lack), "triage", sentence)


def test_triage_needs_a_system_or_the_reason_why_none_is_involved(inside):
    incident = ready(inside, "reported", affected_people="", affected_count=0)
    IncidentSystem.objects.all().delete()
    refused(inside, incident, "triage", "Link the systems")
    Incident.objects.filter(pk=incident.pk).update(systems_note="A pilot that was never registered")
    incident.refresh_from_db()

    step(inside, incident, "triage")

    assert Incident.objects.get().state == "triaged"


def test_a_dismissal_needs_a_reason_and_tells_whoever_reported(inside):
    incident = ready(inside, "triaged")
    refused(inside, incident, "dismiss", "Give a reason", reason=" ")

    step(inside, incident, "dismiss", reason="A test message")

    told = Notification.objects.get(text__contains="is closed: A test message")
    assert told.member == inside.member["staff"]


def test_an_investigation_needs_what_was_kept(inside):
    incident = ready(inside, "contained", evidence_note="")
    refused(inside, incident, "investigate", "Link what was kept")
    item = Evidence.objects.create(reference="EV-900", title="Log", state="accepted")
    services.link_evidence(actor=inside.owner, incident=incident, evidence=item, now=NOW)

    step(inside, incident, "investigate")

    assert Incident.objects.get().state == "investigating"


@pytest.mark.parametrize("state", ["rejected", "superseded"])
def test_what_was_rejected_or_replaced_is_not_linked(inside, state):
    incident = ready(inside, "contained", evidence_note="")
    item = Evidence.objects.create(reference="EV-900", title="Log", state=state)

    with pytest.raises(RuleBroken, match=r"was rejected|was replaced"):
        services.link_evidence(actor=inside.owner, incident=incident, evidence=item, now=NOW)

    assert not incident.evidence_links.exists()


@pytest.mark.parametrize("lack", ["cause", "fix"])
def test_resolving_needs_cause_and_fix(inside, lack):
    refused(inside, ready(inside, "investigating", **{lack: " "}), "resolve", "Write down")


@pytest.mark.parametrize("lack", ["lessons", "needs_correction", "correction_reason"])
def test_a_review_needs_lessons_and_a_decision_with_its_reason(inside, lack):
    refused(inside, ready(inside, "resolved", **{lack: ""}), "review", "Write down|Decide|Give the reason")


def test_everything_that_a_step_still_needs_is_said_at_once(inside):
    plain = an_incident(inside)
    Incident.objects.filter(pk=plain.pk).update(owner=inside.member["owner"])
    for state, action, sentences in (
        ("reported", "triage", ["Set the severity", "Link the systems", "Say who is affected"]),
        ("investigating", "resolve", ["Write down the cause", "Write down what was mended"]),
        (
            "resolved",
            "review",
            ["what was learned", "corrective action is needed", "the reason of that decision"],
        ),
    ):
        refused(inside, put_into(plain, state), action, ".*".join(sentences))


def test_whoever_resolved_does_not_close(inside):
    incident = ready(inside, "post_review")
    Incident.objects.filter(pk=incident.pk).update(resolved_by=inside.member["lead"])
    incident.refresh_from_db()

    refused(inside, incident, "close", "Another person closes it")


def test_resolving_writes_down_who_and_when(inside):
    incident = ready(inside, "investigating")
    Incident.objects.filter(pk=incident.pk).update(resolved_by=None)
    incident.refresh_from_db()

    step(inside, incident, "resolve")

    found = Incident.objects.get()
    assert (found.resolved_by, found.resolved_at) == (inside.member["owner"], NOW)


def test_closing_needs_every_notice_sent_or_its_reason(inside):
    incident = ready(inside, "post_review")
    notice = clocks.plan_notice(
        actor=inside.lead, incident=incident, title="Tell users", kind="users", now=NOW
    )
    refused(inside, incident, "close", "Tell users")
    with pytest.raises(RuleBroken, match="Give the reason"):
        clocks.waive_notice(actor=inside.lead, notice=notice, reason=" ", now=NOW)
    clocks.waive_notice(actor=inside.lead, notice=notice, reason="Nobody used it", now=NOW)

    step(inside, incident, "close")

    assert Incident.objects.get().closed_at == NOW


def test_containing_plans_the_notice_to_users_once(inside):
    incident = ready(inside, "triaged")

    step(inside, incident, "contain")

    notice = IncidentNotice.objects.get()
    assert (notice.kind, notice.due_at, notice.is_open) == ("users", None, True)


def test_top_management_hears_of_a_critical_incident_by_mail(inside):
    incident = ready(inside, "reported", severity="critical")

    step(inside, incident, "triage")

    told = Notification.objects.get(text__startswith="Critical incident: INC-001")
    assert told.member == inside.member["top"]
    assert Mail.objects.filter(recipient=inside.member["top"].email).count() == 1


def test_a_review_with_need_for_correction_drafts_one_finding(inside):
    incident = ready(inside, "resolved", needs_correction="yes", correction_reason="No test of wordings")

    step(inside, incident, "review")

    finding = Finding.objects.get()
    assert (finding.state, finding.requirement, finding.statement) == (
        "draft",
        "10.2",
        "No test of wordings",
    )
    assert finding.system == IncidentSystem.objects.get().system
    assert IncidentFinding.objects.get().incident == incident


def test_a_review_without_need_for_correction_drafts_none(inside):
    step(inside, ready(inside, "resolved"), "review")

    assert not Finding.objects.exists()


def test_a_review_makes_the_risks_of_the_systems_due_and_no_others(inside):
    incident = ready(inside, "resolved")
    system = IncidentSystem.objects.get().system
    more = {"risk_type": "ai", "organization_id": inside.organization.pk}
    fields = {field.name for field in Risk._meta.fields}
    more = {key: value for key, value in more.items() if key in fields or key == "organization_id"}
    made = {"identified_at": NOW} if "identified_at" in fields else {}
    later, sooner = TODAY + 90 * DAY, TODAY - 5 * DAY
    for number, (of, day) in enumerate([(system, later), (system, sooner), (None, later)]):
        Risk.objects.create(
            reference=f"R-90{number}", title="Risk", system=of, review_date=day, **more, **made
        )

    step(inside, incident, "review")

    days = dict(Risk.objects.values_list("reference", "review_date"))
    assert days == {"R-900": TODAY, "R-901": sooner, "R-902": later}
    assert TrailEvent.objects.filter(action="risk.due_after_incident").count() == 1


def test_triage_starts_the_clocks_of_the_answers_from_awareness(inside):
    incident = ready(inside, "reported", serious="death", data_breach="yes")

    step(inside, incident, "triage")

    found = {notice.rule: notice for notice in IncidentNotice.objects.all()}
    assert set(found) == {"ai-act-73-death", "gdpr-33"}
    assert found["gdpr-33"].due_at == NOW - HOUR + 72 * HOUR
    assert found["gdpr-33"].starts_at == NOW - HOUR
    assert found["ai-act-73-death"].catalog_version == "2026-11"


def test_an_answer_changed_after_triage_starts_its_clock_and_stops_none(inside):
    incident = ready(inside, "reported", data_breach="yes")
    step(inside, incident, "triage")

    services.edit_incident(
        actor=inside.lead,
        incident=incident,
        row_version=incident.row_version,
        changes={"serious": "general", "data_breach": "no"},
        now=NOW,
    )

    rules = IncidentNotice.objects.order_by("rule").values_list("rule", flat=True)
    assert list(rules) == ["ai-act-73-general", "gdpr-33"]


def test_a_corrected_moment_of_awareness_moves_what_still_runs(inside):
    incident = ready(inside, "reported", serious="general", data_breach="yes")
    step(inside, incident, "triage")
    sent = IncidentNotice.objects.get(rule="ai-act-73-general")
    clocks.record_sent(actor=inside.lead, notice=sent, sent_at=NOW, proof="Case 1", now=NOW)

    services.edit_incident(
        actor=inside.lead,
        incident=incident,
        row_version=incident.row_version,
        changes={"noticed_at": NOW - 10 * HOUR},
        now=NOW,
    )

    assert IncidentNotice.objects.get(rule="gdpr-33").due_at == NOW - 10 * HOUR + 72 * HOUR
    assert IncidentNotice.objects.get(pk=sent.pk).due_at == sent.due_at


@pytest.mark.parametrize(("hours", "standing"), [(71, "met"), (72, "met"), (73, "late")])
def test_a_notice_is_met_or_late_by_the_moment_it_was_sent(inside, hours, standing):
    incident = ready(inside, "reported", data_breach="yes")
    step(inside, incident, "triage")
    notice = IncidentNotice.objects.select_related("incident").get()
    later = NOW + 100 * HOUR

    clocks.record_sent(
        actor=inside.lead, notice=notice, sent_at=NOW - HOUR + hours * HOUR, proof="Case 7", now=later
    )

    assert IncidentNotice.objects.get().standing(later) == standing


def test_a_notice_needs_proof_and_a_possible_moment_and_is_written_down_once(inside):
    incident = ready(inside, "reported", data_breach="yes")
    step(inside, incident, "triage")
    notice = IncidentNotice.objects.select_related("incident").get()
    for sent_at, proof, sentence in (
        (NOW, " ", "how one sees"),
        (NOW + HOUR, "Case", "lies ahead"),
        (NOW - 2 * HOUR, "Case", "before the incident was noticed"),
    ):
        with pytest.raises(RuleBroken, match=sentence):
            clocks.record_sent(actor=inside.lead, notice=notice, sent_at=sent_at, proof=proof, now=NOW)
    assert IncidentNotice.objects.get().is_open
    clocks.record_sent(actor=inside.lead, notice=notice, sent_at=NOW, proof="Case", now=NOW)

    with pytest.raises(StaleState):
        clocks.waive_notice(actor=inside.lead, notice=notice, reason="No", now=NOW)

    assert IncidentNotice.objects.get().waived_reason == ""


def test_a_contract_clause_starts_its_clock_once_and_answers_triage(inside):
    incident = ready(inside, "reported", contract_duty="yes")
    clause = clocks.add_clause(
        actor=inside.lead, title="Clinara", owed_to="Desk", where="§ 5", amount=24, unit="hours", now=NOW
    )
    for _ in range(2):
        clocks.start_contract_clock(actor=inside.lead, incident=incident, clause=clause, now=NOW)

    step(inside, incident, "triage")

    notice = IncidentNotice.objects.get()
    assert (notice.kind, notice.due_at) == ("contract", NOW - HOUR + 24 * HOUR)
    clocks.end_clause(actor=inside.lead, clause=clause, now=NOW)
    other = an_incident(inside, "Other")
    with pytest.raises(RuleBroken, match="not in force"):
        clocks.start_contract_clock(actor=inside.lead, incident=other, clause=clause, now=NOW)
    assert IncidentNotice.objects.count() == 1


def test_only_the_lead_keeps_clauses(inside):
    for who in ("owner", "staff", "admin"):
        with pytest.raises(NotAllowed):
            clocks.add_clause(
                actor=inside.actor(who), title="X", owed_to="Y", where="Z", amount=1, unit="days", now=NOW
            )
    assert not NoticeClause.objects.exists()


def test_running_clocks_are_reminded_of_until_they_are_settled(inside):
    incident = ready(inside, "reported", data_breach="yes")
    step(inside, incident, "triage")
    notice = IncidentNotice.objects.select_related("incident").get()
    last = TODAY + 3 * DAY

    days = {}
    for ahead in (3, 1, 0, -1):
        days[ahead] = [(due.step, due.member_ids) for due in reminders.due(last - ahead * DAY)]

    members = tuple(sorted([inside.member["lead"].pk, inside.member["owner"].pk]))
    assert days == {ahead: [(ahead, members)] for ahead in (3, 1, 0, -1)}
    clocks.waive_notice(actor=inside.lead, notice=notice, reason="No risk", now=NOW)
    assert list(reminders.due(last)) == []


@pytest.mark.parametrize(
    "who", ["staff", "owner", "lead", "top", "internal_auditor", "risk_owner", "control_owner"]
)
def test_everybody_reports_and_the_lead_hears_of_it(inside, who):
    incident = an_incident(inside, who=who)

    told = Notification.objects.filter(text__contains="INC-001 was reported")
    assert incident.reporter == inside.member[who]
    assert told.count() == (0 if who == "lead" else 1)


def test_an_administrator_alone_changes_no_record_and_reports_none(inside):
    with pytest.raises(NotAllowed):
        an_incident(inside, who="admin")
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"title": " "}, "title"),
        ({"description": ""}, "Say what happened"),
        ({"noticed_at": NOW + HOUR}, "lies ahead"),
        ({"happened_at": NOW}, "after it was noticed"),
        ({"severity": "high"}, "cannot be set here"),
        ({"kind": "joke"}, "Choose incident or complaint"),
    ],
)
def test_a_report_has_words_and_possible_moments(inside, values, sentence):
    with pytest.raises(RuleBroken, match=sentence):
        an_incident(inside, **values)
    assert not Incident.objects.exists()


def test_an_owner_keeps_only_incidents_they_answer_for(inside):
    incident = an_incident(inside)
    with pytest.raises(NotAllowed):
        services.add_entry(actor=inside.owner, incident=incident, at=NOW, text="Mine", now=NOW)
    system = a_complete_system(inside)
    services.link_system(actor=inside.lead, incident=incident, system=system, now=NOW)

    services.add_entry(actor=inside.owner, incident=incident, at=NOW, text="Switched off", now=NOW)

    assert incident.owner == inside.member["owner"]
    assert IncidentSystem.objects.get().version == "2.3"
    assert IncidentEntry.objects.exclude(text="").get().text == "Switched off"


def test_an_older_version_and_a_closed_record_are_not_written(inside):
    incident = an_incident(inside)
    given = {"actor": inside.lead, "incident": incident, "now": NOW}
    services.edit_incident(row_version=1, changes={"place": "Ward"}, **given)
    with pytest.raises(StaleState):
        services.edit_incident(row_version=1, changes={"place": "Office"}, **given)
    put_into(incident, "closed")
    with pytest.raises(RuleBroken, match="keeps its record"):
        services.edit_incident(row_version=2, changes={"place": "Office"}, **given)
    assert Incident.objects.get().place == "Ward"


def test_a_complaint_is_answered_before_it_is_dismissed(inside):
    incident = ready(inside, "triaged", kind="complaint")
    refused(inside, incident, "dismiss", "Answer the complaint first", reason="Nothing wrong")
    services.answer_complaint(actor=inside.lead, incident=incident, answer="A person reads too.", now=NOW)

    step(inside, incident, "dismiss", reason="Answered")

    told = Notification.objects.get(text__contains="is answered: A person reads too.")
    assert told.member == inside.member["staff"]
    assert Incident.objects.get().state == "not_incident"


def test_work_names_the_next_step_and_the_clocks(inside):
    incident = ready(inside, "reported", data_breach="yes")
    lines = [item.title for item in places.work(inside.lead, TODAY)]
    assert lines == ["Triage INC-001 Wrong queue"]
    step(inside, incident, "triage")

    lines = [item.title for item in places.work(inside.owner, TODAY)]

    assert lines == ["Contain INC-001 Wrong queue", "Send the notice: GDPR, breach of personal data"]
    assert list(places.work(inside.staff, TODAY)) == []


def test_trends_count_by_quarter_and_leave_out_what_was_no_incident(inside):
    ready(inside, "closed", happened_at=NOW - 5 * HOUR, resolved_at=NOW + 47 * HOUR)
    put_into(an_incident(inside, "Nothing"), "not_incident")
    an_incident(inside, "Complaint", kind="complaint")

    [trend] = queries.trends(since=NOW - 365 * DAY)

    assert (trend.quarter, trend.total, trend.complaints) == ("2026 Q4", 2, 1)
    assert dict(trend.by_severity)["High"] == 1
    assert (trend.to_notice, trend.to_resolve) == ("4 hours", "2 days")


def test_a_pack_tells_incidents_notices_and_gaps_and_not_who_reported(inside):
    incident = ready(inside, "reported", data_breach="yes")
    step(inside, incident, "triage")
    an_incident(inside, "Second")

    [section] = sections.sections(datetime.date(2099, 1, 1))

    text = repr(section)
    assert "Wrong queue" in text and "GDPR, breach of personal data" in text
    assert any("INC-002: reported and not triaged" in gap for gap in section.gaps)
    assert inside.member["staff"].name not in text


def test_the_record_of_one_organization_is_nobody_elses(inside, other_house):
    incident = an_incident(inside)
    with acting_in(other_house.organization):
        assert not Incident.objects.filter(pk=incident.pk).exists()
        assert queries.trends(since=NOW - 365 * DAY) == []
