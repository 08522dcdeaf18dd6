"""What interested parties and their requirements have to say (4.2)."""

from __future__ import annotations

from aims.core.exceptions import RuleBroken

BINDING = ("law", "contract")


def require_party_name(name: str) -> None:
    if not name.strip():
        raise RuleBroken("Name the interested party.", field="name")


def require_need(*, text: str, kind: str, where: str, is_obligation: bool | None, reason: str) -> None:
    """Left out only with a reason; what binds names the law or the contract it stands in."""
    if not text.strip():
        raise RuleBroken("Say what the party needs or requires.", field="text")
    if is_obligation and kind in BINDING and not where.strip():
        raise RuleBroken("Name the law or the contract, and where in it.", field="where")
    if is_obligation is False and not reason.strip():
        raise RuleBroken("Say why the AIMS does not take this on.", field="reason")
