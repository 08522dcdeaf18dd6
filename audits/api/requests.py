"""Requests of external audits over the API: the organization with a key, an auditor with their session."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from aims.core.models import Member
from aims.core.numbers import whole_number
from aims.core.queries.evidence import visible_evidence
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from audits.enums import RequestState
from audits.models import AuditRequest, Engagement, RequestComment, RequestProof
from audits.queries.access_log import LOG_ROWS, access_log
from audits.queries.requests import requests_for
from audits.request_rules import LONGEST_QUESTION, LONGEST_TITLE
from audits.services import requests as verbs


class RequestOut(serializers.ModelSerializer):
    state = serializers.ChoiceField(choices=RequestState.choices, read_only=True)
    requirements = serializers.ListField(child=serializers.CharField(), read_only=True)
    raised_by_auditor = serializers.SerializerMethodField()

    class Meta:
        model = AuditRequest
        fields = (
            "id",
            "reference",
            "engagement_id",
            "title",
            "question",
            "requirements",
            "due_date",
            "state",
            "reason",
            "raised_by_auditor",
            "assignee_id",
            "created_at",
            "submitted_at",
            "decided_at",
        )
        read_only_fields = fields

    def get_raised_by_auditor(self, request: AuditRequest) -> bool:
        return request.grant_id is not None


class RewordIn(serializers.Serializer):
    title = serializers.CharField(max_length=LONGEST_TITLE)
    question = serializers.CharField(
        max_length=LONGEST_QUESTION, required=False, default="", allow_blank=True
    )
    requirements = serializers.ListField(
        child=serializers.CharField(max_length=12), required=False, default=list, max_length=200
    )
    due_date = serializers.DateField(required=False, allow_null=True, default=None)


class RequestIn(RewordIn):
    engagement_id = serializers.IntegerField()
    as_draft = serializers.BooleanField(required=False, default=False)


class CommentOut(serializers.ModelSerializer):
    by_auditor = serializers.SerializerMethodField()

    class Meta:
        model = RequestComment
        fields = ("id", "text", "by_auditor", "author_id", "created_at")
        read_only_fields = fields

    def get_by_auditor(self, comment: RequestComment) -> bool:
        return comment.grant_id is not None


class CommentIn(serializers.Serializer):
    text = serializers.CharField(max_length=LONGEST_QUESTION)


class ReasonIn(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class AssigneeIn(serializers.Serializer):
    member_id = serializers.IntegerField(allow_null=True)


class ProofOut(serializers.ModelSerializer):
    class Meta:
        model = RequestProof
        fields = ("id", "evidence_id", "shows_confidential", "linked_at", "submitted_at")
        read_only_fields = fields


class ProofIn(serializers.Serializer):
    evidence_id = serializers.IntegerField()
    shows_confidential = serializers.BooleanField(
        required=False, default=False, help_text="Show confidential evidence to the auditor: the lead's word"
    )


class LogLineOut(serializers.Serializer):
    at = serializers.DateTimeField()
    what = serializers.CharField()
    reference = serializers.CharField()


class OwnAccessLogViewSet(TenantViewSet):
    """What an external auditor opened, downloaded and wrote, as the organization is shown it."""

    verbs = {"list": "audits.view_own_engagement"}
    serializer_class = LogLineOut
    pagination_class = None

    @extend_schema(responses={200: LogLineOut(many=True)})
    def list(self, request: Any, **kwargs: Any) -> Response:
        """The newest lines first, 200 at most."""
        engagement = get_object_or_404(Engagement.objects.select_related("grant"))
        return Response(LogLineOut(access_log(engagement, limit=LOG_ROWS), many=True).data)


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("state", str, enum=RequestState.values),
            OpenApiParameter("engagement_id", int),
        ]
    ),
    retrieve=extend_schema(parameters=[ID]),
)
class RequestViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """What an external audit asks for, and the answers. Accepting and flagging are the auditor's."""

    verbs = {
        "list": "audits.view_requests",
        "retrieve": "audits.view_requests",
        "create": "audits.add_request",
        "reword": "audits.add_request",
        "comments": "audits.view_requests",
        "add_comment": "audits.comment_request",
        "evidence": "audits.view_requests",
        "link": "audits.answer_request",
        "assign": "audits.assign_request",
        "open": "audits.add_request",
        "submit": "audits.answer_request",
        "accept": "audits.decide_request",
        "flag": "audits.decide_request",
        "not_applicable": "audits.decide_request",
        "close": "audits.close_request",
    }
    serializer_class = RequestOut

    def get_queryset(self) -> Any:
        found = requests_for(self.actor).order_by("-id")
        state = self.request.query_params.get("state", "")
        engagement = whole_number(self.request.query_params.get("engagement_id", ""))
        if state in RequestState.values:
            found = found.filter(state=state)
        return found if engagement is None else found.filter(engagement_id=engagement)

    @extend_schema(request=RequestIn, responses={201: RequestOut})
    def create(self, request: Any, **kwargs: Any) -> Response:
        values = self.clean(RequestIn)
        values["engagement"] = record(
            Engagement.objects.select_related("grant"),
            values.pop("engagement_id"),
            field="engagement_id",
            sentence="There is no such record.",
        )
        made = verbs.add_request(actor=self.actor, now=self.now, **values)
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(parameters=[ID], request=RewordIn, responses={200: RequestOut})
    @action(detail=True, methods=["post"])
    def reword(self, request: Any, **kwargs: Any) -> Response:
        """The whole wording of a draft of one's own side; what was sent stays as it was asked."""
        found = verbs.reword_request(
            actor=self.actor, request=self.get_object(), now=self.now, **self.clean(RewordIn)
        )
        return Response(self.get_serializer(found).data)

    @extend_schema(parameters=[ID], responses={200: CommentOut(many=True)})
    @action(detail=True, methods=["get"], pagination_class=None)
    def comments(self, request: Any, **kwargs: Any) -> Response:
        return Response(CommentOut(self.get_object().comments.all(), many=True).data)

    @extend_schema(parameters=[ID], request=CommentIn, responses={201: CommentOut})
    @comments.mapping.post
    def add_comment(self, request: Any, **kwargs: Any) -> Response:
        made = verbs.comment(
            actor=self.actor, request=self.get_object(), now=self.now, **self.clean(CommentIn)
        )
        return Response(CommentOut(made).data, status=201)

    @extend_schema(parameters=[ID], responses={200: ProofOut(many=True)})
    @action(detail=True, methods=["get"], pagination_class=None)
    def evidence(self, request: Any, **kwargs: Any) -> Response:
        """Linked evidence; an auditor sees what was submitted and the access covers."""
        return Response(ProofOut(self.get_object().proofs.all(), many=True).data)

    @extend_schema(parameters=[ID], request=ProofIn, responses={201: ProofOut})
    @evidence.mapping.post
    def link(self, request: Any, **kwargs: Any) -> Response:
        found, values = self.get_object(), self.clean(ProofIn)
        item = record(
            visible_evidence(self.actor),
            values.pop("evidence_id"),
            field="evidence_id",
            sentence="There is no such record.",
        )
        made = verbs.link_proof(actor=self.actor, request=found, evidence=item, now=self.now, **values)
        return Response(ProofOut(made).data, status=201)

    @extend_schema(parameters=[ID], request=AssigneeIn, responses={200: RequestOut})
    @action(detail=True, methods=["post"])
    def assign(self, request: Any, **kwargs: Any) -> Response:
        found = self.get_object()
        member = record(
            Member.objects.active(),
            self.clean(AssigneeIn)["member_id"],
            field="member_id",
            sentence="There is no such record.",
        )
        verbs.assign_request(actor=self.actor, request=found, assignee=member, now=self.now)
        return Response(self.get_serializer(found).data)

    @extend_schema(parameters=[ID], request=None, responses={200: RequestOut})
    @action(detail=True, methods=["post"])
    def open(self, request: Any, **kwargs: Any) -> Response:
        """Send a draft to the other side."""
        found = verbs.open_request(actor=self.actor, request=self.get_object(), now=self.now)
        return Response(self.get_serializer(found).data)

    @extend_schema(parameters=[ID], request=None, responses={200: RequestOut})
    @action(detail=True, methods=["post"])
    def submit(self, request: Any, **kwargs: Any) -> Response:
        """Hand the answer in: the auditor sees the linked evidence from now on."""
        found = verbs.submit_request(actor=self.actor, request=self.get_object(), now=self.now)
        return Response(self.get_serializer(found).data)

    @extend_schema(parameters=[ID], request=None, responses={200: RequestOut})
    @action(detail=True, methods=["post"])
    def accept(self, request: Any, **kwargs: Any) -> Response:
        return self._decided("accept")

    @extend_schema(parameters=[ID], request=ReasonIn, responses={200: RequestOut})
    @action(detail=True, methods=["post"])
    def flag(self, request: Any, **kwargs: Any) -> Response:
        """The answer needs revision."""
        return self._decided("flag", self.clean(ReasonIn)["reason"])

    @extend_schema(parameters=[ID], request=ReasonIn, responses={200: RequestOut})
    @action(detail=True, methods=["post"], url_path="not-applicable")
    def not_applicable(self, request: Any, **kwargs: Any) -> Response:
        return self._decided("mark_not_applicable", self.clean(ReasonIn)["reason"])

    @extend_schema(parameters=[ID], request=None, responses={200: RequestOut})
    @action(detail=True, methods=["post"])
    def close(self, request: Any, **kwargs: Any) -> Response:
        return self._decided("close")

    def _decided(self, action: str, reason: str = "") -> Response:
        found = verbs.decide(
            actor=self.actor, request=self.get_object(), action=action, reason=reason, now=self.now
        )
        return Response(self.get_serializer(found).data)
