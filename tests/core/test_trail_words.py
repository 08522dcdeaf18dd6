import re
from typing import Any

import pytest

from aims.core.catalogs import MACHINES, catalog
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
        ("person.signed_in", "signed in"),
        ("invitation.sent", "sent"),
        ("invitation.resent", "sent again"),
        ("sample.drawn", "drew"),
        ("auditor.read", "read"),
        ("SM-10.flag", "flagged"),
        ("SM-21.not_effective", "found it not effective"),
        ("sign_in.single_sign_on", "signed in by single sign-on"),
    ],
)
def test_an_action_reads_as_one_would_say_it(action: str, words: str) -> None:
    assert spoken(action) == words


def test_every_act_of_a_state_machine_reads_as_something_that_was_done() -> None:
    """A verb that English bends otherwise has to be known here before a page says “sended back”."""
    machines = catalog(MACHINES)["machines"]
    acts = {step["action"] for machine in machines for step in machine["transitions"]}

    unusual = {act: spoken(f"x.{act}") for act in acts if not spoken(f"x.{act}").split()[0].endswith("ed")}

    assert unusual == {
        "build": "built",
        "freeze_inputs": "froze inputs",
        "go_live": "went live",
        "hold": "held",
        "no_nonconformities": "found no nonconformity",
        "not_effective": "found it not effective",
        "score_low": "found a low score",
        "send_back": "sent back",
        "uphold": "upheld",
        "withdraw": "withdrew",
    }
    wrong = re.compile(r"(eded|[^aeiou][aeiou][bgnp]ed)$")  # sended, banned without its second n
    regular = {"abandoned", "opened", "reopened"}
    doubtful = {said for act in acts if wrong.search(said := spoken(f"x.{act}").split()[0])}
    assert doubtful <= regular | {"superseded"}


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
