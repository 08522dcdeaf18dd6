import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django.fixtures import Settings

from aims.core.signing import (
    BadSignature,
    Signer,
    SigningKeyMissing,
    fingerprint_of,
    generate_signing_key,
    open_note,
    verify_signature,
)


@pytest.fixture
def signer() -> Signer:
    return Signer.from_pem(generate_signing_key())


def test_the_key_comes_from_the_settings(settings: Settings) -> None:
    settings.AIMS_SIGNING_KEY = generate_signing_key()

    assert Signer.from_settings().public_key_text() == Signer.from_settings().public_key_text()


@pytest.mark.parametrize("pem", ["", "not a key"])
def test_a_missing_or_broken_key_is_named(settings: Settings, pem: str) -> None:
    settings.AIMS_SIGNING_KEY = pem

    with pytest.raises(SigningKeyMissing, match="AIMS_SIGNING_KEY"):
        Signer.from_settings()


def test_a_key_of_another_kind_is_refused() -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

    with pytest.raises(SigningKeyMissing, match="Ed25519"):
        Signer.from_pem(pem.decode())


def test_rfc_8032_test_two_gives_the_published_signature() -> None:
    secret = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    expected = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )

    signature = Signer(Ed25519PrivateKey.from_private_bytes(secret)).sign(b"\x72")

    assert base64.b64decode(signature).hex() == expected


def test_a_signature_holds_for_its_text_and_key_only(signer: Signer) -> None:
    signature = signer.sign("text")
    verify_signature(signer.public_key_text(), "text", signature)

    with pytest.raises(BadSignature):
        verify_signature(signer.public_key_text(), "Text", signature)
    with pytest.raises(BadSignature):
        verify_signature(Signer.from_pem(generate_signing_key()).public_key_text(), "text", signature)


def test_a_fingerprint_is_eight_groups_of_four(signer: Signer) -> None:
    groups = signer.fingerprint().split(" ")

    assert [len(group) for group in groups] == [4] * 8
    assert signer.fingerprint() == fingerprint_of(signer.public_key_text())


def test_a_checkpoint_names_organization_number_and_hash(signer: Signer) -> None:
    note = signer.sign_checkpoint(organization="meridian-health", seq=41, head_hash=b"\x01" * 32)

    assert note.startswith(
        "portal/meridian-health\n41\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\n— aims-portal "
    )
    assert open_note(signer.public_key_text(), note) == note.partition("\n\n")[0] + "\n"


@pytest.mark.parametrize(("old", "new"), [("41", "42"), ("meridian", "cobalt"), ("— aims", "— sims")])
def test_an_altered_checkpoint_does_not_open(signer: Signer, old: str, new: str) -> None:
    note = signer.sign_checkpoint(organization="meridian-health", seq=41, head_hash=b"\x01" * 32)

    with pytest.raises(BadSignature):
        open_note(signer.public_key_text(), note.replace(old, new))


def test_a_checkpoint_of_another_installation_does_not_open(signer: Signer) -> None:
    note = Signer.from_pem(generate_signing_key()).sign_note("a line\n")

    with pytest.raises(BadSignature, match="by this key"):
        open_note(signer.public_key_text(), note)


def test_a_known_key_signs_the_example_of_the_published_form() -> None:
    """Key hash: first four bytes of SHA-256 over name, newline, type byte and public key."""
    signer = Signer(Ed25519PrivateKey.from_private_bytes(b"\x07" * 32), name="example.com/foo")

    *_, line = signer.sign_note("text\n").splitlines()

    mark, name, blob = line.split(" ")
    assert (mark, name, len(base64.b64decode(blob))) == ("—", "example.com/foo", 4 + 64)
