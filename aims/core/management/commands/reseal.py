"""Seals anew, with the first key of FIELD_KEY, whatever an earlier key sealed; afterwards that key may go."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from aims.core import directory
from aims.core.sealing import SealBroken, seal, unseal
from aims.core.second_factor import seal_again
from aims.core.tenancy.context import acting_in
from aims.core.tenancy.policies import tenant_models


class Command(BaseCommand):
    help = "Seals every secret with the first key of FIELD_KEY. Run it after a rotation."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        factors = Authenticator.objects.select_for_update().order_by("pk")
        try:
            sealed = sum(seal_again(factor) for factor in factors)
            kept = sum(_secrets(number) for number in directory.organization_ids())
        except SealBroken as lost:
            raise CommandError("FIELD_KEY lacks a key that sealed a secret. Nothing was changed.") from lost
        self.stdout.write(
            f"Sealed again: {sealed} second factors and sets of recovery codes, "
            f"{kept} other secrets of organizations."
        )


def _secrets(organization_id: int) -> int:
    """What the tables of the organization keep sealed, but for what only the people it names may read."""
    with acting_in(organization_id):
        return sum(
            _sealed_again(model._default_manager, field.name)
            for model in tenant_models()
            if not getattr(model, "confidential", "")
            for field in model._meta.fields
            if field.name.startswith("sealed_")
        )


def _sealed_again(rows: Any, column: str) -> int:
    held = rows.exclude(**{column: ""}).select_for_update().order_by("pk")
    for row in held:
        rows.filter(pk=row.pk).update(**{column: seal(unseal(getattr(row, column)))})
    return len(held)
