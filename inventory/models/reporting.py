from __future__ import annotations

from django.db import models

from aims.core.sealing import SealBroken, unseal
from aims.core.tenancy.models import TenantModel
from inventory.models.incidents import Incident


class ReportingForm(TenantModel):
    """The public form of an organization for harm and complaints (A.8.3); off until switched on."""

    token = models.CharField(
        max_length=43, editable=False, help_text="The part of its address nobody guesses"
    )
    public_name = models.CharField(max_length=200, help_text="What the organization calls itself there")
    text = models.TextField(blank=True)
    is_on = models.BooleanField(default=False)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="reporting_form_once")]

    def __str__(self) -> str:
        return self.public_name


class OutsideReport(TenantModel):
    """What came in by the public form: the receipt its sender has, and how to reach them.

    Not tracked and no part of any pack: the address of somebody outside is kept once and can be forgotten.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="outside_reports")
    receipt = models.CharField(max_length=20)
    sealed_contact = models.TextField(blank=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "incident"], name="outside_report_once"),
            models.UniqueConstraint(fields=["organization", "receipt"], name="outside_receipt_once"),
        ]

    def __str__(self) -> str:
        return self.receipt

    @property
    def contact(self) -> str:
        try:
            return unseal(self.sealed_contact) if self.sealed_contact else ""
        except SealBroken:
            return ""
