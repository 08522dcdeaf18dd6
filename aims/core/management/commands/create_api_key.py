from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from aims.core import directory, keys
from aims.core.exceptions import RuleBroken
from aims.core.tenancy.context import acting_in


class Command(BaseCommand):
    help = "Make an API key and print it. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument(
            "--scopes", required=True, help="Separated by commas: systems:read,evidence:write"
        )
        parser.add_argument("--name", default="Made on the command line")

    def handle(self, *args: Any, **options: Any) -> None:
        found = directory.organization_id(options["organization"])
        if found is None:
            raise CommandError(f"There is no organization “{options['organization']}”.")
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            with acting_in(found) as actor:
                _, text = keys.create_key(
                    actor=actor, name=options["name"], scopes=scopes, now=timezone.now()
                )
        except RuleBroken as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(text)
