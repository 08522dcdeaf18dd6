"""What suppliers show at places that core names: navigation, work, search, the page of a system."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.registry import EvidenceUse, NavigationEntry, Panel, SearchHit, WorkItem
from inventory.enums import QuestionnaireState, SupplierState
from inventory.models import (
    AISystem,
    Supplier,
    SupplierCondition,
    SupplierEvidence,
    SupplierNotice,
    SupplierQuestionnaire,
)
from inventory.models.suppliers import ENDED, OPEN_REQUEST
from inventory.queries import suppliers as queries

WORK_LINES = 20
HITS = 8
VIEW = "inventory.view_suppliers"


def navigation() -> Iterator[NavigationEntry]:
    yield NavigationEntry("Assess", "Suppliers", "suppliers", "truck", VIEW, 11)


def panels() -> Iterator[Panel]:
    yield Panel(
        "system",
        "suppliers",
        "Suppliers",
        15,
        VIEW,
        "inventory/_system_suppliers.html",
        system_suppliers,
        span=6,
    )


def system_suppliers(actor: Actor, system: AISystem) -> Mapping[str, Any]:
    """One query, whatever their number."""
    return {"links": queries.suppliers_of(system), "named": system.supplier}


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    if actor.member_id is None or not permissions.can(actor, VIEW):
        return
    own = Supplier.objects.filter(owner_id=actor.member_id).exclude(state__in=ENDED)
    yield from _reviews(own, today)
    yield from _conditions(own)
    yield from _requests(own)
    yield from _suspended(actor)
    yield from _waiting_for_decision(actor)
    yield from _awaited(own, today)
    yield from _handed_in(actor)


def _item(supplier: Supplier, title: str, action: str, due: datetime.date | None = None) -> WorkItem:
    return WorkItem(
        title=title,
        detail=f"{supplier.reference} {supplier.name}",
        url=supplier.get_absolute_url(),
        icon="truck",
        action=action,
        due=due,
    )


def _reviews(own: Any, today: datetime.date) -> Iterator[WorkItem]:
    overdue = own.filter(next_review_date__lte=today).select_related("organization")
    for supplier in overdue.order_by("next_review_date")[:WORK_LINES]:
        yield _item(supplier, f"Review supplier {supplier.name}", "Review", supplier.next_review_date)


def _conditions(own: Any) -> Iterator[WorkItem]:
    left = SupplierCondition.objects.filter(supplier__in=own.values("pk"), met_on=None)
    for each in left.select_related("supplier__organization").order_by("due_date")[:WORK_LINES]:
        yield _item(each.supplier, f"Condition: {each}", "See to it", each.due_date)


def _requests(own: Any) -> Iterator[WorkItem]:
    left = SupplierNotice.objects.filter(OPEN_REQUEST, supplier__in=own.values("pk"))
    for each in left.select_related("supplier__organization").order_by("due_date")[:WORK_LINES]:
        yield _item(each.supplier, f"{each.get_kind_display()}: {each}", "Record the answer", each.due_date)


def _suspended(actor: Actor) -> Iterator[WorkItem]:
    """The owner of a system decides about it while its supplier is suspended."""
    served = Supplier.objects.filter(
        state=SupplierState.SUSPENDED, system_links__system__owner_id=actor.member_id
    ).distinct()
    for supplier in served.select_related("organization").order_by("id")[:WORK_LINES]:
        yield _item(supplier, f"Re-evaluate the systems that {supplier.name} serves", "Look at them")


def _waiting_for_decision(actor: Actor) -> Iterator[WorkItem]:
    if not permissions.can(actor, "inventory.decide_supplier"):
        return
    waiting = Supplier.objects.filter(state=SupplierState.DUE_DILIGENCE)
    waiting = waiting.exclude(author_id=actor.member_id).exclude(submitted_by_id=actor.member_id)
    for supplier in waiting.select_related("organization").order_by("id")[:WORK_LINES]:
        yield _item(supplier, f"Decide on supplier {supplier.name}", "Read and decide")


def _awaited(own: Any, today: datetime.date) -> Iterator[WorkItem]:
    """From a week before the day, as the reminder says."""
    soon = today + datetime.timedelta(days=7)
    late = SupplierQuestionnaire.objects.open().filter(supplier__in=own.values("pk"), due_date__lte=soon)
    for each in late.select_related("supplier", "organization").order_by("due_date")[:WORK_LINES]:
        yield _questionnaire(each, f"Answers of {each.supplier.name} are due", "See to it", each.due_date)


def _handed_in(actor: Actor) -> Iterator[WorkItem]:
    if not permissions.can(actor, "inventory.decide_questionnaire"):
        return
    waiting = SupplierQuestionnaire.objects.filter(state=QuestionnaireState.HANDED_IN)
    for each in waiting.select_related("supplier", "organization").order_by("handed_in_at")[:WORK_LINES]:
        yield _questionnaire(each, f"Read the answers of {each.supplier.name}", "Read and decide")


def _questionnaire(
    each: SupplierQuestionnaire, title: str, action: str, due: datetime.date | None = None
) -> WorkItem:
    return WorkItem(
        title=title,
        detail=f"{each.reference} {each.supplier.name}",
        url=each.get_absolute_url(),
        icon="truck",
        action=action,
        due=due,
    )


def search(actor: Actor, text: str) -> Iterator[SearchHit]:
    if not permissions.can(actor, VIEW):
        return
    filters = queries.SupplierFilters(q=text)
    found = queries.suppliers(filters, on=datetime.date.min).select_related("organization").order_by("id")
    for supplier in found[:HITS]:
        yield SearchHit("Supplier", str(supplier), supplier.get_absolute_url())
    if text.strip().upper().startswith("QSN-"):  # the reference in the subject of a mail
        sent = SupplierQuestionnaire.objects.filter(reference__iexact=text.strip())
        for each in sent.select_related("supplier", "organization"):
            yield SearchHit(
                "Questionnaire", f"{each.reference} {each.supplier.name}", each.get_absolute_url()
            )


def evidence_uses() -> Iterator[EvidenceUse]:
    yield EvidenceUse(
        VIEW,
        lambda: SupplierEvidence.objects.select_related("supplier__organization").order_by("supplier_id"),
        lambda link: (str(link.supplier), link.supplier.get_absolute_url()),
    )
