"""The trace of a system: what is linked to what, what is missing, and who sees which of it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from aims.core.models import Evidence
from aims.core.tenancy.context import acting_as, acting_in
from audits.models import Finding
from audits.queries.trace import MOST_IN_A_COLUMN, SystemTrace, trace_of
from controls.models import Control, ControlEvidence, TreatmentControl
from inventory.models import AISystem
from risk.models import Risk
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.auditors import as_auditor, grant_for
from tests.inventory.factories import a_complete_system
from tests.inventory.test_api import Api
from tests.queries import count_queries

DAY = datetime.timedelta(days=1)


def a_risk(system: AISystem, number: int, **values: Any) -> Risk:
    given = {"level": "medium", "state": "in_treatment", **values}
    return Risk.objects.create(
        reference=f"R-{number:03}", title=f"Risk {number}", system=system, identified_at=NOW, **given
    )


def a_proof(house: House, control: Control, number: int, **values: Any) -> Evidence:
    item = Evidence.objects.create(
        reference=f"EV-{number:03}", title=f"Proof {number}", **{"state": "accepted", **values}
    )
    ControlEvidence.objects.create(control=control, evidence=item, linked_at=NOW)
    return item


@pytest.fixture
def system(house: House) -> AISystem:
    """A risk that is treated and proven, one that is treated and not proven, one without any control."""
    with acting_in(house.organization):
        system = a_complete_system(house)
        controls = list(Control.objects.order_by("position")[:3])
        for number, control in enumerate(controls[:2], start=1):
            risk = a_risk(system, number, level=("high", "medium")[number - 1])
            TreatmentControl.objects.create(risk=risk, control=control, linked_at=NOW)
        a_risk(system, 3, level="critical")
        a_risk(system, 4, level="critical", state="closed")
        a_proof(house, controls[0], 1, valid_until=TODAY + 400 * DAY)
        a_proof(house, controls[0], 2, valid_until=TODAY - DAY)
        Finding.objects.create(
            reference="F-001", title="Of the system", system=system, state="raised", created_at=NOW
        )
        Finding.objects.create(
            reference="F-002", title="Of a control", control=controls[1], state="closed", created_at=NOW
        )
        Finding.objects.create(reference="F-003", title="A draft", system=system, created_at=NOW)
        return system


def seen(house: House, system: AISystem, who: str = "lead") -> SystemTrace:
    with acting_as(house.actor(who)) as actor:
        return trace_of(actor, system, on=TODAY)


def nodes(trace: SystemTrace) -> list[list[tuple[str, str]]]:
    return [[(node.key, node.tone) for node in column.nodes] for column in trace.columns]


def test_the_trace_leads_from_the_system_to_its_findings_and_shows_the_gaps(
    house: House, system: AISystem
) -> None:
    trace = seen(house, system)
    first, second = (each[0] for each in nodes(trace)[2][:2])

    assert nodes(trace) == [
        [("SYS-001", "ok")],
        [("R-003", "bad"), ("R-001", "bad"), ("R-002", "ok")],
        [(first, "ok"), (second, "bad"), ("none-R-003", "gap")],
        [("EV-001", "ok"), ("EV-002", "bad"), (f"none-{second}", "gap")],
        [("F-001", "bad"), ("F-002", "ok")],
    ]
    assert set(trace.edges) == {
        *(("SYS-001", f"R-00{number}") for number in (1, 2, 3)),
        ("R-001", first),
        ("R-002", second),
        ("R-003", "none-R-003"),
        (first, "EV-001"),
        (first, "EV-002"),
        (second, f"none-{second}"),
        ("SYS-001", "F-001"),
        (second, "F-002"),
    }
    gaps = {gap.label: [record.reference for record in gap.records] for gap in trace.gaps}
    assert gaps == {
        "Risks without a control": ["R-003"],
        "Controls without current evidence": [second],
        "Open findings": ["F-001"],
    }


def test_the_page_shows_it_as_a_picture_and_as_a_table(house: House, lead: Client, system: AISystem) -> None:
    page = lead.get(house.url(f"systems/{system.pk}/")).text

    assert 'class="viz viz-trace"' in page and "Open as table" in page
    assert "Risks without a control: 1" in page and house.url("evidence/") in page


def test_the_api_tells_the_same_and_a_key_what_its_scopes_cover(
    house: House, lead: Client, system: AISystem
) -> None:
    whole = lead.get(house.api(f"systems/{system.pk}/trace")).json()
    of_risks = Api(house, "risks:read").get(f"systems/{system.pk}/trace").json()

    assert [[each["reference"] for each in column["records"]] for column in whole["columns"]] == [
        [key for key, _ in column] for column in nodes(seen(house, system))
    ]
    assert whole["gaps"][0] == {"title": "Risks without a control", "references": ["R-003"]}
    assert ["SYS-001", "R-001"] in whole["links"]
    assert (whole["is_whole"], of_risks["is_whole"], of_risks["gaps"]) == (True, False, [])
    assert [len(column["records"]) for column in of_risks["columns"]] == [1, 3, 0, 0, 0]
    assert Api(house, "systems:read").get(f"systems/{system.pk}/trace").status_code == 403


def test_confidential_evidence_stands_there_by_its_reference(house: House, system: AISystem) -> None:
    with acting_in(house.organization):
        Evidence.objects.filter(reference="EV-001").update(is_confidential=True)
    labels = {
        who: {node.key: (node.label, bool(node.url)) for node in seen(house, system, who).columns[3].nodes}
        for who in ("lead", "owner")
    }

    assert labels["lead"]["EV-001"] == ("Proof 1", True)
    assert labels["owner"]["EV-001"] == ("Confidential", False)


def test_who_reads_no_findings_sees_none_in_the_trace(house: House, system: AISystem) -> None:
    assert nodes(seen(house, system, "staff"))[4] == []


def test_nothing_of_another_system_is_in_it(house: House, system: AISystem) -> None:
    with acting_in(house.organization):
        other = a_complete_system(house, name="Another", external_id="2")
        Finding.objects.create(
            reference="F-009",
            title="Elsewhere",
            system=other,
            control=Control.objects.first(),
            created_at=NOW,
        )

    assert "F-009" not in str(nodes(seen(house, system)))
    assert nodes(seen(house, other)) == [[("SYS-002", "ok")], [], [], [], []]


def test_a_long_column_is_cut_and_says_so(house: House, system: AISystem) -> None:
    with acting_in(house.organization):
        for number in range(10, 10 + MOST_IN_A_COLUMN):
            a_risk(system, number, level="low")
    trace = seen(house, system)

    assert len(trace.shown[1].nodes) == MOST_IN_A_COLUMN and trace.is_cut
    assert trace.shown[1].nodes[0].key == "R-003"  # the most serious first


def test_it_takes_as_many_queries_for_thirty_risks_as_for_one(house: House, system: AISystem) -> None:
    counts = []
    for total in (1, 30):
        with acting_in(house.organization):
            controls = list(Control.objects.order_by("position")[:10])
            for number in range(100, 100 + total):
                risk = a_risk(system, number * total)
                control = controls[number % 10]
                TreatmentControl.objects.create(risk=risk, control=control, linked_at=NOW)
                a_proof(house, control, number * total)
        with acting_as(house.lead) as actor, count_queries() as asked:
            trace_of(actor, system, on=TODAY)
        counts.append(len(asked))

    assert counts == [4, 4]


def test_the_past_has_its_own_trace(house: House, lead: Client, system: AISystem) -> None:
    today = timezone.localdate()
    with acting_in(house.organization):
        Risk.objects.filter(reference="R-003").delete()  # what was there yesterday is not told today

    page = lead.get(house.url(f"systems/{system.pk}/?as_of={today}")).text

    assert "viz-trace" in page and "R-003" not in page and "R-001" in page


def test_a_reader_from_outside_sees_nothing_of_it(house: House, other_house: House, system: AISystem) -> None:
    assert as_member(other_house, "lead").get(house.url(f"systems/{system.pk}/")).status_code == 404


def test_what_lies_outside_an_auditors_access_is_not_called_missing(house: House, system: AISystem) -> None:
    auditor = as_auditor(grant_for(house, system))

    page = auditor.get(house.url(f"systems/{system.pk}/")).text

    assert "viz-trace" in page and "R-001" in page
    assert (
        "None yet" not in page and "without" not in page.partition("viz-trace")[2].partition("</section>")[0]
    )
