"""What ties people to what an audit looks at (SOD-02): ownership, authorship, approval and recorded work.

Accepting evidence and verifying a control are assurance, which the role exists for: they are no conflict.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q

from aims.core.days import start_of_day
from aims.core.models import Evidence
from aims.core.queries.participation import Part, took_part
from aims.core.schedule import add_months
from audits.models import Audit
from audits.rules import INDEPENDENCE_MONTHS, Involvement
from controls.models import Control, ControlEvidence, StatementOfApplicability
from inventory.models import AISystem, ContextIssue, InterestedParty, ScopeStatement, SystemEvidence
from risk.models import ImpactAssessment, Risk, RiskApproval

#: which requirements are looked at through which records; a control stands for itself
LOOKED_AT: dict[type[Model], tuple[str, ...]] = {
    AISystem: ("4.1", "4.3", "8.1", "A.4", "A.6", "A.7", "A.8", "A.9", "A.10"),
    Risk: ("6.1.1", "6.1.2", "6.1.3", "8.2", "8.3"),
    ImpactAssessment: ("6.1.4", "8.4", "A.5"),
    StatementOfApplicability: ("6.1.3",),
    ScopeStatement: ("4.3",),
    ContextIssue: ("4.1",),
    InterestedParty: ("4.2",),
}
RECORDED = (AISystem, Risk, ImpactAssessment, StatementOfApplicability, Control)
ASSURANCE = ("control.verify", "evidence.accept", "evidence.reject")


@dataclass(frozen=True)
class Field:
    """What an audit looks at: its requirements and, when it names them, its systems."""

    criteria: frozenset[str]
    systems: frozenset[int]

    def looks_at(self, model: type[Model], system_id: int | None = None) -> bool:
        if system_id is not None and self.systems and system_id not in self.systems:
            return False
        return any(covers(heading, ref) for heading in LOOKED_AT[model] for ref in self.criteria)


@dataclass(frozen=True)
class Tie:
    involvement: Involvement
    model: type[Model]
    object_id: int
    system_id: int | None = None
    controls: frozenset[str] = frozenset()


def covers(heading: str, ref: str) -> bool:
    """A heading stands for everything below it, and a requirement for the heading above it."""
    return ref == heading or ref.startswith(f"{heading}.") or heading.startswith(f"{ref}.")


def field_of(audit: Audit) -> Field:
    return Field(frozenset(audit.criteria), frozenset(audit.systems.values_list("system_id", flat=True)))


def involvements(
    people: Collection[int], *, field: Field, on: datetime.date, months: int = INDEPENDENCE_MONTHS
) -> list[Involvement]:
    """Every tie of these people to what the field covers, the recent ones with the day they ended."""
    since = add_months(on, -months)
    found = [tie.involvement for tie in _ties(people, since) if _is_in(field, tie)]
    return sorted(set(found), key=lambda tie: (tie.person, tie.subject, tie.how))


def involvements_with(
    people: Collection[int], objects: Iterable[Model], *, on: datetime.date, months: int = INDEPENDENCE_MONTHS
) -> list[Involvement]:
    """Ties to single records, such as the system and the control that a finding names."""
    wanted = {(type(each), each.pk) for each in objects}
    ties = _ties(people, add_months(on, -months))
    return [tie.involvement for tie in ties if (tie.model, tie.object_id) in wanted]


def _is_in(field: Field, tie: Tie) -> bool:
    if tie.controls & field.criteria:
        return True
    return tie.model in LOOKED_AT and field.looks_at(tie.model, tie.system_id)


def _ties(people: Collection[int], since: datetime.date) -> Iterator[Tie]:
    yield from _of_systems(people)
    yield from _of_risks(people)
    yield from _of_assessments(people)
    yield from _of_controls(people)
    yield from _of_documents(people)
    yield from _of_evidence(people, since)
    yield from _of_recorded_work(people, since)


def _hands(row: Any, people: Collection[int], columns: dict[str, tuple[str, str]]) -> Iterator[Involvement]:
    """Involvements from columns: member column -> (what it means, the column of its moment or "")."""
    for column, (how, moment) in columns.items():
        person = getattr(row, f"{column}_id")
        if person not in people:
            continue
        at = getattr(row, moment) if moment else None
        if moment and at is None:
            continue
        yield Involvement(person, how, str(row), at.date() if at else None)


def _any_of(people: Collection[int], columns: Iterable[str]) -> Q:
    asked = Q()
    for column in columns:
        asked |= Q(**{f"{column}__in": people})
    return asked


def _of_systems(people: Collection[int]) -> Iterator[Tie]:
    columns = {
        "owner": ("owns", ""),
        "risk_owner": ("owns the risks of", ""),
        "registered_by": ("registered", "registered_at"),
    }
    for row in AISystem.objects.filter(_any_of(people, columns)):
        for each in _hands(row, people, columns):
            yield Tie(each, AISystem, row.pk, row.pk)


def _of_risks(people: Collection[int]) -> Iterator[Tie]:
    columns = {"owner": ("owns", ""), "author": ("wrote", "identified_at")}
    for row in Risk.objects.filter(_any_of(people, columns)):
        for each in _hands(row, people, columns):
            yield Tie(each, Risk, row.pk, row.system_id)
    decided = {"submitted_by": ("submitted", "submitted_at"), "decided_by": ("decided on", "decided_at")}
    for row in RiskApproval.objects.filter(_any_of(people, decided)).select_related("risk"):
        for each in _hands(row, people, decided):
            tie = Involvement(each.person, each.how, f"the treatment of {row.risk}", each.until)
            yield Tie(tie, Risk, row.risk_id, row.risk.system_id)


def _of_assessments(people: Collection[int]) -> Iterator[Tie]:
    columns = {
        "author": ("wrote", "started_at"),
        "screening_approved_by": ("approved", "screening_approved_at"),
    }
    for row in ImpactAssessment.objects.filter(_any_of(people, columns)):
        for each in _hands(row, people, columns):
            yield Tie(each, ImpactAssessment, row.pk, row.system_id)


def _of_controls(people: Collection[int]) -> Iterator[Tie]:
    for row in Control.objects.filter(owner__in=people):
        for each in _hands(row, people, {"owner": ("owns", "")}):
            yield Tie(each, Control, row.pk, controls=frozenset({row.reference}))


def _of_documents(people: Collection[int]) -> Iterator[Tie]:
    approved = {"author": ("wrote", "created_at"), "approved_by": ("approved", "approved_at")}
    for scope in ScopeStatement.objects.filter(_any_of(people, approved)):
        for each in _hands(scope, people, approved):
            yield Tie(each, ScopeStatement, scope.pk)
    kept = {"owner": ("owns", ""), "author": ("recorded", "recorded_at")}
    for model in (ContextIssue, InterestedParty):
        for row in model.objects.filter(_any_of(people, kept)):
            for each in _hands(row, people, kept):
                yield Tie(each, model, row.pk)
    handled = approved | {"submitted_by": ("submitted", "submitted_at")}
    for soa in StatementOfApplicability.objects.filter(_any_of(people, handled)):
        for each in _hands(soa, people, handled):
            yield Tie(each, StatementOfApplicability, soa.pk)


def _of_evidence(people: Collection[int], since: datetime.date) -> Iterator[Tie]:
    rows = list(Evidence.objects.filter(submitted_by__in=people, submitted_at__gte=start_of_day(since)))
    ids = [row.pk for row in rows]
    controls, systems = defaultdict(set), defaultdict(set)
    for link in ControlEvidence.objects.filter(evidence__in=ids).values_list(
        "evidence_id", "control__reference"
    ):
        controls[link[0]].add(link[1])
    for link in SystemEvidence.objects.filter(evidence__in=ids).values_list("evidence_id", "system_id"):
        systems[link[0]].add(link[1])
    for row in rows:
        for each in _hands(row, people, {"submitted_by": ("submitted", "submitted_at")}):
            yield Tie(each, Evidence, row.pk, controls=frozenset(controls[row.pk]))
            for system_id in systems[row.pk]:
                yield Tie(each, AISystem, system_id, system_id)


def _of_recorded_work(people: Collection[int], since: datetime.date) -> Iterator[Tie]:
    """Who changed a record, as the trail has it: the columns name only its owner and author."""
    names = {model._meta.label_lower: model for model in RECORDED}
    work = took_part(people, names, since=since, but=ASSURANCE)
    rows = _rows_by_type(work, names)
    for part in work:
        row = rows[part.object_type].get(part.object_id)
        if row is None:
            continue
        each = Involvement(part.person, "worked on", str(row), part.last.date())
        model = names[part.object_type]
        refs = frozenset({row.reference}) if model is Control else frozenset()
        system_id = row.pk if model is AISystem else getattr(row, "system_id", None)
        yield Tie(each, model, part.object_id, system_id, refs)


def _rows_by_type(work: Iterable[Part], names: dict[str, Any]) -> dict[str, dict[int, Any]]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for part in work:
        wanted[part.object_type].add(part.object_id)
    return {kind: names[kind].objects.in_bulk(ids) for kind, ids in wanted.items()}
