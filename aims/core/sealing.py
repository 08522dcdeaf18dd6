"""Secrets that must be readable again, encrypted in the database with FIELD_KEY.

The first key of FIELD_KEY encrypts, all of them decrypt; `v1` names the form, so that it can change.
"""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

FORM = "v1:"


class SealBroken(Exception):
    """The text was encrypted with a key that FIELD_KEY no longer holds, or was changed."""


def seal(text: str) -> str:
    return FORM + _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    if not sealed.startswith(FORM):
        raise SealBroken
    try:
        return _keys().decrypt(sealed.removeprefix(FORM).encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key.strip()) for key in settings.FIELD_KEYS])
