"""`?as_of=2027-01-31`: a page or an answer of the API as it was at the end of that day, to be read only."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.dateparse import parse_date

from aims.core.actor import Actor
from aims.core.days import end_of_day, local_today
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.tenancy.past import looking_back

PARAMETER = "as_of"
READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})
LINK = re.compile(r'href="(/o/[^"?#]*)(?:\?([^"#]*))?(#[^"]*)?"(?! data-today)')


@contextmanager
def asked_day(request: HttpRequest, actor: Actor, *, has_past: bool) -> Iterator[datetime.date | None]:
    """Look back to the day that the address asks for, if it asks for one."""
    request.has_past = has_past  # type: ignore[attr-defined]
    if PARAMETER not in request.GET:
        yield None
        return
    day = _day(request, actor, has_past=has_past)
    with looking_back(end_of_day(day)):
        request.as_of = day  # type: ignore[attr-defined]
        yield day


def _day(request: HttpRequest, actor: Actor, *, has_past: bool) -> datetime.date:
    try:
        day = parse_date(request.GET[PARAMETER])
    except ValueError:
        day = None
    if day is None:
        raise RuleBroken("Give the day as year-month-day, such as 2027-01-31.", field=PARAMETER)
    if actor.is_operator:
        raise NotAllowed("An entry of an operator reads today only.")
    if actor.is_auditor:
        raise NotAllowed("Past days are not part of an external auditor's access; evidence packs show them.")
    if request.method not in READ_ONLY:
        raise RuleBroken("The past can be read, not changed.", field=PARAMETER)
    if not has_past:
        raise RuleBroken("This shows today only. Leave as_of out.", field=PARAMETER)
    if day > local_today():
        raise RuleBroken("This day lies ahead. Give today or a day before.", field=PARAMETER)
    return day


def keep_day(response: HttpResponse, day: datetime.date) -> HttpResponse:
    """Links of a page of the past lead to pages of the same day, where there are such."""
    if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
        text = response.content.decode()
        response.content = LINK.sub(lambda found: _dated(found, day), text).encode()
    return response


def _dated(found: re.Match[str], day: datetime.date) -> str:
    path, query, fragment = found.group(1), found.group(2) or "", found.group(3) or ""
    if f"{PARAMETER}=" in query or not _has_past(path):
        return found.group(0)
    query = f"{query}&amp;" if query else ""
    return f'href="{path}?{query}{PARAMETER}={day}{fragment}"'


def _has_past(path: str) -> bool:
    try:
        view: Any = resolve(path).func
    except Resolver404:
        return False
    return bool(getattr(getattr(view, "view_class", None), "has_past", False))
