"""From an AI system to its risks, their controls, what shows that these work, and what was found.

Four queries, however much there is.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.charts import TraceColumn, TraceNode
from aims.core.queries.evidence import may_know
from audits.enums import FindingState
from audits.models import Finding
from controls.models import Control, ControlEvidence, TreatmentControl
from controls.queries import light_of
from inventory.models import AISystem
from risk.enums import Level, RiskState
from risk.models import Risk

#: More would be no picture any more; the registers show the rest.
MOST_IN_A_COLUMN = 12
BY_LEVEL = (Level.CRITICAL, Level.HIGH, Level.MEDIUM, Level.LOW)
SERIOUS = (Level.CRITICAL, Level.HIGH)
NOT_SHOWN = (FindingState.DRAFT, FindingState.WITHDRAWN)
SHOWS = {"current", "expiring"}
Edge = tuple[str, str]


@dataclass(frozen=True)
class Gap:
    """What lacks what comes after it in the trace."""

    label: str
    records: Sequence[Risk | Control | Finding]


@dataclass(frozen=True)
class SystemTrace:
    columns: Sequence[TraceColumn]
    edges: Sequence[Edge]
    gaps: Sequence[Gap]
    #: Whether the reader sees all controls and evidence; else nobody could say that something is missing.
    is_whole: bool

    @property
    def shown(self) -> list[TraceColumn]:
        """What the picture has room for."""
        return [TraceColumn(each.heading, each.nodes[:MOST_IN_A_COLUMN]) for each in self.columns]

    @property
    def is_cut(self) -> bool:
        return any(len(each.nodes) > MOST_IN_A_COLUMN for each in self.columns)


def trace_of(actor: Actor, system: AISystem, *, on: datetime.date) -> SystemTrace:
    """What this actor may read of it; the database leaves out what an auditor's access does not cover."""
    return _Trace(actor, system, on).made()


class _Trace:
    def __init__(self, actor: Actor, system: AISystem, on: datetime.date) -> None:
        self.actor, self.system, self.on = actor, system, on

    def made(self) -> SystemTrace:
        gaps = [gap for gap in self._gaps() if gap.records]
        is_whole = self._sees_all("controls.view_controls") and self._sees_all("core.view_evidence")
        return SystemTrace(list(self._columns()), list(self._edges()), gaps, is_whole)

    def _sees_all(self, verb: str) -> bool:
        """What lies outside an auditor's access is not missing."""
        return self._may(verb) and not self.actor.is_auditor

    def _may(self, verb: str) -> bool:
        """A key with a scope for risks has none for what comes after them."""
        return permissions.can(self.actor, verb)

    @cached_property
    def risks(self) -> list[Risk]:
        """The open ones, the most serious first."""
        found = Risk.objects.filter(system=self.system).exclude(state=RiskState.CLOSED)
        return sorted(found.select_related("organization"), key=_rank)

    @cached_property
    def treatments(self) -> list[TreatmentControl]:
        if not self._may("controls.view_controls"):
            return []
        found = TreatmentControl.objects.filter(risk__in=[risk.pk for risk in self.risks])
        joined = found.select_related("control__organization", "risk")
        return list(joined.order_by("control__position", "control_id", "risk_id"))

    @cached_property
    def controls(self) -> list[Control]:
        return list({link.control_id: link.control for link in self.treatments}.values())

    @cached_property
    def proofs(self) -> list[ControlEvidence]:
        if not self._may("core.view_evidence"):
            return []
        found = ControlEvidence.objects.filter(control__in=[control.pk for control in self.controls])
        joined = found.select_related("control", "evidence__organization")
        return list(joined.order_by("evidence_id", "control_id"))

    @cached_property
    def findings(self) -> list[Finding]:
        """Of the system, and of its controls where no system is named."""
        if not self._may("audits.view_findings"):
            return []
        of_controls = Q(control__in=[control.pk for control in self.controls], system=None)
        found = Finding.objects.filter(Q(system=self.system) | of_controls).exclude(state__in=NOT_SHOWN)
        return list(found.select_related("control", "organization").order_by("id"))

    @cached_property
    def untreated(self) -> list[Risk]:
        if not self._sees_all("controls.view_controls"):
            return []
        treated = {link.risk_id for link in self.treatments}
        return [risk for risk in self.risks if risk.pk not in treated]

    @cached_property
    def unproven(self) -> list[Control]:
        if not self._sees_all("core.view_evidence"):
            return []
        proven = {link.control_id for link in self.proofs}
        return [control for control in self.controls if control.pk not in proven]

    @cached_property
    def not_current(self) -> list[Control]:
        if not self._sees_all("core.view_evidence"):
            return []
        current = {link.control_id for link in self.proofs if self._is_current(link)}
        return [control for control in self.controls if control.pk not in current]

    def _columns(self) -> Iterator[TraceColumn]:
        lacking = {control.pk for control in self.not_current}
        items = {link.evidence_id: link for link in self.proofs}
        yield TraceColumn("AI system", [_node(self.system, self.system.name)])
        yield TraceColumn("Risk", [_node(risk, risk.title, is_bad=_is_serious(risk)) for risk in self.risks])
        controls = [_node(each, each.title, is_bad=each.pk in lacking) for each in self.controls]
        yield TraceColumn("Control", [*controls, *map(_none_after, self.untreated)])
        evidence = [self._of_evidence(link) for link in items.values()]
        yield TraceColumn("Evidence", [*evidence, *map(_none_after, self.unproven)])
        findings = [_node(each, each.title, is_bad=_is_open(each)) for each in self.findings]
        yield TraceColumn("Finding", findings)

    def _of_evidence(self, link: ControlEvidence) -> TraceNode:
        item, tone = link.evidence, "ok" if self._is_current(link) else "bad"
        if not may_know(self.actor, item):
            return TraceNode(item.reference, "Confidential", "", tone)
        return TraceNode(item.reference, item.title, item.get_absolute_url(), tone)

    def _is_current(self, link: ControlEvidence) -> bool:
        return light_of(link.evidence.state, link.evidence.valid_until, on=self.on) in SHOWS

    def _edges(self) -> Iterator[Edge]:
        yield from ((self.system.reference, risk.reference) for risk in self.risks)
        yield from ((link.risk.reference, link.control.reference) for link in self.treatments)
        yield from ((link.control.reference, link.evidence.reference) for link in self.proofs)
        yield from ((risk.reference, _none_after(risk).key) for risk in self.untreated)
        yield from ((control.reference, _none_after(control).key) for control in self.unproven)
        here = {control.pk for control in self.controls}
        for found in self.findings:
            control = found.control if found.control_id in here else None
            yield (control or self.system).reference, found.reference

    def _gaps(self) -> Iterator[Gap]:
        yield Gap("Risks without a control", self.untreated)
        yield Gap("Controls without current evidence", self.not_current)
        yield Gap("Open findings", [found for found in self.findings if _is_open(found)])


def _rank(risk: Risk) -> tuple[int, int]:
    level = risk.residual_level or risk.level
    return BY_LEVEL.index(Level(level)) if level else len(BY_LEVEL), risk.pk


def _is_serious(risk: Risk) -> bool:
    return (risk.residual_level or risk.level) in SERIOUS and risk.state != RiskState.ACCEPTED


def _is_open(found: Finding) -> bool:
    return found.state != FindingState.CLOSED


def _node(record: AISystem | Risk | Control | Finding, label: str, *, is_bad: bool = False) -> TraceNode:
    return TraceNode(record.reference, label, record.get_absolute_url(), "bad" if is_bad else "ok")


def _none_after(record: Risk | Control) -> TraceNode:
    return TraceNode(f"none-{record.reference}", "None yet", "", "gap")
