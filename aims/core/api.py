"""The core's part of the API: evidence, jobs, the trail, and who one is."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from aims.core import blobs, evidence, invitations, people_api, texts
from aims.core.days import local_today
from aims.core.enums import EvidenceKind, EvidenceState, JobState
from aims.core.erasure_api import ErasureViewSet
from aims.core.key_api import KeyViewSet
from aims.core.models import Evidence, Invitation, Job, TrailEvent
from aims.core.operator_entry_api import OperatorEntryViewSet
from aims.core.queries import evidence as reads
from aims.core.queries.trail import filtered_trail
from aims.core.rest.records import ID, only_one
from aims.core.rest.views import TenantViewSet
from aims.core.saved_view_api import SavedViewViewSet
from aims.core.services.sign_in import (
    LONGEST_IDLE_MINUTES,
    SHORTEST_IDLE_MINUTES,
    change_sign_in_rules,
    sign_in_rules_of,
)
from aims.core.services.trail import verify_trail
from aims.core.tenancy.context import current_organization


def register(router: SimpleRouter) -> None:
    router.register("evidence", EvidenceViewSet, basename="api-evidence")
    router.register("api-keys", KeyViewSet, basename="api-keys")
    router.register("jobs", JobViewSet, basename="api-jobs")
    router.register("trail", TrailViewSet, basename="api-trail")
    router.register("invitations", InvitationViewSet, basename="api-invitations")
    router.register("sign-in-rules", SignInRulesViewSet, basename="api-sign-in-rules")
    router.register("erasures", ErasureViewSet, basename="api-erasures")
    router.register("operator-entries", OperatorEntryViewSet, basename="api-operator-entries")
    router.register("saved-views", SavedViewViewSet, basename="api-saved-views")
    router.register("me", MeViewSet, basename="api-me")
    people_api.register(router)


class EvidenceOut(serializers.ModelSerializer):  # type: ignore[type-arg]
    sha256 = serializers.CharField(source="blob.sha256", default="", read_only=True)
    size = serializers.IntegerField(source="blob.size", default=None, allow_null=True, read_only=True)
    file_name = serializers.CharField(source="blob.file_name", default="", read_only=True)
    link = serializers.CharField(read_only=True)  # empty for a file
    submitted_by = serializers.CharField(source="submitted_by.name", default="", read_only=True)
    reviewed_by = serializers.CharField(source="reviewed_by.name", default="", read_only=True)

    class Meta:
        model = Evidence
        fields = (
            "id",
            "reference",
            "title",
            "kind",
            "description",
            "source",
            "link",
            "file_name",
            "size",
            "sha256",
            "period_from",
            "period_to",
            "valid_until",
            "is_confidential",
            "state",
            "submitted_by",
            "submitted_at",
            "reviewed_by",
            "reviewed_at",
            "review_note",
            "replaces_id",
        )
        read_only_fields = fields


class EvidenceIn(serializers.Serializer):  # type: ignore[type-arg]
    title = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=EvidenceKind.choices, default=EvidenceKind.RECORD)
    description = serializers.CharField(required=False, allow_blank=True, default="")
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]
    file = serializers.FileField(required=False, default=None, allow_null=True)
    link = serializers.URLField(required=False, allow_blank=True, default="", max_length=500)
    period_from = serializers.DateField()
    period_to = serializers.DateField(required=False, default=None, allow_null=True)
    valid_until = serializers.DateField(required=False, default=None, allow_null=True)
    is_confidential = serializers.BooleanField(required=False, default=False)


@extend_schema_view(
    list=extend_schema(
        operation_id="evidence_list",
        parameters=[
            OpenApiParameter("view", str, enum=list(reads.VIEWS)),
            OpenApiParameter("state", str, enum=EvidenceState.values),
            OpenApiParameter("q", str, description="Words in title, reference, description or source"),
        ],
    ),
    retrieve=extend_schema(operation_id="evidence_retrieve", parameters=[ID]),
)
@extend_schema(tags=["evidence"])
class EvidenceViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Evidence items: what exists, for which period, until when it holds."""

    serializer_class = EvidenceOut
    has_past = True
    verbs = {
        "list": "core.view_evidence",
        "retrieve": "core.view_evidence",
        "create": "core.submit_evidence",
        "download": "core.view_evidence",
    }

    def get_queryset(self) -> Any:
        found = reads.visible_evidence(self.actor).select_related("blob", "submitted_by", "reviewed_by")
        query = self.request.query_params
        if query.get("state"):
            found = found.filter(state=query["state"])
        found = reads.search(found, query.get("q", ""))
        return reads.in_view(found, query.get("view", ""), today=local_today(self.now)).order_by("-pk")

    @extend_schema(
        operation_id="evidence_create",
        request={"multipart/form-data": EvidenceIn, "application/json": EvidenceIn},
        responses={201: EvidenceOut},
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Hand in a file (multipart) or a link for review."""
        item = evidence.submit_evidence(actor=self.actor, now=self.now, **self.clean(EvidenceIn))
        return Response(EvidenceOut(item).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="evidence_download",
        parameters=[ID],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def download(self, request: Any, *args: Any, **kwargs: Any) -> FileResponse:
        """The file as it was submitted; its hash is checked on the way out."""
        return blobs.serve(evidence.open_file(actor=self.actor, evidence=self.get_object()))


class JobOut(serializers.ModelSerializer):  # type: ignore[type-arg]
    state = serializers.ChoiceField(choices=JobState.choices, read_only=True)

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "title",
            "state",
            "progress",
            "step",
            "error",
            "result",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(operation_id="jobs_list"),
    retrieve=extend_schema(operation_id="jobs_retrieve", parameters=[ID]),
)
@extend_schema(tags=["jobs"])
class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Work in the background and how far it is."""

    serializer_class = JobOut
    verbs = {"list": "core.view_jobs", "retrieve": "core.view_jobs"}

    def get_queryset(self) -> Any:
        return Job.objects.order_by("-pk")


class TrailTextOut(serializers.Serializer):  # type: ignore[type-arg]
    text = serializers.CharField()
    key = serializers.CharField(allow_null=True)


class TrailOut(serializers.ModelSerializer):  # type: ignore[type-arg]
    hash = serializers.SerializerMethodField()
    previous = serializers.SerializerMethodField()
    texts = serializers.SerializerMethodField(
        help_text="What people wrote, by mark; a mark in the body is HMAC-SHA256 of the text with its key."
    )

    class Meta:
        model = TrailEvent
        fields = (
            "seq",
            "body",
            "at",
            "actor",
            "action",
            "object_type",
            "object_id",
            "previous",
            "hash",
            "texts",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=TrailTextOut()))
    def get_texts(self, event: TrailEvent) -> dict[str, Any]:
        return texts.disclosed(event.body, self.context["texts"])

    def get_hash(self, event: TrailEvent) -> str:
        return bytes(event.hash or b"").hex()

    def get_previous(self, event: TrailEvent) -> str:
        return bytes(event.previous or b"").hex()


class TrailQuery(serializers.Serializer):  # type: ignore[type-arg]
    actor = serializers.CharField(required=False, max_length=40)
    action = serializers.CharField(required=False, max_length=80)
    object_type = serializers.CharField(required=False, max_length=60)
    object_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    record = serializers.CharField(required=False, max_length=60)
    from_day = serializers.DateField(required=False)
    to_day = serializers.DateField(required=False)
    only_auditors = serializers.BooleanField(required=False)


class TrailReportOut(serializers.Serializer):  # type: ignore[type-arg]
    intact = serializers.BooleanField()
    lines = serializers.IntegerField()
    head = serializers.CharField()
    first_bad_line = serializers.IntegerField(allow_null=True)
    problems = serializers.ListField(child=serializers.CharField())
    checked = serializers.ListField(child=serializers.CharField())
    not_shown = serializers.ListField(child=serializers.CharField())


@extend_schema_view(
    list=extend_schema(
        operation_id="trail_list",
        parameters=[
            OpenApiParameter("actor", str, description="As in the lines, such as member:5 or key:1"),
            OpenApiParameter("action", str, description="Words of the act"),
            OpenApiParameter("object_type", str, description="As in the lines, such as risk.risk"),
            OpenApiParameter("object_id", int),
            OpenApiParameter("record", str, description="A reference, such as R-012"),
            OpenApiParameter("from_day", OpenApiTypes.DATE),
            OpenApiParameter("to_day", OpenApiTypes.DATE),
            OpenApiParameter("only_auditors", bool),
        ],
    )
)
@extend_schema(tags=["trail"])
class TrailViewSet(mixins.ListModelMixin, TenantViewSet):
    """The append-only trail, newest first: hash = sha256(previous, seq as 8 bytes, body)."""

    serializer_class = TrailOut
    verbs = {"list": "core.view_trail", "verify": "core.verify_trail"}

    def get_queryset(self) -> Any:
        query = TrailQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return filtered_trail(**query.validated_data)

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        page: Any = self.paginate_queryset(self.get_queryset())
        context = {**self.get_serializer_context(), "texts": texts.kept_texts(each.body for each in page)}
        return self.get_paginated_response(TrailOut(page, many=True, context=context).data)

    @extend_schema(
        operation_id="trail_verify", request=None, responses={200: TrailReportOut, 202: JobOut}, filters=False
    )
    @action(detail=False, methods=["post"])
    def verify(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Walk the chain against its checkpoints: the report, or for a long chain the job that makes it."""
        found = verify_trail(actor=self.actor, now=self.now)
        if isinstance(found, Job):
            return Response(JobOut(found).data, status=status.HTTP_202_ACCEPTED)
        return Response(found.as_json())


class SignInRulesOut(serializers.Serializer):  # type: ignore[type-arg]
    second_factor_required = serializers.BooleanField()
    idle_minutes = serializers.IntegerField(min_value=SHORTEST_IDLE_MINUTES, max_value=LONGEST_IDLE_MINUTES)


@extend_schema(tags=["people"])
class SignInRulesViewSet(TenantViewSet):
    """Whether everybody needs a second factor, and how long a session may go unused."""

    serializer_class = SignInRulesOut
    pagination_class = None
    verbs = {"list": "core.view_sign_in_rules", "change": "core.change_sign_in_rules"}

    @extend_schema(operation_id="sign_in_rules_retrieve", responses={200: only_one(SignInRulesOut)})
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(sign_in_rules_of(current_organization()))

    @extend_schema(
        operation_id="sign_in_rules_change", request=SignInRulesOut, responses={200: SignInRulesOut}
    )
    @action(detail=False, methods=["post"])
    def change(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """For administrators who signed in within the last minutes; no key may do this."""
        organization = current_organization()
        change_sign_in_rules(actor=self.actor, organization=organization, **self.clean(SignInRulesOut))
        return Response(sign_in_rules_of(organization))


class InvitationOut(serializers.ModelSerializer):  # type: ignore[type-arg]
    is_expired = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields = ("id", "email", "name", "roles", "sent_at", "times_sent", "expires_at", "is_expired")
        read_only_fields = fields

    def get_is_expired(self, invitation: Invitation) -> bool:
        return invitation.is_expired(timezone.now())


class InvitationIn(serializers.Serializer):  # type: ignore[type-arg]
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


class MeOut(serializers.Serializer):  # type: ignore[type-arg]
    kind = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())


@extend_schema(tags=["me"])
class MeViewSet(TenantViewSet):
    """Who acts, and with which roles or scopes."""

    serializer_class = MeOut
    pagination_class = None
    verbs = {"list": "core.view_self"}

    @extend_schema(operation_id="me_retrieve", responses={200: only_one(MeOut)})
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        actor = self.actor
        return Response(
            {
                "kind": actor.kind,
                "name": actor.name,
                "roles": sorted(actor.roles),
                "scopes": sorted(actor.scopes),
            }
        )
