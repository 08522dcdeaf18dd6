"""Sign-in behaviour that allauth leaves to the project."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: Any) -> bool:
        """Accounts are made by an organization's administrator, never by strangers."""
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Mails lead to the configured address, whatever Host and port the request claimed."""
        path = urlsplit(super().get_reset_password_from_key_url(key)).path
        return f"{settings.BASE_URL}{path}"
