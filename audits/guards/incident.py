"""What a reviewed incident (SM-17) sets off here: a finding is drafted when corrective action is needed."""

from __future__ import annotations

from aims.core.registry import registry
from aims.core.transitions import Facts
from audits.models import IncidentFinding
from audits.services.findings import draft_finding
from inventory.enums import CheckAnswer
from inventory.models import Incident


def register() -> None:
    registry.effect("SM-17", "create Nonconformity if needed")(draft_after_incident)


def draft_after_incident(facts: Facts) -> None:
    """Drafted by whoever reviewed; grading and raising it go the way of every finding."""
    incident: Incident = facts.obj
    if incident.needs_correction != CheckAnswer.YES:
        return
    link = incident.system_links.select_related("system__owner").order_by("id").first()
    finding = draft_finding(
        actor=facts.actor,
        title=f"After {incident.reference}: {incident.title}"[:200],
        requirement="10.2",
        evidence_text=f"Incident {incident.reference}. Cause: {incident.cause}",
        statement=incident.correction_reason,
        system=link.system if link else None,
        auditee=incident.owner,
        now=facts.now,
    )
    IncidentFinding.objects.create(
        organization_id=incident.organization_id, incident=incident, finding=finding
    )
