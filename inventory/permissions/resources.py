"""Who may do what with AI models, data sets and prompts."""

from __future__ import annotations

from aims.core.permissions import READERS, Verb, owner_is, reads, writes
from inventory.permissions.holders import KEEPERS, OWNER

RESOURCES_READ, RESOURCES_WRITE = "resources:read", "resources:write"


TABLE = {
    "view_resources": Verb(
        "Reading AI models, data sets and prompts",
        READERS,
        scope=RESOURCES_READ,
        on=reads("operation"),
        in_entry=True,
    ),
    "keep_resource": Verb(
        "Keeping the record of an AI model, a data set or a prompt",
        KEEPERS,
        own_roles=OWNER,
        owns=owner_is("owner"),
        scope=RESOURCES_WRITE,
        on=writes("operation"),
    ),
}
