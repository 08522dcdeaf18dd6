"""The form of a light or full impact assessment in the API. Keys answer it; people hand it in and decide."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from aims.core import permissions
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet
from risk import harms, queries
from risk.answer_tables import columns_of
from risk.api.assessment_bodies import AssessmentOut, NothingIn, OptionOut
from risk.models import ImpactAssessment
from risk.prefill import proposals, records_on_offer
from risk.progress import form_progress, is_table
from risk.questionnaire import Question
from risk.services import impact_forms, impact_reviews


class ChoiceOut(serializers.Serializer):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field may be called so


class ColumnOut(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field may be called so
    kind = serializers.CharField(help_text="text, step (1 to 5), number, date, choice or risk")
    required = serializers.BooleanField()  # type: ignore[assignment]  # a field may be called so
    options = ChoiceOut(many=True)


class RecordOnOfferOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class FormQuestionOut(serializers.Serializer):
    id = serializers.CharField()
    section = serializers.CharField()
    text = serializers.CharField()
    type = serializers.CharField(
        help_text="text, single, multi, scale, date, multi_text, entity_ref, or a table"
    )
    required = serializers.BooleanField()  # type: ignore[assignment]  # a field may be called so
    help = serializers.CharField()
    options = OptionOut(many=True)
    columns = ColumnOut(many=True)
    records = RecordOnOfferOut(many=True, help_text="What an answer may link to, for whoever may answer")
    answer = serializers.JSONField(allow_null=True)
    proposal = serializers.JSONField(allow_null=True, help_text="What the record of the system suggests")


class FormSectionOut(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    answered = serializers.IntegerField()
    total = serializers.IntegerField()
    open = serializers.ListField(child=serializers.CharField(), help_text="Required, and not answered")


class ImpactFormOut(serializers.Serializer):
    """The questions that the screening chose, with what is answered and what remains."""

    answered = serializers.IntegerField()
    total = serializers.IntegerField()
    harms = serializers.IntegerField()
    before = serializers.CharField(help_text="The highest level before measures")
    remains = serializers.CharField(help_text="The highest level after measures: who may approve follows")
    sections = FormSectionOut(many=True)
    questions = FormQuestionOut(many=True)
    row_version = serializers.IntegerField()


class FormAnswersIn(serializers.Serializer):
    answers = serializers.DictField(
        help_text="Question id to answer, in the shape of its type; null or empty takes an answer back"
    )
    row_version = serializers.IntegerField(required=False, default=None, allow_null=True)


class RowIn(serializers.Serializer):
    question = serializers.CharField(max_length=20)
    row = serializers.DictField(
        help_text="Column to value. `kind` is harm, benefit or none in impact tables; none elsewhere says why"
        " there are no rows"
    )


class RowChange(serializers.Serializer):
    question = serializers.CharField(max_length=20)
    position = serializers.IntegerField(min_value=0, help_text="Place of the row in its table, from 0")
    row = serializers.DictField()
    row_version = serializers.IntegerField(help_text="The version that was read")


class RowRemoval(serializers.Serializer):
    question = serializers.CharField(max_length=20)
    position = serializers.IntegerField(min_value=0)
    row_version = serializers.IntegerField(help_text="The version that was read")


class ReturnIn(serializers.Serializer):
    comment = serializers.CharField(max_length=10_000)


class ApproveIn(serializers.Serializer):
    next_date = serializers.DateField(
        required=False, default=None, allow_null=True, help_text="Left open: the day that the form proposes"
    )
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)


class FormActions(TenantViewSet):
    form_verbs: ClassVar[dict[str, str]] = {
        "form": "risk.view_assessments",
        "answer_form": "risk.answer_assessment",
        "add_row": "risk.answer_assessment",
        "change_row": "risk.answer_assessment",
        "remove_row": "risk.answer_assessment",
        "submit": "risk.submit_assessment",
        "review": "risk.review_assessment",
        "send_back": "risk.decide_assessment",
        "approve": "risk.decide_assessment",
    }

    @extend_schema(operation_id="impact_assessments_form", parameters=[ID], responses=ImpactFormOut)
    @action(detail=True, methods=["get"])
    def form(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The form with its questions, answers and what is open; there once the screening is approved."""
        assessment = self.get_object()
        if not queries.has_form(assessment):
            raise NotFound
        return Response(ImpactFormOut(_form_of(assessment, self.actor)).data)

    @extend_schema(
        operation_id="impact_assessments_answer_form",
        parameters=[ID],
        request=FormAnswersIn,
        responses=AssessmentOut,
    )
    @form.mapping.post
    def answer_form(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Keep one answer, a section or all; every answer fits its question, or none is kept."""
        return self._written(impact_forms.answer_form, **self.clean(FormAnswersIn))

    @extend_schema(
        operation_id="impact_assessments_add_row", parameters=[ID], request=RowIn, responses=AssessmentOut
    )
    @action(detail=True, methods=["post"], url_path="rows")
    def add_row(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Add a row to a table of the form: a harm, a benefit, a misuse, a group, a measure."""
        return self._written(impact_forms.put_row, **self.clean(RowIn))

    @extend_schema(
        operation_id="impact_assessments_change_row",
        parameters=[ID],
        request=RowChange,
        responses=AssessmentOut,
    )
    @action(detail=True, methods=["post"], url_path="rows/change")
    def change_row(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Write one row of a table anew."""
        return self._written(impact_forms.put_row, **self.clean(RowChange))

    @extend_schema(
        operation_id="impact_assessments_remove_row",
        parameters=[ID],
        request=RowRemoval,
        responses=AssessmentOut,
    )
    @action(detail=True, methods=["post"], url_path="rows/remove")
    def remove_row(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self._written(impact_forms.remove_row, **self.clean(RowRemoval))

    @extend_schema(
        operation_id="impact_assessments_submit", parameters=[ID], request=None, responses=AssessmentOut
    )
    @action(detail=True, methods=["post"])
    def submit(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Hand the form in for review. Not by key."""
        return self._written(impact_forms.submit_assessment, **self.clean(NothingIn))

    @extend_schema(
        operation_id="impact_assessments_review", parameters=[ID], request=None, responses=AssessmentOut
    )
    @action(detail=True, methods=["post"])
    def review(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Begin the review. Not by key."""
        return self._written(impact_reviews.start_review, **self.clean(NothingIn))

    @extend_schema(
        operation_id="impact_assessments_return",
        parameters=[ID],
        request=ReturnIn,
        responses=AssessmentOut,
    )
    @action(detail=True, methods=["post"], url_path="return")
    def send_back(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Send the form back with what does not convince. Not by key."""
        return self._written(impact_reviews.return_assessment, **self.clean(ReturnIn))

    @extend_schema(
        operation_id="impact_assessments_approve",
        parameters=[ID],
        request=ApproveIn,
        responses=AssessmentOut,
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Approve and freeze, until a day that what remains allows. Not by key, nor by whoever answered."""
        return self._written(impact_reviews.approve_assessment, **self.clean(ApproveIn))

    def _written(self, verb: Any, **values: Any) -> Response:
        assessment = self.get_object()
        verb(actor=self.actor, assessment=assessment, now=self.now, **values)
        return Response(AssessmentOut(assessment).data)


def _form_of(assessment: ImpactAssessment, actor: Any) -> dict[str, Any]:
    done = form_progress(assessment.outcome, assessment.answers)
    may_answer = permissions.can(actor, "risk.answer_assessment", assessment)
    offered = records_on_offer(assessment.system) if may_answer else {}
    suggested = proposals(assessment.system, offered) if may_answer else {}
    return {
        "answered": done.answered,
        "total": done.total,
        "harms": done.harms,
        "before": done.before,
        "remains": done.remains,
        "row_version": assessment.row_version,
        "sections": [
            {
                "id": each.section.id,
                "title": each.section.title,
                "answered": each.answered,
                "total": each.total,
                "open": list(each.open),
            }
            for each in done.sections
        ],
        "questions": [
            _question(each, assessment.answers.get(each.id), suggested.get(each.id), offered)
            for each in harms.questions_of(assessment.outcome)
        ],
    }


def _question(question: Question, answer: Any, proposal: Any, offered: dict[str, Any]) -> dict[str, Any]:
    records = offered.get(question.prefill_from, {}) if question.type == "entity_ref" else {}
    columns = columns_of(question.id, question.type) if is_table(question) else ()
    return {
        "id": question.id,
        "section": question.section,
        "text": question.text,
        "type": question.type,
        "required": question.required,
        "help": question.help,
        "options": question.options,
        "columns": [
            {
                "key": each.key,
                "label": each.label,
                "kind": each.kind,
                "required": each.required,
                "options": [{"value": value, "label": label} for value, label in each.options],
            }
            for each in columns
        ],
        "records": [{"id": id, "name": name} for id, name in records.items()],
        "answer": answer,
        "proposal": None if answer else proposal,
    }
