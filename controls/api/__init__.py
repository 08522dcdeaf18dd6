"""The API on controls, clauses, competence and the Statement of Applicability; each module is one noun."""

from rest_framework.routers import SimpleRouter

from controls.api.clauses import ClauseViewSet
from controls.api.competence import CompetenceViewSet
from controls.api.controls import ControlViewSet
from controls.api.soa import StatementViewSet


def register(router: SimpleRouter) -> None:
    router.register("controls", ControlViewSet, basename="api-controls")
    router.register("clauses", ClauseViewSet, basename="api-clauses")
    router.register("competence", CompetenceViewSet, basename="api-competence")
    router.register("soa", StatementViewSet, basename="api-soa")
