from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms


class AddPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(max_length=80, help_text="To tell your passkeys apart, such as “Work laptop”")
    passwordless = forms.BooleanField(
        required=False,
        label="Sign in with it alone",
        help_text="It asks for your finger, face or PIN then, and replaces password and code. "
        "Otherwise it is a second proof after the password.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("passwordless", True)
        super().__init__(*args, **kwargs)
        self.fields["credential"].error_messages["required"] = "The passkey was not made. Try again."


class _TellsOfRecoveryCode:
    """A code that was used is told by mail: it may be somebody else who found the list."""

    user: Any
    authenticator: Authenticator

    def save(self) -> None:
        super().save()  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.RECOVERY_CODES:
            self.authenticator.refresh_from_db()
            left = len(self.authenticator.wrap().get_unused_codes())
            get_adapter().send_notification_mail("mfa/email/recovery_code_used", self.user, {"left": left})


class SignInCodeForm(_TellsOfRecoveryCode, AuthenticateForm):
    """The six digits of an app, or a recovery code, after the password."""


class ConfirmCodeForm(_TellsOfRecoveryCode, ReauthenticateForm):
    """The same, asked for again before something sensitive."""
