"""The transparency page as outsiders read it: a frozen text, without a cookie or a word about who reads."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inventory.queries.transparency import published
from inventory.views.public_report import outside


@never_cache  # taken down means gone, also from caches on the way
@require_safe
def public_transparency(request: HttpRequest, token: str) -> HttpResponse:
    content = published(token)
    if content is None:
        raise Http404
    response = render(request, "inventory/public_transparency.html", {"content": content})
    return outside(response, indexed=bool(content["allows_search"]))
