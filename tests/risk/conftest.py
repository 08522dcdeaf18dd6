"""Risks and assessments of Meadow, made through the verbs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import pytest

from aims.core.tenancy.context import acting_as
from inventory.models import AISystem
from risk.models import ImpactAssessment, Risk, RiskApproval, RiskCriteria
from risk.questionnaire import screening_questions
from risk.scoring import Ratings
from risk.services import approvals, assessments, criteria, risks, treatment
from tests.cast import NOW, TODAY, House

HIGH = Ratings(4, 2, 3, 1)
LOW = Ratings(1, 2, 1, 1)
DESCRIBED = {
    "cause": "Few older patients in the training data",
    "event": "Urgent cases are sorted too low",
    "consequence": "Treatment comes too late",
    "affected_parties": "Older patients",
}
#: Answers that need no assessment, and those that change this by themselves.
HARMLESS = {
    question.id: min(question.options, key=lambda option: option.score).value
    for question in screening_questions()
}
FULL = HARMLESS | {"SCR-02": "yes"}
BANNED = HARMLESS | {"SCR-01": "yes"}
IN_A_YEAR = TODAY.replace(year=TODAY.year + 1)


def in_months(months: int) -> datetime.date:
    from aims.core.schedule import add_months

    return add_months(TODAY, months)


def make_system(house: House, name: str = "Triage assistant", **fields: Any) -> AISystem:
    number = AISystem.objects.count() + 1
    return AISystem.objects.create(
        **{
            "reference": f"SYS-{number:03d}",
            "name": name,
            "owner": house.member["owner"],
            "risk_owner": house.member["risk_owner"],
            "organization_roles": ["deployer_user"],
            "ai_type": "predictive_ml",
            "stage": "design_development",
            "registered_at": NOW,
            **fields,
        }
    )


@dataclass
class Ward:
    """Meadow with one system; its methods take a risk or an assessment as far as a test needs it."""

    house: House
    system: AISystem

    def do(self, verb: Any, who: str, **arguments: Any) -> Any:
        arguments.setdefault("now", NOW)
        actor = self.house.system if who == "system" else self.house.actor(who)
        with acting_as(actor):
            return verb(actor=actor, **arguments)

    def identified(self, **fields: Any) -> Risk:
        values = {"title": "Older patients are sorted too low", "system": self.system, **DESCRIBED, **fields}
        return self.do(risks.identify_risk, "lead", **values)

    def analysed(self, ratings: Ratings = HIGH) -> Risk:
        return self.do(
            risks.analyse, "owner", risk=self.identified(), ratings=ratings, reason="Pilot figures"
        )

    def evaluated(self, ratings: Ratings = HIGH) -> Risk:
        return self.do(risks.evaluate, "risk_owner", risk=self.analysed(ratings))

    def planned(self) -> Risk:
        return self.do(
            treatment.plan_treatment,
            "risk_owner",
            risk=self.evaluated(),
            option="avoid",
            plan="Switch the ranking of urgent cases off",
            due_date=in_months(2),
        )

    def plan_of(self, risk: Risk, *, submitted: bool = True) -> RiskApproval:
        approval = RiskApproval.objects.filter(risk=risk, kind="treatment").latest("id")
        if submitted:
            self.do(approvals.submit_approval, "risk_owner", approval=approval)
        return approval

    def in_treatment(self) -> Risk:
        risk = self.planned()
        self.do(approvals.approve, "top", approval=self.plan_of(risk))
        risk.refresh_from_db()
        return self.do(treatment.start_treatment, "risk_owner", risk=risk)

    def treated(self, residual: Ratings = LOW) -> Risk:
        return self.do(
            treatment.complete_treatment,
            "risk_owner",
            risk=self.in_treatment(),
            residual=residual,
            done="Ranking switched off",
        )

    def proposed(self, risk: Risk, *, months: int = 6) -> RiskApproval:
        return self.do(
            approvals.propose_acceptance,
            "risk_owner",
            risk=risk,
            reason="The benefit outweighs what remains",
            expires_on=in_months(months),
        )

    def accepted(self) -> Risk:
        risk = self.evaluated()
        self.do(approvals.approve, "top", approval=self.proposed(risk))
        risk.refresh_from_db()
        return risk

    def closed(self) -> Risk:
        risk = self.accepted()
        retire(self.system)
        risk.system.refresh_from_db()
        return self.do(risks.close, "lead", risk=risk, reason="The system is gone")

    def screening(self, answers: dict[str, str] | None = None, **fields: Any) -> ImpactAssessment:
        assessment = self.do(assessments.start_assessment, "owner", system=fields.get("system", self.system))
        if answers:
            self.do(assessments.save_answers, "owner", assessment=assessment, answers=answers)
        return assessment

    def finished(self, answers: dict[str, str]) -> ImpactAssessment:
        assessment = self.screening(answers)
        self.do(
            assessments.finish_screening, "owner", assessment=assessment, reason="Used for opening hours only"
        )
        return assessment

    def screened_out(self) -> ImpactAssessment:
        return self.do(
            assessments.confirm_screen_out,
            "lead",
            assessment=self.finished(HARMLESS),
            rescreen_on=in_months(12),
        )


def retire(system: AISystem) -> None:
    AISystem.objects.filter(pk=system.pk).update(stage="retired")


def approve_criteria(house: House) -> RiskCriteria:
    found = RiskCriteria.objects.get(version=1)
    with acting_as(house.top) as actor:
        return criteria.approve_criteria(actor=actor, criteria=found, now=NOW)


@pytest.fixture
def ward(acting: House) -> Ward:
    """Meadow with approved criteria and one system."""
    approve_criteria(acting)
    return Ward(acting, make_system(acting))
