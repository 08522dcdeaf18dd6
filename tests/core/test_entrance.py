from __future__ import annotations

import pytest

from aims.core.entrance import Demand, Entrance, entrance, is_foreign_only, signed_in_locally

PASSWORD = {"method": "password", "at": 10.0}
CODE = {"method": "mfa", "type": "totp", "at": 11.0}
PASSKEY = {"method": "mfa", "type": "webauthn", "passwordless": True, "at": 12.0}
CONFIRMED = {"method": "mfa", "type": "webauthn", "reauthenticated": True, "at": 12.0}
CODE_AGAIN = {"method": "mfa", "type": "totp", "reauthenticated": True, "at": 12.0}
RESET = {"method": "password_reset", "at": 9.0}
OURS = {"method": "single_sign_on", "connection": 1, "at": 13.0}
THEIRS = {"method": "single_sign_on", "connection": 2, "at": 14.0}
OFFERED, ONLY_WAY = Demand(1, False), Demand(1, True)


@pytest.mark.parametrize(
    ("records", "demand", "expected"),
    [
        ([], None, Entrance.OPEN),
        ([PASSWORD], None, Entrance.OPEN),
        ([THEIRS], None, Entrance.LOCAL),
        ([THEIRS, CODE], None, Entrance.LOCAL),
        ([RESET, THEIRS], None, Entrance.LOCAL),
        ([THEIRS, PASSWORD], None, Entrance.OPEN),
        ([THEIRS, PASSKEY], None, Entrance.OPEN),
        ([THEIRS, CONFIRMED], None, Entrance.OPEN),
        ([THEIRS, CODE_AGAIN], None, Entrance.LOCAL),
        ([PASSWORD], OFFERED, Entrance.OPEN),
        ([OURS], OFFERED, Entrance.OPEN),
        ([THEIRS], OFFERED, Entrance.LOCAL),
        ([PASSWORD, CODE], ONLY_WAY, Entrance.SINGLE_SIGN_ON),
        ([PASSKEY], ONLY_WAY, Entrance.SINGLE_SIGN_ON),
        ([THEIRS], ONLY_WAY, Entrance.SINGLE_SIGN_ON),
        ([THEIRS, PASSWORD], ONLY_WAY, Entrance.SINGLE_SIGN_ON),
        ([], ONLY_WAY, Entrance.SINGLE_SIGN_ON),
        ([OURS], ONLY_WAY, Entrance.OPEN),
        ([PASSWORD, OURS, THEIRS], ONLY_WAY, Entrance.OPEN),
    ],
)
def test_what_a_session_opens_follows_from_how_it_was_made(records, demand, expected):
    assert entrance(records, demand) is expected


def test_a_second_factor_on_top_of_single_sign_on_is_not_a_sign_in_of_ones_own():
    assert is_foreign_only([OURS, CODE])
    assert not is_foreign_only([OURS, CODE, PASSWORD])
    assert not is_foreign_only([CODE])


def test_a_local_sign_in_counts_from_the_moment_asked_for():
    assert signed_in_locally([PASSWORD], since=10.0)
    assert not signed_in_locally([PASSWORD, THEIRS], since=10.5)
