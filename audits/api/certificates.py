"""The certification in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from aims.core.days import local_today
from audits.api.register import Register
from audits.models import Certificate
from audits.queries.certification import cycle_lines


class DateOut(serializers.Serializer):
    name = serializers.CharField()
    day = serializers.DateField()
    rule = serializers.CharField()
    state = serializers.CharField()


class CertificateOut(serializers.ModelSerializer):
    dates = DateOut(many=True, read_only=True)

    class Meta:
        model = Certificate
        fields = (
            "id",
            "body",
            "number",
            "scope_text",
            "state",
            "stage1_date",
            "stage2_date",
            "decision_date",
            "expiry_date",
            "surveillance_dates",
            "dates",
        )
        read_only_fields = fields


class CertificateViewSet(Register):
    """The certification with the dates of its cycle and the rule behind each."""

    has_past = True
    verbs = {"list": "audits.view_certification", "retrieve": "audits.view_certification"}
    serializer_class = CertificateOut

    def get_queryset(self) -> Any:
        return Certificate.objects.order_by("-id")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        shown = args[0] if args else ()
        for certificate in shown if isinstance(shown, list) else [shown]:
            if isinstance(certificate, Certificate):
                certificate.dates = cycle_lines(certificate, today=local_today(self.now))  # type: ignore[attr-defined]
        return super().get_serializer(*args, **kwargs)
