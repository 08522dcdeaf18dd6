"""The trail as a file: whole lines with their hashes, filtered as the page is, with the checkpoint."""

from __future__ import annotations

import csv
import io
import json

from django.utils import timezone

from aims.core import checkpoints, trail
from aims.core import verification as chain
from aims.core.tenancy.context import acting_in
from tests.cast import House, as_member, build_house


def exported(house: House, query: str) -> str:
    answer = as_member(house, "lead").get(f"/o/{house.slug}/trail/export/{query}")
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_json_lines_hold_all_that_verifying_needs(transactional_db: None) -> None:
    own = build_house("Meadow Clinic", "meadow")
    checkpoints.round_of(own.organization.pk, now=timezone.now())

    *lines, last = [json.loads(line) for line in exported(own, "?format=jsonl").splitlines()]

    assert last["checkpoint"].startswith("portal/meadow\n")
    previous = chain.genesis(own.organization.pk)
    for line in reversed(lines):
        assert line["previous"] == previous.hex()
        previous = chain.link(previous, line["seq"], line["body"])
        assert line["hash"] == previous.hex()
    assert f"\n{len(lines)}\n" in last["checkpoint"]


def test_a_csv_holds_what_the_page_shows_and_no_formula(transactional_db: None) -> None:
    own = build_house("Meadow Clinic", "meadow")
    with acting_in(own.organization, actor=own.lead) as actor:
        trail.record(actor, "test.line", reason="=cmd()")
    mine = f"member:{own.member['lead'].pk}"

    head, *rows = csv.reader(io.StringIO(exported(own, f"?actor={mine}")))

    assert head[:6] == ["no", "at", "who", "what", "record", "details"]
    assert [row[2] for row in rows] == ["Lena Lead"]
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_filters_find_by_record_kind_period_and_auditors(transactional_db: None) -> None:
    own = build_house("Meadow Clinic", "meadow")
    lead = as_member(own, "lead")
    api = "/api/v1/organizations/meadow/trail"
    member = own.member["staff"]

    def count(query: str) -> int:
        answer = lead.get(f"{api}?{query}")
        assert answer.status_code == 200, answer.content
        found: int = answer.json()["count"]
        return found

    assert count(f"object_type=core.member&object_id={member.pk}") == 1
    assert count("only_auditors=true") == 0
    assert count("to_day=2001-01-01") == 0
    assert count("from_day=2001-01-01") == count("")
    assert count("action=added") == len(own.member)
    assert lead.get(f"{api}?object_id=x").status_code == 400
    assert "All lines about this record" not in lead.get("/o/meadow/people/").text
