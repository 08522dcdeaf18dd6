"""Builds an organization with its people and passwords:  python -m tests.journeys.people SLUG NAME

A process of its own, because a test that drives a browser cannot ask the database.
"""

import sys

import django

#: One person with several roles, and one who approves: separation of duties is between persons.
PEOPLE = {
    "lena": ("Lena Lead", ["compliance_lead", "ai_system_owner", "risk_owner", "control_owner"]),
    "tara": ("Tara Top", ["top_management"]),
    "adam": ("Adam Admin", ["admin"]),
    "oscar": ("Oscar Owner", ["control_owner", "ai_system_owner"]),
}


def main(slug: str, name: str) -> None:
    django.setup()
    from tests.cast import build_house
    from tests.journeys.portal import PASSWORD

    house = build_house(name, slug, people=PEOPLE)
    for member in house.member.values():
        member.user.set_password(PASSWORD)
        member.user.save(update_fields=["password"])


if __name__ == "__main__":
    main(*sys.argv[1:])
