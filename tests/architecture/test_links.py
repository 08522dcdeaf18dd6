"""Cells of a register lead to other records only where the reader finds them."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from aims.core.columns import Choice
from aims.core.generic import ColumnRegister
from tests.architecture.walking import routes_inside
from tests.architecture.world import World

PAGES = {route.name: route.view for route in routes_inside()}
REGISTERS = [
    name
    for name, view in PAGES.items()
    if isinstance(view, type) and issubclass(view, ColumnRegister) and view.url_name == name
]
CELL = re.compile(r'<td role="cell" data-l="([^"]+)"><a href="([^"]+)">')
#: The world holds no version that replaces another, and no prompt of a model.
NOT_PLANTED = {"Replaces", "AI model"}


def address(register: str, choice: Choice | None = None) -> str:
    words = ",".join(column.key for column in choice.offered) if choice else ""
    return f"{reverse(register, args=['meadow'])}?columns={words}"


def test_a_column_asks_for_the_verb_of_the_page_that_it_leads_to(world: World) -> None:
    client, asked = world.client("lead"), {}
    for register in REGISTERS:
        for column in client.get(address(register)).context["choice"].offered:
            if column.link:
                asked[column.link.route] = column.link.verb

    assert asked == {route: PAGES[route].verb for route in asked}
    assert {"system", "supplier"} <= asked.keys()


@pytest.mark.parametrize("who", ["lead", "owner", "admin", "staff", "auditor"])
def test_whoever_sees_a_link_finds_what_it_leads_to(world: World, who: str) -> None:
    client, lead, seen = world.client(who), world.client("lead"), set()
    for register in REGISTERS:
        choice = lead.get(address(register)).context["choice"]
        page = client.get(address(register, choice))
        for label, url in CELL.findall(page.text if page.status_code == 200 else ""):
            assert client.get(url).status_code == 200, (register, label, url)
            seen.add((register, label))
        if who == "lead":
            labels = {column.label for column in choice.offered if column.link} - NOT_PLANTED
            assert {(register, label) for label in labels} <= seen
    if who == "auditor":
        assert {("obligations", "Interested party"), ("decisions", "Meeting"), ("decisions", "Body")} <= seen
