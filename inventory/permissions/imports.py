"""Who may bring an inventory file in."""

from __future__ import annotations

from aims.core.permissions import INTERNAL_AUDITOR, LEAD, SYSTEM, TOP, Verb, reads, writes
from inventory.permissions.holders import KEEPERS, OWNER, READ, WRITE

TABLE = {
    "view_imports": Verb(
        "Seeing imports of AI systems",
        frozenset({LEAD, INTERNAL_AUDITOR, TOP, SYSTEM}),
        scope=READ,
        on=reads("inventory"),
    ),
    "import_systems": Verb("Uploading an inventory file", KEEPERS, scope=WRITE, on=writes("inventory")),
    "apply_import": Verb("Applying an import", KEEPERS, scope=WRITE, on=writes("inventory")),
    "discard_import": Verb("Discarding an import", KEEPERS, scope=WRITE, on=writes("inventory")),
    "download_template": Verb("Downloading the import template", KEEPERS | OWNER, on=writes("inventory")),
}
