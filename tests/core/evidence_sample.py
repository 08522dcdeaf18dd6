"""Evidence made through the verbs, for tests."""

from __future__ import annotations

import datetime
import io
from typing import Any

from aims.core import evidence
from aims.core.models import Evidence
from aims.core.tenancy.context import acting_as
from tests.cast import NOW, House

TODAY = NOW.date()
PDF = b"%PDF-1.7\nminutes of the review\n"


def pdf(text: str = "minutes") -> io.BytesIO:
    return io.BytesIO(PDF + text.encode())


def day(offset: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=offset)


def submitted(house: House, who: str = "control_owner", **given: Any) -> Evidence:
    """An item handed in unasked."""
    values: dict[str, Any] = {
        "title": "Bias test report",
        "source": "Test bench",
        "file": pdf(given.get("title", "")),
        "file_name": "report.pdf",
        "period_from": day(-30),
        "now": NOW,
    } | given
    with acting_as(house.actor(who)) as actor:
        return evidence.submit_evidence(actor=actor, **values)


def accepted(house: House, who: str = "control_owner", **given: Any) -> Evidence:
    until = given.pop("until", None)
    item = submitted(house, who, **given)
    with acting_as(house.lead) as actor:
        return evidence.accept_evidence(actor=actor, evidence=item, valid_until=until, now=NOW)


def requested(house: House, of: str = "control_owner") -> Evidence:
    with acting_as(house.lead) as actor:
        return evidence.request_evidence(
            actor=actor, title="Access review", member=house.member[of], due_date=day(10), now=NOW
        )
