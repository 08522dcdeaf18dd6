"""Pages of risk and impact assessment, below /o/<organization>/."""

from __future__ import annotations

from django.urls import path

from risk.views import assessments, classification, decisions, impact_forms, impact_reviews, risks

urlpatterns = [
    path("risks/", risks.RisksPage.as_view(), name="risks"),
    path("risks/csv/", risks.RisksCsv.as_view(), name="risks_csv"),
    path("risks/new/", risks.IdentifyRisk.as_view(), name="risk_new"),
    path("risks/criteria/", decisions.CriteriaPage.as_view(), name="risk_criteria"),
    path("risks/criteria/draft/", decisions.DraftCriteria.as_view(), name="risk_criteria_draft"),
    path(
        "risks/criteria/<int:pk>/approve/", decisions.ApproveCriteria.as_view(), name="risk_criteria_approve"
    ),
    path("risks/approvals/", decisions.ApprovalsPage.as_view(), name="risk_approvals"),
    path("risks/approvals/<int:pk>/submit/", decisions.SubmitApproval.as_view(), name="risk_approval_submit"),
    path(
        "risks/approvals/<int:pk>/approve/",
        decisions.ApproveApproval.as_view(),
        name="risk_approval_approve",
    ),
    path("risks/approvals/<int:pk>/reject/", decisions.RejectApproval.as_view(), name="risk_approval_reject"),
    path("risks/approvals/<int:pk>/revoke/", decisions.RevokeApproval.as_view(), name="risk_approval_revoke"),
    path("risks/<int:pk>/", risks.RiskPage.as_view(), name="risk"),
    path("risks/<int:pk>/edit/", risks.EditRisk.as_view(), name="risk_edit"),
    path("risks/<int:pk>/score/", risks.RateRisk.as_view(), name="risk_rate"),
    path("risks/<int:pk>/evaluate/", risks.EvaluateRisk.as_view(), name="risk_evaluate"),
    path("risks/<int:pk>/start/", risks.StartTreatment.as_view(), name="risk_start"),
    path("risks/<int:pk>/complete/", risks.CompleteTreatment.as_view(), name="risk_complete"),
    path("risks/<int:pk>/not-effective/", risks.ReportNotEffective.as_view(), name="risk_not_effective"),
    path("risks/<int:pk>/acceptance/", risks.ProposeAcceptance.as_view(), name="risk_acceptance"),
    path("risks/<int:pk>/accept/", risks.AcceptRisk.as_view(), name="risk_accept"),
    path("risks/<int:pk>/reopen/", risks.ReopenRisk.as_view(), name="risk_reopen"),
    path("risks/<int:pk>/close/", risks.CloseRisk.as_view(), name="risk_close"),
    path("systems/<int:pk>/suggested-risks/", risks.Suggestions.as_view(), name="risk_suggestions"),
    path(
        "systems/<int:pk>/suggested-risks/add/",
        risks.AcceptSuggestions.as_view(),
        name="risk_suggestions_add",
    ),
    path("systems/<int:pk>/assess/", assessments.StartAssessment.as_view(), name="assessment_start"),
    path(
        "systems/<int:pk>/classification/",
        classification.ClassificationPage.as_view(),
        name="classification",
    ),
    path(
        "systems/<int:pk>/classification/answers/",
        classification.AnswerClassification.as_view(),
        name="classification_answer",
    ),
    path(
        "systems/<int:pk>/classification/approve/",
        classification.ApproveClassification.as_view(),
        name="classification_approve",
    ),
    path(
        "systems/<int:pk>/classification/return/",
        classification.ReturnClassification.as_view(),
        name="classification_return",
    ),
    path("impact-assessments/", assessments.AssessmentsPage.as_view(), name="assessments"),
    path("impact-assessments/csv/", assessments.AssessmentsCsv.as_view(), name="assessments_csv"),
    path("impact-assessments/<int:pk>/", assessments.AssessmentPage.as_view(), name="assessment"),
    path(
        "impact-assessments/<int:pk>/answers/", assessments.SaveAnswers.as_view(), name="assessment_answers"
    ),
    path(
        "impact-assessments/<int:pk>/confirm/",
        assessments.ConfirmScreenOut.as_view(),
        name="assessment_confirm",
    ),
    path(
        "impact-assessments/<int:pk>/return/", assessments.ReturnScreening.as_view(), name="assessment_return"
    ),
    path(
        "impact-assessments/<int:pk>/approve/",
        assessments.ApproveScreening.as_view(),
        name="assessment_approve",
    ),
    path(
        "impact-assessments/<int:pk>/changes/", assessments.AskForChanges.as_view(), name="assessment_changes"
    ),
    path("impact-assessments/<int:pk>/stop/", assessments.StopBanned.as_view(), name="assessment_stop"),
    path(
        "impact-assessments/<int:pk>/form/<str:section>/",
        impact_forms.SectionPage.as_view(),
        name="assessment_section",
    ),
    path(
        "impact-assessments/<int:pk>/form/<str:section>/answers/",
        impact_forms.SaveSection.as_view(),
        name="assessment_section_answers",
    ),
    path(
        "impact-assessments/<int:pk>/rows/<str:question>/new/",
        impact_forms.RowPage.as_view(),
        name="assessment_row_new",
    ),
    path(
        "impact-assessments/<int:pk>/rows/<str:question>/<int:row>/",
        impact_forms.EditRow.as_view(),
        name="assessment_row",
    ),
    path(
        "impact-assessments/<int:pk>/rows/<str:question>/<int:row>/remove/",
        impact_forms.RemoveRow.as_view(),
        name="assessment_row_remove",
    ),
    path("impact-assessments/<int:pk>/print/", impact_forms.PrintedForm.as_view(), name="assessment_print"),
    path(
        "impact-assessments/<int:pk>/submit/",
        impact_reviews.SubmitAssessment.as_view(),
        name="assessment_submit",
    ),
    path(
        "impact-assessments/<int:pk>/review/", impact_reviews.StartReview.as_view(), name="assessment_review"
    ),
    path(
        "impact-assessments/<int:pk>/send-back/",
        impact_reviews.ReturnAssessment.as_view(),
        name="assessment_send_back",
    ),
    path(
        "impact-assessments/<int:pk>/approval/",
        impact_reviews.ApproveAssessment.as_view(),
        name="assessment_approval",
    ),
]
