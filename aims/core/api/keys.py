"""API keys in the API: for signed-in people only, so that no key can make another."""

from __future__ import annotations

import datetime
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core import keys
from aims.core.models import ApiKey, Member
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet

NOBODY = "There is no such person in this organization."


class KeyOut(serializers.ModelSerializer):
    class Meta:
        model = ApiKey
        fields = (
            "id",
            "name",
            "prefix",
            "scopes",
            "networks",
            "rate_limit",
            "responsible_id",
            "created_by_id",
            "created_at",
            "expires_at",
            "last_used_at",
            "last_used_from",
            "previous_prefix",
            "previous_ends_at",
            "revoked_at",
            "row_version",
        )
        read_only_fields = fields


class NewKeyOut(KeyOut):
    key = serializers.SerializerMethodField(help_text="The key itself. It is never shown again.")

    class Meta(KeyOut.Meta):
        fields = (*KeyOut.Meta.fields, "key")  # type: ignore[assignment]  # more than the base has
        read_only_fields = fields  # type: ignore[assignment]  # more than the base has

    def get_key(self, row: ApiKey) -> str:
        return str(self.context["text"])


class KeyLife(serializers.Serializer):
    days = serializers.IntegerField(
        min_value=1, max_value=keys.LONGEST_LIFE.days, required=False, default=keys.USUAL_LIFE.days
    )


class KeyIn(KeyLife):
    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.CharField(max_length=40), max_length=100)
    responsible_id = serializers.IntegerField(required=False, default=None, allow_null=True, min_value=1)
    networks = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, default=list, max_length=50
    )
    rate_limit = serializers.IntegerField(
        min_value=keys.SLOWEST, max_value=keys.FASTEST, required=False, default=keys.USUAL_RATE
    )


class KeyChange(serializers.Serializer):
    row_version = serializers.IntegerField(min_value=1)
    name = serializers.CharField(max_length=100, required=False)
    responsible_id = serializers.IntegerField(min_value=1, required=False)
    networks = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=50
    )
    rate_limit = serializers.IntegerField(min_value=keys.SLOWEST, max_value=keys.FASTEST, required=False)


@extend_schema_view(
    list=extend_schema(operation_id="api_keys_list"),
    retrieve=extend_schema(operation_id="api_keys_retrieve", parameters=[ID]),
)
@extend_schema(tags=["api-keys"])
class KeyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Keys of this organization: what each may do, from where, how fast and until when."""

    serializer_class = KeyOut
    verbs = {
        "list": "core.view_keys",
        "retrieve": "core.view_keys",
        "create": "core.manage_keys",
        "partial_update": "core.manage_keys",
        "rotate": "core.manage_keys",
        "end_old_secret": "core.manage_keys",
        "revoke": "core.manage_keys",
    }

    def get_queryset(self) -> Any:
        return ApiKey.objects.order_by("-pk")

    @extend_schema(operation_id="api_keys_create", request=KeyIn, responses={201: NewKeyOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a key. The answer is the only place where it can be read."""
        values = self.clean(KeyIn)
        life = datetime.timedelta(days=values.pop("days"))
        responsible = self._person(values.pop("responsible_id"))
        key, text = keys.create_key(
            actor=self.actor, now=self.now, life=life, responsible=responsible, **values
        )
        return self._once(key, text, status.HTTP_201_CREATED)

    @extend_schema(operation_id="api_keys_change", parameters=[ID], request=KeyChange, responses=KeyOut)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change who answers for it, from where and how fast it may be used. Its scopes stay."""
        key, values = self.get_object(), self.clean(KeyChange)
        responsible = self._person(values.get("responsible_id", key.responsible_id)) or key.created_by
        keys.change_key(
            actor=self.actor,
            key=key,
            row_version=values["row_version"],
            name=values.get("name", key.name),
            responsible=responsible,
            networks=values.get("networks", key.networks),
            rate_limit=values.get("rate_limit", key.rate_limit),
        )
        return Response(KeyOut(key).data)

    @extend_schema(operation_id="api_keys_rotate", parameters=[ID], request=KeyLife, responses=NewKeyOut)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A new secret at once; the old one works for 24 hours more."""
        key, life = self.get_object(), datetime.timedelta(days=self.clean(KeyLife)["days"])
        text = keys.rotate_key(actor=self.actor, key=key, now=self.now, life=life)
        key.refresh_from_db()
        return self._once(key, text, status.HTTP_200_OK)

    @extend_schema(operation_id="api_keys_end_old_secret", parameters=[ID], request=None, responses=KeyOut)
    @action(detail=True, methods=["post"], url_path="end-old-secret")
    def end_old_secret(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """End the secret from before a rotation now."""
        key = self.get_object()
        keys.end_overlap(actor=self.actor, key=key, now=self.now)
        return Response(KeyOut(key).data)

    @extend_schema(operation_id="api_keys_revoke", parameters=[ID], request=None, responses=KeyOut)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """End the key for good."""
        key = self.get_object()
        keys.revoke_key(actor=self.actor, key=key, now=self.now)
        return Response(KeyOut(key).data)

    def _person(self, pk: int | None) -> Any:
        return record(Member.objects.active(), pk, field="responsible_id", sentence=NOBODY)

    def _once(self, key: ApiKey, text: str, code: int) -> Response:
        answer = Response(NewKeyOut(key, context={"text": text}).data, status=code)
        answer.headers["Cache-Control"] = "no-store"
        return answer
