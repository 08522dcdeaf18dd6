"""The API: one router per app below /api/v1/organizations/<organization>/, and its OpenAPI document."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs", SpectacularSwaggerView.as_view(url_name="api_schema"), name="api_docs"),
    path("organizations/<slug:organization>/", include("aims.core.api_urls")),
]
