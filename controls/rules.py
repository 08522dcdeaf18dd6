"""The hard rules of the Statement of Applicability, its comparison, and the machines SM-08 and SM-09."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aims.core.exceptions import Problem
from aims.core.machines import Machine, step
from controls.competence import COMPETENCE

SOA = Machine(
    id="SM-08",
    entity="SoA",
    noun="Statement of Applicability",
    initial="draft",
    final=frozenset({"superseded"}),
    transitions=(
        step(
            "draft",
            "submit",
            "in_review",
            by="compliance_lead",
            guards=(
                "all 38 controls and all additional controls decided",
                "every included control has at least one inclusion reason and link",
                "every exclusion has reason and link to risk assessment or external requirement",
                "no control needed by a treatment is excluded",
            ),
        ),
        step("in_review", "return", "draft", by="top_management", guards=("comment given",)),
        step(
            "in_review",
            "approve",
            "approved",
            by="top_management",
            guards=("actor is not author",),
            effects=(
                "version and date stamped",
                "frozen copy with hash",
                "supersede earlier",
                "pack refresh",
            ),
        ),
        step("approved", "supersede", "superseded", by="system", guards=("newer approved",)),
    ),
)

IMPLEMENTATION = Machine(
    id="SM-09",
    entity="SoAEntry",
    noun="control",
    initial="not_started",
    final=frozenset(),
    labels={
        "plan": "Plan",
        "start": "Start",
        "complete": "Mark as implemented",
        "verify": "Verify",
        "degrade": "Report a failure",
        "repair": "Repair",
    },
    transitions=(
        step(
            "not_started", "plan", "planned", by="control_owner compliance_lead", guards=("owner and date",)
        ),
        step("planned", "start", "in_progress", by="control_owner"),
        step(
            "in_progress",
            "complete",
            "implemented",
            by="control_owner",
            guards=("at least one current evidence item",),
            effects=("verification due",),
        ),
        step(
            "implemented",
            "verify",
            "verified",
            by="internal_auditor compliance_lead",
            guards=("verifier is not control owner", "test recorded"),
            effects=("set next review",),
        ),
        step(
            "verified",
            "degrade",
            "degraded",
            by="system compliance_lead internal_auditor",
            guards=("evidence expired, test failed or finding raised",),
            effects=("notify owner",),
        ),
        step(
            "implemented",
            "degrade",
            "degraded",
            by="system compliance_lead internal_auditor",
            guards=("evidence expired or finding raised",),
            effects=("notify owner",),
        ),
        step("degraded", "repair", "in_progress", by="control_owner"),
        step(
            "not_started",
            "exclude",
            "excluded",
            by="compliance_lead",
            guards=("only in SoA draft", "justification given"),
        ),
        step(
            "planned",
            "exclude",
            "excluded",
            by="compliance_lead",
            guards=("only in SoA draft", "justification given"),
        ),
        step("excluded", "include", "not_started", by="compliance_lead", guards=("only in SoA draft",)),
    ),
)

MACHINES = (SOA, IMPLEMENTATION, COMPETENCE)

# Each kind of reason to include a control, as a sentence names it.
REASON_KINDS = {
    "risk_treatment": "risk treatment",
    "legal": "legal duty",
    "contract": "contract",
    "interested_party": "interested party",
    "business_decision": "business decision",
}
STATES = IMPLEMENTATION.states
UNFINISHED = frozenset({"not_started", "planned", "in_progress"})

# Said of nearly everything, these words justify nothing.
EMPTY_PHRASES = frozenset(
    (
        "not relevant",
        "not applicable",
        "not needed",
        "not necessary",
        "not required",
        "not in scope",
        "out of scope",
        "does not apply",
        "doesnt apply",
        "no need",
        "irrelevant",
        "unnecessary",
        "inapplicable",
        "excluded",
        "none",
        "no",
        "nil",
        "na",
        "n a",
        "tbd",
        "to be defined",
    )
)
# What is left out before comparing: “this control is … for our organization”.
PADDING = re.compile(
    r"^((this|the|control|it|is|we|simply|just) )+|( (for|to|here|us|our|the|organi[sz]ation|company))+$"
)
MIRRORS_CLAUSE = re.compile(r"A\.2\.[234]|A\.3\.2|A\.5\.\d+")
DEVELOPER_CONTROL = re.compile(r"A\.6\.1\.\d+|A\.6\.2\.[234]|A\.7\.\d+")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a control is included; `link` points at the treatment, law, contract or party."""

    kind: str
    link: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the statement as it is decided; `included` is `None` until somebody decides.

    `necessary_because` names the treatments that use the control and `required_by` the legal duties.
    """

    ref: str
    included: bool | None
    reasons: tuple[Reason, ...] = ()
    exclusion_text: str = ""
    exclusion_link: str = ""
    necessary_because: tuple[str, ...] = ()
    required_by: tuple[str, ...] = ()
    implementation_state: str = ""
    target_date: date | None = None
    how: str = ""
    owner: str = ""


def mirrors_clause(ref: str) -> bool:
    """The matching clause stays a requirement even when such a control is excluded."""
    return MIRRORS_CLAUSE.fullmatch(ref) is not None


def is_developer_control(ref: str) -> bool:
    return DEVELOPER_CONTROL.fullmatch(ref) is not None


def problems(
    rows: Sequence[Row], *, systems_with_developer_role: bool, library: Collection[str] = ()
) -> list[Problem]:
    """All that keeps a statement from being submitted; `library` lists the controls it must decide on."""
    return [
        *undecided(rows, library=library),
        *inclusion_problems(rows),
        *exclusion_problems(rows),
        *needed_but_excluded(rows),
        *implementation_problems(rows),
        *developer_problems(rows, systems_with_developer_role=systems_with_developer_role),
    ]


def undecided(rows: Sequence[Row], *, library: Collection[str] = ()) -> list[Problem]:
    times = Counter(row.ref for row in rows)
    found = [
        Problem(ref, "included", f"{ref} is missing: decide on it.") for ref in library if ref not in times
    ]
    found += [
        Problem(ref, "ref", f"{ref} is listed {n} times; keep one row.") for ref, n in times.items() if n > 1
    ]
    for row in rows:
        if row.included is None:
            found.append(Problem(row.ref, "included", f"Decide whether {row.ref} is included."))
    return found


def inclusion_problems(rows: Iterable[Row]) -> list[Problem]:
    found: list[Problem] = []
    for row in rows:
        if row.included:
            found += _reason_problems(row)
    return found


def _reason_problems(row: Row) -> list[Problem]:
    if not row.reasons:
        return [Problem(row.ref, "reasons", f"Say why {row.ref} is included.")]
    found = [problem for reason in row.reasons for problem in _one_reason_problems(row.ref, reason)]
    if not found and not any(reason.link.strip() for reason in row.reasons):
        sentence = f"Link at least one reason for {row.ref} to the record that it rests on."
        found.append(Problem(row.ref, "reasons", sentence))
    return found


def _one_reason_problems(ref: str, reason: Reason) -> list[Problem]:
    if reason.kind not in REASON_KINDS:
        return [Problem(ref, "reasons", f"“{reason.kind}” is not a reason to include {ref}.")]
    if reason.kind == "business_decision":
        missing = not reason.text.strip()
        sentence = f"Describe the business decision that includes {ref}."
    else:
        missing = not reason.link.strip()
        sentence = f"Link the {REASON_KINDS[reason.kind]} that includes {ref}."
    return [Problem(ref, "reasons", sentence)] if missing else []


def exclusion_problems(rows: Iterable[Row]) -> list[Problem]:
    found = []
    for row in rows:
        if row.included is not False:
            continue
        if not row.exclusion_text.strip():
            found.append(Problem(row.ref, "exclusion_text", f"Say why {row.ref} is excluded."))
        elif says_nothing(row.exclusion_text):
            said = row.exclusion_text.strip()
            sentence = f"“{said}” alone does not justify excluding {row.ref}: say what makes it so."
            found.append(Problem(row.ref, "exclusion_text", sentence))
        if not row.exclusion_link.strip():
            sentence = (
                f"Link the exclusion of {row.ref} to the risk assessment, requirement or exception behind it."
            )
            found.append(Problem(row.ref, "exclusion_link", sentence))
    return found


def says_nothing(text: str) -> bool:
    """Whether an exclusion only says that the control is excluded."""
    plain = " ".join(re.sub(r"[^\w ]", " ", re.sub("['’]", "", text.lower())).split())
    return not plain or plain in EMPTY_PHRASES or PADDING.sub("", plain).strip() in EMPTY_PHRASES


def needed_but_excluded(rows: Iterable[Row]) -> list[Problem]:
    found = []
    for row in rows:
        if row.included is False and row.necessary_because:
            needed_by = ", ".join(row.necessary_because)
            sentence = f"{row.ref} cannot be excluded: the treatment of {needed_by} uses it."
            found.append(Problem(row.ref, "included", sentence))
        if row.included is False and row.required_by:
            sentence = f"{row.ref} cannot be excluded: {', '.join(row.required_by)} requires it."
            found.append(Problem(row.ref, "included", sentence))
    return found


def implementation_problems(rows: Iterable[Row]) -> list[Problem]:
    found = [_implementation_problem(row) for row in rows if row.included is not None]
    return [problem for problem in found if problem]


def _implementation_problem(row: Row) -> Problem | None:
    state = row.implementation_state
    if row.included and state not in STATES - {"excluded"}:
        return Problem(row.ref, "implementation_state", f"Give the implementation status of {row.ref}.")
    if row.included is False and state not in ("excluded", ""):
        sentence = f"{row.ref} is excluded, so its implementation status is “excluded”."
        return Problem(row.ref, "implementation_state", sentence)
    if row.included and state in UNFINISHED and row.target_date is None:
        return Problem(row.ref, "target_date", f"{row.ref} is not implemented yet: give the target date.")
    return None


def developer_problems(rows: Iterable[Row], *, systems_with_developer_role: bool) -> list[Problem]:
    developing = [row for row in rows if is_developer_control(row.ref)]
    all_excluded = bool(developing) and all(row.included is False for row in developing)
    if not (all_excluded and systems_with_developer_role):
        return []
    sentence = "Not every development control can be excluded: the organization is developer of a system."
    return [Problem(developing[0].ref, "included", sentence)]


def warnings(rows: Iterable[Row], *, today: date | None = None) -> list[Problem]:
    """What an auditor will ask about although it may stand."""
    found: list[Problem] = []
    for row in rows:
        if row.included is False and mirrors_clause(row.ref):
            sentence = (
                f"{row.ref} mirrors a clause that stays a requirement even when the control is excluded."
            )
            found.append(Problem(row.ref, "included", sentence))
        if row.included:
            found += _inclusion_warnings(row, today)
    return found


def _inclusion_warnings(row: Row, today: date | None) -> list[Problem]:
    found = []
    if not row.owner:
        found.append(Problem(row.ref, "owner", f"{row.ref} has no owner."))
    if row.implementation_state in ("implemented", "verified") and not row.how.strip():
        found.append(Problem(row.ref, "how", f"Describe how {row.ref} is implemented."))
    if row.implementation_state == "degraded":
        found.append(Problem(row.ref, "implementation_state", f"{row.ref} no longer works as it should."))
    overdue = today and row.target_date and row.target_date < today
    if overdue and row.implementation_state in UNFINISHED:
        found.append(Problem(row.ref, "target_date", f"The target date of {row.ref} has passed."))
    return found


WORDING = ("title", "reasons", "justification", "exclusion_text", "exclusion_link", "how")


@dataclass(frozen=True, slots=True)
class Change:
    """One row that differs between two statements; `fields` names what differs in its wording."""

    ref: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    added: tuple[Change, ...]
    left_out: tuple[Change, ...]
    status_changed: tuple[Change, ...]
    wording_changed: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.left_out or self.status_changed or self.wording_changed)


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """What changed from one frozen statement to the next; a snapshot keeps its rows under `rows`."""
    before = {row["ref"]: row for row in old["rows"]}
    after = {row["ref"]: row for row in new["rows"]}
    refs = [*after, *(ref for ref in before if ref not in after)]
    changes = [_change(ref, before.get(ref), after.get(ref)) for ref in refs]
    return Comparison(
        added=tuple(c for c in changes if _included(c.after) and not _included(c.before)),
        left_out=tuple(c for c in changes if _included(c.before) and not _included(c.after)),
        status_changed=tuple(c for c in changes if _status_differs(c)),
        wording_changed=tuple(c for c in changes if c.fields),
    )


def _change(ref: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Change:
    if before is None or after is None:
        return Change(ref, before, after)
    differing = tuple(name for name in WORDING if before.get(name) != after.get(name))
    return Change(ref, before, after, differing)


def _included(row: Mapping[str, Any] | None) -> bool:
    return bool(row and row["included"])


def _status_differs(change: Change) -> bool:
    if not (_included(change.before) and _included(change.after)) or not change.before or not change.after:
        return False
    return bool(change.before["implementation_state"] != change.after["implementation_state"])
