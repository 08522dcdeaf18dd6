"""People and systems by id, for the sections of a pack."""

from __future__ import annotations

from typing import Any

from aims.core.models import Member
from inventory.models import AISystem


class Names:
    """People and systems by id, asked for once."""

    def __init__(self) -> None:
        self.people = dict(Member.objects.values_list("pk", "name"))
        self.systems: dict[int, Any] = {row.pk: row for row in AISystem.objects.all()}

    def person(self, id: int | None) -> str:
        return str(self.people.get(id, "")) if id else ""

    def system(self, id: int | None) -> str:
        found = self.systems.get(id) if id else None
        return f"{found.reference} {found.name}" if found else ""
