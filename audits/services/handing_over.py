"""Places in audits and findings to answer, and how they go to somebody else."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import StaleState
from aims.core.models import Member
from aims.core.permissions import INTERNAL_AUDITOR
from aims.core.registry import Owned, Ownership
from aims.core.services.handing_over import give_by_column
from audits.enums import AuditState
from audits.models import Audit, AuditRequest, AuditTeamMember, Finding
from audits.permissions import OWNERS
from audits.services.independence import require_independent

OPEN = [AuditState.PLANNED, AuditState.SCHEDULED, AuditState.IN_PROGRESS, AuditState.REPORTING]


def _places_of(member: Member) -> Iterable[Owned]:
    places = AuditTeamMember.objects.filter(member=member, audit__state__in=OPEN)
    for place in places.select_related("audit__organization"):
        label = f"the place in {place.audit.reference} {place.audit.title}"
        yield Owned(str(place.pk), label, place.audit.get_absolute_url())


def _give_place(actor: Actor, key: str, giver: Member, taker: Member) -> None:
    """Whoever takes the place has to be as independent (SOD-02), and declares it anew."""
    permissions.require(actor, "core.hand_over")
    place = AuditTeamMember.objects.select_related("audit").filter(pk=int(key), member=giver).first()
    if place is None:
        raise StaleState("Somebody changed this a moment ago. Reload and look at it again.")
    audit: Audit = place.audit
    require_independent(taker, audit, now=timezone.now())
    if audit.team.filter(member=taker).exists():
        place.delete()
    else:
        AuditTeamMember.objects.filter(pk=place.pk).update(member=taker, declared_independent_at=None)
    if audit.lead_id == giver.pk:
        Audit.objects.filter(pk=audit.pk).update(lead=taker)
    trail.record(
        actor, "audit.place_handed_over", audit, before={"member": giver.pk}, after={"member": taker.pk}
    )


def _findings_of(member: Member) -> Iterable[Owned]:
    for finding in Finding.objects.open().filter(auditee=member).select_related("organization"):
        yield Owned(str(finding.pk), f"{finding.reference} {finding.title}", finding.get_absolute_url())


def _requests_of(member: Member) -> Iterable[Owned]:
    waiting = AuditRequest.objects.waiting().filter(assignee=member)
    for request in waiting.select_related("organization"):
        yield Owned(str(request.pk), f"{request.reference} {request.title}", request.get_absolute_url())


OWNERSHIPS = [
    Ownership(
        "audit-requests",
        "Requests of external audits",
        frozenset(),
        _requests_of,
        give_by_column(AuditRequest, "assignee", "audit_request.handed_over"),
    ),
    Ownership(
        "audit-places", "Places in open audits", frozenset({INTERNAL_AUDITOR}), _places_of, _give_place
    ),
    Ownership(
        "findings",
        "Findings to answer",
        frozenset(OWNERS),
        _findings_of,
        give_by_column(Finding, "auditee", "finding.auditee_set"),
    ),
]
