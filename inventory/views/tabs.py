"""What pages of one record of the inventory share: the tabs of its head, and the page of its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Model
from django.urls import reverse

from aims.core.generic import Page, RecordPage
from aims.core.queries.history import changes_of
from inventory.queries.provenance import provenance_of

HISTORY = "inventory.view_history"
Part = tuple[str, str, str]


def tabs(page: Page, record: Model, *, route: str, current: str, more: Sequence[Part] = ()) -> list[Any]:
    """`more`: key, label and route of each. External auditors and operators have no history to open."""
    parts = [("record", "Record", route), *more]
    if page.can(HISTORY):
        parts.append(("history", "History", f"{route}_history"))
    return [
        {"label": label, "url": reverse(name, args=[page.slug, record.pk]), "current": key == current}
        for key, label, name in parts
    ]


def origins_url(page: Page, record: Model, *, route: str) -> str:
    """Where the page of the history says who or which file said each entry; nothing without a history."""
    if not page.can(HISTORY):
        return ""
    return f"{reverse(f'{route}_history', args=[page.slug, record.pk])}#origins"


class TabbedRecord(RecordPage):
    """A page of one record whose register has a history."""

    #: what its templates call the record
    shown_as: ClassVar[str] = "record"
    more: ClassVar[Sequence[Part]] = ()

    def head(self, current: str) -> dict[str, Any]:
        """What the head of its pages shows."""
        return {
            self.shown_as: self.record,
            "tabs": tabs(self, self.record, route=self.route, current=current, more=self.more),
        }


class HistoryPage(TabbedRecord):
    """Every state of the record since it was entered here."""

    verb = HISTORY
    has_past = True

    def context(self) -> Mapping[str, Any]:
        return {**self.head("history"), "history": changes_of(self.record, newest=200)}


class OriginsPage(HistoryPage):
    """The history, with who or which file said each entry as it stands."""

    def context(self) -> Mapping[str, Any]:
        return {
            **super().context(),
            "origins": provenance_of(self.record),
            "may_see_imports": self.can("inventory.view_imports"),
        }
