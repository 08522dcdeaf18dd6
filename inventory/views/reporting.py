"""The public form from inside: what it says, its address, on and off."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.urls import reverse

from aims.core.generic import ActPage, FormPage, Page
from inventory.forms.reporting import ReportingFormForm
from inventory.models import ReportingForm
from inventory.queries.reporting import public_address, reporting_form
from inventory.services import reporting as services
from inventory.views.incidents import OfIncident


class ReportingFormPage(Page):
    verb = "inventory.view_reporting_form"
    template_name = "inventory/reporting_form.html"

    def context(self) -> Mapping[str, Any]:
        form = reporting_form()
        return {
            "reporting_form": form,
            "address": public_address(form),
            "may_keep": self.can("inventory.keep_reporting_form"),
        }


class WriteReportingForm(FormPage):
    verb = "inventory.keep_reporting_form"
    form_class = ReportingFormForm
    page_title = "Public reporting form"
    done_message = "Saved."

    @cached_property
    def stored(self) -> ReportingForm | None:
        return reporting_form()

    def initial(self) -> dict[str, Any]:
        if self.stored is None:
            return {"row_version": 0}
        names = ("public_name", "text", "row_version")
        return {name: getattr(self.stored, name) for name in names}

    def cancel_url(self) -> str:
        return reverse("reporting_form", args=[self.slug])

    def perform(self, cleaned: dict[str, Any]) -> str:
        services.write_form(actor=self.actor, now=self.now, **cleaned)
        return self.cancel_url()


class ReportingFormAct(ActPage):
    verb = "inventory.keep_reporting_form"
    done_message = ""

    def act(self) -> None:
        raise NotImplementedError

    def perform(self) -> str:
        self.act()
        messages.success(self.request, self.done_message)
        return reverse("reporting_form", args=[self.slug])


class SwitchOn(ReportingFormAct):
    done_message = "The form is on. Everybody with its address can report."

    def act(self) -> None:
        services.switch_form(actor=self.actor, is_on=True, now=self.now)


class SwitchOff(ReportingFormAct):
    done_message = "The form is off. Its address answers like a page that does not exist."

    def act(self) -> None:
        services.switch_form(actor=self.actor, is_on=False, now=self.now)


class RenewAddress(ReportingFormAct):
    done_message = "The form has a new address. The old one does not work any more."

    def act(self) -> None:
        services.renew_address(actor=self.actor, now=self.now)


class ForgetContact(OfIncident, ActPage):
    """The address of whoever reported from outside."""

    verb = "inventory.keep_incident"

    def perform(self) -> str:
        services.forget_contact(actor=self.actor, incident=self.record, now=self.now)
        messages.success(self.request, "The address is forgotten.")
        return self.url
