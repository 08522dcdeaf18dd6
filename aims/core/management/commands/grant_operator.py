from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aims.core.exceptions import RuleBroken
from aims.core.operating import machine_operator
from aims.core.services.operators import grant_operator


class Command(BaseCommand):
    help = "Make a person with an account an operator of the installation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            grant_operator(operator=machine_operator(), email=options["email"])
        except RuleBroken as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{options['email']} is an operator.")
