"""Pages for operators of the installation, below the path that the settings name."""

from __future__ import annotations

from django.urls import path, re_path

from aims.core.views import operate, operate_entries

app_name = "operate"

urlpatterns = [
    path("", operate.Organizations.as_view(), name="organizations"),
    path("new/", operate.NewOrganization.as_view(), name="organization_new"),
    path("work/", operate.Work.as_view(), name="work"),
    path("installation/", operate.Installation.as_view(), name="installation"),
    path("trail/", operate.Trail.as_view(), name="trail"),
    path("organizations/<slug:slug>/", operate.OneOrganization.as_view(), name="organization"),
    path("organizations/<slug:slug>/suspend/", operate.Suspend.as_view(), name="suspend"),
    path("organizations/<slug:slug>/resume/", operate.Resume.as_view(), name="resume"),
    path(
        "organizations/<slug:slug>/administrator/",
        operate.AppointAdministrator.as_view(),
        name="administrator",
    ),
    path("organizations/<slug:slug>/enter/", operate_entries.Enter.as_view(), name="enter"),
    path("organizations/<slug:slug>/leave/", operate_entries.Leave.as_view(), name="leave"),
    re_path(r"", operate.Nowhere.as_view(), name="nowhere"),
]
