"""Guards and effects of SM-25, the certification."""

from __future__ import annotations

import datetime

from aims.core import transitions
from aims.core.days import local_today
from aims.core.exceptions import RuleBroken
from aims.core.registry import registry
from aims.core.templatetags.formats import day_text
from aims.core.transitions import Facts
from audits import people, rules, schedule
from audits.enums import AuditState, EngagementKind, PackState
from audits.models import Audit, Certificate, EvidencePack
from audits.queries.certification import cycle_of, next_surveillance, window_opens_on
from controls.enums import SoAState
from inventory.models import ScopeStatement

STOP_MARKS = "Stop using the certification marks at once: the certificate is not valid."


def register() -> None:
    transitions.provide(rules.CERTIFICATION)
    guards = {
        "scope approved": scope_is_approved,
        "one internal audit cycle and one management review done or dated before Stage 2": checks_are_dated,
        "Stage 1 pack released": stage1_pack_is_released,
        "areas of concern listed": concerns_are_listed,
        "concerns resolved": concerns_are_resolved,
        "Stage 2 pack released": stage2_pack_is_released,
        "interval agreed (body sets limit, often up to 6 months)": interval_is_agreed,
        "majors corrected and verified, minor plans accepted": majors_are_verified,
        "certificate number, scope, SoA version, decision date, expiry = +3 years": certificate_is_whole,
        "first: no later than 12 months after decision date; later: each calendar year": surveillance_is_due,
        "nonconformities handled": nonconformities_are_handled,
        "about 9 months before expiry": recertification_is_due,
        "audit done in time to close majors before expiry": audit_is_in_time,
        "decision before expiry": decision_is_before_expiry,
        "body suspends": transitions.reason_given,
        "issue resolved, usually within 6 months": transitions.reason_given,
        "not resolved": transitions.reason_given,
        "expiry date passed": expiry_has_passed,
        (
            "outstanding work finished within 6 months of expiry; otherwise at least a new Stage 2"
        ): restoration_is_in_time,
    }
    effects = {
        "actions before Stage 2": tell_of_concerns,
        (
            "CAPA with body deadlines; majors verified before decision, within 6 months of "
            "last Stage 2 day or Stage 2 repeats"
        ): tell_deadline_for_majors,
        "compute surveillance and recertification windows": set_expiry,
        "reminders": tell_dates,
        "reminders 120/90/60/30/14/7 days": tell_window,
        "refresh pack": ask_for_fresh_pack,
        "next window": tell_dates,
        "plan": ask_for_plan,
        "new cycle based on old expiry": tell_dates,
        "dates keep old cycle": tell_dates,
        "stop using marks": stop_using_marks,
        "alert top management": alert_management,
    }
    for text, guard in guards.items():
        registry.guard(rules.CERTIFICATION.id, text)(guard)
    for text, effect in effects.items():
        registry.effect(rules.CERTIFICATION.id, text)(effect)


def scope_is_approved(facts: Facts) -> None:
    if not ScopeStatement.objects.exclude(approved_at=None).exists():
        raise RuleBroken("Have the scope statement approved first.", code="scope")


def checks_are_dated(facts: Facts) -> None:
    """An internal audit and a management review, held or planned, and both before Stage 2."""
    certificate = facts.obj
    latest = certificate.stage2_date
    audits = Audit.objects.exclude(state=AuditState.CANCELLED).exclude(end_date=None)
    if latest is not None:
        audits = audits.filter(end_date__lt=latest)
    if not audits.exists():
        raise RuleBroken("Plan an internal audit with its dates, before Stage 2.", code="audit")
    review = certificate.management_review_date
    if review is None or (latest is not None and review >= latest):
        raise RuleBroken(
            "Enter the date of the management review, before Stage 2.", field="management_review_date"
        )


def stage1_pack_is_released(facts: Facts) -> None:
    if not EvidencePack.objects.filter(kind="stage1", state=PackState.RELEASED).exists():
        raise RuleBroken("Release the Stage 1 evidence pack to the audit first.", code="pack")


def stage2_pack_is_released(facts: Facts) -> None:
    """A pack counts for the audit that it was released to."""
    released = EvidencePack.objects.filter(state=PackState.RELEASED, released_to__kind=EngagementKind.STAGE2)
    if not released.exists():
        raise RuleBroken("Release an evidence pack to the Stage 2 audit first.", code="pack")


def concerns_are_listed(facts: Facts) -> None:
    if not str(facts.given.get("concerns", "")).strip():
        raise RuleBroken("List the areas of concern from the Stage 1 report.", field="concerns")


def concerns_are_resolved(facts: Facts) -> None:
    if not str(facts.given.get("reason", "")).strip():
        raise RuleBroken("Say how each concern was resolved.", field="reason")


def interval_is_agreed(facts: Facts) -> None:
    stage1, stage2 = facts.obj.stage1_date, facts.given.get("stage2_date")
    if stage2 is None:
        raise RuleBroken("Enter the last day of Stage 2.", field="stage2_date")
    if stage1 is not None and stage2 <= stage1:
        raise RuleBroken("Stage 2 comes after Stage 1.", field="stage2_date")
    late = stage1 is not None and stage2 > schedule.stage2_expected_by(stage1)
    if late and not str(facts.given.get("reason", "")).strip():
        raise RuleBroken(
            "Stage 2 is more than six months after Stage 1. Enter what the body agreed to.", field="reason"
        )


def majors_are_verified(facts: Facts) -> None:
    verified_on = facts.given.get("verified_on")
    if verified_on is None:
        raise RuleBroken("Enter the day the body accepted the last response.", field="verified_on")
    ended = facts.obj.stage2_date
    if ended is not None and verified_on > schedule.majors_verified_by(ended):
        raise RuleBroken(
            f"Majors had to be verified by {day_text(schedule.majors_verified_by(ended))}: "
            "Stage 2 has to be repeated.",
            field="verified_on",
        )


def certificate_is_whole(facts: Facts) -> None:
    wanted = {
        "number": "the certificate number",
        "scope_text": "the scope on the certificate",
        "soa": "the version of the Statement of Applicability",
        "decision_date": "the date of the decision",
    }
    missing = [name for name in wanted if not facts.given.get(name)]
    if missing:
        named = ", ".join(wanted[name] for name in missing)
        raise RuleBroken(f"Enter {named}.", field=missing[0])
    if facts.given["soa"].state not in {SoAState.APPROVED, SoAState.SUPERSEDED}:
        raise RuleBroken("A certificate names an approved Statement of Applicability.", field="soa")
    decided = facts.given["decision_date"]
    if decided > local_today(facts.now):
        raise RuleBroken("The decision lies in the past.", field="decision_date")
    printed = facts.given.get("expiry_date")
    if printed is not None and printed != schedule.expiry(decided):
        raise RuleBroken(
            f"The certificate ends three years after the decision: {day_text(schedule.expiry(decided))}. "
            "Compare with the paper and correct the decision date.",
            field="expiry_date",
        )


def surveillance_is_due(facts: Facts) -> None:
    due = next_surveillance(facts.obj)
    if due is None:
        raise RuleBroken("Both surveillance audits of this cycle have been held.", code="window")
    if local_today(facts.now) < window_opens_on(due):
        raise RuleBroken(
            f"Surveillance {due.number} is due from {day_text(window_opens_on(due))}.", code="window"
        )


def nonconformities_are_handled(facts: Facts) -> None:
    held_on = facts.given.get("held_on")
    if held_on is None or held_on > local_today(facts.now):
        raise RuleBroken("Enter the last day of the surveillance audit.", field="held_on")
    if not str(facts.given.get("reason", "")).strip():
        raise RuleBroken("Say how its nonconformities were handled, or that there were none.", field="reason")


def recertification_is_due(facts: Facts) -> None:
    cycle = cycle_of(facts.obj)
    if cycle is None or local_today(facts.now) < cycle.recertification_from:
        from_day = day_text(cycle.recertification_from) if cycle else "the decision"
        raise RuleBroken(f"Recertification is planned from {from_day}.", code="window")


def audit_is_in_time(facts: Facts) -> None:
    audit_date = facts.given.get("audit_date")
    if audit_date is None or audit_date >= facts.obj.expiry_date:
        raise RuleBroken(
            f"Enter the last day of the audit, early enough to close majors before "
            f"{day_text(facts.obj.expiry_date)}.",
            field="audit_date",
        )


def decision_is_before_expiry(facts: Facts) -> None:
    decided = facts.given.get("decision_date")
    if decided is None:
        raise RuleBroken("Enter the date of the decision.", field="decision_date")
    if decided > facts.obj.expiry_date:
        raise RuleBroken(
            "The decision came after expiry: let it expire and restore it.", field="decision_date"
        )


def expiry_has_passed(facts: Facts) -> None:
    expiry = facts.obj.expiry_date
    if expiry is None or local_today(facts.now) <= expiry:
        raise RuleBroken(f"The certificate is valid until {day_text(expiry)}.", code="expiry")


def restoration_is_in_time(facts: Facts) -> None:
    decided, expired = facts.given.get("decision_date"), facts.obj.expiry_date
    if decided is None:
        raise RuleBroken("Enter the date of the decision.", field="decision_date")
    # The move wrote nothing yet: the old expiry is still on the record.
    schedule.renewed_expiry(expired, decision_date=decided)


def set_expiry(facts: Facts) -> None:
    certificate = facts.obj
    certificate.expiry_date = schedule.expiry(certificate.decision_date)
    certificate.surveillance_dates = []
    certificate.save(update_fields=["expiry_date", "surveillance_dates"])


def tell_of_concerns(facts: Facts) -> None:
    _tell_leads(facts, "Stage 1 left concerns: resolve each before Stage 2.")


def tell_deadline_for_majors(facts: Facts) -> None:
    ended = facts.obj.stage2_date
    until = f" by {day_text(schedule.majors_verified_by(ended))}" if ended else " within six months"
    _tell(facts, f"Stage 2 found nonconformities. Majors are verified{until}, or Stage 2 is repeated.")


def tell_dates(facts: Facts) -> None:
    certificate: Certificate = facts.obj
    due = next_surveillance(certificate)
    ahead = f"Surveillance {due.number} by {day_text(due.latest)}. " if due else ""
    _tell(facts, f"Certified by {certificate.body}. {ahead}Expiry {day_text(certificate.expiry_date)}.")


def tell_window(facts: Facts) -> None:
    due = next_surveillance(facts.obj)
    if due is not None:
        _tell_leads(facts, f"Surveillance {due.number} is due by {day_text(due.latest)}. Agree a date.")


def ask_for_fresh_pack(facts: Facts) -> None:
    _tell_leads(facts, "The surveillance audit begins: build a fresh evidence pack for it.")


def ask_for_plan(facts: Facts) -> None:
    _tell(facts, f"Plan the recertification: the certificate ends {day_text(facts.obj.expiry_date)}.")


def stop_using_marks(facts: Facts) -> None:
    _tell(facts, STOP_MARKS)


def alert_management(facts: Facts) -> None:
    _tell(facts, f"The certificate was suspended: {facts.given.get('reason', '')}")


def _tell(facts: Facts, text: str) -> None:
    _send(facts, people.management(), text)


def _tell_leads(facts: Facts, text: str) -> None:
    _send(facts, people.leads(), text)


def _send(facts: Facts, members: list[people.Member], text: str) -> None:
    day: datetime.date = local_today(facts.now)
    what = f"{facts.obj.state}:{day.isoformat()}"
    people.tell_all(members, obj=facts.obj, what=what, text=text[:290], url_name="certificate")
