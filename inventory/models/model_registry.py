from __future__ import annotations

from django.db import models

from aims.core.sealing import unseal
from aims.core.tenancy.models import TenantModel


class ModelRegistry(TenantModel):
    """The MLflow server of an organization: read when somebody asks for it, never by itself.

    Not tracked: a history would keep tokens that were replaced.
    """

    address = models.CharField(max_length=500)
    user_name = models.CharField(max_length=200, blank=True)
    sealed_token = models.TextField(blank=True)
    all_versions = models.BooleanField(default=False)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="model_registry_once")]

    def __str__(self) -> str:
        return self.address

    @property
    def has_token(self) -> bool:
        return bool(self.sealed_token)

    @property
    def token(self) -> str:
        """Raises SealBroken where FIELD_KEY no longer holds the key it was sealed with."""
        return unseal(self.sealed_token) if self.sealed_token else ""
