"""The life cycle of an AI system (SM-01), and what a gate asks of the record itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from aims.core.exceptions import Problem, RuleBroken
from aims.core.machines import Machine, step

AI_SYSTEM = Machine(
    id="SM-01",
    entity="AISystem",
    noun="AI system",
    initial="proposed",
    final=frozenset({"retired", "rejected"}),
    labels={
        "accept_intake": "Accept intake",
        "reject_intake": "Reject intake",
        "gate_inception": "Begin design and development",
        "gate_inception_buy": "Go to validation without development",
        "gate_build_done": "Building is done",
        "fail_validation": "Validation failed",
        "gate_validated": "Validation is passed",
        "go_live": "Go live",
        "send_back": "Send back to validation",
        "trigger_re_evaluation": "Start re-evaluation",
        "confirm_fit": "Confirm that it is fit",
        "rework": "Rework",
        "decide_retire": "Retire",
        "suspend": "Suspend",
        "review_suspension": "Review the suspension",
        "complete_retirement": "Complete retirement",
    },
    transitions=(
        step(
            "proposed",
            "accept_intake",
            "inception",
            by="compliance_lead",
            guards=("owner named", "purpose, roles, supplier and data recorded", "screening started"),
            effects=("create screening", "create EU AI Act classification draft"),
        ),
        step(
            "proposed",
            "reject_intake",
            "rejected",
            by="compliance_lead top_management",
            guards=("reason given",),
            effects=("notify proposer",),
        ),
        step(
            "inception",
            "gate_inception",
            "design_development",
            by="ai_system_owner compliance_lead",
            guards=("classification not prohibited", "screening approved", "requirements drafted (A.6.2.2)"),
            effects=("gate record",),
        ),
        step(
            "inception",
            "gate_inception_buy",
            "verification_validation",
            by="ai_system_owner compliance_lead",
            guards=("no development (role deployer_user only)", "supplier approved (SM-16)"),
            effects=("gate record",),
        ),
        step(
            "design_development",
            "gate_build_done",
            "verification_validation",
            by="ai_system_owner",
            guards=("design documented", "data records complete"),
            effects=("gate record",),
        ),
        step(
            "verification_validation",
            "fail_validation",
            "design_development",
            by="ai_system_owner",
            guards=("reason given",),
            effects=("open issue",),
        ),
        step(
            "verification_validation",
            "gate_validated",
            "deployment",
            by="ai_system_owner",
            guards=("criteria met or deviation approved by someone else",),
            effects=("gate record",),
        ),
        step(
            "deployment",
            "go_live",
            "operation_monitoring",
            by="top_management compliance_lead",
            guards=(
                "actor is not author of the go-live request",
                "impact assessment approved (SM-07)",
                "risk treatment approved, no unaccepted high or critical risk",
                "monitoring metrics active",
                "user information ready",
                "roll-back tested",
                "oversight persons competent (SM-20)",
            ),
            effects=("set next reassessment date", "start reminders"),
        ),
        step(
            "deployment",
            "send_back",
            "verification_validation",
            by="compliance_lead ai_system_owner",
            guards=("reason given",),
        ),
        step(
            "operation_monitoring",
            "trigger_re_evaluation",
            "re_evaluation",
            by="system ai_system_owner compliance_lead",
            guards=(
                "planned date, threshold breach, incident, change of purpose, model, data, law or supplier",
            ),
            effects=("create reassessment tasks",),
        ),
        step(
            "re_evaluation",
            "confirm_fit",
            "operation_monitoring",
            by="compliance_lead",
            guards=("assessments renewed and approved",),
            effects=("set next date",),
        ),
        step(
            "re_evaluation",
            "rework",
            "design_development",
            by="ai_system_owner",
            guards=("change request approved (SM-24)",),
        ),
        step(
            "re_evaluation",
            "decide_retire",
            "retirement",
            by="ai_system_owner compliance_lead",
            guards=("reason given",),
            effects=("create retirement plan",),
        ),
        step(
            "operation_monitoring",
            "suspend",
            "suspended",
            by="ai_system_owner compliance_lead top_management",
            guards=("reason given",),
            effects=("notify users per incident plan", "incident or finding linked"),
        ),
        step("suspended", "review_suspension", "re_evaluation", by="ai_system_owner"),
        step(
            "suspended",
            "decide_retire",
            "retirement",
            by="compliance_lead top_management",
            guards=("reason given",),
            effects=("create retirement plan",),
        ),
        step(
            "operation_monitoring",
            "decide_retire",
            "retirement",
            by="ai_system_owner compliance_lead",
            guards=("reason given",),
            effects=("create retirement plan",),
        ),
        step(
            "retirement",
            "complete_retirement",
            "retired",
            by="compliance_lead",
            guards=(
                "data and weights disposed or kept by rule",
                "users informed",
                "access removed",
                "records retained",
            ),
            effects=("freeze record",),
        ),
    ),
)

AS_FOUND = (
    "A system that is in use already is entered by the compliance lead. Register it as proposed and take it"
    " through its gates, or ask the compliance lead."
)
OUT_OF_USE = frozenset({"retired", "rejected"})


def require_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleBroken("Give a reason.", field="reason")


@dataclass(frozen=True)
class MinimumField:
    """One field of the minimum record that an inventory entry has when it is complete."""

    key: str
    label: str


#: Lifecycle section 3, as far as the register itself holds it. Risk level, legal class and impact
#: assessment are told by the parts of the portal that hold them.
MINIMUM_FIELDS = (
    MinimumField("version", "Version"),
    MinimumField("purpose", "Purpose"),
    MinimumField("intended_use", "Intended use"),
    MinimumField("excluded_uses", "Excluded uses"),
    MinimumField("business_process", "Business process"),
    MinimumField("owner_id", "Owner"),
    MinimumField("risk_owner_id", "Risk owner"),
    MinimumField("organization_roles", "Role of the organization"),
    MinimumField("ai_type", "Type of AI"),
    MinimumField("sourcing", "Sourcing"),
    MinimumField("supplier", "Supplier"),
    MinimumField("data_classes", "Classes of data"),
    MinimumField("affected_people", "People affected"),
    MinimumField("affected_count", "Number of people affected"),
    MinimumField("automation_degree", "Degree of automation"),
    MinimumField("places", "Places of use"),
    MinimumField("languages", "Languages"),
    MinimumField("is_in_scope", "In the scope of the AIMS"),
    MinimumField("scope_reason", "Reason for the scope decision"),
    MinimumField("next_review_date", "Next review"),
)
OVERSIGHT = MinimumField("oversight", "Persons who watch over it")
BUILT_IN_HOUSE = "own"


def missing_fields(system: Any, *, has_oversight: bool) -> list[MinimumField]:
    """The minimum fields that the record of a system still lacks. A count of nobody is an answer."""
    lacking = [field for field in MINIMUM_FIELDS if _is_missing(system, field.key)]
    return lacking if has_oversight else [*lacking, OVERSIGHT]


def _is_missing(system: Any, key: str) -> bool:
    if key == "supplier" and system.sourcing == BUILT_IN_HOUSE:
        return False
    return getattr(system, key) in (None, "", [])


def require_name(name: str) -> None:
    if not name.strip():
        raise RuleBroken("Give the system a name.", field="name")


def require_reached(*, stage_since: date | None, live_since: date | None, today: date) -> None:
    """What a system entered as found is said to have reached, it has reached by today."""
    for field, day in (("stage_since", stage_since), ("live_since", live_since)):
        if day is not None and day > today:
            raise RuleBroken("This day lies ahead. Leave it empty until then.", field=field)


def require_reason_when_outside(*, in_scope: bool | None, reason: str) -> None:
    """A scope may be left open in a draft; a system that is left out says why."""
    if in_scope is not None:
        require_scope_reason(in_scope=in_scope, reason=reason)


def require_scope_reason(*, in_scope: bool | None, reason: str) -> None:
    """A system outside the scope of the AIMS is shown to auditors with the reason."""
    if in_scope is None:
        raise RuleBroken("Say whether the system is in the scope of the AIMS.", field="in_scope")
    if not in_scope and not reason.strip():
        raise RuleBroken("Say why the system is outside the scope of the AIMS.", field="scope_reason")


def intake_problems(
    *,
    ref: str,
    purpose: str,
    roles: Collection[str],
    sourcing: str,
    supplier: str,
    data_classes: Collection[str],
) -> list[Problem]:
    """What an intake still lacks of purpose, roles, supplier and data."""
    found = []
    if not purpose.strip():
        found.append(Problem(ref, "purpose", "State the intended purpose."))
    if not roles:
        found.append(Problem(ref, "roles", "State the organization's role: provider, developer or deployer."))
    if sourcing in ("vendor", "embedded") and not supplier.strip():
        found.append(Problem(ref, "supplier", "Name the supplier of a system that is bought or embedded."))
    if not data_classes:
        found.append(Problem(ref, "data_classes", "Name the classes of data that the system uses."))
    return found


def skips_development(roles: Collection[str]) -> bool:
    """Only an organization that merely uses a system may go from inception straight to validation."""
    return set(roles) == {"deployer_user"}
