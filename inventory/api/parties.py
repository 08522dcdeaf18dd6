"""Interested parties in the API, with what they require (4.2)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from inventory.api.context import ReviewIn, with_owner
from inventory.api.context import text as words
from inventory.enums import NeedKind, PartyKind
from inventory.models import InterestedParty, PartyNeed
from inventory.queries import parties as queries
from inventory.services import parties as services

Word = serializers.CharField
KEEP = "inventory.keep_context"


class PartyLine(serializers.Serializer):
    """One line of the register."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=PartyKind.choices)
    owner_id = serializers.IntegerField(allow_null=True)
    matters = serializers.BooleanField()
    needs_count = serializers.IntegerField()
    obligations = serializers.IntegerField()
    undecided = serializers.IntegerField()
    last_reviewed_on = serializers.DateField(allow_null=True)
    next_review_date = serializers.DateField(allow_null=True)
    row_version = serializers.IntegerField()


class NeedOut(serializers.ModelSerializer):
    kind = serializers.ChoiceField(choices=NeedKind.choices)

    class Meta:
        model = PartyNeed
        fields = ("id", "text", "kind", "where", "is_obligation", "reason")
        read_only_fields = fields


class PartyOut(serializers.ModelSerializer):
    """The whole record."""

    kind = serializers.ChoiceField(choices=PartyKind.choices)
    needs = NeedOut(many=True)

    class Meta:
        model = InterestedParty
        fields = (
            "id",
            "reference",
            "name",
            "kind",
            "description",
            "watch",
            "owner_id",
            "matters",
            "next_review_date",
            "last_reviewed_on",
            "review_note",
            "author_id",
            "recorded_at",
            "row_version",
            "needs",
        )
        read_only_fields = fields


class PartyFields(serializers.Serializer):
    kind = serializers.ChoiceField(choices=PartyKind.choices, required=False)
    description = words()
    watch = words(2000)
    owner_id = serializers.IntegerField(required=False, allow_null=True)
    matters = serializers.BooleanField(required=False)
    next_review_date = serializers.DateField(required=False, allow_null=True)


class PartyIn(PartyFields):
    name = Word(max_length=200)


class PartyChange(PartyFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    name = Word(max_length=200, required=False)
    row_version = serializers.IntegerField(min_value=1)


class NeedIn(serializers.Serializer):
    """`is_obligation`: whether the AIMS takes it on; null while nobody decided."""

    text = Word(max_length=5000)
    kind = serializers.ChoiceField(choices=NeedKind.choices, required=False)
    where = words(300)
    is_obligation = serializers.BooleanField(required=False, allow_null=True)
    reason = words(2000)


class NeedChange(NeedIn):
    text = Word(max_length=5000, required=False)
    need_id = serializers.IntegerField()


class NeedId(serializers.Serializer):
    need_id = serializers.IntegerField()


DETAIL: dict[str, Any] = {"parameters": [ID], "responses": PartyOut}


@extend_schema_view(
    list=extend_schema(
        operation_id="interested_parties_list",
        responses=PartyLine(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
            OpenApiParameter("q", str, description="Words in name, reference, description or requirements"),
            OpenApiParameter("kind", str, enum=PartyKind.values),
            OpenApiParameter("sort", str, enum=both_ways(queries.SORTS)),
        ],
    ),
    retrieve=extend_schema(operation_id="interested_parties_retrieve", **DETAIL),
)
@extend_schema(tags=["context"])
class PartyViewSet(mixins.RetrieveModelMixin, TenantViewSet):
    """Interested parties, what they require, and which of it the AIMS takes on as an obligation."""

    serializer_class = PartyOut
    has_past = True
    verbs = {
        "list": "inventory.view_context",
        "retrieve": "inventory.view_context",
        "create": KEEP,
        "partial_update": KEEP,
        "review": "inventory.review_context",
        "add_need": KEEP,
        "change_need": KEEP,
        "remove_need": KEEP,
    }

    def get_queryset(self) -> Any:
        return InterestedParty.objects.select_related("owner", "organization").prefetch_related("needs")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        texts = {key: request.query_params.get(key, "") for key in ("view", "q", "kind")}
        found = queries.rows(queries.parties(queries.PartyFilters(**texts), on=local_today(self.now)))
        sort = request.query_params.get("sort", "")
        page = self.paginate_queryset(in_order(found, sort, sorts=queries.SORTS, default="id"))
        return self.get_paginated_response(PartyLine(page, many=True).data)

    @extend_schema(operation_id="interested_parties_create", request=PartyIn, responses={201: PartyOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Add a party; everything but the name may follow later."""
        party = services.register_party(actor=self.actor, now=self.now, **with_owner(self.clean(PartyIn)))
        return self._answer(party.pk, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="interested_parties_update", request=PartyChange, **DETAIL)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of the version that was read."""
        values = with_owner(self.clean(PartyChange))
        party = services.edit_party(
            actor=self.actor,
            party=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return self._answer(party.pk)

    @extend_schema(operation_id="interested_parties_review", request=ReviewIn, **DETAIL)
    @action(detail=True, methods=["post"])
    def review(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Note that somebody asked again. Whoever answers for it may, and the compliance lead."""
        party = services.review_party(
            actor=self.actor, party=self.get_object(), now=self.now, **self.clean(ReviewIn)
        )
        return self._answer(party.pk)

    @extend_schema(operation_id="interested_parties_add_need", request=NeedIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="add-need")
    def add_need(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Enter what the party requires, and whether the AIMS takes it on."""
        party = self.get_object()
        services.add_need(actor=self.actor, party=party, now=self.now, **self.clean(NeedIn))
        return self._answer(party.pk)

    @extend_schema(operation_id="interested_parties_change_need", request=NeedChange, **DETAIL)
    @action(detail=True, methods=["post"], url_path="change-need")
    def change_need(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of a requirement, or decide whether the AIMS takes it on."""
        values = self.clean(NeedChange)
        need = self._need(values.pop("need_id"))
        services.change_need(actor=self.actor, need=need, now=self.now, **values)
        return self._answer(need.party_id)

    @extend_schema(operation_id="interested_parties_remove_need", request=NeedId, **DETAIL)
    @action(detail=True, methods=["post"], url_path="remove-need")
    def remove_need(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a requirement off the record; earlier states keep it."""
        need = self._need(self.clean(NeedId)["need_id"])
        services.remove_need(actor=self.actor, need=need, now=self.now)
        return self._answer(need.party_id)

    def _need(self, number: int) -> Any:
        rows = PartyNeed.objects.filter(party=self.get_object()).select_related("party")
        return record(rows, number, field="need_id", sentence="There is no such requirement here.")

    def _answer(self, pk: int, **options: Any) -> Response:
        return Response(PartyOut(self.get_queryset().get(pk=pk)).data, **options)
