"""Addresses outside any organization: for people without an account."""

from __future__ import annotations

from django.urls import path

from inventory.views import mailbox, public_questionnaire, public_report, public_transparency

urlpatterns = [
    path("mailbox/", mailbox.Mailbox.as_view(), name="mailbox"),
    path("transparency/<str:token>/", public_transparency.public_transparency, name="public_transparency"),
    path("report/<str:token>/", public_report.PublicReport.as_view(), name="public_report"),
    path(
        "questionnaire/<str:token>/",
        public_questionnaire.AnswerQuestionnaire.as_view(),
        name="answer_questionnaire",
    ),
    path(
        "questionnaire/<str:token>/hand-in/",
        public_questionnaire.HandIn.as_view(),
        name="answer_hand_in",
    ),
    path(
        "questionnaire/<str:token>/<slug:section>/",
        public_questionnaire.AnswerPart.as_view(),
        name="answer_part",
    ),
]
