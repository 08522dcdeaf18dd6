from typing import Any

from django.core.management.base import BaseCommand

from aims.core.operating import machine_operator, operating
from aims.core.queries.installation import organization_rows
from aims.core.registry import registry


class Command(BaseCommand):
    help = "List the organizations of this installation in numbers, as the operators' site does."

    def handle(self, *args: Any, **options: Any) -> None:
        with operating(machine_operator(), "organizations.listed"):
            rows = organization_rows()
        titles = [title for title, _ in registry.operator_counts]
        self.stdout.write(
            "\t".join(["slug", "name", "state", "opened", "people", *titles, "bytes", "last activity"])
        )
        for row in rows:
            state = "suspended" if row.suspended_at else "open"
            last = f"{row.last_activity:%Y-%m-%d %H:%M}" if row.last_activity else ""
            counts = [number for _, number in row.further]
            cells = [
                row.slug,
                row.name,
                state,
                f"{row.created_at:%Y-%m-%d}",
                row.people,
                *counts,
                row.storage,
            ]
            self.stdout.write("\t".join(str(cell) for cell in [*cells, last]))
