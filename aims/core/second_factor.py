"""Second factors of sign-in: who has one, and who has to."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator

from aims.core import directory

#: Recovery codes stand in for a factor that is lost; they are none.
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).exists()


def may_be_removed(authenticator: Authenticator) -> bool:
    """The last one stays while an organization that the person can enter asks for one."""
    of_person = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=SECOND_FACTORS)
    if of_person.exclude(pk=authenticator.pk).exists():
        return True
    return not any(place.asks_for_second_factor for place in directory.places_of(authenticator.user_id))
