"""What passes between an external auditor and the organization."""

from __future__ import annotations

from django.urls import path

from audits.views import auditor_work as work
from audits.views import requests

urlpatterns = [
    path("requests/", requests.RequestList.as_view(), name="requests"),
    path("requests/export/", requests.RequestExport.as_view(), name="request_export"),
    path("requests/new/", requests.RequestNew.as_view(), name="request_new"),
    path("requests/import/", requests.RequestImport.as_view(), name="request_import"),
    path("requests/import/apply/", requests.RequestImportApply.as_view(), name="request_import_apply"),
    path("requests/send/", requests.RequestOpenDrafts.as_view(), name="request_send"),
    path("requests/<int:pk>/", requests.RequestPage.as_view(), name="request"),
    path("requests/<int:pk>/reword/", requests.RequestReword.as_view(), name="request_reword"),
    path("requests/<int:pk>/comment/", requests.RequestComments.as_view(), name="request_comment"),
    path("requests/<int:pk>/note/", requests.RequestNotes.as_view(), name="request_note"),
    path("requests/<int:pk>/person/", requests.RequestAssign.as_view(), name="request_assign"),
    path("requests/<int:pk>/evidence/", requests.RequestProofAdd.as_view(), name="request_proof"),
    path(
        "requests/<int:pk>/evidence/<int:proof>/remove/",
        requests.RequestProofRemove.as_view(),
        name="request_proof_remove",
    ),
    path("requests/<int:pk>/act/<slug:action>/", requests.RequestAct.as_view(), name="request_act"),
    path("samples/", work.Samples.as_view(), name="samples"),
    path("samples/new/", work.SampleNew.as_view(), name="sample_new"),
    path("samples/<int:pk>/", work.SamplePage.as_view(), name="sample"),
    path("samples/<int:pk>/replace/<int:item>/", work.SampleReplace.as_view(), name="sample_replace"),
    path("auditor-notes/", work.Notes.as_view(), name="auditor_notes"),
    path("auditor-notes/new/", work.NoteNew.as_view(), name="auditor_note_new"),
    path("auditor-notes/<int:pk>/edit/", work.NoteEdit.as_view(), name="auditor_note_edit"),
    path("auditor-notes/<int:pk>/share/", work.NoteShare.as_view(), name="auditor_note_share"),
    path("external-findings/", work.Drafts.as_view(), name="finding_drafts"),
    path("external-findings/new/", work.DraftNew.as_view(), name="finding_draft_new"),
    path("external-findings/<int:pk>/", work.DraftPage.as_view(), name="finding_draft"),
    path("external-findings/<int:pk>/edit/", work.DraftEdit.as_view(), name="finding_draft_edit"),
    path("external-findings/<int:pk>/issue/", work.DraftIssue.as_view(), name="finding_draft_issue"),
    path(
        "external-findings/<int:pk>/take-over/",
        work.DraftTakeOver.as_view(),
        name="finding_draft_take_over",
    ),
]
