"""The verbs of AI models, data sets and prompts: records, versions, the systems they are used in."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse

from aims.core import messages, permissions, references, trail
from aims.core.actor import Actor
from aims.core.exceptions import RuleBroken
from aims.core.models import Member
from aims.core.versions import only_known, write_changes
from inventory.models import AIModel, AISystem, DataSet, DataSetSystem, ModelSystem, Prompt, PromptSystem
from inventory.queries.resources import running_links, successor_of
from inventory.rules import resources as rules
from inventory.services.owners import own_member

KEEP = "inventory.keep_resource"
NOT_SAID = "not_said"

AnyResource = AIModel | DataSet | Prompt


@transaction.atomic
def register_resource(
    *,
    actor: Actor,
    model: type[AnyResource],
    name: str,
    now: datetime.datetime,
    owner: Member | None = None,
    version: str = "",
    **fields: Any,
) -> Any:
    """Enter the first version that is known. An AI system owner answers for what they enter."""
    values = only_known({"name": name, "version": version, **fields}, _settable(model))
    return _enter(actor, model, {**values, "owner": owner or own_member(actor)}, now)


@transaction.atomic
def edit_resource(
    *,
    actor: Actor,
    resource: AnyResource,
    row_version: int,
    changes: Mapping[str, Any],
    now: datetime.datetime,
) -> Any:
    """Write what differs, on the version that was looked at."""
    permissions.require(actor, KEEP, resource)
    rules.require_current(successor_of(resource))
    values = _with_hash(only_known(changes, _settable(type(resource))), resource)
    write_changes(
        actor,
        resource,
        row_version=row_version,
        values=values,
        action=f"{resource.trail_name}.edited",
        check=lambda differing: _check(resource),
    )
    return resource


@transaction.atomic
def supersede_resource(
    *, actor: Actor, resource: AnyResource, version: str, now: datetime.datetime, **fields: Any
) -> Any:
    """A new version as a record of its own. Systems stay with the old one until they are linked to it."""
    permissions.require(actor, KEEP, resource)
    kind = type(resource)
    # One at a time: a version is replaced once.
    list(kind.objects.select_for_update().filter(pk=resource.pk).values_list("pk", flat=True))
    rules.require_current(successor_of(resource))
    taken = {key: getattr(resource, key) for key in kind.written if key not in kind.of_one_version}
    given = {**taken, "name": resource.name, **fields, "version": version}
    values = only_known(given, _settable(kind))
    if not values["version"]:
        raise RuleBroken("Give the new version.", field="version")
    newer = _enter(actor, kind, {**values, "supersedes": resource}, now)
    _tell_owners_of_systems(actor, resource, newer)
    return newer


@transaction.atomic
def link_resource(
    *, actor: Actor, resource: AnyResource, system: AISystem, role: str, now: datetime.datetime
) -> Any:
    """Say that it is used in a system, and as what."""
    permissions.require(actor, KEEP, resource)
    rules.require_current(successor_of(resource))
    if role not in resource.roles.values:
        raise RuleBroken("Choose what it is used for.", field="role")
    links: Any = resource.system_links
    link, is_new = links.get_or_create(
        organization_id=actor.organization_id, resource=resource, system=system, role=role
    )
    if is_new:
        after = {"system": system.reference, "role": role}
        # A role that somebody knows takes the place of one that a file did not say.
        links.filter(system=system, role=NOT_SAID).exclude(pk=link.pk).delete()
        trail.record(actor, f"{resource.trail_name}.system_linked", resource, after=after)
    return link


@transaction.atomic
def unlink_resource(
    *, actor: Actor, link: ModelSystem | DataSetSystem | PromptSystem, now: datetime.datetime
) -> None:
    resource = link.resource
    permissions.require(actor, KEEP, resource)
    before = {"system": link.system.reference, "role": link.role}
    link.delete()
    trail.record(actor, f"{resource.trail_name}.system_unlinked", resource, before=before)


def _enter(
    actor: Actor, model: type[AnyResource], values: Mapping[str, Any], now: datetime.datetime
) -> AnyResource:
    resource = model(
        organization_id=actor.organization_id,
        author_id=actor.member_id,
        registered_at=now,
        **_with_hash(values),
    )
    permissions.require(actor, KEEP, resource)
    _check(resource)
    resource.reference = references.next_reference(model.prefix)
    resource.save(force_insert=True)
    after = {"owner": resource.owner_id, "supersedes": resource.supersedes_id}
    trail.record(actor, f"{model.trail_name}.registered", resource, after=after)
    return resource


def _tell_owners_of_systems(actor: Actor, older: AnyResource, newer: AnyResource) -> None:
    """Whoever answers for a system in use says what the new version changes there."""
    for link in running_links(type(older)).filter(resource=older).exclude(system__owner_id=actor.member_id):
        system = link.system
        if system.owner is None:
            continue
        messages.tell(
            system.owner,
            dedupe=f"{newer.trail_name}-version:{newer.pk}:{system.pk}",
            text=f"{newer} is on record: a new version of a {newer.noun} that {system} uses."[:300],
            url=f"{reverse('system_what_changed', args=[system.organization_slug, system.pk])}"
            f"?kind={newer.change_kind}",
        )


def _settable(model: type[AnyResource]) -> tuple[str, ...]:
    return ("name", "version", *model.written)


def _with_hash(values: Mapping[str, Any], kept: Any = None) -> dict[str, Any]:
    """With the hash of a prompt's text, which browsers send with line ends of their own."""
    if not {"text", "text_sha256"} & set(values):
        return dict(values)
    text = str(values.get("text", getattr(kept, "text", ""))).replace("\r\n", "\n")
    given, before = values.get("text_sha256", ""), getattr(kept, "text_sha256", "")
    return {**values, "text": text, "text_sha256": rules.hash_of_text(text, given, before)}


def require_entry(model: type[AnyResource], values: Mapping[str, Any]) -> None:
    """What `register_resource` will ask of a record, whatever else is in the register by then."""
    _require(model(**_with_hash(values)))


def _require(resource: AnyResource) -> None:
    rules.require_resource_name(resource.name, resource.noun)
    rules.require_licence(resource.licence)
    rules.require_hashes(resource.hashes)
    rules.require_measures(resource.measures)
    if isinstance(resource, DataSet):
        rules.require_period(resource.collected_from, resource.collected_until)
    elif resource.kind not in resource.kinds.values:
        raise RuleBroken(f"Choose the kind of {resource.noun}.", field="kind")
    if resource.owner is not None and not resource.owner.is_active:
        raise RuleBroken(f"{resource.owner.name} has left. Name somebody else.", field="owner")


def _check(resource: AnyResource) -> None:
    _require(resource)
    rows = type(resource).objects.filter(name__iexact=resource.name, version__iexact=resource.version)
    same = rows.exclude(pk=resource.pk).first()
    if same:
        raise RuleBroken(f"{same.reference} is this version already.", field="version")
