"""Reads of controls and the Statement of Applicability, each with a fixed number of queries."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from aims.core.actor import Actor
from aims.core.enums import EvidenceKind, EvidenceState
from aims.core.models import Evidence
from aims.core.queries.evidence import linkable_evidence, visible_evidence
from controls import library, rules
from controls.enums import ImplementationState, ReasonKind, SoAState
from controls.models import (
    Control,
    ControlEvidence,
    SoAEntry,
    SoAReason,
    StatementOfApplicability,
    TreatmentControl,
)
from inventory.enums import OrganizationRole
from inventory.models import AISystem
from risk.enums import RiskState

EXPIRES_SOON_DAYS = 30
SHOWING = (EvidenceState.ACCEPTED, EvidenceState.EXPIRING, EvidenceState.EXPIRED)
IN_PLACE = (ImplementationState.IMPLEMENTED, ImplementationState.VERIFIED)


@dataclass(frozen=True, slots=True)
class TreatedRisk:
    """A risk whose treatment needs a control."""

    pk: int
    reference: str
    title: str
    level: str = ""

    def __str__(self) -> str:
        return f"{self.reference} ({self.title})"


@dataclass(frozen=True, slots=True)
class LinkedEvidence:
    pk: int
    reference: str
    title: str
    kind: str
    state: str
    valid_until: datetime.date | None
    light: str
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How current the evidence of a control is; `light` is ok, warn, bad or none."""

    current: int = 0
    expiring: int = 0
    expired: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        return self.current + self.expiring + self.expired + self.waiting

    @property
    def light(self) -> str:
        if self.current or self.expiring:
            return "warn" if self.expiring and not self.current else "ok"
        return "bad" if self.expired else "none"

    @property
    def words(self) -> str:
        return {
            "ok": "Current evidence",
            "warn": "Evidence expires soon",
            "bad": "Evidence expired",
            "none": "No accepted evidence",
        }[self.light]


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One line of a Statement with all that decides, shows and freezes it."""

    entry: SoAEntry
    control: Control
    reasons: tuple[SoAReason, ...]
    risks: tuple[TreatedRisk, ...]
    evidence: tuple[LinkedEvidence, ...]

    @property
    def standing(self) -> Standing:
        return standing(self.evidence)

    @property
    def proposal(self) -> str:
        """What a person may confirm: a sentence naming the risks that the control treats."""
        return f"Treats {_listed([str(risk) for risk in self.risks])}." if self.risks else ""

    @property
    def kinds(self) -> list[str]:
        """The reasons as they stand, or as proposed while nothing is decided."""
        if self.entry.is_included is None and not self.reasons and self.risks:
            return [ReasonKind.RISK_TREATMENT]
        return [reason.kind for reason in self.reasons]

    def as_decided(self) -> rules.Row:
        included = self.entry.is_included
        left_out = included is False
        return rules.Row(
            ref=self.control.reference,
            included=included,
            reasons=tuple(self._reason(reason) for reason in self.reasons),
            exclusion_text=self.entry.justification if left_out else "",
            exclusion_link=self.entry.exclusion_link if left_out else "",
            necessary_because=tuple(risk.reference for risk in self.risks),
            required_by=legal_duties(self.reasons) if left_out else (),
            implementation_state=self.control.state,
            target_date=self.control.target_date,
            how=self.control.how_implemented,
            owner=self.control.owner.name if self.control.owner else "",
        )

    def _reason(self, reason: SoAReason) -> rules.Reason:
        if reason.kind == ReasonKind.RISK_TREATMENT:
            return rules.Reason(reason.kind, link=", ".join(risk.reference for risk in self.risks))
        text = reason.text or self.entry.justification
        return rules.Reason(reason.kind, link=reason.link, text=text)


def legal_duties(reasons: Iterable[SoAReason | rules.Reason]) -> tuple[str, ...]:
    return tuple(reason.link or "a legal duty" for reason in reasons if reason.kind == ReasonKind.LEGAL)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def standing(evidence: Iterable[LinkedEvidence]) -> Standing:
    lights = [item.light for item in evidence]
    return Standing(
        current=lights.count("current"),
        expiring=lights.count("expiring"),
        expired=lights.count("expired"),
        waiting=lights.count("waiting"),
    )


def light_of(state: str, valid_until: datetime.date | None, *, on: datetime.date) -> str:
    """The state that c-evidence-row shows, from the review and the last day of validity."""
    if state not in SHOWING:
        return {"rejected": "rejected", "superseded": "superseded"}.get(state, "waiting")
    if state == EvidenceState.EXPIRED or (valid_until is not None and valid_until < on):
        return "expired"
    if valid_until is not None and (valid_until - on).days <= EXPIRES_SOON_DAYS:
        return "expiring"
    return "current"


# Controls


def control_references() -> list[str]:
    """Annex A first, then the organization's own: what a Statement has to decide on."""
    return list(Control.objects.order_by("position", "id").values_list("reference", flat=True))


def evidence_of_controls(
    *, on: datetime.date, control_ids: Collection[int] | None = None
) -> dict[int, tuple[LinkedEvidence, ...]]:
    links = ControlEvidence.objects.order_by("evidence__reference")
    if control_ids is not None:
        links = links.filter(control_id__in=control_ids)
    found: dict[int, list[LinkedEvidence]] = defaultdict(list)
    names = ("reference", "title", "kind", "state", "valid_until", "is_confidential")
    for row in links.values_list("control_id", "evidence_id", *(f"evidence__{name}" for name in names)):
        control_id, pk, reference, title, kind, state, valid_until, is_confidential = row
        light = light_of(state, valid_until, on=on)
        kind = dict(EvidenceKind.choices).get(kind, kind)
        item = LinkedEvidence(pk, reference, title, kind, state, valid_until, light, is_confidential)
        found[control_id].append(item)
    return {control_id: tuple(items) for control_id, items in found.items()}


def risks_of_controls(control_ids: Collection[int] | None = None) -> dict[int, tuple[TreatedRisk, ...]]:
    """The open risks whose treatments need each control: what makes a control necessary."""
    links = TreatmentControl.objects.exclude(risk__state=RiskState.CLOSED).order_by("risk__reference")
    if control_ids is not None:
        links = links.filter(control_id__in=control_ids)
    found: dict[int, list[TreatedRisk]] = defaultdict(list)
    columns = (
        "control_id",
        "risk_id",
        "risk__reference",
        "risk__title",
        "risk__level",
        "risk__residual_level",
    )
    for control_id, pk, reference, title, level, residual in links.values_list(*columns):
        found[control_id].append(TreatedRisk(pk, reference, title, residual or level))
    return {control_id: tuple(items) for control_id, items in found.items()}


def has_current_evidence(control: Control, *, on: datetime.date) -> bool:
    current = Evidence.objects.current(on=on)
    return ControlEvidence.objects.filter(control=control, evidence__in=current).exists()


def has_only_expired_evidence(control: Control, *, on: datetime.date) -> bool:
    items = evidence_of_controls(on=on, control_ids=[control.pk]).get(control.pk, ())
    return standing(items).light == "bad"


def controls_with_expired_evidence_only(on: datetime.date) -> list[Control]:
    """Controls that count as working although nothing current shows it any more."""
    items = evidence_of_controls(on=on)
    expired = [pk for pk, evidence in items.items() if standing(evidence).light == "bad"]
    working: list[Control] = list(Control.objects.in_place().filter(pk__in=expired))
    return working


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A control in the library page."""

    control: Control
    standing: Standing
    risk_count: int


@dataclass(frozen=True, slots=True)
class ObjectiveGroup:
    """An objective of Annex A, or the own controls, with what stands under it."""

    ref: str
    title: str
    description: str
    rows: tuple[RegisterRow, ...]

    @property
    def in_place(self) -> int:
        return sum(1 for row in self.rows if row.control.state in IN_PLACE)

    @property
    def wanted(self) -> int:
        return sum(1 for row in self.rows if row.control.state != ImplementationState.EXCLUDED)


OWN = library.Objective("own", "Controls of our own", "Added by the organization beside Annex A.")


def control_register(
    *,
    on: datetime.date,
    state: str = "",
    owner_id: int | None = None,
    text: str = "",
    lacks_evidence: bool = False,
) -> list[ObjectiveGroup]:
    """The library by objective; three queries whatever its size."""
    controls: QuerySet[Control] = Control.objects.select_related("owner").order_by("position", "id")
    if state:
        controls = controls.filter(state=state)
    if owner_id:
        controls = controls.filter(owner_id=owner_id)
    if text:
        controls = named(controls, text)
    evidence, risks = evidence_of_controls(on=on), risks_of_controls()
    rows = [
        RegisterRow(control, standing(evidence.get(control.pk, ())), len(risks.get(control.pk, ())))
        for control in controls
    ]
    return grouped_by_objective(row for row in rows if lacks(row.control, row.standing) or not lacks_evidence)


def lacks(control: Control, standing: Standing) -> bool:
    """Whether an included control has nothing current to show."""
    return control.state != ImplementationState.EXCLUDED and standing.light in ("bad", "none")


def named(controls: QuerySet[Control], text: str) -> QuerySet[Control]:
    """Controls whose reference or title holds the words."""
    return controls.filter(Q(reference__icontains=text) | Q(title__icontains=text))


def grouped_by_objective(rows: Iterable[RegisterRow]) -> list[ObjectiveGroup]:
    by_objective: dict[str, list[RegisterRow]] = defaultdict(list)
    for row in rows:
        by_objective[objective_of(row.control.reference)].append(row)
    return [
        ObjectiveGroup(each.ref, each.title, each.description, tuple(by_objective[each.ref]))
        for each in (*library.objectives(), OWN)
        if by_objective[each.ref]
    ]


def objective_of(reference: str) -> str:
    try:
        return library.control(reference).objective
    except KeyError:
        return OWN.ref


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far the controls under one objective are; excluded ones do not count."""

    ref: str
    title: str
    in_place: int
    under_way: int
    missing: int

    @property
    def total(self) -> int:
        return self.in_place + self.under_way + self.missing


UNDER_WAY = (ImplementationState.PLANNED, ImplementationState.IN_PROGRESS, ImplementationState.DEGRADED)


def readiness() -> list[Readiness]:
    """One query."""
    states: dict[str, list[str]] = defaultdict(list)
    for reference, state in Control.objects.values_list("reference", "state"):
        states[objective_of(reference)].append(state)
    return [_readiness(each, states[each.ref]) for each in (*library.objectives(), OWN) if states[each.ref]]


def _readiness(objective: library.Objective, states: list[str]) -> Readiness:
    return Readiness(
        objective.ref,
        objective.title,
        in_place=sum(1 for state in states if state in IN_PLACE),
        under_way=sum(1 for state in states if state in UNDER_WAY),
        missing=states.count(ImplementationState.NOT_STARTED),
    )


def controls_without_evidence(on: datetime.date) -> list[Control]:
    """Included controls with nothing current to show; two queries."""
    evidence = evidence_of_controls(on=on)
    return [c for c in Control.objects.all() if lacks(c, standing(evidence.get(c.pk, ())))]


def evidence_to_link(control: Control, actor: Actor) -> QuerySet[Evidence]:
    """What could be linked to a control and is not yet, of what this person may know of."""
    linked = ControlEvidence.objects.filter(control=control).values("evidence_id")
    return linkable_evidence(actor).exclude(pk__in=linked)


def shown_evidence(
    control: Control, actor: Actor, *, on: datetime.date
) -> tuple[tuple[LinkedEvidence, ...], Standing]:
    """What this person may see of a control's evidence, and how current all of it is."""
    items = evidence_of_controls(on=on, control_ids=[control.pk]).get(control.pk, ())
    visible = visible_evidence(actor).filter(pk__in=[item.pk for item in items])
    known = set(visible.select_related(None).values_list("pk", flat=True))
    return tuple(item for item in items if item.pk in known), standing(items)


# Treatment


@dataclass(frozen=True, slots=True)
class Choice:
    """A control one may choose for a treatment; those the scenario suggests come first."""

    control: Control
    is_suggested: bool
    is_chosen: bool


def treatment_choices(*, risk_id: int, suggested: Collection[str]) -> list[Choice]:
    chosen = set(TreatmentControl.objects.filter(risk_id=risk_id).values_list("control_id", flat=True))
    controls = Control.objects.order_by("position", "id")
    choices = [Choice(c, c.reference in suggested, c.pk in chosen) for c in controls]
    return sorted(choices, key=lambda choice: (not choice.is_suggested, choice.control.position))


# Statement of Applicability


def statement_rows(
    soa: StatementOfApplicability, *, today: datetime.date, entry_ids: Collection[int] | None = None
) -> list[StatementRow]:
    """The rows of a Statement in order; four queries whatever its length."""
    entries = SoAEntry.objects.filter(soa=soa).select_related("control__owner")
    if entry_ids is not None:
        entries = entries.filter(pk__in=entry_ids)
    rows = list(entries.order_by("control__position", "control_id"))
    controls = [row.control_id for row in rows]
    reasons = _reasons_of([row.pk for row in rows])
    risks = risks_of_controls(controls)
    evidence = evidence_of_controls(on=today, control_ids=controls)
    return [
        StatementRow(
            entry=row,
            control=row.control,
            reasons=reasons.get(row.pk, ()),
            risks=risks.get(row.control_id, ()),
            evidence=evidence.get(row.control_id, ()),
        )
        for row in rows
    ]


def _reasons_of(entry_ids: Collection[int]) -> Mapping[int, tuple[SoAReason, ...]]:
    found: dict[int, list[SoAReason]] = defaultdict(list)
    for reason in SoAReason.objects.filter(entry_id__in=entry_ids).order_by("id"):
        found[reason.entry_id].append(reason)
    return {entry_id: tuple(reasons) for entry_id, reasons in found.items()}


def has_developer_systems() -> bool:
    """Whether the organization is developer of a system that is not retired or rejected."""
    ended = AISystem.objects.ended().values("pk")
    developed = AISystem.objects.filter(organization_roles__contains=[OrganizationRole.DEVELOPER])
    return developed.exclude(pk__in=ended).exists()


def open_statement() -> StatementOfApplicability | None:
    """The one that is drafted or in review, if there is one."""
    found: StatementOfApplicability | None = (
        StatementOfApplicability.objects.filter(state__in=[SoAState.DRAFT, SoAState.IN_REVIEW])
        .select_related("author", "based_on", "based_on__snapshot", "submitted_by")
        .first()
    )
    return found


def approved_statement() -> StatementOfApplicability | None:
    found: StatementOfApplicability | None = (
        StatementOfApplicability.objects.filter(state=SoAState.APPROVED)
        .select_related("author", "approved_by", "submitted_by", "snapshot")
        .first()
    )
    return found


def statement_as_of(moment: datetime.datetime) -> StatementOfApplicability | None:
    """The version that was in force at a moment: the last one approved until then."""
    found: StatementOfApplicability | None = (
        StatementOfApplicability.objects.filter(approved_at__lte=moment)
        .select_related("author", "approved_by", "snapshot", "based_on", "based_on__snapshot")
        .order_by("-approved_at", "-version")
        .first()
    )
    return found


def statement_before(soa: StatementOfApplicability) -> StatementOfApplicability | None:
    """The version that this one took the place of."""
    found: StatementOfApplicability | None = (
        StatementOfApplicability.objects.filter(version__lt=soa.version, approved_at__isnull=False)
        .select_related("snapshot", "author", "approved_by")
        .order_by("-version")
        .first()
    )
    return found
