"""The API for people: members, what they own, exceptions from separation of duties, delegations."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.enums import HUMAN_ROLES
from aims.core.models import Delegation, Member, SeparationException
from aims.core.queries import separation as reads
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.services import delegations, handing_over, separation
from aims.core.services.organizations import change_roles
from aims.core.services.sign_in import end_sessions

NO_MEMBER = "There is no such member."
ROLES = [role.value for role in HUMAN_ROLES]


class MemberOut(serializers.ModelSerializer):
    roles = serializers.ListField(child=serializers.CharField(), read_only=True)
    roles_from_groups = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Member
        fields = (
            "id",
            "name",
            "email",
            "roles",
            "roles_from_groups",
            "is_active",
            "hand_over_since",
            "joined_at",
        )
        read_only_fields = fields


class RolesIn(serializers.Serializer):
    roles = serializers.ListField(child=serializers.CharField(max_length=30), min_length=1, max_length=20)


class HandOverIn(serializers.Serializer):
    record = serializers.CharField(max_length=60, help_text="As `ownerships` names it, such as systems:12")
    to = serializers.IntegerField(help_text="The id of the member who takes it")


class HandOversIn(serializers.Serializer):
    hand_over = serializers.ListField(child=HandOverIn(), max_length=1000)


class DeactivateIn(serializers.Serializer):
    reason = serializers.CharField(max_length=300)
    hand_over = serializers.ListField(child=HandOverIn(), required=False, default=list, max_length=1000)


class OwnedOut(serializers.Serializer):
    record = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())


@extend_schema_view(
    list=extend_schema(operation_id="members_list"),
    retrieve=extend_schema(operation_id="members_retrieve", parameters=[ID]),
)
@extend_schema(tags=["people"])
class MemberViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """The people of the organization, their roles and what they answer for. They join by `invitations`."""

    serializer_class = MemberOut
    verbs = {
        "list": "core.view_people",
        "retrieve": "core.view_people",
        "roles": "core.manage_people",
        "ownerships": "core.view_people",
        "hand_over": "core.hand_over",
        "deactivate": "core.manage_people",
        "end_sessions": "core.manage_people",
    }

    def get_queryset(self) -> Any:
        return Member.objects.order_by("name", "pk")

    @extend_schema(operation_id="members_roles", parameters=[ID], request=RolesIn, responses={200: MemberOut})
    @action(detail=True, methods=["post"])
    def roles(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Set all roles of a member; a role of one's own is refused (SOD-06)."""
        member = self.active_member()
        change_roles(actor=self.actor, member=member, **self.clean(RolesIn))
        return Response(MemberOut(member).data)

    @extend_schema(
        operation_id="members_ownerships",
        parameters=[ID],
        responses={200: OwnedOut(many=True)},
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def ownerships(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Everything that has to go to somebody else before the member leaves."""
        return Response(
            [
                {
                    "record": holding.name_of(owned),
                    "kind": holding.ownership.title,
                    "title": owned.label,
                    "url": owned.url,
                    "roles": sorted(holding.ownership.roles),
                }
                for holding in handing_over.holdings(self.get_object())
                for owned in holding.records
            ]
        )

    @extend_schema(
        operation_id="members_hand_over", parameters=[ID], request=HandOversIn, responses={200: MemberOut}
    )
    @action(detail=True, methods=["post"], url_path="hand-over")
    def hand_over(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give records of a member to others, all of them or none; also of one whom the directory took."""
        member = self.get_object()
        if not member.is_active and member.hand_over_since is None:
            raise Http404
        values = self.clean(HandOversIn)
        handing_over.hand_over(actor=self.actor, member=member, to=_takers(values["hand_over"]))
        return Response(MemberOut(member).data)

    @extend_schema(
        operation_id="members_deactivate", parameters=[ID], request=DeactivateIn, responses={200: MemberOut}
    )
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Hand everything over and end the access, in one act. It holds with the next request."""
        member = self.active_member()
        values = self.clean(DeactivateIn)
        handing_over.end_access(
            actor=self.actor,
            member=member,
            reason=values["reason"],
            to=_takers(values["hand_over"]),
            now=self.now,
        )
        return Response(MemberOut(member).data)

    @extend_schema(
        operation_id="members_end_sessions", parameters=[ID], request=None, responses={200: MemberOut}
    )
    @action(detail=True, methods=["post"], url_path="end-sessions")
    def end_sessions(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Sign the member out of this organization on every device; they may sign in again."""
        member = self.active_member()
        end_sessions(actor=self.actor, member=member, now=self.now)
        return Response(MemberOut(member).data)

    def active_member(self) -> Member:
        member: Member = self.get_object()
        if not member.is_active:
            raise Http404
        return member


def _takers(lines: list[dict[str, Any]]) -> dict[str, Member]:
    wanted = {line["to"] for line in lines}
    known = Member.objects.active().in_bulk([pk for pk in wanted if pk < 2**63])
    for pk in wanted - set(known):
        record(Member.objects.none(), pk, field="hand_over", sentence=NO_MEMBER)
    return {line["record"]: known[line["to"]] for line in lines}


class ExceptionOut(serializers.ModelSerializer):
    member = serializers.CharField(source="member.name", read_only=True)
    granted_by = serializers.CharField(source="granted_by.name", read_only=True)
    may = serializers.SerializerMethodField()

    class Meta:
        model = SeparationException
        fields = (
            "id",
            "reference",
            "rule",
            "member_id",
            "member",
            "may",
            "object_type",
            "object_id",
            "reason",
            "compensating_check",
            "ends_on",
            "granted_by",
            "granted_at",
            "ended_at",
        )
        read_only_fields = fields

    def get_may(self, exception: SeparationException) -> str:
        return reads.act_of(exception)


class ExceptionIn(serializers.Serializer):
    act = serializers.CharField(max_length=80, help_text="Rule and kind, such as `SOD-05 core.evidence`")
    member_id = serializers.IntegerField()
    record = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=2000)
    compensating_check = serializers.CharField(max_length=2000)
    ends_on = serializers.DateField()


@extend_schema_view(
    list=extend_schema(operation_id="exceptions_list"),
    retrieve=extend_schema(operation_id="exceptions_retrieve", parameters=[ID]),
)
@extend_schema(tags=["people"])
class ExceptionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Exceptions from separation of duties. Keys read them; a person grants and ends them."""

    serializer_class = ExceptionOut
    verbs = {
        "list": "core.view_separation",
        "retrieve": "core.view_separation",
        "create": "core.grant_exception",
        "end": "core.grant_exception",
    }

    def get_queryset(self) -> Any:
        return reads.exceptions().order_by("-pk")

    @extend_schema(operation_id="exceptions_create", request=ExceptionIn, responses={201: ExceptionOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Let one person, for a time, stand on both sides of one act; never oneself."""
        values = self.clean(ExceptionIn)
        act = separation.act_named(values.pop("act"))
        member = record(
            Member.objects.active(), values.pop("member_id"), field="member_id", sentence=NO_MEMBER
        )
        found = separation.grant_exception(actor=self.actor, act=act, member=member, now=self.now, **values)
        return Response(ExceptionOut(found).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="exceptions_end", parameters=[ID], request=None, responses={200: ExceptionOut}
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """From now on the rule holds again."""
        exception = self.get_object()
        separation.end_exception(actor=self.actor, exception=exception, now=self.now)
        exception.refresh_from_db()
        return Response(ExceptionOut(exception).data)


class DelegationOut(serializers.ModelSerializer):
    delegator = serializers.CharField(source="delegator.name", read_only=True)
    delegate = serializers.CharField(source="delegate.name", read_only=True)
    role = serializers.CharField(read_only=True)

    class Meta:
        model = Delegation
        fields = (
            "id",
            "delegator_id",
            "delegator",
            "delegate_id",
            "delegate",
            "role",
            "starts_on",
            "ends_on",
            "reason",
            "revoked_at",
        )
        read_only_fields = fields


class DelegationIn(serializers.Serializer):
    delegate_id = serializers.IntegerField()
    role = serializers.ChoiceField(choices=ROLES)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    reason = serializers.CharField(max_length=300)


@extend_schema_view(
    list=extend_schema(operation_id="delegations_list"),
    retrieve=extend_schema(operation_id="delegations_retrieve", parameters=[ID]),
)
@extend_schema(tags=["people"])
class DelegationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Duties delegated for a time. Keys read them; the person who has the duties delegates."""

    serializer_class = DelegationOut
    verbs = {
        "list": "core.view_separation",
        "retrieve": "core.view_separation",
        "create": "core.delegate_duties",
        "revoke": "core.delegate_duties",
    }

    def get_queryset(self) -> Any:
        return reads.delegations().order_by("-pk")

    @extend_schema(operation_id="delegations_create", request=DelegationIn, responses={201: DelegationOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Let another member act in one of one's own roles."""
        values = self.clean(DelegationIn)
        delegate = record(
            Member.objects.active(), values.pop("delegate_id"), field="delegate_id", sentence=NO_MEMBER
        )
        row = delegations.delegate_duties(actor=self.actor, delegate=delegate, now=self.now, **values)
        return Response(DelegationOut(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="delegations_revoke", parameters=[ID], request=None, responses={200: DelegationOut}
    )
    @action(detail=True, methods=["post"])
    def revoke(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """By either of the two; it ends with the delegate's next request."""
        row = self.get_object()
        delegations.revoke_delegation(actor=self.actor, delegation=row, now=self.now)
        row.refresh_from_db()
        return Response(DelegationOut(row).data)
