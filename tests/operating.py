"""Operators in tests: real persons with a real second factor. Needs `OPERATING` as mark."""

from __future__ import annotations

import secrets
import time
from typing import Any

import pytest
from allauth.account.internal.flows import login
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from aims.core.models import Person
from aims.core.operating import machine_operator
from aims.core.services.operators import grant_operator

#: The operators' login is a connection of its own, so what it should see must be committed.
OPERATING = pytest.mark.django_db(transaction=True, databases=["default", "operator"])
MACHINE = machine_operator()


def person(email: str, *, second_factor: bool = True) -> Person:
    made = Person.objects.create_user(email, email.partition("@")[0].title(), secrets.token_urlsafe(16))
    EmailAddress.objects.create(user=made, email=email, verified=True, primary=True)
    if second_factor:
        TOTP.activate(made, generate_totp_secret())
    return made


def signed_in(who: Person, *, factor_seconds_ago: float | None = 0) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    if factor_seconds_ago is not None:
        session: Any = client.session
        given = {"method": "mfa", "type": "totp", "at": time.time() - factor_seconds_ago}
        session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [given]
        session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(who.pk)
        session.save()
    return client


def operator(email: str = "olga@installation.test", *, second_factor: bool = True) -> Person:
    made = person(email, second_factor=second_factor)
    grant_operator(operator=MACHINE, email=email)
    made.refresh_from_db()
    return made
