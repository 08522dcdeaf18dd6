"""Addresses outside any organization: for people without an account."""

from __future__ import annotations

from django.urls import path

from inventory.views import mailbox, public_report, public_transparency

urlpatterns = [
    path("mailbox/", mailbox.Mailbox.as_view(), name="mailbox"),
    path("transparency/<str:token>/", public_transparency.public_transparency, name="public_transparency"),
    path("report/<str:token>/", public_report.PublicReport.as_view(), name="public_report"),
]
