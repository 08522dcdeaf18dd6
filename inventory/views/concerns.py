"""Pages of concerns. Whoever may not read one gets the answer of one that does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from aims.core.days import local_today
from aims.core.generic import ActPage, FormPage, Page, StepPage
from aims.core.models import Member
from inventory.enums import ConcernOutcome
from inventory.forms.concerns import ConcernForm, ConcernStepForm, HandlerForm, MessageForm
from inventory.models import Concern, ConcernHandler
from inventory.queries import concerns as queries
from inventory.rules.concerns import CONCERN, acknowledge_by, feedback_by
from inventory.services import concern_handlers
from inventory.services import concerns as services

TONES = {
    "received": "warn",
    "acknowledged": "info",
    "assessed": "info",
    "investigating": "info",
    "concluded": "ok",
    "closed": "neutral",
}
#: What the log of a concern says was done.
DONE = {
    "receive": "Received",
    "acknowledge": "Acknowledged",
    "assess": "Assessed",
    "investigate": "Investigation begun",
    "conclude": "Concluded, feedback given",
    "close": "Closed",
    "write": "Wrote to the reporter",
    "hear": "The reporter wrote",
    "let_in": "Let a handler in",
    "step_back": "Stepped back",
}
MOST = 200


class ConcernsPage(Page):
    verb = "inventory.view_concerns"
    template_name = "inventory/concerns.html"

    def context(self) -> Mapping[str, Any]:
        handled = queries.concerns_of(self.actor).select_related("organization")[:MOST]
        return {
            "is_handler": queries.is_handler(self.actor),
            "handled": [(concern, TONES[concern.state], _limit(concern)) for concern in handled],
            "own": [(concern, TONES[concern.state]) for concern in queries.reported_by(self.actor)[:MOST]],
            "may_report": self.can("inventory.report_concern"),
            "may_count": self.can("inventory.view_concern_statistics"),
            "may_appoint": self.can("inventory.appoint_concern_handler"),
        }


def _limit(concern: Concern) -> tuple[str, Any]:
    received = local_today(concern.received_at)
    if concern.acknowledged_at is None:
        return "Acknowledge by", acknowledge_by(received)
    if concern.feedback_at is None:
        return "Feedback by", feedback_by(received)
    return "", None


@method_decorator(never_cache, name="dispatch")
class ReportConcern(FormPage):
    verb = "inventory.report_concern"
    form_class = ConcernForm
    template_name = "inventory/concern_report.html"
    page_title = "Raise a concern"
    submit_label = "Send in confidence"

    def cancel_url(self) -> str:
        return reverse("concerns", args=[self.slug])

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "handlers": [each.member.name for each in queries.handlers()]}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.code = ""
        response = super().post(request, *args, **kwargs)
        if not self.code:
            return response
        return render(request, "inventory/concern_code.html", {"code": self.code})

    def perform(self, cleaned: dict[str, Any]) -> str:
        concern, self.code = services.report_concern(actor=self.actor, now=self.now, **cleaned)
        if self.code:
            return ""
        messages.success(self.request, f"Your concern is {concern.reference}. Its handlers were told.")
        return reverse("concern", args=[self.slug, concern.pk])


class OfConcern(Page):
    """A page of one concern, for those who may read it."""

    @cached_property
    def concern(self) -> Concern:
        found: Concern = get_object_or_404(queries.readable(self.actor), pk=self.kwargs["pk"])
        return found

    @cached_property
    def handles(self) -> bool:
        return queries.handles(self.actor, self.concern)

    @property
    def url(self) -> str:
        return reverse("concern", args=[self.slug, self.kwargs["pk"]])

    def cancel_url(self) -> str:
        return self.url


@method_decorator(never_cache, name="dispatch")
class ConcernPage(OfConcern):
    verb = "inventory.view_concerns"
    template_name = "inventory/concern.html"

    def context(self) -> Mapping[str, Any]:
        concern = self.concern
        return {
            "concern": concern,
            "handles": self.handles,
            "tone": TONES[concern.state],
            "limit": _limit(concern),
            "talk": list(concern.messages.all()),
            "about": [each.member for each in concern.about.select_related("member")] if self.handles else [],
            "handlers": queries.handlers_of(concern) if self.handles else [],
            "steps": self._steps() if self.handles else [],
            "log": self._log() if self.handles else [],
        }

    def _log(self) -> list[tuple[Any, str]]:
        entries = self.concern.entries.select_related("member")
        return [(entry, DONE.get(entry.action, "")) for entry in entries]

    def _steps(self) -> list[dict[str, str]]:
        return [
            {
                "label": CONCERN.labels[row.action],
                "url": reverse("concern_act", args=[self.slug, self.concern.pk, row.action]),
            }
            for row in CONCERN.from_state(self.concern.state)
        ]


class ConcernPart(OfConcern, FormPage):
    """A form of a handler."""

    verb = "inventory.handle_concern"
    title: ClassVar[str] = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not self.handles:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"{self.title}: {self.concern.reference}"}


class ActOnConcern(StepPage, ConcernPart):
    form_class = ConcernStepForm
    machine = CONCERN
    step_verbs = services.VERBS

    @property
    def asked_about(self) -> Concern:
        return self.concern

    @property
    def subject(self) -> str:
        return str(self.concern.reference)

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.move_concern(
            actor=self.actor, concern=self.concern, action=self.action, now=self.now, **cleaned
        )
        return self.url


class WriteMessage(OfConcern, FormPage):
    """To the reporter, by a handler; to the handlers, by the reporter."""

    verb = "inventory.view_concerns"
    form_class = MessageForm
    submit_label = "Send"

    def context(self) -> Mapping[str, Any]:
        whom = "Write to the reporter" if self.handles else "Write to the handlers"
        return {**super().context(), "page_title": f"{whom}: {self.concern.reference}"}

    def perform(self, cleaned: dict[str, Any]) -> str:
        verb = services.write_to_reporter if self.handles else services.write_as_reporter
        verb(actor=self.actor, concern=self.concern, text=cleaned["text"], now=self.now)
        return self.url


class LetIn(ConcernPart):
    form_class = HandlerForm
    title = "Let a handler in"
    submit_label = "Let in"

    def form_kwargs(self) -> dict[str, Any]:
        named = ConcernHandler.objects.filter(ended_at=None).values("member_id")
        inside = [member.pk for member in queries.handlers_of(self.concern)]
        about = self.concern.about.values("member_id")
        people = Member.objects.active().filter(pk__in=named).exclude(pk__in=inside).exclude(pk__in=about)
        return {"people": people}

    def perform(self, cleaned: dict[str, Any]) -> str:
        concern_handlers.let_in(
            actor=self.actor, concern=self.concern, member=cleaned["member"], now=self.now
        )
        return self.url


class DeclareConflict(OfConcern, ActPage):
    verb = "inventory.handle_concern"

    def perform(self) -> str:
        if not self.handles:
            raise Http404
        concern_handlers.declare_conflict(actor=self.actor, concern=self.concern, now=self.now)
        messages.success(self.request, "You do not handle this concern any more.")
        return reverse("concerns", args=[self.slug])


class StatisticsPage(Page):
    verb = "inventory.view_concern_statistics"
    template_name = "inventory/concern_statistics.html"

    def context(self) -> Mapping[str, Any]:
        return {
            "groups": queries.statistics(self.today),
            "outcomes": [label for _, label in ConcernOutcome.choices],
        }


class HandlersPage(Page):
    """Everybody may know who reads concerns."""

    verb = "inventory.view_concerns"
    template_name = "inventory/concern_handlers.html"

    def context(self) -> Mapping[str, Any]:
        return {
            "handlers": list(queries.handlers()),
            "may_appoint": self.can("inventory.appoint_concern_handler"),
        }


class AppointHandler(FormPage):
    verb = "inventory.appoint_concern_handler"
    form_class = HandlerForm
    page_title = "Name a handler of concerns"
    submit_label = "Name"

    def form_kwargs(self) -> dict[str, Any]:
        return {"people": queries.people_who_may_handle()}

    def cancel_url(self) -> str:
        return reverse("concern_handlers", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        concern_handlers.appoint_handler(actor=self.actor, member=cleaned["member"], now=self.now)
        return self.cancel_url()


class EndHandler(ActPage):
    verb = "inventory.appoint_concern_handler"

    def perform(self) -> str:
        handler = get_object_or_404(ConcernHandler, pk=self.kwargs["pk"])
        concern_handlers.end_handler(actor=self.actor, handler=handler, now=self.now)
        return reverse("concern_handlers", args=[self.slug])
