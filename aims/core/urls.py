"""Pages of the core, below /o/<organization>/."""

from __future__ import annotations

from django.urls import path

from aims.core.views import evidence, invitations, keys, own, people, records, separation, sign_in

urlpatterns = [
    path("work/", own.MyWork.as_view(), name="my_work"),
    path("notifications/", own.Notifications.as_view(), name="notifications"),
    path("notifications/read/", own.ReadNotifications.as_view(), name="notifications_read"),
    path("search/", own.Search.as_view(), name="search"),
    path("help/", own.Help.as_view(), name="help"),
    path("settings/", own.Settings.as_view(), name="settings"),
    path("settings/change/", own.ChangeSettings.as_view(), name="settings_change"),
    path("settings/sign-in/", own.ChangeSignInRules.as_view(), name="sign_in_rules_change"),
    path("settings/remove-sample/", own.RemoveSample.as_view(), name="sample_remove"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-in/domains/claim/", sign_in.ClaimDomain.as_view(), name="email_domain_claim"),
    path("sign-in/domains/<int:pk>/prove/", sign_in.ProveDomain.as_view(), name="email_domain_prove"),
    path("sign-in/domains/<int:pk>/remove/", sign_in.RemoveDomain.as_view(), name="email_domain_remove"),
    path("sign-in/new/", sign_in.NewConnection.as_view(), name="sign_in_connection_new"),
    path("sign-in/<int:pk>/", sign_in.OneConnection.as_view(), name="sign_in_connection"),
    path("sign-in/<int:pk>/edit/", sign_in.EditConnection.as_view(), name="sign_in_connection_edit"),
    path("sign-in/<int:pk>/test/", sign_in.TestConnection.as_view(), name="sign_in_connection_test"),
    path("sign-in/<int:pk>/on/", sign_in.SwitchOn.as_view(), name="sign_in_connection_on"),
    path("sign-in/<int:pk>/off/", sign_in.SwitchOff.as_view(), name="sign_in_connection_off"),
    path("sign-in/<int:pk>/demand/", sign_in.Demand.as_view(), name="sign_in_connection_demand"),
    path("sign-in/<int:pk>/relax/", sign_in.Relax.as_view(), name="sign_in_connection_relax"),
    path("sign-in/<int:pk>/remove/", sign_in.RemoveConnection.as_view(), name="sign_in_connection_remove"),
    path("evidence/", evidence.EvidenceLibrary.as_view(), name="evidence_list"),
    path("evidence/new/", evidence.NewEvidence.as_view(), name="evidence_new"),
    path("evidence/request/", evidence.RequestEvidence.as_view(), name="evidence_request"),
    path("evidence/<int:pk>/", evidence.EvidencePage.as_view(), name="evidence"),
    path("evidence/<int:pk>/download/", evidence.EvidenceDownload.as_view(), name="evidence_download"),
    path("evidence/<int:pk>/submit/", evidence.SubmitEvidence.as_view(), name="evidence_submit"),
    path("evidence/<int:pk>/resubmit/", evidence.ResubmitEvidence.as_view(), name="evidence_resubmit"),
    path("evidence/<int:pk>/accept/", evidence.AcceptEvidence.as_view(), name="evidence_accept"),
    path("evidence/<int:pk>/reject/", evidence.RejectEvidence.as_view(), name="evidence_reject"),
    path("evidence/<int:pk>/replace/", evidence.ReplaceEvidence.as_view(), name="evidence_replace"),
    path("evidence/<int:pk>/share/", evidence.ShareEvidence.as_view(), name="evidence_share"),
    path("shares/<int:pk>/revoke/", evidence.UnshareEvidence.as_view(), name="evidence_unshare"),
    path("shared/", evidence.SharedWithMe.as_view(), name="shared"),
    path("shared/<int:pk>/", evidence.SharedDocument.as_view(), name="shared_document"),
    path("shared/<int:pk>/download/", evidence.SharedDownload.as_view(), name="shared_download"),
    path("people/", people.People.as_view(), name="people"),
    path("people/new/", invitations.NewInvitation.as_view(), name="member_new"),
    path("invitations/<int:pk>/resend/", invitations.ResendInvitation.as_view(), name="invitation_resend"),
    path(
        "invitations/<int:pk>/withdraw/", invitations.WithdrawInvitation.as_view(), name="invitation_withdraw"
    ),
    path("people/permissions/", people.PermissionTable.as_view(), name="permissions"),
    path("people/<int:pk>/roles/", people.ChangeRoles.as_view(), name="member_roles"),
    path("people/<int:pk>/sessions/", people.EndSessions.as_view(), name="member_sessions"),
    path("people/<int:pk>/hand-over/", people.HandOver.as_view(), name="member_hand_over"),
    path("people/<int:pk>/deactivate/", people.DeactivateMember.as_view(), name="member_deactivate"),
    path("people/exceptions/", separation.Exceptions.as_view(), name="exceptions"),
    path("people/exceptions/new/", separation.NewException.as_view(), name="exception_new"),
    path("people/exceptions/<int:pk>/end/", separation.EndException.as_view(), name="exception_end"),
    path("people/delegations/", separation.Delegations.as_view(), name="delegations"),
    path("people/delegations/new/", separation.NewDelegation.as_view(), name="delegation_new"),
    path(
        "people/delegations/<int:pk>/revoke/", separation.RevokeDelegation.as_view(), name="delegation_revoke"
    ),
    path("people/role-requests/new/", separation.RequestRole.as_view(), name="role_request_new"),
    path(
        "people/role-requests/<int:pk>/decide/", separation.DecideRole.as_view(), name="role_request_decide"
    ),
    path("api-keys/", keys.ApiKeys.as_view(), name="api_keys"),
    path("api-keys/new/", keys.NewApiKey.as_view(), name="api_key_new"),
    path("api-keys/<int:pk>/change/", keys.ChangeApiKey.as_view(), name="api_key_change"),
    path("api-keys/<int:pk>/rotate/", keys.RotateApiKey.as_view(), name="api_key_rotate"),
    path("api-keys/<int:pk>/end-old-secret/", keys.EndOldSecret.as_view(), name="api_key_end_old"),
    path("api-keys/<int:pk>/revoke/", keys.RevokeApiKey.as_view(), name="api_key_revoke"),
    path("trail/", records.TrailPage.as_view(), name="trail"),
    path("trail/export/", records.ExportTrail.as_view(), name="trail_export"),
    path("trail/verify/", records.VerifyTrail.as_view(), name="trail_verify"),
    path("jobs/", records.Jobs.as_view(), name="jobs"),
    path("jobs/<int:pk>/", records.OneJob.as_view(), name="job"),
    path("jobs/<int:pk>/progress/", records.JobProgress.as_view(), name="job_progress"),
    path("jobs/<int:pk>/retry/", records.RetryJob.as_view(), name="job_retry"),
]
