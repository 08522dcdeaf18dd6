"""Invitations in the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core import invitations
from aims.core.models import Invitation
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet


class InvitationOut(serializers.ModelSerializer):
    is_expired = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields = ("id", "email", "name", "roles", "sent_at", "times_sent", "expires_at", "is_expired")
        read_only_fields = fields

    def get_is_expired(self, invitation: Invitation) -> bool:
        return invitation.is_expired(timezone.now())


class InvitationIn(serializers.Serializer):
    email = serializers.EmailField()
    name = serializers.CharField(max_length=150)
    roles = serializers.ListField(child=serializers.CharField(max_length=30), allow_empty=False)


@extend_schema_view(list=extend_schema(operation_id="invitations_list"))
@extend_schema(tags=["people"])
class InvitationViewSet(mixins.ListModelMixin, TenantViewSet):
    """Invitations that nobody accepted or withdrew yet. The link itself goes to the address only."""

    serializer_class = InvitationOut
    verbs = {
        "list": "core.view_invitations",
        "create": "core.manage_invitations",
        "resend": "core.manage_invitations",
        "withdraw": "core.manage_invitations",
    }

    def get_queryset(self) -> Any:
        return Invitation.objects.waiting().filter(grant=None).order_by("-pk")

    @extend_schema(operation_id="invitations_create", request=InvitationIn, responses={201: InvitationOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Invite a person to roles; they join when they accept by the link of the mail."""
        invitation = invitations.invite(actor=self.actor, now=self.now, **self.clean(InvitationIn))
        return Response(InvitationOut(invitation).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="invitations_resend", parameters=[ID], request=None, responses={200: InvitationOut}
    )
    @action(detail=True, methods=["post"])
    def resend(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send a new link, valid for another week; the old one stops working."""
        invitation = invitations.resend(actor=self.actor, invitation=self.get_object(), now=self.now)
        return Response(InvitationOut(invitation).data)

    @extend_schema(operation_id="invitations_withdraw", parameters=[ID], request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The link stops working."""
        invitations.withdraw(actor=self.actor, invitation=self.get_object(), now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)
