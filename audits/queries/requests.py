"""Requests of external audits as either side sees them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from aims.core.actor import Actor
from aims.core.models import Evidence
from audits.models import AuditRequest, Engagement, RequestProof
from audits.queries.coverage import SHOWN, Period, in_period
from controls.models import Control


def requests_for(actor: Actor) -> QuerySet[AuditRequest]:
    """What this side may see: the database keeps an auditor to the engagement, drafts to their side."""
    found = AuditRequest.objects.select_related("engagement", "assignee")
    return found if actor.is_auditor else found.for_organization()


def neighbours(rows: QuerySet[AuditRequest], pk: int) -> tuple[int | None, int | None]:
    """The request before and the one after in the order of the register (by reference)."""
    keys = list(rows.order_by("engagement_id", "reference").values_list("pk", flat=True))
    if pk not in keys:
        return None, None
    place = keys.index(pk)
    return (keys[place - 1] if place else None), (keys[place + 1] if place + 1 < len(keys) else None)


@dataclass(frozen=True)
class Proof:
    """Linked evidence; `hidden` says, to the organization only, why the auditor does not see it."""

    pk: int
    evidence: Any
    linked_by: str
    submitted_at: datetime.datetime | None
    hidden: str


def proofs_of(request: AuditRequest, actor: Actor) -> list[Proof]:
    rows = list(request.proofs.select_related("evidence", "linked_by"))
    hidden = {} if actor.is_auditor else _hidden(rows, request.engagement)
    return [
        Proof(
            pk=row.pk,
            evidence=row.evidence,
            linked_by=row.linked_by.name if row.linked_by else "",
            submitted_at=row.submitted_at,
            hidden=hidden.get(row.pk, ""),
        )
        for row in rows
    ]


def _hidden(rows: list[RequestProof], engagement: Engagement) -> dict[int, str]:
    evidence = Evidence.objects.filter(pk__in=[row.evidence_id for row in rows])
    inside = set(in_period(evidence, Period.of(engagement)).values_list("pk", flat=True))
    found: dict[int, str] = {}
    for row in rows:
        if row.evidence.state not in SHOWN:
            found[row.pk] = "not accepted yet"
        elif row.evidence.is_confidential and not row.shows_confidential:
            found[row.pk] = "confidential"
        elif row.evidence_id not in inside:
            found[row.pk] = "outside the audited period"
    return found


def requirement_links(refs: list[str]) -> list[tuple[str, int | None]]:
    """Each clause or control of a request with the id of the control's page, where there is one."""
    controls = dict(Control.objects.filter(reference__in=refs).values_list("reference", "pk"))
    return [(ref, controls.get(ref)) for ref in refs]
