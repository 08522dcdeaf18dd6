"""Who may do what with disclosures and transparency pages."""

from __future__ import annotations

from typing import Any

from aims.core.actor import Actor
from aims.core.permissions import LEAD, READERS, Verb, owner_is, reads, writes
from inventory.permissions.holders import KEEPERS, OWNER

TRANSPARENCY_READ, TRANSPARENCY_WRITE = "transparency:read", "transparency:write"


def owns_system(actor: Actor, obj: Any) -> bool:
    """A disclosure or a page is of whoever answers for its system; a system is asked for itself."""
    return owner_is("owner")(actor, getattr(obj, "system", obj))


TABLE = {
    "view_disclosures": Verb(
        "Reading disclosures and transparency pages",
        READERS,
        scope=TRANSPARENCY_READ,
        on=reads("operation"),
        in_entry=True,
    ),
    "view_transparency": Verb(
        "Reading the transparency page of a system", READERS, scope=TRANSPARENCY_READ, on=reads("operation")
    ),
    "keep_disclosure": Verb(
        "Keeping disclosures and the draft of a transparency page, and taking the page down",
        KEEPERS,
        own_roles=OWNER,
        owns=owns_system,
        scope=TRANSPARENCY_WRITE,
        on=writes("operation"),
    ),
    "publish_transparency": Verb(
        "Publishing the transparency page of a system", frozenset({LEAD}), on=writes("operation")
    ),
}
