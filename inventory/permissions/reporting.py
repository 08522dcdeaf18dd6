"""Who keeps the public form of the organization."""

from __future__ import annotations

from aims.core.permissions import ADMIN, LEAD, Verb, reads, writes

KEEPERS_OF_FORM = frozenset({LEAD, ADMIN})

TABLE = {
    "view_reporting_form": Verb("Seeing the public reporting form", KEEPERS_OF_FORM, on=reads("people")),
    "keep_reporting_form": Verb(
        "Writing, switching and moving the public reporting form", KEEPERS_OF_FORM, on=writes("people")
    ),
}
