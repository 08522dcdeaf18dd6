"""The trail of a whole sample organization names nobody, and every line says what changed."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

import pytest
from django.db import connection

from aims.core.models import Member, TrailEvent
from aims.core.tenancy.context import acting_in
from aims.core.tenancy.past import tracked_models
from audits.demo.seeding import Sample, seed

SEEDED_AT = datetime.datetime(2026, 11, 2, 9, 0, tzinfo=datetime.UTC)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+")


@pytest.fixture
def sample(db: None) -> Sample:
    return seed("meridian-health", now=SEEDED_AT, passwords={})


def names_of(sample: Sample) -> list[str]:
    """Each first and last name and each address of the plan, all rare enough to be looked for."""
    people = list(sample.plan["people"].values())
    words = [word for person in people for word in (*person["name"].split(), person["email"])]
    assert len(words) == 3 * len(people)
    return words


def test_nobody_is_named_and_every_line_says_what_changed(sample: Sample) -> None:
    """One test, because building the sample takes most of its time."""
    names = names_of(sample)
    with acting_in(sample.organization):
        people = " ".join(f"{name} {email}" for name, email in Member.objects.values_list("name", "email"))
        bodies = list(TrailEvent.objects.values_list("body", flat=True))
        contexts = list(contexts_of_history())

    texts = [*bodies, *contexts]
    assert [name for name in names if not is_in(name, people)] == []
    assert len(bodies) > 300 and len(contexts) > 30
    assert sorted({f"{name} in {text[:300]}" for text in texts for name in names if is_in(name, text)}) == []
    assert [text for text in texts if ADDRESS.search(text)] == []

    lines = [json.loads(body) for body in bodies]
    assert {line["action"] for line in lines if not line.keys() & {"before", "after", "reason"}} == set()
    assert len({line["action"] for line in lines}) > 40


def is_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def contexts_of_history() -> Any:
    for _, event in tracked_models():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT pgh_context::text FROM {event._meta.db_table}")  # noqa: S608
            yield from (row[0] for row in cursor.fetchall() if row[0])
