"""Risks from identification to evaluation, and their reopening and closing (SM-05)."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction

from aims.core import permissions, references, trail, transitions
from aims.core.actor import Actor
from aims.core.days import local_today
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Member
from aims.core.ownerships import require_holder
from aims.core.versions import write_version
from inventory.models import AISystem
from risk import taxonomy
from risk.enums import RiskState
from risk.models import Risk
from risk.queries import ratings_of
from risk.rules import RISK, Described, require_described
from risk.scoring import Criteria, Ratings, criteria_from, next_review
from risk.services.criteria import require_approved
from risk.services.telling import tell

#: What a person may write into a risk; scores, levels and states come from verbs.
EDITABLE = (
    "title",
    "system",
    "process",
    "category",
    "cause",
    "event",
    "consequence",
    "affected_parties",
    "owner",
    "review_date",
)
RATED = (RiskState.EVALUATED, RiskState.TREATMENT_PLANNED, RiskState.IN_TREATMENT, RiskState.TREATED)


@transaction.atomic
def identify_risk(
    *,
    actor: Actor,
    title: str,
    now: datetime.datetime,
    system: AISystem | None = None,
    scenario: str = "",
    owner: Member | None = None,
    **fields: Any,
) -> Risk:
    """Enter a risk into the register; what a scenario of the library says fills what is left empty.

    Without an owner it goes to the risk owner of the system.
    """
    permissions.require(actor, "risk.identify_risk", system)
    known = _known(fields)
    values = {**_from_scenario(scenario), **{key: value for key, value in known.items() if value}}
    title = title.strip() or values.pop("title", "")
    values.pop("title", None)
    if not title:
        raise RuleBroken("Give the risk a title.", field="title")
    if system is None and not str(values.get("process", "")).strip():
        raise RuleBroken("Choose the AI system, or name the process the risk belongs to.", field="system")
    require_holder("risks", owner)
    risk = Risk.objects.create(
        reference=references.next_reference("R"),
        title=title,
        system=system,
        scenario=scenario,
        owner=owner or (system.risk_owner if system else None),
        author_id=actor.member_id,
        identified_at=now,
        **values,
    )
    trail.record(actor, "risk.identified", risk, after={"system": risk.system_id, "scenario": scenario})
    _tell_owner(actor, risk, now)
    return risk


@transaction.atomic
def accept_suggestions(
    *, actor: Actor, system: AISystem, scenarios: Collection[str], now: datetime.datetime
) -> list[Risk]:
    """Take several scenarios of the library over as risks of a system; known ones are left alone."""
    permissions.require(actor, "risk.identify_risk", system)
    if not scenarios:
        raise RuleBroken("Tick at least one scenario.", field="scenarios")
    known = set(Risk.objects.filter(system=system).values_list("scenario", flat=True))
    return [
        identify_risk(actor=actor, title="", system=system, scenario=scenario, now=now)
        for scenario in dict.fromkeys(scenarios)
        if scenario not in known
    ]


@transaction.atomic
def edit_risk(
    *, actor: Actor, risk: Risk, row_version: int, changes: Mapping[str, Any], now: datetime.datetime
) -> Risk:
    """Write what differs. `row_version` is the one the person looked at."""
    permissions.require(actor, "risk.edit_risk", risk)
    if risk.state == RiskState.CLOSED:
        raise RuleBroken("A closed risk is not edited. Reopen it first.", field="state", code="state")
    values = {key: value for key, value in _known(changes).items() if getattr(risk, key) != value}
    if risk.row_version != row_version:
        raise _stale(risk, values)
    before = {key: trail.number_of(getattr(risk, key)) for key in values}
    for key, value in values.items():
        setattr(risk, key, value)
    require_holder("risks", values.get("owner"))
    _require_sound(actor, risk)
    if not values:
        return risk
    _write(risk, values, row_version=row_version)
    after = {key: trail.number_of(value) for key, value in values.items()}
    trail.record(actor, "risk.edited", risk, before=before, after=after)
    if "owner" in values:
        _tell_owner(actor, risk, now)
    return risk


@transaction.atomic
def analyse(*, actor: Actor, risk: Risk, ratings: Ratings, reason: str, now: datetime.datetime) -> Risk:
    """Rate likelihood and severity on the three axes; the level follows when the risk is evaluated."""
    permissions.require(actor, "risk.analyse", risk)
    move_risk(actor, risk, "analyse", now=now, changes=_rated(ratings, reason))
    return risk


@transaction.atomic
def evaluate(*, actor: Actor, risk: Risk, now: datetime.datetime) -> Risk:
    """Compute the level by the approved criteria, whose version stays with the result."""
    permissions.require(actor, "risk.evaluate", risk)
    stored = require_approved()
    criteria = criteria_from(stored.content)
    ratings = ratings_given(risk)
    changes = {
        "criteria_id": stored.pk,
        **_computed(ratings, criteria),
        "review_date": next_review(local_today(now), criteria=criteria),
    }
    move_risk(actor, risk, "evaluate", now=now, given={"level": changes["level"]}, changes=changes)
    return risk


@transaction.atomic
def rate(*, actor: Actor, risk: Risk, ratings: Ratings, reason: str, now: datetime.datetime) -> Risk:
    """What one click in the score picker does: analyse what is new, evaluate it, or score it again."""
    permissions.require(actor, "risk.rate", risk)
    if risk.state == RiskState.IDENTIFIED:
        analyse(actor=actor, risk=risk, ratings=ratings, reason=reason, now=now)
        return _evaluate_if_allowed(actor, risk, now)
    if risk.state == RiskState.ANALYSED:
        _write(risk, _rated(ratings, reason), row_version=risk.row_version)
        trail.record(actor, "risk.rated", risk, after=_figures(ratings), reason=reason)
        return _evaluate_if_allowed(actor, risk, now)
    return _score_again(actor, risk, ratings, reason, now)


def _evaluate_if_allowed(actor: Actor, risk: Risk, now: datetime.datetime) -> Risk:
    """A system owner analyses; somebody who may evaluates in the same go."""
    if permissions.can(actor, "risk.evaluate", risk):
        evaluate(actor=actor, risk=risk, now=now)
    return risk


def _score_again(actor: Actor, risk: Risk, ratings: Ratings, reason: str, now: datetime.datetime) -> Risk:
    """Where the review was due, this is it."""
    if risk.state not in RATED:
        raise RuleBroken(
            f"A risk that is {risk.get_state_display().lower()} is not scored again. Reopen it first.",
            field="state",
            code="state",
        )
    if not reason.strip():
        raise RuleBroken("Say why the score changes.", field="reason")
    stored = require_approved()
    criteria = criteria_from(stored.content)
    before = {"score": risk.score, "level": risk.level}
    values = {**_rated(ratings, reason), **_computed(ratings, criteria), "criteria_id": stored.pk}
    if _is_due(risk, local_today(now)):
        values["review_date"] = next_review(local_today(now), criteria=criteria)
    _write(risk, values, row_version=risk.row_version)
    after = {"score": risk.score, "level": risk.level, **_figures(ratings)}
    trail.record(actor, "risk.scored_again", risk, before=before, after=after, reason=reason)
    return risk


@transaction.atomic
def reopen(*, actor: Actor, risk: Risk, reason: str, now: datetime.datetime) -> Risk:
    """Take an accepted risk back to evaluation, or a closed one to the start."""
    permissions.require(actor, "risk.reopen", risk)
    move_risk(actor, risk, "reopen", now=now, given={"reason": reason})
    return risk


@transaction.atomic
def call_up(*, actor: Actor, risk: Risk, reason: str, now: datetime.datetime) -> Risk:
    """Something changed: an accepted risk is open again; the review of any other is due today."""
    if risk.state == RiskState.ACCEPTED:
        return reopen(actor=actor, risk=risk, reason=reason, now=now)
    permissions.require(actor, "risk.reopen", risk)
    before, today = risk.review_date, local_today(now)
    if not _is_due(risk, today):
        _write(risk, {"review_date": today}, row_version=risk.row_version)
    trail.record(
        actor,
        "risk.called_up",
        risk,
        before={"review_date": before},
        after={"review_date": risk.review_date},
        reason=reason,
    )
    tell([risk.owner], risk, "called-up", f"Review {risk.reference} “{risk.title}”: {reason}"[:300], now=now)
    return risk


def _is_due(risk: Risk, today: datetime.date) -> bool:
    return risk.review_date is not None and risk.review_date <= today


@transaction.atomic
def close(
    *, actor: Actor, risk: Risk, reason: str, now: datetime.datetime, process_ended: bool = False
) -> Risk:
    """Close a risk whose source is gone; for a risk of a process somebody has to say that it ended."""
    permissions.require(actor, "risk.close", risk)
    move_risk(actor, risk, "close", now=now, given={"reason": reason, "process_ended": process_ended})
    return risk


def described(risk: Risk) -> Described:
    return Described(
        ref=risk.reference,
        cause=risk.cause,
        event=risk.event,
        consequence=risk.consequence,
        affected=(risk.affected_parties,) if risk.affected_parties.strip() else (),
        about=risk.system.name if risk.system else risk.process,
        owner=risk.owner.name if risk.owner else "",
    )


def ratings_given(risk: Risk) -> Ratings:
    """The inherent ratings; raises RuleBroken while one is missing."""
    ratings = ratings_of(risk)
    if ratings is None:
        raise RuleBroken("Rate the likelihood and the severity on all three axes first.", field="likelihood")
    return ratings


def move_risk(
    actor: Actor,
    risk: Risk,
    action: str,
    *,
    now: datetime.datetime,
    given: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> None:
    changes = {**(changes or {}), "row_version": risk.row_version + 1}
    transitions.move(RISK, risk, action, actor=actor, now=now, given=given, changes=changes)


def _write(risk: Risk, values: Mapping[str, Any], *, row_version: int) -> None:
    if not write_version(Risk.objects.filter(pk=risk.pk, state=risk.state), row_version, **values):
        raise _stale(risk, values)
    for key, value in values.items():
        setattr(risk, key, value)
    risk.row_version = row_version + 1


def _stale(risk: Risk, values: Mapping[str, Any]) -> StaleState:
    """Both texts of the first field that differs from what is stored now."""
    stored = Risk.objects.select_related("owner", "system").get(pk=risk.pk)
    differs = [key for key, value in values.items() if getattr(stored, key, None) != value]
    sentence = "Somebody changed this risk a moment ago. Nothing of yours was saved."
    if not differs:
        return StaleState(sentence)
    key = differs[0]
    return StaleState(sentence, yours=str(values[key] or ""), theirs=str(getattr(stored, key) or ""))


def _rated(ratings: Ratings, reason: str) -> dict[str, Any]:
    return {
        "likelihood": ratings.likelihood,
        "severity_organization": ratings.organization,
        "severity_individuals": ratings.individuals,
        "severity_society": ratings.society,
        "score_reason": reason.strip(),
    }


def _computed(ratings: Ratings, criteria: Criteria) -> dict[str, Any]:
    return {"score": ratings.score, "level": ratings.level(criteria)}


def _figures(ratings: Ratings) -> dict[str, int]:
    return {"likelihood": ratings.likelihood, **ratings.severities}


def _from_scenario(id: str) -> dict[str, str]:
    if not id:
        return {}
    try:
        found = taxonomy.scenario(id)
    except KeyError:
        raise RuleBroken(f"{id} is not in the library of scenarios.", field="scenario") from None
    return {
        "title": found.title,
        "category": found.category,
        "cause": found.cause,
        "event": found.event,
        "consequence": found.consequence,
        "affected_parties": ", ".join(found.affected),
    }


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(values) - set(EDITABLE))
    if unknown:
        raise RuleBroken(f"{unknown[0]} cannot be set.", field=unknown[0])
    return dict(values)


def _require_sound(actor: Actor, risk: Risk) -> None:
    """What an edit leaves must hold together; a risk once analysed stays completely described."""
    if not risk.title.strip():
        raise RuleBroken("Give the risk a title.", field="title")
    if risk.system is None and not risk.process.strip():
        raise RuleBroken("Choose the AI system, or name the process the risk belongs to.", field="system")
    if risk.state != RiskState.IDENTIFIED:
        require_described(described(risk))
    if not permissions.can(actor, "risk.identify_risk", risk.system) and not permissions.can(
        actor, "risk.edit_risk", risk
    ):
        raise NotAllowed("You can only give this risk to a system of your own.")


def _tell_owner(actor: Actor, risk: Risk, now: datetime.datetime) -> None:
    if risk.owner is not None and risk.owner_id != actor.member_id:
        tell([risk.owner], risk, "owner", f"You own the risk {risk.reference} “{risk.title}”.", now=now)
