from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from aims.core.enums import MailState
from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet


class Mail(TenantModel):
    """Outgoing mail, written in the transaction that caused it and sent by a worker.

    `dedupe` is unique and becomes the Message-ID, so that a repeated hand-over carries the same one.
    """

    dedupe = models.CharField(max_length=160)
    recipient = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    text_is_secret = models.BooleanField(default=False, db_default=False)
    even_suspended = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "dedupe"], name="mail_once")]
        indexes = [models.Index(fields=["organization", "state"], name="mail_state")]

    def __str__(self) -> str:
        return self.subject


class NotificationQuerySet(TenantQuerySet):
    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)


class Notification(TenantModel):
    """The in-app message: the exactly-once channel, written with what it tells of."""

    member = models.ForeignKey("core.Member", on_delete=models.CASCADE, related_name="+")
    dedupe = models.CharField(max_length=160)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    objects = TenantManager.of(NotificationQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "member", "dedupe"], name="notification_once"),
        ]
        indexes = [models.Index(fields=["organization", "member", "-created_at"], name="notification_member")]

    def __str__(self) -> str:
        return self.text


class Reminder(TenantModel):
    """The record that one person was reminded of one due date once, kept as evidence."""

    rule = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    due_date = models.DateField()
    days_before = models.SmallIntegerField(help_text="Negative when overdue")
    member = models.ForeignKey("core.Member", on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "organization",
                    "rule",
                    "object_type",
                    "object_id",
                    "due_date",
                    "days_before",
                    "member",
                ],
                name="reminder_once",
            ),
        ]

    def __str__(self) -> str:
        return self.text
