"""Internal audits in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from audits.api.register import Register
from audits.enums import AuditState
from audits.models import Audit


class AuditOut(serializers.ModelSerializer):
    state = serializers.ChoiceField(choices=AuditState.choices, read_only=True)
    lead = serializers.CharField(source="lead.name", default="", read_only=True)

    class Meta:
        model = Audit
        fields = (
            "id",
            "reference",
            "title",
            "objectives",
            "criteria",
            "scope",
            "start_date",
            "end_date",
            "lead",
            "state",
            "conclusion",
            "effectiveness",
            "issued_at",
        )
        read_only_fields = fields


class AuditViewSet(Register):
    """Internal audits."""

    has_past = True
    verbs = {"list": "audits.view_audits", "retrieve": "audits.view_audits"}
    serializer_class = AuditOut

    def get_queryset(self) -> Any:
        return Audit.objects.select_related("lead").order_by("-id")
