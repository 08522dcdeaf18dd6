from __future__ import annotations

from django.urls import path

from audits import pack_views as views

urlpatterns = [
    path("packs/", views.PackList.as_view(), name="packs"),
    path("packs/new/", views.PackNew.as_view(), name="pack_new"),
    path("packs/<int:pk>/", views.PackPage.as_view(), name="pack"),
    path("packs/<int:pk>/progress/", views.PackProgress.as_view(), name="pack_progress"),
    path("packs/<int:pk>/download/", views.PackDownload.as_view(), name="pack_download"),
    path("packs/<int:pk>/retry/", views.PackRetry.as_view(), name="pack_retry"),
    path("packs/<int:pk>/release/", views.PackRelease.as_view(), name="pack_release"),
    path("packs/<int:pk>/revoke/", views.PackRevoke.as_view(), name="pack_revoke"),
]
