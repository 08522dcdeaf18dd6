"""The daily round over audits: what is reported and still has open findings goes into follow-up."""

from __future__ import annotations

import datetime

from aims.core.actor import Actor
from audits.enums import AuditState
from audits.models import Audit
from audits.services.audits import start_follow_up


def daily_round(actor: Actor, today: datetime.date) -> None:
    now = datetime.datetime.combine(today, datetime.time(6), tzinfo=datetime.UTC)
    for audit in Audit.objects.filter(state=AuditState.REPORT_ISSUED):
        if audit.findings.open().exists():
            start_follow_up(actor=actor, audit=audit, now=now)
