"""The questionnaire as a supplier sees it, by its link and without an account."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from aims.core import limits
from aims.core.actor import Actor, system_actor
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.generic import add_refusal
from aims.core.networks import client_address, network_of
from aims.core.signins import client_mark
from aims.core.tenancy.context import acting_as, current_organization
from inventory.forms.questionnaires import HandInForm, PartForm
from inventory.models import SupplierQuestionnaire
from inventory.queries import questionnaires as queries
from inventory.services import questionnaire_answers as services
from inventory.services.questionnaires import digest_of
from inventory.views.public_report import outside

#: Saves of one network and of one questionnaire: a person fills in ten parts, colleagues help.
PER_NETWORK, TEN_MINUTES = 120, 10 * 60
PER_QUESTIONNAIRE, HOUR = 240, 60 * 60
LARGEST = 256 * 1024
TOO_MANY = "Too much was sent from here in a short time. Wait ten minutes, go back and save again."
TOO_LARGE = "This is too long. Go back, shorten it and save again."


@method_decorator(
    # No cookie opens it: whoever knows the address of the form holds the link.
    [csrf_exempt, never_cache, sensitive_post_parameters()],
    name="dispatch",
)
class Answering(View):
    """Outside any organization: the link alone says where answers belong."""

    actor: Actor
    questionnaire: SupplierQuestionnaire

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.digest = digest_of(kwargs["token"])
        place = queries.find_questionnaire(self.digest)
        if place is None:
            raise Http404
        if request.method == "POST" and (refusal := self._too_much(request, place.questionnaire_id)):
            return outside(refusal)
        portal = system_actor(place.organization_id, name="Questionnaire", client=client_mark(request))
        try:
            with acting_as(portal) as self.actor:
                found = SupplierQuestionnaire.objects.select_related("supplier")
                self.questionnaire = found.get(pk=place.questionnaire_id)
                if self.questionnaire.is_open or request.method == "GET":
                    shown: Any = super().dispatch(request, *args, **kwargs)
                    return outside(shown)
                return HttpResponseRedirect(self.url)
        except services.LinkGone:
            raise Http404 from None

    @property
    def url(self) -> str:
        return reverse("answer_questionnaire", args=[self.kwargs["token"]])

    @cached_property
    def detail(self) -> queries.QuestionnaireDetail:
        return queries.detail_of(self.questionnaire)

    def show(self, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
        page = {
            "organization_name": current_organization().name,
            "questionnaire": self.questionnaire,
            "detail": self.detail,
            "token": self.kwargs["token"],
            "home_url": self.url,
            **context,
        }
        return render(self.request, f"inventory/public_questionnaire{template}.html", page, status=status)

    def _too_much(self, request: HttpRequest, questionnaire_id: int) -> HttpResponse | None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
            return self._refusal(413, TOO_LARGE)
        network = network_of(client_address(request)) or "unknown"
        near = limits.count("questionnaire-network", network, limit=PER_NETWORK, seconds=TEN_MINUTES)
        own = limits.count("questionnaire", questionnaire_id, limit=PER_QUESTIONNAIRE, seconds=HOUR)
        return None if near.is_kept and own.is_kept else self._refusal(429, TOO_MANY)

    def _refusal(self, status: int, sentence: str) -> HttpResponse:
        context = {"sentence": sentence, "home_url": self.url}
        return render(self.request, "inventory/public_questionnaire_refused.html", context, status=status)


class AnswerQuestionnaire(Answering):
    """The list of parts; once handed in, the receipt and nothing else."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.show("" if self.questionnaire.is_open else "_receipt")


class AnswerPart(Answering):
    """The questions of one part."""

    def get(self, request: HttpRequest, token: str, section: str) -> HttpResponse:
        if not self.questionnaire.is_open:
            return HttpResponseRedirect(self.url)
        return self._show(PartForm(part=self.part))

    def post(self, request: HttpRequest, token: str, section: str) -> HttpResponse:
        form = PartForm(request.POST, part=self.part)
        if not form.is_valid():
            return self._show(form, status=422)
        try:
            services.save_answers(
                actor=self.actor,
                digest=self.digest,
                section=section,
                answers=form.answers,
                seen=form.cleaned_data["seen"],
                now=timezone.now(),
            )
        except StaleState as refused:
            stored = queries.detail_of(self.questionnaire).part(section) or self.part
            theirs = form.against(stored)
            add_refusal(form, refused)
            return self._show(form, status=409, theirs=theirs)
        except RuleBroken as refused:
            add_refusal(form, refused)
            return self._show(form, status=422)
        return HttpResponseRedirect(self.url if "all_parts" in request.POST else self._after())

    @cached_property
    def part(self) -> queries.Part:
        found = self.detail.part(self.kwargs["section"])
        if found is None:
            raise Http404
        return found

    def _after(self) -> str:
        """The next part; after the last one the list."""
        keys = [part.key for part in self.detail.parts]
        following = keys[keys.index(self.part.key) + 1 :]
        return reverse("answer_part", args=[self.kwargs["token"], following[0]]) if following else self.url

    def _show(self, form: PartForm, *, status: int = 200, **context: Any) -> HttpResponse:
        number = [part.key for part in self.detail.parts].index(self.part.key) + 1
        return self.show("_part", status=status, form=form.shown(), part=self.part, number=number, **context)


class HandIn(Answering):
    """All answers once more, what is missing, and the declaration."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        if not self.questionnaire.is_open:
            return HttpResponseRedirect(self.url)
        return self.show("_hand_in", form=HandInForm(initial={"seen": self.seen}))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        form = HandInForm(request.POST)
        if not form.is_valid():
            return self.show("_hand_in", status=422, form=form)
        try:
            services.hand_in(actor=self.actor, digest=self.digest, now=timezone.now(), **form.cleaned_data)
        except (RuleBroken, StaleState) as refused:
            form.data = {**request.POST.dict(), "seen": self.seen}
            add_refusal(form, refused)
            status = 409 if isinstance(refused, StaleState) else 422
            return self.show("_hand_in", status=status, form=form)
        return HttpResponseRedirect(self.url)

    @property
    def seen(self) -> str:
        return queries.mark_of(self.detail.texts)
