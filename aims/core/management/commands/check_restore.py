from pathlib import Path
from typing import Any

from django.core import checks
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.core import backups
from aims.core.exceptions import RuleBroken
from aims.core.operating import machine_operator
from aims.core.services.restoring import declare_restored, differences
from aims.core.signing import SigningKeyMissing


class Command(BaseCommand):
    help = (
        "Compare this installation with the backup it was restored from: walls of the database, every chain, "
        "every file. With --declare a line in each chain then says that it was restored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--declare", action="store_true")
        parser.add_argument("--reason", default="", help="for the line in the chains")

    def handle(self, *args: Any, **options: Any) -> None:
        operator = machine_operator()
        try:
            manifest = backups.signed_manifest(options["directory"])
        except (backups.BackupBroken, SigningKeyMissing) as broken:
            raise CommandError(str(broken)) from broken
        walls = [
            str(message.msg)
            for message in checks.run_checks(databases=["default"])
            if message.level >= checks.ERROR
        ]
        found = walls + differences(operator, manifest)
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write(
            f"As backed up {manifest.made_at}: walls, {len(manifest.heads)} chains and all files hold."
        )
        if options["declare"]:
            try:
                told = declare_restored(operator=operator, manifest=manifest, reason=options["reason"])
            except RuleBroken as refused:
                raise CommandError(str(refused)) from refused
            self.stdout.write(f"A line in the chains of {told} organizations says so.")
