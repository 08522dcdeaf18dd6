"""What makes a risk complete, treated and accepted; the state machines SM-04 to SM-07."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from aims.core.exceptions import Problem, RuleBroken
from aims.core.machines import Machine, step
from risk.scoring import Criteria, acceptance_ends_by, rank

RISK_ASSESSMENT = Machine(
    id="SM-04",
    entity="RiskAssessment",
    noun="risk assessment",
    initial="planned",
    final=frozenset({"superseded", "cancelled"}),
    transitions=(
        step(
            "planned",
            "start",
            "in_progress",
            by="ai_system_owner risk_owner compliance_lead",
            guards=("risk criteria approved",),
            effects=("snapshot criteria version",),
        ),
        step("planned", "cancel", "cancelled", by="compliance_lead", guards=("reason given",)),
        step(
            "in_progress",
            "submit",
            "submitted",
            by="ai_system_owner risk_owner",
            guards=("each risk scored on three axes", "open impact results considered (6.1.4)"),
        ),
        step(
            "submitted",
            "return",
            "in_progress",
            by="compliance_lead top_management",
            guards=("actor is not author", "comment given"),
        ),
        step(
            "submitted",
            "approve",
            "approved",
            by="compliance_lead top_management",
            guards=("actor is not author",),
            effects=("freeze snapshot", "set next date", "supersede earlier"),
        ),
        step("approved", "supersede", "superseded", by="system", guards=("newer approved",)),
    ),
)

RISK = Machine(
    id="SM-05",
    entity="Risk",
    noun="risk",
    initial="identified",
    final=frozenset({"closed"}),
    transitions=(
        step(
            "identified",
            "analyse",
            "analysed",
            by="risk_owner ai_system_owner",
            guards=("cause, event, consequence, affected parties filled",),
        ),
        step(
            "analysed",
            "evaluate",
            "evaluated",
            by="risk_owner compliance_lead",
            guards=("level computed from approved criteria",),
        ),
        step(
            "evaluated",
            "plan_treatment",
            "treatment_planned",
            by="risk_owner",
            guards=("option chosen", "controls linked when option is modify"),
            effects=("SoA entries flagged as needed",),
        ),
        step(
            "evaluated",
            "accept",
            "accepted",
            by="top_management",
            guards=("actor is not author", "level within appetite or acceptance SM-06 active"),
            effects=("set review date",),
        ),
        step(
            "treatment_planned",
            "start_treatment",
            "in_treatment",
            by="risk_owner control_owner",
            guards=("plan approved (SM-06)",),
        ),
        step(
            "in_treatment",
            "complete_treatment",
            "treated",
            by="risk_owner",
            guards=("all actions done", "residual level assessed"),
            effects=("effectiveness check due",),
        ),
        step(
            "treated",
            "not_effective",
            "in_treatment",
            by="compliance_lead internal_auditor",
            guards=("effectiveness check failed",),
            effects=("revise plan (8.3)",),
        ),
        step(
            "treated",
            "accept_residual",
            "accepted",
            by="top_management",
            guards=("actor is not author", "acceptance SM-06 active"),
            effects=("set review date",),
        ),
        step(
            "accepted",
            "reopen",
            "evaluated",
            by="system risk_owner compliance_lead",
            guards=("review date, trigger or acceptance expiry",),
        ),
        step(
            "accepted",
            "close",
            "closed",
            by="compliance_lead",
            guards=("source gone (e.g. system retired)", "reason given"),
        ),
        step("treated", "close", "closed", by="compliance_lead", guards=("source gone", "reason given")),
        step("closed", "reopen", "identified", by="compliance_lead risk_owner", guards=("reason given",)),
    ),
)

APPROVAL = Machine(
    id="SM-06",
    entity="Approval(TreatmentPlan|RiskAcceptance)",
    noun="treatment plan or acceptance",
    initial="draft",
    final=frozenset({"expired", "revoked", "rejected"}),
    transitions=(
        step(
            "draft",
            "submit",
            "submitted",
            by="risk_owner compliance_lead",
            guards=("residual level, reason, controls, expiry filled",),
        ),
        step(
            "submitted",
            "approve",
            "approved",
            by="top_management",
            guards=("actor is not author", "authority level matches residual band"),
            effects=("sign with date",),
        ),
        step("submitted", "reject", "rejected", by="top_management", guards=("comment given",)),
        step(
            "approved",
            "expire",
            "expired",
            by="system",
            guards=("expiry date reached",),
            effects=("reopen risk", "notify"),
        ),
        step(
            "approved",
            "revoke",
            "revoked",
            by="top_management",
            guards=("reason given",),
            effects=("reopen risk",),
        ),
    ),
)

IMPACT_ASSESSMENT = Machine(
    id="SM-07",
    entity="ImpactAssessment",
    noun="impact assessment",
    initial="screening",
    final=frozenset({"superseded", "stopped"}),
    transitions=(
        step(
            "screening",
            "score_low",
            "screened_out_pending",
            by="ai_system_owner",
            guards=("score within screened_out band, no hard trigger", "reason given"),
        ),
        step(
            "screened_out_pending",
            "confirm_screen_out",
            "screened_out",
            by="compliance_lead",
            guards=("actor is not author",),
            effects=("re-screen date <= 12 months",),
        ),
        step("screened_out_pending", "return", "screening", by="compliance_lead", guards=("comment given",)),
        step(
            "screening",
            "start_light_or_full",
            "in_progress",
            by="ai_system_owner",
            guards=("form chosen by threshold rule",),
        ),
        step(
            "screening",
            "stop_banned",
            "stopped",
            by="compliance_lead top_management",
            guards=("SCR-01 yes",),
            effects=("AISystem gate closed", "escalate"),
        ),
        step(
            "in_progress",
            "submit",
            "submitted",
            by="ai_system_owner",
            guards=(
                "required answers done",
                "every harm >= medium has measure or acceptance and a linked risk",
            ),
        ),
        step("submitted", "start_review", "in_review", by="compliance_lead", guards=("actor is not author",)),
        step(
            "in_review",
            "return",
            "in_progress",
            by="compliance_lead top_management",
            guards=("comment given",),
        ),
        step(
            "in_review",
            "approve",
            "approved",
            by="compliance_lead top_management",
            guards=(
                "actor is not author",
                "approver level by residual band; for high and critical not the system owner",
            ),
            effects=(
                "freeze",
                "open or keep deployment gate",
                "set next date",
                "FRIA notice task if overlay",
            ),
        ),
        step(
            "approved",
            "mark_due",
            "due",
            by="system",
            guards=("planned date near or trigger",),
            effects=("reminders",),
        ),
        step(
            "screened_out",
            "mark_due",
            "due",
            by="system",
            guards=("re-screen date or trigger",),
            effects=("reminders",),
        ),
        step("due", "renew", "superseded", by="system", guards=("newer approved or screened_out",)),
    ),
)

MACHINES = (RISK_ASSESSMENT, RISK, APPROVAL, IMPACT_ASSESSMENT)

TREATMENT_OPTIONS = ("modify", "avoid", "share", "retain")


@dataclass(frozen=True, slots=True)
class Described:
    """What a risk says of itself; `about` names the AI system or the process of the AIMS."""

    ref: str
    cause: str
    event: str
    consequence: str
    affected: Collection[str]
    about: str
    owner: str


def description_problems(risk: Described) -> list[Problem]:
    wanted = (
        ("cause", risk.cause.strip(), "Name the cause."),
        ("event", risk.event.strip(), "Name the event: what happens."),
        ("consequence", risk.consequence.strip(), "Name the consequence."),
        ("affected", risk.affected, "Name who is affected."),
        ("system", risk.about.strip(), "Name the AI system or the process that the risk belongs to."),
        ("owner", risk.owner.strip(), "Name the owner of the risk."),
    )
    return [Problem(risk.ref, field, sentence) for field, value, sentence in wanted if not value]


def require_described(risk: Described) -> None:
    problems = description_problems(risk)
    if problems:
        sentence = " ".join(problem.sentence for problem in problems)
        raise RuleBroken(sentence, field=problems[0].field, problems=problems)


def require_treatment(option: str, *, controls: Collection[str], explanation: str) -> None:
    """Modifying needs controls; the other options need words, for there is nothing else to show."""
    if option not in TREATMENT_OPTIONS:
        raise RuleBroken("Choose a treatment: modify, avoid, share or retain.", field="option")
    if option == "modify" and not controls:
        raise RuleBroken("Choose at least one control that modifies the risk.", field="controls")
    if option != "modify" and not explanation.strip():
        asked = {
            "avoid": "Say what is not started or stopped to avoid the risk.",
            "share": "Say with whom the risk is shared, and by which contract or insurance.",
            "retain": "Say why the risk is retained.",
        }
        raise RuleBroken(asked[option], field="explanation")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """`authority` is the highest level that the approver may accept."""

    level: str
    approver: int
    authors: Collection[int]
    authority: str
    reason: str
    accepted_on: date
    expires_on: date | None


def require_acceptable(acceptance: Acceptance, *, criteria: Criteria) -> None:
    if acceptance.approver in acceptance.authors:
        raise RuleBroken("Somebody other than its author accepts a risk.", field="approver")
    if not acceptance.authority or rank(acceptance.authority) < rank(acceptance.level):
        sentence = f"Accepting a {acceptance.level} risk needs an approver with authority for that level."
        raise RuleBroken(sentence, field="authority")
    if not acceptance.reason.strip():
        raise RuleBroken("Say why the risk is accepted.", field="reason")
    _require_expiry(acceptance, criteria)


def _require_expiry(acceptance: Acceptance, criteria: Criteria) -> None:
    _require_expiry_within(
        acceptance.level, acceptance.expires_on, today=acceptance.accepted_on, criteria=criteria
    )


def _require_expiry_within(level: str, expires_on: date | None, *, today: date, criteria: Criteria) -> None:
    if expires_on is None:
        raise RuleBroken("Give the day on which the acceptance expires.", field="expires_on")
    if expires_on <= today:
        raise RuleBroken("An acceptance expires after the day on which it is given.", field="expires_on")
    latest = acceptance_ends_by(level, accepted_on=today, criteria=criteria)
    if expires_on > latest:
        sentence = f"A {level} risk may be accepted until {latest.isoformat()} at the latest."
        raise RuleBroken(sentence, field="expires_on")


@dataclass(frozen=True, slots=True)
class Residual:
    """What is left of a risk of a system that is to go live; `level` is empty while not assessed."""

    ref: str
    title: str
    level: str
    accepted_until: date | None = None


def go_live_problems(risks: Iterable[Residual], *, today: date) -> list[Problem]:
    found = (_go_live_obstacle(risk, today) for risk in risks)
    return [problem for problem in found if problem]


def _go_live_obstacle(risk: Residual, today: date) -> Problem | None:
    if not risk.level:
        return Problem(risk.ref, "residual", f"Assess what remains of “{risk.title}”.")
    if risk.level == "critical":
        return Problem(
            risk.ref, "residual", f"“{risk.title}” remains critical: treat it further before go-live."
        )
    accepted = risk.accepted_until is not None and risk.accepted_until >= today
    if risk.level == "high" and not accepted:
        return Problem(risk.ref, "acceptance", f"“{risk.title}” remains high: treat it or have it accepted.")
    return None


#: The highest level of risk that a role may accept (SOD-04); other roles accept nothing.
AUTHORITY = {"top_management": "critical", "compliance_lead": "medium"}


def authority_of(roles: Collection[str]) -> str:
    """The highest level that somebody in these roles may accept; empty when none."""
    return max((AUTHORITY[role] for role in roles if role in AUTHORITY), key=rank, default="")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is put to management under SM-06."""

    kind: str
    level: str
    reason: str
    option: str
    controls: Collection[str]
    expires_on: date | None


def require_complete_proposal(proposal: Proposal, *, today: date, criteria: Criteria) -> None:
    if not proposal.level:
        raise RuleBroken("Evaluate the risk first: its level is not known.", field="level")
    if not proposal.reason.strip():
        asked = "Describe the plan." if proposal.kind == "treatment" else "Say why the risk can be accepted."
        raise RuleBroken(asked, field="reason")
    if proposal.kind == "treatment" and proposal.option == "modify" and not proposal.controls:
        raise RuleBroken("Name the controls that the plan applies.", field="controls")
    if proposal.kind == "acceptance":
        _require_expiry_within(proposal.level, proposal.expires_on, today=today, criteria=criteria)
