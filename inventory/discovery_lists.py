"""Lists of applications and expenses: read in the limited process, shown, sent back as rows, taken."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from inventory.enums import DiscoverySource
from inventory.imports.formats import ImportRefused
from inventory.imports.limits import MEGABYTE, Limits
from inventory.imports.sandbox import rows_in_subprocess
from inventory.known_services import known_services
from inventory.models import AISystem, DiscoveredAI
from inventory.rules.discovery import Match, domain_of, recognize
from inventory.rules.discovery_lists import LONGEST, MOST_ROWS, SeenRow, columns_of, seen_rows
from inventory.services import discovery as verbs

KINDS = {"sso": DiscoverySource.SSO, "expenses": DiscoverySource.EXPENSES}
#: A list is read while the person waits.
LIMITS = Limits(
    max_bytes=MEGABYTE,
    max_rows=MOST_ROWS,
    max_columns=60,
    max_unpacked_bytes=20 * MEGABYTE,
    memory_bytes=512 * MEGABYTE,
    cpu_seconds=5,
    wall_seconds=15,
)


@dataclass(frozen=True)
class PlannedRow:
    """What taking a row would do: `new`, `seen` again, `in_inventory`, `unknown`, or a `problem`."""

    row: SeenRow
    outcome: str
    match: Match | None = None
    item: DiscoveredAI | None = None
    system: AISystem | None = None


def read_list(path: Path, name: str, *, kind: str, today: datetime.date) -> list[SeenRow]:
    if kind not in KINDS:
        raise RuleBroken("Choose what kind of list it is.", field="kind")
    try:
        rows = rows_in_subprocess(path, name, LIMITS)
    except ImportRefused as refused:
        raise RuleBroken(str(refused), field="file") from refused
    if not rows or "name" not in columns_of(rows[0][1], kind):
        wanted = "“Application”" if kind == "sso" else "“Merchant”"
        raise RuleBroken(f"The first row must hold the headings, one of them {wanted}.", field="file")
    found = seen_rows(rows, kind, today=today)
    if not found:
        raise RuleBroken("The file has headings but no line below them.", field="file")
    return found


def read_upload(upload: Any, *, kind: str, today: datetime.date) -> list[SeenRow]:
    """As `read_list`, of a file that just came in and is kept nowhere."""
    with tempfile.NamedTemporaryFile(suffix=".upload") as copy:
        for chunk in upload.chunks():
            copy.write(chunk)
        copy.flush()
        return read_list(Path(copy.name), upload.name, kind=kind, today=today)


def as_data(rows: Sequence[SeenRow]) -> list[list[Any]]:
    """For the way through a browser: a person confirms what was read."""
    return [
        [
            row.number,
            row.name,
            row.vendor,
            row.domain,
            row.detail,
            row.seen_on.isoformat() if row.seen_on else "",
        ]
        for row in rows
        if not row.problem
    ]


def from_data(data: Any, *, today: datetime.date) -> list[SeenRow]:
    """Rows that come back from a browser, looked at like those of a file."""
    gone = RuleBroken("The list did not arrive whole. Upload the file again.", field="file")
    if not isinstance(data, list) or len(data) > MOST_ROWS:
        raise gone
    rows = []
    for each in data:
        if not isinstance(each, list) or len(each) != 6 or type(each[0]) is not int:
            raise gone
        texts = each[1:]
        if not all(isinstance(text, str) and "\x00" not in text and len(text) <= LONGEST for text in texts):
            raise gone
        name, vendor, domain, detail, day = texts
        try:
            seen_on = datetime.date.fromisoformat(day) if day else None
        except ValueError as error:
            raise gone from error
        if (domain and domain_of(domain) != domain) or (seen_on and seen_on > today):
            raise gone
        rows.append(SeenRow(each[0], name, vendor, domain, detail, seen_on))
    return rows


def plan_list(rows: Sequence[SeenRow]) -> list[PlannedRow]:
    """Against the inventory and the queue as they stand; two queries for any number of rows."""
    items = {item.key: item for item in DiscoveredAI.objects.all()}
    systems = verbs.systems_by_name()
    return [_planned(row, items, systems) for row in rows]


def _planned(row: SeenRow, items: Mapping[str, DiscoveredAI], systems: Mapping[str, AISystem]) -> PlannedRow:
    if row.problem:
        return PlannedRow(row, "problem")
    match = recognize(row.name, row.domain, known_services())
    system = verbs.system_named(row.name, match, systems)
    if system is not None:
        return PlannedRow(row, "in_inventory", match, system=system)
    item = items.get(verbs.key_of(row.name, match))
    if item is not None:
        return PlannedRow(row, "seen", match, item=item)
    return PlannedRow(row, "new" if match else "unknown", match)


@transaction.atomic
def take_list(
    *,
    actor: Actor,
    kind: str,
    rows: Sequence[SeenRow],
    also: Collection[int] = (),
    now: datetime.datetime,
) -> dict[str, int]:
    """Queue what is recognized, and of the unknown the rows that a person chose, by number.

    Lines of one thing become one sighting, of the latest day among them.
    """
    permissions.require(actor, "inventory.import_discovery")
    if kind not in KINDS:
        raise RuleBroken("Choose what kind of list it is.", field="kind")
    planned = plan_list(rows)
    taken = [
        each for each in planned if each.outcome not in ("problem", "unknown") or each.row.number in also
    ]
    taken = [each for each in taken if each.outcome != "problem"]
    groups: dict[str, list[PlannedRow]] = {}
    for each in taken:
        key = f"system:{each.system.pk}" if each.system else verbs.key_of(each.row.name, each.match)
        groups.setdefault(key, []).append(each)
    systems = verbs.systems_by_name()
    found = [
        verbs.note_seen(actor, _together(group, kind, local_today(now)), systems=systems, now=now)
        for group in groups.values()
    ]
    counts = {
        "new": sum(each.is_new for each in found),
        "known": sum(not each.is_new for each in found),
        "left": len(planned) - len(taken),
    }
    trail.record(actor, "discoveredai.list_taken", after={"source": KINDS[kind].value, **counts})
    return counts


def _together(group: Sequence[PlannedRow], kind: str, today: datetime.date) -> verbs.Seen:
    first = group[0].row
    days = [each.row.seen_on for each in group if each.row.seen_on]
    details = "; ".join(dict.fromkeys(each.row.detail for each in group if each.row.detail))
    lines = f"{len(group)} lines" if len(group) > 1 else f"“{first.name}”"
    return verbs.Seen(
        name=first.name,
        source=KINDS[kind],
        seen_on=max(days, default=today),
        vendor=first.vendor,
        domain=first.domain,
        detail=f"{lines}{': ' if details else ''}{details}"[:400],
    )
