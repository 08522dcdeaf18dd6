"""Systems in operation are to be assessed again as their next date comes near."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core.registry import Due
from aims.core.schedule import RULES, reminders_due
from aims.core.templatetags.formats import day_text
from inventory.enums import SystemStage
from inventory.models import AISystem


def due(today: datetime.date) -> Iterator[Due]:
    live = AISystem.objects.filter(stage=SystemStage.OPERATION_MONITORING).exclude(next_review_date=None)
    for system in live.select_related("organization"):
        due_date = system.next_review_date or today
        for reminder in reminders_due(RULES["reassessment"], due_date=due_date, today=today):
            members = sorted({each for each in (system.owner_id, system.risk_owner_id) if each})
            if members:
                yield Due(
                    rule="reassessment",
                    object_type=AISystem._meta.label_lower,
                    object_id=system.pk,
                    due_date=due_date,
                    member_ids=tuple(members),
                    text=f"Assess {system.name[:200]} again: {day_text(due_date)}",
                    url=f"{system.get_absolute_url()}gates/",
                    step=reminder.days_left,
                )
