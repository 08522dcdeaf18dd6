"""What members answer for in the inventory, and how it goes to somebody else."""

from __future__ import annotations

from collections.abc import Iterable

from aims.core.models import Member
from aims.core.permissions import RISK_OWNER, SYSTEM_OWNER
from aims.core.registry import Owned, Ownership
from aims.core.services.handing_over import give_by_column
from inventory.models import (
    AIModel,
    AISystem,
    BodyDecision,
    BodySeat,
    ContextIssue,
    DataSet,
    Incident,
    InterestedParty,
    Metric,
    Prompt,
    Supplier,
)


def _systems_of(member: Member) -> Iterable[Owned]:
    for system in AISystem.objects.filter(owner=member).select_related("organization"):
        yield Owned(str(system.pk), f"{system.reference} {system.name}", system.get_absolute_url())


def _risks_of_systems(member: Member) -> Iterable[Owned]:
    for system in AISystem.objects.filter(risk_owner=member).select_related("organization"):
        label = f"the risks of {system.reference} {system.name}"
        yield Owned(str(system.pk), label, system.get_absolute_url())


def _suppliers_of(member: Member) -> Iterable[Owned]:
    for supplier in Supplier.objects.filter(owner=member).select_related("organization"):
        yield Owned(str(supplier.pk), f"{supplier.reference} {supplier.name}", supplier.get_absolute_url())


def _metrics_of(member: Member) -> Iterable[Owned]:
    for metric in Metric.objects.filter(owner=member).select_related("organization"):
        yield Owned(str(metric.pk), f"{metric.reference} {metric.name}", metric.get_absolute_url())


def _incidents_of(member: Member) -> Iterable[Owned]:
    for incident in Incident.objects.open().filter(owner=member).select_related("organization"):
        yield Owned(str(incident.pk), str(incident), incident.get_absolute_url())


def _issues_of(member: Member) -> Iterable[Owned]:
    for issue in ContextIssue.objects.that_matter().filter(owner=member):
        yield Owned(str(issue.pk), str(issue), issue.get_absolute_url())


def _parties_of(member: Member) -> Iterable[Owned]:
    for party in InterestedParty.objects.that_matter().filter(owner=member):
        yield Owned(str(party.pk), str(party), party.get_absolute_url())


def _models_of(member: Member) -> Iterable[Owned]:
    for model in AIModel.objects.filter(owner=member).select_related("organization"):
        yield Owned(str(model.pk), str(model), model.get_absolute_url())


def _prompts_of(member: Member) -> Iterable[Owned]:
    for prompt in Prompt.objects.filter(owner=member).select_related("organization"):
        yield Owned(str(prompt.pk), str(prompt), prompt.get_absolute_url())


def _data_sets_of(member: Member) -> Iterable[Owned]:
    for data_set in DataSet.objects.filter(owner=member).select_related("organization"):
        yield Owned(str(data_set.pk), str(data_set), data_set.get_absolute_url())


def _decisions_of(member: Member) -> Iterable[Owned]:
    found = BodyDecision.objects.open().filter(owner=member).select_related("meeting__body")
    for decision in found:
        label = f"{decision.meeting.body}: {decision}"
        yield Owned(str(decision.pk), label, decision.meeting.get_absolute_url())


def _seats_of(member: Member) -> Iterable[Owned]:
    for seat in BodySeat.objects.filter(person=member, until=None).select_related("body"):
        yield Owned(str(seat.pk), f"{seat.body}: {seat}", seat.body.get_absolute_url())


OWNERSHIPS = [
    Ownership(
        "body-decisions",
        "Decisions of governance bodies",
        frozenset(),
        _decisions_of,
        give_by_column(BodyDecision, "owner", "bodydecision.owner_set"),
    ),
    # Nobody inherits a seat: its term is ended, and somebody else is seated.
    Ownership("body-seats", "Seats in governance bodies", frozenset(), _seats_of, None),
    Ownership(
        "interested-parties",
        "Interested parties",
        frozenset(),
        _parties_of,
        give_by_column(InterestedParty, "owner", "interestedparty.owner_set"),
    ),
    Ownership(
        "context-issues",
        "Issues of the context",
        frozenset(),
        _issues_of,
        give_by_column(ContextIssue, "owner", "contextissue.owner_set"),
    ),
    Ownership(
        "incidents",
        "Incidents",
        frozenset({SYSTEM_OWNER}),
        _incidents_of,
        give_by_column(Incident, "owner", "incident.owner_set"),
    ),
    Ownership(
        "ai-models",
        "AI models",
        frozenset(),
        _models_of,
        give_by_column(AIModel, "owner", "ai_model.owner_set"),
    ),
    Ownership(
        "prompts",
        "Prompts and agents",
        frozenset(),
        _prompts_of,
        give_by_column(Prompt, "owner", "prompt.owner_set"),
    ),
    Ownership(
        "data-sets",
        "Data sets",
        frozenset(),
        _data_sets_of,
        give_by_column(DataSet, "owner", "data_set.owner_set"),
    ),
    Ownership(
        "metrics",
        "Metrics",
        frozenset({SYSTEM_OWNER}),
        _metrics_of,
        give_by_column(Metric, "owner", "metric.owner_set"),
    ),
    Ownership(
        "suppliers",
        "Suppliers",
        frozenset(),
        _suppliers_of,
        give_by_column(Supplier, "owner", "supplier.owner_set"),
    ),
    Ownership(
        "systems",
        "AI systems",
        frozenset({SYSTEM_OWNER}),
        _systems_of,
        give_by_column(AISystem, "owner", "aisystem.owner_set"),
    ),
    Ownership(
        "system-risks",
        "Risks of AI systems",
        frozenset({RISK_OWNER}),
        _risks_of_systems,
        give_by_column(AISystem, "risk_owner", "aisystem.risk_owner_set"),
    ),
]
