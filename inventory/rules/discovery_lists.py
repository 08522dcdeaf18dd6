"""Lists in which AI services may stand: applications of a single sign-on, lines of expenses."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inventory.rules.discovery import domain_of, normalized

#: Field -> what its column may be called, the best name first. Who spent or signed in is never read.
HEADINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sso": {
        "name": ("application name", "application", "app name", "app", "display name", "displayname", "name"),
        "address": (
            "domain",
            "url",
            "app url",
            "login url",
            "sign on url",
            "sign-on url",
            "homepage",
            "website",
        ),
        "vendor": ("publisher", "vendor", "provider"),
        "users": ("active users", "users", "user count", "assigned users", "number of users"),
        "day": ("last used", "last sign in", "last sign-in", "last login", "last activity", "date"),
    },
    "expenses": {
        "name": ("merchant", "merchant name", "payee", "description", "text", "supplier", "vendor"),
        "address": ("website", "url", "domain"),
        "amount": ("amount", "gross amount", "net amount", "total"),
        "currency": ("currency",),
        "day": ("date", "transaction date", "booking date", "posting date", "posted", "invoice date"),
    },
}
MOST_ROWS = 2000
LONGEST = 200


@dataclass(frozen=True)
class SeenRow:
    """One line of a list; `problem` says why it cannot be taken."""

    number: int
    name: str
    vendor: str = ""
    domain: str = ""
    detail: str = ""
    seen_on: datetime.date | None = None
    problem: str = ""


def columns_of(headings: Sequence[str], kind: str) -> dict[str, int]:
    folded = [" ".join(heading.casefold().replace("_", " ").split()) for heading in headings]
    found = {}
    for field, names in HEADINGS[kind].items():
        position = next((folded.index(name) for name in names if name in folded), None)
        if position is not None:
            found[field] = position
    return found


def seen_rows(rows: Sequence[tuple[int, Sequence[str]]], kind: str, *, today: datetime.date) -> list[SeenRow]:
    """The lines below the headings."""
    columns = columns_of(rows[0][1], kind)
    return [_row(number, cells, columns, today) for number, cells in rows[1:]]


def _row(number: int, cells: Sequence[str], columns: Mapping[str, int], today: datetime.date) -> SeenRow:
    texts = {
        field: " ".join(cells[position].split()) if position < len(cells) else ""
        for field, position in columns.items()
    }
    day, problem = _day(texts.get("day", ""), today)
    name = texts["name"]
    if not normalized(name):
        problem = "The line has no name."
    elif len(name) > LONGEST:
        problem = f"The name is longer than {LONGEST} characters."
    return SeenRow(
        number=number,
        name=name[:LONGEST],
        vendor=texts.get("vendor", "")[:LONGEST],
        domain=domain_of(texts.get("address", ""))[:LONGEST],
        detail=_detail(texts),
        seen_on=day,
        problem=problem,
    )


def _detail(texts: Mapping[str, str]) -> str:
    users = texts.get("users", "")
    money = " ".join(part for part in (texts.get("amount", ""), texts.get("currency", "")) if part)
    parts = [f"{users} users" if users.isdecimal() else "", money]
    return ", ".join(part[:40] for part in parts if part)


def _day(text: str, today: datetime.date) -> tuple[datetime.date | None, str]:
    """A day without a year first or dots could be read two ways, so it is asked for again."""
    if not text:
        return None, ""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)(?!\d)", text)
    dotted = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    parts = found.groups() if found else (dotted.groups()[::-1] if dotted else None)
    if parts is None:
        return None, f"“{text[:30]}” is no day that can be read only one way: write 2026-11-30."
    try:
        day = datetime.date(*(int(part) for part in parts))
    except ValueError:
        return None, f"“{text[:30]}” is no day."
    if day > today:
        return None, f"“{text[:30]}” lies in the future."
    return day, ""
