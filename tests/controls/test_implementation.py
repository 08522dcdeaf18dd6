"""How far a control is (SM-09): the machine from its data, every guard, every effect."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from aims.core.actor import Actor, ActorKind
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.machines import missing, walk
from aims.core.models import Notification, TrailEvent
from aims.core.registry import registry
from aims.core.tenancy.context import acting_in
from controls import reminders, services
from controls.enums import ImplementationState
from controls.models import Control, ControlEvidence
from controls.rules import IMPLEMENTATION
from controls.soa import Decision
from tests.cast import NOW, TODAY, House
from tests.controls.conftest import WHY_NOT, Desk
from tests.core.evidence_sample import accepted, day, submitted

ROLES = (
    "compliance_lead",
    "ai_system_owner",
    "risk_owner",
    "control_owner",
    "internal_auditor",
    "external_auditor",
    "top_management",
    "admin",
    "staff",
    "system",
)
ACTIONS = sorted({row.action for row in IMPLEMENTATION.transitions})
HOLDS = {text: lambda: None for row in IMPLEMENTATION.transitions for text in row.guards}


@pytest.mark.parametrize("row", IMPLEMENTATION.transitions, ids=lambda row: f"{row.source}-{row.action}")
@pytest.mark.parametrize("role", ROLES)
def test_a_step_is_taken_by_its_roles_and_refused_to_all_others(row: Any, role: str):
    def step() -> Any:
        return walk(IMPLEMENTATION, state=row.source, action=row.action, roles={role}, guards=HOLDS)

    if role in row.by:
        assert step() == row
    else:
        with pytest.raises(NotAllowed):
            step()


@pytest.mark.parametrize("state", sorted(IMPLEMENTATION.states))
@pytest.mark.parametrize("action", ACTIONS)
def test_no_step_exists_beside_those_of_the_machine(state: str, action: str):
    exists = any(row.source == state and row.action == action for row in IMPLEMENTATION.transitions)

    if exists:
        assert missing(IMPLEMENTATION, state=state, action=action, guards=HOLDS) == []
    else:
        with pytest.raises(RuleBroken, match="is not possible while the control is"):
            walk(IMPLEMENTATION, state=state, action=action, roles=set(ROLES), guards=HOLDS)


def test_every_guard_and_effect_has_a_provider():
    for row in IMPLEMENTATION.transitions:
        assert all((IMPLEMENTATION.id, text) in registry.guards for text in row.guards)
        assert all(registry.effects.get((IMPLEMENTATION.id, text)) for text in row.effects)


def test_a_control_goes_from_plan_to_verified_and_leaves_a_trail(desk: Desk):
    control = desk.verified()

    assert control.state == ImplementationState.VERIFIED
    assert control.verified_by == desk.house.member["internal_auditor"]
    assert control.test_record == "Ran 20 cases"
    assert control.last_review_date == TODAY
    steps = TrailEvent.objects.filter(object_type="controls.control", object_id=control.pk).order_by("id")
    actions = [event.action for event in steps if event.action != "control.edited"]
    assert actions == [
        "control.plan",
        "control.start",
        "control.evidence_linked",
        "control.complete",
        "control.verify",
    ]


def unchanged(desk: Desk, control: Control) -> bool:
    before = (control.state, control.row_version)
    found = Control.objects.get(pk=control.pk)
    return (found.state, found.row_version) == before


def test_a_control_without_an_owner_is_not_planned(desk: Desk):
    control = desk.edit(desk.control(), target_date=day(60))

    with pytest.raises(RuleBroken, match="Name the owner of") as refused:
        desk.do(services.plan, "lead", control=control)

    assert refused.value.field == "owner"
    assert unchanged(desk, control)


def test_a_control_without_a_date_is_not_planned(desk: Desk):
    control = desk.edit(desk.control(), owner=desk.house.member["control_owner"])

    with pytest.raises(RuleBroken, match="Give the target date of") as refused:
        desk.do(services.plan, "lead", control=control)

    assert refused.value.field == "target_date"
    assert unchanged(desk, control)


def no_evidence(desk: Desk, control: Control) -> None:
    """Nothing at all."""


def waiting_evidence(desk: Desk, control: Control) -> None:
    item = submitted(desk.house)
    desk.do(services.link_evidence, "control_owner", control=control, evidence=item)


def expired_evidence(desk: Desk, control: Control) -> None:
    item = desk.show(control)
    type(item).objects.filter(pk=item.pk).update(valid_until=day(-1))


@pytest.mark.parametrize("given", [no_evidence, waiting_evidence, expired_evidence])
def test_a_control_is_implemented_only_with_current_evidence(desk: Desk, given: Any):
    control = desk.in_progress()
    given(desk, control)

    with pytest.raises(RuleBroken, match="Link at least one current evidence item") as refused:
        desk.do(services.complete, "control_owner", control=control)

    assert refused.value.field == "evidence"
    assert unchanged(desk, control)


def test_evidence_that_ends_today_still_counts(desk: Desk):
    control = desk.in_progress()
    item = desk.show(control)
    type(item).objects.filter(pk=item.pk).update(valid_until=TODAY)

    desk.do(services.complete, "control_owner", control=control)

    assert control.state == "implemented"


def test_those_who_verify_hear_of_an_implemented_control(desk: Desk):
    desk.implemented()

    told = Notification.objects.filter(text__contains="waits to be verified").values_list(
        "member__name", flat=True
    )
    assert sorted(told) == ["Ines Internal", "Lena Lead"]


def test_nobody_verifies_a_control_of_their_own(desk: Desk):
    control = desk.implemented()
    desk.given_to(control, "internal_auditor")

    with pytest.raises(RuleBroken, match="You own this control") as refused:
        desk.do(services.verify, "internal_auditor", control=control, test_record="Ran 20 cases")

    assert refused.value.code == "SOD-03"
    assert unchanged(desk, control)


@pytest.mark.parametrize("words", ["", "   "])
def test_a_verification_says_what_was_tested(desk: Desk, words: str):
    control = desk.implemented()

    with pytest.raises(RuleBroken, match="Write down what was tested") as refused:
        desk.do(services.verify, "internal_auditor", control=control, test_record=words)

    assert refused.value.field == "test_record"
    assert unchanged(desk, control)


def test_verifying_sets_the_next_review_by_the_frequency_of_the_library(desk: Desk):
    control = desk.verified("A.2.2")

    assert control.next_review_date == datetime.date(2027, 11, 22)


@pytest.mark.parametrize(
    ("cause", "reason", "sentence"),
    [
        ("", "", "Say why A.6.2.4 no longer works"),
        ("felt_like_it", "So", "Say why A.6.2.4 no longer works"),
        ("test_failed", " ", "Name the test or the finding"),
        ("finding_raised", "", "Name the test or the finding"),
        ("evidence_expired", "", "The evidence of A.6.2.4 has not expired"),
    ],
)
def test_a_verified_control_degrades_for_a_cause_only(desk: Desk, cause: str, reason: str, sentence: str):
    control = desk.verified()

    with pytest.raises(RuleBroken, match=sentence):
        desk.do(services.degrade, "internal_auditor", control=control, cause=cause, reason=reason)

    assert unchanged(desk, control)


def test_a_failed_test_does_not_degrade_what_was_never_verified(desk: Desk):
    control = desk.implemented()

    with pytest.raises(RuleBroken, match="evidence expired or finding raised"):
        desk.do(
            services.degrade,
            "internal_auditor",
            control=control,
            cause="test_failed",
            reason="3 of 20 failed",
        )

    assert unchanged(desk, control)


@pytest.mark.parametrize("cause", ["test_failed", "finding_raised"])
def test_the_owner_hears_of_a_degraded_control_and_repairs_it(desk: Desk, cause: str):
    control = desk.verified()

    desk.do(services.degrade, "internal_auditor", control=control, cause=cause, reason="3 of 20 failed")

    assert control.state == "degraded"
    told = Notification.objects.get(text__contains="no longer works as it should")
    assert told.member == desk.house.member["control_owner"]
    desk.do(services.repair, "control_owner", control=control)
    assert control.state == "in_progress"


def test_a_control_is_left_out_by_a_draft_statement_only(desk: Desk):
    version = desk.in_review()
    control = desk.control()

    with pytest.raises(RuleBroken, match="by a draft Statement of Applicability only"):
        desk.do(services.exclude, "lead", control=control, soa=version, justification=WHY_NOT)

    assert unchanged(desk, control)


@pytest.mark.parametrize("text", ["", "Not relevant", "n/a", "The control is not applicable to us."])
def test_a_control_is_not_left_out_without_a_justification(desk: Desk, text: str):
    version, control = desk.draft(), desk.control()

    with pytest.raises(RuleBroken, match=r"A\.6\.2\.4"):
        desk.do(services.exclude, "lead", control=control, soa=version, justification=text)

    assert unchanged(desk, control)


def test_a_control_comes_back_by_a_draft_statement_only(desk: Desk):
    version = desk.draft()
    desk.leave_out(version, "A.10.3")
    control = desk.control("A.10.3")
    assert control.state == "excluded"
    version.state = "in_review"

    with pytest.raises(RuleBroken, match="by a draft Statement of Applicability only"):
        desk.do(services.include, "lead", control=control, soa=version)

    assert unchanged(desk, control)


def test_what_works_is_not_left_out(desk: Desk):
    desk.implemented("A.10.3")
    version = desk.draft()

    with pytest.raises(RuleBroken, match="“exclude” is not possible while the control is “Implemented”"):
        desk.leave_out(version, "A.10.3")

    assert desk.control("A.10.3").state == "implemented"
    assert desk.entry(version, "A.10.3").is_included is None


def test_only_the_owner_starts_a_control(desk: Desk):
    control = desk.planned()
    Control.objects.filter(pk=control.pk).update(owner=desk.house.member["lead"])
    control.refresh_from_db()

    for who in ("control_owner", "lead", "internal_auditor", "top"):
        with pytest.raises(NotAllowed):
            desk.do(services.start, who, control=control)

    assert unchanged(desk, control)


def test_no_key_moves_a_control_that_a_person_answers_for(desk: Desk):
    control = desk.owned()
    key = Actor(
        kind=ActorKind.KEY,
        name="CI",
        organization_id=desk.house.organization.pk,
        key_id=1,
        scopes=frozenset({"controls:write"}),
    )

    with pytest.raises(NotAllowed, match="no key may do this"):
        services.plan(actor=key, control=control, now=NOW)

    assert unchanged(desk, control)


def test_a_status_is_reached_by_the_steps_that_lead_there(desk: Desk):
    control = desk.owned()
    desk.show(control)
    desk.given_to(control, "lead")

    desk.do(services.move_to, "lead", control=control, state="implemented")

    assert control.state == "implemented"


def test_a_step_that_is_refused_undoes_those_before_it(desk: Desk):
    control = desk.owned()
    desk.given_to(control, "lead")

    with pytest.raises(RuleBroken, match="current evidence"):
        desk.do(services.move_to, "lead", control=control, state="implemented")

    assert desk.control().state == "not_started"


def test_a_status_that_no_step_leads_to_is_refused(desk: Desk):
    control = desk.planned()

    with pytest.raises(RuleBroken, match="cannot be set to “not started”"):
        desk.do(services.move_to, "lead", control=control, state="not_started")

    assert unchanged(desk, control)


def test_the_daily_round_degrades_what_has_only_expired_evidence(desk: Desk):
    control = desk.verified(until=day(10))
    still_good = desk.verified("A.6.2.6", until=day(10))
    desk.show(still_good, title="Newer report", until=day(300))

    reminders.daily_round(desk.house.system, day(10))
    assert Control.objects.get(pk=control.pk).state == "verified"
    reminders.daily_round(desk.house.system, day(11))

    assert Control.objects.get(pk=control.pk).state == "degraded"
    assert Control.objects.get(pk=still_good.pk).state == "verified"


def test_the_daily_round_changes_nothing_the_second_time(desk: Desk):
    control = desk.verified(until=day(10))

    reminders.daily_round(desk.house.system, day(11))
    events = TrailEvent.objects.count()
    reminders.daily_round(desk.house.system, day(11))

    assert Control.objects.get(pk=control.pk).state == "degraded"
    assert TrailEvent.objects.count() == events


def test_evidence_is_linked_once_and_unlinked(desk: Desk):
    control = desk.owned()
    item = accepted(desk.house)

    for _ in range(2):
        desk.do(services.link_evidence, "control_owner", control=control, evidence=item)
    assert ControlEvidence.objects.filter(control=control).count() == 1

    desk.do(services.unlink_evidence, "control_owner", control=control, evidence=item)
    assert not ControlEvidence.objects.filter(control=control).exists()
    with pytest.raises(RuleBroken, match="is not linked"):
        desk.do(services.unlink_evidence, "control_owner", control=control, evidence=item)


def test_rejected_evidence_shows_nothing(desk: Desk):
    control = desk.owned()
    item = submitted(desk.house)
    type(item).objects.filter(pk=item.pk).update(state="rejected")
    item.refresh_from_db()

    with pytest.raises(RuleBroken, match="was rejected: it shows nothing"):
        desk.do(services.link_evidence, "control_owner", control=control, evidence=item)

    assert not ControlEvidence.objects.exists()


def test_evidence_of_another_organization_is_not_linked(desk: Desk, other_house: House):
    with acting_in(other_house.organization):
        theirs = accepted(other_house)

    with pytest.raises(IntegrityError), transaction.atomic():
        desk.do(services.link_evidence, "lead", control=desk.control(), evidence=theirs)
        connection.check_constraints()  # what a commit does

    assert not ControlEvidence.objects.exists()


def test_deciding_yes_brings_a_left_out_control_back(desk: Desk):
    version = desk.draft()
    desk.leave_out(version, "A.10.3")

    desk.decide(version, "A.10.3", Decision(included=True, reasons=[]))

    assert desk.control("A.10.3").state == "not_started"
