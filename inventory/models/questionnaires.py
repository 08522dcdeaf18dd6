from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import QuestionnaireState
from inventory.models.suppliers import Supplier
from inventory.rules.questionnaires import OPEN, RUNNING


class QuestionnaireQuerySet(TenantQuerySet):
    def open(self) -> QuestionnaireQuerySet:
        """Those that a supplier can still write in."""
        return self.filter(state__in=OPEN)

    def running(self) -> QuestionnaireQuerySet:
        """Those that somebody has to do something about, there or here."""
        return self.filter(state__in=RUNNING)


@tracked
class SupplierQuestionnaire(TenantModel):
    """Questions put to a supplier at an outside address, answered by a link without an account (A.10.3).

    Of the link only a digest is kept. It dies when it is sent again or withdrawn, and at `expires_at`.
    """

    reference = models.CharField(max_length=20, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="questionnaires")
    catalog_version = models.CharField(max_length=20)
    questions = models.JSONField(default=list)
    recipient = models.EmailField()
    contact_name = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True, help_text="What the mail says beside the link")
    due_date = models.DateField()
    state = models.CharField(
        max_length=20, choices=QuestionnaireState.choices, default=QuestionnaireState.SENT
    )
    digest = models.CharField(max_length=64, blank=True, editable=False)
    times_sent = models.PositiveSmallIntegerField(default=1)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    handed_in_at = models.DateTimeField(null=True)
    handed_in_name = models.CharField(max_length=200, blank=True)
    handed_in_role = models.CharField(max_length=200, blank=True)
    hand_ins = models.PositiveSmallIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the answers as last handed in")
    comment = models.TextField(blank=True, help_text="What the reviewer said last")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantManager.of(QuestionnaireQuerySet)
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "reference"], name="questionnaire_reference_once"
            ),
            models.UniqueConstraint(
                fields=["organization", "supplier"],
                condition=models.Q(state__in=sorted(RUNNING)),
                name="questionnaire_runs_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "supplier"], name="questionnaire_supplier"),
            models.Index(fields=["organization", "digest"], name="questionnaire_digest"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("questionnaire", args=[self.organization_slug, self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING


@tracked
class QuestionnaireAnswer(TenantModel):
    """What a supplier says to one question; a new word takes the place of the old one."""

    questionnaire = models.ForeignKey(SupplierQuestionnaire, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=40, help_text="Its id in the catalog")
    text = models.TextField()
    saved_at = models.DateTimeField()
    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "questionnaire", "question"], name="questionnaire_answer_once"
            )
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.question
