"""An organization with two AI systems, controls, evidence and an approved Statement of Applicability."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

import controls.queries
import controls.statement
from aims.core.actor import Actor, ActorKind
from aims.core.models import AccessGrant, Blob, Evidence
from aims.core.snapshots import freeze
from aims.core.tenancy.context import acting_in
from audits.models import Audit, Engagement
from audits.services import audits as audit_verbs
from audits.services import engagements
from controls.models import Control, ControlEvidence, SoAEntry, StatementOfApplicability
from inventory.models import AISystem, ScopeStatement, SystemEvidence
from risk.models import ImpactAssessment, Risk
from tests.cast import NOW, House, freshly_signed_in

DAY = datetime.timedelta(days=1)
TODAY = NOW.date()
CRITERIA = ["9.1", "A.6.2.4"]


@dataclass
class Records:
    """What the organization keeps; `inside` is the system an auditor is invited to, `outside` another."""

    inside: AISystem
    outside: AISystem
    evidence: dict[str, Evidence] = field(default_factory=dict)
    soa: StatementOfApplicability | None = None


def make_system(house: House, name: str, **values: Any) -> AISystem:
    return AISystem.objects.create(
        **{
            "reference": f"SYS-{AISystem.objects.count() + 1:03d}",
            "name": name,
            "owner": house.member["owner"],
            "is_in_scope": True,
            "registered_by": house.member["lead"],
            "registered_at": NOW,
            **values,
        }
    )


def make_evidence(house: House, title: str, **values: Any) -> Evidence:
    digest = hashlib.sha256(title.encode()).hexdigest()
    blob = Blob.objects.create(
        sha256=digest, size=10, media_type="text/plain", file_name="a.txt", storage_key=f"x/{digest}"
    )
    return Evidence.objects.create(
        **{
            "reference": f"EV-{Evidence.objects.count() + 1:03d}",
            "title": title,
            "blob": blob,
            "state": "accepted",
            "submitted_by": house.member["control_owner"],
            "submitted_at": NOW,
            **values,
        }
    )


def control_of(reference: str, **values: Any) -> Control:
    found, _ = Control.objects.get_or_create(
        reference=reference, defaults={"title": f"Control {reference}", "origin": "annex_a"}
    )
    for name, value in values.items():
        setattr(found, name, value)
    found.save()
    return found


@pytest.fixture
def records(house: House) -> Records:
    with acting_in(house.organization):
        return fill(house)


def fill(house: House) -> Records:
    inside, outside = make_system(house, "Triage"), make_system(house, "Billing assistant")
    records = Records(inside, outside)
    control = control_of("A.6.2.4", owner=house.member["control_owner"])
    for name, values in {
        "inside": {},
        "outside": {},
        "control": {},
        "secret": {"is_confidential": True},
        "waiting": {"state": "submitted"},
        "old": {"valid_until": TODAY - 400 * DAY},
    }.items():
        records.evidence[name] = make_evidence(house, f"Report {name}", **values)
    for name in ("inside", "secret", "waiting", "old"):
        SystemEvidence.objects.create(system=inside, evidence=records.evidence[name])
    SystemEvidence.objects.create(system=outside, evidence=records.evidence["outside"])
    # The evidence of the other system shows the shared control too, and stays hidden all the same.
    for name in ("control", "outside"):
        ControlEvidence.objects.create(control=control, evidence=records.evidence[name])
    for number, system in enumerate((inside, outside), 1):
        Risk.objects.create(
            reference=f"R-00{number}",
            title=f"Risk {number}",
            system=system,
            identified_at=NOW,
            owner=house.member["risk_owner"],
        )
        ImpactAssessment.objects.create(
            reference=f"IA-00{number}", system=system, author=house.member["owner"], started_at=NOW
        )
    records.soa = make_soa(house, control)
    ScopeStatement.objects.create(
        version=1,
        statement="All of it",
        author=house.member["lead"],
        created_at=NOW,
        approved_by=house.member["top"],
        approved_at=NOW,
    )
    return records


def make_soa(house: House, control: Control) -> StatementOfApplicability:
    soa = StatementOfApplicability.objects.create(
        version=1,
        state="approved",
        author=house.member["lead"],
        created_at=NOW,
        approved_by=house.member["top"],
        approved_at=NOW,
    )
    SoAEntry.objects.create(soa=soa, control=control, is_included=True, justification="Needed")
    rows = controls.queries.statement_rows(soa, today=TODAY)
    content = controls.statement.content(soa, rows, approver="Tara Top")
    soa.snapshot = freeze(house.top, soa, content, now=NOW)
    soa.save()
    return soa


def plan(house: House, **values: Any) -> Audit:
    """A whole plan: two requirements, one auditor who leads."""
    given = {
        "title": "Monitoring and verification",
        "objectives": "Find out whether monitoring works",
        "scope": "Clinical systems",
        "criteria": CRITERIA,
        "start_date": TODAY + 10 * DAY,
        "end_date": TODAY + 12 * DAY,
        "lead": house.member["internal_auditor"],
        **values,
    }
    return audit_verbs.plan_audit(actor=house.internal_auditor, now=NOW, **given)


def audit_in(house: House, state: str) -> Audit:
    """An audit brought to a state through its verbs."""
    actor, audit = house.internal_auditor, plan(house)
    if state == "planned":
        return audit
    audit_verbs.declare_independence(actor=actor, audit=audit, now=NOW)
    audit_verbs.schedule(actor=actor, audit=audit, now=NOW)
    if state == "scheduled":
        return audit
    audit_verbs.open_audit(actor=actor, audit=audit, now=NOW)
    if state == "in_progress":
        return audit
    check_all(house, audit)
    audit_verbs.end_fieldwork(actor=actor, audit=audit, now=NOW)
    return audit


def check_all(house: House, audit: Audit) -> None:
    for item in audit.items.all():
        audit_verbs.record_result(
            actor=house.internal_auditor, item=item, result="conforming", notes="Log of May seen", now=NOW
        )


def invite(house: House, records: Records, **values: Any) -> Engagement:
    given = {
        "kind": "stage2",
        "title": "Stage 2 audit",
        "body": "Northern Certification",
        "auditor_name": "Edda External",
        "auditor_email": "edda@northern-cert.example",
        "from_date": TODAY,
        "until_date": TODAY + 20 * DAY,
        "systems": [records.inside],
        "soa": records.soa,
        "period_from": TODAY - 365 * DAY,
        "period_to": TODAY + 30 * DAY,
        **values,
    }
    return engagements.create_engagement(actor=house.lead, now=NOW, **given)


def add_second_factor(engagement: Engagement) -> None:
    Authenticator.objects.create(
        user=engagement.grant.user, type=Authenticator.Type.TOTP, data={"secret": "x"}
    )


def activate(engagement: Engagement) -> None:
    """The auditor has accepted; the real clock of the database is inside the window."""
    now = datetime.datetime.now(tz=datetime.UTC)
    AccessGrant.objects.filter(pk=engagement.grant_id).update(
        state="active", starts_at=now - DAY, ends_at=now + DAY, accepted_at=now
    )


def auditor_actor(engagement: Engagement) -> Actor:
    """What the middleware makes of an auditor whose grant is active."""
    return Actor(
        kind=ActorKind.AUDITOR,
        name=engagement.grant.name,
        organization_id=engagement.organization_id,
        user_id=engagement.grant.user_id,
        grant_id=engagement.grant_id,
        roles=frozenset({"external_auditor"}),
    )


def auditor_client(engagement: Engagement) -> Client:
    return freshly_signed_in(engagement.grant.user)


@pytest.fixture
def engagement(house: House, records: Records) -> Iterator[Engagement]:
    """A running engagement on one of the two systems."""
    with acting_in(house.organization):
        made = invite(house, records)
        add_second_factor(made)
        activate(made)
        made.grant.refresh_from_db()
    yield made
