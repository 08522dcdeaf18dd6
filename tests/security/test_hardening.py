"""Headers on every kind of answer, and requests that no browser would send: refused, never a server error."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from aims.core import keyformat, limits
from aims.core.models import Evidence
from aims.core.tenancy.context import acting_in
from tests.cast import House, as_member
from tests.core.evidence_sample import submitted
from tests.core.test_api import bearer, make_key
from tests.security.failing_urls import SECRET_IN_HAND

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FORBIDDEN_IN_POLICY = ("unsafe-inline", "unsafe-eval", "*", "http:", "data:")
EVIL = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "\tjavascript:alert(1)",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "/%09/evil.example",
    "\x00//evil.example",
]


@pytest.fixture
def failing(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.security.failing_urls"


def wrong_key() -> dict[str, str]:
    return bearer(keyformat.new_key("test").text)


def every_kind(house: House, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, Any]]:
    """An answer of each kind, with the status it ought to have."""
    lead, nobody = as_member(house, "lead"), Client()
    lead.raise_request_exception = False
    item = submitted(house, title="Log")
    key = bearer(make_key(house, "systems:read", "systems:write"))
    large = b'{"name": "' + b"a" * 3_000_000 + b'"}'
    found = {
        "page": (200, lead.get(house.url("systems/"))),
        "form": (422, lead.post(house.url("systems/new/"), {})),
        "sign-in": (200, nobody.get("/accounts/login/")),
        "health": (200, nobody.get("/healthz")),
        "redirect to sign-in": (302, nobody.get(house.url())),
        "bad request": (400, lead.get(house.url("systems/?q=%00"))),
        "forbidden": (403, lead.get(house.url("people/new/"))),
        "not found": (404, lead.get("/nowhere")),
        "not found inside": (404, lead.get(house.url("nowhere/"))),
        "wrong method": (405, lead.get(house.url("notifications/read/"))),
        "failure": (500, lead.get("/fail")),
        "download": (200, lead.get(house.url(f"evidence/{item.pk}/download/"))),
        "csv": (200, lead.get(house.url("trail/export/"))),
        "static": (200, nobody.get("/static/vendor/icons.svg")),
        "api": (200, nobody.get(house.api("systems"), headers=key)),
        "api description": (200, lead.get("/api/v1/schema")),
        "api bad request": (400, nobody.get(house.api("systems?x=1"), headers=key)),
        "api 401": (401, nobody.get(house.api("systems"), headers=wrong_key())),
        "api 403": (403, nobody.get(house.api("trail"), headers=key)),
        "api 404": (404, nobody.get(house.api("systems/1234567"), headers=key)),
        "api 405": (405, nobody.delete(house.api("systems"), headers=key)),
        "api 406": (406, nobody.get(house.api("systems"), headers={**key, "Accept": "text/html"})),
        "api 413": (413, nobody.post(house.api("systems"), large, "application/json", headers=key)),
        "api 415": (415, nobody.post(house.api("systems"), b"<a/>", "text/xml", headers=key)),
        "api failure": (500, lead.get("/api/v1/fail")),
    }
    monkeypatch.setattr(limits, "FAILED_KEYS_PER_NETWORK", 0)
    found["api 429"] = (429, nobody.get(house.api("systems"), headers=wrong_key()))
    return found


def test_every_kind_of_answer_carries_every_header(
    house: House, failing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = []
    for kind, (status, answer) in every_kind(house, monkeypatch).items():
        if answer.status_code != status:
            faults.append(f"{kind}: {answer.status_code} instead of {status}")
        faults += [
            f"{kind}: {name} is {answer.headers.get(name)}"
            for name, value in EVERYWHERE.items()
            if answer.headers.get(name) != value
        ]
        policy = answer.headers.get("Content-Security-Policy", "")
        if "default-src 'none'" not in policy or any(word in policy for word in FORBIDDEN_IN_POLICY):
            faults.append(f"{kind}: policy {policy!r}")
        if kind != "static":
            if answer.headers.get("X-Frame-Options") != "DENY":
                faults.append(f"{kind}: may be framed")
            if "private" not in answer.headers.get("Cache-Control", ""):
                faults.append(f"{kind}: may be kept by a proxy")
        if "Server" in answer.headers or "X-Powered-By" in answer.headers:
            faults.append(f"{kind}: says what it is made of")
        if "Access-Control-Allow-Origin" in answer.headers:
            faults.append(f"{kind}: may be read by other sites")

    assert faults == []


def test_a_failure_shows_nothing_of_the_program(house: House, failing: None) -> None:
    lead = as_member(house, "lead")
    lead.raise_request_exception = False
    for address in ("/fail", "/api/v1/fail"):
        answer = lead.get(address)

        assert answer.status_code == 500
        for word in (SECRET_IN_HAND, "RuntimeError", "Traceback", "failing_urls", "characters in hand"):
            assert word not in answer.text


def test_an_uploaded_page_is_a_download_that_runs_nothing(house: House) -> None:
    item = submitted(
        house, title="Page", file=io.BytesIO(b"<script>alert(1)</script>"), file_name="notes.txt"
    )
    answer = as_member(house, "lead").get(house.url(f"evidence/{item.pk}/download/"))

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"].startswith("private, no-store")
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"


@pytest.mark.parametrize("target", EVIL)
def test_no_redirect_leaves_the_portal(house: House, target: str) -> None:
    lead = as_member(house, "lead")
    answers = [
        lead.post("/theme", {"next": target}),
        lead.post("/accounts/logout/", {"next": target}),
        Client().post("/accounts/login/", {"login": "x@y.test", "password": "x", "next": target}),
        as_member(house, "staff").get("/accounts/login/", {"next": target}),
    ]

    for answer in answers:
        assert answer.status_code < 500
        location = answer.headers.get("Location", "/")
        assert location.startswith("/") and not location.startswith(("//", "/\\")), location


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver:80@evil.example", "a b"]
)
def test_a_host_that_is_not_ours_is_refused(house: House, host: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    for address in ("/accounts/login/", house.url(), house.api("me")):
        answer = Client().get(address, headers={"Host": host})

        assert answer.status_code == 400
        assert host not in answer.text


def test_a_forwarded_host_changes_nothing(house: House) -> None:
    plain = Client().get(house.url())
    forged = Client().get(
        house.url(), headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    )

    assert forged.headers["Location"] == plain.headers["Location"]
    assert "evil.example" not in forged.headers["Location"]


ODD_PATHS = [
    "o/%00/",
    "o/%ff%fe/",
    "o/..%2f..%2fetc/passwd",
    "o/{slug}/%c0%ae%c0%ae/",
    "o/{slug}/evidence/99999999999999999999999/",
    "o/{slug}/evidence/٣/",
    "api/v1/organizations/{slug}/systems/%00",
    "api/v1/organizations/{slug}/systems/99999999999999999999999",
    "api/v1/organizations/{slug}/systems?q=%ff%fe",
    "api/v1/organizations/{slug}/systems?q=%00",
    "api/v1/organizations/{slug}/systems?q=%EF%BF%BD%ED%A0%80",
    "api/v1/organizations/{slug}/systems?page=99999999999999999999999999",
    "api/v1/organizations/{slug}/systems?page=-1",
    "api/v1/organizations/{slug}/systems?page=1&page=2",
    "o/{slug}/systems/?q=%ff",
    "o/{slug}/systems/?q=a&q=b&sort=-ref&sort=x",
    "o/{slug}/systems/?page=%EF%BC%91",
    "o/{slug}/systems/?sort=%27%22%3B--",
    "o/{slug}/risks/?page=1e9&sort=--",
    "o/{slug}/search/?q=" + "a" * 20_000,
    "o/{slug}/trail/?from_day=0000-00-00&until=x",
    "o/{slug}/trail/?from_day=99999-01-01",
    "accounts/login/?next=%00",
    "accounts/password/reset/key/%00-%ff/",
    "accounts/password/reset/key/1-" + "a" * 5000 + "/",
    "?q=%ff",
]


@pytest.mark.parametrize("path", ODD_PATHS)
def test_an_odd_address_is_no_server_error(house: House, path: str) -> None:
    for client in (as_member(house, "lead"), Client()):
        answer = client.get("/" + path.replace("{slug}", house.slug))

        assert answer.status_code < 500


ODD_COOKIES = [
    "sessionid=\xff\xfe",
    'sessionid="\\000\\000\\000aaaaaaaaaaaaaaaaaaaaaaaaa"',
    "sessionid=" + "a" * 5000,
    "sessionid=../../etc/passwd",
    "csrftoken=\xff",
    'csrftoken="\\000"',
    "messages=\xff",
    "messages=W10:bad:sig",
    'theme="\\000<script>"',
    "=; ;;; =x; a",
    "sessionid",
]


@pytest.mark.parametrize("cookie", ODD_COOKIES)
def test_an_odd_cookie_is_no_server_error(house: House, cookie: str) -> None:
    for address in ("/", "/accounts/login/", house.url(), house.api("me")):
        for send in (Client().get, Client(enforce_csrf_checks=True).post):
            assert send(address, headers={"Cookie": cookie}).status_code < 500


ODD_BODIES: list[tuple[bytes, str]] = [
    (b"", "application/json"),
    (b"null", "application/json"),
    (b"[]", "application/json"),
    (b'"text"', "application/json"),
    (b"1e999", "application/json"),
    (b'{"name": "a\\u0000b"}', "application/json"),
    (b'{"name": "\\ud800"}', "application/json"),
    (b'{"name": "\xc3\x28"}', "application/json"),
    (b'{"name": 1' + b"0" * 6000 + b"}", "application/json"),
    (b'{"name": "a", "name": "b"}', "application/json"),
    (b"+AHsAIg-", "application/json; charset=utf-7"),
    (b'{"name"', "application/json; charset=nonsense"),
    (b'{"name": "a"}', "text/plain"),
    (b"name=a", "application/x-www-form-urlencoded"),
    (b"<name>a</name>", "application/xml"),
    (b"\x80\x04K\x01.", "application/octet-stream"),
    (b"--x\r\n", "multipart/form-data; boundary=x"),
    (b"--x\r\n", "multipart/form-data"),
    (b"--x\r\n", "multipart/form-data; boundary=" + "y" * 500),
    (
        b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\na\x00\r\n--x--',
        "multipart/form-data; boundary=x",
    ),
    (b"x", ""),
    (b"x", "\xff/\xfe"),
]


@pytest.mark.parametrize(("body", "kind"), ODD_BODIES)
def test_an_odd_body_is_refused_by_api_and_page(house: House, body: bytes, kind: str) -> None:
    key = bearer(make_key(house, "systems:write", "evidence:write"))
    lead = as_member(house, "lead")
    answers = [
        Client().generic("POST", house.api(path), body, kind, headers=key) for path in ("systems", "evidence")
    ]
    answers += [
        lead.generic("POST", house.url(path), body, kind) for path in ("systems/new/", "evidence/new/")
    ]
    answers.append(Client().generic("POST", "/accounts/login/", body, kind))

    assert [answer.status_code for answer in answers[:2] if not 400 <= answer.status_code < 500] == []
    assert all(answer.status_code < 500 for answer in answers), [answer.status_code for answer in answers]
    with acting_in(house.organization):
        assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.pdf", b"<html><script>alert(1)</script></html>"),
        ("picture.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("page.html", b"<script>alert(1)</script>"),
        ("run.txt", b"MZ\x90\x00"),
        ("x.pdf.exe", b"%PDF-1.7"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(house: House, name: str, content: bytes) -> None:
    key = bearer(make_key(house, "evidence:write"))
    body = {
        "title": "Run",
        "source": "CI",
        "period_from": "2026-10-01",
        "file": SimpleUploadedFile(name, content, content_type="application/pdf"),
    }
    answer = Client().post(house.api("evidence"), body, headers=key)

    assert answer.status_code == 422
    with acting_in(house.organization):
        assert not Evidence.objects.exists()


def test_many_fields_are_refused(house: House) -> None:
    lead = as_member(house, "lead")
    fields = {f"f{number}": "x" for number in range(5001)}

    assert lead.post(house.url("systems/new/"), fields).status_code == 400
    large = lead.post(house.url("systems/new/"), {"name": "a" * 3_000_000})
    assert 400 <= large.status_code < 500


def test_a_session_without_the_form_token_writes_nothing(house: House) -> None:
    from inventory.models import AISystem

    client = Client(enforce_csrf_checks=True)
    client.force_login(house.member["lead"].user, backend="django.contrib.auth.backends.ModelBackend")
    body = {"name": "Bot", "purpose": "x", "ai_type": "predictive_ml", "sourcing": "vendor"}
    answers = [
        client.post(house.url("systems/new/"), body),
        client.post(house.api("systems"), json.dumps(body), "application/json"),
        client.post(house.api("systems"), json.dumps(body), "text/plain"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 415]
    with acting_in(house.organization):
        assert not AISystem.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_key_that_the_database_refuses_is_a_conflict_and_nothing_is_kept(
    house: House, failing: None
) -> None:
    from aims.core.models import Notification

    lead = as_member(house, "lead")
    for place in ("conflict", "conflict-at-commit"):
        page, api = lead.get(house.url(place)), lead.get(house.api(place))

        assert (page.status_code, api.status_code) == (409, 409), place
        assert api.headers["Content-Type"] == "application/problem+json"
        for answer in (page, api):
            assert "canary" not in answer.text and "core_" not in answer.text
    with acting_in(house.organization):
        assert not Notification.objects.filter(dedupe="x").exists()
