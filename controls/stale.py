"""Which rows of the Statement of Applicability may no longer hold after a change of a system."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core import messages
from aims.core.actor import Actor
from aims.core.models import Member
from aims.core.permissions import LEAD
from aims.core.registry import Stale, StaleSource
from controls.models import StatementOfApplicability, TreatmentControl
from inventory.models import AISystem
from inventory.rules import changes as rules


def found(system: AISystem, kind: str) -> Iterator[Stale]:
    """The rows of the controls that treat risks of the system, in the approved version."""
    if not rules.is_stale(rules.SOA, kind):
        return
    approved = StatementOfApplicability.objects.approved().first()
    links = TreatmentControl.objects.filter(risk__system=system).order_by("control__position", "control_id")
    names = list(dict.fromkeys(links.values_list("control__reference", flat=True)))
    if approved is not None and names:
        label = f"{approved}, rows {', '.join(names)}"
        yield Stale(f"soa:{approved.pk}", label[:300], rules.WHY[kind], approved.get_absolute_url())


def reopen(actor: Actor, key: str, why: str, now: datetime.datetime) -> None:
    """An approved statement is frozen: the compliance leads are asked to decide in its next version."""
    approved = StatementOfApplicability.objects.get(pk=int(key.partition(":")[2]))
    for lead in Member.objects.with_role(LEAD):
        messages.tell(
            lead,
            dedupe=f"stale-{key}:{now.isoformat()}",
            text=f"Decide again in the next version of the Statement of Applicability. {why}",
            url=approved.get_absolute_url(),
        )


SOURCE = StaleSource("soa", found, reopen)
