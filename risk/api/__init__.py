"""The API's part on risks, impact assessments and legal classifications; each module is one noun."""

from rest_framework.routers import SimpleRouter

from risk.api.assessments import AssessmentViewSet
from risk.api.classifications import ClassificationViewSet
from risk.api.risks import RiskViewSet


def register(router: SimpleRouter) -> None:
    router.register("classifications", ClassificationViewSet, basename="api-classifications")
    router.register("risks", RiskViewSet, basename="api-risks")
    router.register("impact-assessments", AssessmentViewSet, basename="api-impact-assessments")
