"""Impact assessments of a sample organization: the form answered by the owner, reviewed by the lead."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from aims.core.tenancy.context import acting_as
from audits.demo import plan
from risk.answer_tables import NONE
from risk.models import ImpactAssessment, Risk
from risk.prefill import proposals, records_on_offer
from risk.services import impact_forms, impact_reviews

if TYPE_CHECKING:
    from audits.demo.seeding import Sample

REVIEW_DAYS = 6


def seed_impact_forms(sample: Sample) -> None:
    for each in sample.plan.get("impact_forms", ()):
        system, now = sample.systems[each["system"]], sample.clock.ago(each["days"])
        assessment = ImpactAssessment.objects.select_related("system__owner").get(system=system)
        with acting_as(sample.actor(each["owner"])) as owner:
            answers = _answers(sample, assessment, plan.read(each["answers"]), now)
            impact_forms.answer_form(actor=owner, assessment=assessment, answers=answers, now=now)
            impact_forms.submit_assessment(actor=owner, assessment=assessment, now=now)
        decided = now + datetime.timedelta(days=REVIEW_DAYS)
        with acting_as(sample.actor(sample.lead)) as lead:
            impact_reviews.start_review(actor=lead, assessment=assessment, now=decided)
            impact_reviews.approve_assessment(
                actor=lead,
                assessment=assessment,
                next_date=sample.clock.day(each["next_in"]),
                comment=each["comment"],
                now=decided,
            )


def _answers(
    sample: Sample, assessment: ImpactAssessment, said: dict[str, Any], now: datetime.datetime
) -> dict[str, Any]:
    """As the file says: a text alone for a table says why it is empty, `risk` names a scenario."""
    system = assessment.system
    suggested = proposals(system, records_on_offer(system))
    scenarios = dict(Risk.objects.filter(system=system).values_list("scenario", "pk"))
    tables = {id: _rows(rows, scenarios) for id, rows in said["tables"].items()}
    linked = {id: {**suggested.get(id, {}), "note": note} for id, note in said["linked"].items()}
    days = {id: sample.clock.day(ahead).isoformat() for id, ahead in said["days"].items()}
    return {**said["answers"], **tables, **linked, **days}


def _rows(rows: Any, scenarios: dict[str, int]) -> list[dict[str, Any]]:
    if isinstance(rows, str):
        return [{"kind": NONE, "text": rows}]
    return [
        {key: value for key, value in row.items() if key != "risk"}
        | ({"risk_id": scenarios[row["risk"]]} if "risk" in row else {})
        for row in rows
    ]
