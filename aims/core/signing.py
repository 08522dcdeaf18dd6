"""The installation's Ed25519 key: it signs pack manifests and checkpoints of the trail."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

DEFAULT_KEY_NAME = "aims-portal"
PUBLIC_KEY_PREFIX = "ed25519:"

# Signed notes as in C2SP signed-note: the type byte of Ed25519, and the dash that opens a signature line.
NOTE_ED25519 = b"\x01"
NOTE_KEY_HASH_BYTES = 4
NOTE_SIGNATURE_MARK = "\N{EM DASH} "


class SigningKeyMissing(ImproperlyConfigured):
    """The installation has no usable signing key."""


class BadSignature(Exception):
    """The text was not signed with this key, or was changed since."""


@dataclass(frozen=True)
class Signer:
    private_key: Ed25519PrivateKey
    name: str = DEFAULT_KEY_NAME

    @classmethod
    def from_settings(cls) -> "Signer":
        return cls.from_pem(getattr(settings, "AIMS_SIGNING_KEY", ""))

    @classmethod
    def from_pem(cls, pem: str | bytes, *, name: str = DEFAULT_KEY_NAME) -> "Signer":
        if not pem.strip():
            raise SigningKeyMissing(
                "AIMS_SIGNING_KEY is empty: set it to an Ed25519 private key in PEM form."
            )
        try:
            key = serialization.load_pem_private_key(_bytes(pem), password=None)
        except (ValueError, TypeError) as error:
            raise SigningKeyMissing("AIMS_SIGNING_KEY is not a private key in PEM form.") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningKeyMissing("AIMS_SIGNING_KEY is not an Ed25519 key.")
        return cls(private_key=key, name=name)

    def sign(self, text: str | bytes) -> str:
        return _base64(self.sign_bytes(_bytes(text)))

    def sign_bytes(self, content: bytes) -> bytes:
        return self.private_key.sign(content)

    def public_key_text(self) -> str:
        return PUBLIC_KEY_PREFIX + _base64(self._public_bytes())

    def fingerprint(self) -> str:
        return fingerprint_of(self.public_key_text())

    def sign_checkpoint(self, *, organization: str, seq: int, head_hash: bytes) -> str:
        """The head of an organization's trail as a signed note, to be kept outside the database."""
        return self.sign_note(checkpoint_text(organization=organization, seq=seq, head_hash=head_hash))

    def sign_note(self, text: str) -> str:
        if not text.endswith("\n"):
            raise ValueError("a note ends with a newline")
        signature = self.private_key.sign(text.encode())
        key_hash = _note_key_hash(self.name, self._public_bytes())
        return f"{text}\n{NOTE_SIGNATURE_MARK}{self.name} {_base64(key_hash + signature)}\n"

    def _public_bytes(self) -> bytes:
        return self.private_key.public_key().public_bytes_raw()


def generate_signing_key() -> str:
    """A new private key in PEM form, for a first start."""
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        .decode()
    )


def fingerprint_of(public_key: str) -> str:
    """Eight groups of four hexadecimal digits: short enough to be compared by eye or over the phone."""
    digest = hashlib.sha256(_public_bytes_of(public_key)).hexdigest()[:32]
    return " ".join(digest[start : start + 4] for start in range(0, 32, 4))


def checkpoint_text(*, organization: str, seq: int, head_hash: bytes) -> str:
    return f"portal/{organization}\n{seq}\n{_base64(head_hash)}\n"


def verify_signature(public_key: str, text: str | bytes, signature: str) -> None:
    _verify(_public_bytes_of(public_key), _bytes(text), _unbase64(signature))


def open_note(public_key: str, note: str, *, name: str = DEFAULT_KEY_NAME) -> str:
    """The text of a signed note, once its signature by this key has been found and verified."""
    public_bytes = _public_bytes_of(public_key)
    text, separator, signatures = note.rpartition("\n\n")
    if not separator:
        raise BadSignature("The note carries no signature.")
    text += "\n"
    key_hash = _note_key_hash(name, public_bytes)
    for line in signatures.splitlines():
        signer, _, blob = line.removeprefix(NOTE_SIGNATURE_MARK).partition(" ")
        signed = _unbase64(blob)
        if line.startswith(NOTE_SIGNATURE_MARK) and signer == name and signed.startswith(key_hash):
            _verify(public_bytes, text.encode(), signed[NOTE_KEY_HASH_BYTES:])
            return text
    raise BadSignature("The note carries no signature by this key.")


def _verify(public_bytes: bytes, text: bytes, signature: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_bytes).verify(signature, text)
    except InvalidSignature as error:
        raise BadSignature("The text was not signed with this key, or was changed since.") from error


def _note_key_hash(name: str, public_bytes: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + NOTE_ED25519 + public_bytes).digest()[:NOTE_KEY_HASH_BYTES]


def _public_bytes_of(public_key: str) -> bytes:
    if not public_key.startswith(PUBLIC_KEY_PREFIX):
        raise ValueError(f"a public key starts with {PUBLIC_KEY_PREFIX}")
    raw = _unbase64(public_key.removeprefix(PUBLIC_KEY_PREFIX))
    if len(raw) != 32:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return raw


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadSignature("The text is not base64.") from error
