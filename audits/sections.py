"""What audits and certification print into an evidence pack, as of a day."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import F, Q, QuerySet

from aims.core.days import end_of_day, local_today
from aims.core.documents import Column, Facts, Prose, Section, Table
from aims.core.models import AccessGrant, Evidence, Member
from aims.core.queries.separation import act_of, exceptions_between
from aims.core.schedule import add_months
from audits.enums import AuditState, FindingState, Grade, ResultState
from audits.models import Audit, Certificate, Engagement, Finding
from audits.queries.certification import cycle_lines
from controls.models import StatementOfApplicability
from inventory.models import ScopeStatement
from risk.models import ImpactAssessment, RiskApproval

ISSUED = (AuditState.REPORT_ISSUED, AuditState.FOLLOW_UP, AuditState.CLOSED)
HIDDEN = (FindingState.DRAFT, FindingState.WITHDRAWN)


def sections(as_of: datetime.date) -> Iterator[Section]:
    yield _audits(as_of)
    yield _management_review(as_of)
    yield _corrective_action(as_of)
    yield _certification(as_of)
    yield _separation_of_duties(as_of)


def _audits(as_of: datetime.date) -> Section:
    audits = list(Audit.objects.select_related("snapshot").order_by("reference"))
    findings = list(Finding.objects.exclude(state__in=HIDDEN).order_by("reference"))
    latest = _latest_issued(audits)
    data: dict[str, Any] = {
        "programme": _programme(audits),
        "findings": _findings(findings, "Findings"),
    }
    if latest is not None:
        data |= _report(latest)
    gaps = []
    if not audits:
        gaps.append("No internal audit is planned yet")
    if latest is None:
        gaps.append("No internal audit report was issued by this date")
    return Section(
        key="audits",
        number="20",
        title="Audit programme, latest report, findings",
        clause_refs=("9.2.1", "9.2.2"),
        data=data,
        gaps=tuple(gaps),
    )


def _programme(audits: Iterable[Any]) -> Table:
    names = _names()
    return Table(
        title="Audit programme",
        columns=(
            Column("Audit", 10, "code"),
            Column("Title", 28),
            Column("From", 12),
            Column("To", 12),
            Column("Lead auditor", 18),
            Column("State", 20),
        ),
        rows=[
            (
                row.reference,
                row.title,
                row.start_date,
                row.end_date,
                names.get(row.lead_id, ""),
                AuditState(row.state),
            )
            for row in audits
        ],
    )


def _report(audit: Audit) -> dict[str, Any]:
    """The frozen report, not today's rows."""
    content = audit.snapshot.content if audit.snapshot else {}
    results = [row for row in content.get("results", []) if row["result"] != ResultState.CONFORMING]
    return {
        "report": Facts(
            title=f"Latest report: {audit.reference}",
            rows=[
                ("Title", content.get("title")),
                ("Objectives", content.get("objectives")),
                ("Criteria", content.get("criteria")),
                ("Scope", content.get("scope")),
                ("Lead auditor", content.get("lead")),
                ("Team", [each["name"] for each in content.get("team", [])]),
                ("Questions checked", len(content.get("results", []))),
                ("Conclusion on conformity", content.get("conclusion")),
                ("Conclusion on effectiveness", content.get("effectiveness")),
                ("Issued", audit.issued_at),
                ("SHA-256 of the report", audit.snapshot.sha256 if audit.snapshot else ""),
            ],
        ),
        "results": Table(
            title="Results other than conforming",
            columns=(
                Column("Requirement", 14, "code"),
                Column("Question", 40),
                Column("Result", 16),
                Column("Notes", 30),
            ),
            rows=[
                (row["requirement"], row["question"], ResultState(row["result"]), row["notes"])
                for row in results
            ],
            empty="Every question was found conforming.",
        ),
    }


def _findings(findings: Iterable[Any], title: str) -> Table:
    names = _names()
    return Table(
        title=title,
        columns=(
            Column("Finding", 10, "code"),
            Column("Grade", 14),
            Column("Requirement", 12, "code"),
            Column("Statement", 30),
            Column("Auditee", 13),
            Column("Due", 10),
            Column("State", 11),
        ),
        rows=[
            (
                row.reference,
                Grade(row.grade) if row.grade else "",
                row.requirement,
                row.statement or row.title,
                names.get(row.auditee_id, ""),
                row.due_date,
                FindingState(row.state),
            )
            for row in findings
        ],
    )


def _management_review(as_of: datetime.date) -> Section:
    return Section(
        key="management-review",
        number="21",
        title="Management review",
        clause_refs=("9.3.1",),
        gaps=("Minutes of management reviews are not kept in the portal: show them from where they are",),
    )


def _corrective_action(as_of: datetime.date) -> Section:
    rows = Finding.objects.filter(grade__in=[Grade.MAJOR, Grade.MINOR]).exclude(state__in=HIDDEN)
    return Section(
        key="corrective-action",
        number="22",
        title="Corrective action log",
        clause_refs=("10.2",),
        data={
            "nonconformities": _findings(rows.order_by("reference"), "Nonconformities from internal audits")
        },
        gaps=(
            "Cause, action and effect of each correction are not kept in the portal: show them beside this",
        ),
    )


def _certification(as_of: datetime.date) -> Section:
    certificate: Any = Certificate.objects.exclude(state="withdrawn").order_by("-id").first()
    if certificate is None:
        return Section(
            key="certification",
            number="26",
            title="Certification cycle",
            gaps=("No certification record is kept yet",),
        )
    facts = Facts(
        title="Certification",
        rows=[
            ("Certification body", certificate.body),
            ("State", certificate.get_state_display()),
            ("Certificate number", certificate.number),
            ("Scope on the certificate", certificate.scope_text),
            ("Decision", certificate.decision_date),
            ("Expiry", certificate.expiry_date),
        ],
    )
    dates = Table(
        title="Dates of the cycle",
        columns=(Column("Date", 20), Column("What", 30), Column("How it was computed", 50)),
        rows=[(line.day, line.name, line.rule) for line in cycle_lines(certificate, today=as_of)],
    )
    return Section(
        key="certification",
        number="26",
        title="Certification cycle",
        data={"certificate": facts, "dates": dates, "access": _access(as_of)},
    )


def _access(as_of: datetime.date) -> Table:
    until = end_of_day(as_of)
    engagements = Engagement.objects.filter(created_at__lte=until).select_related("grant")
    return Table(
        title="Access of external auditors",
        columns=(
            Column("Audit", 32),
            Column("Auditor", 20),
            Column("From", 16),
            Column("Until", 16),
            Column("Ended early", 16),
        ),
        rows=[
            (row.title, row.grant.name, row.grant.starts_at, row.grant.ends_at, row.grant.revoked_at)
            for row in engagements.order_by("id")
        ],
        empty="No external auditor had access.",
    )


def _separation_of_duties(as_of: datetime.date) -> Section:
    checks = Table(
        title="What was checked",
        columns=(
            Column("Rule", 12, "code"),
            Column("Text", 40),
            Column("Records", 16, "number"),
            Column("Exceptions", 16, "number"),
            Column("Named", 16),
        ),
        rows=list(_duty_checks(as_of)),
    )
    how = Prose(
        title="How duties are kept apart",
        text=(
            "The portal refuses an approval by the person who wrote or submitted the same version, refuses "
            "an auditor who owns, wrote, approved or worked on what is audited within the time that the "
            "organization set, and lets an external auditor only read. Where an exception ran, the check "
            "instead is named below. One person may hold several roles: separation is between persons.\n\n"
            "The table counts the records up to the date of this pack and those in which one person stands "
            "on both sides."
        ),
    )
    return Section(
        key="separation-of-duties",
        number="27",
        title="Separation of duties",
        clause_refs=("5.3", "9.2.2"),
        data={"how": how, "checks": checks, "exceptions": _exceptions(as_of)},
    )


def _exceptions(as_of: datetime.date) -> Table:
    """What was lifted in the year before, with the check instead; an honest none otherwise (SOD-09)."""
    return Table(
        title="Exceptions that ran in the twelve months before",
        columns=(
            Column("No.", 9, "code"),
            Column("Rule", 9, "code"),
            Column("Person", 12),
            Column("May", 16),
            Column("Reason", 18),
            Column("Check instead", 18),
            Column("Last day", 9),
            Column("Granted by", 9),
        ),
        rows=[
            (
                row.reference,
                row.rule,
                row.member.name,
                act_of(row),
                row.reason,
                row.compensating_check,
                local_today(row.ended_at) if row.ended_at else row.ends_on,
                row.granted_by.name,
            )
            for row in exceptions_between(add_months(as_of, -12), as_of)
        ],
        empty="None: no exception from separation of duties ran in this time.",
    )


def _duty_checks(as_of: datetime.date) -> Iterator[tuple[object, ...]]:
    until = end_of_day(as_of)
    approved = "Approver is not author of the same version"
    checks: tuple[tuple[str, str, Callable[[], QuerySet[Any]], Q], ...] = (
        (
            "SOD-01",
            f"{approved}: Statement of Applicability",
            lambda: StatementOfApplicability.objects.filter(approved_at__lte=until),
            Q(approved_by=F("author")) | Q(approved_by=F("submitted_by")),
        ),
        (
            "SOD-01",
            f"{approved}: scope statement",
            lambda: ScopeStatement.objects.filter(approved_at__lte=until),
            Q(approved_by=F("author")),
        ),
        (
            "SOD-01",
            f"{approved}: impact screening",
            lambda: ImpactAssessment.objects.filter(screening_approved_at__lte=until),
            Q(screening_approved_by=F("author")),
        ),
        (
            "SOD-04",
            "Treatment and residual risk are decided on by another person than who proposed them",
            lambda: RiskApproval.objects.filter(decided_at__lte=until),
            Q(decided_by=F("submitted_by")),
        ),
        (
            "SOD-05",
            "Evidence is accepted by someone other than its submitter",
            lambda: Evidence.objects.filter(reviewed_at__lte=until),
            Q(reviewed_by=F("submitted_by")),
        ),
        (
            "SOD-07",
            "External auditors are nobody of the organization",
            lambda: AccessGrant.objects.filter(engagement_created(until)),
            Q(user__in=Member.objects.values("user_id")),
        ),
    )
    for rule, text, records, exception in checks:
        found = records()
        broken = list(found.filter(exception)[:20])
        yield rule, text, found.count(), len(broken), [str(each) for each in broken] or "None"


def engagement_created(until: datetime.datetime) -> Q:
    return Q(pk__in=Engagement.objects.filter(created_at__lte=until).values("grant_id"))


def _latest_issued(audits: Iterable[Any]) -> Audit | None:
    issued = [row for row in audits if row.state in ISSUED and row.issued_at is not None]
    if not issued:
        return None
    return max(issued, key=lambda row: row.issued_at)


def _names() -> dict[int, str]:
    return dict(Member.objects.values_list("pk", "name"))
