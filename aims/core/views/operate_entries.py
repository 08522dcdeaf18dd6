"""Break glass: how an operator of the installation enters an organization, and leaves it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from aims.core import entries
from aims.core.forms.operate import EnterOrganizationForm
from aims.core.services import operator_entries
from aims.core.views.operate import ActOnOrganization, OperatorPage


class Enter(ActOnOrganization):
    """Asks for a second factor given in the last minutes, however fresh the rest of the site wants it."""

    form_class = EnterOrganizationForm
    deed = "Enter"
    submit_label = "Enter and tell its administrators"
    factor_seconds: ClassVar[float | None] = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    intro = "You read its records for this time and change nothing. Its administrators are told at once, by "
    intro += "mail and in the portal, with your name and the reason; each page you open stands in its "
    intro += "activity log, and they can end it."

    def perform(self, cleaned: dict[str, Any]) -> str:
        slug = self.kwargs["slug"]
        entry = operator_entries.begin_entry(
            operator=self.operator, person=self.person, slug=slug, now=timezone.now(), **cleaned
        )
        entries.remember(self.request, slug, entry)
        return reverse("home", args=[slug])


class Leave(OperatorPage):
    """Never held up by an old second factor: leaving takes rights away."""

    factor_seconds = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(status=405, headers={"Allow": "POST"})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        slug = self.kwargs["slug"]
        operator_entries.end_entry(operator=self.operator, person=self.person, slug=slug, now=timezone.now())
        entries.forget(request, slug)
        messages.success(request, f"You have left {slug}.")
        return HttpResponseRedirect(reverse("operate:organization", args=[slug]))
