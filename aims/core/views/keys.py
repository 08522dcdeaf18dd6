"""API keys: the list, a new one (shown once), its limits, a new secret for it, its end."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from aims.core import keys
from aims.core.forms.keys import ApiKeyForm, ChangeKeyForm, LifeForm
from aims.core.generic import ActPage, FormPage, Page
from aims.core.models import ApiKey
from aims.core.queries.keys import KeyLine, key_lines


class ApiKeys(Page):
    verb = "core.view_keys"
    template_name = "core/api_keys.html"

    def context(self) -> Mapping[str, Any]:
        may_manage = self.can("core.manage_keys")
        return {
            "page_title": "API keys",
            "keys": [self._row(line, may_manage=may_manage) for line in key_lines(now=self.now)],
            "new_url": reverse("api_key_new", args=[self.slug]) if may_manage else "",
            "schema_url": reverse("api_docs"),
        }

    def _row(self, line: KeyLine, *, may_manage: bool) -> dict[str, Any]:
        where = [self.slug, line.key.pk]
        row: dict[str, Any] = {"line": line, "key": line.key}
        if may_manage and line.key.revoked_at is None:
            row["actions"] = [
                {"label": "Change limits", "url": reverse("api_key_change", args=where), "icon": "pencil"},
                {"label": "Rotate", "url": reverse("api_key_rotate", args=where), "icon": "rotate-cw"},
            ]
            row["revoke_url"] = reverse("api_key_revoke", args=where)
            row["end_url"] = reverse("api_key_end_old", args=where)
        return row


class OnceShown(FormPage):
    """The secret is shown on the answer to this one request and nowhere afterwards."""

    verb = "core.manage_keys"
    new_key = ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = super().post(request, *args, **kwargs)
        if not self.new_key:
            return answer
        shown = ApiKeys(request=self.request, args=self.args, kwargs=self.kwargs)
        answer = shown.show(new_key=self.new_key, example_url=self._example(), notice=self.notice())
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def notice(self) -> str:
        return ""

    def cancel_url(self) -> str:
        return reverse("api_keys", args=[self.slug])

    def _example(self) -> str:
        return f"{settings.BASE_URL}/api/v1/organizations/{self.slug}/me"


class NewApiKey(OnceShown):
    form_class = ApiKeyForm
    page_title = "New API key"
    submit_label = "Create key"

    def initial(self) -> dict[str, Any]:
        return {"responsible": self.actor.member_id}

    def perform(self, cleaned: dict[str, Any]) -> str:
        life = datetime.timedelta(days=cleaned.pop("days"))
        _, self.new_key = keys.create_key(actor=self.actor, life=life, now=self.now, **cleaned)
        return self.cancel_url()


class OfOneKey(FormPage):
    verb = "core.manage_keys"

    @cached_property
    def key(self) -> ApiKey:
        return get_object_or_404(ApiKey.objects.filter(revoked_at=None), pk=self.kwargs["pk"])

    def cancel_url(self) -> str:
        return reverse("api_keys", args=[self.slug])


class ChangeApiKey(OfOneKey):
    form_class = ChangeKeyForm
    page_title = "Change the limits of a key"
    submit_label = "Save"
    done_message = "Changed. The new limits hold from the next request."

    def initial(self) -> dict[str, Any]:
        return {
            "name": self.key.name,
            "responsible": self.key.responsible_id,
            "networks": "\n".join(self.key.networks),
            "rate_limit": self.key.rate_limit,
            "row_version": self.key.row_version,
        }

    def perform(self, cleaned: dict[str, Any]) -> str:
        keys.change_key(actor=self.actor, key=self.key, **cleaned)
        return self.cancel_url()


class RotateApiKey(OfOneKey, OnceShown):
    form_class = LifeForm
    page_title = "Rotate a key"
    submit_label = "Make the new secret"

    def context(self) -> Mapping[str, Any]:
        intro = (
            f"{self.key.name} gets a new secret at once. The old one works for 24 hours more, "
            "so that you can change it where it is used; you can end it earlier."
        )
        return {**super().context(), "intro": intro}

    def notice(self) -> str:
        return "The old secret works for 24 hours more, unless you end it before."

    def perform(self, cleaned: dict[str, Any]) -> str:
        life = datetime.timedelta(days=cleaned["days"])
        self.new_key = keys.rotate_key(actor=self.actor, key=self.key, life=life, now=self.now)
        return self.cancel_url()


class KeyAct(ActPage):
    verb = "core.manage_keys"

    @property
    def key(self) -> ApiKey:
        return get_object_or_404(ApiKey.objects.all(), pk=self.kwargs["pk"])


class EndOldSecret(KeyAct):
    def perform(self) -> str:
        key = self.key
        keys.end_overlap(actor=self.actor, key=key, now=self.now)
        messages.success(self.request, f"The old secret of {key.name} no longer works.")
        return reverse("api_keys", args=[self.slug])


class RevokeApiKey(KeyAct):
    def perform(self) -> str:
        key = self.key
        keys.revoke_key(actor=self.actor, key=key, now=self.now)
        messages.success(self.request, f"{key.name} is revoked.")
        return reverse("api_keys", args=[self.slug])
