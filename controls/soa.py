"""The life of a Statement of Applicability (SM-08): draft, decide, submit, return, approve."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from aims.core import messages, permissions, trail, transitions
from aims.core.actor import Actor, system_actor
from aims.core.days import local_today
from aims.core.exceptions import Problem, RuleBroken, StaleState
from aims.core.models import Member
from aims.core.permissions import LEAD, TOP
from aims.core.tenancy.models import fill_organization
from aims.core.versions import write_version
from controls import queries, rules
from controls.enums import ImplementationState, ReasonKind, SoAState
from controls.models import Control, SoAEntry, SoAReason, StatementOfApplicability
from controls.queries import StatementRow
from controls.services import implementation, library
from inventory.models import ScopeStatement


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person says of one row. None and an empty status leave a value as it is."""

    included: bool | None
    reasons: Sequence[rules.Reason] | None = None
    justification: str | None = None
    exclusion_link: str | None = None
    status: str = ""
    target_date: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class BulkDecision:
    """What is said of many rows at once; the given reason is added to those a row has."""

    included: bool = True
    reason: rules.Reason | None = None
    status: str = ""
    target_date: datetime.date | None = None
    owner: Member | None = None


@transaction.atomic
def draft_soa(*, actor: Actor, scope: str = "", now: datetime.datetime) -> StatementOfApplicability:
    """A new version with a row for every control; what the approved version decided is taken over.

    A control that was left out and is needed by a treatment now comes back undecided.
    """
    permissions.require(actor, "controls.draft_soa")
    unfinished = StatementOfApplicability.objects.filter(
        state__in=[SoAState.DRAFT, SoAState.IN_REVIEW]
    ).first()
    if unfinished is not None:
        raise RuleBroken(f"Version {unfinished.version} is open already. Finish it first.")
    author = _author(actor)
    latest = StatementOfApplicability.objects.aggregate(Max("version"))["version__max"] or 0
    soa = StatementOfApplicability.objects.create(
        version=latest + 1,
        scope=scope.strip() or _approved_scope(),
        based_on=queries.approved_statement(),
        author=author,
        created_at=now,
    )
    _fill(soa)
    trail.record(actor, "soa.drafted", soa, after={"version": soa.version})
    return soa


def _author(actor: Actor) -> Member:
    """A key or the portal itself drafts in the name of a compliance lead, whose version it then is."""
    if actor.member_id is not None:
        return Member.objects.get(pk=actor.member_id)
    lead = Member.objects.with_role(LEAD).order_by("pk").first()
    if lead is None:
        raise RuleBroken("Give somebody the role of compliance lead first: a draft needs an author.")
    return lead


def _approved_scope() -> str:
    approved = ScopeStatement.objects.exclude(approved_at=None).order_by("-version").first()
    return approved.statement if approved else ""


def _fill(soa: StatementOfApplicability) -> None:
    earlier = {}
    if soa.based_on is not None:
        rows = queries.statement_rows(soa.based_on, today=soa.created_at.date())
        earlier = {row.control.pk: row for row in rows if not _needed_again(row)}
    controls = list(Control.objects.order_by("position", "id"))
    entries = [_entry(soa, control, earlier.get(control.pk)) for control in controls]
    SoAEntry.objects.bulk_create(fill_organization(entries))
    reasons = [
        SoAReason(entry=entry, kind=reason.kind, link=reason.link, text=reason.text)
        for entry in entries
        if entry.control_id in earlier
        for reason in earlier[entry.control_id].reasons
    ]
    SoAReason.objects.bulk_create(fill_organization(reasons))


def _needed_again(row: StatementRow) -> bool:
    return row.entry.is_included is False and bool(row.risks)


def _entry(soa: StatementOfApplicability, control: Control, earlier: StatementRow | None) -> SoAEntry:
    entry = SoAEntry(soa=soa, control=control)
    if earlier is not None:
        for name in ("is_included", "justification", "exclusion_link", "decided_by_id", "decided_at"):
            setattr(entry, name, getattr(earlier.entry, name))
    return entry


@transaction.atomic
def decide(
    *, actor: Actor, entry: SoAEntry, decision: Decision, row_version: int, now: datetime.datetime
) -> StatementRow:
    """Decide on one control. What is still missing for approval is no refusal here (see `notes`)."""
    permissions.require(actor, "controls.decide_soa")
    _require_draft(entry.soa)
    _decide(actor, _row(entry, now), decision, soa=entry.soa, row_version=row_version, now=now)
    return _row(entry, now)


@transaction.atomic
def _decide(
    actor: Actor,
    row: StatementRow,
    decision: Decision,
    *,
    soa: StatementOfApplicability,
    row_version: int,
    now: datetime.datetime,
) -> None:
    wanted = _completed(row, decision)
    _require_allowed(row, wanted)
    _write_entry(actor, row, wanted, row_version=row_version, now=now)
    _write_reasons(row, wanted)
    _move_control(actor, row.control, soa, wanted, now=now)
    trail.record(
        actor,
        "soa.decided",
        soa,
        before={"included": row.entry.is_included},
        after={
            "control": row.control.reference,
            "included": wanted.included,
            "reasons": [reason.kind for reason in wanted.reasons or ()],
        },
    )


@transaction.atomic
def decide_many(
    *,
    actor: Actor,
    soa: StatementOfApplicability,
    entry_ids: Collection[int],
    decision: BulkDecision,
    now: datetime.datetime,
) -> int:
    """The same for several rows, all or none. Returns how many were decided."""
    permissions.require(actor, "controls.decide_soa")
    _require_draft(soa)
    rows = queries.statement_rows(soa, today=local_today(now), entry_ids=entry_ids)
    if not rows:
        raise RuleBroken("Select at least one control.")
    problems: list[Problem] = []
    for row in rows:
        try:
            _decide_one_of_many(actor, soa, row, decision, now)
        except RuleBroken as refused:
            problems.append(Problem(row.control.reference, refused.field or "", refused.sentence))
    if problems:
        sentence = f"Nothing was changed: {len(problems)} of {len(rows)} selected controls cannot be set so."
        raise RuleBroken(sentence, problems=problems)
    return len(rows)


def _decide_one_of_many(
    actor: Actor,
    soa: StatementOfApplicability,
    row: StatementRow,
    decision: BulkDecision,
    now: datetime.datetime,
) -> None:
    if decision.owner is not None and row.control.owner_id != decision.owner.pk:
        library.edit_control(
            actor=actor,
            control=row.control,
            changes={"owner": decision.owner},
            row_version=row.control.row_version,
            now=now,
        )
    _decide(
        actor,
        row,
        Decision(
            included=decision.included,
            reasons=_with_reason(row, decision.reason),
            status="" if decision.status == row.control.state else decision.status,
            target_date=decision.target_date,
        ),
        soa=soa,
        row_version=row.entry.row_version,
        now=now,
    )


def _with_reason(row: StatementRow, added: rules.Reason | None) -> list[rules.Reason] | None:
    if added is None:
        return None
    there = {reason.kind: rules.Reason(reason.kind, reason.link, reason.text) for reason in row.reasons}
    return list({**there, added.kind: added}.values())


def notes(row: StatementRow) -> list[Problem]:
    """What one row still lacks before the Statement can be sent for approval."""
    decided = [row.as_decided()]
    return [
        *rules.undecided(decided),
        *rules.inclusion_problems(decided),
        *rules.exclusion_problems(decided),
        *rules.needed_but_excluded(decided),
        *rules.implementation_problems(decided),
    ]


def problems(rows: Sequence[StatementRow]) -> list[Problem]:
    """All that keeps a Statement from approval."""
    return rules.problems(
        [row.as_decided() for row in rows],
        systems_with_developer_role=queries.has_developer_systems(),
        library=queries.control_references(),
    )


@transaction.atomic
def submit_soa(
    *, actor: Actor, soa: StatementOfApplicability, now: datetime.datetime
) -> StatementOfApplicability:
    """Send a draft to top management. Everything missing is named at once."""
    permissions.require(actor, "controls.submit_soa")
    rows = queries.statement_rows(soa, today=local_today(now))
    if soa.state == SoAState.DRAFT:
        _require_complete(rows, "send it for approval")
    transitions.move(
        rules.SOA,
        soa,
        "submit",
        actor=actor,
        now=now,
        given={"rows": rows},
        changes={"submitted_by_id": actor.member_id, "submitted_at": now},
    )
    text = f"Statement of Applicability v{soa.version} waits for your approval."
    for approver in Member.objects.with_role(TOP).exclude(pk__in=[actor.member_id, soa.author_id]):
        dedupe = f"soa-submitted:{soa.pk}:{now:%Y%m%d%H%M}"
        messages.tell(approver, dedupe=dedupe, text=text, url=soa.get_absolute_url(), mail_subject=text)
    return soa


@transaction.atomic
def return_soa(
    *, actor: Actor, soa: StatementOfApplicability, comment: str, now: datetime.datetime
) -> StatementOfApplicability:
    permissions.require(actor, "controls.return_soa")
    transitions.move(
        rules.SOA,
        soa,
        "return",
        actor=actor,
        now=now,
        given={"comment": comment},
        changes={"comment": comment.strip()},
    )
    text = f"Statement of Applicability v{soa.version} came back: {comment.strip()}"
    dedupe = f"soa-returned:{soa.pk}:{now:%Y%m%d%H%M}"
    messages.tell(soa.author, dedupe=dedupe, text=text, url=soa.get_absolute_url(), mail_subject=text[:120])
    return soa


@transaction.atomic
def approve_soa(
    *, actor: Actor, soa: StatementOfApplicability, now: datetime.datetime
) -> StatementOfApplicability:
    """Put a version in force: stamped, frozen with its hash, the earlier one superseded."""
    permissions.require(actor, "controls.approve_soa")
    rows = queries.statement_rows(soa, today=local_today(now))
    if soa.state == SoAState.IN_REVIEW:
        transitions.not_author(actor, soa)
        # A treatment planned meanwhile may need what this version leaves out.
        _require_complete(rows, "approve it; return it to its author")
        _supersede_earlier(soa, now=now)
    transitions.move(rules.SOA, soa, "approve", actor=actor, now=now, given={"rows": rows})
    return soa


def _supersede_earlier(newer: StatementOfApplicability, *, now: datetime.datetime) -> None:
    """Before the newer one is approved: the database allows one approved version at any moment."""
    for earlier in StatementOfApplicability.objects.approved():
        transitions.move(
            rules.SOA,
            earlier,
            "supersede",
            actor=system_actor(newer.organization_id),
            now=now,
            given={"newer": newer},
            changes={"superseded_at": now},
        )


def _require_complete(rows: Sequence[StatementRow], purpose: str) -> None:
    found = problems(rows)
    if found:
        count = "1 thing is" if len(found) == 1 else f"{len(found)} things are"
        raise RuleBroken(f"{count} missing before you can {purpose}.", code="incomplete", problems=found)


def _require_draft(soa: StatementOfApplicability) -> None:
    if soa.state != SoAState.DRAFT:
        state = SoAState(soa.state).label.lower()
        raise RuleBroken(f"Version {soa.version} is {state}: only a draft can be changed.", code="state")


def _row(entry: SoAEntry, now: datetime.datetime) -> StatementRow:
    return queries.statement_rows(entry.soa, today=local_today(now), entry_ids=[entry.pk])[0]


def _completed(row: StatementRow, decision: Decision) -> Decision:
    """The decision with what was left unsaid taken from the row, or from what is proposed for it."""
    reasons, justification = decision.reasons, decision.justification
    if reasons is None:
        reasons = [rules.Reason(reason.kind, reason.link, reason.text) for reason in row.reasons]
        if decision.included and not reasons and row.risks:
            reasons = [rules.Reason(ReasonKind.RISK_TREATMENT)]
    if justification is None:
        justification = row.entry.justification or (row.proposal if decision.included else "")
    link = row.entry.exclusion_link if decision.exclusion_link is None else decision.exclusion_link
    return Decision(
        included=decision.included,
        reasons=reasons,
        justification=justification.strip(),
        exclusion_link=link.strip(),
        status=decision.status,
        target_date=decision.target_date,
    )


def _require_allowed(row: StatementRow, wanted: Decision) -> None:
    """The hard rules that hold at every moment, not only when a Statement is sent."""
    reasons = wanted.reasons or ()
    for reason in reasons:
        if reason.kind not in rules.REASON_KINDS:
            raise RuleBroken(f"“{reason.kind}” is no reason to include a control.", field="reasons")
    if wanted.included is not False:
        return
    asked = rules.Row(
        row.control.reference,
        included=False,
        exclusion_text=wanted.justification or "",
        exclusion_link="-",  # asked for when the Statement is sent: the person writes one field at a time
        necessary_because=tuple(risk.reference for risk in row.risks),
        required_by=queries.legal_duties(reasons),
    )
    found = [*rules.needed_but_excluded([asked]), *rules.exclusion_problems([asked])]
    if found:
        raise RuleBroken(found[0].sentence, field=found[0].field, problems=found)


def _write_entry(
    actor: Actor, row: StatementRow, wanted: Decision, *, row_version: int, now: datetime.datetime
) -> None:
    is_written = write_version(
        SoAEntry.objects.filter(pk=row.entry.pk),
        row_version,
        is_included=wanted.included,
        justification=wanted.justification,
        exclusion_link=wanted.exclusion_link if wanted.included is False else "",
        decided_by_id=None if wanted.included is None else actor.member_id,
        decided_at=None if wanted.included is None else now,
    )
    if not is_written:
        raise _conflict(row, wanted)


def _conflict(row: StatementRow, wanted: Decision) -> StaleState:
    theirs = row.entry
    who = theirs.decided_by.name if theirs.decided_by else "Somebody"
    when = f" at {timezone.localtime(theirs.decided_at):%H:%M}" if theirs.decided_at else ""
    return StaleState(
        f"{who} changed {row.control.reference}{when}. Keep yours or take theirs.",
        yours=_shown(wanted.included, [r.kind for r in wanted.reasons or ()], wanted.justification),
        theirs={
            **_shown(theirs.is_included, row.kinds, theirs.justification),
            "who": who,
            "row_version": theirs.row_version,
        },
    )


def _shown(included: bool | None, kinds: Sequence[str], justification: str | None) -> dict[str, Any]:
    return {
        "included": {True: "Yes", False: "No", None: "Undecided"}[included],
        "reasons": ", ".join(ReasonKind(kind).label for kind in kinds),
        "justification": justification or "",
    }


def _write_reasons(row: StatementRow, wanted: Decision) -> None:
    """Written anew: there are at most five. A control left out has no reasons to be included."""
    if row.reasons:
        SoAReason.objects.filter(entry=row.entry).delete()
    if wanted.included is False:
        return
    reasons = [_stored_reason(row.entry, reason) for reason in wanted.reasons or ()]
    SoAReason.objects.bulk_create(fill_organization(reasons))


def _stored_reason(entry: SoAEntry, reason: rules.Reason) -> SoAReason:
    # The links of a risk treatment are computed from the treatments.
    link = "" if reason.kind == ReasonKind.RISK_TREATMENT else reason.link.strip()
    return SoAReason(entry=entry, kind=reason.kind, link=link, text=reason.text.strip())


def _move_control(
    actor: Actor, control: Control, soa: StatementOfApplicability, wanted: Decision, *, now: datetime.datetime
) -> None:
    if wanted.included is False:
        if control.state != ImplementationState.EXCLUDED:
            implementation.exclude(
                actor=actor, control=control, soa=soa, justification=wanted.justification or "", now=now
            )
        return
    if control.state == ImplementationState.EXCLUDED:
        implementation.include(actor=actor, control=control, soa=soa, now=now)
    if wanted.target_date is not None and wanted.target_date != control.target_date:
        library.edit_control(
            actor=actor,
            control=control,
            changes={"target_date": wanted.target_date},
            row_version=control.row_version,
            now=now,
        )
    if wanted.status:
        implementation.move_to(actor=actor, control=control, state=wanted.status, now=now)
