"""The verbs and the life cycle of suppliers (SM-16), walked from the table."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Notification, TrailEvent
from aims.core.registry import registry
from aims.core.tenancy.context import acting_in
from inventory import rounds
from inventory.models import SubSupplier, Supplier, SupplierCondition, SupplierNotice, SupplierSystem
from inventory.places import suppliers as places
from inventory.queries import suppliers as queries
from inventory.reminders import suppliers as reminders
from inventory.rules.suppliers import (
    CLAUSES,
    SUPPLIER,
    Served,
    open_clauses,
    proposed_tier,
    require_no_cycle,
)
from inventory.services import supplier_parts as parts
from inventory.services import suppliers as services
from tests.cast import NOW, TODAY, House
from tests.inventory.factories import a_complete_system

DAY = datetime.timedelta(days=1)
CONTRACT = {topic: {"answer": "yes", "where": "§ 4"} for topic in CLAUSES}
#: Who takes which step: nobody here wrote or submitted the supplier that is decided on.
WHO = {
    "start": "owner",
    "approve": "top",
    "approve_with_conditions": "top",
    "reject": "top",
    "activate": "owner",
    "trigger_review": "owner",
    "confirm": "lead",
    "suspend": "lead",
    "restore": "lead",
    "exit": "lead",
}
STEPS = [(row.source, row.action) for row in SUPPLIER.transitions]
FORBIDDEN = [
    (state, action)
    for state in sorted(SUPPLIER.states)
    for action in sorted(services.VERBS)
    if (state, action) not in STEPS
]


@pytest.fixture
def inside(house: House):
    with acting_in(house.organization):
        yield house


def a_supplier(house: House, name: str = "Example Software", **values: Any) -> Supplier:
    return services.register_supplier(
        actor=house.lead, name=name, now=NOW, **{"owner": house.member["owner"], **values}
    )


def put_into(supplier: Supplier, state: str) -> Supplier:
    Supplier.objects.filter(pk=supplier.pk).update(state=state, state_since=NOW - DAY)
    supplier.refresh_from_db()
    return supplier


def ready(house: House, state: str) -> Supplier:
    """A supplier in a state, with all that any step out of it asks for."""
    supplier = a_supplier(
        house,
        tier="high",
        contract=CONTRACT,
        duties="They test, we watch.",
        exit_plan="Export and delete.",
        exit_done_on=TODAY,
        next_review_date=TODAY,
    )
    parts.add_condition(
        actor=house.lead, supplier=supplier, text="Report the tests", due_date=TODAY + DAY, now=NOW
    )
    put_into(supplier, state)
    event = parts.record_event(
        actor=house.lead,
        supplier=supplier,
        kind="corrective_request",
        text="Mend it",
        happened_on=TODAY,
        due_date=TODAY,
        now=NOW,
    )
    parts.accept_answer(actor=house.lead, event=event, answer="Mended", now=NOW)
    return supplier


def step(house: House, supplier: Supplier, action: str, who: str = "", **given: str) -> Supplier:
    return services.move_supplier(
        actor=house.actor(who or WHO[action]), supplier=supplier, action=action, now=NOW, **given
    )


def stored(supplier: Supplier) -> tuple[Any, ...]:
    row = Supplier.objects.get(pk=supplier.pk)
    return row.state, row.row_version, row.next_review_date, row.notices.count(), TrailEvent.objects.count()


def refused(house: House, supplier: Supplier, action: str, sentence: str, **given: str) -> None:
    before = stored(supplier)
    with pytest.raises(RuleBroken, match=sentence):
        step(house, supplier, action, **given)
    assert stored(supplier) == before


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_every_step_of_the_table_can_be_taken(inside, state, action):
    supplier = ready(inside, state)

    step(inside, supplier, action, reason="Because", trigger="date")

    assert Supplier.objects.get(pk=supplier.pk).state == SUPPLIER.transition(state, action).target
    assert TrailEvent.objects.filter(action=f"supplier.{action}").count() == 1


@pytest.mark.parametrize(("state", "action"), FORBIDDEN)
def test_no_step_that_the_table_does_not_name_can_be_taken(inside, state, action):
    refused(inside, ready(inside, state), action, "is not possible", reason="Because", trigger="date")


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_nobody_whom_the_table_does_not_name_takes_a_step(inside, state, action):
    supplier = ready(inside, state)
    before = stored(supplier)
    for who in ("staff", "admin", "risk_owner", "control_owner", "internal_auditor"):
        with pytest.raises(NotAllowed):
            step(inside, supplier, action, who, reason="Because", trigger="date")
    assert stored(supplier) == before


def test_every_guard_and_effect_of_the_table_has_a_provider():
    for row in SUPPLIER.transitions:
        assert [text for text in row.guards if ("SM-16", text) not in registry.guards] == []
        assert [text for text in row.effects if ("SM-16", text) not in registry.effects] == []


def test_a_due_diligence_needs_a_tier_and_says_what_the_questionnaire_lacks(inside):
    supplier = a_supplier(inside)
    refused(inside, supplier, "start", "Set the tier")
    Supplier.objects.filter(pk=supplier.pk).update(tier="low")
    supplier.refresh_from_db()

    step(inside, supplier, "start", "lead")

    told = Notification.objects.filter(text__contains="has no e-mail address on record").get()
    assert told.member == inside.member["owner"]


def test_whoever_entered_or_examined_a_supplier_does_not_approve_it(inside):
    supplier = ready(inside, "due_diligence")
    before = stored(supplier)
    with pytest.raises(RuleBroken, match="Another person decides"):
        step(inside, supplier, "approve", "lead")
    assert stored(supplier) == before
    Supplier.objects.filter(pk=supplier.pk).update(submitted_by=inside.member["top"])
    supplier.refresh_from_db()
    refused(inside, supplier, "approve", "Another person decides")


def test_an_approval_needs_every_clause_answered_with_its_place(inside):
    supplier = ready(inside, "due_diligence")
    contract = {**CONTRACT, "exit": {"answer": "no", "where": ""}}
    Supplier.objects.filter(pk=supplier.pk).update(contract=contract)
    supplier.refresh_from_db()

    refused(inside, supplier, "approve", "Leaving: data back")


def test_an_approval_with_conditions_needs_an_open_one(inside):
    supplier = ready(inside, "due_diligence")
    condition = SupplierCondition.objects.get()
    parts.meet_condition(actor=inside.lead, condition=condition, note="Seen", now=NOW)

    refused(inside, supplier, "approve_with_conditions", "Add the conditions")


@pytest.mark.parametrize(("state", "action"), [("due_diligence", "reject"), ("under_review", "suspend")])
def test_a_refusal_of_a_supplier_needs_a_reason(inside, state, action):
    refused(inside, ready(inside, state), action, "Give a reason", reason=" ")


def test_a_supplier_is_taken_into_use_only_with_duties_shared_out(inside):
    supplier = ready(inside, "approved")
    Supplier.objects.filter(pk=supplier.pk).update(duties="")
    supplier.refresh_from_db()

    refused(inside, supplier, "activate", "who has which duty")


def test_a_blocking_condition_keeps_a_supplier_out_of_use(inside):
    supplier = ready(inside, "approved_with_conditions")
    SupplierCondition.objects.update(is_blocking=True)
    refused(inside, supplier, "activate", "1 blocking condition is not met")
    parts.meet_condition(
        actor=inside.lead, condition=SupplierCondition.objects.get(), note="Report seen", now=NOW
    )

    step(inside, supplier, "activate")

    supplier.refresh_from_db()
    assert supplier.next_review_date == datetime.date(2027, 5, 22)  # high: six months


def test_a_review_has_its_date_or_an_event_on_record(inside):
    supplier = ready(inside, "active")
    Supplier.objects.filter(pk=supplier.pk).update(next_review_date=TODAY + DAY)
    supplier.refresh_from_db()
    refused(inside, supplier, "trigger_review", "not reached", trigger="date")
    refused(inside, supplier, "trigger_review", "Record the supplier event", trigger="model_change")
    refused(inside, supplier, "trigger_review", "Say what asks", trigger="whim")
    parts.record_event(
        actor=inside.owner, supplier=supplier, kind="version_change", text="3.3", happened_on=TODAY, now=NOW
    )

    step(inside, supplier, "trigger_review", trigger="model_change")

    request = SupplierNotice.objects.get(kind="review_request")
    assert (request.is_open_request, request.due_date) == (True, TODAY + 30 * DAY)


def test_the_daily_round_starts_due_reviews_once(inside):
    supplier = ready(inside, "active")

    rounds.daily_round(inside.system, TODAY)
    rounds.daily_round(inside.system, TODAY)

    supplier.refresh_from_db()
    assert supplier.state == "under_review"
    assert SupplierNotice.objects.filter(kind="review_request").count() == 1


def test_a_suspension_tells_the_owners_of_the_systems_and_stays_in_their_work(inside):
    supplier = ready(inside, "under_review")
    Supplier.objects.filter(pk=supplier.pk).update(owner=None)
    supplier.refresh_from_db()
    system = a_complete_system(inside)
    parts.link_system(actor=inside.lead, supplier=supplier, system=system, now=NOW)

    step(inside, supplier, "suspend", reason="Leak")

    told = Notification.objects.filter(text__contains="re-evaluate the systems it serves")
    assert inside.member["owner"].pk in set(told.values_list("member_id", flat=True))
    lines = [item.title for item in places.work(inside.owner, TODAY)]
    assert lines == ["Re-evaluate the systems that Example Software serves"]


def test_linking_a_system_again_keeps_what_is_left_blank(inside):
    supplier, system = ready(inside, "active"), a_complete_system(inside)
    link = {"actor": inside.lead, "supplier": supplier, "system": system, "now": NOW}
    parts.link_system(**link, delivers="The model", model_name="Sorter", model_version="3.2")

    parts.link_system(**link)
    again = parts.link_system(**link, delivers=" ", model_version="3.3")

    again.refresh_from_db()
    assert (again.delivers, again.model_name, again.model_version) == ("The model", "Sorter", "3.3")
    assert TrailEvent.objects.filter(action="supplier.system_linked").count() == 2


def test_a_suspended_supplier_is_used_again_only_after_an_accepted_answer(inside):
    supplier = ready(inside, "suspended")
    SupplierNotice.objects.update(accepted_at=None)

    refused(inside, supplier, "restore", "corrective request")


@pytest.mark.parametrize("lack", [{"exit_plan": ""}, {"exit_done_on": None}, {"exit_done_on": TODAY + DAY}])
def test_a_use_ends_only_with_the_exit_plan_done(inside, lack):
    supplier = ready(inside, "active")
    Supplier.objects.filter(pk=supplier.pk).update(**lack)
    supplier.refresh_from_db()

    refused(inside, supplier, "exit", "exit plan")


def test_suppliers_do_not_come_to_serve_themselves(inside):
    first, second, third = (a_supplier(inside, name) for name in ("One", "Two", "Three"))
    parts.add_sub_supplier(actor=inside.lead, supplier=first, sub_supplier=second, now=NOW)
    parts.add_sub_supplier(actor=inside.lead, supplier=second, sub_supplier=third, now=NOW)

    for upper, lower in ((third, first), (second, second)):
        with pytest.raises(RuleBroken, match="cannot serve itself"):
            parts.add_sub_supplier(actor=inside.lead, supplier=upper, sub_supplier=lower, now=NOW)

    assert SubSupplier.objects.count() == 2
    require_no_cycle(1, 4, [(1, 2), (2, 3), (1, 3)])


def test_names_on_systems_become_linked_records_in_one_act(inside):
    known = a_supplier(inside, "Clinara")
    systems = [
        a_complete_system(inside, name="Triage", supplier="clinara", model_version="3.2"),
        a_complete_system(inside, name="Letters", supplier="Scribely"),
        a_complete_system(inside, name="Own", supplier="", sourcing="own"),
    ]

    assert parts.link_names(actor=inside.lead, now=NOW) == 2
    assert parts.link_names(actor=inside.lead, now=NOW) == 0

    link = SupplierSystem.objects.get(system=systems[0])
    assert (link.supplier, link.model_version) == (known, "3.2")
    assert sorted(Supplier.objects.values_list("name", flat=True)) == ["Clinara", "Scribely"]
    systems[0].refresh_from_db()
    assert systems[0].supplier == "clinara"


def test_an_owner_links_the_names_of_own_systems_only(inside):
    a_complete_system(inside, name="Own", supplier="Scribely")
    a_complete_system(inside, name="Other", supplier="Lumen", owner=None)

    assert parts.link_names(actor=inside.owner, now=NOW) == 1
    assert Supplier.objects.get().owner == inside.member["owner"]


def test_an_owner_does_not_keep_the_suppliers_of_others(inside):
    supplier = a_supplier(inside, owner=inside.member["lead"])
    before = stored(supplier)
    with pytest.raises(NotAllowed):
        services.edit_supplier(
            actor=inside.owner, supplier=supplier, row_version=1, changes={"terms": "Mine"}, now=NOW
        )
    with pytest.raises(NotAllowed):
        parts.add_condition(actor=inside.owner, supplier=supplier, text="X", due_date=TODAY, now=NOW)
    assert stored(supplier) == before


def test_a_name_is_given_once_and_an_older_version_is_not_written(inside):
    supplier, other = a_supplier(inside, "Clinara"), a_supplier(inside, "Lumen")
    with pytest.raises(RuleBroken, match="has this name already"):
        a_supplier(inside, "CLINARA")
    services.edit_supplier(
        actor=inside.lead, supplier=other, row_version=1, changes={"terms": "New"}, now=NOW
    )
    with pytest.raises(StaleState):
        services.edit_supplier(
            actor=inside.lead, supplier=other, row_version=1, changes={"terms": "Old"}, now=NOW
        )
    other.refresh_from_db()
    assert (other.terms, supplier.pk != other.pk, Supplier.objects.count()) == ("New", True, 2)


def test_requests_and_conditions_are_closed_once_and_need_words(inside):
    supplier = a_supplier(inside)
    with pytest.raises(RuleBroken, match="answer is due"):
        parts.record_event(
            actor=inside.lead,
            supplier=supplier,
            kind="corrective_request",
            text="X",
            happened_on=TODAY,
            now=NOW,
        )
    with pytest.raises(RuleBroken, match="lies ahead"):
        parts.record_event(
            actor=inside.lead, supplier=supplier, kind="other", text="X", happened_on=TODAY + DAY, now=NOW
        )
    notice = parts.record_event(
        actor=inside.lead, supplier=supplier, kind="other", text="X", happened_on=TODAY, now=NOW
    )
    with pytest.raises(RuleBroken, match="Only a request"):
        parts.accept_answer(actor=inside.lead, event=notice, answer="Y", now=NOW)
    assert SupplierNotice.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "asked"), [("version_change", "model"), ("terms", "supplier"), ("review_request", "")]
)
def test_a_notice_asks_the_owners_of_systems_in_use_what_it_changes(inside, kind, asked):
    supplier = a_supplier(inside)
    used = a_complete_system(inside, stage="operation_monitoring")
    retired = a_complete_system(inside, name="Old sorter", stage="retired")
    for system in (used, retired):
        parts.link_system(actor=inside.lead, supplier=supplier, system=system, now=NOW)

    parts.record_event(
        actor=inside.lead,
        supplier=supplier,
        kind=kind,
        text="X",
        happened_on=TODAY,
        due_date=TODAY + DAY,
        now=NOW,
    )

    told = Notification.objects.filter(dedupe__startswith="supplier-notice")
    wanted = [(inside.member["owner"].pk, inside.url(f"systems/{used.pk}/what-changed/?kind={asked}"))]
    assert list(told.values_list("member", "url")) == (wanted if asked else [])


def served(**values: Any) -> Served:
    plain: dict[str, Any] = {
        "stage": "operation_monitoring",
        "ai_type": "nlp_classifier",
        "automation_degree": "recommendation",
        "special_categories": [],
        "affected_count": 0,
    }
    return Served(**{**plain, **values})


@pytest.mark.parametrize(
    ("systems", "tier"),
    [
        ([], ""),
        ([served()], "low"),
        ([served(), served(affected_count=None)], "medium"),
        ([served(affected_count=12)], "medium"),
        ([served(), served(special_categories=["health"])], "high"),
        ([served(automation_degree="full")], "high"),
        ([served(ai_type="biometric")], "high"),
        ([served(ai_type="biometric", stage="retired")], ""),
    ],
)
def test_the_tier_is_proposed_from_the_systems_served(systems, tier):
    assert proposed_tier(systems) == tier


def test_an_answer_without_a_place_leaves_a_clause_open():
    assert open_clauses(CONTRACT) == []
    assert open_clauses({**CONTRACT, "duties": {"answer": "yes", "where": " "}}) == ["Who has which duty"]


def test_reviews_conditions_and_certificates_are_reminded_of(inside):
    supplier = a_supplier(inside, next_review_date=TODAY + 60 * DAY)
    parts.add_condition(
        actor=inside.lead, supplier=supplier, text="Report", due_date=TODAY - 7 * DAY, now=NOW
    )
    item = Evidence.objects.create(
        reference="EV-900", title="ISO 27001", state="accepted", valid_until=TODAY + 30 * DAY
    )
    parts.link_certificate(actor=inside.lead, supplier=supplier, evidence=item, now=NOW)

    found = {due.rule: due for due in reminders.due(TODAY)}

    owner, lead = inside.member["owner"].pk, inside.member["lead"].pk
    assert found["supplier_review"].member_ids == (owner,)
    assert found["supplier_certificate"].member_ids == (owner,)
    assert set(found["supplier_condition"].member_ids) >= {owner, lead}
    put_into(supplier, "exited")
    assert list(reminders.due(TODAY)) == []


def test_the_record_of_one_organization_is_nobody_elses(inside, other_house):
    supplier = a_supplier(inside)
    with acting_in(other_house.organization):
        assert not Supplier.objects.filter(pk=supplier.pk).exists()
        assert queries.names_to_link(other_house.lead) == []
