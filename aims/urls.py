"""The table of contents."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from aims import views
from aims.core.views import account, errors, invitations, own, saml, single_sign_on

INSIDE = "o/<slug:organization>/"

urlpatterns = [
    path("", views.start, name="start"),
    path("healthz", views.health, name="health"),
    path("theme", own.set_theme, name="theme"),
    path("invitations/<str:token>/", invitations.AcceptInvitation.as_view(), name="invitation"),
    path("", include("inventory.public_urls")),
    path("accounts/sessions/<int:pk>/end/", account.EndSession.as_view(), name="session_end"),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", account.RemovePasskey.as_view()),
    path("accounts/sso/", single_sign_on.Start.as_view(), name="single_sign_on"),
    path("accounts/sso/callback/", single_sign_on.callback, name="single_sign_on_callback"),
    path("accounts/sso/saml/finish/", saml.finish, name="saml_finish"),
    path("accounts/sso/saml/<slug:organization>/", saml.arrival, name="saml_arrival"),
    path("accounts/sso/again/", single_sign_on.Again.as_view(), name="single_sign_on_again"),
    path("accounts/sso/link/", single_sign_on.Link.as_view(), name="single_sign_on_link"),
    # An address is what an invitation, a verified domain and a directory name somebody by.
    path("accounts/email/", account.no_such_page),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("aims.api")),
    path("scim/v2/organizations/<slug:organization>/", include("aims.core.scim_urls")),
    path(INSIDE, views.Home.as_view(), name="home"),
    path(INSIDE, include("aims.core.urls")),
    path(INSIDE, include("inventory.urls")),
    path(INSIDE, include("risk.urls")),
    path(INSIDE, include("controls.urls")),
    path(INSIDE, include("audits.urls")),
]

if settings.OPERATORS_PATH:
    urlpatterns.append(path(f"{settings.OPERATORS_PATH}/", include("aims.core.operate_urls")))

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
