"""What makes a finding, an audit team, an auditor's access and a pack sound; SM-11, SM-12, SM-25, SM-26."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from aims.core.exceptions import Problem, RuleBroken
from aims.core.machines import Machine, step
from aims.core.schedule import add_months

AUDIT = Machine(
    id="SM-11",
    entity="Audit",
    noun="audit",
    initial="planned",
    final=frozenset({"closed", "cancelled"}),
    transitions=(
        step(
            "planned",
            "schedule",
            "scheduled",
            by="internal_auditor",
            guards=(
                "objectives, criteria, scope, dates, team set",
                "independence declared by each auditor and checked by the system",
            ),
            effects=("notify auditees",),
        ),
        step(
            "planned",
            "cancel",
            "cancelled",
            by="internal_auditor top_management",
            guards=("reason given",),
            effects=("coverage gap shown in programme",),
        ),
        step(
            "scheduled",
            "cancel",
            "cancelled",
            by="internal_auditor top_management",
            guards=("reason given",),
            effects=("coverage gap shown in programme",),
        ),
        step(
            "scheduled",
            "open_meeting",
            "in_progress",
            by="internal_auditor",
            effects=("freeze sample source snapshot",),
        ),
        step(
            "in_progress",
            "end_fieldwork",
            "reporting",
            by="internal_auditor",
            guards=("each checklist item has result and evidence reference",),
        ),
        step(
            "reporting",
            "issue_report",
            "report_issued",
            by="internal_auditor",
            guards=("lead auditor signs", "conclusions on conformity and effectiveness"),
            effects=("distribute to managers", "findings raised"),
        ),
        step(
            "report_issued",
            "start_follow_up",
            "follow_up",
            by="system internal_auditor",
            guards=("open findings exist",),
        ),
        step("report_issued", "close", "closed", by="internal_auditor", guards=("no open findings",)),
        step(
            "follow_up",
            "close",
            "closed",
            by="internal_auditor",
            guards=("all nonconformities closed or moved to the next audit with reason",),
            effects=("feed management review",),
        ),
    ),
)

FINDING = Machine(
    id="SM-12",
    entity="Finding",
    noun="finding",
    initial="draft",
    final=frozenset({"closed", "withdrawn"}),
    transitions=(
        step(
            "draft",
            "raise",
            "raised",
            by="internal_auditor compliance_lead",
            guards=("grade set", "requirement cited", "evidence and statement given (for nonconformity)"),
            effects=("notify auditee", "clock starts"),
        ),
        step(
            "raised",
            "dispute",
            "disputed",
            by="control_owner ai_system_owner risk_owner",
            guards=("reason within agreed days",),
            effects=("lead auditor decides",),
        ),
        step("disputed", "uphold", "raised", by="internal_auditor", guards=("reason given",)),
        step(
            "disputed",
            "withdraw",
            "withdrawn",
            by="internal_auditor",
            guards=("reason given", "grade history kept"),
        ),
        step("raised", "acknowledge", "accepted", by="control_owner ai_system_owner risk_owner"),
        step(
            "accepted",
            "open_case",
            "in_correction",
            by="control_owner ai_system_owner risk_owner compliance_lead",
            guards=("grade is major or minor",),
            effects=("create Nonconformity (SM-13)",),
        ),
        step(
            "accepted",
            "close_ofi",
            "closed",
            by="compliance_lead",
            guards=("grade is ofi or observation", "decision do or decline with reason"),
            effects=("improvement item if do",),
        ),
        step(
            "in_correction",
            "close",
            "closed",
            by="internal_auditor",
            guards=("linked nonconformity closed as effective",),
        ),
    ),
)

CERTIFICATION = Machine(
    id="SM-25",
    entity="Certificate",
    noun="certification",
    initial="preparing",
    final=frozenset({"withdrawn"}),
    transitions=(
        step(
            "preparing",
            "apply",
            "applied",
            by="compliance_lead top_management",
            guards=(
                "scope approved",
                "one internal audit cycle and one management review done or dated before Stage 2",
            ),
        ),
        step("applied", "start_stage1", "stage1", by="compliance_lead", guards=("Stage 1 pack released",)),
        step(
            "stage1",
            "record_concerns",
            "stage1_concerns",
            by="compliance_lead",
            guards=("areas of concern listed",),
            effects=("actions before Stage 2",),
        ),
        step(
            "stage1_concerns", "start_stage2", "stage2", by="compliance_lead", guards=("concerns resolved",)
        ),
        step(
            "stage1",
            "start_stage2",
            "stage2",
            by="compliance_lead",
            guards=("Stage 2 pack released", "interval agreed (body sets limit, often up to 6 months)"),
        ),
        step(
            "stage2",
            "record_nonconformities",
            "nonconformities_open",
            by="compliance_lead",
            effects=(
                (
                    "CAPA with body deadlines; majors verified before decision, within 6 months of "
                    "last Stage 2 day or Stage 2 repeats"
                ),
            ),
        ),
        step("stage2", "no_nonconformities", "decision", by="compliance_lead"),
        step(
            "nonconformities_open",
            "submit_responses",
            "decision",
            by="compliance_lead",
            guards=("majors corrected and verified, minor plans accepted",),
        ),
        step(
            "decision",
            "record_certificate",
            "certified",
            by="compliance_lead",
            guards=("certificate number, scope, SoA version, decision date, expiry = +3 years",),
            effects=("compute surveillance and recertification windows", "reminders"),
        ),
        step(
            "certified",
            "open_window",
            "surveillance_due",
            by="system",
            guards=("first: no later than 12 months after decision date; later: each calendar year",),
            effects=("reminders 120/90/60/30/14/7 days",),
        ),
        step("surveillance_due", "start", "surveillance", by="compliance_lead", effects=("refresh pack",)),
        step(
            "surveillance",
            "confirm",
            "certified",
            by="compliance_lead",
            guards=("nonconformities handled",),
            effects=("next window",),
        ),
        step(
            "certified",
            "open_recert_window",
            "recertification_due",
            by="system",
            guards=("about 9 months before expiry",),
            effects=("plan",),
        ),
        step(
            "recertification_due",
            "start",
            "recertification",
            by="compliance_lead",
            guards=("audit done in time to close majors before expiry",),
        ),
        step(
            "recertification",
            "renew",
            "certified",
            by="compliance_lead",
            guards=("decision before expiry",),
            effects=("new cycle based on old expiry",),
        ),
        step(
            "surveillance_due",
            "miss_surveillance",
            "suspended",
            by="compliance_lead",
            guards=("body suspends",),
            effects=("stop using marks", "alert top management"),
        ),
        step(
            "surveillance",
            "suspend",
            "suspended",
            by="compliance_lead",
            guards=("body suspends",),
            effects=("stop using marks",),
        ),
        step(
            "suspended",
            "restore",
            "certified",
            by="compliance_lead",
            guards=("issue resolved, usually within 6 months",),
        ),
        step("suspended", "withdraw", "withdrawn", by="compliance_lead", guards=("not resolved",)),
        step(
            "recertification_due",
            "expire",
            "expired",
            by="system",
            guards=("expiry date passed",),
            effects=("stop using marks",),
        ),
        step(
            "recertification",
            "expire",
            "expired",
            by="system",
            guards=("expiry date passed",),
            effects=("stop using marks",),
        ),
        step(
            "expired",
            "restore_after_expiry",
            "certified",
            by="compliance_lead",
            guards=("outstanding work finished within 6 months of expiry; otherwise at least a new Stage 2",),
            effects=("dates keep old cycle",),
        ),
    ),
)

PACK = Machine(
    id="SM-26",
    entity="EvidencePack",
    noun="evidence pack",
    initial="requested",
    final=frozenset({"expired", "revoked"}),
    transitions=(
        step(
            "requested",
            "build",
            "building",
            by="system",
            guards=("scope, date, version of each object pinned",),
        ),
        step(
            "building",
            "finish",
            "ready",
            by="system",
            guards=("manifest with hashes, gaps listed",),
            effects=("notify",),
        ),
        step("building", "fail", "failed", by="system", effects=("notify with reason",)),
        step("failed", "retry", "requested", by="compliance_lead internal_auditor"),
        step(
            "ready",
            "release",
            "released",
            by="compliance_lead",
            guards=("recipient audit and end date",),
            effects=("access log on",),
        ),
        step("released", "end", "expired", by="system", guards=("end date",)),
        step("released", "revoke", "revoked", by="compliance_lead admin", guards=("reason given",)),
    ),
)

MACHINES = (AUDIT, FINDING, CERTIFICATION, PACK)

NONCONFORMITIES = frozenset({"major", "minor"})
GRADES = ("major", "minor", "observation", "ofi", "conformity", "good_practice")
INDEPENDENCE_MONTHS = 12


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """`requirement` cites a clause, a control or an own document; `statement` says what fails."""

    ref: str
    grade: str
    requirement: str
    evidence: str
    statement: str


def finding_problems(finding: FindingFacts) -> list[Problem]:
    if finding.grade not in GRADES:
        return [Problem(finding.ref, "grade", "Choose a grade.")]
    found = []
    if finding.grade in NONCONFORMITIES:
        found = _nonconformity_problems(finding)
    elif finding.grade == "conformity" and not finding.evidence.strip():
        found = [Problem(finding.ref, "evidence", "Name the evidence that shows the conformity.")]
    elif finding.grade != "conformity" and not finding.statement.strip():
        found = [Problem(finding.ref, "statement", "Write down what was found.")]
    return found


def _nonconformity_problems(finding: FindingFacts) -> list[Problem]:
    wanted = (
        (
            "requirement",
            finding.requirement,
            "Cite the requirement that is not met: clause, control or document.",
        ),
        ("evidence", finding.evidence, "Give the evidence: what was seen, where and when."),
        ("statement", finding.statement, "State the failure in your own words."),
    )
    return [Problem(finding.ref, field, sentence) for field, value, sentence in wanted if not value.strip()]


def require_sound_finding(finding: FindingFacts) -> None:
    problems = finding_problems(finding)
    if problems:
        sentence = " ".join(problem.sentence for problem in problems)
        raise RuleBroken(sentence, field=problems[0].field, problems=problems)


@dataclass(frozen=True, slots=True)
class Involvement:
    """What ties a person to something audited: `how` is owned, wrote, approved or worked on.

    `until` is the last day of it, `None` while it lasts.
    """

    person: int
    how: str
    subject: str
    until: date | None = None


def conflicts(
    person: int,
    involvements: Iterable[Involvement],
    *,
    on: date,
    months: int = INDEPENDENCE_MONTHS,
) -> list[Involvement]:
    """What keeps a person from auditing these subjects on that day."""
    since = add_months(on, -months)
    return [
        each for each in involvements if each.person == person and (each.until is None or each.until >= since)
    ]


def require_independence(
    name: str,
    found: list[Involvement],
    *,
    exception_approved: bool = False,
) -> None:
    """An approved exception is the only way round a conflict, and it shows in the evidence pack."""
    if found and not exception_approved:
        ties = "; ".join(f"{each.how} {each.subject}" for each in found)
        raise RuleBroken(
            f"{name} is not independent: {ties}. Choose another auditor or have an exception approved.",
            field="team",
            code="SOD-02",
        )


def require_engagement_window(*, from_date: date | None, until_date: date | None, today: date) -> None:
    """Access of an external auditor has a beginning and an end, and the end lies ahead."""
    if from_date is None or until_date is None:
        raise RuleBroken("Give the first and the last day of access.", field="until_date")
    if until_date < from_date:
        raise RuleBroken("Access ends after it starts.", field="until_date")
    if until_date < today:
        raise RuleBroken("The last day of access has passed already.", field="until_date")


def engagement_is_open(*, from_date: date, until_date: date, today: date) -> bool:
    return from_date <= today <= until_date


#: The month in which the first edition of ISO/IEC 42001 came out: no system was run by it before.
FIRST_EDITION = date(2023, 12, 1)


def require_pack_date(as_of: date, *, today: date) -> None:
    if as_of < FIRST_EDITION:
        raise RuleBroken("A pack shows a day since the standard came out: December 2023.", field="as_of")
    if as_of > today:
        raise RuleBroken("A pack shows a day that has been: choose today or an earlier day.", field="as_of")


def require_release(*, recipient: str, until_date: date | None, today: date) -> None:
    if not recipient.strip():
        raise RuleBroken("Name the audit that the pack is released to.", field="recipient")
    if until_date is None or until_date < today:
        raise RuleBroken("Give the last day on which the pack may be read.", field="until_date")
