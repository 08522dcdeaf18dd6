"""The site of the operators of the installation: organizations in numbers, and no record of any of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from allauth.account.authentication import get_authentication_records
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views import View

from aims import VERSION
from aims.core import entries, operating
from aims.core.forms.operate import AppointAdministratorForm, OpenOrganizationForm, OperatorReasonForm
from aims.core.generic import FormPage, Page
from aims.core.models import Person
from aims.core.networks import is_near_operators
from aims.core.operating import Operator, operator_of, verify_operator_trail
from aims.core.queries import installation
from aims.core.registry import registry
from aims.core.second_factor import has_second_factor
from aims.core.services import operators

#: How long the second factor given at sign-in, or again later, opens the site.
FRESH_SECONDS = 30 * 60

TABS = (
    ("Organizations", "operate:organizations"),
    ("Work", "operate:work"),
    ("Installation", "operate:installation"),
    ("Trail of operators", "operate:trail"),
)


def has_fresh_factor(request: HttpRequest, *, seconds: float = FRESH_SECONDS) -> bool:
    """Whether this session was opened, or confirmed, with a second factor a short while ago."""
    records = get_authentication_records(request, request.user)
    given = [record["at"] for record in records if record.get("method") == "mfa"]
    return bool(given) and time.time() - max(given) < seconds


class OperatorPage(Page):
    """For operators with a second factor given lately. To everybody else nothing is at this address."""

    page_title: ClassVar[str] = ""
    #: How old the second factor may be; None where an old one does.
    factor_seconds: ClassVar[float | None] = FRESH_SECONDS

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not is_near_operators(request):
            raise Http404
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not getattr(request.user, "is_operator", False):
            raise Http404
        if not has_second_factor(request.user):
            return redirect("mfa_activate_totp")
        if self.factor_seconds is not None and not has_fresh_factor(request, seconds=self.factor_seconds):
            asked = urlencode({"next": request.get_full_path() if request.method == "GET" else "/"})
            return redirect(f"{reverse('mfa_reauthenticate')}?{asked}")
        return View.dispatch(self, request, *args, **kwargs)

    @property
    def person(self) -> Person:
        return self.request.user  # type: ignore[return-value]

    @cached_property
    def operator(self) -> Operator:
        return operator_of(self.person, request_id=self.request.request_id)  # type: ignore[attr-defined]

    def show(self, *, status: int = 200, **extra: Any) -> HttpResponse:
        answer = super().show(status=status, page_title=self.page_title, tabs=self._tabs(), **extra)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _tabs(self) -> list[dict[str, Any]]:
        return [
            {"label": label, "url": reverse(name), "current": self.request.path == reverse(name)}
            for label, name in TABS
        ]


class Nowhere(OperatorPage):
    """Below the operators' path everything else is answered as its pages are, and not found at last."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise Http404

    post = get


class Organizations(OperatorPage):
    template_name = "core/operate/organizations.html"
    page_title = "Organizations of this installation"

    def context(self) -> Mapping[str, Any]:
        with operating.operating(self.operator, "organizations.listed"):
            rows = installation.organization_rows()
        return {
            "rows": rows,
            "columns": [{"label": title} for title in self._titles()],
            "new_url": reverse("operate:organization_new"),
        }

    def _titles(self) -> list[str]:
        further = [title for title, _ in registry.operator_counts]
        return ["Name", "State", "Opened", "People", *further, "Storage", "Last activity"]


class OneOrganization(OperatorPage):
    template_name = "core/operate/organization.html"

    def context(self) -> Mapping[str, Any]:
        slug = self.kwargs["slug"]
        with operating.operating(self.operator, "organization.seen", slug=slug):
            rows = installation.organization_rows(slug)
            if not rows:
                raise Http404
            begun = installation.entries_of(slug)
        return {
            "row": rows[0],
            "entries": begun,
            "own_entry": entries.running(self.request, slug),
            "enter_url": reverse("operate:enter", args=[slug]),
            "leave_url": reverse("operate:leave", args=[slug]),
            "list_url": reverse("operate:organizations"),
            "suspend_url": reverse("operate:suspend", args=[slug]),
            "administrator_url": reverse("operate:administrator", args=[slug]),
            "resume_url": reverse("operate:resume", args=[slug]),
        }

    @property
    def page_title(self) -> str:  # type: ignore[override]  # of one record
        return str(self.kwargs["slug"])


class OperatorForm(OperatorPage, FormPage):
    template_name = "core/operate/form.html"

    def context(self) -> Mapping[str, Any]:
        return {"submit_label": self.submit_label, "cancel_url": self.cancel_url(), "intro": self.intro}

    intro: ClassVar[str] = ""

    def cancel_url(self) -> str:
        slug = self.kwargs.get("slug")
        return reverse("operate:organization", args=[slug]) if slug else reverse("operate:organizations")


class NewOrganization(OperatorForm):
    form_class = OpenOrganizationForm
    page_title = "Open an organization"
    submit_label = "Open the organization"

    def perform(self, cleaned: dict[str, Any]) -> str:
        organization, person = operators.open_organization(operator=self.operator, **cleaned)
        how = (
            "signs in with the password of the account they have"
            if person.has_usable_password()
            else "sets a password by “Forgot password” on the sign-in page"
        )
        messages.success(self.request, f"{organization.name} is open. {person.email} {how}.")
        return reverse("operate:organization", args=[organization.slug])


class ActOnOrganization(OperatorForm):
    """The title names the organization, so that nobody acts on another one than they think."""

    deed: ClassVar[str] = ""

    @property
    def page_title(self) -> str:  # type: ignore[override]  # of one record
        return f"{self.deed}: {self.kwargs['slug']}"


class Suspend(ActOnOrganization):
    form_class = OperatorReasonForm
    deed = "Suspend"
    submit_label = "Suspend"
    intro = "From their next request on its members, auditors and API keys are turned away, and its jobs and "
    intro += "mails wait. Nothing is changed or removed."

    def perform(self, cleaned: dict[str, Any]) -> str:
        operators.suspend_organization(operator=self.operator, slug=self.kwargs["slug"], **cleaned)
        messages.success(self.request, f"{self.kwargs['slug']} is suspended.")
        return self.cancel_url()


class Resume(ActOnOrganization):
    form_class = OperatorReasonForm
    deed = "Resume"
    submit_label = "Resume"
    intro = "It opens with the next request; waiting jobs and mails go on by themselves."

    def perform(self, cleaned: dict[str, Any]) -> str:
        operators.resume_organization(operator=self.operator, slug=self.kwargs["slug"], **cleaned)
        messages.success(self.request, f"{self.kwargs['slug']} is open again.")
        return self.cancel_url()


class AppointAdministrator(ActOnOrganization):
    form_class = AppointAdministratorForm
    deed = "Appoint an administrator"
    submit_label = "Appoint"
    intro = "Only where no active administrator is left. The organization's activity log says so, "
    intro += "and its leads and top management are told."

    def perform(self, cleaned: dict[str, Any]) -> str:
        operators.appoint_administrator(operator=self.operator, slug=self.kwargs["slug"], **cleaned)
        messages.success(self.request, f"{cleaned['email']} is administrator of {self.kwargs['slug']}.")
        return self.cancel_url()


class Work(OperatorPage):
    template_name = "core/operate/work.html"
    page_title = "Work in the background"

    def context(self) -> Mapping[str, Any]:
        with operating.operating(self.operator, "work.seen"):
            rows = installation.work_rows()
        waiting = [row for row in rows if row.state in {"queued", "running", "sending"}]
        return {
            "rows": rows,
            "waiting": sum(row.total for row in waiting),
            "oldest": waiting[0].oldest if waiting else None,
            "failed": sum(row.total for row in rows if row.state == "failed"),
        }


class Installation(OperatorPage):
    template_name = "core/operate/installation.html"
    page_title = "This installation"

    def context(self) -> Mapping[str, Any]:
        with operating.operating(self.operator, "installation.seen"):
            people, postgres = installation.operators(), installation.database_version()
        return {
            "version": VERSION,
            "postgres": postgres,
            "fingerprint": installation.signing_fingerprint(),
            "operators": people,
            "settings_shown": list(installation.settings_shown()),
        }


class Trail(OperatorPage):
    template_name = "core/operate/trail.html"
    page_title = "Trail of operators"

    def context(self) -> Mapping[str, Any]:
        with operating.operating(self.operator, "trail.seen"):
            return {"rows": installation.latest_events(), "check": verify_operator_trail()}
