"""Commands for scripts: well is 0, else one line that says why."""

from __future__ import annotations

import io
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from aims.core import directory
from aims.core.models import ApiKey, Person
from aims.core.signing import Signer
from aims.core.tenancy.context import acting_in
from tests.cast import House
from tests.core.test_api import bearer
from tests.operating import OPERATING


def run(*arguments: str) -> str:
    said = StringIO()
    call_command(*arguments, stdout=said)
    return said.getvalue().strip()


def test_a_key_is_printed_once_and_works(house: House, nobody: Client) -> None:
    key = run("create_api_key", "--organization", "meadow", "--scopes", "evidence:read, jobs:read")

    assert nobody.get(house.api("evidence"), headers=bearer(key)).status_code == 200
    assert nobody.get(house.api("jobs"), headers=bearer(key)).status_code == 200


@pytest.mark.parametrize(
    ("slug", "scopes", "sentence"),
    [
        ("nowhere", "evidence:read", "There is no organization “nowhere”."),
        ("meadow", "evidence:all", "There is no scope evidence:all."),
        ("meadow", ",", "Choose at least one scope."),
    ],
)
def test_a_wrong_key_is_refused_in_one_line(house: House, slug: str, scopes: str, sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("create_api_key", "--organization", slug, "--scopes", scopes)

    assert str(refused.value) == sentence
    with acting_in(house.organization):
        assert ApiKey.objects.count() == 0


def test_a_password_comes_from_standard_input(house: House, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough passphrase\n"))

    run("set_password", "Lead@meadow.test")

    user = house.member["lead"].user
    user.refresh_from_db()
    assert user.check_password("a long enough passphrase")


@pytest.mark.parametrize("password", ["", "short", "lead@meadow.test"])
def test_a_weak_password_is_refused(house: House, monkeypatch: Any, password: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    user = house.member["lead"].user
    before = user.password

    with pytest.raises(CommandError):
        run("set_password", "lead@meadow.test")

    user.refresh_from_db()
    assert user.password == before


def test_an_unknown_address_is_refused(house: House) -> None:
    with pytest.raises(CommandError, match=r"Nobody has the address who@meadow\.test"):
        run("set_password", "who@meadow.test")


FIRST = ("--name", "Birch Labs", "--admin-email", "Ada@birch.test", "--admin-name", "Ada Birch")


@OPERATING
def test_a_first_administrator_follows_the_printed_link_and_signs_in(db: None, nobody: Client) -> None:
    said = run("create_organization", *FIRST)

    link = urlsplit(said.split()[-1]).path
    form = nobody.get(link, follow=True)
    passwords = {"password1": "birch trees in november", "password2": "birch trees in november"}
    nobody.post(form.request["PATH_INFO"], passwords)
    nobody.post(reverse("account_login"), {"login": "ada@birch.test", "password": passwords["password1"]})

    assert nobody.get("/o/birch-labs/people/").status_code == 200
    assert "no longer works" in Client().get(link, follow=True).content.decode()


@OPERATING
def test_an_administrator_with_an_account_keeps_the_password(house: House) -> None:
    user = house.member["lead"].user
    user.set_password("a long enough passphrase")
    user.save()

    said = run("create_organization", "--name", "Second", "--admin-email", user.email, "--admin-name", "Lena")

    assert "has an account already" in said
    assert "/o/second/" in said
    user.refresh_from_db()
    assert user.check_password("a long enough passphrase")


@OPERATING
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("--slug", "meadow"), "There is an organization “meadow” already."),
        (("--slug", "two words"), "slug"),
        (("--admin-email", "ada"), "email address"),
        (("--time-zone", "Mars/Olympus"), "There is no time zone “Mars/Olympus”."),
    ],
)
def test_an_organization_is_made_whole_or_not_at_all(
    house: House, given: tuple[str, str], sentence: str
) -> None:
    before = directory.organization_ids()

    with pytest.raises(CommandError, match=sentence):
        run("create_organization", *FIRST, *given)

    assert directory.organization_ids() == before
    assert not Person.objects.filter(email="ada@birch.test").exists()


def test_the_public_key_and_its_fingerprint_are_printed() -> None:
    signer = Signer.from_settings()

    lines = run("signing_key").splitlines()

    assert lines == [signer.public_key_text(), f"Fingerprint: {signer.fingerprint()}"]


def test_every_template_compiles() -> None:
    assert run("check_templates").endswith("templates compile")


def test_a_broken_template_is_named(settings: Any, tmp_path: Any) -> None:
    (tmp_path / "broken.html").write_text("{% if %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    with pytest.raises(CommandError, match=r"broken\.html"):
        run("check_templates")
