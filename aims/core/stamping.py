"""Time stamps of signed checkpoints by an authority outside (RFC 3161), where the operator names one.

A plain time stamp: it shows that the checkpoint existed no later than the authority says. Whether a court
presumes more of it depends on the authority, which the portal does not judge.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.utils import timezone
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from aims.core.exceptions import RuleBroken
from aims.core.fetching import fetch

KIND = "advanced seal + plain time stamp"
CALL, ANSWER = "application/timestamp-query", "application/timestamp-reply"
LARGEST_TOKEN = 64 * 1024
#: How far the authority's clock may be from ours when it answers.
DRIFT = datetime.timedelta(minutes=10)


class BadStamp(RuleBroken):
    """An answer of the authority, or a kept time stamp, that does not hold. The sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="time_stamp", code="time-stamp")


@dataclass(frozen=True)
class Stamp:
    """A time stamp that was verified: the answer as it came, whose it is and what time it says."""

    answer: bytes
    at: datetime.datetime
    authority: str


def is_configured() -> bool:
    return bool(settings.TIME_STAMP_URL)


def request_stamp(content: bytes) -> Stamp:
    """Ask the authority for a time stamp of the content. Raises FetchFailed or BadStamp."""
    asked = TimestampRequestBuilder(data=content, hash_algorithm=HashAlgorithm.SHA256).build()
    answer = fetch(
        settings.TIME_STAMP_URL,
        method="POST",
        headers={"Content-Type": CALL, "Accept": ANSWER},
        body=asked.as_bytes(),
        limit=LARGEST_TOKEN,
    )
    if answer.status != 200:
        raise BadStamp(f"The time-stamp authority answers with status {answer.status}.")
    stamp = verified(answer.body, content, nonce=asked.nonce)
    if abs(timezone.now() - stamp.at) > DRIFT:
        raise BadStamp(f"The time-stamp authority says {stamp.at:%Y-%m-%d %H:%M} UTC, which is not now.")
    return stamp


def verified(answer: bytes, content: bytes, *, nonce: int | None = None) -> Stamp:
    """The time stamp, once content, signature, certificate, policy (and the nonce, when asked) hold."""
    parsed = _parsed(answer)
    policy = x509.ObjectIdentifier(settings.TIME_STAMP_POLICY) if settings.TIME_STAMP_POLICY else None
    verifier = VerifierBuilder(policy_id=policy, roots=list(_roots()), nonce=nonce).build()
    try:
        verifier.verify_message(parsed, content)
    except (VerificationError, ValueError) as error:
        raise BadStamp(f"The time stamp does not hold: {str(error).rstrip('.')}.") from error
    return Stamp(answer, parsed.tst_info.gen_time.astimezone(datetime.UTC), _authority(parsed))


def _parsed(answer: bytes) -> TimeStampResponse:
    try:
        parsed = decode_timestamp_response(answer)
        if parsed.status != 0:
            words = "; ".join(str(each) for each in parsed.status_string)[:200]
            raise BadStamp(f"The time-stamp authority refuses: {words or 'it does not say why'}.")
        parsed.tst_info  # noqa: B018 (read now, so that a cut-off token is found here)
    except ValueError as error:
        raise BadStamp("The answer of the time-stamp authority cannot be read.") from error
    return parsed


def _authority(parsed: TimeStampResponse) -> str:
    """The name in the certificate of whoever signed."""
    signer = next(iter(parsed.signed_data.signer_infos))
    for each in parsed.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(each)
        if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
            return certificate.subject.rfc4514_string()
    return ""


def _roots() -> tuple[x509.Certificate, ...]:
    path = Path(settings.TIME_STAMP_ROOTS)
    try:
        return _certificates_in(path, path.stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        raise BadStamp("TIME_STAMP_ROOTS names no readable file of certificates in PEM form.") from error


@lru_cache(maxsize=4)
def _certificates_in(path: Path, changed: int) -> tuple[x509.Certificate, ...]:
    found = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    if not found:
        raise ValueError("no certificate")
    return found
