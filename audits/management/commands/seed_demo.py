import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from aims.core import directory
from aims.core.models import Person
from audits.demo import plan
from audits.demo.seeding import seed

WORDS = 9


def new_password() -> str:
    return secrets.token_urlsafe(WORDS)


class Command(BaseCommand):
    help = "Build the two sample organizations. Running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        passwords: dict[str, str] = {}
        for name in plan.NAMES:
            if directory.organization_id(name) is not None:
                self.stdout.write(f"{name} is there already.")
                continue
            for email in plan_emails(name):
                if email not in passwords and not Person.objects.filter(email=email).exists():
                    passwords[email] = new_password()
            seed(name, now=timezone.now(), passwords=passwords)
            self.stdout.write(f"{name} was built.")
        set_passwords(passwords)
        print_passwords(self, passwords)


def plan_emails(name: str) -> list[str]:
    facts = plan.read(name)
    people = [person["email"] for person in facts["people"].values()]
    return people + ([facts["auditor"]["email"]] if "auditor" in facts else [])


def set_passwords(passwords: dict[str, str]) -> None:
    for email, password in passwords.items():
        person = Person.objects.get(email=email)
        person.set_password(password)
        person.save(update_fields=["password"])


def print_passwords(command: BaseCommand, passwords: dict[str, str]) -> None:
    for email, password in passwords.items():
        command.stdout.write(f"  {email:36} {password}")
