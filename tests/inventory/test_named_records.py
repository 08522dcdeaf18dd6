"""Records that a form names: a list to choose from, or a reference to type where the list would be long."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from aims.core import record_fields
from aims.core.models import Evidence
from aims.core.tenancy.context import acting_in
from inventory.models import AISystem, ChangeRequest, Incident, StageRecord, SystemEvidence
from inventory.services import stage_records
from risk.forms import RiskFilterForm
from tests.cast import NOW, House, as_member
from tests.core.evidence_sample import accepted
from tests.inventory.factories import a_complete_system, a_system
from tests.queries import count_queries


@pytest.fixture
def many(house: House, monkeypatch: pytest.MonkeyPatch) -> list[AISystem]:
    monkeypatch.setattr(record_fields, "MOST_LISTED", 2)
    with acting_in(house.organization):
        return [a_system(house, f"System {number}") for number in range(3)]


def test_a_short_list_is_chosen_from_and_a_long_one_typed(house: House, lead: Client) -> None:
    with acting_in(house.organization):
        system = a_system(house, "Only one")
    page = lead.get(house.url("disclosures/new/")).text
    assert f'<option value="{system.pk}">SYS-001 Only one</option>' in page and "datalist" not in page

    lists = lead.get(house.url("incidents/new/")).text
    assert 'type="checkbox" name="systems"' in lists


def test_what_is_typed_is_the_reference_in_any_case_and_what_follows_is_left_out(
    house: House, lead: Client, many: list[AISystem]
) -> None:
    page = lead.get(house.url("changes/new/")).text
    assert '<input type="text" name="system"' in page and "Type its reference, such as SYS-012." in page
    assert "System 1" not in page

    for typed in ("sys-002", " SYS-002 System 1, as suggested ", str(many[1].pk)):
        lead.post(house.url("changes/new/"), {"title": "New model", "system": typed})

    with acting_in(house.organization):
        assert [each.system for each in ChangeRequest.objects.all()] == [many[1]] * 3


@pytest.mark.parametrize("typed", ["SYS-999", "System 1", "x" * 9_000, "999999", "²", "-1"])
def test_what_names_nothing_is_refused_with_what_was_typed_kept(
    house: House, lead: Client, many: list[AISystem], typed: str
) -> None:
    answer = lead.post(house.url("changes/new/"), {"title": "New model", "system": typed})

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    with acting_in(house.organization):
        assert not ChangeRequest.objects.exists()


def test_many_are_typed_one_after_the_other_and_all_are_there_or_none(
    house: House, lead: Client, many: list[AISystem]
) -> None:
    report = {
        "kind": "incident",
        "title": "Wrong answers",
        "description": "Said so.",
        "noticed_at": "2026-01-01T10:00",
    }
    page = lead.get(house.url("incidents/new/")).text
    assert '<textarea name="systems"' in page and "separated by commas" in page

    refused = lead.post(house.url("incidents/new/"), {**report, "systems": "SYS-001, SYS-999"})
    with acting_in(house.organization):
        assert (refused.status_code, Incident.objects.count()) == (422, 0)
    assert "SYS-001, SYS-999" in refused.text and "There is no AI system “SYS-999”" in refused.text
    lead.post(house.url("incidents/new/"), {**report, "systems": "sys-001; SYS-003 System 2\nSYS-001"})

    with acting_in(house.organization):
        found = Incident.objects.get().system_links.order_by("system_id")
        assert [link.system for link in found] == [many[0], many[2]]


def test_a_filter_says_the_record_that_a_link_led_to(house: House, many: list[AISystem]) -> None:
    with acting_in(house.organization):
        form = RiskFilterForm({"system": str(many[1].pk)})

        assert form.is_valid() and form.cleaned_data["system"] == many[1]
        assert 'value="SYS-002"' in str(form["system"])


def test_what_is_suggested_is_what_may_be_chosen(
    house: House, other_house: House, lead: Client, many: list[AISystem]
) -> None:
    with acting_in(other_house.organization):
        a_system(other_house, "System of others")

    found = lead.get(house.url("systems/suggestions/?field=system&system=system"))
    nothing = lead.get(house.url("systems/suggestions/?field=system&system="))

    assert [f"SYS-00{number} System {number - 1}" in found.text for number in (1, 2, 3)] == [True] * 3
    assert "others" not in found.text and "option" not in nothing.text
    assert (
        as_member(other_house, "lead").get(house.url("systems/suggestions/?field=q&q=s")).status_code == 404
    )


def test_a_form_asks_as_many_questions_for_thirty_systems_as_for_one(house: House, lead: Client) -> None:
    counts = []
    for total in (1, 30):
        with acting_in(house.organization):
            for number in range(AISystem.objects.count(), total):
                a_system(house, f"System {number}")
        for path in ("disclosures/new/", "incidents/new/", "changes/new/", "metrics/new/", "risks/new/"):
            lead.get(house.url(path))
            with count_queries() as seen:
                assert lead.get(house.url(path)).status_code == 200
            counts.append(len(seen))

    assert counts[:5] == counts[5:]


@pytest.fixture
def minutes(house: House) -> Evidence:
    """Handed in by a control owner, and confidential."""
    return accepted(house, title="Secret minutes", is_confidential=True)


def test_whoever_may_not_know_an_item_links_it_nowhere(house: House, minutes: Evidence) -> None:
    owner = as_member(house, "owner")
    with acting_in(house.organization):
        system = a_complete_system(house)
    page = owner.get(house.url(f"systems/{system.pk}/evidence/")).text
    answers = [
        owner.post(house.url(f"systems/{system.pk}/evidence/"), {"evidence": minutes.pk}),
        owner.post(house.url(f"systems/{system.pk}/evidence/{minutes.pk}/unlink/")),
        owner.post(
            house.url(f"systems/{system.pk}/stage-records/requirements/"),
            {"text": "All", "evidence": minutes.pk},
        ),
        owner.post(
            house.api(f"systems/{system.pk}/write-stage-record"),
            json.dumps({"kind": "requirements", "evidence_id": minutes.pk}),
            content_type="application/json",
        ),
    ]

    assert "Secret" not in page
    assert [answer.status_code for answer in answers] == [422, 404, 422, 400]
    with acting_in(house.organization):
        assert not SystemEvidence.objects.exists() and not StageRecord.objects.exists()


def test_what_a_record_names_stays_when_somebody_edits_it_who_may_not_know_it(
    house: House, minutes: Evidence
) -> None:
    owner = as_member(house, "owner")
    with acting_in(house.organization):
        system = a_complete_system(house)
        stage_records.write_stage_record(
            actor=house.lead,
            system=system,
            kind="requirements",
            row_version=0,
            evidence=minutes,
            text="All",
            now=NOW,
        )
    path = house.url(f"systems/{system.pk}/stage-records/requirements/")
    page = owner.get(path).text
    assert f'<option value="{minutes.pk}" selected>{minutes.reference}</option>' in page

    owner.post(path, {"row_version": 1, "text": "All of them", "evidence": minutes.pk})

    with acting_in(house.organization):
        written = StageRecord.objects.get()
        assert (written.text, written.evidence) == ("All of them", minutes)
