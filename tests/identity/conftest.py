from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests.identity import running
from tests.identity.running import DnsServer, RunningProvider, SamlProvider


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("tls")
    running.make_certificate(directory)
    return directory


@pytest.fixture(scope="session")
def oidc_process(tls: Path) -> Iterator[RunningProvider]:
    with running.provider("tests.identity.oidc_provider", tls) as process:
        yield process


@pytest.fixture
def oidc(
    oidc_process: RunningProvider, tls: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> RunningProvider:
    """The provider, allowed by the operator and trusted by certificate, saying nothing unusual."""
    settings.FETCH_ALLOWED_HOSTS = [oidc_process.host]
    monkeypatch.setenv("SSL_CERT_FILE", str(tls / "ca.pem"))
    oidc_process.say()
    cache.clear()  # sign-ins of one address are limited by the minute
    return oidc_process


@pytest.fixture
def dns(settings: Any) -> Iterator[DnsServer]:
    with running.dns_server() as server:
        settings.DNS_SERVER = server.address
        yield server


@pytest.fixture(scope="session")
def saml_process(tls: Path) -> Iterator[SamlProvider]:
    with running.provider("tests.identity.saml_provider", tls) as process:
        yield SamlProvider(process.host, process.context)


@pytest.fixture
def saml(saml_process: SamlProvider) -> SamlProvider:
    """The provider, saying nothing unusual. The portal never calls it: only browsers do."""
    saml_process.say()
    cache.clear()
    return saml_process
