"""The inventory's part of the API; each module is one noun."""

from rest_framework.routers import SimpleRouter

from inventory.api.imports import ImportViewSet
from inventory.api.scope import ScopeViewSet
from inventory.api.suppliers import SupplierViewSet
from inventory.api.systems import SystemViewSet


def register(router: SimpleRouter) -> None:
    router.register("systems", SystemViewSet, basename="api-systems")
    router.register("suppliers", SupplierViewSet, basename="api-suppliers")
    router.register("imports", ImportViewSet, basename="api-imports")
    router.register("scope-statements", ScopeViewSet, basename="api-scope-statements")
