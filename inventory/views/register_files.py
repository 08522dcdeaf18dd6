"""Files of what the filters of a register leave: at once, or by a worker where that takes too long."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from aims.core import blobs
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.generic import Page
from inventory import register_files
from inventory.queries.exports import is_too_many
from inventory.queries.sheets import Register


class FileOfRegister:
    """A page that answers with a file. Mixed into the page of a register, whose filters hold."""

    register: ClassVar[Register]
    request: Any
    actor: Any
    asked: dict[str, Any]
    now: Any
    slug: str

    @property
    def format(self) -> str:
        raise NotImplementedError

    def records(self) -> Any:
        """What the filters leave."""
        raise NotImplementedError

    def made(self, found: Any) -> HttpResponse:
        """The file, at once. Raises RuleBroken for more records than one answer can hold."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.actor.may_download:
            raise NotAllowed("Your access does not include downloads.")
        formats, found = register_files.formats_of(self.register), self.records()
        # A worker looks at today, and only for somebody who can be told.
        by_worker = self.actor.member_id is not None and getattr(request, "as_of", None) is None
        if by_worker and self.format in formats and is_too_many(count := found.count()):
            said = {
                "count": count,
                "format": formats[self.format],
                "plural": self.register.plural,
                "back_url": self._register_url(),
            }
            return render(request, "inventory/register_file_request.html", said)
        return self.made(found)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.format not in register_files.formats_of(self.register):
            raise Http404
        try:
            job = register_files.request_file(
                actor=self.actor,
                register=self.register,
                format=self.format,
                asked=self.asked,
                now=self.now,
            )
        except RuleBroken as refused:
            messages.error(request, refused.sentence)
            return HttpResponseRedirect(self._register_url())
        return HttpResponseRedirect(reverse("job", args=[self.slug, job.pk]))

    def _register_url(self) -> str:
        return reverse(self.register.url_name, args=[self.slug])


class RegisterFile(Page):
    """What a worker wrote, for whoever asked; the register is asked for again."""

    verb = "core.view_jobs"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        blob = register_files.file_of(self.kwargs["pk"], self.actor)
        if blob is None:
            raise Http404
        return blobs.serve(blob)
