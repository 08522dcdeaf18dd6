"""The verbs of disclosures: what people are told about a system, with its proofs."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aims.core import permissions, references, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.models import Evidence
from aims.core.rules import require_current_evidence
from aims.core.versions import only_known, write_changes
from inventory.enums import DisclosureAudience, DisclosureKind
from inventory.models import AISystem, Disclosure, DisclosureEvidence
from inventory.services.owners import tell_new_owner

KEEP = "inventory.keep_disclosure"
EDITABLE = ("kind", "audience", "language", "text", "shown_where", "owner", "review_date")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


@transaction.atomic
def register_disclosure(
    *, actor: Actor, system: AISystem, now: datetime.datetime, **values: Any
) -> Disclosure:
    """Whoever owns the system answers for it until somebody else does."""
    permissions.require(actor, KEEP, system)
    disclosure = Disclosure(
        organization_id=actor.organization_id,
        system=system,
        **{"owner": system.owner, **only_known(values, EDITABLE)},
    )
    _check(disclosure)
    disclosure.reference = references.next_reference("DCL")
    disclosure.save(force_insert=True)
    after = {"system": system.reference, "kind": disclosure.kind, "audience": disclosure.audience}
    trail.record(actor, "disclosure.registered", disclosure, after=after)
    tell_new_owner(actor, disclosure)
    return disclosure


@transaction.atomic
def edit_disclosure(
    *,
    actor: Actor,
    disclosure: Disclosure,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> Disclosure:
    """Write what differs. A page that stands outside keeps the words it was published with."""
    permissions.require(actor, KEEP, disclosure)
    if disclosure.ended_on is not None:
        raise RuleBroken("This disclosure has ended and keeps its record.", field="text")
    values = only_known(changes, EDITABLE)
    differing = write_changes(
        actor,
        disclosure,
        row_version=row_version,
        values=values,
        action="disclosure.edited",
        check=lambda differing: _check(disclosure),
        shown=_shown,
    )
    if "owner" in differing:
        tell_new_owner(actor, disclosure)
    return disclosure


@transaction.atomic
def end_disclosure(
    *, actor: Actor, disclosure: Disclosure, on: datetime.date, now: datetime.datetime
) -> Disclosure:
    """It is shown no more; the record and its proofs stay."""
    permissions.require(actor, KEEP, disclosure)
    found = Disclosure.objects.filter(pk=disclosure.pk, ended_on=None)
    if not found.update(ended_on=on, is_on_page=False, row_version=disclosure.row_version + 1):
        raise RuleBroken("This disclosure has ended already.")
    disclosure.refresh_from_db()
    trail.record(actor, "disclosure.ended", disclosure, after={"ended_on": on.isoformat()})
    return disclosure


@transaction.atomic
def link_proof(
    *,
    actor: Actor,
    disclosure: Disclosure,
    evidence: Evidence,
    shown_on: datetime.date,
    today: datetime.date,
) -> DisclosureEvidence:
    permissions.require(actor, KEEP, disclosure)
    require_current_evidence(evidence.state)
    if shown_on > today:
        raise RuleBroken("This day lies ahead: proof is of what was shown.", field="shown_on")
    link, _ = DisclosureEvidence.objects.update_or_create(
        organization_id=actor.organization_id,
        disclosure=disclosure,
        evidence=evidence,
        defaults={"shown_on": shown_on, "linked_by_id": actor.member_id},
    )
    after = {"evidence": evidence.reference, "shown_on": shown_on.isoformat()}
    trail.record(actor, "disclosure.proof_linked", disclosure, after=after)
    return link


@transaction.atomic
def unlink_proof(*, actor: Actor, link: DisclosureEvidence, now: datetime.datetime) -> None:
    permissions.require(actor, KEEP, link.disclosure)
    reference = link.evidence.reference
    link.delete()
    trail.record(actor, "disclosure.proof_unlinked", link.disclosure, before={"evidence": reference})


def require_language(language: str) -> None:
    if not LANGUAGE.fullmatch(language):
        raise RuleBroken("Write the language as a code, such as en, de or pt-BR.", field="language")


def _check(disclosure: Disclosure) -> None:
    if disclosure.kind not in DisclosureKind.values:
        raise RuleBroken("Choose what people are told.", field="kind")
    if disclosure.audience not in DisclosureAudience.values:
        raise RuleBroken("Choose whom it is told.", field="audience")
    require_language(disclosure.language)
    if not disclosure.text:
        raise RuleBroken("Write down the words that are shown.", field="text")
    if disclosure.owner is not None and not disclosure.owner.is_active:
        raise RuleBroken(f"{disclosure.owner.name} has left. Name somebody else.", field="owner")


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else trail.number_of(value)
