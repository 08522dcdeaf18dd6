"""Organizations to measure on, built through the verbs."""

from __future__ import annotations

import csv
import datetime
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from aims.core import evidence
from aims.core.actor import Actor, member_actor
from aims.core.messages import without_mail
from aims.core.models import Member, Organization
from aims.core.services.organizations import add_member, create_organization
from aims.core.tenancy.context import acting_as, acting_in
from controls import soa
from controls.enums import ImplementationState, ReasonKind
from controls.models import SoAEntry
from controls.rules import Reason
from inventory import importing
from inventory.models import AISystem
from inventory.services import scope as scopes
from inventory.services import systems as inventory
from risk import taxonomy
from risk.models import RiskCriteria
from risk.scoring import Ratings
from risk.services import criteria, risks

LEAD_ROLES = ["compliance_lead", "ai_system_owner", "risk_owner", "control_owner"]
STAGES = ("operation_monitoring", "deployment", "design_development", "verification_validation")
AI_TYPES = ("predictive_ml", "generative_llm", "computer_vision", "nlp_classifier", "recommender")
HEADINGS = (
    *("External ID", "Name", "Purpose", "Owner e-mail", "Organization roles", "AI type", "Sourcing"),
    *("Supplier", "People affected", "Life cycle stage", "In AIMS scope", "Reason for scope"),
)
RISKS_OF_A_SYSTEM = 4
EVIDENCE_OF_A_SYSTEM = 6


@dataclass(frozen=True)
class House:
    organization: Organization
    lead: Member
    top: Member
    staff: Member

    @property
    def slug(self) -> str:
        return self.organization.slug

    @property
    def actor(self) -> Actor:
        return member_actor(self.lead, request_id="bench")


def house(slug: str) -> House:
    organization = create_organization(name=slug.replace("-", " ").title(), slug=slug, now=timezone.now())
    with acting_in(organization) as actor:
        lead = add_member(actor=actor, email=f"lead@{slug}.test", name="Lena Lead", roles=LEAD_ROLES)
        top = add_member(actor=actor, email=f"top@{slug}.test", name="Tara Top", roles=["top_management"])
        staff = add_member(
            actor=actor, email=f"staff@{slug}.test", name="Stan Staff", roles=["control_owner"]
        )
    return House(organization, lead, top, staff)


def spreadsheet(owner: Member, *, rows: int) -> bytes:
    """An inventory as an organization would hand it in, a little different in every row."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for number in range(rows):
        writer.writerow(
            (
                f"CMDB-{number:05}",
                f"System {number:05} for planning and triage",
                "Ranks incoming requests by urgency so that people see the most urgent first.",
                owner.email,
                "deployer_user",
                AI_TYPES[number % len(AI_TYPES)],
                "vendor",
                f"Supplier {number % 97}",
                "Patients and staff of the site",
                STAGES[number % len(STAGES)],
                "yes",
                "Used in a process inside the boundary.",
            )
        )
    return out.getvalue().encode()


def import_rows(house: House, *, rows: int) -> int:
    """The whole way of a file in the foreground: read in its limited process, planned, written."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "systems.csv"
        path.write_bytes(spreadsheet(house.lead, rows=rows))
        with acting_as(house.actor) as actor:
            _, plan = importing.import_file(actor=actor, path=path, now=timezone.now())
    return len(plan.to_create)


@transaction.atomic
def fill(house: House, *, systems: int) -> None:
    """What a pack shows: systems with risks and evidence, a scope and an approved Statement."""
    now = timezone.now()
    with without_mail():
        import_rows(house, rows=systems)
        with acting_as(member_actor(house.top)) as top:
            adopted = RiskCriteria.objects.get()
            criteria.approve_criteria(actor=top, criteria=adopted, now=now)
        with acting_as(house.actor) as actor:
            found = list(AISystem.objects.order_by("pk"))
            for number, system in enumerate(found):
                _add_risks(actor, system, number, now)
                _add_evidence(house, system, now)
            scope = scopes.write_scope_statement(
                actor=actor,
                statement="All AI systems of the organization.",
                boundaries="Both sites.",
                now=now,
            )
        with acting_as(member_actor(house.top)) as top:
            scopes.approve_scope_statement(actor=top, scope=scope, now=now)
        _approve_statement(house, now)


def _add_risks(actor: Actor, system: AISystem, number: int, now: datetime.datetime) -> None:
    library = taxonomy.scenarios()
    chosen = [library[(number * RISKS_OF_A_SYSTEM + at) % len(library)].id for at in range(RISKS_OF_A_SYSTEM)]
    owner = Member.objects.get(pk=actor.member_id or 0)
    for at, scenario in enumerate(chosen):
        risk = risks.identify_risk(
            actor=actor, title="", system=system, scenario=scenario, owner=owner, now=now
        )
        severity = 1 + (number + at) % 5
        risks.rate(
            actor=actor,
            risk=risk,
            ratings=Ratings(1 + at % 5, severity, severity, severity),
            reason="Workshop with those who use it",
            now=now,
        )


def _add_evidence(house: House, system: AISystem, now: datetime.datetime) -> None:
    """Handed in by one person, accepted and linked by another."""
    for number in range(EVIDENCE_OF_A_SYSTEM):
        title = f"Test report {number + 1} of {system.reference}"
        with acting_as(member_actor(house.staff)) as staff:
            item = evidence.submit_evidence(
                actor=staff,
                title=title,
                kind="test_result",
                source="Test lab",
                file=io.BytesIO(f"{title}: passed.\n".encode() * 40),
                file_name=f"{system.reference}-{number + 1}.txt",
                period_from=now.date(),
                now=now,
            )
        with acting_as(house.actor) as lead:
            evidence.accept_evidence(actor=lead, evidence=item, now=now)
            inventory.link_evidence(actor=lead, system=system, evidence=item, now=now)


def _approve_statement(house: House, now: datetime.datetime) -> None:
    with acting_as(house.actor) as lead:
        draft = soa.draft_soa(actor=lead, now=now)
        decision = soa.BulkDecision(
            reason=Reason(ReasonKind.BUSINESS_DECISION, link="Minutes 4", text="Decided by the board"),
            status=ImplementationState.PLANNED,
            target_date=now.date() + datetime.timedelta(days=90),
            owner=house.lead,
        )
        entries = list(SoAEntry.objects.filter(soa=draft).values_list("pk", flat=True))
        soa.decide_many(actor=lead, soa=draft, entry_ids=entries, decision=decision, now=now)
        soa.submit_soa(actor=lead, soa=draft, now=now)
    with acting_as(member_actor(house.top)) as top:
        soa.approve_soa(actor=top, soa=draft, now=now)
