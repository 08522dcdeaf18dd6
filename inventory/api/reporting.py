"""The public form in the API: for persons only, since it opens the organization to the outside."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.rest.records import only_one
from aims.core.rest.views import TenantViewSet
from inventory.models import ReportingForm
from inventory.queries.reporting import public_address, reporting_form
from inventory.services import reporting as services


class ReportingFormOut(serializers.ModelSerializer):
    address = serializers.SerializerMethodField()

    class Meta:
        model = ReportingForm
        fields = ("public_name", "text", "is_on", "row_version", "address")
        read_only_fields = fields

    def get_address(self, form: ReportingForm) -> str:
        return public_address(form)


class ReportingFormIn(serializers.Serializer):
    """`row_version` is the one that was read, 0 before the form is made; another one in store answers 409."""

    public_name = serializers.CharField(max_length=services.LONGEST_NAME)
    text = serializers.CharField(required=False, allow_blank=True, max_length=services.LONGEST_TEXT)
    row_version = serializers.IntegerField(min_value=0)


class ReportingSwitch(serializers.Serializer):
    is_on = serializers.BooleanField()


KEEP = services.KEEP_FORM


@extend_schema(tags=["reporting-form"])
class ReportingFormViewSet(TenantViewSet):
    """The public form of the organization."""

    serializer_class = ReportingFormOut
    pagination_class = None
    verbs = {
        "list": "inventory.view_reporting_form",
        "create": KEEP,
        "switch": KEEP,
        "renew_address": KEEP,
    }

    @extend_schema(operation_id="reporting_form_retrieve", responses=only_one(ReportingFormOut))
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What the public page says and where it is; answers 404 before it is written."""
        form = reporting_form()
        if form is None:
            raise Http404
        return Response(ReportingFormOut(form).data)

    @extend_schema(
        operation_id="reporting_form_write", request=ReportingFormIn, responses={200: ReportingFormOut}
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Write what the public page says."""
        values = self.clean(ReportingFormIn)
        form = services.write_form(actor=self.actor, now=self.now, **{"text": "", **values})
        return Response(ReportingFormOut(form).data, status=status.HTTP_200_OK)

    @extend_schema(
        operation_id="reporting_form_switch", request=ReportingSwitch, responses={200: ReportingFormOut}
    )
    @action(detail=False, methods=["post"])
    def switch(self, request: Any, **kwargs: Any) -> Response:
        """On or off."""
        services.switch_form(actor=self.actor, now=self.now, **self.clean(ReportingSwitch))
        return Response(ReportingFormOut(reporting_form()).data)

    @extend_schema(
        operation_id="reporting_form_renew_address", request=None, responses={200: ReportingFormOut}
    )
    @action(detail=False, methods=["post"], url_path="renew-address")
    def renew_address(self, request: Any, **kwargs: Any) -> Response:
        """A new address; the old one stops working at once."""
        form = services.renew_address(actor=self.actor, now=self.now)
        return Response(ReportingFormOut(form).data)
