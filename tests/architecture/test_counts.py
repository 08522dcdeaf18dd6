"""A tab says how many rows its view holds, and the list that it opens counts as many."""

from __future__ import annotations

import pytest
from django.urls import reverse

from aims.core.generic import RegisterPage
from tests.architecture.walking import routes_inside
from tests.architecture.world import World

REGISTERS = [
    route
    for route in routes_inside()
    if isinstance(route.view, type)
    and issubclass(route.view, RegisterPage)
    and route.view.template_name
    and not set(route.parameters)
]


@pytest.mark.parametrize("who", ["lead", "auditor"])
def test_the_count_of_a_tab_is_that_of_the_rows_it_opens(world: World, who: str) -> None:
    client, seen = world.client(who), 0
    faults = []
    for route in REGISTERS:
        address = reverse(route.name, args=["meadow"])
        for view in route.view.views:
            for narrowing in ("", "&q=e"):
                answer = client.get(f"{address}?view={view}{narrowing}")
                if answer.status_code != 200 or "page" not in answer.context:
                    continue  # not for this person, or a form about the register
                page = answer.context["page"]
                counted, rows = page.paginator.count, len(page)
                assert not page.has_other_pages()
                tab = next(tab["count"] for tab in answer.context["views"] if tab["current"])
                seen += rows
                if counted != rows or (not narrowing and tab != rows):
                    faults.append((who, address, view, narrowing, tab, counted, rows))
    assert faults == []
    assert seen > 0


def test_every_register_is_among_them() -> None:
    assert {"systems", "discovery", "alerts", "competence"} <= {route.name for route in REGISTERS}
