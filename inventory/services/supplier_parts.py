"""What hangs on a supplier: systems, sub-suppliers, conditions, events, certificates."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from aims.core import messages, permissions, trail
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.models import Evidence
from aims.core.rules import require_current_evidence
from inventory.enums import ChangeKind, SupplierEventKind
from inventory.models import (
    AISystem,
    SubSupplier,
    Supplier,
    SupplierCondition,
    SupplierEvidence,
    SupplierNotice,
    SupplierSystem,
)
from inventory.queries.suppliers import names_to_link
from inventory.rules import suppliers as rules
from inventory.services.suppliers import register_supplier

KEEP = "inventory.keep_supplier"


@transaction.atomic
def link_system(
    *,
    actor: Actor,
    supplier: Supplier,
    system: AISystem,
    now: datetime.datetime,
    delivers: str = "",
    model_name: str = "",
    model_version: str = "",
) -> SupplierSystem:
    """Say that the supplier serves a system, or change what it delivers there and the pinned version.

    What is left blank stays as it is; taking a value away is unlinking and linking again.
    """
    permissions.require(actor, KEEP, supplier)
    said = {
        "delivers": delivers.strip(),
        "model_name": model_name.strip(),
        "model_version": model_version.strip(),
    }
    link, is_new = SupplierSystem.objects.get_or_create(
        organization_id=actor.organization_id, supplier=supplier, system=system, defaults=said
    )
    before = {} if is_new else {key: getattr(link, key) for key in said}
    values = said if is_new else {key: value or before[key] for key, value in said.items()}
    if before == values:
        return link
    for key, value in values.items():
        setattr(link, key, value)
    link.save(update_fields=list(values))
    trail.record(
        actor, "supplier.system_linked", supplier, before=before, after={"system": system.reference, **values}
    )
    return link


@transaction.atomic
def unlink_system(*, actor: Actor, link: SupplierSystem, now: datetime.datetime) -> None:
    permissions.require(actor, KEEP, link.supplier)
    reference = link.system.reference
    link.delete()
    trail.record(actor, "supplier.system_unlinked", link.supplier, before={"system": reference})


@transaction.atomic
def link_names(*, actor: Actor, now: datetime.datetime) -> int:
    """Make supplier records of the names that systems carry as text, and link them; what is there is taken.

    The text stays on the system. An AI system owner does this for their own systems and suppliers.
    """
    permissions.require(actor, KEEP)
    linked = 0
    known = {supplier.name.casefold(): supplier for supplier in Supplier.objects.select_related("owner")}
    for found in names_to_link(actor):
        supplier = known.get(found.name.casefold())
        if supplier is None:
            supplier = register_supplier(actor=actor, name=found.name, now=now)
            known[found.name.casefold()] = supplier
        if not permissions.can(actor, KEEP, supplier):
            continue
        for system in found.systems:
            link_system(
                actor=actor,
                supplier=supplier,
                system=system,
                model_name=system.model_name,
                model_version=system.model_version,
                now=now,
            )
            linked += 1
    return linked


@transaction.atomic
def add_sub_supplier(
    *, actor: Actor, supplier: Supplier, sub_supplier: Supplier, now: datetime.datetime
) -> SubSupplier:
    permissions.require(actor, KEEP, supplier)
    # One at a time, or two links made at once could close a circle.
    list(Supplier.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    links = SubSupplier.objects.values_list("supplier_id", "sub_supplier_id")
    rules.require_no_cycle(supplier.pk, sub_supplier.pk, links)
    link, is_new = SubSupplier.objects.get_or_create(
        organization_id=actor.organization_id, supplier=supplier, sub_supplier=sub_supplier
    )
    if is_new:
        trail.record(
            actor, "supplier.sub_supplier_added", supplier, after={"sub_supplier": sub_supplier.reference}
        )
    return link


@transaction.atomic
def remove_sub_supplier(*, actor: Actor, link: SubSupplier, now: datetime.datetime) -> None:
    permissions.require(actor, KEEP, link.supplier)
    reference = link.sub_supplier.reference
    link.delete()
    trail.record(actor, "supplier.sub_supplier_removed", link.supplier, before={"sub_supplier": reference})


@transaction.atomic
def add_condition(
    *,
    actor: Actor,
    supplier: Supplier,
    text: str,
    due_date: datetime.date,
    now: datetime.datetime,
    is_blocking: bool = False,
) -> SupplierCondition:
    permissions.require(actor, KEEP, supplier)
    condition = SupplierCondition.objects.create(
        organization_id=actor.organization_id,
        supplier=supplier,
        text=_said(text, "text", "Say what the supplier has to do."),
        due_date=due_date,
        is_blocking=is_blocking,
    )
    after = {"condition": condition.text, "due": due_date.isoformat(), "blocking": is_blocking}
    trail.record(actor, "supplier.condition_added", supplier, after=after)
    return condition


@transaction.atomic
def meet_condition(
    *, actor: Actor, condition: SupplierCondition, note: str, now: datetime.datetime
) -> SupplierCondition:
    """Note that a condition is met, and by what one sees it."""
    permissions.require(actor, KEEP, condition.supplier)
    if condition.met_on:
        raise RuleBroken("This condition is met already.", field="note")
    condition.met_note = _said(note, "note", "Say how one sees that the condition is met.")
    condition.met_on = local_today(now)
    condition.met_by_id = actor.member_id
    condition.save(update_fields=["met_note", "met_on", "met_by"])
    after = {"condition": condition.text, "note": condition.met_note}
    trail.record(actor, "supplier.condition_met", condition.supplier, after=after)
    return condition


@transaction.atomic
def record_event(
    *,
    actor: Actor,
    supplier: Supplier,
    kind: str,
    text: str,
    happened_on: datetime.date,
    now: datetime.datetime,
    due_date: datetime.date | None = None,
) -> SupplierNotice:
    """A notice from the supplier, or a request to it; a request stays open until its answer is accepted."""
    permissions.require(actor, KEEP, supplier)
    if kind not in SupplierEventKind.values:
        raise RuleBroken("Choose what happened.", field="kind")
    if happened_on > local_today(now):
        raise RuleBroken("This day lies ahead. Give the day it happened.", field="happened_on")
    if kind in rules.REQUESTS and due_date is None:
        raise RuleBroken("Give the day the answer is due.", field="due_date")
    event = SupplierNotice.objects.create(
        organization_id=actor.organization_id,
        supplier=supplier,
        kind=kind,
        text=_said(text, "text", "Say what happened or what is asked for."),
        happened_on=happened_on,
        due_date=due_date if kind in rules.REQUESTS else None,
        recorded_by_id=actor.member_id,
        recorded_at=now,
    )
    trail.record(actor, "supplier.event_recorded", supplier, after={"kind": kind, "text": event.text})
    if kind not in rules.REQUESTS:
        _ask_what_it_changes(actor, event)
    return event


def _ask_what_it_changes(actor: Actor, event: SupplierNotice) -> None:
    """Whoever answers for a system in use that the supplier serves says what the notice changes there."""
    links = SupplierSystem.objects.filter(supplier=event.supplier, system__in=AISystem.objects.live())
    change = ChangeKind.MODEL if event.kind == SupplierEventKind.VERSION_CHANGE else ChangeKind.SUPPLIER
    for link in links.select_related("system__owner", "system__organization"):
        system = link.system
        if system.owner is None or not system.owner.is_active or system.owner_id == actor.member_id:
            continue
        url = reverse("system_what_changed", args=[system.organization_slug, system.pk])
        what = f"{event.supplier}, {event.get_kind_display().lower()}"
        messages.tell(
            system.owner,
            dedupe=f"supplier-notice:{event.pk}:{system.pk}",
            text=f"{what}: say what it changes for {system}."[:300],
            url=f"{url}?kind={change}",
        )


@transaction.atomic
def accept_answer(
    *, actor: Actor, event: SupplierNotice, answer: str, now: datetime.datetime
) -> SupplierNotice:
    """Write down what the supplier answered and take it as enough."""
    permissions.require(actor, KEEP, event.supplier)
    if not event.is_open_request:
        raise RuleBroken("Only a request that is open takes an answer.", field="answer")
    event.answer = _said(answer, "answer", "Write down what the supplier answered or did.")
    event.accepted_at = now
    event.accepted_by_id = actor.member_id
    event.save(update_fields=["answer", "accepted_at", "accepted_by"])
    after = {"request": event.text, "answer": event.answer}
    trail.record(actor, "supplier.answer_accepted", event.supplier, after=after)
    return event


@transaction.atomic
def link_certificate(
    *, actor: Actor, supplier: Supplier, evidence: Evidence, now: datetime.datetime
) -> SupplierEvidence:
    permissions.require(actor, KEEP, supplier)
    require_current_evidence(evidence.state)
    link, is_new = SupplierEvidence.objects.get_or_create(
        organization_id=actor.organization_id,
        supplier=supplier,
        evidence=evidence,
        defaults={"linked_by_id": actor.member_id},
    )
    if is_new:
        trail.record(actor, "supplier.evidence_linked", supplier, after={"evidence": evidence})
    return link


@transaction.atomic
def unlink_certificate(*, actor: Actor, link: SupplierEvidence, now: datetime.datetime) -> None:
    permissions.require(actor, KEEP, link.supplier)
    evidence: Any = link.evidence
    link.delete()
    trail.record(actor, "supplier.evidence_unlinked", link.supplier, before={"evidence": evidence})


def _said(text: str, field: str, sentence: str) -> str:
    if not text.strip():
        raise RuleBroken(sentence, field=field)
    return text.strip()
