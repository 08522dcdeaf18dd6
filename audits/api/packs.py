"""Packs over the API: ask, watch, download. Releasing is for people."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from aims.core import blobs, trail
from aims.core.exceptions import NotAllowed
from aims.core.rest.views import TenantViewSet
from audits import packs
from audits.enums import PackKind
from audits.models import EvidencePack
from audits.pack_views import is_downloadable


class PackSerializer(serializers.ModelSerializer[EvidencePack]):
    progress = serializers.SerializerMethodField()

    class Meta:
        model = EvidencePack
        fields = [
            "id",
            "reference",
            "kind",
            "as_of",
            "state",
            "progress",
            "manifest_sha256",
            "page_count",
            "item_count",
            "gaps",
            "failure",
            "requested_at",
            "built_at",
        ]
        read_only_fields = fields

    def get_progress(self, pack: EvidencePack) -> int | None:
        """Percent; nothing for auditors, who see no jobs."""
        actor = self.context["request"].auth
        job = None if actor is None or actor.is_auditor else pack.job
        return job.progress if job else None


class PackRequestSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PackKind.choices, default=PackKind.STAGE1)
    as_of = serializers.DateField()


class PackViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    verbs = {
        "list": "audits.view_packs",
        "retrieve": "audits.view_packs",
        "download": "audits.download_pack",
        "create": "audits.request_pack",
    }
    serializer_class = PackSerializer

    def get_queryset(self) -> Any:
        packs_seen = EvidencePack.objects.order_by("-id")
        return packs_seen if self.actor.is_auditor else packs_seen.select_related("job")

    @extend_schema(request=PackRequestSerializer, responses={202: PackSerializer})
    def create(self, request: Any, **kwargs: Any) -> Response:
        wanted = self.clean(PackRequestSerializer)
        pack = packs.request_pack(actor=self.actor, now=self.now, **wanted)
        return Response(self.get_serializer(pack).data, status=202)

    @extend_schema(operation_id="packs_download", responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def download(self, request: Any, pk: str, **kwargs: Any) -> Any:
        pack = get_object_or_404(EvidencePack.objects.select_related("blob"), pk=pk)
        if pack.blob is None:
            raise Http404
        if not is_downloadable(pack, self.actor):
            raise NotAllowed("This access does not include downloads.")
        trail.record(self.actor, "evidencepack.downloaded", pack)
        return blobs.serve(pack.blob)
