"""Questionnaires to suppliers, inside: sent, read beside their flags, accepted or returned."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core.generic import ActPage, CsvPage, FormPage, RecordPage
from inventory.forms.questionnaires import AcceptForm, ResendForm, ReturnForm, SendForm, WithdrawForm
from inventory.models import SupplierQuestionnaire
from inventory.queries import questionnaires as queries
from inventory.queries.questionnaire_register import TONES
from inventory.rules.questionnaires import DECLARATION, STEPS
from inventory.services import questionnaires as services
from inventory.views.suppliers import OfSupplier

VIEW = "inventory.view_suppliers"
#: What the button of each act says, with the verb behind it.
ACTS = (
    ("accept", "Accept", services.DECIDE),
    ("return", "Ask for more", services.DECIDE),
    ("resend", "Send again", services.SEND),
    ("withdraw", "Withdraw", services.SEND),
)


class SendQuestionnaire(OfSupplier, FormPage):
    verb = services.SEND
    form_class = SendForm
    template_name = "inventory/questionnaire_send.html"
    submit_label = "Send"

    def initial(self) -> dict[str, Any]:
        return {
            "recipient": self.record.contact_email,
            "contact_name": self.record.contact,
            "due_date": self.today + datetime.timedelta(days=services.ANSWER_DAYS),
        }

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "supplier": self.record,
            "page_title": f"Send a questionnaire: {self.record.name}",
            "questions": queries.questions_for(self.record),
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        sent = services.send_questionnaire(actor=self.actor, supplier=self.record, now=self.now, **cleaned)
        messages.success(self.request, f"{sent.reference} goes to {sent.recipient}.")
        return sent.get_absolute_url()


class OfQuestionnaire(RecordPage):
    """A page of one questionnaire; who may write is asked for its supplier."""

    route = "questionnaire"

    @cached_property
    def record(self) -> SupplierQuestionnaire:
        found = SupplierQuestionnaire.objects.select_related("supplier__owner", "sent_by", "decided_by")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    @property
    def asked_about(self) -> Any:
        return self.record.supplier


class QuestionnairePage(OfQuestionnaire):
    verb = VIEW
    record_name = "record"
    template_name = "inventory/questionnaire.html"

    def context(self) -> Mapping[str, Any]:
        questionnaire = self.record
        filed = queries.evidence_of(questionnaire)
        return {
            "questionnaire": questionnaire,
            "supplier": questionnaire.supplier,
            "detail": queries.detail_of(questionnaire),
            "filed": filed,
            "may_file": questionnaire.state == "accepted"
            and filed is None
            and self.can("inventory.keep_supplier", questionnaire.supplier),
            "tone": TONES[questionnaire.state],
            "acts": [
                {"label": label, "url": reverse(f"questionnaire_{act}", args=[self.slug, questionnaire.pk])}
                for act, label, verb in ACTS
                if questionnaire.state in STEPS[act] and self.can(verb, questionnaire.supplier)
            ],
        }


class PrintedQuestionnaire(OfQuestionnaire):
    """Questions, answers, declaration, hash and decision on one page for the printer."""

    verb = VIEW
    record_name = "record"
    has_past = True
    template_name = "inventory/printed_questionnaire.html"

    def context(self) -> Mapping[str, Any]:
        return {
            "questionnaire": self.record,
            "supplier": self.record.supplier,
            "detail": queries.detail_of(self.record),
            "tone": TONES[self.record.state],
            "declaration": DECLARATION,
        }


class QuestionnaireCsv(OfQuestionnaire, CsvPage):
    verb = VIEW
    columns = ("Part", "Question", "Answer", "Look twice")

    @property
    def file_name(self) -> str:  # type: ignore[override]  # of one record
        return f"{self.record.reference}.csv"

    def exported_rows(self) -> Iterable[tuple[str, queries.Answered]]:
        parts = queries.detail_of(self.record).parts
        return ((part.title, line) for part in parts for line in part.lines)

    def cells(self, row: tuple[str, queries.Answered]) -> tuple[object, ...]:
        title, line = row
        return (title, line.question.text, line.in_words, " ".join(line.flags))


class FileQuestionnaire(OfQuestionnaire, ActPage):
    verb = "inventory.keep_supplier"

    def perform(self) -> str:
        filed = services.file_as_evidence(actor=self.actor, questionnaire=self.record, now=self.now)
        messages.success(self.request, f"{filed.reference} waits for its review.")
        return self.url


class ActOnQuestionnaire(OfQuestionnaire, FormPage):
    """One act with its small form."""

    title: ClassVar[str] = ""
    done: ClassVar[str] = ""
    act: ClassVar[Callable[..., Any]]

    def context(self) -> Mapping[str, Any]:
        name = f"{self.record.reference} {self.record.supplier.name}"
        return {**super().context(), "page_title": f"{self.title}: {name}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        type(self).act(actor=self.actor, questionnaire=self.record, now=self.now, **cleaned)
        messages.success(self.request, self.done)
        return self.url


class ResendQuestionnaire(ActOnQuestionnaire):
    verb = services.SEND
    form_class = ResendForm
    title = submit_label = "Send again"
    done = "A new link is on its way; the old one is dead."
    act = staticmethod(services.resend_questionnaire)

    def initial(self) -> dict[str, Any]:
        later = self.today + datetime.timedelta(days=services.ANSWER_DAYS // 2)
        return {"recipient": self.record.recipient, "due_date": max(self.record.due_date, later)}


class WithdrawQuestionnaire(ActOnQuestionnaire):
    verb = services.SEND
    form_class = WithdrawForm
    title = submit_label = "Withdraw"
    done = "The link is dead. What was answered stays on record."
    act = staticmethod(services.withdraw_questionnaire)


class AcceptQuestionnaire(ActOnQuestionnaire):
    verb = services.DECIDE
    form_class = AcceptForm
    title = submit_label = "Accept"
    done = "The answers are accepted."
    act = staticmethod(services.accept_questionnaire)


class ReturnQuestionnaire(ActOnQuestionnaire):
    verb = services.DECIDE
    form_class = ReturnForm
    title = submit_label = "Ask for more"
    done = "It is open again, and a new link is on its way with your comment."
    act = staticmethod(services.return_questionnaire)

    def initial(self) -> dict[str, Any]:
        return {"due_date": self.today + datetime.timedelta(days=services.ANSWER_DAYS // 2)}
