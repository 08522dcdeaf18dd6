"""Reads of the context of the AIMS: the register of issues, and clause 4 on one page."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from inventory.enums import IssueKind, IssueStanding, IssueTheme, OrganizationRole
from inventory.models import AISystem, ClimateDecision, ContextIssue, ScopeStatement
from inventory.queries.governance import Governance, governance
from inventory.queries.parties import affected_are_among, need_counts
from inventory.queries.parties import view_counts as party_counts
from inventory.queries.systems import label_of
from inventory.rules.context import ContextFacts, Missing, missing

VIEWS = {
    "": "All",
    "open": "Open",
    "internal": "Internal",
    "external": "External",
    "no_owner": "Without owner",
    "review_overdue": "Review overdue",
    "closed": "No longer matter",
}
#: What ?sort= calls a column.
SORTS = {
    "ref": "id",
    "title": "title",
    "kind": "kind",
    "theme": "theme",
    "standing": "standing",
    "owner": "owner__name",
    "review": "next_review_date",
}
ROW_FIELDS = (
    "id",
    "reference",
    "title",
    "kind",
    "theme",
    "effect",
    "owner_id",
    "standing",
    "last_reviewed_on",
    "next_review_date",
    "row_version",
)
MATTERS = ~Q(standing=IssueStanding.CLOSED)


@dataclass(frozen=True)
class IssueFilters:
    view: str = ""
    q: str = ""
    kind: str = ""
    theme: str = ""
    standing: str = ""


@dataclass(frozen=True)
class IssueRow:
    id: int
    reference: str
    title: str
    kind: str
    theme: str
    effect: str
    owner: str
    standing: str
    standing_label: str
    last_reviewed_on: datetime.date | None
    next_review_date: datetime.date | None
    is_review_overdue: bool
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]


def _conditions(on: datetime.date) -> dict[str, Q]:
    return {
        "open": Q(standing=IssueStanding.OPEN),
        "internal": Q(kind=IssueKind.INTERNAL) & MATTERS,
        "external": Q(kind=IssueKind.EXTERNAL) & MATTERS,
        "no_owner": Q(owner=None) & MATTERS,
        "review_overdue": Q(next_review_date__lt=on) & MATTERS,
        "closed": Q(standing=IssueStanding.CLOSED),
    }


def issues(filters: IssueFilters, *, on: datetime.date) -> QuerySet[Any]:
    found = ContextIssue.objects.filter(_conditions(on).get(filters.view, Q()))
    for column in ("kind", "theme", "standing"):
        if getattr(filters, column):
            found = found.filter(**{column: getattr(filters, column)})
    for word in filters.q.split():
        found = found.filter(
            Q(title__icontains=word)
            | Q(reference__icontains=word)
            | Q(description__icontains=word)
            | Q(source__icontains=word)
        )
    return found


def rows(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    """Plain values; `issue_rows` puts them into words."""
    return found.values(*ROW_FIELDS, *also, owner_name=F("owner__name"))


def issue_rows(values: Iterable[Mapping[str, Any]], *, on: datetime.date) -> list[IssueRow]:
    return [_row(each, on=on) for each in values]


def _row(each: Mapping[str, Any], *, on: datetime.date) -> IssueRow:
    review, standing = each["next_review_date"], each["standing"]
    return IssueRow(
        id=each["id"],
        reference=each["reference"],
        title=each["title"],
        kind=label_of(IssueKind, each["kind"]),
        theme=label_of(IssueTheme, each["theme"]),
        effect=each["effect"],
        owner=each["owner_name"] or "",
        standing=standing,
        standing_label=label_of(IssueStanding, standing),
        last_reviewed_on=each["last_reviewed_on"],
        next_review_date=review,
        is_review_overdue=bool(review and review < on and standing != IssueStanding.CLOSED),
        said=each,
    )


def view_counts(*, on: datetime.date) -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in _conditions(on).items()}
    found = ContextIssue.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


def climate_decisions() -> QuerySet[Any]:
    return ClimateDecision.objects.select_related("decided_by")


@dataclass(frozen=True)
class RoleCount:
    role: str
    title: str
    systems: int
    in_scope: int


@dataclass(frozen=True)
class SystemCounts:
    roles: tuple[RoleCount, ...]
    total: int
    in_scope: int
    out_of_scope: int
    undecided: int
    without_role: int


def system_counts() -> SystemCounts:
    """One query: which roles the organization has, over how many systems (4.1), and the scope (4.3)."""
    asked = {
        "total": Count("pk"),
        "in_scope": Count("pk", filter=Q(is_in_scope=True)),
        "out_of_scope": Count("pk", filter=Q(is_in_scope=False)),
        "undecided": Count("pk", filter=Q(is_in_scope=None)),
        "without_role": Count("pk", filter=Q(organization_roles=[])),
    }
    for role in OrganizationRole.values:
        has = Q(organization_roles__contains=[role])
        asked[f"role_{role}"] = Count("pk", filter=has)
        asked[f"scope_{role}"] = Count("pk", filter=has & Q(is_in_scope=True))
    found = AISystem.objects.aggregate(**asked)
    roles = tuple(
        RoleCount(value, label, found[f"role_{value}"], found[f"scope_{value}"])
        for value, label in OrganizationRole.choices
    )
    names = ("total", "in_scope", "out_of_scope", "undecided", "without_role")
    return SystemCounts(roles=roles, **{name: found[name] for name in names})


@dataclass(frozen=True)
class Context:
    """Clause 4 on one page."""

    scope: ScopeStatement | None
    waiting: ScopeStatement | None
    climate: ClimateDecision | None
    earlier_climate: list[ClimateDecision]
    systems: SystemCounts
    issues: Mapping[str, int]
    parties: Mapping[str, int]
    needs: Mapping[str, int]
    governance: Governance
    missing: list[Missing]


def context_of(*, on: datetime.date) -> Context:
    """A fixed number of queries."""
    versions = list(ScopeStatement.objects.select_related("author", "approved_by"))
    scope = next((each for each in versions if each.approved_at), None)
    waiting = versions[0] if versions and not versions[0].approved_at else None
    systems, counts, decisions = system_counts(), view_counts(on=on), list(climate_decisions())
    parties, needs, bodies = party_counts(on=on), need_counts(), governance(on=on)
    facts = ContextFacts(
        scope_approved=scope is not None,
        scope_waits=waiting is not None,
        scope_has_sites=bool(scope and scope.sites),
        systems_undecided=systems.undecided,
        systems_without_role=systems.without_role,
        internal_issues=counts["internal"],
        external_issues=counts["external"],
        issues_without_owner=counts["no_owner"],
        issues_overdue=counts["review_overdue"],
        climate_decided=bool(decisions),
        parties=parties[""] - parties["ended"],
        affected_among_parties=affected_are_among(),
        parties_without_needs=parties["no_needs"],
        parties_overdue=parties["review_overdue"],
        needs_undecided=needs["open"],
        bodies=bodies.bodies,
        bodies_without_chair=bodies.without_chair,
        bodies_quiet=bodies.quiet,
        decisions_overdue=bodies.overdue_decisions,
    )
    climate = decisions[0] if decisions else None
    return Context(
        scope, waiting, climate, decisions[1:], systems, counts, parties, needs, bodies, missing(facts)
    )
