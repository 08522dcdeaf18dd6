"""Questionnaires to suppliers in the API. The link is in the mail only; judging answers is for persons."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.numbers import whole_number
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from inventory.enums import QuestionKind, QuestionnaireState
from inventory.models import Supplier, SupplierQuestionnaire
from inventory.queries import questionnaires as queries
from inventory.queries.questionnaire_register import SORTS, VIEWS, QuestionnaireFilters, filtered
from inventory.services import questionnaires as services

Word = serializers.CharField
VIEW = "inventory.view_suppliers"


class QuestionnaireLine(serializers.Serializer):
    """One line of the list."""

    id = serializers.IntegerField()
    reference = Word()
    supplier_id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=QuestionnaireState.choices)
    recipient = Word()
    due_date = serializers.DateField()
    sent_at = serializers.DateTimeField()
    handed_in_at = serializers.DateTimeField(allow_null=True)
    sha256 = Word()
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()


class AnsweredOut(serializers.Serializer):
    """A question as it was asked, and what the supplier said; `flags` say why to look twice."""

    id = Word(source="question.id")
    section = Word(source="question.section")
    question = Word(source="question.text")
    kind = serializers.ChoiceField(choices=QuestionKind.choices, source="question.kind")
    is_required = serializers.BooleanField(source="question.required")
    answer = Word(source="text")
    in_words = Word()
    flags = serializers.ListField(child=Word())


class QuestionnaireOut(QuestionnaireLine):
    contact_name = Word()
    note = Word()
    catalog_version = Word()
    times_sent = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    handed_in_name = Word()
    handed_in_role = Word()
    hand_ins = serializers.IntegerField()
    comment = Word()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by_id = serializers.IntegerField(allow_null=True)
    answers = serializers.SerializerMethodField()

    @extend_schema_field(AnsweredOut(many=True))
    def get_answers(self, questionnaire: SupplierQuestionnaire) -> Any:
        lines = [line for part in queries.detail_of(questionnaire).parts for line in part.lines]
        return AnsweredOut(lines, many=True).data


class QuestionnaireIn(serializers.Serializer):
    supplier_id = serializers.IntegerField()
    recipient = serializers.EmailField()
    contact_name = Word(required=False, allow_blank=True, max_length=200)
    due_date = serializers.DateField()
    note = Word(required=False, allow_blank=True, max_length=services.LONGEST_NOTE)


class QuestionnaireResendIn(serializers.Serializer):
    recipient = serializers.EmailField(required=False)
    due_date = serializers.DateField()


class QuestionnaireWithdrawIn(serializers.Serializer):
    reason = Word(max_length=2000)


class QuestionnaireAcceptIn(serializers.Serializer):
    comment = Word(required=False, allow_blank=True, max_length=2000)


class QuestionnaireReturnIn(serializers.Serializer):
    comment = Word(max_length=2000)
    due_date = serializers.DateField()


class QuestionnaireFiledOut(serializers.Serializer):
    evidence_id = serializers.IntegerField()


DETAIL: dict[str, Any] = {"parameters": [ID], "responses": QuestionnaireOut}


@extend_schema_view(
    list=extend_schema(
        operation_id="questionnaires_list",
        responses=QuestionnaireLine(many=True),
        parameters=[
            OpenApiParameter("supplier", int, description="Number of a supplier"),
            OpenApiParameter("state", str, enum=QuestionnaireState.values),
            OpenApiParameter("view", str, enum=[name for name in VIEWS if name]),
            OpenApiParameter("q", str, description="Words in reference, supplier, address or contact"),
            OpenApiParameter("sort", str, enum=both_ways(SORTS)),
        ],
    ),
    retrieve=extend_schema(operation_id="questionnaires_retrieve", **DETAIL),
)
@extend_schema(tags=["suppliers"])
class QuestionnaireViewSet(TenantViewSet):
    """Questions put to suppliers at an outside address, answered by a link without an account."""

    serializer_class = QuestionnaireOut
    has_past = True
    verbs = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": services.SEND,
        "resend": services.SEND,
        "withdraw": services.SEND,
        "accept": services.DECIDE,
        "return_for_more": services.DECIDE,
        "file": "inventory.keep_supplier",
    }

    def get_queryset(self) -> Any:
        return queries.questionnaires().defer(None).select_related("supplier__owner", "organization")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = request.query_params
        said = {key: asked.get(key, "") for key in ("view", "q", "state", "supplier")}
        if any("\x00" in each for each in said.values()):
            raise exceptions.ValidationError({"q": ["Ask with plain text."]})
        if said["state"] and said["state"] not in QuestionnaireState.values:
            raise exceptions.ValidationError({"state": ["There is no such state."]})
        supplier = said["supplier"]
        if supplier and whole_number(supplier) is None:
            raise exceptions.ValidationError({"supplier": ["Give the number of a supplier."]})
        found = filtered(QuestionnaireFilters(**said), on=local_today(self.now))
        page = self.paginate_queryset(in_order(found, asked.get("sort", ""), sorts=SORTS, default="id"))
        return self.get_paginated_response(QuestionnaireLine(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(QuestionnaireOut(self.get_object()).data)

    @extend_schema(
        operation_id="questionnaires_create", request=QuestionnaireIn, responses={201: QuestionnaireOut}
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send the questions for its kind and tier. The answer carries no link: it is in the mail only."""
        values = self.clean(QuestionnaireIn)
        supplier = record(
            Supplier.objects.select_related("owner"),
            values.pop("supplier_id"),
            field="supplier_id",
            sentence="There is no such supplier.",
        )
        sent = services.send_questionnaire(actor=self.actor, supplier=supplier, now=self.now, **values)
        return self._answer(sent, status=status.HTTP_201_CREATED)

    @extend_schema(request=QuestionnaireResendIn, **DETAIL)
    @action(detail=True, methods=["post"])
    def resend(self, request: Any, **kwargs: Any) -> Response:
        """Make a new link and end the old one; what was answered stays."""
        return self._done(services.resend_questionnaire, QuestionnaireResendIn)

    @extend_schema(request=QuestionnaireWithdrawIn, **DETAIL)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Any, **kwargs: Any) -> Response:
        """End the link at once."""
        return self._done(services.withdraw_questionnaire, QuestionnaireWithdrawIn)

    @extend_schema(request=QuestionnaireAcceptIn, **DETAIL)
    @action(detail=True, methods=["post"])
    def accept(self, request: Any, **kwargs: Any) -> Response:
        return self._done(services.accept_questionnaire, QuestionnaireAcceptIn)

    @extend_schema(request=QuestionnaireReturnIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="return")
    def return_for_more(self, request: Any, **kwargs: Any) -> Response:
        """Open it again by a new link, with the comment for the supplier."""
        return self._done(services.return_questionnaire, QuestionnaireReturnIn)

    @extend_schema(request=None, responses=QuestionnaireFiledOut, parameters=[ID])
    @action(detail=True, methods=["post"])
    def file(self, request: Any, **kwargs: Any) -> Response:
        """Make an item of evidence of the frozen answers, linked to the supplier; it waits for its review."""
        filed = services.file_as_evidence(actor=self.actor, questionnaire=self.get_object(), now=self.now)
        return Response({"evidence_id": filed.pk})

    def _done(self, verb: Any, body: type[Any]) -> Response:
        questionnaire = self.get_object()
        verb(actor=self.actor, questionnaire=questionnaire, now=self.now, **self.clean(body))
        return self._answer(questionnaire)

    def _answer(self, questionnaire: SupplierQuestionnaire, **options: Any) -> Response:
        return Response(QuestionnaireOut(self.get_queryset().get(pk=questionnaire.pk)).data, **options)
