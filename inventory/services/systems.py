"""The verbs of AI systems and their evidence."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from aims.core import permissions, references, trail
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Member
from aims.core.ownerships import require_holder
from aims.core.rules import require_current_evidence
from aims.core.versions import only_known, write_version
from inventory.enums import SystemStage
from inventory.models import AISystem, OversightPerson, SystemEvidence
from inventory.rules import custom_fields as rules_of_fields
from inventory.rules import systems as rules
from inventory.services import custom_fields
from inventory.services.frozen import require_not_frozen
from inventory.services.owners import own_member, tell_new_owner

#: What a person may write into the record. The stage is moved by gates, never by editing.
EDITABLE = (
    "name",
    "version",
    "external_id",
    "purpose",
    "intended_use",
    "excluded_uses",
    "business_process",
    "risk_owner",
    "organization_roles",
    "ai_type",
    "sourcing",
    "supplier",
    "model_name",
    "model_version",
    "data_classes",
    "special_categories",
    "affected_people",
    "affected_count",
    "automation_degree",
    "places",
    "languages",
    "is_in_scope",
    "scope_reason",
    "next_review_date",
)
PEOPLE = ("owner", "risk_owner")
#: And the register in which each of them owns something.
REGISTERS = {"owner": "systems", "risk_owner": "system-risks"}


@transaction.atomic
def register_system(
    *,
    actor: Actor,
    name: str,
    now: datetime.datetime,
    owner: Member | None = None,
    stage: str = SystemStage.PROPOSED,
    stage_since: datetime.date | None = None,
    live_since: datetime.date | None = None,
    oversight: Iterable[Member] = (),
    custom: Mapping[str, Any] | None = None,
    source: str = "",
    **fields: Any,
) -> AISystem:
    """Enter a system; the record may be incomplete. A stage other than proposed is recorded as found:
    the system was in use before it was known here, and from then on gates move it.

    An AI system owner registers systems of their own, as proposed, and becomes their owner.
    """
    values = only_known({"name": name, **fields}, EDITABLE)
    system = AISystem(
        organization_id=actor.organization_id,
        owner=owner or own_member(actor),
        stage=stage,
        stage_since=stage_since or (local_today(now) if stage == SystemStage.PROPOSED else None),
        live_since=live_since,
        source=source,
        registered_by_id=actor.member_id,
        registered_at=now,
        **values,
    )
    permissions.require(actor, "inventory.register_system", system)
    if stage not in SystemStage.values:
        raise RuleBroken("Choose one of the stages of the life cycle.", field="stage")
    if stage != SystemStage.PROPOSED or live_since is not None:
        _require_found(actor, system)
    rules.require_reached(stage_since=stage_since, live_since=live_since, today=local_today(now))
    _check(system, named=PEOPLE)
    system.custom = custom_fields.entered(system, custom)
    system.reference = references.next_reference("SYS")
    system.save(force_insert=True)
    _set_oversight(system, oversight)
    trail.record(actor, "aisystem.registered", system, after={"stage": stage, "owner": system.owner_id})
    tell_new_owner(actor, system)
    return system


@transaction.atomic
def edit_system(
    *,
    actor: Actor,
    system: AISystem,
    row_version: int,
    changes: Mapping[str, Any],
    oversight: Iterable[Member] | None = None,
    custom: Mapping[str, Any] | None = None,
    now: datetime.datetime,
) -> AISystem:
    """Write what differs, and of own fields (`custom`) those that are named.

    Another `row_version` than the one looked at means that somebody was faster.
    """
    permissions.require(actor, "inventory.edit_system", system)
    require_not_frozen(system)
    values = only_known(changes, (*EDITABLE, "owner"))
    values["custom"] = custom_fields.entered(system, custom)
    differing = {key: value for key, value in values.items() if getattr(system, key) != value}
    if "owner" in differing:
        permissions.require(actor, "inventory.set_owner", system)
    require_not_frozen(system)
    before = {key: trail.number_of(getattr(system, key)) for key in differing}
    said = system.custom
    for key, value in differing.items():
        setattr(system, key, value)
    _check(system, named=differing)
    watchers = _set_oversight(system, oversight) if oversight is not None else {}
    if differing or watchers:
        _write(system, differing, row_version=row_version)
        after = {key: trail.number_of(value) for key, value in differing.items()} | watchers
        if "custom" in differing:
            before["custom"], after["custom"] = rules_of_fields.differing(said, system.custom)
        trail.record(actor, "aisystem.edited", system, before=before, after=after)
    if "owner" in differing:
        tell_new_owner(actor, system)
    return system


@transaction.atomic
def set_owner(*, actor: Actor, system: AISystem, owner: Member | None, now: datetime.datetime) -> AISystem:
    """Give the system to another person, or to nobody."""
    permissions.require(actor, "inventory.set_owner", system)
    before = system.owner_id
    system.owner = owner
    _check(system, named=() if before == system.owner_id else ("owner",))
    if before == system.owner_id:
        return system
    _write(system, {"owner": owner}, row_version=system.row_version)
    trail.record(
        actor, "aisystem.owner_set", system, before={"owner": before}, after={"owner": system.owner_id}
    )
    tell_new_owner(actor, system)
    return system


@transaction.atomic
def link_evidence(
    *, actor: Actor, system: AISystem, evidence: Evidence, now: datetime.datetime
) -> SystemEvidence:
    permissions.require(actor, "inventory.link_evidence", system)
    require_not_frozen(system)
    require_current_evidence(evidence.state)
    link, is_new = SystemEvidence.objects.get_or_create(
        organization_id=actor.organization_id,
        system=system,
        evidence=evidence,
        defaults={"linked_by_id": actor.member_id},
    )
    if is_new:
        trail.record(actor, "aisystem.evidence_linked", system, after={"evidence": evidence})
    return link


@transaction.atomic
def unlink_evidence(*, actor: Actor, system: AISystem, evidence: Evidence, now: datetime.datetime) -> None:
    permissions.require(actor, "inventory.link_evidence", system)
    require_not_frozen(system)
    deleted, _ = SystemEvidence.objects.filter(system=system, evidence=evidence).delete()
    if deleted:
        trail.record(actor, "aisystem.evidence_unlinked", system, before={"evidence": evidence})


def _require_found(actor: Actor, system: AISystem) -> None:
    """A system in a later stage has passed no gate here."""
    if not permissions.can(actor, "inventory.enter_as_found", system):
        raise NotAllowed(rules.AS_FOUND)


def _check(system: AISystem, *, named: Iterable[str]) -> None:
    rules.require_name(system.name)
    rules.require_reason_when_outside(in_scope=system.is_in_scope, reason=system.scope_reason)
    for role in PEOPLE:
        person = getattr(system, role)
        if person is not None and not person.is_active:
            raise RuleBroken(f"{person.name} has left. Name somebody else.", field=role)
    for role in set(named) & REGISTERS.keys():
        require_holder(REGISTERS[role], getattr(system, role), field=role)
    same = AISystem.objects.filter(external_id=system.external_id).exclude(pk=system.pk)
    if system.external_id and same.exists():
        raise RuleBroken(
            f"{same.get().reference} has the identifier “{system.external_id}” already.", field="external_id"
        )


def _write(system: AISystem, values: Mapping[str, Any], *, row_version: int) -> None:
    """Only while the row is still the one that was looked at."""
    if not write_version(AISystem.objects.filter(pk=system.pk), row_version, **values):
        stored = AISystem.objects.select_related(*PEOPLE).get(pk=system.pk)
        raise StaleState(
            "Somebody changed this system while you were editing it.",
            yours=_shown(system, values, other=stored),
            theirs=_shown(stored, values, other=system) or "the same values as yours",
        )
    system.row_version = row_version + 1


def _label(key: str) -> str:
    field: Any = AISystem._meta.get_field(key)
    return str(field.verbose_name)


def _shown(system: AISystem, keys: Iterable[str], *, other: AISystem) -> str:
    """The values that differ, for the person who has to choose."""
    return "; ".join(
        f"{_label(key)}: {_words(getattr(system, key))}"
        for key in keys
        if getattr(system, key) != getattr(other, key)
    )


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {rules_of_fields.in_words(said)}" for key, said in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(value) or "–"
    return str(value or "–")


def _set_oversight(system: AISystem, members: Iterable[Member]) -> dict[str, list[int]]:
    """The trail's words for it when something changed, else nothing."""
    wanted = {member.pk: member for member in members}
    known = set(OversightPerson.objects.filter(system=system).values_list("member_id", flat=True))
    if wanted.keys() == known:
        return {}
    OversightPerson.objects.filter(system=system, member_id__in=known - wanted.keys()).delete()
    for member_id in sorted(wanted.keys() - known):
        OversightPerson.objects.create(
            organization_id=system.organization_id, system=system, member=wanted[member_id]
        )
    return {"oversight": sorted(wanted)}
