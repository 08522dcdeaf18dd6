"""What the sample's systems are made of, what was found in use, what people are told, what is to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aims.core.models import Evidence
from aims.core.tenancy.context import acting_as
from inventory.models import AIModel, DataSet, Supplier
from inventory.services import changes, disclosures, discovery, resources

if TYPE_CHECKING:
    from audits.demo.seeding import Sample

MODELS: dict[str, Any] = {"model": AIModel, "data_set": DataSet}
RESOURCE_KEYS = {"is", "owner", "supplier", "days", "systems"}


def seed_inventory(sample: Sample) -> None:
    seed_resources(sample)
    seed_discovery(sample)
    seed_disclosures(sample)
    seed_changes(sample)


def seed_resources(sample: Sample) -> None:
    suppliers = {supplier.name: supplier for supplier in Supplier.objects.all()}
    for each in sample.plan.get("resources", ()):
        now = sample.clock.ago(each["days"])
        with acting_as(sample.actor(each["owner"])) as owner:
            resource = resources.register_resource(
                actor=owner,
                model=MODELS[each["is"]],
                now=now,
                supplier=suppliers.get(each.get("supplier", "")),
                **{key: value for key, value in each.items() if key not in RESOURCE_KEYS},
            )
            for key, role in each["systems"].items():
                resources.link_resource(
                    actor=owner, resource=resource, system=sample.systems[key], role=role, now=now
                )


def seed_discovery(sample: Sample) -> None:
    plan = sample.plan.get("discovery", {})
    for survey in plan.get("surveys", ()):
        with acting_as(sample.actor(sample.lead)) as lead:
            discovery.record_survey(
                actor=lead,
                held_on=sample.clock.day_ago(survey["days"]),
                asked=survey["asked"],
                result=survey["result"],
                now=sample.clock.ago(survey["days"]),
            )
    for each in plan.get("reports", ()):
        now = sample.clock.ago(each["days"])
        with acting_as(sample.actor(each["by"])) as reporter:
            item: Any = discovery.report_tool(
                actor=reporter, name=each["name"], vendor=each["vendor"], used_for=each["used_for"], now=now
            ).item
        with acting_as(sample.actor(sample.lead)) as lead:
            for action in each.get("steps", ()):
                reason = "" if action == "triage" else each["reason"]
                discovery.move_discovered(actor=lead, item=item, action=action, reason=reason, now=now)


def seed_disclosures(sample: Sample) -> None:
    for each in sample.plan.get("disclosures", ()):
        now = sample.clock.ago(each["days"])
        system = sample.systems[each["system"]]
        with acting_as(sample.actor(sample.lead)) as lead:
            told = disclosures.register_disclosure(
                actor=lead,
                system=system,
                now=now,
                review_date=sample.clock.day(each["review_in"]),
                **{key: each[key] for key in ("kind", "audience", "language", "text", "shown_where")},
            )
            if "proof" in each:
                disclosures.link_proof(
                    actor=lead,
                    disclosure=told,
                    evidence=Evidence.objects.get(title=each["proof"]),
                    shown_on=now.date(),
                    today=sample.clock.now.date(),
                )


def seed_changes(sample: Sample) -> None:
    for each in sample.plan.get("changes", ()):
        now = sample.clock.ago(each["days"])
        with acting_as(sample.actor(each["owner"])) as owner:
            change = changes.draft_change(
                actor=owner,
                title=each["title"],
                system=sample.systems[each["system"]],
                purpose=each["purpose"],
                effects={
                    key: {"answer": "yes" if said else "no", "text": text}
                    for key, (said, text) in each["effects"].items()
                },
                now=now,
            )
            changes.move_change(actor=owner, change=change, action="assess", now=now)
