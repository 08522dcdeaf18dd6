from __future__ import annotations

from django.db import models


class OperatorEvent(models.Model):
    """One line of the trail of the installation: what its operators did, outside any organization.

    Only the operators' login reads and adds lines. `seq`, `previous` and `hash` are set by a trigger, by the
    rule of the organizations' trails: hash = sha256(previous || int8 seq || body).
    """

    body = models.TextField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    action = models.CharField(max_length=80)
    organization_slug = models.CharField(max_length=60, blank=True)
    seq = models.BigIntegerField(null=True, editable=False, unique=True)
    previous = models.BinaryField(null=True, editable=False)
    hash = models.BinaryField(null=True, editable=False)

    class Meta:
        ordering = ["-seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"
