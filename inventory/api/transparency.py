"""Disclosures and transparency pages in the API. Publishing is for persons only."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.days import local_today
from aims.core.models import Member
from aims.core.queries.evidence import visible_evidence
from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from aims.core.sorting import both_ways, in_order
from inventory.enums import DisclosureAudience, DisclosureKind
from inventory.models import AISystem, Disclosure, TransparencyPage
from inventory.queries import transparency as queries
from inventory.services import disclosures as services
from inventory.services import transparency as pages

Word = serializers.CharField
VIEW, KEEP = "inventory.view_disclosures", services.KEEP
FILTERS = ("view", "q", "kind", "audience", "system")


class DisclosureLine(serializers.Serializer):
    """One line of the register."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    system_id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=DisclosureKind.choices)
    audience = serializers.ChoiceField(choices=DisclosureAudience.choices)
    language = serializers.CharField()
    shown_where = serializers.CharField()
    review_date = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    row_version = serializers.IntegerField()


class DisclosureProofOut(serializers.Serializer):
    evidence_id = serializers.IntegerField()
    shown_on = serializers.DateField()


class DisclosureOut(DisclosureLine):
    text = serializers.CharField()
    owner_id = serializers.IntegerField(allow_null=True)
    is_on_page = serializers.BooleanField()
    proofs = DisclosureProofOut(many=True, source="evidence_links.all")


class DisclosureFields(serializers.Serializer):
    language = Word(required=False, max_length=12)
    shown_where = Word(required=False, allow_blank=True, max_length=300)
    owner_id = serializers.IntegerField(required=False, allow_null=True)
    review_date = serializers.DateField(required=False, allow_null=True)


class DisclosureIn(DisclosureFields):
    system_id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=DisclosureKind.choices)
    audience = serializers.ChoiceField(choices=DisclosureAudience.choices)
    text = Word(max_length=10_000)


class DisclosureChange(DisclosureFields):
    """`row_version` is the one that was read; another one in store answers 409."""

    row_version = serializers.IntegerField(min_value=1)
    kind = serializers.ChoiceField(choices=DisclosureKind.choices, required=False)
    audience = serializers.ChoiceField(choices=DisclosureAudience.choices, required=False)
    text = Word(required=False, max_length=10_000)


class DisclosureProofIn(serializers.Serializer):
    evidence_id = serializers.IntegerField()
    shown_on = serializers.DateField()


class DisclosureProofGone(serializers.Serializer):
    evidence_id = serializers.IntegerField()


class TransparencyOut(serializers.Serializer):
    """The draft, and what of it stands outside. `digest` is of the preview: publishing asks for it."""

    is_public = serializers.BooleanField()
    address = serializers.CharField()
    version = serializers.IntegerField()
    row_version = serializers.IntegerField()
    fields_chosen = serializers.ListField(child=serializers.CharField())
    preview = serializers.DictField()
    digest = serializers.CharField()


class TransparencyIn(serializers.Serializer):
    """`row_version` is the one that was read, 0 before the first draft."""

    row_version = serializers.IntegerField(min_value=0)
    title = Word(max_length=200)
    publisher = Word(max_length=200)
    language = Word(required=False, max_length=12)
    intro = Word(required=False, allow_blank=True, max_length=10_000)
    contact = Word(required=False, allow_blank=True, max_length=2000)
    allows_search = serializers.BooleanField(required=False)
    fields_chosen = serializers.ListField(
        child=serializers.ChoiceField(choices=list(queries.FIELDS.items())), required=False, max_length=50
    )
    disclosure_ids = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=200)


class TransparencyPublishIn(serializers.Serializer):
    digest = Word(max_length=64)


DETAIL: dict[str, Any] = {"parameters": [ID], "responses": DisclosureOut}


@extend_schema_view(
    list=extend_schema(
        operation_id="disclosures_list",
        responses=DisclosureLine(many=True),
        parameters=[
            OpenApiParameter("view", str, enum=[view for view in queries.VIEWS if view]),
            OpenApiParameter("q", str, description="Words in reference, text or place"),
            OpenApiParameter("sort", str, enum=both_ways(queries.SORTS)),
            OpenApiParameter("kind", str, enum=DisclosureKind.values),
            OpenApiParameter("audience", str, enum=DisclosureAudience.values),
            OpenApiParameter("system", int, description="Number of an AI system"),
        ],
    ),
    retrieve=extend_schema(operation_id="disclosures_retrieve", parameters=[ID], responses=DisclosureOut),
)
@extend_schema(tags=["transparency"])
class DisclosureViewSet(TenantViewSet):
    """What people are told about AI systems: to whom, in which words, where, and how one sees that."""

    serializer_class = DisclosureOut
    has_past = True
    verbs = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": KEEP,
        "partial_update": KEEP,
        "end": KEEP,
        "link_proof": KEEP,
        "unlink_proof": KEEP,
    }

    def get_queryset(self) -> Any:
        found = Disclosure.objects.select_related("owner", "system", "organization")
        return found.prefetch_related("evidence_links")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        texts = {key: request.query_params.get(key, "") for key in FILTERS}
        today = local_today(self.now)
        found = queries.rows(queries.disclosures(queries.DisclosureFilters(**texts), on=today))
        found = in_order(found, request.query_params.get("sort", ""), sorts=queries.SORTS, default="id")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(DisclosureLine(page, many=True).data)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(DisclosureOut(self.get_object()).data)

    @extend_schema(operation_id="disclosures_create", request=DisclosureIn, responses={201: DisclosureOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Register what people are told. Without an owner it is the owner of the system."""
        values = self._with_owner(self.clean(DisclosureIn))
        number = values.pop("system_id")
        systems = AISystem.objects.select_related("owner")
        sentence = f"There is no AI system {number}."
        system = record(systems, number, field="system_id", sentence=sentence)
        made = services.register_disclosure(actor=self.actor, system=system, now=self.now, **values)
        return Response(DisclosureOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="disclosures_update", request=DisclosureChange, **DETAIL)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change some fields of the version that was read."""
        values = self._with_owner(self.clean(DisclosureChange))
        services.edit_disclosure(
            actor=self.actor,
            disclosure=self.get_object(),
            row_version=values.pop("row_version"),
            changes=values,
            now=self.now,
        )
        return self._answer()

    @extend_schema(request=None, **DETAIL)
    @action(detail=True, methods=["post"])
    def end(self, request: Any, **kwargs: Any) -> Response:
        """It is shown no more, from today on."""
        services.end_disclosure(
            actor=self.actor, disclosure=self.get_object(), on=local_today(self.now), now=self.now
        )
        return self._answer()

    @extend_schema(request=DisclosureProofIn, **DETAIL)
    @action(detail=True, methods=["post"], url_path="link-proof")
    def link_proof(self, request: Any, **kwargs: Any) -> Response:
        """Evidence that it was shown, and on which day."""
        values = self.clean(DisclosureProofIn)
        number = values["evidence_id"]
        sentence = f"There is no evidence item {number}."
        evidence = record(visible_evidence(self.actor), number, field="evidence_id", sentence=sentence)
        services.link_proof(
            actor=self.actor,
            disclosure=self.get_object(),
            evidence=evidence,
            shown_on=values["shown_on"],
            today=local_today(self.now),
        )
        return self._answer()

    @extend_schema(request=DisclosureProofGone, **DETAIL)
    @action(detail=True, methods=["post"], url_path="unlink-proof")
    def unlink_proof(self, request: Any, **kwargs: Any) -> Response:
        """Take back that this evidence shows it."""
        links = self.get_object().evidence_links.select_related("disclosure__system", "evidence")
        link = links.filter(evidence_id=self.clean(DisclosureProofGone)["evidence_id"]).first()
        if link is None:
            raise exceptions.ValidationError({"evidence_id": ["This is not linked here."]})
        services.unlink_proof(actor=self.actor, link=link, now=self.now)
        return self._answer()

    def _with_owner(self, values: dict[str, Any]) -> dict[str, Any]:
        if "owner_id" in values:
            number = values.pop("owner_id")
            sentence = f"There is no member {number}."
            values["owner"] = record(Member.objects.active(), number, field="owner_id", sentence=sentence)
        return values

    def _answer(self) -> Response:
        return Response(DisclosureOut(self.get_object()).data)


@extend_schema(tags=["transparency"])
class TransparencyViewSet(TenantViewSet):
    """The transparency page of an AI system."""

    serializer_class = TransparencyOut
    verbs = {
        "transparency": "inventory.view_transparency",
        "draft_transparency": KEEP,
        "publish_transparency": "inventory.publish_transparency",
        "take_down_transparency": KEEP,
    }

    def get_queryset(self) -> Any:
        return AISystem.objects.select_related("owner", "organization")

    @extend_schema(parameters=[ID], responses=TransparencyOut)
    @action(detail=True, methods=["get"])
    def transparency(self, request: Any, **kwargs: Any) -> Response:
        """The draft as it would look outside; answers 404 before the first draft."""
        return self._answer(self._page())

    @extend_schema(parameters=[ID], request=TransparencyIn, responses=TransparencyOut)
    @action(detail=True, methods=["post"], url_path="draft-transparency")
    def draft_transparency(self, request: Any, **kwargs: Any) -> Response:
        """Choose what the page will say. Nothing changes outside."""
        system, values = self.get_object(), self.clean(TransparencyIn)
        shown = Disclosure.objects.shown().filter(system=system)
        chosen = [
            record(shown, number, field="disclosure_ids", sentence=f"There is no disclosure {number} here.")
            for number in dict.fromkeys(values.pop("disclosure_ids", []))
        ]
        fields = values.pop("fields_chosen", [])
        page = pages.draft_page(
            actor=self.actor, system=system, disclosures=chosen, fields=fields, now=self.now, **values
        )
        return self._answer(page)

    @extend_schema(parameters=[ID], request=TransparencyPublishIn, responses=TransparencyOut)
    @action(detail=True, methods=["post"], url_path="publish-transparency")
    def publish_transparency(self, request: Any, **kwargs: Any) -> Response:
        """Freeze the preview of this digest and show it outside."""
        digest = self.clean(TransparencyPublishIn)["digest"]
        page = pages.publish_page(actor=self.actor, page=self._page(), digest=digest, now=self.now)
        return self._answer(page)

    @extend_schema(parameters=[ID], request=None, responses=TransparencyOut)
    @action(detail=True, methods=["post"], url_path="take-down-transparency")
    def take_down_transparency(self, request: Any, **kwargs: Any) -> Response:
        """At once; the address is not used again."""
        return self._answer(pages.take_down(actor=self.actor, page=self._page(), now=self.now))

    def _page(self) -> TransparencyPage:
        page = queries.page_of(self.get_object())
        if page is None:
            raise Http404
        return page

    def _answer(self, page: TransparencyPage) -> Response:
        preview = queries.content_of(page)
        answer = {
            "is_public": page.is_public,
            "address": queries.address_of(page),
            "version": page.version,
            "row_version": page.row_version,
            "fields_chosen": page.fields,
            "preview": preview,
            "digest": pages.digest_of(preview),
        }
        return Response(TransparencyOut(answer).data)
