from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.core.exceptions import RuleBroken
from aims.core.operating import machine_operator
from aims.core.services.operators import suspend_organization


class Command(BaseCommand):
    help = "Close an organization to everybody until it is resumed; its data is untouched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            suspend_organization(operator=machine_operator(), slug=options["slug"], reason=options["reason"])
        except RuleBroken as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{options['slug']} is suspended.")
