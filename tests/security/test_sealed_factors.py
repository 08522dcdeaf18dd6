"""Secrets of authenticator apps and seeds of recovery codes cannot be read in the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from aims.core import sealing
from aims.core.models import SignInConnection
from aims.core.tenancy.context import acting_in
from inventory.models import ModelRegistry
from tests.cast import PASSWORD, House

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SEED = "5eed" * 20


def table_text() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator ORDER BY id")
        return "\n".join(row[0] for row in cursor.fetchall())


def code_now() -> str:
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def signs_in_with(house: House, code: Callable[[], str]) -> bool:
    user = house.member["lead"].user
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code()})  # made now: it is valid for half a minute
    return "_auth_user_id" in client.session


@pytest.fixture(autouse=True)
def no_code_is_used_yet() -> None:
    cache.clear()


@pytest.fixture
def sealed(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    user = house.member["lead"].user
    monkeypatch.setattr(RecoveryCodes, "generate_seed", classmethod(lambda cls: SEED))
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return house


@pytest.fixture
def plain(house: House) -> House:
    """Written before secrets were sealed."""
    user = house.member["lead"].user
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": SECRET})
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": SEED, "used_mask": 0}
    )
    return house


def test_the_table_holds_no_readable_secret(sealed: House) -> None:
    text = table_text()

    assert SECRET not in text
    assert SEED not in text
    assert [next(iter(json.loads(line).values()))[:3] for line in text.splitlines()] == ["v1:", "v1:"]


def test_a_sealed_secret_and_its_recovery_codes_sign_in(sealed: House) -> None:
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()

    assert not signs_in_with(sealed, lambda: "000000" if code_now() != "000000" else "000001")
    assert signs_in_with(sealed, code_now)
    assert signs_in_with(sealed, lambda: codes[0])


def test_what_was_written_before_still_signs_in(plain: House) -> None:
    assert SECRET in table_text()
    assert signs_in_with(plain, code_now)


def test_resealing_seals_what_was_readable_and_makes_the_earlier_key_unnecessary(
    sealed: House, settings: Any
) -> None:
    earlier, new = settings.FIELD_KEYS, [Fernet.generate_key().decode()]
    stan = sealed.member["staff"].user
    Authenticator.objects.create(user=stan, type=Authenticator.Type.TOTP, data={"secret": SECRET})
    with acting_in(sealed.organization):
        SignInConnection.objects.create(name="Entra", sealed_secret=sealing.seal(SECRET))
        ModelRegistry.objects.create(address="https://mlflow.example", sealed_token=sealing.seal(SECRET))
    settings.FIELD_KEYS = new + earlier

    call_command("reseal")

    settings.FIELD_KEYS = new
    assert SECRET not in table_text()
    assert signs_in_with(sealed, code_now)
    cache.clear()
    assert Authenticator.objects.get(user=stan).wrap().validate_code(code_now())
    with acting_in(sealed.organization):
        assert sealing.unseal(SignInConnection.objects.get().sealed_secret) == SECRET
        assert ModelRegistry.objects.get().token == SECRET


def test_a_lost_key_stops_resealing_and_changes_nothing(sealed: House, settings: Any) -> None:
    before = table_text()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("reseal")

    assert table_text() == before
