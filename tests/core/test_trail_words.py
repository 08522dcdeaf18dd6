from typing import Any

import pytest

from aims.core.queries.trail_words import Names, spoken, summary
from tests.cast import House

EVIDENCE = {"type": "core.evidence", "id": 1, "label": "EV-001"}


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("risk.complete_treatment", "completed treatment"),
        ("aisystem.evidence_linked", "linked evidence"),
        ("control.plan", "planned"),
        ("risk.identified", "identified"),
        ("evidencepack.build", "built"),
        ("risk.controls_chosen", "chose controls"),
        ("certificate.apply", "applied"),
    ],
)
def test_an_action_reads_as_one_would_say_it(action: str, words: str) -> None:
    assert spoken(action) == words


def changed(key: str, was: Any, now: Any) -> dict[str, Any]:
    return {"before": {key: was}, "after": {key: now}}


def told(**body: Any) -> str:
    return summary({"action": "x", **body}, Names())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (changed("roles", ["staff"], ["compliance_lead"]), "roles: Staff → Compliance lead"),
        ({"after": {"sha256": "ab"}}, "SHA-256: ab"),
        ({**changed("state", "submitted", "accepted"), "object": EVIDENCE}, "state: Submitted → Accepted"),
        (changed("owner", None, 999999), "owner: nothing → a former member, no. 999999"),
        ({"after": {"evidence": {**EVIDENCE, "label": "EV-007"}}}, "evidence: evidence EV-007"),
        ({"after": {"intact": True}}, "intact: yes"),
        ({"reason": "because"}, "reason: because"),
    ],
)
def test_details_are_told_in_words(acting: House, body: dict[str, Any], words: str) -> None:
    assert told(**body) == words


def test_what_an_auditor_read_names_the_page(acting: House) -> None:
    read = {"action": "auditor.read", "after": {"page": "api-evidence-download", "pk": "5"}}

    assert summary(read, Names()) == "API: evidence download, no. 5"


def test_people_keys_and_auditors_are_named(acting: House) -> None:
    names = Names()

    assert names.actor(f"member:{acting.member['lead'].pk}") == "Lena Lead"
    assert names.actor("member:999999") == "A former member"
    assert names.actor("system:0") == "Portal"
