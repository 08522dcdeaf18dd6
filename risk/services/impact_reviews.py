"""The decision on a light or full impact assessment, by people who gave none of its answers."""

from __future__ import annotations

import datetime

from django.db import transaction

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.permissions import TOP
from risk import harms
from risk.models import ImpactAssessment
from risk.scoring import rank
from risk.services.assessments import move_on, replace_earlier, tell_author
from risk.services.telling import tell, with_role

FORM = "impact assessment"


@transaction.atomic
def start_review(*, actor: Actor, assessment: ImpactAssessment, now: datetime.datetime) -> None:
    permissions.require(actor, "risk.review_assessment", assessment)
    move_on(actor, assessment, "start_review", now=now)
    band = harms.residual_band(harms.harms_in(assessment.answers))
    if rank(band) >= rank("high"):
        text = (
            f"What remains of the impact of {assessment.system.name} is {band}: it waits for your decision."
        )
        tell(with_role(TOP, but=actor.member_id), assessment, "to-approve", text, now=now)


@transaction.atomic
def return_assessment(
    *, actor: Actor, assessment: ImpactAssessment, comment: str, now: datetime.datetime
) -> None:
    permissions.require(actor, "risk.decide_assessment", assessment)
    changes = {"comment": comment.strip()}
    move_on(actor, assessment, "return", now=now, given={"comment": comment}, changes=changes)
    tell_author(assessment, f"came back: {comment.strip()[:150]}", now, part=FORM)


@transaction.atomic
def approve_assessment(
    *,
    actor: Actor,
    assessment: ImpactAssessment,
    now: datetime.datetime,
    next_date: datetime.date | None = None,
    comment: str = "",
) -> None:
    """Approve until a day that what remains allows; left open, the day that the form proposes."""
    permissions.require(actor, "risk.decide_assessment", assessment)
    today, band = local_today(now), harms.residual_band(harms.harms_in(assessment.answers))
    planned = next_date or harms.planned_next(assessment.answers, decided_on=today)
    harms.require_next_date(planned, band=band, decided_on=today)
    harms.require_legal_opinion(band, comment)
    changes = {
        "comment": comment.strip(),
        "approved_by_id": actor.member_id,
        "approved_at": now,
        "next_date": planned,
    }
    move_on(actor, assessment, "approve", now=now, given={"comment": comment}, changes=changes)
    replace_earlier(assessment, now)
