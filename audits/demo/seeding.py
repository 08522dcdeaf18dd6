"""Builds a sample organization through the verbs, with domain dates spread over two years.

Trail time stays real: the trail says that all of this was entered today.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aims.core import evidence as evidence_workflow
from aims.core.actor import Actor, member_actor
from aims.core.messages import without_mail
from aims.core.models import Evidence, Member, Notification, Organization
from aims.core.services.organizations import add_member, create_organization
from aims.core.tenancy.context import acting_as, acting_in
from audits import packs
from audits.demo import plan
from audits.demo.audits import seed_audits
from audits.demo.context import seed_context
from audits.demo.impact import seed_impact_forms
from audits.demo.incidents import seed_incidents
from audits.demo.inventory import seed_inventory
from audits.demo.monitoring import seed_metrics
from audits.demo.plan import Clock
from audits.demo.questionnaires import seed_questionnaires
from audits.demo.suppliers import seed_suppliers
from controls import soa as statement
from controls.enums import ImplementationState, ReasonKind
from controls.models import Control, SoAEntry, StatementOfApplicability
from controls.rules import Reason
from controls.services import evidence as control_evidence
from controls.services import implementation, library
from controls.services.treatment import plan_treatment
from inventory.models import AISystem
from inventory.services import scope as scopes
from inventory.services import sectors
from inventory.services import systems as inventory
from risk import questionnaire
from risk.enums import PlanKind, ScreeningOutcome, TreatmentOption
from risk.models import Risk, RiskCriteria
from risk.scoring import Ratings
from risk.services import approvals, assessments, criteria, risks, treatment

LATEST_NOTIFICATIONS = 5
PLAN_DAYS = 60


class Sample:
    """One sample organization in the making: its plan, its people, and what was made so far."""

    organization: Organization

    def __init__(self, name: str, *, now: datetime.datetime, passwords: Mapping[str, str]) -> None:
        self.plan = plan.read(name)
        self.clock = Clock(now)
        self.passwords = passwords
        self.people: dict[str, Member] = {}
        self.systems: dict[str, AISystem] = {}

    def actor(self, who: str) -> Actor:
        return member_actor(self.people[who], request_id="sample")

    def first_with(self, role: str) -> str:
        """The first person of the plan who holds a role."""
        return next(who for who, person in self.plan["people"].items() if role in person["roles"])

    @property
    def lead(self) -> str:
        return self.first_with("compliance_lead")

    @property
    def top(self) -> str:
        return self.first_with("top_management")

    def member(self, who: str | None) -> Member | None:
        return self.people[who] if who else None


@transaction.atomic
def seed(name: str, *, now: datetime.datetime, passwords: Mapping[str, str]) -> Sample:
    """The whole organization or nothing; its first Stage 1 pack is asked for through the real queue."""
    sample = Sample(name, now=now, passwords=passwords)
    facts = sample.plan["organization"]
    start = sample.clock.ago(700)
    sample.organization = create_organization(**facts, is_sample=True, now=start)
    with without_mail(), acting_in(sample.organization) as portal:
        seed_people(sample, portal)
        seed_scope(sample)
        seed_context(sample)
        approve_criteria(sample)
        seed_systems(sample)
        seed_controls(sample)
        seed_evidence(sample)
        seed_suppliers(sample)
        seed_questionnaires(sample)
        seed_inventory(sample)
        seed_metrics(sample)
        seed_incidents(sample)  # before risks: what it makes due would be overdue by now
        seed_risks(sample)
        seed_screenings(sample)
        seed_impact_forms(sample)
        seed_statements(sample)
        seed_audits(sample)
        forget_old_messages()
        if sample.plan["soa"]:
            with acting_as(sample.actor(sample.lead)) as lead:
                packs.request_pack(actor=lead, as_of=now.date(), now=now)
    return sample


def seed_people(sample: Sample, portal: Actor) -> None:
    for who, person in sample.plan["people"].items():
        sample.people[who] = add_member(
            actor=portal, **person, password=sample.passwords.get(person["email"])
        )


SCOPE_FACTS = ("statement", "boundaries", "sites", "exclusions")


def seed_scope(sample: Sample) -> None:
    facts = sample.plan["scope"]
    now = sample.clock.ago(facts["days"])
    with acting_as(sample.actor(sample.lead)) as lead:
        scope = scopes.write_scope_statement(
            actor=lead,
            now=now,
            **{key: facts[key] for key in SCOPE_FACTS if key in facts},
        )
    with acting_as(sample.actor(sample.top)) as top:
        scopes.approve_scope_statement(actor=top, scope=scope, now=now + datetime.timedelta(days=3))


def approve_criteria(sample: Sample) -> None:
    with acting_as(sample.actor(sample.top)) as top:
        draft = RiskCriteria.objects.get(approved_at=None)
        criteria.approve_criteria(actor=top, criteria=draft, now=sample.clock.ago(630))


OWN_KEYS = {
    "key",
    "name",
    "owner",
    "risk_owner",
    "stage",
    "live",
    "registered",
    "in_scope",
    "review_in",
    "screening",
}


def seed_systems(sample: Sample) -> None:
    clock = sample.clock
    with acting_as(sample.actor(sample.lead)) as lead:
        for sector in sample.plan["sectors"]:
            sectors.adopt_sector(actor=lead, sector=sector, now=clock.ago(620))
        for each in sample.plan["systems"]:
            live = clock.day_ago(each["live"]) if "live" in each else None
            # As found: what was in use when it was entered had reached that by then.
            entered = min(each["registered"], each.get("live", each["registered"]))
            sample.systems[each["key"]] = inventory.register_system(
                actor=lead,
                name=each["name"],
                now=clock.ago(entered),
                owner=sample.member(each.get("owner")),
                risk_owner=sample.member(each.get("risk_owner")),
                stage=each["stage"],
                stage_since=live or clock.day_ago(each["registered"]),
                live_since=live,
                oversight=[sample.people[each["owner"]]] if each.get("owner") and live else [],
                is_in_scope=True,
                scope_reason=each["in_scope"],
                next_review_date=clock.day(each["review_in"]) if "review_in" in each else None,
                **{key: value for key, value in each.items() if key not in OWN_KEYS},
            )


def seed_controls(sample: Sample) -> None:
    owners = sample.plan["controls"]["owners"]
    with acting_as(sample.actor(sample.lead)) as lead:
        for control in Control.objects.all():
            who = owners.get(".".join(control.reference.split(".")[:2]))
            if who:
                library.edit_control(
                    actor=lead,
                    control=control,
                    changes={
                        "owner": sample.people[who],
                        "how_implemented": f"By the procedure and the records of {sample.organization.name} "
                        f"for {control.title.lower()}.",
                        "applies_to": "Whole organization",
                    },
                    row_version=control.row_version,
                    now=sample.clock.ago(425),
                )


def seed_evidence(sample: Sample) -> None:
    controls = {control.reference: control for control in Control.objects.select_related("owner")}
    for each in sample.plan["evidence"]:
        owner = controls[each["controls"][0]].owner
        submitter = sample.people[sample.first_with("control_owner")] if owner is None else owner
        evidence = _submit(sample, each, submitter)
        reviewer = sample.lead if submitter.pk != sample.people[sample.lead].pk else _second_reviewer(sample)
        _accept(sample, each, evidence, reviewer)
        for reference in each["controls"]:
            with acting_as(sample.actor(sample.lead)) as lead:
                control_evidence.link_evidence(
                    actor=lead,
                    control=controls[reference],
                    evidence=evidence,
                    now=sample.clock.ago(each["days"]),
                )
        for key in each.get("systems", ()):
            with acting_as(sample.actor(sample.lead)) as lead:
                inventory.link_evidence(
                    actor=lead,
                    system=sample.systems[key],
                    evidence=evidence,
                    now=sample.clock.ago(each["days"]),
                )
    for control in Control.objects.exclude(owner=None):
        _bring_to_state(sample, control)


def _second_reviewer(sample: Sample) -> str:
    return sample.first_with("internal_auditor")


def _submit(sample: Sample, each: Mapping[str, Any], submitter: Member) -> Evidence:
    now = sample.clock.ago(each["days"])
    period = sample.clock.day_ago(each["days"] + 30)
    with acting_as(member_actor(submitter, request_id="sample")) as actor:
        return evidence_workflow.submit_evidence(
            actor=actor,
            title=each["title"],
            kind=each["kind"],
            source=submitter.name,
            file=io.BytesIO(_sample_file(sample, each)),
            file_name=f"{each['title'].lower().replace(' ', '-').replace(',', '')}.md",
            period_from=period,
            period_to=now.date(),
            now=now,
        )


def _accept(sample: Sample, each: Mapping[str, Any], evidence: Evidence, reviewer: str) -> None:
    if each.get("waiting"):
        return
    with acting_as(sample.actor(reviewer)) as actor:
        evidence_workflow.accept_evidence(
            actor=actor,
            evidence=evidence,
            valid_until=sample.clock.day(each["valid"]),
            now=sample.clock.ago(each["days"] - 2 if each["days"] > 2 else 0),
        )


def _sample_file(sample: Sample, each: Mapping[str, Any]) -> bytes:
    text = (
        f"# {each['title']}\n\nSample document of {sample.organization.name}, an invented organization.\n"
        f"It stands for the {each['kind'].replace('_', ' ')} that a real organization would keep here.\n\n"
        f"Serves: {', '.join(each['controls'])}\n"
    )
    return text.encode()


def _bring_to_state(sample: Sample, control: Control) -> None:
    """Implemented where there is evidence, else as the plan says; owners take the steps themselves."""
    wanted = sample.plan["controls"]
    if control.reference in wanted["excluded"]:
        return
    state = ImplementationState.IMPLEMENTED
    if control.reference in wanted["planned"] or not control.evidence_links.exists():
        state = ImplementationState.PLANNED
    if control.reference in wanted["in_progress"]:
        state = ImplementationState.IN_PROGRESS
    now = sample.clock.ago(5)
    with acting_as(sample.actor(sample.lead)) as lead:
        library.edit_control(
            actor=lead,
            control=control,
            changes={"target_date": sample.clock.day(90)},
            row_version=control.row_version,
            now=now,
        )
    keeper: Any = control.owner
    with acting_as(member_actor(keeper, request_id="sample")) as owner:
        implementation.move_to(actor=owner, control=Control.objects.get(pk=control.pk), state=state, now=now)


ORDER = ("identified", "analysed", "evaluated", "treatment_planned", "in_treatment", "treated", "accepted")


def seed_risks(sample: Sample) -> None:
    ids = dict(Control.objects.values_list("reference", "pk"))
    for each in sample.plan["risks"]:
        now = sample.clock.ago(each["days"])
        with acting_as(sample.actor(sample.lead)) as lead:
            risk = risks.identify_risk(
                actor=lead,
                title="",
                system=sample.systems[each["system"]],
                scenario=each["scenario"],
                owner=sample.member(each["owner"]),
                now=now,
            )
        _walk_risk(sample, risk, each, [ids[ref] for ref in each.get("controls", ())], now)


def _walk_risk(
    sample: Sample, risk: Risk, each: Mapping[str, Any], control_ids: list[int], now: datetime.datetime
) -> None:
    """Take one risk as far as the plan says, each step by whoever may take it."""
    reach = ORDER.index(each["way"])
    if reach == 0:
        return
    day = datetime.timedelta(days=1)
    with acting_as(sample.actor(each["owner"])) as owner:
        ratings = Ratings(*each["score"])
        risks.analyse(actor=owner, risk=risk, ratings=ratings, reason="Workshop with the ward", now=now + day)
        if reach >= ORDER.index("evaluated"):
            risks.evaluate(actor=owner, risk=risk, now=now + 2 * day)
        if reach >= ORDER.index("treatment_planned"):
            due = sample.clock.day(each["due_in"]) if "due_in" in each else (now + PLAN_DAYS * day).date()
            plan_treatment(
                actor=owner,
                risk=risk,
                option=TreatmentOption.MODIFY,
                control_ids=control_ids,
                plan="Put the chosen controls in place for this system and show that they work.",
                due_date=due,
                now=min(now + 3 * day, sample.clock.now),
            )
    if reach >= ORDER.index("in_treatment"):
        _approve_plan(sample, risk, each, now + 5 * day)
    if reach >= ORDER.index("treated"):
        with acting_as(sample.actor(each["owner"])) as owner:
            treatment.complete_treatment(
                actor=owner,
                risk=risk,
                residual=Ratings(*each["residual"]),
                done="The controls are in place; the evidence is linked to them.",
                now=min(now + 40 * day, sample.clock.now),
            )
    if reach >= ORDER.index("accepted"):
        _accept_risk(sample, risk, each)
    _look_again(sample, risk)


def _look_again(sample: Sample, risk: Risk) -> None:
    """Reviews of the last two years were held: the next one lies ahead, except for every twelfth risk."""
    risk.refresh_from_db()
    number = int(risk.reference.partition("-")[2])
    days_ahead = -5 if number % 12 == 0 else 25 + number * 11 % 170
    with acting_as(sample.actor(sample.lead)) as lead:
        risks.edit_risk(
            actor=lead,
            risk=risk,
            row_version=risk.row_version,
            changes={"review_date": sample.clock.day(days_ahead)},
            now=sample.clock.ago(30),
        )


def _approve_plan(sample: Sample, risk: Risk, each: Mapping[str, Any], now: datetime.datetime) -> None:
    draft = risk.approvals.get(kind=PlanKind.TREATMENT)
    with acting_as(sample.actor(each["owner"])) as owner:
        approvals.submit_approval(actor=owner, approval=draft, now=now)
    with acting_as(sample.actor(sample.top)) as top:
        approvals.approve(actor=top, approval=draft, now=now)
    risk.refresh_from_db()
    with acting_as(sample.actor(each["owner"])) as owner:
        treatment.start_treatment(actor=owner, risk=risk, now=now)


def _accept_risk(sample: Sample, risk: Risk, each: Mapping[str, Any]) -> None:
    now = sample.clock.ago(45)
    risk.refresh_from_db()
    with acting_as(sample.actor(each["owner"])) as owner:
        proposal = approvals.propose_acceptance(
            actor=owner,
            risk=risk,
            reason="What remains is small against the benefit for patients and is watched.",
            expires_on=sample.clock.day(120),
            now=now,
        )
    with acting_as(sample.actor(sample.top)) as top:
        approvals.approve(actor=top, approval=proposal, now=now)


def seed_screenings(sample: Sample) -> None:
    questions = [question.id for question in questionnaire.screening_questions()]
    for each in sample.plan["systems"]:
        if "screening" not in each:
            continue
        facts = each["screening"]
        now, system = sample.clock.ago(facts["days"]), sample.systems[each["key"]]
        answers = dict(zip(questions, map(plan.answer, facts["answers"]), strict=True))
        with acting_as(sample.actor(each["owner"])) as owner:
            assessment = assessments.start_assessment(actor=owner, system=system, now=now)
            assessments.save_answers(actor=owner, assessment=assessment, answers=answers, now=now)
            assessment.refresh_from_db()
            assessments.finish_screening(
                actor=owner, assessment=assessment, now=now, reason="Answered with the users of the system."
            )
        if not facts.get("pending"):
            _decide_screening(sample, assessment, now)


def _decide_screening(sample: Sample, assessment: Any, now: datetime.datetime) -> None:
    assessment.refresh_from_db()
    decided = now + datetime.timedelta(days=4)
    next_date = min(now.date() + datetime.timedelta(days=360), sample.clock.day(200))
    with acting_as(sample.actor(sample.lead)) as lead:
        if assessment.outcome == ScreeningOutcome.SCREENED_OUT:
            assessments.confirm_screen_out(
                actor=lead, assessment=assessment, rescreen_on=next_date, now=decided
            )
        else:
            assessments.approve_screening(actor=lead, assessment=assessment, next_date=next_date, now=decided)


def seed_statements(sample: Sample) -> None:
    for each in sample.plan["soa"]:
        now = sample.clock.ago(each["days"])
        with acting_as(sample.actor(sample.lead)) as lead:
            soa = statement.draft_soa(actor=lead, now=now)
            _decide_all(sample, lead, soa, now)
            statement.submit_soa(actor=lead, soa=soa, now=now)
        with acting_as(sample.actor(sample.top)) as top:
            statement.approve_soa(actor=top, soa=soa, now=now + datetime.timedelta(days=6))
    with acting_as(sample.actor(sample.lead)) as lead:
        statement.draft_soa(actor=lead, now=sample.clock.ago(8))


def _decide_all(sample: Sample, lead: Actor, soa: StatementOfApplicability, now: datetime.datetime) -> None:
    needed = set(Control.objects.filter(treatments__isnull=False).values_list("reference", flat=True))
    for entry in SoAEntry.objects.filter(soa=soa, is_included=None).select_related("control", "soa"):
        decision = _decision(sample, entry.control, is_needed=entry.control.reference in needed)
        statement.decide(actor=lead, entry=entry, decision=decision, row_version=entry.row_version, now=now)


def _decision(sample: Sample, control: Control, *, is_needed: bool) -> statement.Decision:
    excluded, reasons = sample.plan["controls"]["excluded"], sample.plan["reasons"]
    if excluded.get(control.reference):
        return statement.Decision(
            included=False,
            justification=excluded[control.reference],
            exclusion_link="Risk register: no risk of this kind is on record",
        )
    given = []
    if is_needed:
        given.append(Reason(ReasonKind.RISK_TREATMENT))
    for kind in (ReasonKind.LEGAL, ReasonKind.CONTRACT):
        if link := reasons[kind].get(control.reference):
            given.append(Reason(kind, link))
    if not given:
        given.append(Reason(ReasonKind.INTERESTED_PARTY, "Supervisory board, decision on AI governance"))
    text = "Treats risks of the register." if is_needed else "Asked for by the supervisory board."
    return statement.Decision(included=True, reasons=given, justification=text)


def forget_old_messages() -> None:
    """Of two years of notifications only each person's latest stay."""
    for member in Member.objects.all():
        newest = Notification.objects.filter(member=member).order_by("-pk").values_list("pk", flat=True)
        kept = list(newest[:LATEST_NOTIFICATIONS])
        Notification.objects.filter(member=member).exclude(pk__in=kept).delete()
