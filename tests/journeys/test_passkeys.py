"""A passkey in a browser: made with a virtual authenticator, then used to sign in and as a second factor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, expect

from tests.journeys.portal import Portal
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

LENA = "lena@passkeys.test"


@pytest.fixture(scope="module")
def home(new_organization: Callable[[str, str], str]) -> str:
    return new_organization("passkeys", "Passkeys Clinic")


def authenticator_of(someone: Visitor, *, verifies: bool = True) -> tuple[CDPSession, str]:
    """A device with a finger print sensor that says yes, or one that only notices a touch."""
    session = someone.page.context.new_cdp_session(someone.page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal" if verifies else "usb",
        "hasResidentKey": True,
        "hasUserVerification": verifies,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def test_a_person_adds_a_passkey_and_signs_in_with_it_alone(
    portal: Portal, home: str, visitor: Callable[..., Visitor]
) -> None:
    lena = visitor(LENA)
    session, device = authenticator_of(lena)
    lena.open("/accounts/2fa/webauthn/add/")
    lena.fill("Name", "Work laptop")
    lena.press("Add the passkey")
    lena.sees("These codes are shown this once.")
    assert lena.page.locator(".codes li").count() == 10
    lena.open("/accounts/2fa/webauthn/")
    lena.sees("Work laptop")
    lena.sees("Signs in alone")

    lena.open("/accounts/logout/")
    lena.press("Sign out")
    lena.open("/accounts/login/?next=" + home + "systems/")
    lena.press("Sign in with a passkey")

    expect(lena.page).to_have_url(portal.url + home + "systems/")
    assert lena.complaints == []

    lena.open("/accounts/logout/")
    lena.press("Sign out")
    lena.sign_in(LENA)
    lena.sees("Second factor")
    lena.press("Use a passkey")
    lena.page.wait_for_url(portal.url + home)

    lena.open("/accounts/logout/")
    lena.press("Sign out")
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    authenticator_of(lena)
    lena.open("/accounts/login/")
    lena.press("Sign in with a passkey")
    lena.sees("The passkey was not used. Try again, or sign in with your password.")
    assert lena.open(home) == 200
    assert "/accounts/login/" in lena.page.url


def test_without_script_no_passkey_is_offered_and_the_password_works(
    portal: Portal, home: str, visitor: Callable[..., Visitor]
) -> None:
    someone = visitor(script=False)
    someone.open("/accounts/login/")

    assert not someone.page.get_by_role("button", name="Sign in with a passkey").is_visible()
    someone.sign_in("tara@passkeys.test")
    expect(someone.page).to_have_url(portal.url + home)
