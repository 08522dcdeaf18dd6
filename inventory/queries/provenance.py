"""Where each entry of a record comes from: the file that said it or the person who wrote it, and when.

Derived from the row history, which keeps every write of every way in (pages, API, imports, plain SQL) with
who acted; an import leaves its number there beside what it writes. A second store of origins would have to be
written by each of these ways, could be forgotten by one and could then differ from what happened. What the
portal itself puts into a record (its reference, who registered it) is left out: nobody said it. Imports that
were applied before their number was kept are told from the source of the record alone.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from aims.core.queries.history import Origin, origins_of
from inventory.models import AISystem, InventoryImport

BY_THE_PORTAL = frozenset(
    {"reference", "registered_by", "registered_at", "author", "supersedes", "stage_since", "text_sha256"}
)
#: Of a system, `source` is where the import found it.
IMPORT = "import"


@dataclass(frozen=True)
class Said:
    """One entry as it stands. `file` is empty where a person or a key wrote it here."""

    field: str
    label: str
    value: str
    who: str
    when: datetime.datetime
    file: str = ""
    import_id: int | None = None


def provenance_of(record: Model) -> list[Said]:
    return provenance([record])[record.pk]


def provenance(records: Iterable[Model]) -> dict[int, list[Said]]:
    """Of records of one register: three queries, however many there are and however often they changed."""
    records = list(records)
    found = origins_of(records)
    files = _files(origin for origins in found.values() for origin in origins)
    return {
        record.pk: [
            _said(origin, record, files)
            for origin in found.get(record.pk, ())
            if origin.field not in BY_THE_PORTAL
            and not (isinstance(record, AISystem) and origin.field == "source")
        ]
        for record in records
    }


def _files(origins: Iterable[Origin]) -> Mapping[int, str]:
    numbers = {origin.note[IMPORT] for origin in origins if IMPORT in origin.note}
    return dict(InventoryImport.objects.filter(pk__in=numbers).values_list("pk", "file_name"))


def _said(origin: Origin, record: Any, files: Mapping[int, str]) -> Said:
    """The place within the file is known of systems, which keep it as their source."""
    number = origin.note.get(IMPORT)
    file = files.get(number, "a file") if number else ""
    if origin.is_first and isinstance(record, AISystem):
        file = record.source or file
    return Said(origin.field, origin.label, origin.value, origin.who, origin.when, file, number)
