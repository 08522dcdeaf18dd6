"""Pages of the intake: the three questions, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import permissions
from aims.core.generic import FormPage, Page
from aims.core.registry import registry
from inventory.forms.intake import IntakeFields, answers_in
from inventory.intake_questions import intake_parts
from inventory.models import AISystem, DiscoveredAI, Intake
from inventory.queries import intake as queries
from inventory.services import intake as services


class IntakePage(Page):
    """What came of one intake; staff read their own."""

    verb = "inventory.view_intake"
    has_past = True
    record_name = "intake"
    template_name = "inventory/intake.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        permissions.require(self.actor, self.verb)
        permissions.require(self.actor, self.verb, self.intake)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def intake(self) -> Intake:
        return get_object_or_404(queries.intakes(), pk=self.kwargs["pk"])

    def context(self) -> Mapping[str, Any]:
        [shown] = queries.shown([self.intake])
        system = self.intake.system or (self.intake.item and self.intake.item.system)
        judges = registry.intake_judges if system else []
        return {
            "intake": self.intake,
            "shown": shown,
            "about": self.intake.item or self.intake.system,
            "links": [link for each in judges for link in each.asks_everything(self.actor, system)],
            "may_view": self.can("inventory.view_discovery"),
        }


class Questions(FormPage):
    """The three questions about one thing that is on record."""

    verb = "inventory.answer_intake"
    form_class = IntakeFields
    template_name = "inventory/intake_form.html"
    submit_label = "Judge"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        permissions.require(self.actor, self.verb)
        permissions.require(self.actor, self.verb, self.about)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def about(self) -> Any:
        raise NotImplementedError

    def newest(self) -> Intake | None:
        raise NotImplementedError

    def initial(self) -> dict[str, Any]:
        """The newest answers, to be looked over; a choice that is no longer offered is not taken."""
        newest = self.newest()
        answers = newest.answers if newest else {}
        several = {part.id for part in intake_parts() if part.several}
        return {part: given if part in several else given[0] for part, given in answers.items() if given}

    def context(self) -> Mapping[str, Any]:
        return {**super().context(), "page_title": f"Intake of {self.about.name}", "about": self.about}

    def cancel_url(self) -> str:
        url: str = self.about.get_absolute_url()
        return url

    def perform(self, cleaned: dict[str, Any]) -> str:
        which = {"system" if isinstance(self.about, AISystem) else "item": self.about}
        intake = services.answer_intake(actor=self.actor, answers=answers_in(cleaned), now=self.now, **which)
        return reverse("intake", args=[self.slug, intake.pk])


class IntakeOfItem(Questions):
    @cached_property
    def about(self) -> DiscoveredAI:
        return get_object_or_404(DiscoveredAI.objects.select_related("organization"), pk=self.kwargs["pk"])

    def newest(self) -> Intake | None:
        return next(iter(queries.intakes_of_item(self.about)), None)


class IntakeOfSystem(Questions):
    @cached_property
    def about(self) -> AISystem:
        found = AISystem.objects.select_related("owner", "organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def newest(self) -> Intake | None:
        return next(iter(queries.intakes_of_system(self.about)), None)
