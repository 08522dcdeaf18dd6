from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.core import backups
from aims.core.signing import SigningKeyMissing


class Command(BaseCommand):
    help = "Verify the signature and every part of a backup. No database is asked."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--public-key", default="", help="instead of this installation's own")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = backups.check(options["directory"], public_key=options["public_key"])
        except (backups.BackupBroken, SigningKeyMissing) as broken:
            raise CommandError(str(broken)) from broken
        self.stdout.write(
            f"Made {manifest.made_at} from Postgres {manifest.server_version}: "
            f"{len(manifest.parts)} parts, {manifest.size:,} bytes, all as signed."
        )
        for head in manifest.heads:
            self.stdout.write(f"{head.slug or head.chain}: {head.seq} lines, head {head.hash}")
        for key in (*manifest.missing, *manifest.damaged):
            self.stdout.write(f"Missing or damaged when the backup was made: {key}")
