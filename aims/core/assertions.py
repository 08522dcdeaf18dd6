"""What an identity provider says about a person, whichever protocol it speaks."""

from __future__ import annotations

from dataclasses import dataclass


class SignInRefused(Exception):
    """The identity provider's answer does not hold; the sentence is for the person signing in."""


@dataclass(frozen=True)
class Assertion:
    """The provider's name for the person and a verified address, after every check of the protocol.

    `proved_at`: when the provider last saw a proof of who it is, in seconds; nothing where it does not say.
    """

    subject: str
    email: str
    name: str
    proved_at: float | None = None
