import os
import subprocess
import sys
import tempfile
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from audits.bench.__main__ import SUPER_URL
from audits.bench.areas import AREAS
from audits.bench.scratch import NoScratch, scratch_database


class Command(BaseCommand):
    help = "Measure speed against the goals, in a scratch database that is dropped afterwards."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("areas", nargs="*", choices=[[], *AREAS], metavar="AREA", help=", ".join(AREAS))
        parser.add_argument("--json", action="store_true", help="one line of JSON per figure")

    def handle(self, *args: Any, areas: list[str], json: bool, **options: Any) -> None:
        if not json:
            self.stdout.write(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
        connections.close_all()
        try:
            with scratch_database(settings.AIMS_HOME) as scratch, tempfile.TemporaryDirectory() as files:
                own = {**scratch.urls, SUPER_URL: scratch.super_url, "FILES_DIR": files, "LOG_LEVEL": "ERROR"}
                command = [sys.executable, "-m", "audits.bench", *areas, *(["--json"] if json else [])]
                code = subprocess.run(command, env={**os.environ, **own}).returncode
        except NoScratch as refused:
            raise CommandError(str(refused)) from refused
        if code:
            raise CommandError("Not every goal is met; see above.")
