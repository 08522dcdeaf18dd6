"""Suppliers are reminded of: their reviews, conditions, certificates and answers to questionnaires."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from aims.core.days import due_in_words
from aims.core.registry import Due
from aims.core.templatetags.formats import day_text
from inventory.models import Supplier, SupplierCondition, SupplierEvidence, SupplierQuestionnaire
from inventory.models.suppliers import ENDED
from inventory.reminders.falling_due import compliance_leads, falling_due


def due(today: datetime.date) -> Iterator[Due]:
    leads = compliance_leads()
    kept = Supplier.objects.exclude(state__in=ENDED).select_related("organization")
    for supplier in kept:
        text = f"Review of supplier {supplier.name}"
        yield from _due("supplier_review", supplier, supplier, supplier.next_review_date, today, text, leads)
    conditions = SupplierCondition.objects.filter(met_on=None, supplier__in=kept.values("pk"))
    for condition in conditions.select_related("supplier__organization"):
        text = f"Condition on {condition.supplier.name}: {condition}"
        yield from _due(
            "supplier_condition", condition, condition.supplier, condition.due_date, today, text, leads
        )
    links = SupplierEvidence.objects.filter(supplier__in=kept.values("pk")).exclude(
        evidence__valid_until=None
    )
    for link in links.select_related("supplier__organization", "evidence"):
        text = f"{link.evidence.reference} of supplier {link.supplier.name} ends"
        until = link.evidence.valid_until
        yield from _due("supplier_certificate", link, link.supplier, until, today, text, leads)

    out = SupplierQuestionnaire.objects.open().select_related("supplier__organization", "organization")
    for questionnaire in out.filter(supplier__in=kept.values("pk")):
        supplier = questionnaire.supplier
        text = f"Answers of {supplier.name} to {questionnaire.reference}"
        due_date = questionnaire.due_date
        yield from _due("supplier_questionnaire", questionnaire, supplier, due_date, today, text, leads)


def _due(
    rule: str,
    record: Supplier | SupplierCondition | SupplierEvidence | SupplierQuestionnaire,
    supplier: Supplier,
    due_date: datetime.date | None,
    today: datetime.date,
    text: str,
    leads: tuple[int, ...],
) -> Iterator[Due]:
    if due_date is None:
        return
    when = due_in_words(due_date, today=today)
    yield from falling_due(
        rule,
        record,
        due_date=due_date,
        today=today,
        owner=supplier.owner_id,
        leads=leads,
        text=f"{text[:220]}: {day_text(due_date)}, {when}",
        url=(record if isinstance(record, SupplierQuestionnaire) else supplier).get_absolute_url(),
    )
