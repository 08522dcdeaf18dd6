"""The incidents of a sample organization, each step by whoever may take it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aims.core.tenancy.context import acting_as
from audits.demo.plan import answer
from inventory.models import Incident
from inventory.services import clocks
from inventory.services import incidents as verbs

if TYPE_CHECKING:
    from audits.demo.seeding import Sample

HOUR = datetime.timedelta(hours=1)
#: step -> (who takes it, hours after it was noticed)
STEPS = {
    "triage": ("lead", 3),
    "contain": ("owner", 6),
    "investigate": ("owner", 24),
    "resolve": ("owner", 96),
    "review": ("lead", 240),
    "close": ("lead", 480),
}


def seed_incidents(sample: Sample) -> None:
    for each in sample.plan.get("notice_clauses", ()):
        with acting_as(sample.actor(sample.lead)) as lead:
            clocks.add_clause(actor=lead, now=sample.clock.ago(500), **each)
    for each in sample.plan.get("incidents", ()):
        _live_through(sample, each)


def _live_through(sample: Sample, each: Mapping[str, Any]) -> None:
    noticed = sample.clock.ago(each["days"])
    with acting_as(sample.actor(each["reporter"])) as reporter:
        incident = verbs.report_incident(
            actor=reporter,
            title=each["title"],
            description=each["description"],
            kind=each.get("kind", "incident"),
            happened_at=noticed - each.get("hours_before", 2) * HOUR,
            noticed_at=noticed,
            place=each.get("place", ""),
            affected_people=each.get("affected", ""),
            affected_count=each.get("affected_count"),
            systems=[sample.systems[key] for key in each["systems"]],
            now=noticed + HOUR,
        )
    if "record" not in each:
        return
    _write(sample, incident, each["record"], noticed + 2 * HOUR)
    for step, (who, hours) in STEPS.items():
        _step(sample, incident, each, step, who, noticed + hours * HOUR)
        if step == each["until"]:
            return


def _write(sample: Sample, incident: Incident, record: Mapping[str, Any], now: datetime.datetime) -> None:
    changes = {key: answer(value) if value in (True, False) else value for key, value in record.items()}
    with acting_as(sample.actor(sample.lead)) as lead:
        verbs.edit_incident(
            actor=lead, incident=incident, row_version=incident.row_version, changes=changes, now=now
        )


def _step(
    sample: Sample, incident: Incident, each: Mapping[str, Any], step: str, who: str, now: datetime.datetime
) -> None:
    if step == "close":
        _settle_notices(sample, incident, each, now)
    actor = sample.lead if who == "lead" else each["owner"]
    with acting_as(sample.actor(actor)) as acting:
        verbs.move_incident(actor=acting, incident=incident, action=step, now=now)


def _settle_notices(
    sample: Sample, incident: Incident, each: Mapping[str, Any], now: datetime.datetime
) -> None:
    with acting_as(sample.actor(sample.lead)) as lead:
        for notice in incident.notices.select_related("incident"):
            proof = each.get("proofs", {}).get(notice.rule or notice.kind)
            if proof:
                sent_at = incident.noticed_at + proof["hours"] * HOUR
                clocks.record_sent(actor=lead, notice=notice, sent_at=sent_at, proof=proof["text"], now=now)
            else:
                clocks.waive_notice(actor=lead, notice=notice, reason=each["no_notice"], now=now)
