"""The public form: kept by a compliance lead or an administrator, and what comes in by it."""

from __future__ import annotations

import datetime
import hashlib
import secrets

from django.db import transaction

from aims.core import limits, messages, permissions, trail
from aims.core.actor import Actor
from aims.core.enums import MailState
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import Mail
from aims.core.sealing import seal
from aims.core.versions import STALE, write_version
from inventory.models import Incident, OutsideReport, ReportingForm
from inventory.services.incidents import KEEP, report_incident

KEEP_FORM = "inventory.keep_reporting_form"
LONGEST_NAME, LONGEST_TEXT = 200, 4000
TOKEN_BYTES = 24
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
#: Mails to one address in a day: the form must not serve to write to somebody else.
MAILS_A_DAY, DAY = 3, 24 * 60 * 60


@transaction.atomic
def write_form(
    *, actor: Actor, public_name: str, text: str, row_version: int, now: datetime.datetime
) -> ReportingForm:
    """What the public page says. The first time the form is made, and stays off."""
    permissions.require(actor, KEEP_FORM)
    values = {"public_name": public_name.strip(), "text": text.strip()}
    if not values["public_name"] or len(values["public_name"]) > LONGEST_NAME:
        raise RuleBroken("Say what the organization is called there.", field="public_name")
    if len(values["text"]) > LONGEST_TEXT:
        raise RuleBroken(f"Say it in {LONGEST_TEXT} characters.", field="text")
    form = ReportingForm.objects.first()
    if form is None:
        form = ReportingForm.objects.create(token=_new_token(), **values)
        trail.record(actor, "reportingform.written", form, after=values)
        return form
    before = {name: getattr(form, name) for name in values}
    if before == values:
        return form
    if not write_version(ReportingForm.objects.filter(pk=form.pk), row_version, **values):
        raise StaleState(STALE)
    trail.record(actor, "reportingform.written", form, before=before, after=values)
    form.refresh_from_db()
    return form


@transaction.atomic
def switch_form(*, actor: Actor, is_on: bool, now: datetime.datetime) -> ReportingForm:
    permissions.require(actor, KEEP_FORM)
    form = _form()
    if not ReportingForm.objects.filter(pk=form.pk).exclude(is_on=is_on).update(is_on=is_on):
        raise RuleBroken(f"The form is {'on' if is_on else 'off'} already.", field="is_on")
    form.is_on = is_on
    trail.record(actor, "reportingform.switched", form, before={"is_on": not is_on}, after={"is_on": is_on})
    return form


@transaction.atomic
def renew_address(*, actor: Actor, now: datetime.datetime) -> ReportingForm:
    """The old address answers from now on like one that never was."""
    permissions.require(actor, KEEP_FORM)
    form = _form()
    form.token = _new_token()
    ReportingForm.objects.filter(pk=form.pk).update(token=form.token)
    trail.record(actor, "reportingform.address_renewed", form, after={"is_on": form.is_on})
    return form


@transaction.atomic
def receive_report(
    *,
    actor: Actor,
    kind: str,
    title: str,
    description: str,
    contact: str,
    public_name: str,
    now: datetime.datetime,
) -> str:
    """By whoever filled in the form; the portal acts for them. Answers the receipt.

    The receipt is no number of the register, which would tell how many incidents there are.
    """
    incident = report_incident(
        actor=actor, kind=kind, title=title, description=description, noticed_at=now, now=now
    )
    receipt = _new_receipt()
    report = OutsideReport.objects.create(
        incident=incident, receipt=receipt, sealed_contact=seal(contact) if contact else ""
    )
    trail.record(
        actor,
        "incident.received_outside",
        incident,
        after={"receipt": receipt, "has_contact": bool(contact)},
    )
    if contact and _may_be_written_to(contact):
        messages.send_later(
            dedupe=_mail_name(report),
            recipient=contact,
            subject=f"Your report to {public_name}",
            # No word of the report: the address may be somebody else's.
            text=f"{public_name} received a report with the reference {receipt} that names this address for"
            " answers. Keep the reference.\n\nIf you sent none, you need do nothing.",
        )
    return receipt


@transaction.atomic
def forget_contact(*, actor: Actor, incident: Incident, now: datetime.datetime) -> None:
    """The address of somebody outside goes when it is needed no more; the receipt stays."""
    permissions.require(actor, KEEP, incident)
    report = OutsideReport.objects.filter(incident=incident).exclude(sealed_contact="").first()
    if report is None:
        raise RuleBroken("There is no address to forget.")
    OutsideReport.objects.filter(pk=report.pk).update(sealed_contact="", forgotten_at=now)
    Mail.objects.filter(dedupe=_mail_name(report), state=MailState.SENT).update(recipient="")
    trail.record(actor, "incident.contact_forgotten", incident, after={"at": now.isoformat()})


def _form() -> ReportingForm:
    form: ReportingForm | None = ReportingForm.objects.first()
    if form is None:
        raise RuleBroken("Write first what the public page says.")
    return form


def _mail_name(report: OutsideReport) -> str:
    return f"outside-report:{report.pk}"


def _may_be_written_to(address: str) -> bool:
    name = hashlib.sha256(address.lower().encode()).hexdigest()
    return limits.count("report-mail", name, limit=MAILS_A_DAY, seconds=DAY).is_kept


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _new_receipt() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))
