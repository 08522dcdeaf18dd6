"""A person comes in through the identity provider of their organization, in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.identity import running
from tests.identity.oidc_provider import CLIENT_ID, CLIENT_SECRET
from tests.identity.running import DnsServer, RunningProvider
from tests.journeys.portal import PASSWORD, Portal
from tests.journeys.visitor import Visitor, visit

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

INSIDE = "/o/meadow/"


@dataclass
class Scene:
    portal: Portal
    provider: RunningProvider
    dns: DnsServer


@pytest.fixture(scope="module")
def scene(fresh_portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A portal that trusts a provider and asks a DNS server, each a process or thread of the test."""
    tls: Path = tmp_path_factory.mktemp("tls")
    running.make_certificate(tls)
    with running.dns_server() as dns, running.provider("tests.identity.oidc_provider", tls) as provider:
        fresh_portal.environment |= {
            "FETCH_ALLOWED_HOSTS": provider.host,
            "DNS_SERVER": dns.address,
            "SSL_CERT_FILE": str(tls / "ca.pem"),
        }
        fresh_portal.start()
        done = fresh_portal.python("-m", "tests.journeys.people", "meadow", "Meadow Clinic")
        assert done.returncode == 0, done.stderr
        yield Scene(fresh_portal, provider, dns)


def test_an_administrator_connects_a_provider_and_somebody_new_comes_in(
    scene: Scene, browser: Browser
) -> None:
    base = scene.portal.url
    adam = visit(browser, base, ignore_https_errors=True)
    adam.sign_in("adam@meadow.test", PASSWORD)
    proves_domain(adam, scene.dns)
    connects(adam, scene.provider)

    nora = visit(browser, base, ignore_https_errors=True, script=False)
    nora.open("/accounts/login/")
    nora.page.get_by_role("link", name="Sign in with your organization").click()
    nora.page.locator("[name=email]").fill("nora@meadow.test")
    nora.press("Continue")
    nora.page.wait_for_url(f"{base}{INSIDE}")

    nora.sees("Meadow Clinic")
    adam.open(f"{INSIDE}people/")
    adam.sees("nora@meadow.test")
    assert [line for line in adam.complaints + nora.complaints if "favicon" not in line] == []


def proves_domain(adam: Visitor, dns: DnsServer) -> None:
    adam.open(f"{INSIDE}sign-in/")
    adam.page.locator("[name=domain]").fill("meadow.test")
    adam.press("Claim domain")
    adam.sees("Not verified")
    name, value = adam.page.locator("pre").inner_text().split()
    adam.press("Check the record")
    adam.sees("The record is not there yet")
    dns.records[name] = [value]
    adam.press("Check the record")
    adam.sees("meadow.test is verified.")


def connects(adam: Visitor, provider: RunningProvider) -> None:
    adam.follow("Connect by OpenID Connect")
    adam.page.locator("[name=name]").fill("Meadow account")
    adam.page.locator("[name=issuer]").fill(provider.url)
    adam.page.locator("[name=client_id]").fill(CLIENT_ID)
    adam.page.locator("[name=secret]").fill(CLIENT_SECRET)
    adam.press("Add connection")
    provider.say(email="adam@meadow.test", sub="adam")
    adam.press("Test the connection")
    adam.sees("The connection works")
    adam.press("Switch on")
    adam.sees("The connection is on.")
    provider.say()
