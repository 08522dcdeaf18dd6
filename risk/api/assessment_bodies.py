"""What the API says and takes of an impact assessment and its screening."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from risk.enums import AssessmentState
from risk.models import ImpactAssessment
from risk.questionnaire import screening_questions


class NothingIn(serializers.Serializer):
    """No fields."""


class AssessmentLine(serializers.ModelSerializer):
    state = serializers.ChoiceField(choices=AssessmentState.choices, read_only=True)
    outcome = serializers.CharField(read_only=True, help_text="Empty while questions are open")

    class Meta:
        model = ImpactAssessment
        fields = (
            "id",
            "reference",
            "system_id",
            "system_version",
            "state",
            "score",
            "outcome",
            "started_at",
            "scored_at",
            "screening_approved_by_id",
            "screening_approved_at",
            "approved_by_id",
            "approved_at",
            "next_date",
            "row_version",
        )
        read_only_fields = fields


class AssessmentOut(AssessmentLine):
    answers = serializers.DictField(read_only=True)
    result = serializers.DictField(read_only=True, help_text="Reasons, hard triggers and explanation")

    class Meta(AssessmentLine.Meta):
        fields = (  # type: ignore[assignment]  # more than the base has
            *AssessmentLine.Meta.fields,
            "answers",
            "result",
            "reason",
            "comment",
            "author_id",
        )
        read_only_fields = fields  # type: ignore[assignment]  # more than the base has


class AssessmentIn(serializers.Serializer):
    system_id = serializers.IntegerField()


class AnswersIn(serializers.Serializer):
    answers = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=40), help_text="Question id to option value"
    )
    reason = serializers.CharField(required=False, allow_blank=True, default=None, allow_null=True)
    row_version = serializers.IntegerField(required=False, default=None, allow_null=True)


class FinishIn(serializers.Serializer):
    reason = serializers.CharField(required=False, allow_blank=True, default=None, allow_null=True)


class OptionOut(serializers.Serializer):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field may be called so
    score = serializers.IntegerField()


class QuestionOut(serializers.Serializer):
    id = serializers.CharField()
    text = serializers.CharField()
    why = serializers.CharField()
    options = OptionOut(many=True)


class ScoreOut(serializers.Serializer):
    """What the rules make of the answers so far."""

    score = serializers.IntegerField()
    outcome = serializers.CharField(allow_null=True)
    explanation = serializers.ListField(child=serializers.CharField())
    unanswered = serializers.ListField(child=serializers.CharField())
    questions = serializers.SerializerMethodField()

    @extend_schema_field(QuestionOut(many=True))
    def get_questions(self, result: Any) -> Any:
        return QuestionOut(screening_questions(), many=True).data
