"""What the address of a model registry has to hold to."""

from __future__ import annotations

from urllib.parse import urlsplit

from aims.core.exceptions import RuleBroken

LONGEST_ADDRESS = 500
API_PATH = "/api/2.0/mlflow"


def clean_address(text: str) -> str:
    """The address that browsers use; where the API begins is added when it is asked."""
    address = text.strip().rstrip("/").removesuffix(API_PATH).rstrip("/")
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme != "https" or len(address) > LONGEST_ADDRESS or not address.isprintable():
        raise RuleBroken("The address starts with https:// and names the server.", field="address")
    if "@" in parts.netloc or parts.query or parts.fragment or "\\" in address or " " in address:
        raise RuleBroken(
            "The address ends before any question mark, and holds no user name and no password.",
            field="address",
        )
    return address


def require_own_token(
    *, before: tuple[str, str], after: tuple[str, str], token: str, has_token: bool
) -> None:
    """A stored token goes to the address and by the name it was given for, and to no other."""
    if has_token and not token and before != after:
        raise RuleBroken(
            "Give the token again: the stored one was given for another address or user name.", field="token"
        )
