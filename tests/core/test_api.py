"""The API of the core: keys, scopes, problem details, the description."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from aims.core import keyformat, keys
from aims.core.models import ApiKey, Evidence
from aims.core.tenancy.context import acting_in
from tests.cast import House, as_member
from tests.core.evidence_sample import PDF, submitted
from tests.queries import count_queries


def make_key(house: House, *scopes: str, days: int = 30) -> str:
    with acting_in(house.organization) as actor:
        _, text = keys.create_key(
            actor=actor,
            name="Integration",
            scopes=list(scopes),
            now=timezone.now(),
            life=datetime.timedelta(days=days),
        )
    return text


def with_checksum(start: str) -> str:
    return f"{start}_{keyformat.checksum(start)}"


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def is_problem(response: Any, status: int) -> bool:
    body = response.json()
    return bool(
        response.status_code == status
        and response.headers["Content-Type"] == "application/problem+json"
        and body["status"] == status
        and body["detail"]
        and body["title"]
    )


def test_a_key_reads_within_its_scope(house: House, other_house: House, nobody: Client) -> None:
    submitted(house, title="Ours")
    submitted(other_house, title="Theirs")
    submitted(house, title="Board minutes", is_confidential=True)
    key = make_key(house, "evidence:read")

    answer = nobody.get(house.api("evidence"), headers=bearer(key))

    assert answer.status_code == 200
    assert [row["title"] for row in answer.json()["results"]] == ["Ours"]
    with acting_in(house.organization):
        assert ApiKey.objects.get().last_used_at is not None


def test_a_key_does_nothing_outside_its_scope(house: House, nobody: Client) -> None:
    key = make_key(house, "systems:read")

    read = nobody.get(house.api("evidence"), headers=bearer(key))
    write = nobody.post(house.api("evidence"), {}, content_type="application/json", headers=bearer(key))
    trail = nobody.get(house.api("trail"), headers=bearer(key))

    assert all(is_problem(each, 403) for each in (read, write, trail))
    assert "evidence:read" in read.json()["detail"]


def test_wrong_keys_all_get_the_same_answer(house: House, other_house: House, nobody: Client) -> None:
    good = make_key(house, "evidence:read")
    expired, revoked = make_key(house, "evidence:read"), make_key(house, "evidence:read")
    with acting_in(house.organization) as actor:
        by_prefix = {key.prefix: key for key in ApiKey.objects.all()}
        ApiKey.objects.filter(prefix=expired.split("_")[2]).update(
            expires_at=timezone.now() - datetime.timedelta(seconds=1)
        )
        keys.revoke_key(actor=actor, key=by_prefix[revoked.split("_")[2]], now=timezone.now())
    prefix, secret = good[10:18], good[19:62]
    wrong = [
        expired,
        revoked,
        make_key(other_house, "evidence:read"),
        good[:-1],
        good + "x",
        with_checksum(f"aims_test_{prefix}_{'x' * len(secret)}"),
        with_checksum(f"aims_test_ffffffff_{secret}"),
        with_checksum(f"aims_live_{prefix}_{secret}"),
        f"{good[:-8]}00000000",
        f"aims_{prefix}_",
        "aims__",
        "aims",
        "",
        "é" * 40,
        "x" * 5000,
        good.upper(),
    ]

    def answer(headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        response = nobody.get(house.api("evidence"), headers=headers)
        body = response.json()
        body.pop("request_id")
        return response.status_code, body

    answers = [answer(bearer(text)) for text in wrong] + [answer({"Authorization": f"Basic {good}"})]

    assert answers == [answers[0]] * len(answers)
    assert answers[0][0] == 401
    assert nobody.get(house.api("evidence"), headers=bearer(good)).status_code == 200
    assert nobody.get(other_house.api("evidence"), headers=bearer(good)).status_code == 401


def test_evidence_is_sent_as_a_file_and_read_back(house: House, nobody: Client) -> None:
    key = make_key(house, "evidence:read", "evidence:write")
    file = SimpleUploadedFile("run.pdf", PDF)

    made = nobody.post(
        house.api("evidence"),
        {
            "title": "Nightly run",
            "kind": "test_result",
            "source": "CI",
            "file": file,
            "period_from": "2026-10-01",
        },
        headers=bearer(key),
    )
    pk = made.json()["id"]
    one = nobody.get(house.api(f"evidence/{pk}"), headers=bearer(key))
    download = nobody.get(house.api(f"evidence/{pk}/download"), headers=bearer(key))

    assert made.status_code == 201
    assert (one.json()["state"], one.json()["file_name"]) == ("submitted", "run.pdf")
    assert b"".join(download.streaming_content) == PDF
    assert download.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_evidence_is_sent_as_a_link_in_json(house: House) -> None:
    owner = as_member(house, "owner")

    made = owner.post(
        house.api("evidence"),
        json.dumps(
            {
                "title": "Wiki page",
                "source": "Wiki",
                "link": "https://wiki.test/1",
                "period_from": "2026-10-01",
            }
        ),
        content_type="application/json",
    )

    assert made.status_code == 201
    assert made.json()["submitted_by"] == "Oscar Owner"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"title": "x", "source": "x", "period_from": "2026-10-01"}, 422, "file"),
        (
            {"title": "x", "source": "x", "period_from": "yesterday", "link": "https://x.test"},
            400,
            "period_from",
        ),
        ({"title": "x", "source": "x", "period_from": "2026-10-01", "link": "javascript:1"}, 400, "link"),
        ({"title": "x", "source": "x", "period_from": "2026-10-01", "state": "accepted"}, 400, "state"),
        ({"source": "x", "period_from": "2026-10-01", "organization": 1}, 400, "organization"),
        ({"title": "x" * 300, "source": "x", "period_from": "2026-10-01"}, 400, "title"),
        ({"title": "x\x00", "source": "x", "period_from": "2026-10-01"}, 400, "title"),
    ],
)
def test_bad_values_are_named(house: House, body: dict[str, Any], status: int, field: str) -> None:
    owner = as_member(house, "owner")

    answer = owner.post(house.api("evidence"), json.dumps(body), content_type="application/json")

    assert is_problem(answer, status)
    assert field in answer.json()["errors"]
    with acting_in(house.organization):
        assert Evidence.objects.count() == 0


@pytest.mark.parametrize("body", ["{", "[]", "null", '"text"', "\xff", "1" * 2000, '{"a":' * 2000])
def test_broken_bodies_are_refused(house: House, body: str) -> None:
    owner = as_member(house, "owner")

    answer = owner.post(house.api("evidence"), body, content_type="application/json")

    assert is_problem(answer, 400)


def test_every_refusal_is_a_problem(house: House, other_house: House, nobody: Client) -> None:
    owner = as_member(house, "owner")
    theirs = submitted(other_house)

    assert is_problem(nobody.get(house.api("evidence")), 401)
    assert is_problem(owner.get(other_house.api("evidence")), 404)
    assert is_problem(owner.get("/api/v1/organizations/nowhere/evidence"), 404)
    assert is_problem(owner.get(house.api(f"evidence/{theirs.pk}")), 404)
    assert is_problem(owner.get(house.api("evidence/99999999")), 404)
    assert is_problem(owner.get(house.api("nothing")), 404)
    assert is_problem(owner.get("/api/v1/nothing"), 404)
    assert is_problem(owner.get(house.api("evidence?page=900")), 404)
    assert is_problem(owner.get(house.api("trail")), 403)
    assert is_problem(owner.delete(house.api("evidence")), 405)
    assert is_problem(owner.patch(house.api("evidence")), 405)
    assert is_problem(owner.post(house.api("evidence"), "<a/>", content_type="application/xml"), 415)
    assert is_problem(owner.post(house.api("evidence"), "a=1", content_type="text/plain"), 415)


def test_a_session_sends_its_form_token(house: House) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(house.member["owner"].user, backend="django.contrib.auth.backends.ModelBackend")

    answer = strict.post(house.api("evidence"), "{}", content_type="application/json")

    assert is_problem(answer, 403)


def test_a_list_asks_as_much_for_thirty_rows_as_for_one(house: House, lead: Client) -> None:
    submitted(house)
    with count_queries() as one:
        assert lead.get(house.api("evidence")).json()["count"] == 1
    for number in range(29):
        submitted(house, title=f"Item {number}")
    with count_queries() as thirty:
        assert len(lead.get(house.api("evidence")).json()["results"]) == 30

    assert len(thirty) == len(one) <= 4, thirty


def test_pages_are_bounded(house: House, lead: Client) -> None:
    for number in range(3):
        submitted(house, title=f"Item {number}")

    assert len(lead.get(house.api("evidence?page_size=2")).json()["results"]) == 2
    assert len(lead.get(house.api("evidence?page_size=100000")).json()["results"]) == 3
    assert len(lead.get(house.api("evidence?page_size=-1")).json()["results"]) == 3


def test_who_one_is(house: House, lead: Client) -> None:
    assert lead.get(house.api("me")).json() == {
        "kind": "member",
        "name": "Lena Lead",
        "roles": ["compliance_lead"],
        "scopes": [],
    }


def test_the_description_is_for_whoever_is_signed_in_and_whole(
    house: House, lead: Client, nobody: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = lead.get("/api/v1/schema", headers={"Accept": "application/json"})
    described = json.loads(answer.content)

    path = "/api/v1/organizations/{organization}/evidence"
    assert answer.status_code == 200
    assert set(described["paths"][path]) == {"get", "post"}
    assert "Problem" in described["components"]["schemas"]
    assert described["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    for operations in described["paths"].values():
        for operation in operations.values():
            assert {"400", "401", "403", "404"} <= set(operation["responses"])
            assert operation["security"] == [{"apiKey": []}, {"session": []}]
    names = [o["operationId"] for each in described["paths"].values() for o in each.values()]
    assert len(names) == len(set(names))
    assert "Warning" not in capfd.readouterr().err
    assert is_problem(nobody.get("/api/v1/schema"), 401)
    assert nobody.get("/api/v1/schema", headers=bearer(make_key(house, "soa:read"))).status_code == 200


def test_the_reference_page_lists_every_operation(house: House, lead: Client, nobody: Client) -> None:
    page = lead.get("/api/v1/docs")

    assert page.status_code == 200
    assert "/api/v1/organizations/{organization}/evidence/{id}/download" in page.text
    assert "<script>" not in page.text and "style=" not in page.text
    assert nobody.get("/api/v1/docs").status_code == 302
