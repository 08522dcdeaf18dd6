"""The suppliers of a sample organization, each step by whoever may take it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aims.core.models import Evidence
from aims.core.tenancy.context import acting_as
from audits.demo.plan import answer
from inventory.enums import ReviewTrigger
from inventory.models import Supplier
from inventory.services import supplier_parts as parts
from inventory.services import suppliers as verbs

if TYPE_CHECKING:
    from audits.demo.seeding import Sample

FACTS = ("name", "tier", "tier_reason", "contact", "services", "terms", "duties", "exit_plan")
DAY = datetime.timedelta(days=1)


def seed_suppliers(sample: Sample) -> None:
    for each in sample.plan.get("suppliers", ()):
        now = sample.clock.ago(each["days"])
        supplier = _register(sample, each, now)
        _examine(sample, supplier, each, now)
        _decide(sample, supplier, each, now + 20 * DAY)


def _register(sample: Sample, each: Mapping[str, Any], now: datetime.datetime) -> Supplier:
    contract = {
        topic: {"answer": answer(said), "where": at} for topic, (said, at) in each["contract"].items()
    }
    with acting_as(sample.actor(each["owner"])) as owner:
        supplier = verbs.register_supplier(
            actor=owner,
            now=now,
            contract=contract,
            **{key: each[key] for key in FACTS if key in each},
        )
        for key in each["systems"]:
            system = sample.systems[key]
            parts.link_system(
                actor=owner,
                supplier=supplier,
                system=system,
                model_name=system.model_name,
                model_version=system.model_version,
                now=now,
            )
    return supplier


def _examine(sample: Sample, supplier: Supplier, each: Mapping[str, Any], now: datetime.datetime) -> None:
    with acting_as(sample.actor(each["owner"])) as owner:
        verbs.move_supplier(actor=owner, supplier=supplier, action="start", now=now + DAY)
        if "evidence" in each:
            item = Evidence.objects.get(title=each["evidence"])
            parts.link_certificate(actor=owner, supplier=supplier, evidence=item, now=now)
        if "condition" in each:
            parts.add_condition(
                actor=owner,
                supplier=supplier,
                text=each["condition"]["text"],
                due_date=sample.clock.day(each["condition"]["due_in"]),
                is_blocking=True,
                now=now + DAY,
            )


def _decide(sample: Sample, supplier: Supplier, each: Mapping[str, Any], now: datetime.datetime) -> None:
    action = "approve_with_conditions" if each["way"] == "approved_with_conditions" else "approve"
    with acting_as(sample.actor(sample.lead)) as lead:
        verbs.move_supplier(actor=lead, supplier=supplier, action=action, now=now)
    if action != "approve":
        return
    with acting_as(sample.actor(each["owner"])) as owner:
        # Taken into use a month ago: the first review lies ahead.
        verbs.move_supplier(actor=owner, supplier=supplier, action="activate", now=sample.clock.ago(30))
        if "event" in each:
            _review(sample, owner, supplier, each["event"])


def _review(sample: Sample, owner: Any, supplier: Supplier, event: Mapping[str, Any]) -> None:
    parts.record_event(
        actor=owner,
        supplier=supplier,
        kind=event["kind"],
        text=event["text"],
        happened_on=sample.clock.day_ago(event["days"]),
        now=sample.clock.ago(event["days"]),
    )
    verbs.move_supplier(
        actor=owner,
        supplier=supplier,
        action="trigger_review",
        trigger=ReviewTrigger.MODEL_CHANGE,
        reason="The announced version changes the training data.",
        now=sample.clock.ago(event["days"] - 1),
    )
