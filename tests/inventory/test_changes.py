"""Change requests (SM-24), walked from the table; their pages and API; what changed about a system."""

from __future__ import annotations

from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_in
from inventory import gates, what_changed
from inventory.enums import ChangeKind
from inventory.models import AISystem, ChangeRequest, ChangeReview, StageRecord
from inventory.places import changes as places
from inventory.rules.changes import CHANGE_REQUEST, EFFECTS, STALE_AFTER, TRIGGER_OF, WHY
from inventory.services import changes as services
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.factories import a_complete_system, a_system
from tests.inventory.test_api import Api
from tests.inventory.test_gates import at, written
from tests.queries import count_queries

NO_EFFECT = {key: {"answer": "no", "text": ""} for key in EFFECTS}
STEPS = [(row.source, row.action) for row in CHANGE_REQUEST.transitions]
WHO = {"assess": "owner", "approve": "top", "reject": "top", "implement": "owner", "review": "lead"}
SAID: dict[str, dict[str, Any]] = {
    "reject": {"reason": "Too early"},
    "implement": {"done_on": TODAY, "done_text": "Release 3.0"},
    "review": {"review": "Looked at misses at night: none"},
}


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def a_change(house: House, state: str = "draft", **values: Any) -> ChangeRequest:
    system = values.pop("system", None) or a_complete_system(house)
    made = services.draft_change(
        actor=house.lead,
        now=NOW,
        **{"title": "Model 3.0", "system": system, "purpose": "Fewer misses", "effects": NO_EFFECT, **values},
    )
    ChangeRequest.objects.filter(pk=made.pk).update(state=state)
    made.refresh_from_db()
    return made


def step(house: House, change: ChangeRequest, action: str, who: str = "", **given: Any) -> ChangeRequest:
    actor = house.actor(who or WHO[action])
    return services.move_change(actor=actor, change=change, action=action, now=NOW, **given)


def told_of(change: ChangeRequest) -> tuple[Any, ...]:
    return ChangeRequest.objects.filter(pk=change.pk).values().get(), TrailEvent.objects.count()


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_every_step_of_the_table_can_be_taken(inside, state, action):
    change = a_change(inside, state)

    moved = step(inside, change, action, **SAID.get(action, {}))

    assert moved.state == CHANGE_REQUEST.transition(state, action).target


@pytest.mark.parametrize("state", sorted(CHANGE_REQUEST.states))
def test_no_other_step_can_be_taken_and_not_by_others(inside, state):
    change = a_change(inside, state)
    before = told_of(change)

    for action in services.VERBS:
        if (state, action) not in STEPS:
            with pytest.raises(RuleBroken) as refused:
                step(inside, change, action, **SAID.get(action, {}))
            assert refused.value.code == "state"
        for who in ("risk_owner", "internal_auditor", "admin", "staff"):
            with pytest.raises(NotAllowed):
                step(inside, change, action, who, **SAID.get(action, {}))
    assert told_of(change) == before


@pytest.mark.parametrize(
    ("state", "action", "values", "sentence"),
    [
        ("draft", "assess", {"purpose": ""}, "State the purpose"),
        ("draft", "assess", {"effects": {}}, "Say whether it has an effect on: Scope of the AIMS, Risks"),
        (
            "draft",
            "assess",
            {"effects": NO_EFFECT | {"risk": {"answer": "yes", "text": ""}}},
            "Say which effect it has on: Risks",
        ),
        ("assessed", "reject", {}, "Give a reason"),
        ("approved", "implement", {}, "Give the day it was done"),
        ("implemented", "review", {}, "Say which unintended effects"),
    ],
)
def test_each_guard_refuses_with_its_sentence(inside, state, action, values, sentence):
    change = a_change(inside, state, **values)
    before = told_of(change)

    with pytest.raises(RuleBroken, match=sentence):
        step(inside, change, action)
    assert told_of(change) == before


def test_nobody_decides_on_what_they_wrote_or_assessed(inside):
    change = a_change(inside, "assessed")

    with pytest.raises(RuleBroken) as refused:
        step(inside, change, "approve", "lead")
    assert refused.value.code == "SOD-01"
    assert ChangeRequest.objects.get().state == "assessed"
    assert [item.title for item in places.work(inside.top, TODAY)] == ["Decide on the change: Model 3.0"]
    assert list(places.work(inside.lead, TODAY)) == []


def test_only_a_draft_is_edited_and_only_in_its_newest_version(inside):
    change = a_change(inside)
    more = {"actor": inside.lead, "change": change, "now": NOW}
    services.edit_change(row_version=1, changes={"title": "Model 3.1"}, **more)
    with pytest.raises(StaleState):
        services.edit_change(row_version=1, changes={"title": "Old"}, **more)
    ChangeRequest.objects.update(state="assessed")
    change.refresh_from_db()
    with pytest.raises(RuleBroken, match="Only a draft"):
        services.edit_change(row_version=2, changes={"title": "Late"}, **more)

    assert ChangeRequest.objects.get().title == "Model 3.1"


def test_rework_needs_an_approved_change_of_this_system(inside):
    system = at(inside, "re_evaluation")
    with pytest.raises(RuleBroken, match="no approved change request"):
        gates.pass_gate(actor=inside.owner, system=system, action="rework", now=NOW)
    a_change(inside, "approved")
    with pytest.raises(RuleBroken, match="no approved change request"):
        gates.pass_gate(actor=inside.owner, system=system, action="rework", now=NOW)
    own = a_change(inside, "approved", system=system)

    passed = gates.pass_gate(actor=inside.owner, system=system, action="rework", now=NOW)

    assert (passed.to_stage, passed.seen[0]["seen"]) == ("design_development", str(own))


def test_the_table_of_what_is_stale_knows_every_kind_of_change():
    assert set(STALE_AFTER) == set(WHY) == set(TRIGGER_OF) == set(ChangeKind.values)


def test_a_change_opens_what_is_chosen_and_leaves_the_rest(inside):
    system = at(inside, "operation_monitoring")
    for kind in ("design", "data", "validation_plan", "user_information"):
        written(inside, system, kind)
    found = {stale.label: stale for stale in what_changed.stale_records(system, "model")}
    assert set(found) == {"Design", "Plan of verification and validation"}
    assert found["Design"].why == "it was made for another model"

    made = what_changed.record_change(
        actor=inside.owner, system=system, kind="model", text="3.0", chosen=[found["Design"].key], now=NOW
    )

    assert made.opened == ["Design"]
    assert [each["chosen"] for each in made.proposed] == [True, False]
    states = dict(StageRecord.objects.values_list("kind", "state"))
    assert states["design"] == "draft" and states["validation_plan"] == "complete"
    reason = StageRecord.objects.get(kind="design").reopened_because
    assert reason == "Other model or model version: 3.0"


def test_doing_nothing_has_a_reason_and_a_record(inside):
    system = at(inside, "operation_monitoring")
    with pytest.raises(RuleBroken, match="Nothing is to be done again: say why"):
        what_changed.record_change(actor=inside.owner, system=system, kind="law", text="New act", now=NOW)
    assert not ChangeReview.objects.exists()
    with pytest.raises(RuleBroken, match="has changed since"):
        what_changed.record_change(
            actor=inside.owner, system=system, kind="law", text="New act", chosen=["record:1"], now=NOW
        )
    with pytest.raises(NotAllowed):
        what_changed.record_change(
            actor=inside.risk_owner, system=system, kind="law", text="x", reason="y", now=NOW
        )

    what_changed.record_change(
        actor=inside.owner, system=system, kind="law", text="New act", reason="Not about us", now=NOW
    )

    assert ChangeReview.objects.get().reason == "Not about us"
    assert AISystem.objects.get().stage == "operation_monitoring"


def test_a_change_starts_a_re_evaluation_of_a_system_in_operation_only(inside):
    system, early = at(inside, "operation_monitoring"), at(inside, "deployment")
    more = {"actor": inside.owner, "kind": "use", "text": "Also at night", "re_evaluates": True, "now": NOW}
    with pytest.raises(RuleBroken, match="Only a system in operation"):
        what_changed.record_change(system=early, **more)
    assert not ChangeReview.objects.exists()

    what_changed.record_change(system=system, **more)

    passed = system.gate_records.get()
    assert (passed.to_stage, passed.trigger) == ("re_evaluation", "purpose")
    assert passed.reason == "Other use or purpose: Also at night"


def test_a_change_is_planned_decided_made_and_reviewed_on_its_pages(house):
    with acting_in(house.organization):
        system = a_complete_system(house)
    owner, top, lead = (as_member(house, who) for who in ("owner", "top", "lead"))
    sent = {"title": "Model 3.0", "system": system.pk, "purpose": "Fewer misses"}
    answers = {f"{key}_answer": "no" for key in EFFECTS}
    path = owner.post(house.url("changes/new/"), {**sent, **answers}).headers["Location"]
    assert owner.post(f"{path}act/assess/", {}).status_code == 302
    assert owner.post(f"{path}act/approve/", {}).status_code == 403
    assert top.post(f"{path}act/approve/", {"reason": "After the pilot"}).status_code == 302
    assert owner.post(f"{path}act/implement/", {"done_text": "Release"}).status_code == 422
    done = {"done_on": "2026-11-20", "done_text": "Release"}
    assert owner.post(f"{path}act/implement/", done).status_code == 302
    assert lead.post(f"{path}act/review/", {"review": "None seen"}).status_code == 302

    page = lead.get(path).content.decode()
    assert "After the pilot" in page and "None seen" in page and "Reviewed" in page
    assert as_member(house, "staff").get(house.url("changes/")).status_code == 403


def test_what_changed_asks_for_the_kind_and_then_shows_what_is_stale(house):
    with acting_in(house.organization):
        system = at(house, "operation_monitoring")
        record = written(house, system, "design")
    owner, path = as_member(house, "owner"), house.url(f"systems/{system.pk}/what-changed/")
    assert "Go on" in owner.get(path).content.decode()
    shown = owner.get(f"{path}?kind=model").content.decode()
    assert "Design: it was made for another model" in shown
    sent = {"kind": "model", "text": "Version 3.0"}
    assert owner.post(path, sent).status_code == 422

    done = owner.post(path, {**sent, "chosen": [f"record:{record.pk}"], "re_evaluates": "on"})

    assert done.headers["Location"] == house.url(f"systems/{system.pk}/gates/")
    page = owner.get(done.headers["Location"]).content.decode()
    assert "Version 3.0" in page and "re-evaluation started" in page
    assert as_member(house, "risk_owner").post(path, sent).status_code == 403


def make(house: House, first: int, last: int) -> None:
    with acting_in(house.organization):
        for number in range(first, last):
            a_change(house, title=f"Change {number}")


@pytest.mark.parametrize("path", ["changes/", "changes/csv/"])
def test_the_register_takes_as_many_queries_for_thirty_rows_as_for_one(house, lead, path):
    make(house, 0, 1)
    with count_queries() as one:
        assert lead.get(house.url(path)).status_code == 200
    make(house, 1, 30)
    with count_queries() as thirty:
        page = lead.get(house.url(path)).content.decode()

    assert page.count("CHG-0") == 30
    assert len(one) == len(thirty) <= 10, thirty


def test_the_api_keeps_changes_records_what_changed_and_leaves_decisions_to_people(house):
    api = Api(house, "changes:read", "changes:write", "gates:write", "systems:read", "systems:write")
    with acting_in(house.organization):
        system = at(house, "operation_monitoring")
        record = written(house, system, "data")
    made = api.post("changes", {"title": "Model 3.0", "system_id": system.pk})
    assert (made.status_code, made.json()["reference"]) == (201, "CHG-001")
    path = f"changes/{made.json()['id']}"
    effects = [{"on": "risk", "answer": "yes", "text": "R-001"}]
    assert (
        api.patch(path, {"row_version": 1, "effects": effects}).json()["effects"]["risk"]["text"] == "R-001"
    )
    assert api.patch(path, {"row_version": 1, "title": "Old"}).status_code == 409
    assert api.post(f"{path}/step", {"action": "assess"}).status_code == 403
    assert api.get("changes?state=draft").json()["count"] == 1
    stale = api.get(f"systems/{system.pk}/stale?kind=data").json()
    assert [each["key"] for each in stale] == [f"record:{record.pk}"]
    nonsense = api.get(f"systems/{system.pk}/stale?kind=nonsense")
    assert nonsense.status_code == 400 and "Choose one of version" in nonsense.json()["errors"]["kind"][0]
    sent = {"kind": "data", "text": "New year", "chosen": [stale[0]["key"]]}
    assert api.post(f"systems/{system.pk}/record-change", sent).status_code == 201
    assert api.get(f"systems/{system.pk}/changes").json()[0]["proposed"][0]["chosen"] is True
    with acting_in(house.organization):
        assert StageRecord.objects.get().state == "draft"


@pytest.mark.parametrize("who", ["internal_auditor", "top", "staff"])
def test_what_would_be_stale_is_told_to_those_only_who_may_record_the_change(house, who):
    with acting_in(house.organization):
        system = a_system(house)

    answer = as_member(house, who).get(house.api(f"systems/{system.pk}/stale?kind=data"))

    assert answer.status_code == 403


def test_an_owner_foresees_changes_of_their_own_systems_only(house):
    with acting_in(house.organization):
        own = a_system(house, name="Own", owner=house.member["owner"])
        other = a_system(house, name="Other")
    client = as_member(house, "owner")

    assert client.get(house.api(f"systems/{own.pk}/stale?kind=data")).status_code == 200
    assert client.get(house.api(f"systems/{other.pk}/stale?kind=data")).status_code == 403


def test_the_api_list_takes_as_many_queries_for_thirty_rows_as_for_one(house):
    api = Api(house, "changes:read")
    make(house, 0, 1)
    with count_queries() as one:
        api.get("changes")
    make(house, 1, 30)
    with count_queries() as thirty:
        assert api.get("changes").json()["count"] == 30

    assert len(one) == len(thirty), thirty
