"""The context of a sample organization (clause 4), as its compliance lead keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aims.core.actor import Actor
from aims.core.tenancy.context import acting_as
from inventory.services import context as verbs
from inventory.services import governance as bodies
from inventory.services import parties as party_verbs

if TYPE_CHECKING:
    from audits.demo.seeding import Sample


def _govern(sample: Sample, lead: Actor, each: Mapping[str, Any]) -> None:
    """A body with its seats, meetings and decisions."""
    clock, since = sample.clock, each["days"]
    body = bodies.set_up_body(actor=lead, name=each["name"], charter=each["charter"], now=clock.ago(since))
    for who, part in each["seats"].items():
        bodies.fill_seat(
            actor=lead,
            body=body,
            person=sample.people[who],
            part=part,
            since=clock.day_ago(since),
            now=clock.ago(since),
        )
    for met in each["meetings"]:
        now = clock.ago(met["days"])
        meeting = bodies.record_meeting(
            actor=lead,
            body=body,
            held_on=clock.day_ago(met["days"]),
            agenda=met["agenda"],
            present=[sample.people[who] for who in met["present"]],
            now=now,
        )
        for decided in met["decisions"]:
            decision = bodies.record_decision(
                actor=lead,
                meeting=meeting,
                text=decided["text"],
                owner=sample.member(decided["owner"]),
                due_date=clock.day(decided["due_in"]),
                now=now,
            )
            if "done" in decided:
                bodies.finish_decision(actor=lead, decision=decision, note=decided["done"], now=now)


def seed_context(sample: Sample) -> None:
    plan = sample.plan.get("context", {})
    with acting_as(sample.actor(sample.lead)) as lead:
        for each in plan.get("issues", ()):
            verbs.record_issue(
                actor=lead,
                now=sample.clock.ago(each["days"]),
                owner=sample.member(each["owner"]),
                next_review_date=sample.clock.day(each["review_in"]),
                **{key: each[key] for key in ("title", "kind", "theme", "effect", "source")},
            )
        for each in plan.get("parties", ()):
            party = party_verbs.register_party(
                actor=lead,
                now=sample.clock.ago(each["days"]),
                owner=sample.member(each["owner"]),
                next_review_date=sample.clock.day(each["review_in"]),
                **{key: each[key] for key in ("name", "kind", "description", "watch")},
            )
            for need in each["needs"]:
                party_verbs.add_need(actor=lead, party=party, now=sample.clock.ago(each["days"]), **need)
        for each in plan.get("bodies", ()):
            _govern(sample, lead, each)
        for climate in plan.get("climate", ()):
            verbs.decide_climate(
                actor=lead,
                now=sample.clock.ago(climate["days"]),
                is_relevant=climate["relevant"],
                reason=climate["reason"],
            )
