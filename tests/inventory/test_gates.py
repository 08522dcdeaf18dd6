"""The life cycle of an AI system (SM-01), walked from the table as far as the inventory's own guards go."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aims.core.canonical import sha256_of
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Notification, Organization, Snapshot, TrailEvent
from aims.core.queries.evidence import uses_of
from aims.core.registry import registry
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.transitions import Facts
from inventory import gates
from inventory.enums import StageRecordKind, SystemStage
from inventory.models import AISystem, GateRecord, GoLiveRequest, StageRecord
from inventory.places import systems as places
from inventory.reminders import systems as reminders
from inventory.rules.gates import RETIREMENT_KINDS, require_trigger
from inventory.rules.systems import AI_SYSTEM
from inventory.services import gate_records, stage_records
from inventory.services import supplier_parts as parts
from inventory.services.metrics import register_metric
from inventory.services.systems import edit_system, link_evidence, unlink_evidence
from inventory.what_changed import record_change
from tests.cast import NOW, TODAY, House
from tests.inventory.factories import a_complete_system
from tests.inventory.test_suppliers import a_supplier, put_into

DAY = datetime.timedelta(days=1)
STEPS = [(row.source, row.action) for row in AI_SYSTEM.transitions]
WHO = {
    "inventory.lead_gate": "lead",
    "inventory.decide_gate": "top",
    "inventory.pass_gate": "owner",
    "inventory.own_gate": "owner",
    "inventory.trigger_re_evaluation": "owner",
    "inventory.end_system": "lead",
}


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def at(house: House, stage: str, **values: Any) -> AISystem:
    system = a_complete_system(house, **values)
    AISystem.objects.filter(pk=system.pk).update(stage=stage)
    return AISystem.objects.select_related("owner", "registered_by").get(pk=system.pk)


def written(house: House, system: AISystem, kind: str, **values: Any) -> StageRecord:
    return stage_records.write_stage_record(
        actor=house.owner,
        system=system,
        kind=kind,
        now=NOW,
        **{"text": f"What {kind} says", "is_complete": True, **values},
    )


def step(house: House, system: AISystem, action: str, who: str = "", **given: str) -> GateRecord:
    actor = house.actor(who or WHO[gates.VERBS[action]])
    return gates.pass_gate(actor=actor, system=system, action=action, now=NOW, **given)


def told_of(system: AISystem) -> tuple[Any, ...]:
    row = AISystem.objects.filter(pk=system.pk).values().get()
    return row, GateRecord.objects.count(), Snapshot.objects.count(), TrailEvent.objects.count()


@pytest.mark.parametrize("stage", SystemStage.values)
def test_a_step_that_does_not_lead_out_of_a_stage_is_refused_and_changes_nothing(inside, stage):
    system = at(inside, stage)
    before = told_of(system)

    for action in sorted(gates.VERBS):
        if (stage, action) not in STEPS:
            with pytest.raises(RuleBroken) as refused:
                step(inside, system, action, reason="Because", trigger="model")
            assert refused.value.code == "state"
    assert told_of(system) == before


def test_a_step_is_refused_in_the_words_of_its_button_and_of_the_stage(inside):
    system = at(inside, "inception")

    with pytest.raises(RuleBroken) as refused:
        step(inside, system, "gate_build_done")

    assert str(refused.value) == (
        "“Building is done” is not possible while the AI system is “Inception”. Possible now:"
        " “Begin design and development”, “Go to validation without development”."
    )


@pytest.mark.parametrize(("stage", "action"), STEPS)
def test_who_is_not_named_for_a_step_is_refused_and_nothing_changes(inside, stage, action):
    system = at(inside, stage)
    before = told_of(system)

    for who in ("risk_owner", "control_owner", "internal_auditor", "admin", "staff"):
        with pytest.raises(NotAllowed):
            step(inside, system, action, who, reason="Because", trigger="model")
    assert told_of(system) == before


def test_an_owner_passes_no_gate_of_a_system_of_somebody_else(inside):
    system = at(inside, "deployment", owner=None)

    with pytest.raises(NotAllowed):
        step(inside, system, "send_back", "owner", reason="Not ready")
    assert AISystem.objects.get().stage == "deployment"


def test_everything_that_is_missing_is_named_at_once_with_where_it_is_mended(inside):
    system = at(inside, "design_development")
    before = told_of(system)

    with pytest.raises(RuleBroken) as refused:
        step(inside, system, "gate_build_done")

    assert str(refused.value) == "2 things are missing."
    assert [problem.sentence for problem in refused.value.problems] == [
        "Write the record “Design”.",
        "Write the record “Data used to build and test”.",
    ]
    assert told_of(system) == before
    (gate,) = gates.gates_of(actor=inside.owner, system=system, now=NOW)
    assert [answer.refusal.url for answer in gate.missing] == [
        inside.url(f"systems/{system.pk}/stage-records/design/"),
        inside.url(f"systems/{system.pk}/stage-records/data/"),
    ]


@pytest.mark.parametrize(
    ("stage", "guard", "first", "second"),
    [
        ("verification_validation", "criteria met or deviation", "validation_plan", "validation"),
        ("deployment", "roll-back tested", "deployment_plan", "rollback_test"),
    ],
)
def test_a_requirement_of_two_records_names_both(inside, stage, guard, first, second):
    system = at(inside, stage)
    labels = [StageRecordKind(kind).label for kind in (first, second)]

    def refusal() -> RuleBroken:
        found = gates.gates_of(actor=inside.owner, system=system, now=NOW)
        answers = [answer for gate in found for answer in gate.missing if answer.guard.startswith(guard)]
        return answers[0].refusal

    assert str(refusal()) == f"Write the record “{labels[0]}”. Write the record “{labels[1]}”."
    assert refusal().url == inside.url(f"systems/{system.pk}/stage-records/{first}/")
    written(inside, system, first)
    assert str(refusal()) == f"Write the record “{labels[1]}”."
    assert refusal().url == inside.url(f"systems/{system.pk}/stage-records/{second}/")


def test_the_way_to_what_is_missing_holds_for_every_address_of_an_organization(house: House):
    with acting_in(house.organization):
        at(house, "inception"), at(house, "re_evaluation")
        Organization.objects.filter(pk=house.organization.pk).update(slug="care-systems")
        renamed = Organization.objects.get(pk=house.organization.pk)
    with acting_in(renamed):
        urls = {
            answer.guard: answer.refusal.url
            for system in AISystem.objects.select_related("owner")
            for gate in gates.gates_of(actor=house.owner, system=system, now=NOW)
            for answer in gate.missing
        }

    assert urls["supplier approved (SM-16)"] == "/o/care-systems/suppliers/"
    assert urls["change request approved (SM-24)"] == "/o/care-systems/changes/"


def test_a_gate_is_passed_with_a_frozen_record_of_what_was_seen(inside):
    system = at(inside, "design_development")
    written(inside, system, "design")
    written(inside, system, "data")

    passed = step(inside, system, "gate_build_done", reason="Both are done")

    assert (passed.from_stage, passed.to_stage) == ("design_development", "verification_validation")
    assert (passed.passed_by_id, passed.passed_at) == (inside.member["owner"].pk, NOW)
    assert [each["guard"] for each in passed.seen] == ["design documented", "data records complete"]
    assert passed.seen[0]["seen"] == "Design: complete, version 1 of 2026-11-22 by Oscar Owner"
    assert passed.snapshot.sha256 == sha256_of(passed.snapshot.text)
    assert "Both are done" in passed.snapshot.text and "version 1" in passed.snapshot.text
    stored = AISystem.objects.get()
    assert (stored.stage, stored.stage_since, stored.row_version) == (
        "verification_validation",
        TODAY,
        system.row_version,
    )
    assert TrailEvent.objects.filter(action="aisystem.gate_build_done").count() == 1


def test_a_draft_does_not_open_the_gate_and_requirements_may_be_one(inside):
    system = at(inside, "design_development")
    written(inside, system, "design", is_complete=False)
    answers = {
        answer.guard: answer
        for gate in gates.gates_of(actor=inside.owner, system=system, now=NOW)
        for answer in gate.answers
    }
    assert str(answers["design documented"].refusal) == "Complete the record “Design”."

    early = at(inside, "inception")
    written(inside, early, "requirements", is_complete=False)
    found = {
        answer.guard: answer.is_met
        for gate in gates.gates_of(actor=inside.owner, system=early, now=NOW)
        for answer in gate.answers
    }
    assert found["requirements drafted (A.6.2.2)"] is True


def test_a_bought_system_skips_development_only_with_an_approved_supplier(inside):
    system = at(inside, "inception")
    with pytest.raises(RuleBroken, match="Link the supplier"):
        step(inside, system, "gate_inception_buy")
    supplier = a_supplier(inside)
    parts.link_system(actor=inside.lead, supplier=supplier, system=system, now=NOW)
    with pytest.raises(RuleBroken, match=r"Not approved: SUP-001 Example Software \(proposed\)"):
        step(inside, system, "gate_inception_buy")
    put_into(supplier, "approved")

    step(inside, system, "gate_inception_buy")

    assert AISystem.objects.get().stage == "verification_validation"


def test_who_develops_does_not_skip_development(inside):
    system = at(inside, "inception", organization_roles=["developer", "deployer_user"])
    supplier = put_into(a_supplier(inside), "active")
    parts.link_system(actor=inside.lead, supplier=supplier, system=system, now=NOW)

    with pytest.raises(RuleBroken, match="goes straight to validation"):
        step(inside, system, "gate_inception_buy")
    assert AISystem.objects.get().stage == "inception"


def test_criteria_that_are_not_met_need_a_deviation_approved_by_somebody_else(inside):
    system = at(inside, "verification_validation")
    written(inside, system, "validation_plan")
    with pytest.raises(RuleBroken, match="Say whether the criteria were met"):
        written(inside, system, "validation")
    with pytest.raises(RuleBroken, match="Describe the deviation"):
        written(inside, system, "validation", criteria_met="no")
    assert StageRecord.objects.count() == 1
    record = written(inside, system, "validation", criteria_met="no", deviation="Recall 0.88, not 0.90")
    with pytest.raises(RuleBroken, match="another person than the author"):
        step(inside, system, "gate_validated")

    stage_records.approve_deviation(actor=inside.top, record=record, now=NOW)
    passed = step(inside, system, "gate_validated")

    assert passed.to_stage == "deployment"
    assert passed.seen[0]["seen"].endswith("deviation approved by Tara Top")


def test_nobody_approves_their_own_deviation_and_writing_anew_takes_the_approval_back(inside):
    system = at(inside, "verification_validation")
    more = {"kind": "validation", "criteria_met": "no", "deviation": "Low recall", "is_complete": True}
    own = stage_records.write_stage_record(actor=inside.lead, system=system, text="Results", now=NOW, **more)
    with pytest.raises(RuleBroken) as refused:
        stage_records.approve_deviation(actor=inside.lead, record=own, now=NOW)
    assert refused.value.code == "SOD-01"
    approved = stage_records.approve_deviation(actor=inside.top, record=own, now=NOW)
    assert not approved.has_open_deviation

    again = stage_records.write_stage_record(
        actor=inside.owner, system=system, text="Others", row_version=approved.row_version, now=NOW, **more
    )

    assert again.has_open_deviation


def test_a_validation_that_failed_opens_its_results_again(inside):
    system = at(inside, "verification_validation")
    written(inside, system, "validation", criteria_met="yes")
    with pytest.raises(RuleBroken, match="Give a reason"):
        step(inside, system, "fail_validation")

    step(inside, system, "fail_validation", reason="Recall fell at night")

    record = StageRecord.objects.get()
    assert (record.state, record.reopened_because) == ("draft", "Recall fell at night")
    assert AISystem.objects.get().stage == "design_development"
    titles = [item.title for item in places.gate_work(inside.owner, TODAY)]
    assert titles == ["Results of verification and validation of Invoice sorter: opened again"]


def test_a_record_is_written_once_and_by_who_saw_its_newest_version(inside):
    system = at(inside, "inception")
    first = written(inside, system, "requirements")
    with pytest.raises(StaleState):
        written(inside, system, "requirements", text="Without having seen it")
    with pytest.raises(StaleState):
        written(inside, system, "requirements", text="Old", row_version=first.row_version + 1)
    with pytest.raises(RuleBroken, match="Write it down here"):
        written(inside, system, "design", text="  ")
    with pytest.raises(NotAllowed):
        stage_records.write_stage_record(
            actor=inside.risk_owner, system=system, kind="design", text="Mine", now=NOW
        )

    assert list(StageRecord.objects.values_list("kind", "text")) == [
        ("requirements", "What requirements says")
    ]


def test_a_record_that_is_complete_may_be_its_evidence_and_shows_there(inside):
    system = at(inside, "inception")
    item = Evidence.objects.create(reference="EV-901", title="Specification", state="accepted")
    old = Evidence.objects.create(reference="EV-902", title="Older", state="superseded")
    with pytest.raises(RuleBroken, match="replaced by a newer one"):
        written(inside, system, "requirements", text="", evidence=old)
    written(inside, system, "requirements", text="", evidence=item)

    with acting_as(inside.lead):
        uses = uses_of([item.pk])

    assert uses == {item.pk: [(f"{system}: Requirements", inside.url(f"systems/{system.pk}/gates/"))]}


@pytest.mark.parametrize("kind", RETIREMENT_KINDS)
def test_a_retirement_is_completed_only_with_all_four_proofs(inside, kind):
    system = at(inside, "retirement")
    for each in RETIREMENT_KINDS:
        if each != kind:
            written(inside, system, each)
    before = told_of(system)

    with pytest.raises(RuleBroken, match=StageRecordKind(kind).label):
        step(inside, system, "complete_retirement")
    assert told_of(system) == before


def test_a_system_is_retired_with_its_plan_its_proofs_and_its_frozen_record(inside):
    system = at(inside, "operation_monitoring")
    step(inside, system, "decide_retire", reason="Replaced by another product")
    plan = {record.kind: record for record in StageRecord.objects.all()}
    assert set(plan) == set(RETIREMENT_KINDS)
    for kind, record in plan.items():
        written(inside, system, kind, row_version=record.row_version)

    step(inside, system, "complete_retirement", reason="All proven")

    system.refresh_from_db()
    assert system.stage == "retired"
    frozen = Snapshot.objects.get(kind="inventory.aisystem", object_id=system.pk)
    assert "What disposal says" in frozen.text and "decide_retire" in frozen.text
    assert [row.action for row in GateRecord.objects.order_by("pk")] == [
        "decide_retire",
        "complete_retirement",
    ]


def retired(house: House) -> AISystem:
    system = at(house, "retirement")
    for kind in RETIREMENT_KINDS:
        written(house, system, kind)
    step(house, system, "complete_retirement")
    return AISystem.objects.select_related("owner").get(pk=system.pk)


def test_the_record_of_a_retired_system_is_written_no_more(inside):
    system, proof = retired(inside), Evidence.objects.create(reference="EV-900", title="X", state="accepted")
    before = told_of(system)
    common: dict[str, Any] = {"actor": inside.owner, "system": system, "now": NOW}

    for change in (
        lambda: edit_system(**common, row_version=system.row_version, changes={"purpose": "Another"}),
        lambda: stage_records.write_stage_record(**common, kind="disposal", text="Another", row_version=1),
        lambda: record_change(**common, kind="law", text="A new act", reason="Of no concern"),
        lambda: link_evidence(**common, evidence=proof),
        lambda: unlink_evidence(**common, evidence=proof),
    ):
        with pytest.raises(RuleBroken, match="is retired: its record stands as it was"):
            change()

    assert told_of(system) == before
    assert StageRecord.objects.get(kind="disposal").text == "What disposal says"


def test_a_system_entered_as_retired_may_still_be_described(inside):
    system = at(inside, "retired")

    edit_system(
        actor=inside.owner, system=system, row_version=system.row_version, changes={"purpose": "Old"}, now=NOW
    )

    assert AISystem.objects.get().purpose == "Old"


def test_a_suspension_names_its_incident_and_tells_who_watches(inside):
    system = at(inside, "operation_monitoring")

    passed = step(inside, system, "suspend", reason="Wrong triage twice", related="INC-7")

    assert (passed.related, passed.to_stage) == ("INC-7", "suspended")
    told = Notification.objects.filter(dedupe__startswith="system-suspended").values_list(
        "member__email", flat=True
    )
    assert set(told) == {inside.member[who].email for who in ("owner", "risk_owner", "control_owner", "lead")}
    with pytest.raises(NotAllowed):
        step(inside, system, "decide_retire", "owner", reason="Enough")
    step(inside, system, "review_suspension")
    assert AISystem.objects.get().stage == "re_evaluation"


def test_a_re_evaluation_has_a_cause_that_is_said():
    with pytest.raises(RuleBroken, match="Say what asks"):
        require_trigger("", reason="x", today=TODAY, planned=None)
    with pytest.raises(RuleBroken, match="Say what happened"):
        require_trigger("model", reason=" ", today=TODAY, planned=None)
    for planned in (None, TODAY + DAY):
        with pytest.raises(RuleBroken, match="not reached"):
            require_trigger("date", reason="", today=TODAY, planned=planned)
    require_trigger("date", reason="", today=TODAY, planned=TODAY)
    require_trigger("law", reason="New act", today=TODAY, planned=None)


def test_go_live_is_asked_for_by_one_and_decided_by_another(inside):
    system = at(inside, "deployment")
    with pytest.raises(RuleBroken, match="Say what goes live"):
        gate_records.request_go_live(actor=inside.owner, system=system, text=" ", now=NOW)
    gate_records.request_go_live(actor=inside.lead, system=system, text="Both sites", now=NOW)
    with pytest.raises(RuleBroken, match="waits for a decision already"):
        gate_records.request_go_live(actor=inside.owner, system=system, text="Again", now=NOW)
    assert [item.title for item in places.gate_work(inside.top, TODAY)] == [
        "Decide on the go-live of Invoice sorter"
    ]
    assert list(places.gate_work(inside.lead, TODAY)) == []

    def asked_first(who: str) -> Any:
        (gate,) = [
            each
            for each in gates.gates_of(actor=inside.actor(who), system=system, now=NOW)
            if each.action == "go_live"
        ]
        return gate.answers[0]

    assert asked_first("lead").refusal.code == "SOD-01"
    assert asked_first("top").seen == "Asked for by Lena Lead"
    step(inside, system, "send_back", reason="Not yet")
    assert GoLiveRequest.objects.get().state == "returned"


@pytest.mark.parametrize(
    ("planned", "next_review"),
    [
        (None, TODAY.replace(year=TODAY.year + 1)),
        (TODAY + 30 * DAY, TODAY + 30 * DAY),
        (TODAY + 500 * DAY, TODAY.replace(year=TODAY.year + 1)),
        (TODAY - DAY, TODAY.replace(year=TODAY.year + 1)),
    ],
)
def test_going_live_keeps_a_review_that_is_planned_sooner(inside, planned, next_review):
    system = at(inside, "operation_monitoring", next_review_date=planned)

    for effect in registry.effects["SM-01", "set next reassessment date"]:
        effect(Facts(system, inside.top, NOW))

    assert AISystem.objects.get().next_review_date == next_review


def test_going_live_waits_for_an_active_metric(inside):
    system = at(inside, "deployment")
    gate_records.request_go_live(actor=inside.lead, system=system, text="Both sites", now=NOW)

    def answer() -> Any:
        found = gates.gates_of(actor=inside.top, system=system, now=NOW)
        (gate,) = [each for each in found if each.action == "go_live"]
        return next(each for each in gate.answers if each.guard == "monitoring metrics active")

    assert answer().refusal.url == inside.url(f"systems/{system.pk}/metrics/")
    with pytest.raises(RuleBroken):
        step(inside, system, "go_live")
    assert AISystem.objects.get().stage == "deployment"
    register_metric(
        actor=inside.lead,
        system=system,
        name="Sensitivity",
        kind="accuracy",
        direction="higher",
        critical_low=0.8,
        now=NOW,
    )
    assert answer().seen == "MET-001 Sensitivity"


def test_a_request_is_withdrawn_and_only_in_deployment_there_is_one(inside):
    system = at(inside, "deployment")
    gate_records.request_go_live(actor=inside.owner, system=system, text="Both sites", now=NOW)
    gate_records.withdraw_go_live(actor=inside.owner, system=system, now=NOW)
    assert GoLiveRequest.objects.get().state == "withdrawn"
    with pytest.raises(RuleBroken, match="No request is open"):
        gate_records.withdraw_go_live(actor=inside.owner, system=system, now=NOW)
    early = at(inside, "inception")
    with pytest.raises(RuleBroken, match="Only a system in deployment"):
        gate_records.request_go_live(actor=inside.owner, system=early, text="Now", now=NOW)


def test_systems_in_operation_are_reminded_of_their_next_assessment(inside):
    at(inside, "operation_monitoring", next_review_date=TODAY + 30 * DAY)
    at(inside, "deployment", next_review_date=TODAY + 30 * DAY)

    (due,) = [each for each in reminders.due(TODAY) if each.rule == "reassessment"]

    assert due.member_ids == tuple(sorted((inside.member["owner"].pk, inside.member["risk_owner"].pk)))
    assert due.due_date == TODAY + 30 * DAY
