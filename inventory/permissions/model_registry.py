"""Who connects a model registry; who may read it may import."""

from __future__ import annotations

from aims.core.permissions import Verb, reads, writes
from inventory.permissions.holders import KEEPERS, READ

TABLE = {
    "view_model_registry": Verb(
        "Seeing which model registry is connected", KEEPERS, scope=READ, on=reads("inventory")
    ),
    # No scope: a key of the API may not say where the portal sends a token.
    "keep_model_registry": Verb("Connecting a model registry", KEEPERS, on=writes("inventory")),
}
