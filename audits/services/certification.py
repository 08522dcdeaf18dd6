"""The certification record (SM-25): what the certification body did and decided, entered by the lead."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from aims.core import permissions, trail, transitions
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.transitions import Facts
from aims.core.versions import write_version
from audits import rules, schedule
from audits.enums import CertificateState
from audits.guards.certificate import certificate_is_whole
from audits.models import Certificate
from audits.queries.certification import cycle_of, next_surveillance, window_opens_on
from controls.models import StatementOfApplicability

Given = Mapping[str, Any]
Changes = dict[str, Any]


@transaction.atomic
def open_certification(
    *,
    actor: Actor,
    body: str,
    scope_text: str = "",
    management_review_date: datetime.date | None = None,
    now: datetime.datetime,
) -> Certificate:
    """Begin to prepare for certification; there is one record at a time."""
    permissions.require(actor, "audits.manage_certification")
    if Certificate.objects.exclude(state=CertificateState.WITHDRAWN).exists():
        raise RuleBroken("There is a certification record already. Continue with that one.")
    if not body.strip():
        raise RuleBroken("Name the certification body.", field="body")
    certificate = Certificate.objects.create(
        body=body.strip(),
        scope_text=scope_text.strip(),
        management_review_date=management_review_date,
        created_at=now,
    )
    after = {"body": certificate.body, "scope_text": certificate.scope_text}
    trail.record(actor, "certificate.opened", certificate, after=after)
    return certificate


@transaction.atomic
def edit_certification(
    *,
    actor: Actor,
    certificate: Certificate,
    body: str,
    scope_text: str,
    management_review_date: datetime.date | None,
    note: str,
    row_version: int,
) -> Certificate:
    """Facts around the certification; state and cycle dates change only with what the body decided."""
    permissions.require(actor, "audits.manage_certification", certificate)
    written = {
        "body": body.strip(),
        "scope_text": scope_text.strip(),
        "management_review_date": management_review_date,
        "note": note.strip(),
    }
    before = {"scope": certificate.scope_text, "review": certificate.management_review_date}
    if not write_version(Certificate.objects.filter(pk=certificate.pk), row_version, **written):
        raise StaleState("Somebody else changed this record meanwhile. Reload and look at it again.")
    certificate.refresh_from_db()
    after = {"scope": certificate.scope_text, "review": management_review_date}
    trail.record(actor, "certificate.edited", certificate, before=before, after=after)
    return certificate


@transaction.atomic
def advance(
    *,
    actor: Actor,
    certificate: Certificate,
    action: str,
    given: Given | None = None,
    now: datetime.datetime,
) -> Certificate:
    """Enter the next step. `given` holds what the step needs: dates, numbers, a reason."""
    verb = "apply_for_certification" if action == "apply" else "manage_certification"
    permissions.require(actor, f"audits.{verb}", certificate)
    given = {key: value for key, value in (given or {}).items() if value not in (None, "")}
    changes = CHANGES[action](certificate, given) if action in CHANGES else {}
    transitions.move(
        rules.CERTIFICATION, certificate, action, actor=actor, now=now, given=given, changes=changes
    )
    return certificate


def daily_round(actor: Actor, today: datetime.date) -> None:
    """Open the windows that are due and let certificates expire; run again, it changes nothing more."""
    now = datetime.datetime.combine(today, datetime.time(6), tzinfo=datetime.UTC)
    for certificate in Certificate.objects.exclude(decision_date=None):
        for action in _due_actions(certificate, today):
            advance(actor=actor, certificate=certificate, action=action, now=now)


def _due_actions(certificate: Certificate, today: datetime.date) -> list[str]:
    cycle = cycle_of(certificate)
    if cycle is None:
        return []
    if certificate.state == CertificateState.CERTIFIED:
        due = next_surveillance(certificate)
        # Recertification first: in its last year a late surveillance is no longer held on its own.
        if today >= cycle.recertification_from:
            return ["open_recert_window", "expire"] if today > cycle.expiry else ["open_recert_window"]
        return ["open_window"] if due is not None and today >= window_opens_on(due) else []
    if certificate.state in {CertificateState.RECERTIFICATION_DUE, CertificateState.RECERTIFICATION}:
        return ["expire"] if today > cycle.expiry else []
    return []


def _given_columns(*columns: str) -> Callable[[Certificate, Given], Changes]:
    def changes(certificate: Certificate, given: Given) -> Changes:
        return {column: given[column] for column in columns if column in given}

    return changes


def _issued(certificate: Certificate, given: Given) -> Changes:
    columns = ("number", "scope_text", "soa", "decision_date")
    return {column: given[column] for column in columns if column in given}


def _surveillance_held(certificate: Certificate, given: Given) -> Changes:
    if "held_on" not in given:
        return {}
    return {"surveillance_dates": sorted({*certificate.surveillance_dates, given["held_on"]})}


def _renewed(certificate: Certificate, given: Given) -> Changes:
    """A new cycle that ends three years after the old expiry."""
    if "decision_date" not in given or certificate.expiry_date is None:
        return {}
    expiry = schedule.renewed_expiry(certificate.expiry_date, decision_date=given["decision_date"])
    return {"decision_date": given["decision_date"], "expiry_date": expiry, "surveillance_dates": []}


CHANGES: dict[str, Callable[[Certificate, Given], Changes]] = {
    "start_stage1": _given_columns("stage1_date"),
    "record_concerns": _given_columns("concerns"),
    "start_stage2": _given_columns("stage2_date"),
    "record_certificate": _issued,
    "confirm": _surveillance_held,
    "renew": _renewed,
    "restore_after_expiry": _renewed,
}


@transaction.atomic
def record_existing(
    *,
    actor: Actor,
    body: str,
    number: str,
    scope_text: str,
    soa: StatementOfApplicability,
    decision_date: datetime.date,
    stage1_date: datetime.date | None = None,
    stage2_date: datetime.date | None = None,
    surveillance_dates: Sequence[datetime.date] = (),
    now: datetime.datetime,
) -> Certificate:
    """Enter the certificate of an organization that was certified before it came to the portal."""
    certificate = open_certification(actor=actor, body=body, scope_text=scope_text, now=now)
    facts = Facts(
        certificate,
        actor,
        now,
        {"number": number, "scope_text": scope_text, "soa": soa, "decision_date": decision_date},
    )
    certificate_is_whole(facts)
    Certificate.objects.filter(pk=certificate.pk).update(
        number=number.strip(),
        soa=soa,
        stage1_date=stage1_date,
        stage2_date=stage2_date,
        decision_date=decision_date,
        expiry_date=schedule.expiry(decision_date),
        surveillance_dates=list(surveillance_dates),
        state=CertificateState.CERTIFIED,
    )
    certificate.refresh_from_db()
    trail.record(actor, "certificate.recorded", certificate, after={"decision": decision_date})
    return certificate
