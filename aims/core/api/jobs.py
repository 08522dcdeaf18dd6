"""What runs in the background, in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers

from aims.core.enums import JobState
from aims.core.models import Job
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet


class JobOut(serializers.ModelSerializer):
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
