"""Distinctive secrets go through the real flows; afterwards they are nowhere but where they must be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
import struct
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from aims.core.models import Job
from aims.core.tenancy.context import acting_in
from tests.architecture.walking import routes_inside
from tests.cast import House
from tests.core.test_api import bearer
from tests.security.failing_urls import SECRET_IN_HAND

PASSWORD = "canary-password-9c1f4e"
WRONG_PASSWORD = "canary-wrong-password-51d2"
NEW_PASSWORD = "canary-new-password-77aa0b"
DATABASE_PASSWORD = "canary-database-0e4d"
S3_SECRET = "canary-s3-8c2b"
FIELD_KEY = base64.urlsafe_b64encode(b"canary-field-key-32-bytes-long!!").decode()


@dataclass
class Seen:
    """Everything that came out: by place, text."""

    secrets: dict[str, str] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)

    def add(self, place: str, text: Any) -> None:
        self.texts.append((place, text if isinstance(text, str) else bytes(text).decode("latin-1")))

    def leaks(self, *, but: dict[str, str]) -> list[str]:
        """`but`: name of a secret -> beginning of the place that must carry it."""
        return [
            f"{name} in {place}"
            for name, secret in self.secrets.items()
            for place, text in self.texts
            if any(form in text for form in forms_of(secret))
            and not (name in but and re.match(but[name], place))
        ]


def forms_of(secret: str) -> set[str]:
    raw = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        raw.hex(),
        json.dumps(secret)[1:-1],
        base64.b64encode(raw).decode().rstrip("="),
    }


class Browser:
    """A person at a browser, whose pages are all kept."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def get(self, address: str) -> Any:
        answer = self.client.get(address)
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        self.seen.add(f"page GET {address}", text)
        self.seen.add(f"location GET {address}", answer.headers.get("Location", ""))
        return answer

    def post(self, address: str, data: dict[str, Any]) -> Any:
        token = self.client.cookies["csrftoken"].value
        answer = self.client.post(address, {**data, "csrfmiddlewaretoken": token})
        self.seen.add(f"page POST {address}", answer.content)
        self.seen.add(f"location POST {address}", answer.headers.get("Location", ""))
        return answer

    def cookie(self, name: str) -> str:
        return str(self.client.cookies[name].value)


def one_time_code(secret: str) -> str:
    """RFC 6238, as an authenticator app does it."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def tables(organization: Any) -> Iterator[tuple[str, str]]:
    """Every row of every table that the application can read, as text."""
    with acting_in(organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege(oid, 'SELECT') ORDER BY relname"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{name}" t')  # noqa: S608
            for (text,) in cursor.fetchall():
                yield name, text


@pytest.mark.slow
def test_no_secret_is_found_where_it_need_not_be(
    house: House, settings: Any, caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.ROOT_URLCONF = "tests.security.failing_urls"
    settings.FIELD_KEYS = [FIELD_KEY]
    settings.FILES_STORAGE = {"OPTIONS": {"secret_key": S3_SECRET}}
    monkeypatch.setitem(connections["default"].settings_dict, "PASSWORD", DATABASE_PASSWORD)
    seen = Seen(
        secrets={
            "password": PASSWORD,
            "wrong password": WRONG_PASSWORD,
            "new password": NEW_PASSWORD,
            "secret key": settings.SECRET_KEY,
            "pepper": settings.API_KEY_PEPPER,
            "field key": FIELD_KEY,
            "signing key": settings.AIMS_SIGNING_KEY.decode().strip().splitlines()[1],
            "database password": DATABASE_PASSWORD,
            "s3 secret": S3_SECRET,
            "local variable": SECRET_IN_HAND,
        }
    )
    admin = house.member["admin"].user
    admin.set_password(PASSWORD)
    admin.save()
    browser = Browser(seen)

    sign_in(browser, admin.email)
    second_factor(browser)
    key = api_key(browser, house)
    use_the_api(seen, house, key)
    new_password(browser, admin.email)
    read_everything(browser, house)
    fail(browser)
    pack(seen, house, tmp_path)
    collect(seen, house, caplog)

    assert set(seen.secrets) >= {"session", "csrf", "totp", "recovery", "api key", "reset token"}
    assert all(len(secret) > 7 for secret in seen.secrets.values())
    assert not seen.leaks(
        but={
            "totp": r"(page \w+ /accounts/2fa/totp/activate/|table django_session)",
            "recovery": r"(page GET /accounts/2fa/recovery-codes/|table mfa_authenticator)",
            "api key": r"page POST /o/meadow/api-keys/new/",
            "wrong password": r"page POST /accounts/login/",  # typed as the address
            "reset token": r"(mail to admin@|location GET /accounts/password/reset|table django_session)",
            "session": r"table (django_session|usersessions_usersession)",
            "second session": r"table (django_session|usersessions_usersession)",
        }
    )


def sign_in(browser: Browser, email: str) -> None:
    browser.get("/accounts/login/")
    browser.post("/accounts/login/", {"login": email, "password": WRONG_PASSWORD})
    browser.post("/accounts/login/", {"login": WRONG_PASSWORD, "password": email})
    browser.post("/accounts/login/", {"login": f"{WRONG_PASSWORD}@x.test", "password": WRONG_PASSWORD})
    answer = browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert answer.status_code == 302
    browser.seen.secrets["session"] = browser.cookie("sessionid")
    browser.seen.secrets["csrf"] = browser.cookie("csrftoken")


def second_factor(browser: Browser) -> None:
    answer = browser.get("/accounts/2fa/totp/activate/")
    if answer.status_code == 302:
        browser.get(answer.headers["Location"])
        browser.post(answer.headers["Location"], {"password": PASSWORD})
        answer = browser.get("/accounts/2fa/totp/activate/")
    page = answer.content.decode()
    found = re.search(r"<code>([A-Z2-7]+)</code>", page)
    assert found is not None, browser.seen.texts[-1]
    secret = browser.seen.secrets["totp"] = found[1]
    browser.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    answer = browser.post("/accounts/2fa/totp/activate/", {"code": one_time_code(secret)})
    assert answer.status_code == 302
    codes = browser.get("/accounts/2fa/recovery-codes/").content.decode()
    code = re.findall(r"<li>([\w-]+)</li>", codes)[0]
    browser.seen.secrets["recovery"] = code


def api_key(browser: Browser, house: House) -> str:
    form = {
        "name": "Push",
        "scopes": ["systems:read", "systems:write", "evidence:read", "trail:read", "jobs:read"],
        "days": 30,
        "responsible": house.member["admin"].pk,
        "rate_limit": 600,
    }
    page = browser.post(house.url("api-keys/new/"), form).content.decode()
    found = re.search(r"aims_test_[\w-]+", page)
    assert found is not None
    browser.seen.secrets["api key"] = found[0]
    return found[0]


def use_the_api(seen: Seen, house: House, key: str) -> None:
    client = Client(raise_request_exception=False)
    body = {"name": "Triage", "purpose": "Sorts", "ai_type": "predictive_ml", "sourcing": "vendor"}
    answers = [
        client.get(house.api(path), headers=bearer(key))
        for path in ("me", "systems", "evidence", "trail", "jobs", "risks", "nowhere", "systems?nope=1")
    ]
    for _ in range(2):
        headers = {**bearer(key), "Idempotency-Key": "once"}
        answers.append(client.post(house.api("systems"), body, "application/json", headers=headers))
    answers += [
        client.get("/api/v1/fail", headers=bearer(key)),
        client.get("/api/v1/organizations/harbour/me", headers=bearer(key)),
        client.get(house.api("me"), headers=bearer(key[:-1])),
        client.get(house.api(f"systems?key={key[:20]}"), headers=bearer(key)),
        client.post(house.api("imports"), {"file": "x"}, headers=bearer(key)),
    ]
    for number, answer in enumerate(answers):
        seen.add(f"api answer {number}", answer.content)
        seen.add(f"api headers {number}", str(dict(answer.headers)))


def new_password(browser: Browser, email: str) -> None:
    browser.post("/accounts/password/reset/", {"email": email})
    found = re.search(r"/accounts/password/reset/key/([\w-]+)/", mail.outbox[-1].body)
    assert found is not None
    browser.seen.secrets["reset token"] = found[1].partition("-")[2]
    other = Browser(browser.seen)
    other.get("/accounts/login/")
    form = other.get(found[0])
    other.get(form.headers["Location"])
    changed = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    answer = other.post(form.headers["Location"], changed)
    assert answer.status_code == 302
    # The old session ended with the old password.
    browser.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.client.force_login(house_admin(email), backend="django.contrib.auth.backends.ModelBackend")
    browser.get("/accounts/login/")
    browser.seen.secrets["second session"] = browser.cookie("sessionid")


def house_admin(email: str) -> Any:
    from aims.core.models import Person

    return Person.objects.get(email=email)


def read_everything(browser: Browser, house: House) -> None:
    """Every page without a parameter, and those of one's own account."""
    for route in routes_inside():
        if not route.parameters and route.name != "failing":
            for address in route.addresses(house.slug, lambda table: 0):
                browser.get(address)
    for address in (
        "/",
        "/accounts/sessions/",
        "/accounts/2fa/",
        "/accounts/password/change/",
        "/api/v1/docs",
    ):
        browser.get(address)


def fail(browser: Browser) -> None:
    assert browser.get("/fail").status_code == 500


def pack(seen: Seen, house: House, folder: Path) -> None:
    with acting_in(house.organization), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the trail is chained at the end of a transaction
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    call_command("build_pack", "--organization", house.slug, "--output", str(folder))
    (built,) = folder.glob("**/*.zip")
    with zipfile.ZipFile(built) as archive:
        for name in archive.namelist():
            seen.add(f"pack {name}", archive.read(name))


def collect(seen: Seen, house: House, caplog: pytest.LogCaptureFixture) -> None:
    formatter = logging.Formatter("%(name)s %(message)s")
    for record in caplog.records:
        seen.add(f"log {record.name}", formatter.format(record))
        seen.add(f"log arguments {record.name}", repr(record.args))
    for message in mail.outbox:
        seen.add(f"mail to {message.to[0]}", f"{message.subject}\n{message.body}")
    for table, text in tables(house.organization):
        seen.add(f"table {table}", text)
    with acting_in(house.organization):
        assert Job.objects.exists()
    assert any(place.startswith("log") for place, _ in seen.texts)
    assert {"table core_trailevent", "table core_job", "table core_memberevent", "table core_keptanswer"} <= {
        place for place, _ in seen.texts
    }
