"""Gives people the journeys' password:  python -m tests.journeys.passwords EMAIL …"""

import sys

import django


def main(emails: list[str]) -> None:
    django.setup()
    from django.contrib.auth.hashers import make_password

    from aims.core.models import Person
    from tests.journeys.portal import PASSWORD

    Person.objects.filter(email__in=emails).update(password=make_password(PASSWORD))


if __name__ == "__main__":
    main(sys.argv[1:])
