"""What the records of a system offer to its impact assessment: words to start from, and rows to link to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory.models import AISystem, DataSetSystem, InterestedParty, Metric, MetricReading, ModelSystem
from risk.answer_types import RISKS
from risk.models import Risk
from risk.questionnaire import assessment_questions

DATA_SETS, METRICS = "AISystem.datasets", "Metric"
LATEST_READINGS = 5


def records_on_offer(system: AISystem) -> dict[str, dict[int, str]]:
    """What answers may link to: three queries, however many there are."""
    risks = Risk.objects.filter(system=system).order_by("reference")
    metrics = Metric.objects.filter(system=system).order_by("reference")
    return {
        RISKS: {each.pk: str(each) for each in risks},
        METRICS: {each.pk: f"{each.reference} {each.name}" for each in metrics},
        DATA_SETS: _data_sets(system),
    }


def _data_sets(system: AISystem) -> dict[int, str]:
    links = DataSetSystem.objects.filter(system=system).select_related("resource").order_by("resource_id")
    return {link.resource_id: _named(link.resource) for link in links}


def proposals(system: AISystem, offered: Mapping[str, Mapping[int, str]]) -> dict[str, Any]:
    """Answers that the records suggest, by question; three queries. Nobody has given them yet."""
    found = {
        "AISystem": _subject(system),
        "AISystem.roles": list(system.organization_roles),
        "AISystem.description": _description(system),
        "AISystem.intended_use": _uses(system),
        "AISystem.models": _models(system),
        "MetricReading": _readings(system),
        "InterestedParty": _parties(),
        **{kind: {"records": list(rows), "note": ""} if rows else None for kind, rows in offered.items()},
    }
    asked = {each.id: found.get(each.prefill_from) for each in assessment_questions() if each.prefill_from}
    return {id: answer for id, answer in asked.items() if answer}


def _subject(system: AISystem) -> str:
    parts = [f"{system.reference} {system.name}"]
    if system.version:
        parts.append(f"version {system.version}")
    if system.business_process:
        parts.append(f"in {system.business_process}")
    if system.places:
        parts.append(f"used in {', '.join(system.places)}")
    return f"{', '.join(parts)}."


def _description(system: AISystem) -> str:
    return "\n".join(
        filter(None, [system.purpose, system.business_process and f"In {system.business_process}."])
    )


def _uses(system: AISystem) -> str:
    excluded = f"Not for: {system.excluded_uses}" if system.excluded_uses else ""
    return "\n".join(filter(None, [system.intended_use, excluded]))


def _models(system: AISystem) -> str:
    links = ModelSystem.objects.filter(system=system).select_related("resource").order_by("resource_id")
    names = [f"{_named(link.resource)}, {link.get_role_display().lower()}" for link in links]
    own = " ".join(filter(None, [system.model_name, system.model_version, system.supplier]))
    return "\n".join(names or filter(None, [own]))


def _readings(system: AISystem) -> str:
    newest = (
        MetricReading.objects.filter(metric__system=system).select_related("metric").order_by("-at", "-id")
    )
    return "\n".join(
        f"{each.metric.name}{f' ({each.group})' if each.group else ''}: {each.value:g}"
        f"{each.metric.unit and f' {each.metric.unit}'}, measured on {each.at:%Y-%m-%d}"
        for each in newest[:LATEST_READINGS]
    )


def _parties() -> str:
    parties = InterestedParty.objects.filter(matters=True).order_by("name")
    return ", ".join(parties.values_list("name", flat=True))


def _named(resource: Any) -> str:
    return f"{resource.reference} {resource.name} {resource.version}".strip()
