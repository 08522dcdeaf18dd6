"""What a sample can be drawn from, as far as whoever asks may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aims.core.models import Evidence
from audits.enums import FindingState, PopulationKind, RequestState
from audits.models import AuditRequest, Finding
from audits.sampling import Member, in_order
from inventory.models import AISystem
from risk.models import Risk

#: kind -> (rows, column of the label)
SOURCES: dict[str, tuple[Callable[[], Any], str]] = {
    PopulationKind.SYSTEMS: (lambda: AISystem.objects.all(), "name"),
    PopulationKind.RISKS: (lambda: Risk.objects.all(), "title"),
    PopulationKind.EVIDENCE: (lambda: Evidence.objects.all(), "title"),
    PopulationKind.REQUESTS: (lambda: AuditRequest.objects.exclude(state=RequestState.DRAFT), "title"),
    PopulationKind.FINDINGS: (lambda: Finding.objects.exclude(state=FindingState.DRAFT), "title"),
}


def population(kind: str) -> list[Member]:
    """(reference, label) of every member; under an auditor's role that is the scope and nothing else."""
    rows, label = SOURCES[kind]
    return in_order(set(rows().values_list("reference", label)))
