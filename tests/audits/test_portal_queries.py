"""The lists between an external auditor and the organization cost the same with one row and with thirty."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from aims.core import trail
from aims.core.tenancy.context import acting_as
from audits.models import Engagement, Sample
from audits.services import auditor_work, requests, samples
from tests.audits.conftest import auditor_actor, auditor_client
from tests.cast import House, as_member
from tests.queries import count_queries

#: (who, page) -> statements that the page itself makes
LISTS = {
    ("lead", "requests/?view=all"): 11,
    ("auditor", "requests/?view=all"): 10,
    ("lead", "samples/"): 3,
    ("auditor", "samples/"): 4,
    ("lead", "auditor-notes/"): 3,
    ("auditor", "auditor-notes/"): 4,
    ("lead", "external-findings/"): 3,
    ("auditor", "external-findings/"): 4,
    ("lead", "engagements/{engagement}/log/"): 3,
}


def add(engagement: Engagement, number: int) -> None:
    """One of each that both sides see, in the name of the auditor."""
    actor, now = auditor_actor(engagement), timezone.now()
    with acting_as(actor):
        own = Engagement.objects.get()
        for _ in range(number):
            requests.add_request(actor=actor, engagement=own, title="Minutes", now=now)
            note = auditor_work.write_note(actor=actor, engagement=own, text="Seen", now=now)
            auditor_work.share_note(actor=actor, note=note, now=now)
            draft = auditor_work.write_draft(
                actor=actor,
                engagement=own,
                title="No log",
                grade="minor",
                requirement="9.1",
                statement="There is none",
                now=now,
            )
            auditor_work.issue_draft(actor=actor, draft=draft, now=now)
            _draw(own)
            trail.record(actor, "auditor.read", after={"page": "systems"})


def _draw(engagement: Engagement) -> Sample:
    return samples.draw_sample(
        actor=auditor_actor(engagement),
        engagement=engagement,
        title="Evidence",
        population="evidence",
        method="all",
        now=timezone.now(),
    )


@pytest.mark.parametrize(("who", "page"), LISTS)
def test_a_list_asks_the_same_queries_with_1_and_30_rows(
    house: House, engagement: Engagement, who: str, page: str
) -> None:
    client: Client = auditor_client(engagement) if who == "auditor" else as_member(house, who)
    address = house.url(page.format(engagement=engagement.pk))
    client.get(address)  # what is remembered for the process, such as catalogs
    for number in (1, 29):
        add(engagement, number)
        with count_queries() as seen:
            shown = client.get(address)

        assert shown.status_code == 200
        assert len(seen) == LISTS[who, page], seen
