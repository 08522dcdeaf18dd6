from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from aims.core.enums import SignInProtocol
from aims.core.tenancy.models import TenantManager, TenantModel, TenantQuerySet


class EmailDomainQuerySet(TenantQuerySet):
    def verified(self) -> EmailDomainQuerySet:
        return self.exclude(verified_at=None)


class EmailDomain(TenantModel):
    """A domain of e-mail addresses that the organization claims, and proves to hold by a DNS record."""

    domain = models.CharField(max_length=253)
    proof = models.CharField(max_length=64)
    created_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    verified_at = models.DateTimeField(null=True)

    objects = TenantManager.of(EmailDomainQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "domain"], name="email_domain_once"),
        ]
        ordering = ["domain"]

    def __str__(self) -> str:
        return self.domain


class SignInConnection(TenantModel):
    """An identity provider through which members sign in. At most one of an organization is switched on."""

    name = models.CharField(max_length=100)
    kind = models.CharField(
        max_length=4, choices=SignInProtocol.choices, default=SignInProtocol.OIDC, verbose_name="protocol"
    )
    issuer = models.CharField(max_length=500)
    client_id = models.CharField(max_length=200, blank=True)
    sealed_secret = models.TextField(blank=True)
    sign_in_url = models.CharField(max_length=500, blank=True)
    certificates = ArrayField(models.TextField(), default=list)
    is_on = models.BooleanField(default=False)
    is_demanded = models.BooleanField(default=False)
    exempt_member = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    tested_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey("core.Member", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="sign_in_connection_name_once"),
            models.UniqueConstraint(
                fields=["organization", "is_on"],
                condition=models.Q(is_on=True),
                name="one_sign_in_connection_on",
            ),
            models.CheckConstraint(
                condition=models.Q(is_on=False) | models.Q(tested_at__isnull=False),
                name="sign_in_connection_tested_before_on",
            ),
            models.CheckConstraint(
                condition=models.Q(is_demanded=False) | models.Q(is_on=True, exempt_member__isnull=False),
                name="single_sign_on_demanded_with_a_way_in",
            ),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ExternalIdentity(TenantModel):
    """A person as an identity provider of the organization names them."""

    connection = models.ForeignKey(SignInConnection, on_delete=models.CASCADE, related_name="identities")
    subject = models.CharField(max_length=300)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "subject"], name="external_identity_once"
            ),
        ]
        indexes = [models.Index(fields=["organization", "user"], name="external_identity_user")]

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.subject}"


class SamlAnswer(TenantModel):
    """An answer of a SAML provider that held: it counts once, for the browser that asked for it.

    Kept until it would have expired, so that it is known when it is sent again.
    """

    connection = models.ForeignKey(SignInConnection, on_delete=models.CASCADE, related_name="answers")
    identifier_hash = models.CharField(max_length=64)
    ticket_hash = models.CharField(max_length=64)
    answers = models.CharField(max_length=100)
    subject = models.CharField(max_length=300, blank=True)
    email = models.CharField(max_length=254, blank=True)
    name = models.CharField(max_length=150, blank=True)
    proved_at = models.FloatField(null=True)
    received_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    usable_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "identifier_hash"], name="saml_answer_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.received_at}"
