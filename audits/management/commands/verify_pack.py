from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.core.signing import Signer
from audits.verification import verify_pack


class Command(BaseCommand):
    help = "Check every hash of an evidence pack and its signature with this installation's key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        if not path.exists():
            raise CommandError(f"There is no file {path}.")
        result = verify_pack(path, Signer.from_settings().public_key_text())
        for line in result.checked:
            self.stdout.write(f"checked: {line}")
        for line in result.not_checked:
            self.stdout.write(f"not checked: {line}")
        for problem in result.problems:
            self.stderr.write(problem)
        if not result.ok:
            raise CommandError(result.summary)
        self.stdout.write(result.summary)
