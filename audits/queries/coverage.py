"""Which records an external audit covers: its systems, and what hangs on them within the audited period."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from aims.core.enums import EvidenceState
from aims.core.models import Blob, Evidence, Snapshot
from audits.enums import PackState
from audits.models import Audit, Engagement, EvidencePack, RequestProof
from controls.models import ControlEvidence, StatementOfApplicability
from inventory.models import AISystem, GateRecord, ScopeStatement, SystemEvidence
from risk.models import ImpactAssessment, LegalClassification

Key = tuple[str, int]
SHOWN = (EvidenceState.ACCEPTED, EvidenceState.EXPIRING, EvidenceState.EXPIRED, EvidenceState.SUPERSEDED)


@dataclass(frozen=True)
class Period:
    """The audited period; an open end is no limit."""

    first: datetime.date | None = None
    last: datetime.date | None = None

    @classmethod
    def of(cls, engagement: Engagement) -> Period:
        return cls(engagement.period_from, engagement.period_to)


@dataclass(frozen=True)
class EvidenceCount:
    """For the lead only: what the auditor sees, and what stays outside and why."""

    shown: int
    outside_period: int
    confidential: int
    not_accepted: int


def objects_covered(engagement: Engagement, systems: Collection[int], period: Period) -> set[Key]:
    evidence = Evidence.objects.filter(
        Q(pk__in=evidence_covered(systems, period).values("pk"))
        | Q(pk__in=_submitted_proof(engagement, period).values("pk"))
    )
    packs = EvidencePack.objects.filter(released_to=engagement, state=PackState.RELEASED)
    blobs = {*_column(evidence, "blob_id"), *_column(packs, "blob_id")}
    return {
        *_keys(AISystem, systems),
        *_keys(Evidence, _column(evidence, "pk")),
        *_keys(Blob, blobs),
        *_keys(Snapshot, _snapshots(engagement, systems)),
        *_keys(EvidencePack, _column(packs, "pk")),
    }


def evidence_covered(systems: Collection[int], period: Period) -> QuerySet[Evidence]:
    """Accepted evidence of the systems or of any control, valid in the period and not confidential."""
    return in_period(_linked(systems).filter(state__in=SHOWN, is_confidential=False), period)


def _submitted_proof(engagement: Engagement, period: Period) -> QuerySet[Evidence]:
    """What answers a request was chosen by the organization, of whatever system; the period still holds."""
    handed_in = RequestProof.objects.filter(request__engagement=engagement).exclude(submitted_at=None)
    shown = handed_in.filter(Q(shows_confidential=True) | Q(evidence__is_confidential=False))
    found = Evidence.objects.filter(pk__in=shown.values("evidence_id"), state__in=SHOWN)
    return Evidence.objects.filter(pk__in=in_period(found, period).values("pk"))


def evidence_count(systems: Collection[int], period: Period) -> EvidenceCount:
    linked = _linked(systems)
    accepted = linked.filter(state__in=SHOWN)
    public = accepted.filter(is_confidential=False)
    shown = in_period(public, period).count()
    return EvidenceCount(
        shown=shown,
        outside_period=public.count() - shown,
        confidential=accepted.filter(is_confidential=True).count(),
        not_accepted=linked.exclude(state__in=SHOWN).count(),
    )


def _linked(systems: Collection[int]) -> QuerySet[Evidence]:
    of_systems = SystemEvidence.objects.filter(system__in=systems).values("evidence_id")
    of_controls = ControlEvidence.objects.values("evidence_id")
    # Evidence of another system stays hidden, also when a control that all share has it as well.
    of_others = SystemEvidence.objects.exclude(system__in=systems).values("evidence_id")
    found: QuerySet[Evidence] = Evidence.objects.filter(
        Q(pk__in=of_systems) | (Q(pk__in=of_controls) & ~Q(pk__in=of_others))
    )
    return found


def in_period(evidence: QuerySet[Evidence], period: Period) -> QuerySet[Evidence]:
    if period.last is not None:
        since = Coalesce("period_from", TruncDate("submitted_at"))
        evidence = evidence.alias(since=since).filter(Q(since=None) | Q(since__lte=period.last))
    if period.first is not None:
        evidence = evidence.filter(Q(valid_until=None) | Q(valid_until__gte=period.first))
    return evidence


def _snapshots(engagement: Engagement, systems: Collection[int]) -> set[int]:
    assessments = ImpactAssessment.objects.filter(system__in=systems)
    reports = Audit.objects.filter(state__in=["report_issued", "follow_up", "closed"])
    soa = StatementOfApplicability.objects.filter(pk__in=[engagement.soa_id])
    classified = LegalClassification.objects.filter(system__in=systems)
    steps = GateRecord.objects.filter(system__in=systems)
    scopes = Snapshot.objects.filter(kind=ScopeStatement._meta.label_lower)
    return {
        *_column(soa, "snapshot_id"),
        *_column(assessments, "snapshot_id"),
        *_column(reports, "snapshot_id"),
        *_column(classified, "snapshot_id"),
        *_column(steps, "snapshot_id"),
        *_column(scopes, "pk"),
    }


def _column(rows: QuerySet[Any], name: str) -> set[int]:
    return set(rows.exclude(**{name: None}).values_list(name, flat=True))


def _keys(model: type, ids: Collection[int]) -> set[Key]:
    label: str = model._meta.label_lower  # type: ignore[attr-defined]
    return {(label, each) for each in ids}
