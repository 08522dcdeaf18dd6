"""The inventory's part of the API; each module is one noun."""

from rest_framework.routers import SimpleRouter

from inventory.api.ai_models import ModelViewSet
from inventory.api.alerts import AlertViewSet, ReEvaluationViewSet
from inventory.api.changes import ChangeViewSet
from inventory.api.concerns import ConcernViewSet
from inventory.api.context import ClimateViewSet, ContextViewSet, IssueViewSet
from inventory.api.custom_fields import CustomFieldViewSet
from inventory.api.data_sets import DataSetViewSet
from inventory.api.discovery import DiscoveredViewSet
from inventory.api.gates import GateViewSet
from inventory.api.governance import BodyViewSet, DecisionViewSet, MeetingViewSet
from inventory.api.imports import ImportViewSet
from inventory.api.incidents import IncidentViewSet, NoticeClauseViewSet
from inventory.api.intake import IntakeViewSet
from inventory.api.metrics import MetricViewSet, ReadingViewSet
from inventory.api.model_registry import ModelRegistryViewSet
from inventory.api.parties import PartyViewSet
from inventory.api.prompts import PromptViewSet
from inventory.api.questionnaires import QuestionnaireViewSet
from inventory.api.register_files import RegisterFileViewSet
from inventory.api.reporting import ReportingFormViewSet
from inventory.api.scope import ScopeViewSet
from inventory.api.sectors import SectorViewSet
from inventory.api.suppliers import SupplierViewSet
from inventory.api.systems import SystemViewSet
from inventory.api.transparency import DisclosureViewSet, TransparencyViewSet


def register(router: SimpleRouter) -> None:
    router.register("systems", SystemViewSet, basename="api-systems")
    router.register("systems", GateViewSet, basename="api-system-gates")
    router.register("changes", ChangeViewSet, basename="api-changes")
    router.register("suppliers", SupplierViewSet, basename="api-suppliers")
    router.register("supplier-questionnaires", QuestionnaireViewSet, basename="api-questionnaires")
    router.register("models", ModelViewSet, basename="api-models")
    router.register("data-sets", DataSetViewSet, basename="api-data-sets")
    router.register("prompts", PromptViewSet, basename="api-prompts")
    router.register("metrics", MetricViewSet, basename="api-metrics")
    router.register("readings", ReadingViewSet, basename="api-readings")
    router.register("alerts", AlertViewSet, basename="api-alerts")
    router.register("re-evaluations", ReEvaluationViewSet, basename="api-re-evaluations")
    router.register("intakes", IntakeViewSet, basename="api-intakes")
    router.register("discovered", DiscoveredViewSet, basename="api-discovered")
    router.register("imports", ImportViewSet, basename="api-imports")
    router.register("register-files", RegisterFileViewSet, basename="api-register-files")
    router.register("model-registry", ModelRegistryViewSet, basename="api-model-registry")
    router.register("scope-statements", ScopeViewSet, basename="api-scope-statements")
    router.register("context", ContextViewSet, basename="api-context")
    router.register("context-issues", IssueViewSet, basename="api-context-issues")
    router.register("sectors", SectorViewSet, basename="api-sectors")
    router.register("custom-fields", CustomFieldViewSet, basename="api-custom-fields")
    router.register("interested-parties", PartyViewSet, basename="api-interested-parties")
    router.register("governance-bodies", BodyViewSet, basename="api-governance-bodies")
    router.register("governance-meetings", MeetingViewSet, basename="api-governance-meetings")
    router.register("governance-decisions", DecisionViewSet, basename="api-governance-decisions")
    router.register("climate-decisions", ClimateViewSet, basename="api-climate-decisions")
    router.register("incidents", IncidentViewSet, basename="api-incidents")
    router.register("notice-clauses", NoticeClauseViewSet, basename="api-notice-clauses")
    router.register("reporting-form", ReportingFormViewSet, basename="api-reporting-form")
    router.register("concerns", ConcernViewSet, basename="api-concerns")
    router.register("disclosures", DisclosureViewSet, basename="api-disclosures")
    router.register("systems", TransparencyViewSet, basename="api-system-transparency")
