"""Samples that repeat, notes and drafts that are private until shared or issued."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import TrailEvent
from aims.core.tenancy.context import acting_as, acting_in
from audits import sampling
from audits.models import AuditorNote, Engagement, Finding, FindingDraft, Sample
from audits.services import auditor_work as verbs
from audits.services import samples
from tests.architecture.walking import body_of
from tests.audits.conftest import Records, activate, add_second_factor, auditor_actor, auditor_client, invite
from tests.cast import House, as_member

SENTINEL = "zq-private-sentinel"


@pytest.fixture
def auditor(engagement: Engagement) -> Client:
    return auditor_client(engagement)


def draw(engagement: Engagement, **values: object) -> Sample:
    actor = auditor_actor(engagement)
    given = {
        "title": "Evidence",
        "population": "evidence",
        "method": "random",
        "seed": "2026",
        "size": 1,
        **values,
    }
    with acting_as(actor):
        return samples.draw_sample(
            actor=actor, engagement=Engagement.objects.get(), now=timezone.now(), **given
        )


def write_draft(engagement: Engagement, **values: object) -> FindingDraft:
    actor = auditor_actor(engagement)
    given = {"title": "No log", "grade": "minor", "requirement": "9.1", "statement": SENTINEL, **values}
    with acting_as(actor):
        return verbs.write_draft(
            actor=actor, engagement=Engagement.objects.get(), now=timezone.now(), **given
        )


# Samples


def test_the_same_seed_and_population_give_the_same_sample_and_another_seed_another() -> None:
    keys = [f"R-{number:03d}" for number in range(1, 101)]

    first = sampling.draw(keys, seed="42", size=5)

    assert first == sampling.draw(list(reversed(keys)), seed="42", size=5)
    assert first == ["R-002", "R-024", "R-082", "R-093", "R-034"]
    assert first != sampling.draw(keys, seed="43", size=5)
    assert sampling.draw(keys, seed="42", size=7)[:5] == first


def test_a_sample_freezes_the_population_that_the_auditor_sees(
    house: House, engagement: Engagement, records: Records
) -> None:
    sample = draw(engagement)
    with acting_in(house.organization):
        records.evidence["inside"].title = "Renamed since"
        records.evidence["inside"].save()
        found = Sample.objects.get(pk=sample.pk)

        assert samples.members_of(found) == [("EV-001", "Report inside"), ("EV-003", "Report control")]
        assert found.population_count == 2
        assert samples.repeat(found) == samples.Repeated(list_is_intact=True, selection_is_same=True)


def test_a_list_changed_afterwards_is_noticed(house: House, engagement: Engagement) -> None:
    sample = draw(engagement)
    with acting_in(house.organization):
        Sample.objects.filter(pk=sample.pk).update(population_text='[["EV-001","Other"],["EV-003","x"]]')

        assert not samples.repeat(Sample.objects.get(pk=sample.pk)).list_is_intact


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"seed": ""}, "seed"),
        ({"size": 0}, "size"),
        ({"size": 3}, "size"),
        ({"method": "judgement"}, "chosen"),
        ({"method": "judgement", "chosen": ["EV-001"]}, "rationale"),
        ({"method": "judgement", "chosen": ["EV-002"], "rationale": "Why"}, "chosen"),
        ({"population": "findings"}, "population"),
        ({"title": " "}, "title"),
    ],
)
def test_an_unsound_sample_is_refused(
    house: House, engagement: Engagement, values: dict[str, object], field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        draw(engagement, **values)

    assert refused.value.field == field
    with acting_in(house.organization):
        assert not Sample.objects.exists()


def test_a_replacement_names_its_reason_and_both_sides_see_it(
    house: House, engagement: Engagement, auditor: Client
) -> None:
    sample = draw(engagement, method="judgement", chosen=["EV-001"], rationale="The newest")
    with acting_in(house.organization):
        item = sample.items.get()
    address = house.url(f"samples/{sample.pk}/replace/{item.pk}/")

    refused = auditor.post(address, {"key": "EV-003", "reason": ""})
    done = auditor.post(address, {"key": "EV-003", "reason": "The file is damaged"})

    assert (refused.status_code, done.status_code) == (422, 302)
    for client in (auditor, as_member(house, "lead")):
        page = client.get(house.url(f"samples/{sample.pk}/"))
        assert "The file is damaged" in page.text
        assert "Drawn again just now: the same" in page.text


def test_nobody_inside_draws(house: House, engagement: Engagement) -> None:
    with acting_in(house.organization), pytest.raises(NotAllowed):
        samples.draw_sample(
            actor=house.lead,
            engagement=engagement,
            title="x",
            population="risks",
            method="all",
            now=timezone.now(),
        )


# Notes


@pytest.mark.parametrize("who", ["lead", "top", "admin", "internal_auditor"])
def test_a_note_is_on_no_page_of_the_organization_until_it_is_shared(
    house: House, engagement: Engagement, auditor: Client, who: str
) -> None:
    auditor.post(house.url("auditor-notes/new/"), {"engagement": engagement.pk, "text": SENTINEL})
    assert SENTINEL in auditor.get(house.url("auditor-notes/")).text
    client = as_member(house, who)
    pages = [
        "auditor-notes/",
        "trail/",
        "trail/export/",
        f"engagements/{engagement.pk}/",
        f"engagements/{engagement.pk}/log/",
        "search/?q=zq-private",
    ]
    shown = [page for page in pages if SENTINEL in body_of(client.get(house.url(page)))]
    api = client.get(house.api("trail")).content.decode()

    assert shown == []
    assert SENTINEL not in api
    with acting_in(house.organization):
        assert TrailEvent.objects.filter(action="auditornote.written").count() == 1
        assert not TrailEvent.objects.filter(body__contains=SENTINEL).exists()


def test_a_shared_note_is_read_by_the_organization_and_stays_as_it_is(
    house: House, engagement: Engagement, auditor: Client
) -> None:
    actor = auditor_actor(engagement)
    with acting_as(actor):
        note = verbs.write_note(
            actor=actor, engagement=Engagement.objects.get(), text=SENTINEL, now=timezone.now()
        )
        verbs.share_note(actor=actor, note=note, now=timezone.now())
        with pytest.raises(StaleState):
            verbs.rewrite_note(actor=actor, note=note, text="Other")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE audits_auditornote SET text = 'Other'")
            assert cursor.rowcount == 0

    assert SENTINEL in as_member(house, "lead").get(house.url("auditor-notes/")).text
    with acting_in(house.organization):
        assert AuditorNote.objects.get().text == SENTINEL


# Finding drafts


def test_a_draft_is_private_until_issued_and_is_taken_over_by_a_person_of_the_organization(
    house: House, engagement: Engagement, auditor: Client
) -> None:
    draft = write_draft(engagement)
    lead, where = as_member(house, "lead"), house.url(f"external-findings/{draft.pk}/")
    hidden = lead.get(where)
    listed = lead.get(house.url("external-findings/")).text
    auditor.post(f"{where}issue/")
    shown = lead.get(where)
    taken = lead.post(f"{where}take-over/")
    again = lead.post(f"{where}take-over/")

    assert hidden.status_code == 404
    assert SENTINEL not in listed
    assert "No log" not in listed
    assert SENTINEL in shown.text
    assert again.status_code == 409
    with acting_in(house.organization):
        finding = Finding.objects.get()
        assert taken.url == house.url(f"findings/{finding.pk}/")
        assert (finding.title, finding.grade, finding.requirement, finding.state) == (
            "No log",
            "minor",
            "9.1",
            "draft",
        )
        assert finding.author_id == house.member["lead"].pk
        assert FindingDraft.objects.get().finding_id == finding.pk


def test_an_issued_finding_keeps_its_wording_in_the_database(house: House, engagement: Engagement) -> None:
    draft = write_draft(engagement)
    actor = auditor_actor(engagement)
    with acting_as(actor):
        verbs.issue_draft(actor=actor, draft=draft, now=timezone.now())
        with pytest.raises(StaleState):
            verbs.rewrite_draft(
                actor=actor, draft=draft, title="x", grade="major", requirement="9.1", statement="x"
            )
        with connection.cursor() as cursor:
            cursor.execute("UPDATE audits_findingdraft SET statement = 'x'")
            assert cursor.rowcount == 0


def test_the_database_lets_no_auditor_take_over_or_touch_a_finding(
    house: House, engagement: Engagement
) -> None:
    write_draft(engagement)
    for sql in (
        "UPDATE audits_findingdraft SET state = 'taken_over'",
        "UPDATE audits_findingdraft SET finding_id = 1",
        "UPDATE audits_finding SET state = 'closed'",
    ):
        with (
            acting_as(auditor_actor(engagement)),
            pytest.raises(DatabaseError, match=r"permission denied|row-level security"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"requirement": ""}, "requirement"),
        ({"requirement": "A.99"}, "requirement"),
        ({"grade": "terrible"}, "grade"),
        ({"statement": " "}, "statement"),
        ({"title": " "}, "title"),
    ],
)
def test_a_draft_needs_clause_grade_title_and_statement(
    house: House, engagement: Engagement, values: dict[str, object], field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        write_draft(engagement, **values)

    assert refused.value.field == field
    with acting_in(house.organization):
        assert not FindingDraft.objects.exists()


def test_what_another_auditor_wrote_is_as_unknown_as_what_does_not_exist(
    house: House, records: Records, engagement: Engagement
) -> None:
    draft, sample = write_draft(engagement), draw(engagement)
    with acting_in(house.organization):
        other = invite(house, records, auditor_email="otto@other-cert.example", auditor_name="Otto Other")
        add_second_factor(other)
        activate(other)
    client = auditor_client(other)

    for path in (f"external-findings/{draft.pk}/", f"samples/{sample.pk}/"):
        page = client.get(house.url(path))
        assert page.status_code == 404
    assert SENTINEL not in client.get(house.url("external-findings/")).text
