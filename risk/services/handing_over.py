"""The risks that members own, and how they go to somebody else."""

from __future__ import annotations

from collections.abc import Iterable

from aims.core.models import Member
from aims.core.permissions import RISK_OWNER
from aims.core.registry import Owned, Ownership
from aims.core.services.handing_over import give_by_column
from risk.enums import RiskState
from risk.models import Risk


def _risks_of(member: Member) -> Iterable[Owned]:
    risks = Risk.objects.exclude(state=RiskState.CLOSED).filter(owner=member)
    for risk in risks.select_related("organization"):
        yield Owned(str(risk.pk), f"{risk.reference} {risk.title}", risk.get_absolute_url())


OWNERSHIPS = [
    Ownership(
        "risks", "Risks", frozenset({RISK_OWNER}), _risks_of, give_by_column(Risk, "owner", "risk.owner_set")
    ),
]
