"""Saved views of registers in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status
from rest_framework.response import Response

from aims.core.models import SavedView
from aims.core.registers import address_of
from aims.core.rest.records import ID
from aims.core.rest.views import TenantViewSet
from aims.core.services import saved_views as services


class SavedViewOut(serializers.ModelSerializer):
    member_id = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="None where a key saved it"
    )

    class Meta:
        model = SavedView
        fields = ("id", "register", "name", "query", "is_shared", "member_id", "saved_at")
        read_only_fields = fields


class SavedViewIn(serializers.Serializer):
    register = serializers.CharField(max_length=60, help_text="As lists of views name it, such as `systems`")
    name = serializers.CharField(max_length=60)
    query = serializers.CharField(
        max_length=services.LONGEST_QUERY,
        help_text="What follows the question mark in the address of the page: filters, sort and columns",
    )
    is_shared = serializers.BooleanField(required=False, help_text="A key saves shared views only")


class SavedViewChange(serializers.Serializer):
    name = serializers.CharField(required=False, max_length=60)
    query = serializers.CharField(required=False, max_length=services.LONGEST_QUERY)
    is_shared = serializers.BooleanField(required=False)


@extend_schema_view(
    list=extend_schema(operation_id="saved_views_list", parameters=[OpenApiParameter("register", str)]),
    retrieve=extend_schema(operation_id="saved_views_retrieve", parameters=[ID]),
)
@extend_schema(tags=["saved-views"])
class SavedViewViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """What registers are asked for, under a name: one's own and shared views; for a key, shared ones."""

    serializer_class = SavedViewOut
    verbs = {
        "list": services.VIEW,
        "retrieve": services.VIEW,
        "create": services.KEEP,
        "partial_update": services.KEEP,
        "destroy": services.KEEP,
    }

    def get_queryset(self) -> Any:
        """Of registers that the actor may read."""
        seen = SavedView.objects.seen_by(self.actor.member_id)
        registers = seen.order_by().values_list("register", flat=True).distinct()
        found = seen.filter(register__in=[each for each in registers if self._address(each)])
        asked = self.request.query_params.get("register", "")
        return (found.filter(register=asked) if asked else found).order_by("register", "name", "pk")

    def _address(self, register: str) -> str:
        return address_of(register, slug=self.kwargs["organization"], actor=self.actor)

    @extend_schema(operation_id="saved_views_create", request=SavedViewIn, responses={201: SavedViewOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Save a view; it takes the place of one's own of the same name."""
        values = self.clean(SavedViewIn)
        if not self._address(values["register"]):
            raise exceptions.ValidationError({"register": ["There is no such register for you."]})
        view = services.save_view(actor=self.actor, now=self.now, **values)
        return Response(SavedViewOut(view).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="saved_views_update", parameters=[ID], request=SavedViewChange, responses=SavedViewOut
    )
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change its name, what it asks for, or whether others see it."""
        view, values = self.get_object(), self.clean(SavedViewChange)
        changed = services.change_view(actor=self.actor, view=view, changes=values, now=self.now)
        return Response(SavedViewOut(changed).data)

    @extend_schema(operation_id="saved_views_remove", parameters=[ID], request=None, responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        services.remove_view(actor=self.actor, view=self.get_object(), now=self.now)
        return Response(status=status.HTTP_204_NO_CONTENT)
