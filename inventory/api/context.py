"""The context of the AIMS in the API: what is missing, issues, and the decision about climate change."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.models import Member
from aims.core.rest.records import ID, only_one, record
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from inventory.enums import IssueKind, IssueStanding, IssueTheme
from inventory.models import ClimateDecision, ContextIssue
from inventory.queries import context as queries
from inventory.services import context as services

Word = serializers.CharField


def text(longest: int = 10_000) -> Any:
    return Word(required=False, allow_blank=True, max_length=longest)


class MissingOut(serializers.Serializer):
    clause = serializers.CharField()
    sentence = serializers.CharField()
    place = serializers.CharField()


class RoleCountOut(serializers.Serializer):
    role = serializers.CharField()
    title = serializers.CharField()
    systems = serializers.IntegerField()
    in_scope = serializers.IntegerField()


class SystemCountsOut(serializers.Serializer):
    total = serializers.IntegerField()
    in_scope = serializers.IntegerField()
    out_of_scope = serializers.IntegerField()
    undecided = serializers.IntegerField()
    without_role = serializers.IntegerField()
    roles = RoleCountOut(many=True)


class ContextOut(serializers.Serializer):
    """Clause 4 in numbers, and what is missing in it."""

    scope_version = serializers.IntegerField(allow_null=True)
    waiting_scope_version = serializers.IntegerField(allow_null=True)
    climate_is_relevant = serializers.BooleanField(allow_null=True)
    systems = SystemCountsOut()
    missing = MissingOut(many=True)


@extend_schema(tags=["context"])
class ContextViewSet(TenantViewSet):
    """The context of the AIMS (clause 4) at a glance."""

    serializer_class = ContextOut
    has_past = True
    pagination_class = None
    verbs = {"list": "inventory.view_context"}

    @extend_schema(operation_id="context_retrieve", responses=only_one(ContextOut))
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        found = queries.context_of(on=local_today(self.now))
        values = {
            "scope_version": found.scope.version if found.scope else None,
            "waiting_scope_version": found.waiting.version if found.waiting else None,
            "climate_is_relevant": found.climate.is_relevant if found.climate else None,
            "systems": found.systems,
            "missing": found.missing,
        }
        return Response(ContextOut(values).data)


class IssueLine(serializers.Serializer):
    """One line of the register."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=IssueKind.choices)
    theme = serializers.ChoiceField(choices=IssueTheme.choices)
    effect = serializers.CharField()
    owner_id = serializers.IntegerField(allow_null=True)
    standing = serializers.ChoiceField(choices=IssueStanding.choices)
    last_reviewed_on = serializers.DateField(allow_null=True)
    next_review_date = serializers.DateField(allow_null=True)
    row_version = serializers.IntegerField()


class IssueOut(serializers.ModelSerializer):
    """The whole record."""

    class Meta:
        model = ContextIssue
        fields = (
            "id",
            "reference",
            "title",
            "kind",
            "theme",
            "description",
            "effect",
            "source",
            "owner_id",
            "standing",
            "closed_reason",
            "next_review_date",
            "last_reviewed_on",
            "review_note",
            "author_id",
            "recorded_at",
            "row_version",
        )
        read_only_fields = fields


class IssueFields(serializers.Serializer):
    kind = serializers.ChoiceField(choices=IssueKind.choices, required=False)
    theme = serializers.ChoiceField(choices=IssueTheme.choices, required=False)
    description = text()
    effect = text()
    source = text(300)
    owner_id = serializers.IntegerField(required=False, allow_null=True)
    standing = serializers.ChoiceField(choices=IssueStanding.choices, required=False)
    closed_reason = text(2000)
    next_review_date = serializers.DateField(required=False, allow_null=True)


class IssueIn(IssueFields):
    title = Word(max_length=200)


class IssueChange(IssueFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    title = Word(max_length=200, required=False)
    row_version = serializers.IntegerField(min_value=1)


class ReviewIn(serializers.Serializer):
    row_version = serializers.IntegerField(min_value=1)
    note = Word(max_length=2000)
    next_review_date = serializers.DateField(required=False, allow_null=True)


@extend_schema_view(
    list=extend_schema(
        operation_id="context_issues_list",
        responses=IssueLine(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
            OpenApiParameter("q", str, description="Words in title, reference, description or source"),
            OpenApiParameter("kind", str, enum=IssueKind.values),
            OpenApiParameter("theme", str, enum=IssueTheme.values),
            OpenApiParameter("standing", str, enum=IssueStanding.values),
            OpenApiParameter("sort", str, enum=both_ways(queries.SORTS)),
        ],
    ),
    retrieve=extend_schema(operation_id="context_issues_retrieve", parameters=[ID], responses=IssueOut),
)
@extend_schema(tags=["context"])
class IssueViewSet(mixins.RetrieveModelMixin, TenantViewSet):
    """Internal and external issues that bear on the AIMS (4.1)."""

    serializer_class = IssueOut
    has_past = True
    verbs = {
        "list": "inventory.view_context",
        "retrieve": "inventory.view_context",
        "create": "inventory.keep_context",
        "partial_update": "inventory.keep_context",
        "review": "inventory.review_context",
    }

    def get_queryset(self) -> Any:
        return ContextIssue.objects.select_related("owner", "organization")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = request.query_params
        texts = {key: asked.get(key, "") for key in ("view", "q", "kind", "theme", "standing")}
        found = queries.rows(queries.issues(queries.IssueFilters(**texts), on=local_today(self.now)))
        page = self.paginate_queryset(
            in_order(found, asked.get("sort", ""), sorts=queries.SORTS, default="id")
        )
        return self.get_paginated_response(IssueLine(page, many=True).data)

    @extend_schema(operation_id="context_issues_create", request=IssueIn, responses={201: IssueOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Record an issue; everything but the title may follow later."""
        values = with_owner(self.clean(IssueIn))
        issue = services.record_issue(actor=self.actor, now=self.now, **values)
        return Response(IssueOut(issue).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="context_issues_update", request=IssueChange, parameters=[ID], responses=IssueOut
    )
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of the version that was read."""
        values = with_owner(self.clean(IssueChange))
        issue = services.edit_issue(
            actor=self.actor,
            issue=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return Response(IssueOut(issue).data)

    @extend_schema(
        operation_id="context_issues_review", request=ReviewIn, parameters=[ID], responses=IssueOut
    )
    @action(detail=True, methods=["post"])
    def review(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Note that somebody looked at it again. Whoever answers for it may, and the compliance lead."""
        issue = services.review_issue(
            actor=self.actor, issue=self.get_object(), now=self.now, **self.clean(ReviewIn)
        )
        return Response(IssueOut(issue).data)


class ClimateOut(serializers.ModelSerializer):
    class Meta:
        model = ClimateDecision
        fields = ("id", "is_relevant", "reason", "decided_by_id", "decided_at")
        read_only_fields = fields


class ClimateIn(serializers.Serializer):
    is_relevant = serializers.BooleanField()
    reason = Word(max_length=10_000)


@extend_schema_view(list=extend_schema(operation_id="climate_decisions_list"))
@extend_schema(tags=["context"])
class ClimateViewSet(mixins.ListModelMixin, TenantViewSet):
    """Whether climate change is relevant to the AIMS (4.1); the newest decision holds."""

    serializer_class = ClimateOut
    has_past = True
    verbs = {"list": "inventory.view_context", "create": "inventory.decide_climate"}

    def get_queryset(self) -> Any:
        return ClimateDecision.objects.order_by("-id")

    @extend_schema(operation_id="climate_decisions_create", request=ClimateIn, responses={201: ClimateOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Decide, with the grounds. No key may: this is for a person."""
        decision = services.decide_climate(actor=self.actor, now=self.now, **self.clean(ClimateIn))
        return Response(ClimateOut(decision).data, status=status.HTTP_201_CREATED)


def with_owner(values: dict[str, Any]) -> dict[str, Any]:
    """The member that `owner_id` names, in its place."""
    if "owner_id" in values:
        number = values.pop("owner_id")
        sentence = f"There is no member {number}."
        values["owner"] = record(Member.objects.active(), number, field="owner_id", sentence=sentence)
    return values
