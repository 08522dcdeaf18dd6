from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aims.core import backups
from aims.core.signing import Signer, SigningKeyMissing
from aims.launch.errors import LaunchError


class Command(BaseCommand):
    help = "Write a signed backup of the database, the stored files and the checkpoints into a new directory."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", required=True, type=Path, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        directory = options["output"]
        try:
            manifest = backups.make(directory, now=timezone.now())
        except (backups.BackupRefused, LaunchError, SigningKeyMissing, OSError) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{directory}: {len(manifest.parts)} parts, {manifest.size:,} bytes")
        self.stdout.write(f"Signed by the key {Signer.from_settings().fingerprint()}")
        for lacking in manifest.lacks:
            self.stdout.write(f"Not in it: {lacking}.")
        faulty = [f"{key} is missing" for key in manifest.missing]
        faulty += [f"{key} is not the file that was stored" for key in manifest.damaged]
        if faulty:
            raise CommandError("The backup was written, but in the store: " + "; ".join(faulty))
