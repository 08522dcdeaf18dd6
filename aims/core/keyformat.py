"""The text of an API key: `aims_<env>_<prefix>_<secret>_<crc>`.

The last part is a CRC-32 of what precedes it, so that neither a typing mistake nor a scanner of leaked
secrets needs a database to tell a key from what only looks like one.
"""

from __future__ import annotations

import re
import secrets
import zlib
from dataclasses import dataclass

ENVIRONMENTS = {"development": "dev", "test": "test", "production": "live"}
TEXT = re.compile(
    r"aims_(?P<env>dev|test|live)_(?P<prefix>[0-9a-f]{8})_(?P<secret>[A-Za-z0-9_-]{43})_(?P<crc>[0-9a-f]{8})"
)


@dataclass(frozen=True)
class KeyText:
    text: str
    env: str
    prefix: str


def new_key(environment: str) -> KeyText:
    """256 random bits under a new prefix."""
    env, prefix = ENVIRONMENTS[environment], secrets.token_hex(4)
    start = f"aims_{env}_{prefix}_{secrets.token_urlsafe(32)}"
    return KeyText(f"{start}_{checksum(start)}", env, prefix)


def read_key(text: str) -> KeyText | None:
    """The parts of a key that was typed or sent; None when it cannot be one."""
    found = TEXT.fullmatch(text)
    if found is None or checksum(text.rpartition("_")[0]) != found["crc"]:
        return None
    return KeyText(text, found["env"], found["prefix"])


def checksum(start: str) -> str:
    return f"{zlib.crc32(start.encode()):08x}"
