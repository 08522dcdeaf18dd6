"""What the inventory shows at places that core names; each module is one noun and gives what it has of it.

`navigation`, `panels`, `evidence_uses`, `work`, `search`: see aims/core/registry.py for what each returns.
"""

from __future__ import annotations

from inventory.places import (
    changes,
    concerns,
    context,
    discovery,
    governance,
    incidents,
    intake,
    monitoring,
    reporting,
    resources,
    suppliers,
    systems,
    transparency,
)

#: In the order in which work and search results are shown.
NOUNS = (
    systems,
    discovery,
    intake,
    suppliers,
    resources,
    monitoring,
    changes,
    incidents,
    context,
    governance,
    concerns,
    reporting,
    transparency,
)
