"""Seals anew, with the first key of FIELD_KEY, whatever an earlier key sealed; afterwards that key may go."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from aims.core.sealing import SealBroken
from aims.core.second_factor import seal_again


class Command(BaseCommand):
    help = "Seals secrets of second factors with the first key of FIELD_KEY. Run it after a rotation."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        factors = Authenticator.objects.select_for_update().order_by("pk")
        try:
            count = sum(seal_again(factor) for factor in factors)
        except SealBroken as lost:
            raise CommandError("FIELD_KEY lacks a key that sealed a secret. Nothing was changed.") from lost
        self.stdout.write(f"Sealed again: {count} second factors and sets of recovery codes.")
