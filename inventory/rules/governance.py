"""What governance bodies, their meetings and decisions have to say (5.1, 5.3)."""

from __future__ import annotations

import datetime

from aims.core.exceptions import RuleBroken

#: A body that did not meet for so long does not govern.
QUIET_DAYS = 365


def require_body_name(name: str) -> None:
    if not name.strip():
        raise RuleBroken("Name the body.", field="name")


def require_term(*, since: datetime.date, until: datetime.date | None) -> None:
    if until is not None and until < since:
        raise RuleBroken("A term ends after it began.", field="until")


def require_meeting(*, held_on: datetime.date, today: datetime.date, agenda: str, present: int) -> None:
    if held_on > today:
        raise RuleBroken("This day lies ahead. Record a meeting once it took place.", field="held_on")
    if not agenda.strip():
        raise RuleBroken("Say what was on the agenda.", field="agenda")
    if not present:
        raise RuleBroken("Say who took part.", field="present")


def require_decision(*, text: str, has_owner: bool, due_date: datetime.date | None) -> None:
    if not text.strip():
        raise RuleBroken("Say what was decided.", field="text")
    if due_date is not None and not has_owner:
        raise RuleBroken("Name who sees to it by that day.", field="owner")
