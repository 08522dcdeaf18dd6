"""Pages below /o/<organization>/."""

from __future__ import annotations

from django.urls import path

from controls.views import competence, library, soa, treatment

urlpatterns = [
    path("controls/", library.Controls.as_view(), name="controls"),
    path("controls/new/", library.NewControl.as_view(), name="control_new"),
    path("controls/<int:pk>/", library.ControlPage.as_view(), name="control"),
    path("controls/<int:pk>/edit/", library.EditControl.as_view(), name="control_edit"),
    path("controls/<int:pk>/verify/", library.VerifyControl.as_view(), name="control_verify"),
    path("controls/<int:pk>/degrade/", library.DegradeControl.as_view(), name="control_degrade"),
    path("controls/<int:pk>/act/<slug:action>/", library.ControlAct.as_view(), name="control_act"),
    path("controls/<int:pk>/evidence/", library.LinkEvidence.as_view(), name="control_evidence"),
    path(
        "controls/<int:pk>/evidence/<int:evidence>/unlink/",
        library.UnlinkEvidence.as_view(),
        name="control_evidence_unlink",
    ),
    path("competence/", competence.CompetencePage.as_view(), name="competence"),
    path("competence/csv/", competence.CompetenceCsv.as_view(), name="competence_csv"),
    path("competence/new/", competence.RequireCompetence.as_view(), name="competence_new"),
    path("competence/<int:pk>/", competence.CompetenceRecordPage.as_view(), name="competence_record"),
    path(
        "competence/<int:pk>/act/<slug:action>/",
        competence.ActOnCompetence.as_view(),
        name="competence_act",
    ),
    path("clauses/", library.Clauses.as_view(), name="clauses"),
    path("clauses/<str:ref>/", library.ClausePage.as_view(), name="clause"),
    path("risks/<int:pk>/treatment/", treatment.Treatment.as_view(), name="treatment"),
    path("applicability/", soa.Applicability.as_view(), name="soas"),
    path("applicability/versions/", soa.Versions.as_view(), name="soa_versions"),
    path("applicability/draft/", soa.DraftStatement.as_view(), name="soa_draft"),
    path("applicability/<int:pk>/", soa.StatementPage.as_view(), name="soa"),
    path("applicability/<int:pk>/rows/<int:entry>/", soa.DecideRow.as_view(), name="soa_entry"),
    path("applicability/<int:pk>/rows/", soa.DecideMany.as_view(), name="soa_bulk"),
    path("applicability/<int:pk>/submit/", soa.SubmitStatement.as_view(), name="soa_submit"),
    path("applicability/<int:pk>/return/", soa.ReturnStatement.as_view(), name="soa_return"),
    path("applicability/<int:pk>/approve/", soa.ApproveStatement.as_view(), name="soa_approve"),
    path("applicability/<int:pk>/compare/", soa.CompareStatement.as_view(), name="soa_compare"),
    path("applicability/<int:pk>/export/<slug:kind>/", soa.ExportStatement.as_view(), name="soa_export"),
]
