from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet
from aims.core.tracking import tracked
from inventory.enums import (
    AlertKind,
    AlertSeverity,
    AlertState,
    ChartKind,
    MetricDirection,
    MetricFrequency,
    MetricKind,
    MetricSource,
    ReEvaluationAnswer,
)
from inventory.models.systems import AISystem
from inventory.rules.monitoring import BOUNDS, UNFINISHED, Limits, Window


@tracked
class Metric(TenantModel):
    """What is measured of an AI system in operation, and the limits within which it is fit (9.1, A.6.2.6)."""

    reference = models.CharField(max_length=20, editable=False)
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="metrics")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=MetricKind.choices)
    definition = models.TextField(blank=True)
    unit = models.CharField(max_length=30, blank=True)
    source = models.CharField(max_length=8, choices=MetricSource.choices, default=MetricSource.API)
    frequency = models.CharField(
        max_length=10, choices=MetricFrequency.choices, default=MetricFrequency.DAILY
    )
    grace_hours = models.PositiveIntegerField(null=True, blank=True)
    direction = models.CharField(max_length=8, choices=MetricDirection.choices)
    warning_low = models.FloatField(null=True, blank=True)
    warning_high = models.FloatField(null=True, blank=True)
    critical_low = models.FloatField(null=True, blank=True)
    critical_high = models.FloatField(null=True, blank=True)
    #: group -> the bounds that differ there; an empty one takes those of the metric
    groups = models.JSONField(default=dict, blank=True)
    warning_breaches = models.PositiveSmallIntegerField(default=2)
    warning_of = models.PositiveSmallIntegerField(default=3)
    critical_breaches = models.PositiveSmallIntegerField(default=1)
    critical_of = models.PositiveSmallIntegerField(default=1)
    minimum_sample = models.PositiveIntegerField(null=True, blank=True)
    chart = models.CharField(max_length=12, choices=ChartKind.choices, default=ChartKind.INDIVIDUALS)
    escalate_hours = models.PositiveIntegerField(default=24)
    recurrence_days = models.PositiveIntegerField(default=30)
    retention_months = models.PositiveIntegerField(null=True, blank=True)
    owner = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=False)
    #: from when on readings are expected
    active_since = models.DateTimeField(null=True)
    paused_because = models.TextField(blank=True)
    registered_at = models.DateTimeField()
    row_version = models.PositiveIntegerField(default=1, editable=False)

    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="metric_reference_once"),
            models.UniqueConstraint(fields=["organization", "system", "name"], name="metric_name_once"),
        ]
        indexes = [models.Index(fields=["organization", "owner"], name="metric_owner")]
        ordering = ["reference"]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("metric", args=[self.organization_slug, self.pk])

    @property
    def is_share(self) -> bool:
        return self.chart == ChartKind.SHARES

    @property
    def streams(self) -> list[str]:
        """The groups of which readings are expected; one without a name where there are none."""
        return sorted(self.groups) or [""]

    def limits_for(self, group: str = "") -> Limits:
        """Those of the group where it has its own, else of the metric."""
        own = self.groups.get(group) or {}
        return Limits(**{bound: own.get(bound, getattr(self, bound)) for bound in BOUNDS})

    @property
    def warning_window(self) -> Window:
        return Window(self.warning_breaches, self.warning_of)

    @property
    def critical_window(self) -> Window:
        return Window(self.critical_breaches, self.critical_of)


class ReadingBatch(TenantModel):
    """Readings that came together: by which way, from whom."""

    append_only: ClassVar[bool] = True

    source = models.CharField(max_length=8, choices=MetricSource.choices)
    note = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    entry_sees: ClassVar[bool | None] = True

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Readings of {self.recorded_at}"


class ReadingQuerySet(TenantQuerySet):
    def standing(self, *, until: datetime.datetime | None = None) -> ReadingQuerySet:
        """Without those that a later one corrected; of a past moment, as it was known then."""
        known, later = self, MetricReading.objects.filter(corrects=models.OuterRef("pk"))
        if until is not None:
            known, later = self.filter(recorded_at__lte=until), later.filter(recorded_at__lte=until)
        return known.filter(~models.Exists(later))


class MetricReading(TenantModel):
    """One measured value. Never changed: a correction is a reading of its own that says why."""

    append_only: ClassVar[bool] = True

    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="readings")
    batch = models.ForeignKey(ReadingBatch, on_delete=models.PROTECT, related_name="readings")
    group = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()
    period_start = models.DateTimeField(null=True)
    value = models.FloatField()
    sample_size = models.PositiveIntegerField(null=True)
    client_id = models.CharField(max_length=100, blank=True)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField()

    objects = TenantManager.of(ReadingQuerySet)

    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "metric", "group", "at"],
                condition=Q(corrects=None),
                name="reading_moment_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "metric", "client_id"],
                condition=~Q(client_id=""),
                name="reading_client_id_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "corrects"],
                condition=~Q(corrects=None),
                name="reading_corrected_once",
            ),
        ]
        indexes = [models.Index(fields=["organization", "metric", "at"], name="reading_metric_at")]
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.value:g} at {self.at}"


class AlertQuerySet(TenantQuerySet):
    def unfinished(self) -> AlertQuerySet:
        return self.filter(state__in=UNFINISHED)


@tracked
class Alert(TenantModel):
    """A metric left its limits, or its readings stay out: somebody has to look at it (SM-19)."""

    reference = models.CharField(max_length=20, editable=False)
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="alerts")
    group = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=8, choices=AlertKind.choices)
    severity = models.CharField(max_length=8, choices=AlertSeverity.choices)
    state = models.CharField(max_length=20, choices=AlertState.choices, default=AlertState.OPEN)
    state_since = models.DateTimeField()
    #: of the reading that breached, or when the missing one was due
    happened_at = models.DateTimeField()
    reading = models.ForeignKey(MetricReading, null=True, on_delete=models.PROTECT, related_name="+")
    breach_count = models.PositiveIntegerField(default=1)
    recurrences = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="To be acknowledged by then")
    acknowledged_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    action = models.TextField(blank=True)
    action_due_date = models.DateField(null=True)
    incident = models.CharField(max_length=200, blank=True)
    dismissal_agreed_by = models.ForeignKey(
        "core.Member", null=True, on_delete=models.PROTECT, related_name="+"
    )
    finished_at = models.DateTimeField(null=True)
    finding = models.TextField(blank=True, help_text="What was found, or why it was no alarm")
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = TenantManager.of(AlertQuerySet)

    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "reference"], name="alert_reference_once"),
            models.UniqueConstraint(
                fields=["organization", "metric", "group", "kind"],
                condition=Q(state__in=UNFINISHED),
                name="alert_one_unfinished",
            ),
        ]
        indexes = [models.Index(fields=["organization", "state"], name="alert_state")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("alert", args=[self.organization_slug, self.pk])

    @property
    def title(self) -> str:
        of_group = f", {self.group}" if self.group else ""
        return f"{self.get_kind_display()}: {self.metric.name}{of_group}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED


@tracked
class ReEvaluationProposal(TenantModel):
    """An alert asks whether a system is evaluated again; the answer stays on record, also a no (8.2)."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="proposals")
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    answer = models.CharField(
        max_length=8, choices=ReEvaluationAnswer.choices, default=ReEvaluationAnswer.OPEN
    )
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    entry_sees: ClassVar[bool | None] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "alert"],
                condition=Q(answer=ReEvaluationAnswer.OPEN),
                name="re_evaluation_one_open",
            )
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Re-evaluation of {self.system_id}"

    def get_absolute_url(self) -> str:
        url: Any = reverse("alert", args=[self.organization_slug, self.alert_id])
        return str(url)
