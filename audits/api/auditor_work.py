"""Samples, notes and finding drafts of an external auditor over the API, and what the other side reads."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from aims.core.rest.records import ID, record
from aims.core.rest.views import TenantViewSet
from audits.enums import DraftGrade, DraftState, PopulationKind, SampleMethod
from audits.models import AuditorNote, AuditRequest, Engagement, FindingDraft, Sample, SampleItem
from audits.queries.auditor_work import drafts_for, notes_for
from audits.request_rules import LONGEST_QUESTION, LONGEST_TITLE
from audits.sampling import LARGEST_SAMPLE
from audits.services import auditor_work as verbs
from audits.services import samples

NO_RECORD = "There is no such record."


class Named(serializers.Serializer):
    """The audit, and the request if it is about one, as records."""

    engagement_id = serializers.IntegerField()
    request_id = serializers.IntegerField(required=False, allow_null=True, default=None)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        for name, model in (("engagement", Engagement), ("request", AuditRequest)):
            if f"{name}_id" in values:
                field = f"{name}_id"
                values[name] = record(model.objects.all(), values.pop(field), field=field, sentence=NO_RECORD)
        return values


class SampleOut(serializers.ModelSerializer):
    population = serializers.ChoiceField(choices=PopulationKind.choices, read_only=True)
    method = serializers.ChoiceField(choices=SampleMethod.choices, read_only=True)

    class Meta:
        model = Sample
        fields = (
            "id",
            "reference",
            "engagement_id",
            "request_id",
            "title",
            "population",
            "population_count",
            "population_sha256",
            "method",
            "seed",
            "size",
            "rationale",
            "created_at",
        )
        read_only_fields = fields


class SampleIn(Named):
    title = serializers.CharField(max_length=LONGEST_TITLE)
    population = serializers.ChoiceField(choices=PopulationKind.choices)
    method = serializers.ChoiceField(choices=SampleMethod.choices)
    seed = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)
    size = serializers.IntegerField(
        min_value=1, max_value=LARGEST_SAMPLE, required=False, allow_null=True, default=None
    )
    chosen = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list, max_length=LARGEST_SAMPLE
    )
    rationale = serializers.CharField(
        max_length=LONGEST_QUESTION, required=False, default="", allow_blank=True
    )


class SampleItemOut(serializers.ModelSerializer):
    class Meta:
        model = SampleItem
        fields = ("id", "position", "key", "label", "replaces_id", "reason")
        read_only_fields = fields


class ReplacementIn(serializers.Serializer):
    item_id = serializers.IntegerField()
    key = serializers.CharField(max_length=40)
    reason = serializers.CharField(max_length=500)


class NoteOut(serializers.ModelSerializer):
    class Meta:
        model = AuditorNote
        fields = ("id", "engagement_id", "request_id", "text", "created_at", "shared_at")
        read_only_fields = fields


class NoteTextIn(serializers.Serializer):
    text = serializers.CharField(max_length=LONGEST_QUESTION)


class NoteIn(Named, NoteTextIn):
    pass


class ExternalFindingOut(serializers.ModelSerializer):
    grade = serializers.ChoiceField(choices=DraftGrade.choices, read_only=True)
    state = serializers.ChoiceField(choices=DraftState.choices, read_only=True)

    class Meta:
        model = FindingDraft
        fields = (
            "id",
            "reference",
            "engagement_id",
            "title",
            "grade",
            "requirement",
            "criterion",
            "statement",
            "evidence_text",
            "state",
            "created_at",
            "issued_at",
            "finding_id",
        )
        read_only_fields = fields


class ExternalFindingIn(serializers.Serializer):
    engagement_id = serializers.IntegerField()
    title = serializers.CharField(max_length=LONGEST_TITLE)
    grade = serializers.ChoiceField(choices=DraftGrade.choices)
    requirement = serializers.CharField(max_length=12)
    statement = serializers.CharField(max_length=LONGEST_QUESTION)
    criterion = serializers.CharField(
        max_length=LONGEST_QUESTION, required=False, default="", allow_blank=True
    )
    evidence_text = serializers.CharField(
        max_length=LONGEST_QUESTION, required=False, default="", allow_blank=True
    )


class ExternalFindingChange(serializers.Serializer):
    title = serializers.CharField(max_length=LONGEST_TITLE, required=False)
    grade = serializers.ChoiceField(choices=DraftGrade.choices, required=False)
    requirement = serializers.CharField(max_length=12, required=False)
    statement = serializers.CharField(max_length=LONGEST_QUESTION, required=False)
    criterion = serializers.CharField(max_length=LONGEST_QUESTION, required=False, allow_blank=True)
    evidence_text = serializers.CharField(max_length=LONGEST_QUESTION, required=False, allow_blank=True)


class TakenOverOut(serializers.Serializer):
    finding_id = serializers.IntegerField()


@extend_schema_view(retrieve=extend_schema(parameters=[ID]))
class SampleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Selections from a frozen population, which anybody can draw again."""

    verbs = {
        "list": "audits.view_auditor_work",
        "retrieve": "audits.view_auditor_work",
        "items": "audits.view_auditor_work",
        "create": "audits.do_external_audit",
        "replace": "audits.do_external_audit",
    }
    serializer_class = SampleOut

    def get_queryset(self) -> Any:
        return Sample.objects.order_by("-id")

    @extend_schema(request=SampleIn, responses={201: SampleOut})
    def create(self, request: Any, **kwargs: Any) -> Response:
        """Freeze the population as the auditor sees it now and select from it."""
        made = samples.draw_sample(actor=self.actor, now=self.now, **self.clean(SampleIn))
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(parameters=[ID], responses={200: SampleItemOut(many=True)})
    @action(detail=True, methods=["get"], pagination_class=None)
    def items(self, request: Any, **kwargs: Any) -> Response:
        return Response(SampleItemOut(self.get_object().items.all(), many=True).data)

    @extend_schema(parameters=[ID], request=ReplacementIn, responses={201: SampleItemOut})
    @action(detail=True, methods=["post"])
    def replace(self, request: Any, **kwargs: Any) -> Response:
        """Take another member of the same population instead."""
        sample, values = self.get_object(), self.clean(ReplacementIn)
        item = record(sample.items.all(), values.pop("item_id"), field="item_id", sentence=NO_RECORD)
        made = samples.replace_item(actor=self.actor, sample=sample, item=item, now=self.now, **values)
        return Response(SampleItemOut(made).data, status=201)


class NoteViewSet(mixins.ListModelMixin, TenantViewSet):
    """An auditor's own notes; the organization reads those that were shared."""

    verbs = {
        "list": "audits.view_auditor_work",
        "create": "audits.do_external_audit",
        "partial_update": "audits.do_external_audit",
        "share": "audits.do_external_audit",
    }
    serializer_class = NoteOut

    def get_queryset(self) -> Any:
        return notes_for(self.actor).order_by("-id")

    @extend_schema(request=NoteIn, responses={201: NoteOut})
    def create(self, request: Any, **kwargs: Any) -> Response:
        made = verbs.write_note(actor=self.actor, now=self.now, **self.clean(NoteIn))
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(parameters=[ID], request=NoteTextIn, responses={200: NoteOut})
    def partial_update(self, request: Any, **kwargs: Any) -> Response:
        """Change a note that was not shared."""
        note = self.get_object()
        verbs.rewrite_note(actor=self.actor, note=note, **self.clean(NoteTextIn))
        return self._read_again(note)

    @extend_schema(parameters=[ID], request=None, responses={200: NoteOut})
    @action(detail=True, methods=["post"])
    def share(self, request: Any, **kwargs: Any) -> Response:
        """The organization reads it from now on, and its text stays."""
        note = self.get_object()
        verbs.share_note(actor=self.actor, note=note, now=self.now)
        return self._read_again(note)

    def _read_again(self, note: AuditorNote) -> Response:
        note.refresh_from_db()
        return Response(self.get_serializer(note).data)


@extend_schema_view(retrieve=extend_schema(parameters=[ID]))
class DraftViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """Findings of an external audit: the auditor's own until issued, then taken over by the organization."""

    verbs = {
        "list": "audits.view_auditor_work",
        "retrieve": "audits.view_auditor_work",
        "create": "audits.do_external_audit",
        "partial_update": "audits.do_external_audit",
        "issue": "audits.do_external_audit",
        "take_over": "audits.take_over_finding",
    }
    serializer_class = ExternalFindingOut

    def get_queryset(self) -> Any:
        return drafts_for(self.actor).order_by("-id")

    @extend_schema(request=ExternalFindingIn, responses={201: ExternalFindingOut})
    def create(self, request: Any, **kwargs: Any) -> Response:
        values = self.clean(ExternalFindingIn)
        engagement = record(
            Engagement.objects.all(),
            values.pop("engagement_id"),
            field="engagement_id",
            sentence=NO_RECORD,
        )
        made = verbs.write_draft(actor=self.actor, engagement=engagement, now=self.now, **values)
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(parameters=[ID], request=ExternalFindingChange, responses={200: ExternalFindingOut})
    def partial_update(self, request: Any, **kwargs: Any) -> Response:
        """Change a draft that was not issued; what is not named stays."""
        draft, values = self.get_object(), self.clean(ExternalFindingChange)
        names = ("title", "grade", "requirement", "statement", "criterion", "evidence_text")
        kept = {name: getattr(draft, name) for name in names}
        verbs.rewrite_draft(actor=self.actor, draft=draft, **{**kept, **values})
        draft.refresh_from_db()
        return Response(self.get_serializer(draft).data)

    @extend_schema(parameters=[ID], request=None, responses={200: ExternalFindingOut})
    @action(detail=True, methods=["post"])
    def issue(self, request: Any, **kwargs: Any) -> Response:
        """Hand it to the organization; its wording stays."""
        draft = self.get_object()
        verbs.issue_draft(actor=self.actor, draft=draft, now=self.now)
        draft.refresh_from_db()
        return Response(self.get_serializer(draft).data)

    @extend_schema(parameters=[ID], request=None, responses={201: TakenOverOut})
    @action(detail=True, methods=["post"], url_path="take-over")
    def take_over(self, request: Any, **kwargs: Any) -> Response:
        """Enter an issued finding into the organization's own register, as a draft there."""
        finding = verbs.take_over(actor=self.actor, draft=self.get_object(), now=self.now)
        return Response({"finding_id": finding.pk}, status=201)
