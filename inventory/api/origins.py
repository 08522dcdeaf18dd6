"""Where the entries of a record come from, in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.rest.views import TenantViewSet
from inventory.queries.provenance import provenance_of


class OriginOut(serializers.Serializer):
    """One entry as it stands: who or which file said so."""

    field = serializers.CharField()
    label: Any = serializers.CharField()  # every field of DRF has a label of its own
    value = serializers.CharField(help_text="As people read it")
    who = serializers.CharField(help_text="Whoever wrote it, or applied the import")
    when = serializers.DateTimeField()
    file = serializers.CharField(help_text="The file and the place in it; empty for what was entered here")
    import_id = serializers.IntegerField(allow_null=True)


class Origins(TenantViewSet):
    """For registers whose records say of each entry where it comes from."""

    origin_verbs = {"origins": "inventory.view_history"}

    @action(detail=True, methods=["get"], pagination_class=None)
    def origins(self, request: Any, **kwargs: Any) -> Response:
        """Of each entry that is filled: the file or the person that said so, and when."""
        return Response(OriginOut(provenance_of(self.get_object()), many=True).data)
