from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aims.core import directory
from aims.core.pdf import PdfUnavailable
from aims.core.tenancy.context import acting_in
from inventory.exports.files import KINDS, ExportedFile, export
from inventory.models import AISystem
from inventory.queries.exports import register_of


class Command(BaseCommand):
    help = "Write the register of AI systems, or one system of it, to a file in the format of others."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--kind", required=True, choices=list(KINDS))
        parser.add_argument("--system", metavar="REFERENCE", help="One system only, such as SYS-001.")

    def handle(self, *args: Any, **options: Any) -> None:
        organization_id = directory.organization_id(options["organization"])
        if organization_id is None:
            raise CommandError(f"There is no organization “{options['organization']}”.")
        with acting_in(organization_id):
            made, count = self._made(options["kind"], options["system"])
        try:
            options["file"].write_bytes(made.content)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from error
        self.stdout.write(f"{count} systems written to {options['file']}.")

    def _made(self, key: str, reference: str | None) -> tuple[ExportedFile, int]:
        kind, found = KINDS[key], AISystem.objects.all()
        if reference:
            found = found.filter(reference=reference)
            if not found.exists():
                raise CommandError(f"There is no system “{reference}”.")
        elif kind.of_one:
            raise CommandError("A PDF is made of one system: name it with --system.")
        register = register_of(found, now=timezone.now(), is_one=bool(reference))
        try:
            return export(kind, register), len(register.systems)
        except PdfUnavailable as missing:
            raise CommandError(str(missing)) from missing
