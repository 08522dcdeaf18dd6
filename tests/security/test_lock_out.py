"""Guessing passwords: the limit holds in every process, and no answer tells whether an account exists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client

from aims import settings as installed
from aims.core.passwords import MOST_AT_ONCE, BoundedArgon2
from tests.cast import PASSWORD, House
from tests.journeys.portal import logins

EMAIL, NOBODY = "lead@meadow.test", "nobody@meadow.test"
SIGN_IN = "/accounts/login/"
WRONG = "wrong"
DATABASE_CACHE = installed.DATABASE_CACHE
#: What Django's database cache keeps when nothing else is said.
DJANGO_MOST_ENTRIES = 300
GUESS_IN_ANOTHER_PROCESS = """
import django
django.setup()
from django.test import Client
for number in range(5):
    client = Client(REMOTE_ADDR=f"10.0.0.{number}", HTTP_HOST=f"localhost:{8001 + number}")
    answer = client.post("/accounts/login/", {"login": "lead@meadow.test", "password": "wrong"})
    assert answer.status_code == 200, answer.status_code
"""


class CountingArgon2(BoundedArgon2):
    """The hasher of the portal, which also counts."""

    made = 0

    def encode(self, password: str, salt: str) -> str:
        CountingArgon2.made += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        CountingArgon2.made += 1
        return super().verify(password, encoded)


@pytest.fixture(autouse=True)
def no_earlier_guesses() -> None:
    cache.clear()


@pytest.fixture
def known(house: House) -> House:
    user = house.member["lead"].user
    user.set_password(PASSWORD)
    user.save()
    return house


def guess(email: str, *, place: str = "10.0.1.1", password: str = WRONG, **environ: Any) -> Client:
    client = Client(REMOTE_ADDR=place, **environ)
    client.answer = client.post(SIGN_IN, {"login": email, "password": password})  # type: ignore[attr-defined]
    return client


def text_of(client: Any, email: str) -> str:
    html = client.answer.content.decode().replace(email, "EMAIL")
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "TOKEN", html)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.django_db(transaction=True)
def test_wrong_passwords_in_one_process_lock_out_in_every_other(known: House, settings: Any) -> None:
    settings.CACHES = {"default": DATABASE_CACHE}
    environment = {
        **os.environ,
        **logins(str(connection.settings_dict["NAME"])),
        "REDIS_URL": "",
        "AIMS_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "aims.settings",
    }
    assert is_in(guess(EMAIL, password=PASSWORD))

    done = subprocess.run(
        [sys.executable, "-c", GUESS_IN_ANOTHER_PROCESS],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert not is_in(guess(EMAIL, password=PASSWORD))
    assert not is_in(guess(EMAIL.upper(), place="10.0.9.9", password=PASSWORD))


def test_another_port_in_the_request_is_no_new_start(known: House) -> None:
    for number in range(5):
        guess(EMAIL, place=f"10.0.3.{number}", HTTP_HOST=f"testserver:{9000 + number}")

    assert not is_in(guess(EMAIL, place="10.0.3.9", password=PASSWORD, HTTP_HOST="testserver:9999"))


@pytest.mark.django_db(transaction=True)
def test_many_other_counters_do_not_push_the_one_of_a_locked_person_out(known: House, settings: Any) -> None:
    settings.CACHES = {"default": DATABASE_CACHE}
    for number in range(5):
        guess(EMAIL, place=f"10.0.4.{number}")

    for number in range(2 * DJANGO_MOST_ENTRIES):
        cache.set(f"other-{number}", number, timeout=300)

    assert not is_in(guess(EMAIL, place="10.0.4.9", password=PASSWORD))


def test_neither_a_wrong_password_nor_the_lock_out_tells_whether_an_account_exists(known: House) -> None:
    for number in range(7):
        one, other = (guess(email, place=f"10.0.2.{number}") for email in (EMAIL, NOBODY))

        assert text_of(one, EMAIL) == text_of(other, NOBODY), number


def test_an_unknown_address_costs_as_many_hashes_as_a_known_one(known: House, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingArgon2"]
    made = {}
    for email in (EMAIL, NOBODY):
        CountingArgon2.made = 0
        guess(email)
        made[email] = CountingArgon2.made

    assert made[EMAIL] == made[NOBODY] > 0


def test_a_forgotten_password_gets_the_same_answer_for_everybody(known: House) -> None:
    answers = {
        email: Client().post("/accounts/password/reset/", {"email": email}) for email in (EMAIL, NOBODY)
    }

    assert {(answer.status_code, answer.url) for answer in answers.values()} == {
        (302, "/accounts/password/reset/done/")
    }
    assert sorted(letter.to[0] for letter in mail.outbox) == [EMAIL, NOBODY]


def test_a_process_makes_a_few_hashes_at_once_and_the_others_wait() -> None:
    running, most, lock = 0, 0, threading.Lock()

    class Watched(BoundedArgon2):
        def _hash_of(self, *given: Any) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.05)
            with lock:
                running -= 1
            return ""

        encode_alone = _hash_of

    threads = [threading.Thread(target=Watched().encode, args=("secret", "salt")) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == MOST_AT_ONCE


def test_the_stored_hash_stays_within_its_bound() -> None:
    assert make_password(PASSWORD).startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
