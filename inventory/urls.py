"""Pages of the inventory, below /o/<organization>/."""

from __future__ import annotations

from django.urls import path

from inventory.views import imports, scope, supplier_parts, suppliers, systems

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
    path("suppliers/", suppliers.SuppliersPage.as_view(), name="suppliers"),
    path("suppliers/csv/", suppliers.SuppliersCsv.as_view(), name="suppliers_csv"),
    path("suppliers/new/", suppliers.RegisterSupplier.as_view(), name="supplier_new"),
    path("suppliers/names/", suppliers.LinkNames.as_view(), name="supplier_names"),
    path("suppliers/<int:pk>/", suppliers.SupplierPage.as_view(), name="supplier"),
    path("suppliers/<int:pk>/edit/", suppliers.EditSupplier.as_view(), name="supplier_edit"),
    path("suppliers/<int:pk>/history/", suppliers.SupplierHistory.as_view(), name="supplier_history"),
    path("suppliers/<int:pk>/act/<slug:action>/", suppliers.ActOnSupplier.as_view(), name="supplier_act"),
    path("suppliers/<int:pk>/systems/", supplier_parts.LinkSystem.as_view(), name="supplier_system"),
    path(
        "suppliers/<int:pk>/systems/<int:link>/unlink/",
        supplier_parts.UnlinkSystem.as_view(),
        name="supplier_system_unlink",
    ),
    path("suppliers/<int:pk>/sub-suppliers/", supplier_parts.AddSubSupplier.as_view(), name="supplier_sub"),
    path(
        "suppliers/<int:pk>/sub-suppliers/<int:link>/remove/",
        supplier_parts.RemoveSubSupplier.as_view(),
        name="supplier_sub_remove",
    ),
    path("suppliers/<int:pk>/conditions/", supplier_parts.AddCondition.as_view(), name="supplier_condition"),
    path(
        "suppliers/<int:pk>/conditions/<int:condition>/met/",
        supplier_parts.MeetCondition.as_view(),
        name="supplier_condition_met",
    ),
    path("suppliers/<int:pk>/events/", supplier_parts.RecordEvent.as_view(), name="supplier_event"),
    path(
        "suppliers/<int:pk>/events/<int:event>/answer/",
        supplier_parts.AcceptAnswer.as_view(),
        name="supplier_event_answer",
    ),
    path(
        "suppliers/<int:pk>/certificates/",
        supplier_parts.LinkCertificate.as_view(),
        name="supplier_certificate",
    ),
    path(
        "suppliers/<int:pk>/certificates/<int:link>/unlink/",
        supplier_parts.UnlinkCertificate.as_view(),
        name="supplier_certificate_unlink",
    ),
    path("scope/", scope.ScopePage.as_view(), name="scope"),
    path("scope/write/", scope.WriteScope.as_view(), name="scope_write"),
    path("scope/<int:pk>/approve/", scope.ApproveScope.as_view(), name="scope_approve"),
]
