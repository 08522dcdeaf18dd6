"""Settings as they are behind HTTPS and a proxy, each read in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

READ = """
import json
from aims import settings
names = [
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_NAME",
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "ALLAUTH_TRUSTED_PROXY_COUNT",
]
print(json.dumps({name: getattr(settings, name, None) for name in names}))
"""


def settings_with(**environment: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", READ], env={**os.environ, **environment}, capture_output=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_https_makes_cookies_secure_and_bound_to_the_host() -> None:
    found = settings_with(BASE_URL="https://aims.example", TRUST_PROXY="no")

    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SESSION_COOKIE_HTTPONLY"]
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SECURE_HSTS_SECONDS"] > 0
    assert not found["ALLAUTH_TRUSTED_PROXY_COUNT"], "a client could invent its address"


def test_behind_a_proxy_sign_in_is_limited_by_the_address_of_the_client() -> None:
    assert settings_with(TRUST_PROXY="yes")["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1
