from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aims.core.models import Person
from audits.demo import plan
from audits.management.commands.seed_demo import (
    new_password,
    plan_emails,
    print_passwords,
    set_passwords,
)


class Command(BaseCommand):
    help = "Give the people of the sample organizations new passwords and print them once."

    def handle(self, *args: Any, **options: Any) -> None:
        emails = dict.fromkeys(email for name in plan.NAMES for email in plan_emails(name))
        known = set(Person.objects.filter(email__in=emails).values_list("email", flat=True))
        if not known:
            raise CommandError("There are no sample organizations. Build them with seed_demo.")
        passwords = {email: new_password() for email in emails if email in known}
        set_passwords(passwords)
        print_passwords(self, passwords)
