"""The sign-in pages as allauth's own views draw them."""

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def field(html: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
    assert found, name
    return found.group(0)


def test_sign_in_lets_password_managers_work(client: Client) -> None:
    html = client.get("/accounts/login/").content.decode()

    assert 'autocomplete="email"' in field(html, "login")
    assert 'autocomplete="current-password"' in field(html, "password")
    assert "onpaste" not in html
    assert "<h1>Sign in</h1>" in html


def test_a_failed_sign_in_says_so_above_the_form(client: Client) -> None:
    html = client.post(
        "/accounts/login/", {"login": "nobody@portal.example", "password": "wrong"}
    ).content.decode()

    assert "There is a problem" in html
    assert 'value="nobody@portal.example"' in html
    assert "wrong" not in field(html, "password")


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/password/reset/"])
def test_other_doors_are_drawn_in_the_portal_frame(client: Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert 'class="narrow-page"' in response.content.decode()
