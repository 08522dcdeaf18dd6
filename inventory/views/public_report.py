"""The public form: for people without an account, about whom the portal asks and keeps nothing by itself."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from aims.core import limits
from aims.core.actor import system_actor
from aims.core.exceptions import RuleBroken
from aims.core.networks import client_address, network_of
from aims.core.signins import client_mark
from aims.core.tenancy.context import acting_as
from inventory.forms.reporting import PublicReportForm
from inventory.queries.reporting import PublicForm, public_form
from inventory.services.reporting import receive_report

#: Reports of one network in ten minutes, and of one organization in an hour.
PER_NETWORK, TEN_MINUTES = 5, 10 * 60
PER_ORGANIZATION, HOUR = 60, 60 * 60
LARGEST = 64 * 1024
TOO_MANY = "Too many reports came from here in a short time. Wait ten minutes and send it again."
TOO_LARGE = "This is too long. Shorten it and send it again."


def outside(response: HttpResponse, *, indexed: bool = False) -> HttpResponse:
    """Nothing of a public page is remembered, told to another site, or found by a search unless chosen."""
    if not indexed:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@method_decorator(
    # No cookie opens it: a form that another site sends is a report like any other.
    [csrf_exempt, never_cache, sensitive_post_parameters("title", "description", "contact")],
    name="dispatch",
)
class PublicReport(View):
    """Outside any organization: the address alone says where a report belongs."""

    place: PublicForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        found = public_form(kwargs["token"])
        if found is None:
            raise Http404
        self.place = found
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._show(form=PublicReportForm(token=token))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
            return self._refused(PublicReportForm({}, token=token), 413, TOO_LARGE)
        form = PublicReportForm(request.POST, token=token)
        if not form.is_valid():  # a slip is no report, and does not count as one
            return self._show(status=422, form=form.stamped_anew())
        if not self._is_within_limits(request):
            return self._refused(form, 429, TOO_MANY)
        cleaned = {key: form.cleaned_data[key] for key in ("kind", "title", "description", "contact")}
        mark = client_mark(request)
        try:
            with acting_as(
                system_actor(self.place.organization_id, name="Public form", client=mark)
            ) as actor:
                receipt = receive_report(
                    actor=actor, public_name=self.place.public_name, now=timezone.now(), **cleaned
                )
        except RuleBroken as refused:
            return self._refused(form, 422, str(refused))
        return self._show(receipt=receipt, is_mailed=bool(cleaned["contact"]))

    def _is_within_limits(self, request: HttpRequest) -> bool:
        network = network_of(client_address(request)) or "unknown"
        near = limits.count("report-network", network, limit=PER_NETWORK, seconds=TEN_MINUTES)
        if not near.is_kept:  # one network alone does not use up what the organization takes
            return False
        organization = self.place.organization_id
        return limits.count("report", organization, limit=PER_ORGANIZATION, seconds=HOUR).is_kept

    def _refused(self, form: PublicReportForm, status: int, sentence: str) -> HttpResponse:
        form.full_clean()
        form.errors.clear()
        form.add_error(None, sentence)
        return self._show(status=status, form=form)

    def _show(self, *, status: int = 200, **context: Any) -> HttpResponse:
        page = {"place": self.place, **context}
        return outside(render(self.request, "inventory/public_report.html", page, status=status))
