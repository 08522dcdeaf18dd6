"""Certificates that an administrator trusts to sign identities: read, judged and named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone

from aims.core.exceptions import RuleBroken

#: The one in use and the next, while a provider changes its key.
MOST_CERTIFICATES = 2
LONGEST = 20_000
SHORTEST_RSA_KEY = 2048
BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.S)


@dataclass(frozen=True)
class Described:
    subject: str
    fingerprint: str
    ends_at: Any


def split(text: str) -> list[str]:
    """The certificates of a text; one without its frame, as metadata hold it, counts as one."""
    found = BLOCK.findall(text)
    if not found and text.strip():
        return [f"-----BEGIN CERTIFICATE-----\n{text.strip()}\n-----END CERTIFICATE-----"]
    return found


def trusted_certificates(texts: Iterable[str]) -> list[str]:
    """One or two, in one form, none of them expired or with a weak key."""
    found = list(dict.fromkeys(_checked(text) for text in texts if text.strip()))
    if not 1 <= len(found) <= MOST_CERTIFICATES:
        raise RuleBroken(
            "Give one certificate, or two while the provider changes its key.", field="certificates"
        )
    return found


def fingerprint(text: str) -> str:
    """SHA-256, as providers show it."""
    return x509.load_pem_x509_certificate(text.encode()).fingerprint(hashes.SHA256()).hex(":").upper()


def described(text: str) -> Described:
    found = x509.load_pem_x509_certificate(text.encode())
    return Described(found.subject.rfc4514_string(), fingerprint(text), found.not_valid_after_utc)


def _checked(text: str) -> str:
    try:
        found = x509.load_pem_x509_certificate(text[:LONGEST].strip().encode())
        key = found.public_key()
    except (ValueError, TypeError, x509.UnsupportedGeneralNameType):
        raise RuleBroken("This is not a certificate in PEM form.", field="certificates") from None
    is_strong = isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 256
    if isinstance(key, rsa.RSAPublicKey):
        is_strong = key.key_size >= SHORTEST_RSA_KEY
    if not is_strong:
        raise RuleBroken(
            "The certificate's key is too weak: RSA from 2048 bits or EC from 256.", field="certificates"
        )
    if found.not_valid_after_utc <= timezone.now():
        raise RuleBroken("The certificate has expired.", field="certificates")
    return found.public_bytes(Encoding.PEM).decode()
