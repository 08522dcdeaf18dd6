"""The same verbs by API: the same refusals, problem+json, keys with scopes."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from aims.core import keys
from aims.core.models import Snapshot
from controls.models import Control, SoAEntry, StatementOfApplicability
from tests.cast import House, as_member
from tests.controls.conftest import LAW, TARGET, Desk
from tests.controls.test_pages import more_controls
from tests.core.evidence_sample import accepted
from tests.queries import count_queries


@pytest.fixture
def lead(desk: Desk) -> Client:
    return as_member(desk.house, "lead")


def send(client: Client, method: str, address: str, body: Any = None) -> Any:
    return getattr(client, method)(address, body or {}, content_type="application/json")


def entries_url(desk: Desk, version: StatementOfApplicability) -> str:
    return desk.house.api(f"soa/{version.pk}/entries")


def decision_url(desk: Desk, entry: SoAEntry) -> str:
    return f"{entries_url(desk, entry.soa)}/{entry.pk}/decision"


def test_controls_are_listed_with_their_state(desk: Desk, lead: Client):
    desk.planned("A.6.2.4")

    body = lead.get(desk.house.api("controls?page_size=100")).json()
    planned = lead.get(desk.house.api("controls?state=planned")).json()

    assert body["count"] == 38
    assert [row["reference"] for row in planned["results"]] == ["A.6.2.4"]
    assert planned["results"][0]["owner"] == "Carl Control"
    assert lead.get(desk.house.api("controls?q=zebra")).json()["count"] == 0


def test_a_list_of_68_controls_costs_as_many_queries_as_one_of_38(desk: Desk, lead: Client):
    address = desk.house.api("controls?page_size=100")
    lead.get(address)
    with count_queries() as of_38:
        lead.get(address)
    more_controls(desk)
    with count_queries() as of_68:
        lead.get(address)

    assert len(of_68) == len(of_38), of_68


def test_a_control_is_changed_and_a_stale_change_is_refused(desk: Desk, lead: Client):
    address = desk.house.api(f"controls/{desk.control().pk}")
    owner = desk.house.member["control_owner"].pk

    changed = send(
        lead, "patch", address, {"row_version": 1, "how_implemented": "Checklist", "owner_id": owner}
    )
    stale = send(lead, "patch", address, {"row_version": 1, "how_implemented": "Late"})

    assert (changed.status_code, changed.json()["owner"], changed.json()["row_version"]) == (
        200,
        "Carl Control",
        2,
    )
    assert stale.status_code == 409
    assert stale["Content-Type"].startswith("application/problem+json")
    assert "Checklist" in stale.json()["theirs"]
    assert desk.control().how_implemented == "Checklist"


@pytest.mark.parametrize("field", ["state", "organization_id", "verified_by_id", "position", "reference"])
def test_what_is_not_offered_is_refused_by_name(desk: Desk, lead: Client, field: str):
    address = desk.house.api(f"controls/{desk.control().pk}")

    answer = send(lead, "patch", address, {"row_version": 1, field: "x"})

    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert desk.control().row_version == 1


def test_an_owner_of_another_organization_is_not_taken(desk: Desk, lead: Client, other_house: House):
    address = desk.house.api(f"controls/{desk.control().pk}")

    answer = send(lead, "patch", address, {"row_version": 1, "owner_id": other_house.member["lead"].pk})

    assert answer.status_code == 400
    assert desk.control().owner is None


def test_an_own_control_is_added(desk: Desk, lead: Client):
    address = desk.house.api("controls")

    refused = send(lead, "post", address, {"reference": "A.9.9", "title": "Kill switch"})
    added = send(lead, "post", address, {"reference": "OC-1", "title": "Kill switch"})

    assert (refused.status_code, refused.json()["errors"].keys()) == (422, {"reference"})
    assert (added.status_code, added.json()["origin"]) == (201, "own")
    assert Control.objects.count() == 39


def test_a_step_is_taken_and_a_refused_one_changes_nothing(desk: Desk):
    control = desk.planned()
    client = as_member(desk.house, "control_owner")
    address = desk.house.api(f"controls/{control.pk}/actions")

    assert send(client, "post", address, {"action": "start"}).json()["state"] == "in_progress"
    refused = send(client, "post", address, {"action": "complete"})

    assert refused.status_code == 422
    assert refused.json()["detail"] == "Link at least one current evidence item to A.6.2.4 first."
    assert desk.control().state == "in_progress"
    assert send(client, "post", address, {"action": "exclude"}).status_code == 400


def test_evidence_is_linked(desk: Desk):
    control = desk.owned()
    item = accepted(desk.house)
    client = as_member(desk.house, "control_owner")

    answer = send(client, "post", desk.house.api(f"controls/{control.pk}/evidence"), {"evidence_id": item.pk})

    assert [row["reference"] for row in answer.json()["evidence"]] == [item.reference]


def test_the_clauses_are_listed(desk: Desk, lead: Client):
    body = lead.get(desk.house.api("clauses?page_size=100")).json()

    assert body["count"] == 32
    assert body["results"][0]["ref"] == "4.1"


def test_a_statement_is_drafted_decided_and_sent(desk: Desk, lead: Client):
    drafted = send(lead, "post", desk.house.api("soa"), {"scope": "All clinics"})
    version = StatementOfApplicability.objects.get()
    rows = lead.get(entries_url(desk, version)).json()
    for row in rows:
        body = {
            "row_version": row["row_version"],
            "included": True,
            "reasons": [{"kind": "legal", "link": LAW.link}],
            "target_date": TARGET.isoformat(),
        }
        answer = send(lead, "post", f"{entries_url(desk, version)}/{row['id']}/decision", body)
        assert answer.status_code == 200, answer.json()
    sent = send(lead, "post", desk.house.api(f"soa/{version.pk}/submit"))

    assert (drafted.status_code, drafted.json()["state"]) == (201, "draft")
    assert len(rows) == 38
    assert sent.json()["state"] == "in_review"
    assert StatementOfApplicability.objects.get().submitted_by == desk.house.member["lead"]


REFUSED = [
    ({"included": False}, "Say why A.10.3 is excluded.", "exclusion_text"),
    ({"included": False, "justification": "Not relevant"}, "“Not relevant” alone", "exclusion_text"),
    (
        {"included": False, "justification": "Because", "reasons": [{"kind": "legal", "link": "Art 26"}]},
        "A.10.3 cannot be excluded: Art 26 requires it.",
        "included",
    ),
    ({"included": True, "status": "planned"}, "Name the owner of A.10.3", "owner"),
]


@pytest.mark.parametrize(("body", "sentence", "field"), REFUSED)
def test_a_hard_rule_is_refused_with_its_sentence_and_field(
    desk: Desk, lead: Client, body: dict[str, Any], sentence: str, field: str
):
    version = desk.draft()
    entry = desk.entry(version, "A.10.3")

    answer = send(lead, "post", decision_url(desk, entry), {"row_version": 1, **body})

    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("application/problem+json")
    assert sentence in answer.json()["detail"]
    assert field in answer.json()["errors"]
    after = desk.entry(version, "A.10.3")
    assert (after.is_included, after.row_version) == (None, 1)


def test_what_a_treatment_needs_is_not_left_out(desk: Desk, lead: Client):
    risk = desk.treated_risk("A.10.3")
    version = desk.draft()
    entry = desk.entry(version, "A.10.3")

    body = {"row_version": 1, "included": False, "justification": "No supplier is used anywhere"}
    answer = send(lead, "post", decision_url(desk, entry), body)

    assert answer.status_code == 422
    assert f"the treatment of {risk.reference} uses it" in answer.json()["detail"]
    assert desk.entry(version, "A.10.3").is_included is None


def test_a_stale_decision_shows_both(desk: Desk, lead: Client):
    version = desk.draft()
    desk.decide(version, "A.2.2")
    entry = desk.entry(version, "A.2.2")

    answer = send(lead, "post", decision_url(desk, entry), {"row_version": 1, "included": True})

    assert answer.status_code == 409
    assert answer.json()["theirs"]["who"] == "Lena Lead"


def test_an_incomplete_draft_lists_its_problems(desk: Desk, lead: Client):
    version = desk.complete_draft()
    SoAEntry.objects.filter(soa=version, control__reference="A.3.3").update(is_included=None)

    answer = send(lead, "post", desk.house.api(f"soa/{version.pk}/submit"))

    assert answer.status_code == 422
    assert answer.json()["problems"] == [
        {"ref": "A.3.3", "field": "included", "detail": "Decide whether A.3.3 is included.", "url": ""}
    ]
    assert StatementOfApplicability.objects.get().state == "draft"


def test_the_export_is_the_frozen_text_with_the_hash_of_the_version(desk: Desk, lead: Client):
    version = desk.approved()

    body = lead.get(desk.house.api(f"soa/{version.pk}/export")).content

    listed = lead.get(desk.house.api(f"soa/{version.pk}")).json()
    assert body.decode() == Snapshot.objects.get(pk=version.snapshot_id).text
    assert hashlib.sha256(body).hexdigest() == listed["sha256"]


def test_there_is_no_approval_by_api(desk: Desk):
    version = desk.in_review()
    top = as_member(desk.house, "top")

    assert send(top, "post", desk.house.api(f"soa/{version.pk}/approve")).status_code == 404
    assert StatementOfApplicability.objects.get().state == "in_review"


def key_with(desk: Desk, *scopes: str) -> dict[str, str]:
    _, text = desk.do(keys.create_key, "admin", name="CI", scopes=list(scopes), now=timezone.now())
    return {"Authorization": f"Bearer {text}"}


def test_a_key_reads_and_writes_within_its_scopes_and_approves_nothing(desk: Desk, nobody: Client):
    version = desk.draft()
    entry = desk.entry(version, "A.2.2")
    reading, writing = key_with(desk, "soa:read"), key_with(desk, "soa:read", "soa:write")
    body = {"row_version": 1, "included": True, "reasons": [{"kind": "legal", "link": "Art 26"}]}

    def post(address: str, key: dict[str, str], given: Any = None) -> int:
        answer = nobody.post(address, given or {}, content_type="application/json", headers=key)
        return answer.status_code

    assert nobody.get(desk.house.api("soa"), headers=reading).json()["count"] == 1
    assert nobody.get(desk.house.api("controls"), headers=reading).status_code == 403
    assert post(decision_url(desk, entry), reading, body) == 403
    assert desk.entry(version, "A.2.2").is_included is None
    assert post(decision_url(desk, entry), writing, body) == 200
    assert post(desk.house.api(f"soa/{version.pk}/submit"), writing) == 403
    assert desk.entry(version, "A.2.2").is_included is True


def test_a_key_leaves_no_control_out(desk: Desk, nobody: Client):
    version = desk.draft()
    entry = desk.entry(version, "A.10.3")
    body = {"row_version": 1, "included": False, "justification": "No supplier is used anywhere"}

    answer = nobody.post(
        decision_url(desk, entry),
        body,
        content_type="application/json",
        headers=key_with(desk, "soa:write"),
    )

    assert answer.status_code == 403
    assert desk.entry(version, "A.10.3").is_included is None
    assert desk.control("A.10.3").state == "not_started"


def test_a_strangers_key_or_session_finds_nothing(desk: Desk, other_house: House):
    version = desk.approved()
    stranger = as_member(other_house, "lead")

    assert stranger.get(desk.house.api("controls")).status_code == 404
    assert stranger.get(other_house.api(f"soa/{version.pk}")).status_code == 404
    assert stranger.get(other_house.api(f"controls/{desk.control().pk}")).status_code == 404
    assert stranger.get(other_house.api("soa")).json()["count"] == 0


def test_staff_reads_nothing_of_it(desk: Desk):
    version = desk.draft()
    staff = as_member(desk.house, "staff")

    for path in ("controls", "clauses", "soa", f"soa/{version.pk}/entries", f"soa/{version.pk}/export"):
        assert staff.get(desk.house.api(path)).status_code == 403, path
