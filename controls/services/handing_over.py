"""The controls that members own, and how they go to somebody else."""

from __future__ import annotations

from collections.abc import Iterable

from aims.core.models import Member
from aims.core.permissions import CONTROL_OWNER
from aims.core.registry import Owned, Ownership
from aims.core.services.handing_over import give_by_column
from controls.models import Control


def _controls_of(member: Member) -> Iterable[Owned]:
    for control in Control.objects.filter(owner=member).select_related("organization"):
        yield Owned(str(control.pk), f"{control.reference} {control.title}", control.get_absolute_url())


OWNERSHIPS = [
    Ownership(
        "controls",
        "Controls",
        frozenset({CONTROL_OWNER}),
        _controls_of,
        give_by_column(Control, "owner", "control.owner_set"),
    ),
]
