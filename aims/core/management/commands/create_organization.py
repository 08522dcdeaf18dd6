import zoneinfo
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email, validate_slug
from django.urls import reverse
from django.utils.text import slugify

from aims.core.exceptions import RuleBroken
from aims.core.models import Person
from aims.core.operating import machine_operator
from aims.core.services.operators import open_organization


class Command(BaseCommand):
    help = "Make an organization and its first administrator, and print the link that sets their password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--slug", default="", help="The part of its addresses; made from the name.")
        parser.add_argument("--time-zone", default=settings.TIME_ZONE)
        parser.add_argument("--admin-email", required=True, metavar="EMAIL")
        parser.add_argument("--admin-name", required=True, metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["slug"] or slugify(options["name"])
        try:
            validate_slug(slug)
            validate_email(options["admin_email"])
            validate_time_zone(options["time_zone"])
            _, person = open_organization(
                operator=machine_operator(),
                name=options["name"],
                slug=slug,
                time_zone=options["time_zone"],
                admin_email=options["admin_email"],
                admin_name=options["admin_name"],
            )
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        except RuleBroken as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{options['name']}: {settings.BASE_URL}/o/{slug}/")
        if person.has_usable_password():
            self.stdout.write(f"{person.email} has an account already and signs in with its password.")
        else:
            self.stdout.write(f"{person.email} chooses a password here: {password_link(person)}")


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"There is no time zone “{name}”.")


def password_link(person: Person) -> str:
    """The same link that “Reset a forgotten password” sends by mail; it works once and for a while."""
    token = account_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(person), "key": token},
    )
    return f"{settings.BASE_URL}{path}"
