"""Seals anew, with the first key of FIELD_KEY, whatever an earlier key sealed; afterwards that key may go."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from aims.core import directory
from aims.core.models import SignInConnection
from aims.core.sealing import SealBroken, seal, unseal
from aims.core.second_factor import seal_again
from aims.core.tenancy.context import acting_in


class Command(BaseCommand):
    help = "Seals every secret with the first key of FIELD_KEY. Run it after a rotation."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        factors = Authenticator.objects.select_for_update().order_by("pk")
        try:
            sealed = sum(seal_again(factor) for factor in factors)
            clients = sum(_connections(number) for number in directory.organization_ids())
        except SealBroken as lost:
            raise CommandError("FIELD_KEY lacks a key that sealed a secret. Nothing was changed.") from lost
        self.stdout.write(
            f"Sealed again: {sealed} second factors and sets of recovery codes, "
            f"{clients} secrets of sign-in connections."
        )


def _connections(organization_id: int) -> int:
    """The client secrets of one organization's single sign-on."""
    with acting_in(organization_id):
        held = SignInConnection.objects.exclude(sealed_secret="").select_for_update().order_by("pk")
        for connection in held:
            connection.sealed_secret = seal(unseal(connection.sealed_secret))
            connection.save(update_fields=["sealed_secret"])
        return len(held)
