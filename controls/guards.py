"""What SM-05, SM-08, SM-09 and SM-10 ask of controls: one function per guard and effect of the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aims.core import messages, snapshots, transitions
from aims.core.actor import system_actor
from aims.core.days import local_today
from aims.core.exceptions import Problem, RuleBroken
from aims.core.models import Member
from aims.core.permissions import INTERNAL_AUDITOR, LEAD
from aims.core.registry import registry
from aims.core.schedule import add_months
from aims.core.separation import keep_apart
from aims.core.transitions import Facts
from controls import queries, rules, statement
from controls.competence import COMPETENCE
from controls.enums import ImplementationState, SoAState
from controls.library import review_months
from controls.models import Control, StatementOfApplicability, TreatmentControl
from controls.services import implementation

guard, effect = registry.guard, registry.effect


# SM-08: Statement of Applicability


@guard("SM-08", "all 38 controls and all additional controls decided")
def all_controls_are_decided(facts: Facts) -> None:
    _refuse(rules.undecided(_rows(facts), library=queries.control_references()))


@guard("SM-08", "every included control has at least one inclusion reason and link")
def inclusions_have_reasons(facts: Facts) -> None:
    _refuse(rules.inclusion_problems(_rows(facts)))


@guard("SM-08", "every exclusion has reason and link to risk assessment or external requirement")
def exclusions_have_reasons(facts: Facts) -> None:
    _refuse(rules.exclusion_problems(_rows(facts)))


@guard("SM-08", "no control needed by a treatment is excluded")
def nothing_needed_is_excluded(facts: Facts) -> None:
    _refuse(rules.needed_but_excluded(_rows(facts)))


@guard("SM-08", "newer approved")
def a_newer_version_takes_over(facts: Facts) -> None:
    """The newer one is named by approve_soa: the database allows one approved version at any moment."""
    newer: StatementOfApplicability | None = facts.given.get("newer")
    if newer is None or newer.version <= facts.obj.version:
        raise RuleBroken("Only a newer approved version takes the place of this one.")


@effect("SM-08", "version and date stamped")
def stamp_approval(facts: Facts) -> None:
    _write(facts.obj, approved_by_id=facts.actor.member_id, approved_at=facts.now)


@effect("SM-08", "frozen copy with hash")
def freeze_statement(facts: Facts) -> None:
    soa = facts.obj
    content = statement.content(soa, _statement(facts), approver=facts.actor.name)
    snapshot = snapshots.freeze(facts.actor, soa, content, now=facts.now, version=soa.version)
    _write(soa, snapshot_id=snapshot.pk)


@effect("SM-08", "supersede earlier")
def only_one_is_approved(facts: Facts) -> None:
    """approve_soa supersedes before the step, for the database allows one approved version."""
    earlier = StatementOfApplicability.objects.approved().exclude(pk=facts.obj.pk).first()
    if earlier is not None:
        raise RuleBroken(f"Version {earlier.version} is still the approved one.")


@effect("SM-08", "pack refresh")
def tell_leads_that_packs_are_old(facts: Facts) -> None:
    soa = facts.obj
    text = (
        f"Statement of Applicability v{soa.version} is approved. Evidence packs built before hold the"
        " earlier version: build them again."
    )
    for lead in Member.objects.with_role(LEAD):
        messages.tell(lead, dedupe=f"soa-approved:{soa.pk}", text=text, url=soa.get_absolute_url())


def _rows(facts: Facts) -> list[rules.Row]:
    return [row.as_decided() for row in _statement(facts)]


def _statement(facts: Facts) -> Sequence[queries.StatementRow]:
    """Read once by the verb and handed on; read here when a page only asks for obstacles."""
    given: Sequence[queries.StatementRow] | None = facts.given.get("rows")
    return given if given is not None else queries.statement_rows(facts.obj, today=local_today(facts.now))


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        sentence = problems[0].sentence
        raise RuleBroken(sentence, field=problems[0].field, problems=problems)


def _write(soa: StatementOfApplicability, **values: object) -> None:
    StatementOfApplicability.objects.filter(pk=soa.pk).update(**values)
    for name, value in values.items():
        setattr(soa, name, value)


# SM-09: implementation of a control


@guard("SM-09", "owner and date")
def has_owner_and_date(facts: Facts) -> None:
    control: Control = facts.obj
    if control.owner_id is None:
        raise RuleBroken(f"Name the owner of {control.reference} before planning it.", field="owner")
    if control.target_date is None:
        raise RuleBroken(f"Give the target date of {control.reference}.", field="target_date")


@guard("SM-09", "at least one current evidence item")
def has_current_evidence(facts: Facts) -> None:
    control: Control = facts.obj
    if not queries.has_current_evidence(control, on=local_today(facts.now)):
        sentence = f"Link at least one current evidence item to {control.reference} first."
        raise RuleBroken(sentence, field="evidence")


@guard("SM-09", "verifier is not control owner")
def verifier_is_not_owner(facts: Facts) -> None:
    keep_apart(
        "SOD-03",
        actor=facts.actor,
        obj=facts.obj,
        hands=[facts.obj.owner_id],
        sentence="You own this control. Another person verifies it.",
    )


@guard("SM-09", "test recorded")
def test_is_recorded(facts: Facts) -> None:
    if not str(facts.given.get("test_record", "")).strip():
        raise RuleBroken("Write down what was tested and what was seen.", field="test_record")


@guard("SM-09", "evidence expired, test failed or finding raised")
def verified_control_failed(facts: Facts) -> None:
    _require_cause(facts, {"evidence_expired", "test_failed", "finding_raised"})


@guard("SM-09", "evidence expired or finding raised")
def implemented_control_failed(facts: Facts) -> None:
    _require_cause(facts, {"evidence_expired", "finding_raised"})


def _require_cause(facts: Facts, causes: set[str]) -> None:
    cause, control = facts.given.get("cause"), facts.obj
    if cause not in causes:
        asked = " or ".join(sorted(cause.replace("_", " ") for cause in causes))
        raise RuleBroken(f"Say why {control.reference} no longer works: {asked}.", field="cause")
    if cause == "evidence_expired":
        if not queries.has_only_expired_evidence(control, on=local_today(facts.now)):
            raise RuleBroken(f"The evidence of {control.reference} has not expired.", field="cause")
    elif not str(facts.given.get("reason", "")).strip():
        raise RuleBroken("Name the test or the finding, and what it showed.", field="reason")


@guard("SM-09", "only in SoA draft")
def decided_in_a_draft(facts: Facts) -> None:
    soa: StatementOfApplicability | None = facts.given.get("soa")
    if soa is None or soa.state != SoAState.DRAFT:
        sentence = (
            f"{facts.obj.reference} is left out or taken in by a draft Statement of Applicability only."
        )
        raise RuleBroken(sentence, field="included")


@guard("SM-09", "justification given")
def exclusion_is_justified(facts: Facts) -> None:
    text = str(facts.given.get("justification", ""))
    row = rules.Row(facts.obj.reference, included=False, exclusion_text=text, exclusion_link="-")
    _refuse(rules.exclusion_problems([row]))


@effect("SM-09", "verification due")
def ask_for_verification(facts: Facts) -> None:
    control: Control = facts.obj
    text = f"{control.reference} {control.title} is implemented and waits to be verified."
    for member in Member.objects.with_role(LEAD, INTERNAL_AUDITOR).exclude(pk=control.owner_id):
        _tell(member, control, f"control-to-verify:{control.pk}:{facts.now:%Y%m%d%H%M}", text)


@effect("SM-09", "set next review")
def set_next_review(facts: Facts) -> None:
    control: Control = facts.obj
    control.next_review_date = add_months(local_today(facts.now), review_months(control.reference))
    Control.objects.filter(pk=control.pk).update(next_review_date=control.next_review_date)


@effect("SM-09", "notify owner")
def tell_owner_of_degradation(facts: Facts) -> None:
    control: Control = facts.obj
    if control.owner is None:
        return
    cause = str(facts.given.get("cause", "")).replace("_", " ")
    text = f"{control.reference} {control.title} no longer works as it should ({cause}). Repair it."
    _tell(control.owner, control, f"control-degraded:{control.pk}:{facts.now:%Y%m%d%H%M}", text)


def _tell(member: Member, control: Control, dedupe: str, text: str) -> None:
    messages.tell(member, dedupe=dedupe, text=text, url=control.get_absolute_url(), mail_subject=text[:120])


# What other apps' machines ask of controls


@guard("SM-05", "controls linked when option is modify")
def modifying_treatment_has_controls(facts: Facts) -> None:
    option = facts.given.get("option") or facts.obj.option
    if option != "modify" or facts.given.get("control_ids"):
        return
    if not TreatmentControl.objects.filter(risk=facts.obj).exists():
        raise RuleBroken("Choose at least one control that modifies the risk.", field="controls")


@effect("SM-05", "SoA entries flagged as needed")
def tell_leads_of_left_out_controls(facts: Facts) -> None:
    """“Necessary” is computed from treatments; what was left out before has to be decided again."""
    left_out = Control.objects.filter(treatments__risk=facts.obj, state=ImplementationState.EXCLUDED)
    for control in left_out:
        text = f"{facts.obj.reference} is now treated by {control.reference}, which was left out. Take it in."
        for lead in Member.objects.with_role(LEAD):
            _tell(lead, control, f"control-needed:{control.pk}:{facts.obj.pk}", text)


@effect("SM-10", "degrade control")
def degrade_controls_of_expired_evidence(facts: Facts) -> None:
    system = system_actor(facts.actor.organization_id)
    today = local_today(facts.now)
    for control in _controls_of(facts.obj.pk):
        if queries.has_only_expired_evidence(control, on=today):
            implementation.degrade(actor=system, control=control, cause="evidence_expired", now=facts.now)


def _controls_of(evidence_id: int) -> Iterable[Control]:
    return Control.objects.in_place().filter(evidence_links__evidence_id=evidence_id)


def provide() -> None:
    """Register the machines as walked; importing the modules filled in their guards and effects."""
    transitions.provide(rules.SOA)
    transitions.provide(rules.IMPLEMENTATION)
    transitions.provide(COMPETENCE)
