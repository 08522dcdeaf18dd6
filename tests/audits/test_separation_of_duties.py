"""Each rule of separation of duties, from the catalog and from the acts that exceptions can name:
refused with nothing changed, allowed under an exception, refused again after its end and for a delegate."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import time_machine

from aims.core import evidence, permissions
from aims.core.actor import Actor
from aims.core.catalogs import MACHINES, catalog
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Delegation, Member, SeparationException, TrailEvent
from aims.core.registry import registry
from aims.core.services.organizations import change_roles
from aims.core.services.separation import act_named, end_exception, grant_exception
from aims.core.tenancy.context import acting_as
from audits.models import Audit
from audits.services import audits, findings
from controls import soa
from controls.models import CompetenceRecord
from controls.services import implementation
from controls.services.competence import move_competence
from inventory.models import ChangeRequest, ScopeStatement, StageRecord, Supplier
from inventory.services.changes import move_change
from inventory.services.scope import approve_scope_statement, write_scope_statement
from inventory.services.stage_records import approve_deviation
from inventory.services.suppliers import move_supplier
from risk.models import ImpactAssessment, LegalClassification, Risk, RiskApproval, RiskCriteria
from risk.services import approvals, impact_reviews
from risk.services.classification import approve_classification
from risk.services.criteria import approve_criteria
from tests.audits.conftest import CRITERIA, audit_in, control_of, plan
from tests.cast import NOW, TODAY, House
from tests.controls.conftest import Desk
from tests.controls.test_competence import required as a_competence
from tests.core.evidence_sample import submitted
from tests.inventory.test_changes import a_change
from tests.inventory.test_gates import at as a_system_at
from tests.inventory.test_gates import written as a_stage_record
from tests.inventory.test_suppliers import ready as a_ready_supplier
from tests.risk.conftest import LOW, Ward, make_system
from tests.risk.conftest import approve_criteria as agree_on_criteria
from tests.risk.test_classification import answered as an_answered_classification
from tests.risk.test_guards import in_review as assessment_in_review

DAY = datetime.timedelta(days=1)
#: The complete list of SOD-07.
AUDITOR_WRITES = {
    "audits.add_request",
    "audits.close_request",
    "audits.comment_request",
    "audits.decide_request",
    "audits.do_external_audit",
    "core.accept_grant",
}


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@dataclass
class Case:
    """An act that `who` may do by role, on a record that their own hand is in."""

    who: str
    obj: Any
    act: Callable[[Actor], Any]


def ward_of(house: House) -> Ward:
    agree_on_criteria(house)
    return Ward(house, make_system(house))


def own_evidence(house: House) -> Case:
    item = submitted(house, who="lead")
    return Case("lead", item, lambda who: evidence.accept_evidence(actor=who, evidence=item, now=NOW))


def own_scope(house: House) -> Case:
    with acting_as(house.lead) as lead:
        scope = write_scope_statement(actor=lead, statement="All systems", boundaries="None", now=NOW)
    scope = by(ScopeStatement, scope, author=house.member["top"])
    return Case("top", scope, lambda who: approve_scope_statement(actor=who, scope=scope, now=NOW))


def own_supplier(house: House) -> Case:
    with acting_as(house.lead):
        supplier = a_ready_supplier(house, "due_diligence")
    supplier = by(Supplier, supplier, author=house.member["top"])
    return Case(
        "top",
        supplier,
        lambda who: move_supplier(actor=who, supplier=supplier, action="approve", now=NOW),
    )


def own_deviation(house: House) -> Case:
    with acting_as(house.lead):
        system = a_system_at(house, "verification_validation")
        found = a_stage_record(house, system, "validation", criteria_met="no", deviation="Recall 0.88")
    found = by(StageRecord, found, author=house.member["top"])
    return Case("top", found, lambda who: approve_deviation(actor=who, record=found, now=NOW))


def own_classification(house: House) -> Case:
    with acting_as(house.owner):
        found = an_answered_classification(house)
    found = by(LegalClassification, found, contributors=[house.member["top"].pk])
    return Case(
        "top",
        found,
        lambda who: approve_classification(actor=who, classification=found, now=NOW),
    )


def own_change(house: House) -> Case:
    with acting_as(house.lead):
        found = by(ChangeRequest, a_change(house, "assessed"), author=house.member["top"])
    return Case("top", found, lambda who: move_change(actor=who, change=found, action="approve", now=NOW))


def own_competence(house: House) -> Case:
    with acting_as(house.lead):
        found = a_competence(house, "lead")
    found = by(CompetenceRecord, found, state="completed")
    return Case(
        "lead",
        found,
        lambda who: move_competence(
            actor=who, record=found, action="confirm_effective", check_result="Seen", now=NOW
        ),
    )


def own_criteria(house: House) -> Case:
    found = by(RiskCriteria, RiskCriteria.objects.get(), author=house.member["top"])
    return Case("top", found, lambda who: approve_criteria(actor=who, criteria=found, now=NOW))


def own_plan(house: House) -> Case:
    ward = ward_of(house)
    found = by(RiskApproval, ward.plan_of(ward.planned()), submitted_by=house.member["top"])
    return Case("top", found, lambda who: approvals.approve(actor=who, approval=found, now=NOW))


def acceptance_of_own_risk(house: House) -> Case:
    ward = ward_of(house)
    found = ward.proposed(ward.evaluated())
    by(Risk, found.risk, owner=house.member["top"])
    found = RiskApproval.objects.get(pk=found.pk)
    return Case("top", found, lambda who: approvals.approve(actor=who, approval=found, now=NOW))


def own_risk_within_appetite(house: House) -> Case:
    risk = by(Risk, ward_of(house).evaluated(LOW), owner=house.member["top"])
    return Case("top", risk, lambda who: approvals.accept(actor=who, risk=risk, now=NOW))


def own_answers(house: House) -> Case:
    found = assessment_in_review(ward_of(house))
    found = by(ImpactAssessment, found, contributors=[house.member["lead"].pk])
    return Case(
        "lead", found, lambda who: impact_reviews.approve_assessment(actor=who, assessment=found, now=NOW)
    )


def high_impacts_of_own_system(house: House) -> Case:
    found = assessment_in_review(ward_of(house), residual=4)
    by(type(found.system), found.system, owner=house.member["top"])
    found = ImpactAssessment.objects.get(pk=found.pk)
    return Case(
        "top", found, lambda who: impact_reviews.approve_assessment(actor=who, assessment=found, now=NOW)
    )


def own_statement(house: House) -> Case:
    found = Desk(house, ward_of(house)).in_review()
    found = by(type(found), found, author=house.member["top"])
    return Case("top", found, lambda who: soa.approve_soa(actor=who, soa=found, now=NOW))


def own_control(house: House) -> Case:
    control = Desk(house, ward_of(house)).implemented()
    control = by(type(control), control, owner=house.member["internal_auditor"])
    return Case(
        "internal_auditor",
        control,
        lambda who: implementation.verify(actor=who, control=control, test_record="Ran 20 cases", now=NOW),
    )


def audit_of_own_control(house: House) -> Case:
    with acting_as(house.internal_auditor):
        audit = audit_in(house, "in_progress")
        item = audit.items.filter(requirement="A.6.2.4").first()
    control_of("A.6.2.4", owner=house.member["internal_auditor"])
    return Case(
        "internal_auditor",
        audit,
        lambda who: audits.record_result(actor=who, item=item, result="conforming", notes="Seen", now=NOW),
    )


def finding_about_own_control(house: House) -> Case:
    control = control_of("A.6.2.4", owner=house.member["internal_auditor"])
    with acting_as(house.lead) as lead:
        found = findings.draft_finding(
            actor=lead,
            title="Two releases without a report",
            grade="minor",
            requirement="A.6.2.4",
            evidence_text="Releases of May",
            statement="Tests are missing",
            control=control,
            auditee=house.member["control_owner"],
            now=NOW,
        )
    return Case(
        "internal_auditor", found, lambda who: findings.raise_finding(actor=who, finding=found, now=NOW)
    )


def by(model: Any, row: Any, **hands: Any) -> Any:
    """The row as if these people's hands had been in it."""
    model.objects.filter(pk=row.pk).update(**hands)
    return model.objects.get(pk=row.pk)


CASES: dict[str, Callable[[House], Case]] = {
    "SOD-01 inventory.scopestatement": own_scope,
    "SOD-01 inventory.changerequest": own_change,
    "SOD-01 inventory.stagerecord": own_deviation,
    "SOD-01 inventory.supplier": own_supplier,
    "SOD-01 risk.riskcriteria": own_criteria,
    "SOD-01 risk.riskapproval": own_plan,
    "SOD-01 risk.impactassessment": own_answers,
    "SOD-01 risk.legalclassification": own_classification,
    "SOD-01 controls.competencerecord": own_competence,
    "SOD-01 controls.statementofapplicability": own_statement,
    "SOD-02 audits.audit": audit_of_own_control,
    "SOD-02 audits.finding": finding_about_own_control,
    "SOD-03 controls.control": own_control,
    "SOD-04 risk.riskapproval": acceptance_of_own_risk,
    "SOD-04 risk.risk": own_risk_within_appetite,
    "SOD-05 core.evidence": own_evidence,
    "SOD-08 risk.impactassessment": high_impacts_of_own_system,
}
#: The rules that no exception lifts, each with its own tests.
WITHOUT_EXCEPTION = {"SOD-06", "SOD-07", "SOD-09", "SOD-10"}


def attempt(case: Case, actor: Actor) -> None:
    with acting_as(actor):
        case.act(actor)


def refuse(case: Case, actor: Actor) -> RuleBroken:
    """The refusal, after which record, trail and everything that tells of the act are as before."""
    before = told_of(case)
    with pytest.raises(RuleBroken) as refused:
        attempt(case, actor)
    assert told_of(case) == before
    return refused.value


def told_of(case: Case) -> tuple[Any, ...]:
    return (
        type(case.obj).objects.filter(pk=case.obj.pk).values().get(),
        TrailEvent.objects.count(),
        list(Audit.objects.values_list("items__result", "items__tested_by").order_by("items")),
    )


def granted(house: House, act: str, who: str, **given: Any) -> SeparationException:
    by_whom = "lead" if who == "top" else "top"
    values: dict[str, Any] = {"ends_on": TODAY + 30 * DAY} | given
    with acting_as(house.actor(by_whom)) as actor:
        return grant_exception(
            actor=actor,
            act=act_named(act),
            member=house.member[who],
            reason="Two people only",
            compensating_check="The other one reads the list each month",
            now=NOW,
            **values,
        )


def standing_for(house: House, who: str, delegate: str = "staff") -> Actor:
    """Somebody whom that person delegated their role to."""
    role = house.member[who].roles[0]
    actor = house.actor(delegate)
    return replace(actor, roles=actor.roles | {role}, delegations=((role, house.member[who].pk),))


def test_every_rule_of_the_catalog_and_every_act_of_an_exception_is_tested_here() -> None:
    named = {f"{act.rule} {act.object_type}" for act in registry.separated_acts}
    rules = {rule["id"] for rule in catalog(MACHINES)["separation_of_duties"]}

    assert named == set(CASES)
    assert rules == {name.split()[0] for name in CASES} | WITHOUT_EXCEPTION


@pytest.mark.parametrize("act", CASES)
def test_nobody_stands_on_both_sides_and_a_refusal_changes_nothing(acting: House, act: str) -> None:
    case = CASES[act](acting)

    assert refuse(case, acting.actor(case.who)).code == act.split()[0]


@pytest.mark.parametrize("act", CASES)
def test_an_exception_allows_the_act_and_the_trail_names_it(acting: House, act: str) -> None:
    case = CASES[act](acting)
    exception = granted(acting, act, case.who)
    before = told_of(case)

    attempt(case, acting.actor(case.who))

    assert told_of(case) != before
    lines = TrailEvent.objects.filter(action="separation.excepted")
    assert {(line.object_type, line.object_id) for line in lines} == {(act.split()[1], case.obj.pk)}
    assert all(exception.reference in line.body and act.split()[0] in line.body for line in lines)


@pytest.mark.parametrize("act", CASES)
def test_after_its_end_it_allows_nothing(acting: House, act: str) -> None:
    case = CASES[act](acting)
    exception = granted(acting, act, case.who)
    with acting_as(acting.actor("lead" if case.who == "top" else "top")) as actor:
        end_exception(actor=actor, exception=exception, now=NOW)
    granted(acting, act, case.who, ends_on=TODAY)

    with time_machine.travel(NOW + DAY, tick=False):
        refused = refuse(case, acting.actor(case.who))

    assert refused.code == act.split()[0]


@pytest.mark.parametrize("act", CASES)
def test_an_exception_for_another_person_or_rule_allows_nothing(acting: House, act: str) -> None:
    case = CASES[act](acting)
    granted(acting, act, "owner")
    other = next(name for name in CASES if name.split()[1] != act.split()[1])
    granted(acting, other, case.who)

    assert refuse(case, acting.actor(case.who)).code == act.split()[0]


@pytest.mark.parametrize("act", CASES)
def test_whoever_acts_for_that_person_is_refused_too_whatever_exception_runs(acting: House, act: str) -> None:
    case = CASES[act](acting)
    granted(acting, act, case.who)
    granted(acting, act, "staff")

    assert refuse(case, standing_for(acting, case.who)).code == act.split()[0]


# SOD-02 for teams


def delegation(
    house: House, giver: str, taker: str, role: str, *, first: int = 0, last: int = 5
) -> Delegation:
    return Delegation.objects.create(
        delegator=house.member[giver],
        delegate=house.member[taker],
        role=role,
        starts_on=TODAY + first * DAY,
        ends_on=TODAY + last * DAY,
        reason="Leave",
        created_at=NOW,
    )


def test_an_auditor_who_stands_for_an_owner_is_not_put_into_the_team(acting: House) -> None:
    control_of("A.6.2.4", owner=acting.member["control_owner"])
    delegation(acting, "control_owner", "internal_auditor", "control_owner")

    with pytest.raises(RuleBroken, match=r"owns A\.6\.2\.4") as refused:
        plan(acting, criteria=CRITERIA)

    assert refused.value.code == "SOD-02"
    assert Audit.objects.count() == 0


def test_no_exception_of_the_auditor_covers_whom_they_stand_for(acting: House) -> None:
    control_of("A.6.2.4", owner=acting.member["control_owner"])
    delegation(acting, "control_owner", "internal_auditor", "control_owner")
    granted(acting, "SOD-02 audits.audit", "internal_auditor")

    with pytest.raises(RuleBroken, match=r"owns A\.6\.2\.4"):
        plan(acting, criteria=CRITERIA)

    assert Audit.objects.count() == 0


@pytest.mark.parametrize("over", ["ended", "to come", "taken back", "without the role", "gone"])
def test_a_delegation_that_does_not_run_ties_nobody(acting: House, over: str) -> None:
    giver = acting.member["control_owner"]
    control_of("A.6.2.4", owner=giver)
    days = {"ended": {"first": -9, "last": -1}, "to come": {"first": 1, "last": 5}}.get(over, {})
    row = delegation(acting, "control_owner", "internal_auditor", "control_owner", **days)
    if over == "taken back":
        Delegation.objects.filter(pk=row.pk).update(revoked_at=NOW)
    if over == "without the role":
        Member.objects.filter(pk=giver.pk).update(roles=["staff"])
    if over == "gone":
        Member.objects.filter(pk=giver.pk).update(is_active=False)

    assert plan(acting, criteria=CRITERIA).team.count() == 1


@pytest.mark.parametrize("verb", ["add_question", "end_fieldwork", "issue_report", "close"])
def test_duties_that_came_after_the_team_was_made_end_the_audit_for_that_auditor(
    acting: House, verb: str
) -> None:
    given: dict[str, dict[str, Any]] = {
        "add_question": {"requirement": "9.1", "question": "Who looks at it?"},
        "issue_report": {"conclusion": "Met", "effectiveness": "Good", "signed": True},
    }
    audit = audit_in(acting, "in_progress")
    control_of("A.6.2.4", owner=acting.member["internal_auditor"])

    with pytest.raises(RuleBroken, match=r"owns A\.6\.2\.4") as refused:
        getattr(audits, verb)(actor=acting.internal_auditor, audit=audit, now=NOW, **given.get(verb, {}))

    assert refused.value.code == "SOD-02"
    assert Audit.objects.get(pk=audit.pk).state == "in_progress"


# SOD-06, SOD-07, SOD-09, SOD-10


@pytest.mark.parametrize("act", CASES)
def test_an_administrator_decides_on_no_record(acting: House, act: str) -> None:
    case = CASES[act](acting)
    before = told_of(case)

    with pytest.raises(NotAllowed):
        attempt(case, acting.admin)

    assert told_of(case) == before


def test_an_administrator_gives_themselves_no_role(acting: House) -> None:
    with pytest.raises(RuleBroken) as refused, acting_as(acting.admin) as actor:
        change_roles(actor=actor, member=acting.member["admin"], roles=["admin", "compliance_lead"])

    assert refused.value.code == "SOD-06"
    assert Member.objects.get(pk=acting.member["admin"].pk).roles == ["admin"]


def test_an_external_auditor_may_write_what_is_on_the_list_only() -> None:
    may = {
        name
        for name, verb in permissions.verbs().items()
        if permissions.EXTERNAL_AUDITOR in verb.roles | verb.own_roles and not permissions.only_reads(name)
    }

    assert may == AUDITOR_WRITES


@pytest.mark.parametrize("act", CASES)
def test_nobody_grants_themselves_an_exception_nor_through_a_delegate(acting: House, act: str) -> None:
    for actor in (acting.lead, standing_for(acting, "lead", "owner")):
        with pytest.raises(RuleBroken) as refused, acting_as(actor):
            grant_exception(
                actor=actor,
                act=act_named(act),
                member=acting.member["lead"],
                reason="x",
                compensating_check="x",
                ends_on=TODAY,
                now=NOW,
            )
        assert refused.value.code == "SOD-09"

    assert SeparationException.objects.count() == 0
