from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.core import directory, trail
from aims.core.queries.people import own_organization
from aims.core.tenancy.context import acting_in


class Command(BaseCommand):
    help = "Walk the hash chain of one organization's trail, or of every one's."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        broken = [line for number in self._wanted(options["organization"]) for line in self._verify(number)]
        if broken:
            raise CommandError("; ".join(broken))

    def _wanted(self, slug: str | None) -> list[int]:
        if slug is None:
            return directory.organization_ids()
        found = directory.organization_id(slug)
        if found is None:
            raise CommandError(f"There is no organization “{slug}”.")
        return [found]

    def _verify(self, organization_id: int) -> list[str]:
        with acting_in(organization_id):
            slug, check = own_organization().slug, trail.verify(organization_id)
        if check.is_intact:
            self.stdout.write(f"{slug}: {check.count} lines, head {check.head_hash}")
            return []
        first = check.bad[0]
        return [f"{slug}: first bad line {first.seq}: {first.sentence}"]
