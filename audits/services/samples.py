"""Samples of an external auditor: a frozen population, a draw to repeat, replacements with a reason."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.canonical import canonical_json, sha256_of
from aims.core.exceptions import RuleBroken
from aims.core.tenancy.models import fill_organization
from audits import sampling
from audits.enums import PopulationKind, SampleMethod
from audits.models import AuditRequest, Engagement, Sample, SampleItem
from audits.queries.populations import population as population_of
from audits.services.requests import lock_numbers

LONGEST_SEED = 64


@transaction.atomic
def draw_sample(
    *,
    actor: Actor,
    engagement: Engagement,
    title: str,
    population: str,
    method: str,
    seed: str = "",
    size: int | None = None,
    chosen: Sequence[str] = (),
    rationale: str = "",
    request: AuditRequest | None = None,
    now: datetime.datetime,
) -> Sample:
    """Freeze the population as the auditor sees it now and select from it."""
    permissions.require(actor, "audits.do_external_audit")
    if population not in PopulationKind.values or method not in SampleMethod.values:
        raise RuleBroken("Choose a population and a method.", field="method")
    if not title.strip():
        raise RuleBroken("Give the sample a title.", field="title")
    members = population_of(population)
    seed = seed.strip()[:LONGEST_SEED]
    sampling.check(
        method=method,
        size=size or 0,
        count=len(members),
        seed=seed,
        chosen=chosen,
        rationale=rationale,
    )
    keys = _selected(members, method=method, seed=seed, size=size or 0, chosen=chosen)
    text = canonical_json([list(member) for member in members])
    lock_numbers(engagement)
    sample = Sample.objects.create(
        engagement=engagement,
        request=request,
        reference=f"SA-{Sample.objects.filter(engagement=engagement).count() + 1:02d}",
        title=title.strip(),
        population=population,
        population_text=text,
        population_count=len(members),
        population_sha256=sha256_of(text),
        method=method,
        seed=seed if method == SampleMethod.RANDOM else "",
        size=len(keys),
        rationale=rationale.strip(),
        grant_id=actor.grant_id,
        created_at=now,
    )
    labels = dict(members)
    items = [
        SampleItem(sample=sample, position=place, key=key, label=labels[key], created_at=now)
        for place, key in enumerate(keys, 1)
    ]
    SampleItem.objects.bulk_create(fill_organization(items))
    after = {
        "population": population,
        "sha256": sample.population_sha256,
        "method": method,
        "size": len(keys),
    }
    trail.record(actor, "sample.drawn", sample, after=after)
    return sample


@transaction.atomic
def replace_item(
    *, actor: Actor, sample: Sample, item: SampleItem, key: str, reason: str, now: datetime.datetime
) -> SampleItem:
    """Take another member of the same population instead, and say why; both stay on record."""
    permissions.require(actor, "audits.do_external_audit", sample)
    if not reason.strip():
        raise RuleBroken("Give a reason.", field="reason")
    labels = dict(members_of(sample))
    taken = set(sample.items.values_list("key", flat=True))
    if key not in labels or key in taken:
        raise RuleBroken("Choose a member of the population that is not in the sample.", field="key")
    if sample.items.filter(replaces=item).exists():
        raise RuleBroken("This member was replaced already.")
    made = SampleItem.objects.create(
        sample=sample,
        position=len(taken) + 1,
        key=key,
        label=labels[key],
        replaces=item,
        reason=reason.strip()[:500],
        created_at=now,
    )
    after = {"replaced": item.key, "by": key}
    trail.record(actor, "sample.replaced", sample, after=after, reason=reason.strip()[:500])
    return made


def members_of(sample: Sample) -> list[sampling.Member]:
    """The frozen population."""
    return [(key, label) for key, label in json.loads(sample.population_text)]


@dataclass(frozen=True)
class Repeated:
    """What anybody finds who draws again from the frozen list."""

    list_is_intact: bool
    selection_is_same: bool


def repeat(sample: Sample) -> Repeated:
    members = members_of(sample)
    text = canonical_json([list(member) for member in members])
    drawn = list(sample.items.filter(replaces=None).order_by("position").values_list("key", flat=True))
    keys = _selected(members, method=sample.method, seed=sample.seed, size=sample.size, chosen=drawn)
    return Repeated(sha256_of(text) == sample.population_sha256, keys == drawn)


def _selected(
    members: Sequence[sampling.Member], *, method: str, seed: str, size: int, chosen: Sequence[str]
) -> list[str]:
    keys = [key for key, _ in members]
    if method == SampleMethod.RANDOM:
        return sampling.draw(keys, seed=seed, size=size)
    if method == SampleMethod.ALL:
        return keys
    unknown = sorted(set(chosen) - set(keys))
    if unknown:
        raise RuleBroken("Choose from the population.", field="chosen")
    return [key for key in keys if key in set(chosen)]
