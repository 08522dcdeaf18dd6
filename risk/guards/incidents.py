"""What a reviewed incident (SM-17) sets off here: risks and assessments of its systems are due at once."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import F, Q

from aims.core import messages, trail
from aims.core.days import local_today
from aims.core.registry import registry
from aims.core.transitions import Facts
from inventory.models import AISystem, Incident
from risk.enums import AssessmentState
from risk.models import ImpactAssessment, Risk

REPEATED = (AssessmentState.SCREENED_OUT, AssessmentState.APPROVED, AssessmentState.DUE)


@registry.effect("SM-17", "trigger risk and impact reassessment")
def make_reassessment_due(facts: Facts) -> None:
    """The dates come forward to today; the daily round then reopens, and reminders begin."""
    incident: Incident = facts.obj
    today = local_today(facts.now)
    systems = list(
        AISystem.objects.filter(pk__in=incident.system_links.values("system_id")).select_related("owner")
    )
    later = [system.pk for system in systems]
    for risk in _later(Risk.objects.open(), "review_date", later, today):
        Risk.objects.filter(pk=risk.pk).update(review_date=today, row_version=F("row_version") + 1)
        _record(facts, risk, "review_date", today)
    repeated = ImpactAssessment.objects.filter(state__in=REPEATED)
    for assessment in _later(repeated, "next_date", later, today):
        ImpactAssessment.objects.filter(pk=assessment.pk).update(
            next_date=today, row_version=F("row_version") + 1
        )
        _record(facts, assessment, "next_date", today)
    for system in systems:
        if system.owner is not None:
            messages.tell(
                system.owner,
                dedupe=f"incident-reassess:{incident.pk}:{system.pk}",
                text=f"After {incident.reference}, risks and impacts of {system.reference} are due again.",
                url=system.get_absolute_url(),
            )


def _later(rows: Any, column: str, systems: list[int], today: datetime.date) -> list[Any]:
    late = Q(**{f"{column}__gt": today}) | Q(**{column: None})
    return list(rows.filter(late, system_id__in=systems).order_by("pk"))


def _record(facts: Facts, record: Any, column: str, today: datetime.date) -> None:
    was = getattr(record, column)
    trail.record(
        facts.actor,
        f"{record._meta.model_name}.due_after_incident",
        record,
        before={column: was.isoformat() if was else None},
        after={column: today.isoformat(), "incident": facts.obj},
    )
