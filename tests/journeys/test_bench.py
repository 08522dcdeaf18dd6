"""The bench itself, at tiny sizes: what it measures works, and its lines have the promised shape."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from aims.core import limits
from aims.launch import roles
from audits.bench import packing, sample
from audits.bench.areas import AREAS, Bench, figures
from audits.bench.figures import Figure, Times
from audits.bench.measures import Sizes
from audits.bench.trail import TrailSizes, trail_figures
from audits.bench.writers import Writing
from tests.conftest import super_url

TINY = Sizes(systems=12, requests=3, pages=2, pairs=3, trail_lines=20, pack_systems=2, readings=40)
SHAPE = {"name", "value", "unit", "goal", "ok", "ratio_to"}


@pytest.mark.django_db(transaction=True)
def test_every_list_and_ratio_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PER_PERSON", 1)  # the pace of a person does not hinder measuring
    bench = Bench(TINY, super_url=roles.address(super_url(), database=connection.settings_dict["NAME"]))

    found = list(figures(bench, ["import", "requests", "tenancy", "trail", "monitoring"]))

    lines = [json.loads(figure.as_json()) for figure in found]
    assert all(set(line) == SHAPE for line in lines)
    assert all(line["value"] > 0 for line in lines if line["name"] != "binding a request")
    ratios = [line["name"] for line in lines if line["ratio_to"]]
    for kind in ("list of 50", "count", "aggregate", "get", "update", "insert"):
        assert f"row security: {kind}" in ratios
    assert "trail: edit of a system" in ratios
    statements = {line["name"]: line["ok"] for line in lines if line["unit"] == "queries"}
    assert all(statements.values()), statements


def test_an_area_is_measured_alone() -> None:
    """Nothing is imported for it, and no other area runs."""
    bench = Bench(TINY, super_url="")

    assert set(AREAS) >= {"import", "requests", "tenancy", "trail", "packs"}
    assert "imported" not in vars(bench)


@pytest.mark.django_db(transaction=True)
def test_a_pack_of_many_systems_is_measured() -> None:
    house = sample.house("bench-pack")
    sample.fill(house, systems=TINY.pack_systems)

    built = packing.build(house.slug)

    assert built.pages > 10
    assert built.processor_seconds > 0 and built.megabytes > 0 and built.peak_megabytes > 50


def test_a_goal_is_the_most_or_the_least_that_is_well() -> None:
    assert Figure("time", 5, "s", goal=6).ok
    assert not Figure("time", 7, "s", goal=6).ok
    assert Figure("pages", 70, "pages", goal=60, more_is_better=True).ok
    assert not Figure("pages", 50, "pages", goal=60, more_is_better=True).ok
    assert Figure("only told", 7, "s").ok


def test_percentiles_are_of_the_sorted_times() -> None:
    times = Times(tuple(float(number) for number in reversed(range(1, 101))))

    assert (times.median, times.p95) == (51.0, 96.0)


@pytest.mark.django_db(transaction=True)
def test_the_chain_is_measured_and_every_tampering_located() -> None:
    writing = Writing(organizations=3, writers=2, seconds=0.3, rounds=1)
    sizes = TrailSizes(lines=300, tampered_lines=20, positions=1, writing=writing)
    unbound = roles.address(super_url(), database=connection.settings_dict["NAME"])

    found = {figure.name: figure for figure in trail_figures(sizes, super_url=unbound)}

    assert found["trail: 15 kinds of tampering found and located"].value == 15
    assert found["trail: deadlocks among them"].value == 0
    assert found["trail: edits by 2 writers over 3 organizations"].value > 0
    assert found["trail: two updates by 2 writers, in SQL"].value > 0
