"""The API of sign-in: e-mail domains, connections to identity providers, groups of the directory.

No key may use it.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.enums import SignInProtocol
from aims.core.models import DirectoryGroup, EmailDomain, Member, SignInConnection
from aims.core.queries.provisioning import groups
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.services import connections, email_domains
from aims.core.services.provisioning import map_group


class EmailDomainOut(serializers.ModelSerializer):
    record_name = serializers.SerializerMethodField()
    record_value = serializers.SerializerMethodField()

    class Meta:
        model = EmailDomain
        fields = ("id", "domain", "verified_at", "created_at", "record_name", "record_value")
        read_only_fields = fields

    def get_record_name(self, domain: EmailDomain) -> str:
        return email_domains.record_name(domain)

    def get_record_value(self, domain: EmailDomain) -> str:
        return email_domains.record_value(domain)


class EmailDomainIn(serializers.Serializer):
    domain = serializers.CharField(max_length=253)


@extend_schema_view(
    list=extend_schema(operation_id="email_domains_list"),
    retrieve=extend_schema(operation_id="email_domains_retrieve", parameters=[ID]),
)
@extend_schema(tags=["sign-in"])
class EmailDomainViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Domains of e-mail addresses that the organization claims and proves by a TXT record."""

    serializer_class = EmailDomainOut
    verbs = {
        "list": "core.view_sign_in",
        "retrieve": "core.view_sign_in",
        "create": "core.manage_sign_in",
        "verify": "core.manage_sign_in",
        "destroy": "core.manage_sign_in",
    }

    def get_queryset(self) -> Any:
        return EmailDomain.objects.order_by("-pk")

    @extend_schema(
        operation_id="email_domains_create", request=EmailDomainIn, responses={201: EmailDomainOut}
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Claim a domain; the answer says which record proves it."""
        made = email_domains.claim_domain(actor=self.actor, **self.clean(EmailDomainIn))
        return Response(EmailDomainOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="email_domains_verify", parameters=[ID], request=None, responses={200: EmailDomainOut}
    )
    @action(detail=True, methods=["post"])
    def verify(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Look for the record now."""
        domain = self.get_object()
        email_domains.prove_domain(actor=self.actor, domain=domain, now=self.now)
        return Response(EmailDomainOut(domain).data)

    @extend_schema(operation_id="email_domains_destroy", parameters=[ID], responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give the domain up; its addresses are no longer led to single sign-on."""
        email_domains.remove_domain(actor=self.actor, domain=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConnectionOut(serializers.ModelSerializer):
    """Everything but the secret, which is never readable again."""

    certificates = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = SignInConnection
        fields = (
            "id",
            "name",
            "kind",
            "issuer",
            "client_id",
            "sign_in_url",
            "certificates",
            "is_on",
            "is_demanded",
            "exempt_member_id",
            "tested_at",
            "created_at",
        )
        read_only_fields = fields


class ConnectionChangeIn(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    issuer = serializers.CharField(max_length=500)
    client_id = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    secret = serializers.CharField(
        max_length=500,
        write_only=True,
        required=False,
        allow_blank=True,
        default="",
        help_text="Never answered. On a change, empty keeps the stored one.",
    )
    sign_in_url = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        default="",
        help_text="SAML: where the provider is asked",
    )
    certificates = serializers.ListField(
        child=serializers.CharField(max_length=20_000),
        required=False,
        default=list,
        max_length=2,
        help_text="SAML: the provider's signing certificate in PEM form, or two while it changes its key",
    )


class ConnectionIn(ConnectionChangeIn):
    kind = serializers.ChoiceField(choices=SignInProtocol.choices, default=SignInProtocol.OIDC)


class DemandIn(serializers.Serializer):
    exempt_member_id = serializers.IntegerField(min_value=1)


def _act(operation: str, request: Any = None) -> Any:
    return extend_schema(
        operation_id=f"sign_in_connections_{operation}",
        parameters=[ID],
        request=request,
        responses={200: ConnectionOut},
    )


@extend_schema_view(
    list=extend_schema(operation_id="sign_in_connections_list"),
    retrieve=extend_schema(operation_id="sign_in_connections_retrieve", parameters=[ID]),
)
@extend_schema(tags=["sign-in"])
class SignInConnectionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Connections to identity providers. The test before the first use is done by a person on the page."""

    serializer_class = ConnectionOut
    verbs = {
        "list": "core.view_sign_in",
        "retrieve": "core.view_sign_in",
        "create": "core.manage_sign_in",
        "update": "core.manage_sign_in",
        "destroy": "core.manage_sign_in",
        "switch_on": "core.manage_sign_in",
        "switch_off": "core.manage_sign_in",
        "demand": "core.manage_sign_in",
        "relax": "core.manage_sign_in",
    }

    def get_queryset(self) -> Any:
        return SignInConnection.objects.order_by("-pk")

    @extend_schema(
        operation_id="sign_in_connections_create", request=ConnectionIn, responses={201: ConnectionOut}
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A new connection, off until it was tested."""
        made = connections.add_connection(actor=self.actor, **self.clean(ConnectionIn))
        return Response(ConnectionOut(made).data, status=status.HTTP_201_CREATED)

    @_act("update", ConnectionChangeIn)
    def update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change it. Anything but the name or one of two certificates switches it off until a test."""
        connection = self.get_object()
        connections.change_connection(
            actor=self.actor, connection=connection, **self.clean(ConnectionChangeIn)
        )
        return Response(ConnectionOut(connection).data)

    @extend_schema(operation_id="sign_in_connections_destroy", parameters=[ID], responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Remove a connection that is off, with its secret and the links to people's accounts."""
        connections.remove_connection(actor=self.actor, connection=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @_act("switch_on")
    @action(detail=True, methods=["post"], url_path="switch-on")
    def switch_on(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Lead addresses of verified domains to it. Needs a test that passed."""
        return self._done(connections.switch_on)

    @_act("switch_off")
    @action(detail=True, methods=["post"], url_path="switch-off")
    def switch_off(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Members sign in with their passwords again."""
        return self._done(connections.switch_off)

    @_act("demand", DemandIn)
    @action(detail=True, methods=["post"])
    def demand(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Close the way by password, but for one administrator."""
        pk = self.clean(DemandIn)["exempt_member_id"]
        member = record(
            Member.objects.all(), pk, field="exempt_member_id", sentence="There is no such member."
        )
        return self._done(connections.demand_single_sign_on, exempt_member=member)

    @_act("relax")
    @action(detail=True, methods=["post"])
    def relax(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Members may sign in with a password again."""
        return self._done(connections.relax_single_sign_on)

    def _done(self, verb: Any, **further: Any) -> Response:
        connection = self.get_object()
        verb(actor=self.actor, connection=connection, **further)
        return Response(ConnectionOut(connection).data)


class DirectoryGroupOut(serializers.ModelSerializer):
    roles = serializers.ListField(child=serializers.CharField(), read_only=True)
    member_ids = serializers.SerializerMethodField()

    class Meta:
        model = DirectoryGroup
        fields = ("id", "name", "external_id", "roles", "member_ids", "changed_at")
        read_only_fields = fields

    def get_member_ids(self, group: DirectoryGroup) -> list[int]:
        return [entry.member_id for entry in group.entries.all()]  # type: ignore[attr-defined]


class GroupRolesIn(serializers.Serializer):
    roles = serializers.ListField(child=serializers.CharField(max_length=30), max_length=20)


@extend_schema_view(
    list=extend_schema(operation_id="directory_groups_list"),
    retrieve=extend_schema(operation_id="directory_groups_retrieve", parameters=[ID]),
)
@extend_schema(tags=["sign-in"])
class DirectoryGroupViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Groups that the organization's directory keeps by SCIM, and the roles that each gives."""

    serializer_class = DirectoryGroupOut
    verbs = {
        "list": "core.view_sign_in",
        "retrieve": "core.view_sign_in",
        "roles": "core.map_groups",
    }

    def get_queryset(self) -> Any:
        return groups()

    @extend_schema(
        operation_id="directory_groups_roles",
        parameters=[ID],
        request=GroupRolesIn,
        responses={200: DirectoryGroupOut},
    )
    @action(detail=True, methods=["post"])
    def roles(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Set the roles that the group gives, none with an empty list; its members have them at once."""
        group = self.get_object()
        map_group(actor=self.actor, group=group, **self.clean(GroupRolesIn))
        return Response(DirectoryGroupOut(group).data)
