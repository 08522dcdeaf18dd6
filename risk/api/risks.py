"""Risks in the API: the same verbs as the pages. Approvals are made by people only."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.models import Member
from aims.core.rest.filters import number
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from inventory.models import AISystem
from risk import queries
from risk.api.assessment_bodies import NothingIn
from risk.enums import Level, RiskState
from risk.models import Risk
from risk.scoring import Ratings
from risk.services import risks, treatment

Step = serializers.IntegerField


def _member(pk: int | None) -> Member | None:
    sentence = "There is no such member."
    found: Member | None = record(Member.objects.active(), pk, field="owner_id", sentence=sentence)
    return found


def _system(pk: int | None) -> AISystem | None:
    systems = AISystem.objects.select_related("owner", "risk_owner")
    found: AISystem | None = record(systems, pk, field="system_id", sentence="There is no such AI system.")
    return found


class RiskLine(serializers.ModelSerializer):
    """One line of the register."""

    state = serializers.ChoiceField(choices=RiskState.choices, read_only=True)
    level = serializers.CharField(read_only=True, help_text="low, medium, high, critical, or empty")
    residual_level = serializers.CharField(read_only=True)

    class Meta:
        model = Risk
        fields = (
            "id",
            "reference",
            "title",
            "system_id",
            "process",
            "scenario",
            "category",
            "owner_id",
            "state",
            "score",
            "level",
            "residual_score",
            "residual_level",
            "option",
            "treatment_due_date",
            "review_date",
            "row_version",
        )
        read_only_fields = fields


class RiskOut(RiskLine):
    """The whole record."""

    criteria_version = serializers.IntegerField(source="criteria.version", default=None, read_only=True)
    explanation = serializers.SerializerMethodField()

    class Meta(RiskLine.Meta):
        fields = (  # type: ignore[assignment]  # more than the base has
            *RiskLine.Meta.fields,
            "cause",
            "event",
            "consequence",
            "affected_parties",
            "likelihood",
            "severity_organization",
            "severity_individuals",
            "severity_society",
            "score_reason",
            "criteria_version",
            "explanation",
            "treatment_plan",
            "treated_on",
            "treatment_result",
            "residual_likelihood",
            "residual_organization",
            "residual_individuals",
            "residual_society",
            "author_id",
            "identified_at",
        )
        read_only_fields = fields  # type: ignore[assignment]  # more than the base has

    def get_explanation(self, risk: Risk) -> str:
        """How the level was computed."""
        ratings = queries.ratings_of(risk)
        if ratings is None or not risk.level:
            return ""
        return ratings.explanation(queries.criteria_of(risk))


class RiskFields(serializers.Serializer):
    """What may be written. Scores, levels and states come from actions."""

    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
    system_id = serializers.IntegerField(required=False, allow_null=True)
    process = serializers.CharField(max_length=200, required=False, allow_blank=True)
    category = serializers.CharField(max_length=40, required=False, allow_blank=True)
    cause = serializers.CharField(required=False, allow_blank=True)
    event = serializers.CharField(required=False, allow_blank=True)
    consequence = serializers.CharField(required=False, allow_blank=True)
    affected_parties = serializers.CharField(required=False, allow_blank=True)
    owner_id = serializers.IntegerField(required=False, allow_null=True)
    review_date = serializers.DateField(required=False, allow_null=True)


class RiskIn(RiskFields):
    scenario = serializers.CharField(
        required=False, allow_blank=True, help_text="Fills what is left empty from the library"
    )


class RiskChange(RiskFields):
    row_version = serializers.IntegerField(help_text="The version that was read")


class RatingIn(serializers.Serializer):
    likelihood = Step(min_value=1, max_value=5)
    organization = Step(min_value=1, max_value=5)
    individuals = Step(min_value=1, max_value=5)
    society = Step(min_value=1, max_value=5)
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class PlanIn(serializers.Serializer):
    option = serializers.ChoiceField(choices=["avoid", "share", "retain"])
    plan = serializers.CharField()
    due_date = serializers.DateField()


class CompleteIn(serializers.Serializer):
    likelihood = Step(min_value=1, max_value=5)
    organization = Step(min_value=1, max_value=5)
    individuals = Step(min_value=1, max_value=5)
    society = Step(min_value=1, max_value=5)
    done = serializers.CharField()
    treated_on = serializers.DateField(required=False, allow_null=True, default=None)


@extend_schema_view(
    list=extend_schema(
        operation_id="risks_list",
        responses=RiskLine(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[key for key, _ in queries.VIEWS if key]),
            OpenApiParameter("state", str, enum=RiskState.values),
            OpenApiParameter("level", str, enum=Level.values, description="Residual, else inherent"),
            OpenApiParameter("system", int),
        ],
    ),
    retrieve=extend_schema(operation_id="risks_retrieve", parameters=[ID], responses=RiskOut),
)
@extend_schema(tags=["risks"])
class RiskViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """The risk register."""

    serializer_class = RiskLine
    has_past = True
    verbs = {
        "list": "risk.view_risks",
        "retrieve": "risk.view_risks",
        "create": "risk.identify_risk",
        "partial_update": "risk.edit_risk",
        "rate": "risk.rate",
        "evaluate": "risk.evaluate",
        "plan": "risk.plan_treatment",
        "start": "risk.start_treatment",
        "complete": "risk.complete_treatment",
    }

    def get_serializer_class(self) -> Any:
        return RiskOut if self.action == "retrieve" else RiskLine

    def get_queryset(self) -> Any:
        if self.action != "list":
            return Risk.objects.select_related("system", "owner", "criteria", "organization")
        query = self.request.query_params
        found = Risk.objects.order_by("id")
        if query.get("view"):
            today, criteria = local_today(self.now), queries.current_scales()
            found = found.filter(
                queries.view_filter(query["view"], actor=self.actor, today=today, criteria=criteria)
            )
        if query.get("state"):
            found = found.filter(state=query["state"])
        if query.get("level"):
            found = found.at_level(query["level"])
        if system := number(query, "system"):
            found = found.filter(system_id=system)
        return found

    def _out(self, risk: Risk, code: int = status.HTTP_200_OK) -> Response:
        fresh = Risk.objects.select_related("criteria").get(pk=risk.pk)
        return Response(RiskOut(fresh).data, status=code)

    def _values(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        if "system_id" in cleaned:
            cleaned["system"] = _system(cleaned.pop("system_id"))
        if "owner_id" in cleaned:
            cleaned["owner"] = _member(cleaned.pop("owner_id"))
        return cleaned

    @extend_schema(operation_id="risks_create", request=RiskIn, responses={201: RiskOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Identify a risk, free or from a scenario of the library."""
        values = {"title": "", **self._values(self.clean(RiskIn))}
        risk = risks.identify_risk(actor=self.actor, now=self.now, **values)
        return self._out(risk, status.HTTP_201_CREATED)

    @extend_schema(operation_id="risks_change", parameters=[ID], request=RiskChange, responses=RiskOut)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change what a risk says of itself; `row_version` is the one that was read."""
        values = self._values(self.clean(RiskChange))
        version = values.pop("row_version")
        risk = risks.edit_risk(
            actor=self.actor, risk=self.get_object(), row_version=version, changes=values, now=self.now
        )
        return self._out(risk)

    @extend_schema(operation_id="risks_rate", parameters=[ID], request=RatingIn, responses=RiskOut)
    @action(detail=True, methods=["post"])
    def rate(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Rate a risk; the level is computed by the approved criteria."""
        given = self.clean(RatingIn)
        reason = given.pop("reason")
        risk = risks.rate(
            actor=self.actor, risk=self.get_object(), ratings=Ratings(**given), reason=reason, now=self.now
        )
        return self._out(risk)

    @extend_schema(operation_id="risks_evaluate", parameters=[ID], request=None, responses=RiskOut)
    @action(detail=True, methods=["post"])
    def evaluate(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        self.clean(NothingIn)
        return self._out(risks.evaluate(actor=self.actor, risk=self.get_object(), now=self.now))

    @extend_schema(operation_id="risks_plan", parameters=[ID], request=PlanIn, responses=RiskOut)
    @action(detail=True, methods=["post"])
    def plan(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Plan a treatment that needs no controls; controls are chosen under controls."""
        given = self.clean(PlanIn)
        risk = treatment.plan_treatment(actor=self.actor, risk=self.get_object(), now=self.now, **given)
        return self._out(risk)

    @extend_schema(operation_id="risks_start", parameters=[ID], request=None, responses=RiskOut)
    @action(detail=True, methods=["post"])
    def start(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        self.clean(NothingIn)
        return self._out(treatment.start_treatment(actor=self.actor, risk=self.get_object(), now=self.now))

    @extend_schema(operation_id="risks_complete", parameters=[ID], request=CompleteIn, responses=RiskOut)
    @action(detail=True, methods=["post"])
    def complete(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say what was done and rate what remains."""
        given = self.clean(CompleteIn)
        done, treated_on = given.pop("done"), given.pop("treated_on")
        risk = treatment.complete_treatment(
            actor=self.actor,
            risk=self.get_object(),
            residual=Ratings(**given),
            done=done,
            treated_on=treated_on,
            now=self.now,
        )
        return self._out(risk)
