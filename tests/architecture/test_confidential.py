"""Confidential evidence that everything refers to: no page and no answer tells its title to whoever may not
know of it.
"""

from __future__ import annotations

import pytest

from aims.core.models import Evidence
from aims.core.tenancy.context import acting_in
from tests.architecture.test_walk_api import operations
from tests.architecture.walking import Walker, ids_in, routes_inside, told
from tests.architecture.world import World

SECRET = "zqconfidential minutes"
ROUTES = [route for route in routes_inside() if all(map(route.is_known, route.parameters))]


@pytest.fixture
def secret(world: World) -> Evidence:
    """Every item of Meadow, handed in by the compliance lead."""
    with acting_in(world.meadow.organization):
        lead = world.meadow.member["lead"]
        Evidence.objects.update(
            is_confidential=True, title=SECRET, submitted_by=lead, asked_of=None, state="accepted"
        )
        return Evidence.objects.earliest("pk")


def addresses(world: World) -> list[str]:
    pages = [each for route in ROUTES for each in route.addresses("meadow", ids_in(world.seen))]
    answers = [
        operation.address("meadow", ids_in(world.seen))
        for operation in operations()
        if operation.method == "GET"
    ]
    return [*pages, *answers, "/o/meadow/search/?q=zqconfidential", "/o/meadow/evidence/?q=zqconfidential"]


@pytest.mark.parametrize("who", ["owner", "control_owner", "staff", "admin"])
def test_nobody_is_told_a_title_they_may_not_know(world: World, secret: Evidence, who: str) -> None:
    walker = Walker(world, who)

    faults = [(address, who) for address in addresses(world) if SECRET in walker.ask("GET", address).text]

    assert not faults, told(faults)


def test_the_compliance_lead_is(world: World, secret: Evidence) -> None:
    """Else the test above could not fail."""
    walker = Walker(world, "lead")

    shown = [address for address in addresses(world) if SECRET in walker.ask("GET", address).text]

    assert {f"/o/meadow/evidence/{secret.pk}/", "/o/meadow/evidence/"} <= set(shown)
    assert len(shown) > 10
