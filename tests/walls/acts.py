"""What people of one organization do in the interleavings, each counting within its own rows."""

from __future__ import annotations

import re
from typing import Any

from django.db import IntegrityError, models

from aims.core import invitations
from aims.core.exceptions import RuleBroken
from aims.core.models import Evidence, Member, Organization
from aims.core.services.organizations import change_roles
from aims.core.services.settings import change_settings
from aims.core.tenancy.context import acting_as, acting_in
from audits import packs
from audits.models import Audit, Finding
from audits.services import audits, findings
from controls import soa
from controls.models import SoAEntry
from controls.rules import Reason
from inventory.models import AIModel, AISystem
from inventory.services import concerns, incidents, resources, suppliers, systems
from risk.models import Risk, RiskCriteria
from risk.scoring import Ratings
from risk.services import criteria, risks
from tests.cast import NOW, TODAY, House, as_member
from tests.core.evidence_sample import accepted, pdf
from tests.core.test_pages import as_if_committed

NOBODYS = 987_654_321
#: Drawn anew each time: names of requests, tokens of forms, secret links, numbers of rows.
FRESH = re.compile(
    r'(?<=name="csrf-token" content=")[^"]*|(?<=name="csrfmiddlewaretoken" value=")[^"]*|(?<=nonce=")[^"]*'
    r"|(?<=/invitations/)\S+|\b[0-9a-f]{12}\b|\b[0-9a-f]{64}\b|\d+"
)


def register(house: House, name: str) -> None:
    with acting_as(house.lead) as actor:
        systems.register_system(
            actor=actor,
            name=own(house, name),
            owner=house.member["owner"],
            now=NOW,
            purpose=own(house, "Sorts"),
        )


def edit(house: House, who: str, nth: int, purpose: str) -> None:
    with acting_as(house.actor(who)) as actor:
        system = the(AISystem, nth)
        changes = {"purpose": own(house, purpose)}
        systems.edit_system(
            actor=actor, system=system, row_version=system.row_version, changes=changes, now=NOW
        )


def identify(house: House, who: str, nth: int, title: str) -> None:
    with acting_as(house.actor(who)) as actor:
        risks.identify_risk(
            actor=actor,
            title=own(house, title),
            system=the(AISystem, nth),
            owner=house.member["risk_owner"],
            cause=own(house, "Few samples"),
            event=own(house, "A wrong answer"),
            consequence=own(house, "A late treatment"),
            affected_parties="patients",
            now=NOW,
        )


def approve_scales(house: House, who: str) -> None:
    with acting_as(house.actor(who)) as actor:
        criteria.approve_criteria(actor=actor, criteria=the(RiskCriteria, 0), now=NOW)


def rate(house: House, who: str, nth: int, likelihood: int, severity: int) -> None:
    with acting_as(house.actor(who)) as actor:
        ratings = Ratings(likelihood, severity, 1, severity)
        reason = own(house, "As measured")
        risks.rate(actor=actor, risk=the(Risk, nth), ratings=ratings, reason=reason, now=NOW)


def hand_in(house: House, title: str) -> None:
    """The same bytes come from both organizations: one blob each."""
    accepted(house, title=own(house, title), file=pdf(title))


def link(house: House, who: str, nth: int, other: int) -> None:
    with acting_as(house.actor(who)) as actor:
        systems.link_evidence(actor=actor, system=the(AISystem, nth), evidence=the(Evidence, other), now=NOW)


def invite(house: House, who: str, nth: int) -> None:
    """Both may invite the same person."""
    with acting_as(house.actor(who)) as actor:
        invitations.invite(
            actor=actor, email=f"new{nth}@people.test", name=own(house, "New"), roles=["staff"], now=NOW
        )


def give_roles(house: House, by: str, who: str, roles: list[str]) -> None:
    with acting_as(house.actor(by)) as actor:
        change_roles(actor=actor, member=Member.objects.get(pk=house.member[who].pk), roles=roles)


def move_to(house: House, who: str, zone: str) -> None:
    with acting_as(house.actor(who)) as actor:
        organization = Organization.objects.get(pk=actor.organization_id)
        change_settings(actor=actor, organization=organization, name=organization.name, time_zone=zone)


def draft_statement(house: House, who: str) -> None:
    with acting_as(house.actor(who)) as actor:
        soa.draft_soa(actor=actor, scope=own(house, "Triage"), now=NOW)


def decide_row(house: House, who: str, nth: int, included: bool) -> None:
    with acting_as(house.actor(who)) as actor:
        entry = the(SoAEntry, nth)
        why = own(house, "As decided")
        said = soa.Decision(included, [Reason("business_decision", text=why)] if included else None, why)
        soa.decide(actor=actor, entry=entry, decision=said, row_version=entry.row_version, now=NOW)


def plan(house: House, who: str, title: str, nth: int) -> None:
    with acting_as(house.actor(who)) as actor:
        audits.plan_audit(
            actor=actor,
            title=own(house, title),
            criteria=["9.2.2", "A.6.2.4"],
            lead=house.member["internal_auditor"],
            systems=[the(AISystem, nth)],
            now=NOW,
        )


def find(house: House, who: str, title: str, nth: int) -> None:
    with acting_as(house.actor(who)) as actor:
        drafted = findings.draft_finding(
            actor=actor,
            title=own(house, title),
            audit=the(Audit, nth),
            grade="minor",
            requirement="A.6.2.4",
            evidence_text=own(house, "The log of May"),
            statement=own(house, "It ends early"),
            auditee=house.member["control_owner"],
            now=NOW,
        )
        findings.raise_finding(actor=actor, finding=drafted, now=NOW)


def acknowledge(house: House, who: str, nth: int) -> None:
    with acting_as(house.actor(who)) as actor:
        findings.acknowledge(actor=actor, finding=the(Finding, nth), now=NOW)


def ask_for_pack(house: House, who: str) -> None:
    with acting_as(house.actor(who)) as actor:
        packs.request_pack(actor=actor, as_of=TODAY, now=NOW)


def buy_from(house: House, who: str, name: str) -> None:
    """Both may buy from the same supplier; each has a record of its own."""
    with acting_as(house.actor(who)) as actor:
        suppliers.register_supplier(actor=actor, name=own(house, name), owner=house.member["owner"], now=NOW)


def add_model(house: House, who: str, name: str) -> None:
    with acting_as(house.actor(who)) as actor:
        resources.register_resource(
            actor=actor, model=AIModel, name=own(house, name), owner=house.member["owner"], now=NOW
        )


def report(house: House, who: str, title: str, nth: int) -> None:
    with acting_as(house.actor(who)) as actor:
        incidents.report_incident(
            actor=actor,
            title=own(house, title),
            description=own(house, "It said the wrong thing"),
            noticed_at=NOW,
            systems=[the(AISystem, nth)],
            now=NOW,
        )


def raise_concern(house: House, who: str, text: str) -> None:
    with acting_as(house.actor(who)) as actor:
        concerns.report_concern(actor=actor, text=own(house, text), now=NOW)


def link_theirs(house: House, other: House, nth: int) -> None:
    """A row of the other organization, or of none where that one is alone, handed to a verb."""
    theirs = Evidence(pk=foreign_id(other, Evidence, nth), title="Somewhere", state="accepted")
    with acting_as(house.lead) as actor:
        try:
            systems.link_evidence(actor=actor, system=the(AISystem, 0), evidence=theirs, now=NOW)
            as_if_committed()
        except IntegrityError as refused:
            raise RuleBroken("There is no such evidence.") from refused


def ask_list(house: House, who: str, path: str) -> str:
    return said(as_member(house, who).get(house.api(path)))


def ask_page(house: House, who: str, path: str) -> str:
    return said(as_member(house, who).get(house.url(path)))


def post_system(house: House, who: str, name: str) -> str:
    body = {"name": own(house, name), "owner_id": house.member["owner"].pk}
    return said(as_member(house, who).post(house.api("systems"), body, content_type="application/json"))


def change_system(house: House, who: str, nth: int, name: str) -> str:
    with acting_in(house.organization):
        system = the(AISystem, nth)
    return said(patched(house, who, system.pk, row_version=system.row_version, name=own(house, name)))


def change_theirs(house: House, other: House, who: str, nth: int) -> str:
    """What exists elsewhere and what exists nowhere get the same answer."""
    number = foreign_id(other, AISystem, nth)
    read = as_member(house, who).get(house.api(f"systems/{number}"))
    return said(read) + said(patched(house, who, number, row_version=1, name="Mine"))


def give_to_theirs(house: House, other: House, who: str, nth: int) -> str:
    """An own system is to belong to a person of the other organization."""
    with acting_in(house.organization):
        system = the(AISystem, nth)
    stranger = list(other.member.values())[nth].pk
    return said(patched(house, who, system.pk, row_version=system.row_version, owner_id=stranger))


def patched(house: House, who: str, number: int, **body: Any) -> Any:
    return as_member(house, who).patch(house.api(f"systems/{number}"), body, content_type="application/json")


def said(answer: Any) -> str:
    return f"{answer.status_code} {FRESH.sub('#', answer.text)}"


def own(house: House, text: str) -> str:
    """A text that says whose it is, so that it is known wherever it turns up."""
    return f"{text} {house.slug}"


def foreign_id(other: House, model: type[models.Model], nth: int) -> int:
    with acting_in(other.organization):
        rows = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    return rows[nth % len(rows)] if rows else NOBODYS


def the(model: type[models.Model], nth: int) -> Any:
    rows = list(model._default_manager.order_by("pk"))
    if not rows:
        raise RuleBroken("There is none yet.")
    return rows[nth % len(rows)]
