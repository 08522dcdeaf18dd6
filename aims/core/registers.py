"""Which registers have views, by the names of their addresses."""

from __future__ import annotations

from django.urls import NoReverseMatch, resolve, reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.generic import RegisterPage


def address_of(register: str, *, slug: str, actor: Actor) -> str:
    """Of a register that this actor may read; nothing for anything else."""
    try:
        address = reverse(register, args=[slug])
    except NoReverseMatch:
        return ""
    page = getattr(resolve(address).func, "view_class", None)
    if not (isinstance(page, type) and issubclass(page, RegisterPage)):
        return ""
    return address if permissions.can(actor, page.verb) else ""
