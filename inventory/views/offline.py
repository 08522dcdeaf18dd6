"""The way of a register out as a workbook, and back in."""

from __future__ import annotations

from django.urls import reverse

from aims.core.generic import Page


def offline_menu(page: Page, sheet_url: str) -> list[dict[str, str]]:
    if not (page.actor.may_download and page.can("inventory.import_systems")):
        return []
    return [
        {"label": "Download the workbook", "url": f"{sheet_url}?{page.request.GET.urlencode()}"},
        {"label": "Upload it again", "url": reverse("import_new", args=[page.slug])},
    ]
