"""The API of erasures; a person asks and another decides, so no key may."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.enums import ErasureGround
from aims.core.models import Erasure, Member
from aims.core.queries.erasure import erasures
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.services.erasure import decide_erasure, request_erasure

NOBODY = "There is no such member whose access has ended."


class KeptOut(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]  # a field may be called so
    url = serializers.CharField()
    why = serializers.CharField()


class ErasureOut(serializers.ModelSerializer):
    kept = KeptOut(many=True, read_only=True)

    class Meta:
        model = Erasure
        fields = (
            "id",
            "member_id",
            "ground",
            "note",
            "state",
            "kept",
            "account_ended",
            "requested_by_id",
            "requested_at",
            "decided_by_id",
            "decided_at",
        )
        read_only_fields = fields


class ErasureIn(serializers.Serializer):
    departed_id = serializers.IntegerField(min_value=1)
    ground = serializers.ChoiceField(choices=ErasureGround.choices)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class ErasureDecision(serializers.Serializer):
    confirm = serializers.BooleanField()


@extend_schema_view(
    list=extend_schema(operation_id="erasures_list"),
    retrieve=extend_schema(operation_id="erasures_retrieve", parameters=[ID]),
)
@extend_schema(tags=["people"])
class ErasureViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Erasures of the personal data of departed members: who asked and decided, and what stays and why."""

    serializer_class = ErasureOut
    verbs = {
        "list": "core.view_people",
        "retrieve": "core.view_people",
        "create": "core.request_erasure",
        "decide": "core.decide_erasure",
    }

    def get_queryset(self) -> Any:
        return erasures().order_by("-pk")

    @extend_schema(operation_id="erasures_create", request=ErasureIn, responses={201: ErasureOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask for it; nothing is erased before another person confirms. No key may do this."""
        values = self.clean(ErasureIn)
        departed = Member.objects.filter(is_active=False)
        member = record(departed, values.pop("departed_id"), field="departed_id", sentence=NOBODY)
        erasure = request_erasure(actor=self.actor, member=member, now=self.now, **values)
        return Response(ErasureOut(erasure).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="erasures_decide", parameters=[ID], request=ErasureDecision, responses=ErasureOut
    )
    @action(detail=True, methods=["post"])
    def decide(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Confirm, which erases at once and for good, or refuse. Never by the person who asked."""
        confirm = self.clean(ErasureDecision)["confirm"]
        erasure = decide_erasure(actor=self.actor, erasure=self.get_object(), confirm=confirm, now=self.now)
        return Response(ErasureOut(erasure).data)
