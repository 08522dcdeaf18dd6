"""Second factors of sign-in: who has one, and who has to."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator

from aims.core import directory, sealing

#: Recovery codes stand in for a factor that is lost; they are none.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

#: Where an authenticator's data holds what signs a person in.
SECRETS = ("secret", "seed")


def has_second_factor(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).exists()


def may_be_removed(authenticator: Authenticator) -> bool:
    """The last one stays while an organization that the person can enter asks for one."""
    of_person = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=SECOND_FACTORS)
    if of_person.exclude(pk=authenticator.pk).exists():
        return True
    return not any(place.asks_for_second_factor for place in directory.places_of(authenticator.user_id))


def secret_in(text: str) -> str:
    """The secret of an app or the seed of recovery codes; from before sealing they stand as they are."""
    return sealing.unseal(text) if text.startswith(sealing.FORM) else text


def seal_again(authenticator: Authenticator) -> bool:
    """With the first of the keys; False for what holds no secret (a passkey is a public key)."""
    held = [name for name in SECRETS if name in authenticator.data]
    for name in held:
        authenticator.data[name] = sealing.seal(secret_in(authenticator.data[name]))
    if held:
        authenticator.save(update_fields=["data"])
    return bool(held)
