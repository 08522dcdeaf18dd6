"""The rules of sign-in in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.rest.records import only_one
from aims.core.rest.views import TenantViewSet
from aims.core.services.sign_in import (
    LONGEST_IDLE_MINUTES,
    SHORTEST_IDLE_MINUTES,
    change_sign_in_rules,
    sign_in_rules_of,
)
from aims.core.tenancy.context import current_organization


class SignInRulesOut(serializers.Serializer):
    second_factor_required = serializers.BooleanField()
    idle_minutes = serializers.IntegerField(min_value=SHORTEST_IDLE_MINUTES, max_value=LONGEST_IDLE_MINUTES)


@extend_schema(tags=["people"])
class SignInRulesViewSet(TenantViewSet):
    """Whether everybody needs a second factor, and how long a session may go unused."""

    serializer_class = SignInRulesOut
    pagination_class = None
    verbs = {"list": "core.view_sign_in_rules", "change": "core.change_sign_in_rules"}

    @extend_schema(operation_id="sign_in_rules_retrieve", responses={200: only_one(SignInRulesOut)})
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(sign_in_rules_of(current_organization()))

    @extend_schema(
        operation_id="sign_in_rules_change", request=SignInRulesOut, responses={200: SignInRulesOut}
    )
    @action(detail=False, methods=["post"])
    def change(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """For administrators who signed in within the last minutes; no key may do this."""
        organization = current_organization()
        change_sign_in_rules(actor=self.actor, organization=organization, **self.clean(SignInRulesOut))
        return Response(sign_in_rules_of(organization))
