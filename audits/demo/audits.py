"""The audits, the certificate and the auditor's engagement of a sample organization."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aims.core.tenancy.context import acting_as
from audits.enums import AuditState, Grade, ResultState
from audits.models import Audit
from audits.services import audits, certification, engagements, findings
from controls.models import Control, StatementOfApplicability

if TYPE_CHECKING:
    from audits.demo.seeding import Sample


def seed_audits(sample: Sample) -> None:
    for each in sample.plan["audits"]:
        _seed_audit(sample, each)
    if "certificate" in sample.plan:
        _seed_certificate(sample, sample.plan["certificate"])
    if "engagement" in sample.plan:
        _seed_engagement(sample, sample.plan["engagement"])


def _seed_audit(sample: Sample, each: Mapping[str, Any]) -> None:
    clock = sample.clock
    start = clock.day_ago(each["days"])
    planned = clock.ago(max(each["days"] + 30, 10))
    auditor = sample.first_with("internal_auditor")
    with acting_as(sample.actor(auditor)) as actor:
        audit = audits.plan_audit(
            actor=actor,
            title=each["title"],
            objectives=each["objectives"],
            criteria=each["criteria"],
            scope="The clauses and controls named, for the systems in scope.",
            start_date=start,
            end_date=start + datetime.timedelta(days=each["length"]),
            lead=sample.people[auditor],
            now=planned,
        )
    if each["state"] == AuditState.REPORT_ISSUED:
        _do_audit(sample, audit, each, auditor)


def _do_audit(sample: Sample, audit: Audit, each: Mapping[str, Any], auditor: str) -> None:
    clock = sample.clock
    opened, ended = clock.ago(each["days"]), clock.ago(each["days"] - each["length"])
    with acting_as(sample.actor(auditor)) as actor:
        audits.declare_independence(actor=actor, audit=audit, now=clock.ago(each["days"] + 20))
        audits.schedule(actor=actor, audit=audit, now=clock.ago(each["days"] + 15))
        audits.open_audit(actor=actor, audit=audit, now=opened)
        drafts = [_draft(sample, audit, each_finding, actor, ended) for each_finding in each["findings"]]
        grades = {draft.requirement: draft.grade for draft in drafts}
        for item in audit.items.all():
            audits.record_result(
                actor=actor,
                item=item,
                result=_result(grades.get(item.requirement)),
                notes="Seen in the records and confirmed in the interview with the owner.",
                now=opened,
            )
        audits.end_fieldwork(actor=actor, audit=audit, now=ended)
        audits.issue_report(
            actor=actor,
            audit=audit,
            conclusion="The audited clauses and controls are met, but for the nonconformities named.",
            effectiveness="The system reaches its intended results; supplier reviews need more attention.",
            signed=True,
            now=ended + datetime.timedelta(days=5),
        )


def _result(grade: str | None) -> str:
    by_grade = {Grade.MINOR: ResultState.MINOR, Grade.MAJOR: ResultState.MAJOR, Grade.OFI: ResultState.OFI}
    return by_grade.get(Grade(grade), ResultState.CONFORMING) if grade else ResultState.CONFORMING


def _draft(sample: Sample, audit: Audit, each: Mapping[str, Any], actor: Any, now: datetime.datetime) -> Any:
    return findings.draft_finding(
        actor=actor,
        audit=audit,
        title=each["title"],
        grade=each["grade"],
        requirement=each["requirement"],
        evidence_text=each["evidence"],
        statement=each["statement"],
        system=sample.systems[each["system"]] if "system" in each else None,
        control=Control.objects.filter(reference=each["requirement"]).first(),
        auditee=sample.people[each["auditee"]],
        now=now,
    )


def _seed_certificate(sample: Sample, each: Mapping[str, Any]) -> None:
    with acting_as(sample.actor(sample.lead)) as lead:
        certification.record_existing(
            actor=lead,
            body=each["body"],
            number=each["number"],
            scope_text=sample.plan["scope"]["statement"],
            soa=StatementOfApplicability.objects.approved().get(),
            stage1_date=sample.clock.day_ago(each["stage1"]),
            stage2_date=sample.clock.day_ago(each["stage2"]),
            decision_date=sample.clock.day_ago(each["decision"]),
            now=sample.clock.ago(300),
        )


def _seed_engagement(sample: Sample, each: Mapping[str, Any]) -> None:
    clock, auditor = sample.clock, sample.plan["auditor"]
    with acting_as(sample.actor(sample.lead)) as lead:
        engagements.create_engagement(
            actor=lead,
            kind=each["kind"],
            title=each["title"],
            body=auditor["firm"],
            auditor_name=auditor["name"],
            auditor_email=auditor["email"],
            from_date=clock.day_ago(each["from"]),
            until_date=clock.day_ago(each["until"]),
            systems=[sample.systems[key] for key in each["systems"]],
            soa=StatementOfApplicability.objects.approved().get(),
            period_from=clock.day_ago(365),
            period_to=clock.day(0),
            now=clock.ago(each["from"]),
        )
