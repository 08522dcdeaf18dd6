"""Pages of the inventory, below /o/<organization>/."""

from __future__ import annotations

from django.urls import path

from inventory.views import imports, scope, systems

urlpatterns = [
    path("systems/", systems.SystemsPage.as_view(), name="systems"),
    path("systems/csv/", systems.SystemsCsv.as_view(), name="systems_csv"),
    path("systems/new/", systems.RegisterSystem.as_view(), name="system_new"),
    path("systems/<int:pk>/", systems.SystemPage.as_view(), name="system"),
    path("systems/<int:pk>/edit/", systems.EditSystem.as_view(), name="system_edit"),
    path("systems/<int:pk>/history/", systems.HistoryPage.as_view(), name="system_history"),
    path("systems/<int:pk>/evidence/", systems.LinkEvidence.as_view(), name="system_evidence_link"),
    path(
        "systems/<int:pk>/evidence/<int:evidence>/unlink/",
        systems.UnlinkEvidence.as_view(),
        name="system_evidence_unlink",
    ),
    path("systems/imports/", imports.ImportsPage.as_view(), name="imports"),
    path("systems/imports/new/", imports.UploadPage.as_view(), name="import_new"),
    path("systems/imports/template/<slug:kind>/", imports.TemplateDownload.as_view(), name="import_template"),
    path("systems/imports/<int:pk>/", imports.ImportPage.as_view(), name="import"),
    path("systems/imports/<int:pk>/progress/", imports.ImportProgress.as_view(), name="import_progress"),
    path("systems/imports/<int:pk>/apply/", imports.ApplyImport.as_view(), name="import_apply"),
    path("systems/imports/<int:pk>/discard/", imports.DiscardImport.as_view(), name="import_discard"),
    path("scope/", scope.ScopePage.as_view(), name="scope"),
    path("scope/write/", scope.WriteScope.as_view(), name="scope_write"),
    path("scope/<int:pk>/approve/", scope.ApproveScope.as_view(), name="scope_approve"),
]
