"""Answering whether a system is evaluated again: a yes starts it at the gate, and the answer stays."""

from __future__ import annotations

import datetime

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken, StaleState
from inventory import gates
from inventory.enums import ReEvaluationAnswer, ReevaluationTrigger, SystemStage
from inventory.models import AISystem, ReEvaluationProposal


@transaction.atomic
def answer_re_evaluation(
    *, actor: Actor, proposal: ReEvaluationProposal, answer: str, reason: str, now: datetime.datetime
) -> ReEvaluationProposal:
    """Yes or no, with a reason. A yes moves a system in operation into its re-evaluation."""
    permissions.require(actor, "inventory.answer_re_evaluation", proposal.system)
    if answer not in (ReEvaluationAnswer.ACCEPTED, ReEvaluationAnswer.DECLINED):
        raise RuleBroken("Say whether the system is evaluated again.", field="answer")
    if not reason.strip():
        raise RuleBroken("Give a reason.", field="reason")
    values = {
        "answer": answer,
        "reason": reason.strip(),
        "decided_by_id": actor.member_id,
        "decided_at": now,
    }
    still_open = ReEvaluationProposal.objects.filter(pk=proposal.pk, answer=ReEvaluationAnswer.OPEN)
    if not still_open.update(**values):
        raise StaleState("This was answered already. Reload and look at it again.")
    proposal.refresh_from_db()
    trail.record(
        actor,
        "reevaluationproposal.answered",
        proposal,
        after={"answer": answer, "system": proposal.system},
        reason=proposal.reason,
    )
    if answer == ReEvaluationAnswer.ACCEPTED:
        _start(actor, proposal, now)
    return proposal


def _start(actor: Actor, proposal: ReEvaluationProposal, now: datetime.datetime) -> None:
    system = AISystem.objects.select_related("owner", "organization").get(pk=proposal.system_id)
    if system.stage != SystemStage.OPERATION_MONITORING:
        return  # it is under way, or the system left operation meanwhile
    gates.pass_gate(
        actor=actor,
        system=system,
        action="trigger_re_evaluation",
        trigger=ReevaluationTrigger.THRESHOLD,
        reason=proposal.reason,
        related=str(proposal.alert),
        now=now,
    )
