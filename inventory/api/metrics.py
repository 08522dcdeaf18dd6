"""Metrics and their readings in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.models import Member
from aims.core.rest.filters import number
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from inventory import metric_proposals
from inventory.enums import (
    ChartKind,
    MetricDirection,
    MetricFrequency,
    MetricKind,
    MetricSource,
)
from inventory.models import AISystem, Metric, MetricReading
from inventory.queries import monitoring as queries
from inventory.rules.monitoring import BOUNDS
from inventory.services import metrics as services
from inventory.services import readings

Word = serializers.CharField
KEEP, RECORD, VIEW = "inventory.keep_metric", "inventory.record_readings", "inventory.view_metrics"
MOST = 2_000_000_000
NOT_HERE = "There is no such record."


class Number(serializers.FloatField):
    """A number; true and false are none."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        value: float = super().to_internal_value(data)
        return value


def bound() -> Any:
    return Number(required=False, allow_null=True)


def whole(least: int = 1, most: int = MOST, **options: Any) -> Any:
    return serializers.IntegerField(min_value=least, max_value=most, required=False, **options)


class MetricLine(serializers.Serializer):
    """One line of the catalogue, with the last reading."""

    id = serializers.IntegerField()
    reference = Word()
    name = Word()
    kind = serializers.ChoiceField(choices=MetricKind.choices)
    system_id = serializers.IntegerField()
    frequency = serializers.ChoiceField(choices=MetricFrequency.choices)
    owner_id = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()
    unit = Word()
    last_at = serializers.DateTimeField(allow_null=True)
    last_value = serializers.FloatField(allow_null=True)
    alert_count = serializers.IntegerField()
    row_version = serializers.IntegerField()


class StreamOut(serializers.Serializer):
    """How far the readings of one group came."""

    group = Word()
    last_at = serializers.DateTimeField(source="last.at", default=None, allow_null=True)
    last_value = serializers.FloatField(source="last.value", default=None, allow_null=True)
    severity = Word()
    missing_since = serializers.DateTimeField(allow_null=True)


class MetricOut(serializers.ModelSerializer):
    """The whole record."""

    streams = serializers.SerializerMethodField()

    class Meta:
        model = Metric
        fields = (
            "id",
            "reference",
            "system_id",
            *(key for key in services.EDITABLE if key != "owner"),
            "owner_id",
            "is_active",
            "active_since",
            "paused_because",
            "registered_at",
            "row_version",
            "streams",
        )
        read_only_fields = fields

    @extend_schema_field(StreamOut(many=True))
    def get_streams(self, metric: Metric) -> Any:
        detail: queries.MetricDetail = self.context["detail"]
        return StreamOut(detail.streams, many=True).data


class MetricFields(serializers.Serializer):
    """What may be written."""

    definition = Word(required=False, allow_blank=True, max_length=10_000)
    unit = Word(required=False, allow_blank=True, max_length=30)
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field may be called so
        choices=MetricSource.choices, required=False
    )
    frequency = serializers.ChoiceField(choices=MetricFrequency.choices, required=False)
    grace_hours = whole(0, 100_000, allow_null=True)
    warning_low = bound()
    warning_high = bound()
    critical_low = bound()
    critical_high = bound()
    groups = serializers.DictField(
        child=serializers.DictField(child=Number()),
        required=False,
        help_text=f"Group -> the limits that differ there ({', '.join(BOUNDS)}).",
    )
    warning_breaches = whole(1, 50)
    warning_of = whole(1, 50)
    critical_breaches = whole(1, 50)
    critical_of = whole(1, 50)
    minimum_sample = whole(allow_null=True)
    chart = serializers.ChoiceField(choices=ChartKind.choices, required=False)
    escalate_hours = whole(1, 100_000)
    recurrence_days = whole(0, 3_650)
    retention_months = whole(1, 1_200, allow_null=True)
    owner_id = serializers.IntegerField(required=False, allow_null=True)


class MetricIn(MetricFields):
    system_id = serializers.IntegerField()
    name = Word(max_length=200)
    kind = serializers.ChoiceField(choices=MetricKind.choices)
    direction = serializers.ChoiceField(choices=MetricDirection.choices)
    is_active = serializers.BooleanField(required=False)


class MetricChange(MetricFields):
    row_version = serializers.IntegerField()
    name = Word(max_length=200, required=False)
    kind = serializers.ChoiceField(choices=MetricKind.choices, required=False)
    direction = serializers.ChoiceField(choices=MetricDirection.choices, required=False)


class PauseIn(serializers.Serializer):
    reason = Word(max_length=2000)


class AdoptIn(serializers.Serializer):
    system_id = serializers.IntegerField()
    keys = serializers.ListField(child=Word(max_length=60), max_length=100)


class AdoptedOut(serializers.Serializer):
    metric_ids = serializers.ListField(child=serializers.IntegerField())


class ProposalOut(serializers.Serializer):
    """A metric that systems of a kind usually have."""

    key = Word()
    name = Word()
    kind = serializers.ChoiceField(choices=MetricKind.choices)
    definition = Word()
    unit = Word()
    direction = serializers.ChoiceField(choices=MetricDirection.choices)
    frequency = serializers.ChoiceField(choices=MetricFrequency.choices)
    chart = serializers.ChoiceField(choices=ChartKind.choices)


DETAIL: dict[str, Any] = {"parameters": [ID], "responses": MetricOut}


@extend_schema_view(
    list=extend_schema(
        operation_id="metrics_list",
        responses=MetricLine(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
            OpenApiParameter("q", str, description="Words in name, reference, definition or system"),
            OpenApiParameter("kind", str, enum=MetricKind.values),
            OpenApiParameter("frequency", str, enum=MetricFrequency.values),
            OpenApiParameter("system", int),
            OpenApiParameter("sort", str, enum=both_ways(queries.SORTS)),
        ],
    ),
    retrieve=extend_schema(operation_id="metrics_retrieve", parameters=[ID], responses=MetricOut),
)
@extend_schema(tags=["metrics"])
class MetricViewSet(TenantViewSet):
    """The metric catalogue: what is measured of AI systems, and within which limits."""

    serializer_class = MetricOut
    has_past = True
    verbs = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": KEEP,
        "partial_update": KEEP,
        "pause": KEEP,
        "activate": KEEP,
        "proposals": VIEW,
        "adopt": KEEP,
    }

    def get_queryset(self) -> Any:
        return Metric.objects.select_related("system__owner", "owner", "organization")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = request.query_params
        texts = {key: asked.get(key, "") for key in ("view", "q", "kind", "frequency")}
        filters = queries.MetricFilters(**texts, system=number(asked, "system"))
        found = queries.rows(queries.metrics(filters), now=self.now)
        page = self.paginate_queryset(
            in_order(found, asked.get("sort", ""), sorts=queries.SORTS, default="id")
        )
        return self.get_paginated_response(MetricLine(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    @extend_schema(operation_id="metrics_create", request=MetricIn, responses={201: MetricOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Register a metric; an active one needs a limit."""
        values = _written(self.clean(MetricIn))
        systems = AISystem.objects.select_related("owner")
        system = record(systems, values.pop("system_id"), field="system_id", sentence=NOT_HERE)
        metric = services.register_metric(actor=self.actor, system=system, now=self.now, **values)
        return self._answer(metric, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="metrics_update", request=MetricChange, **DETAIL)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of the version that was read."""
        values = _written(self.clean(MetricChange))
        metric = services.edit_metric(
            actor=self.actor,
            metric=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return self._answer(metric)

    @extend_schema(request=PauseIn, **DETAIL)
    @action(detail=True, methods=["post"])
    def pause(self, request: Any, **kwargs: Any) -> Response:
        """Readings are still taken, nobody is alerted."""
        metric, values = self.get_object(), self.clean(PauseIn)
        return self._answer(services.pause_metric(actor=self.actor, metric=metric, now=self.now, **values))

    @extend_schema(request=None, **DETAIL)
    @action(detail=True, methods=["post"])
    def activate(self, request: Any, **kwargs: Any) -> Response:
        metric = self.get_object()
        return self._answer(services.activate_metric(actor=self.actor, metric=metric, now=self.now))

    @extend_schema(
        responses=ProposalOut(many=True),
        parameters=[OpenApiParameter("ai_type", str, description="The kind of AI as systems name it")],
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def proposals(self, request: Any, **kwargs: Any) -> Response:
        """What systems of a kind usually measure."""
        found = metric_proposals.proposals_for(request.query_params.get("ai_type", ""))
        return Response(ProposalOut(found, many=True).data)

    @extend_schema(request=AdoptIn, responses=AdoptedOut)
    @action(detail=False, methods=["post"])
    def adopt(self, request: Any, **kwargs: Any) -> Response:
        """Take proposals over; they stay paused until their limits are set."""
        values = self.clean(AdoptIn)
        systems = AISystem.objects.select_related("owner")
        system = record(systems, values["system_id"], field="system_id", sentence=NOT_HERE)
        made = services.adopt_proposals(actor=self.actor, system=system, keys=values["keys"], now=self.now)
        return Response({"metric_ids": [metric.pk for metric in made]})

    def _answer(self, metric: Metric, **options: Any) -> Response:
        detail = queries.detail_of(metric, now=self.now)
        context = {**self.get_serializer_context(), "detail": detail}
        return Response(MetricOut(metric, context=context).data, **options)


class ReadingOut(serializers.ModelSerializer):
    class Meta:
        model = MetricReading
        fields = (
            "id",
            "metric_id",
            "group",
            "at",
            "period_start",
            "value",
            "sample_size",
            "client_id",
            "corrects_id",
            "reason",
            "batch_id",
            "recorded_at",
        )
        read_only_fields = fields


class ReadingIn(serializers.Serializer):
    metric = Word(max_length=20, help_text="Its reference, such as MET-001")
    value = Number()
    at = serializers.DateTimeField()
    group = Word(required=False, allow_blank=True, max_length=60)
    sample_size = whole(allow_null=True)
    unit = Word(required=False, allow_blank=True, max_length=30, help_text="Refused when it is another")
    client_id = Word(required=False, allow_blank=True, max_length=100, help_text="Yours; counts once")
    period_start = serializers.DateTimeField(required=False, allow_null=True)


class BatchIn(serializers.Serializer):
    readings = ReadingIn(many=True)
    note = Word(required=False, allow_blank=True, max_length=200)


class BatchOut(serializers.Serializer):
    batch_id = serializers.IntegerField(allow_null=True)
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()


class CorrectIn(serializers.Serializer):
    value = Number()
    reason = Word(max_length=2000)
    sample_size = whole(allow_null=True)


@extend_schema_view(
    list=extend_schema(
        operation_id="readings_list",
        responses=ReadingOut(many=True),
        parameters=[
            OpenApiParameter("metric", int, description="The id of a metric"),
            OpenApiParameter("group", str),
            OpenApiParameter("since", str, description="A time such as 2027-03-01T14:00:00Z"),
            OpenApiParameter("until", str, description="A time such as 2027-03-31T14:00:00Z"),
        ],
    )
)
@extend_schema(tags=["metrics"])
class ReadingViewSet(TenantViewSet):
    """Readings of metrics, written once; a correction is a reading of its own."""

    serializer_class = ReadingOut
    verbs = {"list": VIEW, "create": RECORD, "correct": RECORD}

    def get_queryset(self) -> Any:
        return MetricReading.objects.all()

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        asked = request.query_params
        group = asked.get("group")
        found = queries.readings(
            metric=number(asked, "metric"),
            group=group,
            since=_moment(asked, "since"),
            until=_moment(asked, "until"),
        )
        page = self.paginate_queryset(found.order_by("id"))
        return self.get_paginated_response(ReadingOut(page, many=True).data)

    @extend_schema(operation_id="readings_create", request=BatchIn, responses={201: BatchOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Up to 1,000 at once, all or none. What was sent before counts once: send again when in doubt."""
        values = self.clean(BatchIn)
        sent = [
            readings.Sent(**each, place=f"readings.{place}") for place, each in enumerate(values["readings"])
        ]
        outcome = readings.record_readings(
            actor=self.actor, sent=sent, source=MetricSource.API, note=values.get("note", ""), now=self.now
        )
        body = {
            "batch_id": outcome.batch.pk if outcome.batch else None,
            "accepted": outcome.accepted,
            "duplicates": outcome.duplicates,
        }
        return Response(body, status=status.HTTP_201_CREATED)

    @extend_schema(request=CorrectIn, parameters=[ID], responses={201: ReadingOut})
    @action(detail=True, methods=["post"])
    def correct(self, request: Any, **kwargs: Any) -> Response:
        """A right value beside the wrong one, with the reason."""
        row = readings.correct_reading(
            actor=self.actor, reading=self.get_object(), now=self.now, **self.clean(CorrectIn)
        )
        return Response(ReadingOut(row).data, status=status.HTTP_201_CREATED)


def _moment(asked: Any, name: str) -> Any:
    text = asked.get(name, "")
    try:
        return serializers.DateTimeField().to_internal_value(text) if text else None
    except exceptions.ValidationError as wrong:
        raise exceptions.ValidationError({name: wrong.detail}) from wrong


def _written(values: dict[str, Any]) -> dict[str, Any]:
    if "owner_id" in values:
        member = values.pop("owner_id")
        sentence = f"There is no member {member}."
        values["owner"] = record(Member.objects.active(), member, field="owner_id", sentence=sentence)
    return values
