from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.core.exceptions import RuleBroken
from aims.core.operating import machine_operator
from aims.core.services.operators import appoint_administrator


class Command(BaseCommand):
    help = "Make an active member administrator of an organization that has no active administrator left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--email", required=True)
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        slug, email, reason = options["slug"], options["email"], options["reason"]
        try:
            appoint_administrator(operator=machine_operator(), slug=slug, email=email, reason=reason)
        except RuleBroken as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{email} is administrator of {slug}.")
