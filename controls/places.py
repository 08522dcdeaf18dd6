"""What waits for a person, what can be searched, and this app's share of other pages."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse

from aims.core import permissions
from aims.core.actor import Actor
from aims.core.permissions import CONTROL_OWNER, INTERNAL_AUDITOR, LEAD, TOP
from aims.core.registry import EvidenceUse, Panel, SearchHit, WorkItem
from aims.core.tenancy.context import current_organization
from controls import library, queries
from controls.enums import CompetenceState, ImplementationState, SoAState
from controls.models import (
    CompetenceRecord,
    Control,
    ControlEvidence,
    StatementOfApplicability,
    TreatmentControl,
)
from risk.models import Risk

SEARCH_HITS = 8
WORK_LINES = 20
COUNTS = (
    "A control counts as in place when it is implemented or verified, as partly when it is planned, in"
    " progress or degraded, as missing when nothing was started. Controls that are left out do not count."
)
NO_EVIDENCE_COUNTS = "Controls that are not left out and have no accepted evidence that is still valid."
NEXT_STEP = {
    ImplementationState.PLANNED: "Start",
    ImplementationState.IN_PROGRESS: "Implement",
    ImplementationState.DEGRADED: "Repair",
}


def own_slug() -> str:
    return current_organization().slug


def work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    if actor.member_id is None:
        return
    slug = own_slug()
    yield from _statements(actor, slug)
    if CONTROL_OWNER in actor.roles:
        yield from _own_controls(actor, slug)
    if actor.roles & {LEAD, INTERNAL_AUDITOR}:
        yield from _controls_to_verify(actor, slug)


def competence_work(actor: Actor, today: datetime.date) -> Iterator[WorkItem]:
    """Own proofs to hand in, checks that wait, and what the compliance lead assigns."""
    if actor.member_id is None:
        return
    records = CompetenceRecord.objects.select_related("person", "organization").order_by("pk")
    own = records.filter(person_id=actor.member_id, state=CompetenceState.ASSIGNED)
    wanted = [(own, "Hand in your proof", "Hand in")]
    others = records.exclude(person_id=actor.member_id)
    if permissions.can(actor, "controls.check_competence"):
        wanted.append((others.filter(state=CompetenceState.COMPLETED), "Check the competence of {}", "Check"))
    if permissions.can(actor, "controls.assign_competence"):
        left = others.filter(state__in=[CompetenceState.NOT_EFFECTIVE, CompetenceState.EXPIRED])
        wanted.append((left, "Assign again to {}", "Assign"))
    for found, title, action in wanted:
        for record in found[:WORK_LINES]:
            url = record.get_absolute_url()
            yield WorkItem(title.format(record.person.name), str(record), url, "users", action)


def _statements(actor: Actor, slug: str) -> Iterator[WorkItem]:
    version = StatementOfApplicability.objects.filter(state__in=[SoAState.DRAFT, SoAState.IN_REVIEW]).first()
    if version is None:
        return
    url = reverse("soa", args=[slug, version.pk])
    hands = {version.author_id, version.submitted_by_id}
    if version.state == SoAState.IN_REVIEW and TOP in actor.roles and actor.member_id not in hands:
        yield WorkItem(str(version), "Waits for approval", url, "list-checks", "Approve or return")
    if version.state == SoAState.DRAFT and LEAD in actor.roles:
        yield WorkItem(str(version), version.comment[:120] or "Draft", url, "list-checks", "Decide and send")


def _own_controls(actor: Actor, slug: str) -> Iterator[WorkItem]:
    for control in Control.objects.filter(owner_id=actor.member_id, state__in=list(NEXT_STEP)):
        state = ImplementationState(control.state)
        yield WorkItem(
            str(control),
            state.label,
            reverse("control", args=[slug, control.pk]),
            "shield-check",
            NEXT_STEP[state],
            control.target_date,
        )


def _controls_to_verify(actor: Actor, slug: str) -> Iterator[WorkItem]:
    waiting = Control.objects.filter(state=ImplementationState.IMPLEMENTED)
    for control in waiting.exclude(owner_id=actor.member_id):
        url = reverse("control", args=[slug, control.pk])
        yield WorkItem(str(control), "Implemented", url, "shield-check", "Verify")


def search(actor: Actor, words: str) -> Iterator[SearchHit]:
    if not permissions.can(actor, "controls.view_controls"):
        return
    slug = own_slug()
    wanted = Q(reference__icontains=words) | Q(title__icontains=words)
    for control in Control.objects.filter(wanted).order_by("position", "id")[:SEARCH_HITS]:
        yield SearchHit("Control", str(control), reverse("control", args=[slug, control.pk]))
    found = [c for c in library.clauses() if words.casefold() in f"{c.ref} {c.title}".casefold()]
    for clause in found[:SEARCH_HITS]:
        url = reverse("clause", args=[slug, clause.ref])
        yield SearchHit("Clause", f"{clause.ref} {clause.title}", url)


def home(actor: Actor, today: datetime.date) -> Mapping[str, Any]:
    """Readiness of Annex A by objective, and the controls that nothing shows to work."""
    if not permissions.can(actor, "controls.view_controls"):
        return {}
    slug = own_slug()
    without = len(queries.controls_without_evidence(today))
    stat = {
        "label": "Controls without evidence",
        "value": without,
        "note": "Link what shows that they work" if without else "Every control has something to show",
        "url": f"{reverse('controls', args=[slug])}?evidence=missing",
        "counts": NO_EVIDENCE_COUNTS,
    }
    clauses = [_share(each) for each in queries.readiness() if each.total]
    return {"stats": [stat], "clauses": clauses, "clauses_counts": COUNTS}


def _share(each: queries.Readiness) -> dict[str, Any]:
    in_place = round(100 * each.in_place / each.total)
    under_way = min(round(100 * each.under_way / each.total), 100 - in_place)
    label = each.title if each.ref == queries.OWN.ref else f"{each.ref} {each.title}"
    return {"label": label, "ok": in_place, "part": under_way, "gap": 100 - in_place - under_way}


def panels() -> Iterator[Panel]:
    view, treating = "controls.view_controls", "Controls that treat this risk"
    yield Panel(
        "system", "controls", "Controls", 40, view, "controls/_system_controls.html", controls_of_system
    )
    yield Panel("risk", "controls", treating, 20, view, "controls/_risk_controls.html", controls_of_risk)


def controls_of_system(actor: Actor, system: Any) -> Mapping[str, Any]:
    """The controls that the treatments of a system's risks need; two queries."""
    treated = TreatmentControl.objects.filter(risk__system=system).select_related("control", "risk")
    risks: dict[int, list[str]] = defaultdict(list)
    controls: dict[int, Control] = {}
    for link in treated.order_by("control__position", "risk__reference"):
        controls[link.control_id] = link.control
        risks[link.control_id].append(link.risk.reference)
    return {"controls": [(control, risks[pk]) for pk, control in controls.items()]}


def controls_of_risk(actor: Actor, risk: Risk) -> Mapping[str, Any]:
    links = TreatmentControl.objects.filter(risk=risk).select_related("control__owner")
    return {
        "controls": [link.control for link in links.order_by("control__position")],
        "risk": risk,
        "may_plan": permissions.can(actor, "controls.plan_treatment", risk)
        and risk.state in ("evaluated", "treatment_planned", "in_treatment"),
    }


def evidence_uses() -> Iterator[EvidenceUse]:
    yield EvidenceUse(
        "controls.view_controls",
        lambda: ControlEvidence.objects.select_related("control__organization").order_by("control__position"),
        lambda link: (str(link.control), link.control.get_absolute_url()),
    )
    yield EvidenceUse(
        "controls.view_competence",
        lambda: CompetenceRecord.objects.select_related("person", "organization").order_by("pk"),
        lambda record: (f"{record}: {record.person.name}", record.get_absolute_url()),
    )
