"""Links in mails, and who can read them where mails are only printed."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from django.core import mail
from django.test import Client

from aims import configuration
from aims.launch import run
from tests.cast import House


def test_the_host_of_a_request_never_reaches_a_mail(house: House, nobody: Client, settings: Any) -> None:
    settings.BASE_URL = "https://aims.example"
    settings.ALLOWED_HOSTS = ["testserver"]

    answer = nobody.post(
        "/accounts/password/reset/",
        {"email": house.member["lead"].user.email},
        headers={"Host": "testserver:6666"},
    )

    assert answer.status_code == 302
    text = f"{mail.outbox[0].subject} {mail.outbox[0].body}"
    assert "https://aims.example/accounts/password/reset/key/" in text
    assert "6666" not in text
    assert "testserver" not in text


def test_logs_are_read_by_the_installation_only(tmp_path: Path) -> None:
    run.children(tmp_path, configuration.load())

    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700
