"""One's own pages (work, notifications, search, help, theme) and the settings of the organization."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

import aims
from aims.core.context_processors import THEMES
from aims.core.forms.organization import SettingsForm, SignInRulesForm
from aims.core.generic import ActPage, FormPage, ListPage, Page
from aims.core.models import Notification, Organization
from aims.core.queries.people import contacts
from aims.core.queries.work import hits, work_of
from aims.core.registry import WorkItem
from aims.core.services.notifications import mark_all_read
from aims.core.services.organizations import remove_sample
from aims.core.services.settings import FIELDS, change_settings
from aims.core.services.sign_in import change_sign_in_rules, sign_in_rules_of
from aims.core.signing import Signer
from aims.core.tenancy.context import current_organization

A_YEAR = 365 * 24 * 60 * 60
SOON = datetime.timedelta(days=14)


class MyWork(Page):
    verb = "core.view_own_work"
    template_name = "core/my_work.html"

    def context(self) -> Mapping[str, Any]:
        items = [as_task(item, self.today) for item in work_of(self.actor, self.today)]
        return {
            "page_title": "My work",
            "intro": "One queue over all registers, what is due first.",
            "items": items,
        }


def as_task(item: WorkItem, today: datetime.date) -> dict[str, str]:
    """A work item as c-task names things."""
    state, word = _urgency(item.due, today)
    return {
        "title": item.title,
        "url": item.url,
        "note": item.detail,
        "icon": item.icon,
        "state": state,
        "word": word,
        "action": item.action,
    }


def _urgency(due: datetime.date | None, today: datetime.date) -> tuple[str, str]:
    if due is None:
        return "todo", "To do"
    if due < today:
        days = (today - due).days
        return "problem", f"Overdue {days} day{'' if days == 1 else 's'}"
    if due == today:
        return "due", "Due today"
    return ("due" if due - today <= SOON else "todo"), f"Due {due.day} {due:%b %Y}"


class Notifications(ListPage):
    verb = "core.view_notifications"
    template_name = "core/notifications.html"

    def rows(self) -> Any:
        return Notification.objects.filter(member=self.actor.member_id)

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "page_title": "Notifications",
            "unread": self.rows().filter(read_at=None).count(),
            "read_all_url": reverse("notifications_read", args=[self.slug]),
        }


class ReadNotifications(ActPage):
    verb = "core.view_notifications"

    def perform(self) -> str:
        mark_all_read(actor=self.actor, now=self.now)
        return reverse("notifications", args=[self.slug])


class Search(Page):
    verb = "core.search"
    template_name = "core/search.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "palette" in request.GET:
            return render(request, "core/_search_results.html", self.context())
        return super().get(request, *args, **kwargs)

    def context(self) -> Mapping[str, Any]:
        words = self.request.GET.get("q", "")[:100]
        return {"page_title": "Search", "query": words, "results": hits(self.actor, words, self.slug)}


class Help(Page):
    verb = "core.view_help"
    template_name = "core/help.html"

    def context(self) -> Mapping[str, Any]:
        return {
            "contacts": contacts(),
            "public_key": Signer.from_settings().public_key_text(),
            "version": getattr(aims, "__version__", ""),
        }


class Settings(Page):
    verb = "core.view_settings"
    template_name = "core/settings.html"

    def context(self) -> Mapping[str, Any]:
        organization = current_organization()
        may_remove = organization.is_sample and self.can("core.remove_sample")
        signer = Signer.from_settings()
        return {
            "page_title": "Settings",
            "forms": list(self._forms(organization)),
            "facts": [
                {"label": "Organization", "value": organization.name},
                {"label": "Address", "value": organization.get_absolute_url()},
                {"label": "Time zone", "value": organization.time_zone},
                {
                    "label": "Months before an auditor is independent",
                    "value": organization.independence_months,
                },
                {"label": "Daily digest of the activity log", "value": organization.get_digest_to_display()},
                {
                    "label": "Second factor",
                    "value": "Everybody needs one"
                    if organization.second_factor_required
                    else "External auditors need one",
                },
                {"label": "Unused sessions end after", "value": f"{organization.idle_minutes} minutes"},
                {"label": "Fingerprint of the signing key", "value": signer.fingerprint(), "kind": "ref"},
            ],
            "is_sample": organization.is_sample,
            "remove_sample_url": reverse("sample_remove", args=[self.slug]) if may_remove else "",
        }

    def _forms(self, organization: Any) -> Iterator[dict[str, Any]]:
        if self.can("core.manage_settings"):
            yield self._names(organization)
        if self.can("core.change_sign_in_rules"):
            yield {
                "title": "Sign-in",
                "form": SignInRulesForm(initial=sign_in_rules_of(organization)),
                "action": reverse("sign_in_rules_change", args=[self.slug]),
            }

    def _names(self, organization: Any) -> dict[str, Any]:
        return {
            "title": "Organization",
            "form": SettingsForm(initial=settings_of(organization)),
            "action": reverse("settings_change", args=[self.slug]),
        }


def settings_of(organization: Organization) -> dict[str, Any]:
    return {field: getattr(organization, field) for field in FIELDS}


class ChangeSettings(FormPage):
    verb = "core.manage_settings"
    form_class = SettingsForm
    page_title = "Settings"
    done_message = "Settings saved."

    def initial(self) -> dict[str, Any]:
        return settings_of(current_organization())

    def perform(self, cleaned: dict[str, Any]) -> str:
        change_settings(actor=self.actor, organization=current_organization(), **cleaned)
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("settings", args=[self.slug])


class ChangeSignInRules(FormPage):
    verb = "core.change_sign_in_rules"
    form_class = SignInRulesForm
    page_title = "Sign-in"
    done_message = "Sign-in rules saved. They hold from the next page that anybody opens."

    def initial(self) -> dict[str, Any]:
        return sign_in_rules_of(current_organization())

    def perform(self, cleaned: dict[str, Any]) -> str:
        change_sign_in_rules(actor=self.actor, organization=current_organization(), **cleaned)
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("settings", args=[self.slug])


class RemoveSample(ActPage):
    verb = "core.remove_sample"

    def perform(self) -> str:
        organization = current_organization()
        remove_sample(actor=self.actor, organization=organization)
        messages.success(self.request, f"{organization.name} and all its sample records are removed.")
        return reverse("start")


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Dark, light, or as the system has it, in turn: the way without script."""
    turn = {"": "dark", "dark": "light", "light": ""}
    current = request.COOKIES.get("theme", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = "/"
    response = HttpResponseRedirect(target)
    chosen = turn[current if current in THEMES else ""]
    response.set_cookie("theme", chosen, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    return response
