"""Which risks and assessments of a system may no longer hold after a change, and opening them again."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.urls import reverse

from aims.core.actor import Actor, system_actor
from aims.core.registry import Stale, StaleSource, registry
from aims.core.tenancy.context import current_organization
from aims.core.transitions import Facts
from inventory.models import AISystem
from inventory.rules import changes as rules
from risk.enums import AssessmentState, ClassificationState
from risk.models import ImpactAssessment, LegalClassification, Risk
from risk.services import assessments, classification, risks

DECIDED = (AssessmentState.APPROVED, AssessmentState.SCREENED_OUT)


def found(system: AISystem, kind: str) -> Iterator[Stale]:
    """A fixed number of queries, whatever the kind."""
    why = rules.WHY.get(kind, "")
    if rules.is_stale(rules.IMPACT, kind):
        for each in ImpactAssessment.objects.filter(system=system, state__in=DECIDED):
            label = f"Impact assessment {each.reference}"
            yield Stale(f"impact:{each.pk}", label, why, each.get_absolute_url())
    if rules.is_stale(rules.RISKS, kind):
        for risk in Risk.objects.open().rated().filter(system=system).order_by("pk"):
            label = f"Risk {risk} ({risk.get_state_display().lower()})"
            yield Stale(f"risk:{risk.pk}", label, why, risk.get_absolute_url())
    if rules.is_stale(rules.CLASSIFICATION, kind):
        for each in LegalClassification.objects.filter(system=system, state=ClassificationState.APPROVED):
            url = reverse("classification", args=[current_organization().slug, system.pk])
            yield Stale(f"class:{each.pk}", "Legal classification", why, url)


def reopen(actor: Actor, key: str, why: str, now: datetime.datetime) -> None:
    """Marking as due and opening again are steps of the portal; who asked for them stands in the change."""
    name, _, number = key.partition(":")
    portal = system_actor(actor.organization_id)
    if name == "impact":
        assessment = ImpactAssessment.objects.select_related("system__owner").get(pk=int(number))
        assessments.mark_due(actor=portal, assessment=assessment, trigger=why, now=now)
    elif name == "risk":
        risk = Risk.objects.select_related("system", "owner").get(pk=int(number))
        risks.call_up(actor=portal, risk=risk, reason=why, now=now)
    elif name == "class":
        record = LegalClassification.objects.select_related("system").get(pk=int(number))
        classification.reopen_classification(actor=actor, classification=record, reason=why, now=now)


SOURCES = [StaleSource("impact", found, reopen)]


@registry.effect("SM-24", "trigger reassessments")
def reassess(facts: Facts) -> None:
    """A planned change of a system opens what it is said to have an effect on."""
    change = facts.obj
    if change.system_id is None:
        return
    wanted = {"impact": "impact:", "risk": "risk:"}
    portal = system_actor(change.organization_id)
    for key, prefix in wanted.items():
        if change.effects[key]["answer"] == "yes":
            _open(portal, change.system, prefix, f"{change}: {change.effects[key]['text']}", facts.now)


def _open(portal: Actor, system: AISystem, prefix: str, why: str, now: datetime.datetime) -> None:
    for stale in list(found(system, "incident")):  # the kind that touches both
        if stale.key.startswith(prefix):
            reopen(portal, stale.key, why, now)
