"""The Statement of Applicability (SM-08): every hard rule refused, every guard, every effect."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.db import Error, connection, transaction

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.machines import missing, walk
from aims.core.models import Notification, Snapshot, TrailEvent
from aims.core.registry import registry
from aims.core.tenancy.context import acting_in
from aims.core.transitions import move, obstacles
from controls import library, services, soa, statement
from controls.models import SoAEntry, SoAReason, StatementOfApplicability
from controls.rules import SOA, Reason
from controls.soa import BulkDecision, Decision
from inventory.models import AISystem
from tests.cast import NOW, House
from tests.controls.conftest import LATER, LAW, TARGET, WHY_NOT, Desk
from tests.controls.test_implementation import ROLES

ACTIONS = sorted({row.action for row in SOA.transitions})
HOLDS = {text: lambda: None for row in SOA.transitions for text in row.guards}
DEVELOPER_CONTROLS = [each.ref for each in library.controls() if soa.rules.is_developer_control(each.ref)]


@pytest.mark.parametrize("row", SOA.transitions, ids=lambda row: f"{row.source}-{row.action}")
@pytest.mark.parametrize("role", ROLES)
def test_a_step_is_taken_by_its_roles_and_refused_to_all_others(row: Any, role: str):
    def step() -> Any:
        return walk(SOA, state=row.source, action=row.action, roles={role}, guards=HOLDS)

    if role in row.by:
        assert step() == row
    else:
        with pytest.raises(NotAllowed):
            step()


@pytest.mark.parametrize("state", sorted(SOA.states))
@pytest.mark.parametrize("action", ACTIONS)
def test_no_step_exists_beside_those_of_the_machine(state: str, action: str):
    exists = any(row.source == state and row.action == action for row in SOA.transitions)

    if exists:
        assert missing(SOA, state=state, action=action, guards=HOLDS) == []
    else:
        with pytest.raises(RuleBroken, match="is not possible while the Statement of Applicability is"):
            walk(SOA, state=state, action=action, roles=set(ROLES), guards=HOLDS)


def test_every_guard_and_effect_has_a_provider():
    for row in SOA.transitions:
        assert all((SOA.id, text) in registry.guards for text in row.guards)
        assert all(registry.effects.get((SOA.id, text)) for text in row.effects)


# Drafting


def test_a_first_draft_has_a_row_for_every_control_and_decides_none(desk: Desk):
    desk.do(services.add_control, "lead", reference="OC-1", title="Model kill switch")

    version = desk.draft(scope="All clinics")

    assert (version.version, version.state, version.scope) == (1, "draft", "All clinics")
    assert version.author == desk.house.member["lead"]
    assert SoAEntry.objects.filter(soa=version, is_included=None).count() == 39
    assert not SoAReason.objects.exists()


def test_a_control_that_treats_a_risk_is_proposed_and_not_decided(desk: Desk):
    risk = desk.treated_risk("A.6.2.4")

    version = desk.draft()

    row = desk.do(lambda actor, now: soa._row(desk.entry(version, "A.6.2.4"), now), "lead")
    assert row.entry.is_included is None
    assert row.kinds == ["risk_treatment"]
    assert row.proposal == f"Treats {risk.reference} (Older patients are sorted too low)."


def test_there_is_one_open_version_at_a_time(desk: Desk):
    desk.draft()

    with pytest.raises(RuleBroken, match="Version 1 is open already"):
        desk.draft()

    assert StatementOfApplicability.objects.count() == 1


def test_a_later_draft_takes_over_what_was_decided(desk: Desk):
    earlier = desk.approved()

    version = desk.draft(now=LATER)

    assert (version.version, version.based_on) == (2, earlier)
    entry = desk.entry(version, "A.10.3")
    assert (entry.is_included, entry.justification, entry.exclusion_link) == (False, WHY_NOT, "RA-2026-1")
    assert entry.decided_by == desk.house.member["lead"]
    assert SoAEntry.objects.filter(soa=version, is_included=True).count() == 37
    reasons = SoAReason.objects.filter(entry__soa=version)
    assert {(reason.kind, reason.link) for reason in reasons} == {("legal", "EU AI Act, Article 26")}
    assert reasons.count() == 37


def test_a_control_left_out_before_and_needed_now_comes_back_undecided(desk: Desk):
    desk.approved()
    desk.treated_risk("A.10.3")

    version = desk.draft(now=LATER)

    assert desk.entry(version, "A.10.3").is_included is None
    assert Notification.objects.filter(text__contains="was left out. Take it in.").count() == 1


def test_only_the_lead_drafts_and_decides(desk: Desk):
    version = desk.draft()
    for who in ("owner", "risk_owner", "control_owner", "internal_auditor", "top", "admin", "staff"):
        with pytest.raises(NotAllowed):
            desk.do(soa.draft_soa, who)
        with pytest.raises(NotAllowed):
            desk.decide(version, "A.2.2", who=who)

    assert desk.entry(version, "A.2.2").is_included is None


# Deciding


def test_a_decision_is_kept_with_its_reason_and_its_author(desk: Desk):
    version = desk.draft()

    desk.decide(version, "A.2.2", Decision(included=True, reasons=[LAW], justification="We deploy."))

    entry = desk.entry(version, "A.2.2")
    assert (entry.is_included, entry.justification, entry.row_version) == (True, "We deploy.", 2)
    assert (entry.decided_by, entry.decided_at) == (desk.house.member["lead"], NOW)
    assert list(entry.reasons.values_list("kind", "link")) == [("legal", "EU AI Act, Article 26")]
    event = TrailEvent.objects.filter(action="soa.decided").latest("id")
    assert json.loads(event.body)["after"] == {"control": "A.2.2", "included": True, "reasons": ["legal"]}


def test_confirming_a_proposal_needs_no_words_of_ones_own(desk: Desk):
    risk = desk.treated_risk("A.6.2.4")
    version = desk.draft()

    desk.decide(version, "A.6.2.4", Decision(included=True))

    entry = desk.entry(version, "A.6.2.4")
    assert entry.justification.startswith(f"Treats {risk.reference}")
    assert [reason.kind for reason in entry.reasons.all()] == ["risk_treatment"]


def unchanged(desk: Desk, version: StatementOfApplicability, reference: str) -> bool:
    entry = desk.entry(version, reference)
    control = desk.control(reference)
    return (entry.is_included, entry.row_version, control.state) == (None, 1, "not_started")


def test_what_a_treatment_needs_is_not_left_out(desk: Desk):
    risk = desk.treated_risk("A.10.3")
    version = desk.draft()

    with pytest.raises(RuleBroken, match=f"the treatment of {risk.reference} uses it"):
        desk.leave_out(version, "A.10.3")

    assert unchanged(desk, version, "A.10.3")


def test_what_a_legal_duty_needs_is_not_left_out(desk: Desk):
    version = desk.draft()
    decision = Decision(included=False, reasons=[LAW], justification=WHY_NOT, exclusion_link="RA-1")

    with pytest.raises(RuleBroken, match="EU AI Act, Article 26 requires it"):
        desk.decide(version, "A.10.3", decision)

    assert unchanged(desk, version, "A.10.3")


@pytest.mark.parametrize("text", ["", " ", "Not relevant", "not applicable.", "N/A"])
def test_not_relevant_alone_leaves_nothing_out(desk: Desk, text: str):
    version = desk.draft()

    with pytest.raises(RuleBroken) as refused:
        desk.decide(version, "A.10.3", Decision(included=False, justification=text))

    assert refused.value.field == "exclusion_text"
    assert unchanged(desk, version, "A.10.3")


def test_an_unknown_reason_is_refused(desk: Desk):
    version = desk.draft()

    with pytest.raises(RuleBroken, match="“good_practice” is no reason"):
        desk.decide(version, "A.2.2", Decision(included=True, reasons=[Reason("good_practice", "x")]))

    assert unchanged(desk, version, "A.2.2")


def test_two_people_who_decide_at_once_see_both_versions(desk: Desk):
    version = desk.draft()
    desk.decide(version, "A.2.2", Decision(included=True, reasons=[LAW], justification="By Lena"))

    with pytest.raises(StaleState) as caught:
        late = Decision(included=True, reasons=[Reason("contract", "C-7")], justification="By another")
        desk.decide(version, "A.2.2", late, row_version=1)

    assert caught.value.theirs["justification"] == "By Lena"
    assert caught.value.theirs["who"] == "Lena Lead"
    assert caught.value.yours["reasons"] == "Contract"
    assert desk.entry(version, "A.2.2").justification == "By Lena"
    assert desk.entry(version, "A.2.2").reasons.get().kind == "legal"


def test_a_refused_status_undoes_the_whole_decision(desk: Desk):
    version = desk.draft()

    with pytest.raises(RuleBroken, match="Name the owner of"):
        desk.decide(version, "A.2.2", Decision(included=True, reasons=[LAW], status="planned"))

    assert unchanged(desk, version, "A.2.2")


def test_nothing_is_decided_on_a_version_that_is_no_draft(desk: Desk):
    version = desk.in_review()

    with pytest.raises(RuleBroken, match="Version 1 is in review: only a draft can be changed"):
        desk.decide(version, "A.2.2", Decision(included=False, justification=WHY_NOT, exclusion_link="x"))

    assert desk.entry(version, "A.2.2").is_included is True


def entry_ids(version: StatementOfApplicability, *references: str) -> list[int]:
    rows = SoAEntry.objects.filter(soa=version)
    return list(
        (rows.filter(control__reference__in=references) if references else rows).values_list("pk", flat=True)
    )


def test_many_controls_are_decided_at_once_with_reason_status_date_and_owner(desk: Desk):
    version = desk.draft()
    owner = desk.house.member["control_owner"]

    count = desk.do(
        soa.decide_many,
        "lead",
        soa=version,
        entry_ids=entry_ids(version, "A.2.2", "A.2.3", "A.2.4"),
        decision=BulkDecision(reason=LAW, status="planned", target_date=TARGET, owner=owner),
    )

    assert count == 3
    for reference in ("A.2.2", "A.2.3", "A.2.4"):
        control = desk.control(reference)
        assert (control.state, control.owner, control.target_date) == ("planned", owner, TARGET)
        assert desk.entry(version, reference).is_included is True
    assert desk.entry(version, "A.3.2").is_included is None


def test_a_reason_given_to_many_is_added_to_those_they_have(desk: Desk):
    version = desk.draft()
    desk.decide(version, "A.2.2", Decision(included=True, reasons=[Reason("contract", "C-7")]))

    ids = entry_ids(version, "A.2.2")
    desk.do(soa.decide_many, "lead", soa=version, entry_ids=ids, decision=BulkDecision(reason=LAW))

    kinds = desk.entry(version, "A.2.2").reasons.values_list("kind", flat=True)
    assert sorted(kinds) == ["contract", "legal"]


def test_many_are_decided_all_or_none(desk: Desk):
    version = desk.draft()
    desk.owned("A.2.2")

    with pytest.raises(RuleBroken, match="Nothing was changed: 1 of 2 selected") as refused:
        desk.do(
            soa.decide_many,
            "lead",
            soa=version,
            entry_ids=entry_ids(version, "A.2.2", "A.2.3"),
            decision=BulkDecision(reason=LAW, status="planned"),
        )

    assert [problem.ref for problem in refused.value.problems] == ["A.2.3"]
    assert desk.entry(version, "A.2.2").is_included is None
    assert desk.control("A.2.2").state == "not_started"


def test_deciding_on_nothing_says_so(desk: Desk):
    version = desk.draft()

    with pytest.raises(RuleBroken, match="Select at least one control"):
        desk.do(soa.decide_many, "lead", soa=version, entry_ids=[], decision=BulkDecision())


# Sending


def found_problems(desk: Desk, version: StatementOfApplicability) -> list[tuple[str, str]]:
    with pytest.raises(RuleBroken) as refused:
        desk.do(soa.submit_soa, "lead", soa=version)
    assert StatementOfApplicability.objects.get(pk=version.pk).state == "draft"
    return [(problem.ref, problem.sentence) for problem in refused.value.problems]


def test_a_complete_draft_is_sent_and_top_management_hears_of_it(desk: Desk):
    version = desk.in_review()

    assert (version.state, version.submitted_by) == ("in_review", desk.house.member["lead"])
    told = Notification.objects.get(text__contains="waits for your approval")
    assert told.member == desk.house.member["top"]


def test_an_empty_draft_lists_every_control(desk: Desk):
    found = found_problems(desk, desk.draft())

    assert found == [(each.ref, f"Decide whether {each.ref} is included.") for each in library.controls()]


def test_a_control_missing_from_the_draft_is_named(desk: Desk):
    version = desk.complete_draft()
    SoAEntry.objects.filter(soa=version, control__reference="A.2.2").delete()

    assert found_problems(desk, version) == [("A.2.2", "A.2.2 is missing: decide on it.")]


def guard_refusal(desk: Desk, version: StatementOfApplicability, text: str) -> list[str]:
    """What the one guard of this text says, asked as a page asks it."""
    from aims.core.transitions import Facts

    with pytest.raises(RuleBroken) as refused:
        registry.guards[SOA.id, text](Facts(version, desk.house.lead, NOW))
    return [problem.ref for problem in refused.value.problems]


def test_guard_every_control_is_decided(desk: Desk):
    version = desk.complete_draft()
    SoAEntry.objects.filter(soa=version, control__reference="A.3.3").update(is_included=None)

    assert guard_refusal(desk, version, "all 38 controls and all additional controls decided") == ["A.3.3"]
    with pytest.raises(RuleBroken, match=r"A\.3\.3"):
        move(SOA, version, "submit", actor=desk.house.lead, now=NOW)


def test_guard_an_own_control_is_decided_too(desk: Desk):
    version = desk.complete_draft()
    desk.do(services.add_control, "lead", reference="OC-1", title="Model kill switch")

    assert guard_refusal(desk, version, "all 38 controls and all additional controls decided") == ["OC-1"]


@pytest.mark.parametrize(
    "reasons",
    [
        [],
        [Reason("legal")],
        [Reason("contract")],
        [Reason("interested_party")],
        [Reason("risk_treatment")],
        [Reason("business_decision", text="We want it")],
    ],
    ids=lambda reasons: reasons[0].kind if reasons else "none",
)
def test_guard_an_inclusion_rests_on_a_reason_with_a_link(desk: Desk, reasons: list[Reason]):
    version = desk.complete_draft()
    desk.decide(version, "A.2.2", Decision(included=True, reasons=reasons, justification=""))

    text = "every included control has at least one inclusion reason and link"
    assert guard_refusal(desk, version, text) == ["A.2.2"]
    assert [ref for ref, _ in found_problems(desk, version)] == ["A.2.2"]


def test_guard_an_exclusion_rests_on_a_link(desk: Desk):
    version = desk.complete_draft()
    SoAEntry.objects.filter(soa=version, is_included=False).update(exclusion_link="")

    text = "every exclusion has reason and link to risk assessment or external requirement"
    assert guard_refusal(desk, version, text) == ["A.10.3"]
    assert found_problems(desk, version) == [
        (
            "A.10.3",
            "Link the exclusion of A.10.3 to the risk assessment, requirement or exception behind it.",
        )
    ]


def test_guard_what_is_needed_is_not_left_out(desk: Desk):
    version = desk.complete_draft()
    risk = desk.treated_risk("A.10.3")

    text = "no control needed by a treatment is excluded"
    assert guard_refusal(desk, version, text) == ["A.10.3"]
    assert found_problems(desk, version) == [
        ("A.10.3", f"A.10.3 cannot be excluded: the treatment of {risk.reference} uses it.")
    ]


def test_what_is_not_implemented_needs_a_date(desk: Desk):
    version = desk.complete_draft()
    desk.edit(desk.control("A.2.2"), target_date=None)

    assert found_problems(desk, version) == [("A.2.2", "A.2.2 is not implemented yet: give the target date.")]


def test_a_developer_does_not_leave_out_every_development_control(desk: Desk):
    version = desk.complete_draft()
    for reference in DEVELOPER_CONTROLS:
        decision = Decision(included=False, reasons=[], justification=WHY_NOT, exclusion_link="RA-2026-1")
        desk.decide(version, reference, decision)
    AISystem.objects.update(organization_roles=["developer"])

    found = found_problems(desk, version)

    assert found == [
        (
            DEVELOPER_CONTROLS[0],
            "Not every development control can be excluded: the organization is developer of a system.",
        )
    ]
    AISystem.objects.update(stage="retired")
    desk.do(soa.submit_soa, "lead", soa=version)
    assert version.state == "in_review"


# Returning and approving


@pytest.mark.parametrize("comment", ["", "  "])
def test_a_return_says_what_is_to_be_changed(desk: Desk, comment: str):
    version = desk.in_review()

    with pytest.raises(RuleBroken, match="Write a comment"):
        desk.do(soa.return_soa, "top", soa=version, comment=comment)

    assert StatementOfApplicability.objects.get(pk=version.pk).state == "in_review"


def test_a_returned_version_is_a_draft_again_and_its_author_hears_why(desk: Desk):
    version = desk.in_review()

    desk.do(soa.return_soa, "top", soa=version, comment="Explain A.10.3")

    version.refresh_from_db()
    assert (version.state, version.comment) == ("draft", "Explain A.10.3")
    told = Notification.objects.get(text__contains="came back: Explain A.10.3")
    assert told.member == desk.house.member["lead"]


def test_nobody_approves_what_they_wrote_or_sent(desk: Desk):
    version = desk.in_review()
    for column in ("author", "submitted_by"):
        setattr(version, column, desk.house.member["top"])
        other = "submitted_by" if column == "author" else "author"
        setattr(version, other, desk.house.member["lead"])
        version.save()

        with pytest.raises(RuleBroken) as refused:
            desk.do(soa.approve_soa, "top", soa=version)

        assert refused.value.code == "SOD-01"
        assert StatementOfApplicability.objects.get(pk=version.pk).state == "in_review"
    assert not Snapshot.objects.filter(kind="controls.statementofapplicability").exists()


def test_only_top_management_approves(desk: Desk):
    version = desk.in_review()

    for who in (
        "lead",
        "owner",
        "risk_owner",
        "control_owner",
        "internal_auditor",
        "admin",
        "staff",
        "system",
    ):
        with pytest.raises(NotAllowed):
            desk.do(soa.approve_soa, who, soa=version)

    assert StatementOfApplicability.objects.get(pk=version.pk).state == "in_review"


def test_approval_stamps_freezes_and_tells(desk: Desk):
    version = desk.approved()

    version.refresh_from_db()
    assert (version.state, version.approved_by, version.approved_at) == (
        "approved",
        desk.house.member["top"],
        NOW,
    )
    frozen = version.snapshot
    assert frozen.sha256 == hashlib.sha256(frozen.text.encode()).hexdigest()
    content = frozen.content
    assert (content["version"], content["approved_by"], content["author"]) == (1, "Tara Top", "Lena Lead")
    assert len(content["rows"]) == 38
    assert [row["ref"] for row in content["rows"] if row["included"] is False] == ["A.10.3"]
    assert Notification.objects.filter(text__contains="build them again").count() == 1


def test_what_is_needed_meanwhile_stops_the_approval(desk: Desk):
    version = desk.in_review()
    desk.treated_risk("A.10.3")

    with pytest.raises(RuleBroken, match="1 thing is missing before you can approve it"):
        desk.do(soa.approve_soa, "top", soa=version)

    assert StatementOfApplicability.objects.get(pk=version.pk).state == "in_review"
    assert not Snapshot.objects.filter(kind="controls.statementofapplicability").exists()


def test_a_newer_version_supersedes_the_one_before(desk: Desk):
    first = desk.approved()

    second = desk.next_approved()

    first.refresh_from_db()
    assert (first.state, first.superseded_at) == ("superseded", LATER)
    assert list(StatementOfApplicability.objects.approved()) == [second]
    event = TrailEvent.objects.get(action="statementofapplicability.supersede")
    assert event.actor == "system:0"


def test_nothing_is_superseded_without_a_newer_version(desk: Desk):
    version = desk.approved()

    for newer in (None, version):
        with pytest.raises(RuleBroken, match="Only a newer approved version"):
            move(SOA, version, "supersede", actor=desk.house.system, now=NOW, given={"newer": newer})

    assert StatementOfApplicability.objects.get(pk=version.pk).state == "approved"


def test_the_approval_refuses_to_stand_beside_an_earlier_one(desk: Desk):
    first = desk.approved()
    second = desk.draft(now=LATER)
    from aims.core.transitions import Facts

    effect = registry.effects[SOA.id, "supersede earlier"][0]
    with pytest.raises(RuleBroken, match=f"Version {first.version} is still the approved one"):
        effect(Facts(second, desk.house.top, LATER))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_snapshot SET text = '{}' WHERE id = %s",
        "UPDATE core_snapshot SET sha256 = 'x' WHERE id = %s",
        "DELETE FROM core_snapshot WHERE id = %s",
    ],
)
def test_the_database_does_not_let_a_frozen_copy_be_changed(desk: Desk, statement: str):
    version = desk.approved()

    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "portal_app"
        cursor.execute(statement, [version.snapshot_id])

    assert Snapshot.objects.get(pk=version.snapshot_id).text == version.snapshot.text


def test_what_changes_later_does_not_change_what_was_approved(desk: Desk):
    version = desk.approved()
    before = version.snapshot.text

    desk.edit(desk.control("A.2.2"), how_implemented="Written after approval")

    version.refresh_from_db()
    assert version.snapshot.text == before
    assert "Written after approval" not in before


def test_a_page_can_ask_what_stands_in_the_way(desk: Desk):
    version = desk.draft()

    found = obstacles(SOA, version, "submit", actor=desk.house.lead, now=NOW)

    assert [refusal.problems[0].ref for refusal in found] == ["A.2.2"]


def test_two_versions_are_compared_in_four_groups(desk: Desk):
    first = desk.approved()
    desk.implemented("A.2.2")
    second = desk.draft(now=LATER)
    desk.decide(second, "A.10.3", Decision(included=True, reasons=[LAW], target_date=TARGET))
    desk.decide(
        second, "A.3.3", Decision(included=False, reasons=[], justification=WHY_NOT, exclusion_link="R")
    )
    desk.decide(second, "A.2.3", Decision(included=True, reasons=[Reason("contract", "C-7")]))
    desk.do(soa.submit_soa, "lead", soa=second, now=LATER)
    desk.do(soa.approve_soa, "top", soa=second, now=LATER)

    found = statement.changes(first.snapshot.content, second.snapshot.content)

    assert [change.ref for change in found.added] == ["A.10.3"]
    assert [change.ref for change in found.left_out] == ["A.3.3"]
    assert [change.ref for change in found.status_changed] == ["A.2.2"]
    assert [change.ref for change in found.wording_changed] == ["A.2.3", "A.3.3", "A.10.3"]


def test_the_statement_of_another_organization_is_not_there(desk: Desk, other_house: House):
    version = desk.approved()

    with acting_in(other_house.organization):
        assert StatementOfApplicability.objects.count() == 0
        assert not SoAEntry.objects.filter(soa_id=version.pk).exists()
    assert StatementOfApplicability.objects.count() == 1
