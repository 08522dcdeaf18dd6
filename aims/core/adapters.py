"""Sign-in behaviour that allauth leaves to the project."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings

from aims.core import sealing, second_factor, step_up

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: Any) -> bool:
        """Accounts are made by an organization's administrator, never by strangers."""
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Mails lead to the configured address, whatever Host and port the request claimed."""
        path = urlsplit(super().get_reset_password_from_key_url(key)).path
        return f"{settings.BASE_URL}{path}"

    def _get_login_attempts_cache_key(self, request: Any, **credentials: Any) -> str:
        """Wrong passwords count by e-mail address alone.

        allauth adds the Host of the request, whose port is anybody's choice: each would allow five more.
        """
        return str(credentials.get("email") or credentials.get("username") or "").strip().lower()

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who signed in a moment ago is not asked again at once."""
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required and not step_up.is_fresh(self.request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """What was done stays done when the mail server is away; the log says that nobody was told."""
        try:
            super().send_mail(template_prefix, email, {**context, "base_url": settings.BASE_URL})
        except OSError:
            logger.exception("The mail %s could not be handed over.", template_prefix)


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_factor.secret_in(encrypted_text)

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": (
            "An organization that you work with asks for a second factor. Set up another one first."
        ),
        "incorrect_code": "That did not work. Try again, with a new code if it was a code.",
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return second_factor.may_be_removed(authenticator)

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the configured address, whatever Host a request claims."""
        return {"id": urlsplit(settings.BASE_URL).hostname or "localhost", "name": settings.MFA_TOTP_ISSUER}
