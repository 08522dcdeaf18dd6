"""What this app reminds of: reviews of suppliers, their conditions, the ends of their certificates."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core.models import Member
from aims.core.permissions import LEAD
from aims.core.registry import Due
from aims.core.schedule import RULES, reminders_due
from aims.core.templatetags.formats import day_text
from inventory.models import Supplier, SupplierCondition, SupplierEvidence
from inventory.models.suppliers import ENDED


def due(today: datetime.date) -> Iterator[Due]:
    """Whoever answers for the supplier is told; without anybody, the compliance leads."""
    leads = tuple(Member.objects.with_role(LEAD).values_list("pk", flat=True))
    kept = Supplier.objects.exclude(state__in=ENDED).select_related("organization")
    for supplier in kept.exclude(next_review_date=None):
        day, name = supplier.next_review_date, f"Review of supplier {supplier.name}"
        yield from _due("supplier_review", supplier, supplier.pk, day, today, name, leads)
    conditions = SupplierCondition.objects.filter(met_on=None, supplier__in=kept.values("pk"))
    for condition in conditions.select_related("supplier__organization"):
        name = f"Condition on {condition.supplier.name}: {condition}"
        supplier = condition.supplier
        yield from _due("supplier_condition", supplier, condition.pk, condition.due_date, today, name, leads)
    links = SupplierEvidence.objects.filter(supplier__in=kept.values("pk"))
    for link in links.exclude(evidence__valid_until=None).select_related(
        "supplier__organization", "evidence"
    ):
        name = f"{link.evidence.reference} of supplier {link.supplier.name} ends"
        day = link.evidence.valid_until
        yield from _due("supplier_certificate", link.supplier, link.pk, day, today, name, leads)


OBJECTS = {
    "supplier_review": Supplier,
    "supplier_condition": SupplierCondition,
    "supplier_certificate": SupplierEvidence,
}


def _due(
    rule: str,
    supplier: Supplier,
    object_id: int,
    due_date: datetime.date | None,
    today: datetime.date,
    name: str,
    leads: tuple[int, ...],
) -> Iterator[Due]:
    if due_date is None:
        return
    for reminder in reminders_due(RULES[rule], due_date=due_date, today=today):
        members = (supplier.owner_id,) if supplier.owner_id else leads
        if LEAD in reminder.to:
            members = tuple(sorted({*members, *leads}))
        days = (due_date - today).days
        when = f"in {days} days" if days > 0 else ("today" if days == 0 else f"overdue {-days} days")
        if members:
            yield Due(
                rule=rule,
                object_type=OBJECTS[rule]._meta.label_lower,
                object_id=object_id,
                due_date=due_date,
                member_ids=members,
                text=f"{name[:220]}: {day_text(due_date)}, {when}"[:290],
                url=supplier.get_absolute_url(),
                step=reminder.days_left,
            )
