"""Reads of disclosures, and of what a transparency page says."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from aims.core.models import Snapshot
from aims.core.numbers import whole_number
from inventory.enums import AIType, AutomationDegree, DisclosureAudience, DisclosureKind, OrganizationRole
from inventory.models import AISystem, Disclosure, DisclosureEvidence, TransparencyPage
from inventory.queries.systems import label_of

VIEWS = {
    "": "All",
    "shown": "Shown",
    "no_proof": "No proof",
    "review_overdue": "Review overdue",
    "ended": "Ended",
}
#: What ?sort= calls a column.
SORTS = {
    "ref": "id",
    "system": "system__name",
    "kind": "kind",
    "owner": "owner__name",
    "review": "review_date",
}
#: What a page can say of a system, in its order; none of it names a person inside.
FIELDS = {
    "version": "Version",
    "purpose": "Purpose",
    "intended_use": "Intended use",
    "excluded_uses": "Not meant for",
    "organization_roles": "Our role",
    "ai_type": "Kind of AI",
    "automation_degree": "Degree of automation",
    "supplier": "Supplier",
    "model": "Model",
    "data_classes": "Kinds of data",
    "affected_people": "People affected",
    "places": "Where it is used",
    "languages": "Languages",
    "live_since": "In use since",
}


@dataclass(frozen=True)
class DisclosureFilters:
    view: str = ""
    q: str = ""
    kind: str = ""
    audience: str = ""
    system: str = ""


@dataclass(frozen=True)
class DisclosureRow:
    id: int
    reference: str
    system_id: int
    system: str
    kind: str
    kind_label: str
    audience: str
    audience_label: str
    language: str
    shown_where: str
    owner: str
    proofs: int
    review_date: datetime.date | None
    ended_on: datetime.date | None
    is_review_overdue: bool
    row_version: int
    #: As it was read, with what was asked for beside these.
    said: Mapping[str, Any]

    @property
    def said_apart(self) -> str:
        """Many tell the same kind of thing."""
        return self.reference


def _conditions(on: datetime.date) -> dict[str, Q]:
    proven = DisclosureEvidence.objects.values("disclosure_id")
    return {
        "shown": Q(ended_on=None),
        "no_proof": Q(ended_on=None) & ~Q(pk__in=proven),
        "review_overdue": Q(ended_on=None, review_date__lt=on),
        "ended": ~Q(ended_on=None),
    }


def disclosures(filters: DisclosureFilters, *, on: datetime.date) -> QuerySet[Any]:
    found = Disclosure.objects.filter(_conditions(on).get(filters.view, Q()))
    for column in ("kind", "audience"):
        if getattr(filters, column):
            found = found.filter(**{column: getattr(filters, column)})
    if system := whole_number(filters.system):
        found = found.filter(system_id=system)
    for word in filters.q.split():
        found = found.filter(
            Q(text__icontains=word) | Q(reference__icontains=word) | Q(shown_where__icontains=word)
        )
    return found


def rows(found: QuerySet[Any], also: Iterable[str] = ()) -> QuerySet[Any]:
    return found.values(
        *("id", "reference", "system_id", "kind", "audience", "language", "shown_where", "review_date"),
        *("ended_on", "is_on_page", "row_version"),
        *also,
        system_name=F("system__name"),
        owner_name=F("owner__name"),
    ).annotate(proofs=Count("evidence_links"))


def disclosure_rows(values: Iterable[Mapping[str, Any]], *, on: datetime.date) -> list[DisclosureRow]:
    return [_row(each, on) for each in values]


def _row(each: Mapping[str, Any], on: datetime.date) -> DisclosureRow:
    review, ended = each["review_date"], each["ended_on"]
    return DisclosureRow(
        id=each["id"],
        reference=each["reference"],
        system_id=each["system_id"],
        system=each["system_name"],
        kind=each["kind"],
        kind_label=label_of(DisclosureKind, each["kind"]),
        audience=each["audience"],
        audience_label=label_of(DisclosureAudience, each["audience"]),
        language=each["language"],
        shown_where=each["shown_where"],
        owner=each["owner_name"] or "",
        proofs=each["proofs"],
        review_date=review,
        ended_on=ended,
        is_review_overdue=bool(review and review < on and not ended),
        row_version=each["row_version"],
        said=each,
    )


def view_counts(*, on: datetime.date) -> dict[str, int]:
    counts = {f"n_{view}": Count("pk", filter=condition) for view, condition in _conditions(on).items()}
    found = Disclosure.objects.aggregate(n_=Count("pk"), **counts)
    return {view: found[f"n_{view}"] for view in VIEWS}


def proofs_of(disclosure: Disclosure) -> list[DisclosureEvidence]:
    return list(disclosure.evidence_links.select_related("evidence").order_by("shown_on", "id"))


def disclosures_of(system: AISystem) -> list[Disclosure]:
    return list(Disclosure.objects.shown().filter(system=system).order_by("id"))


def page_of(system: AISystem) -> TransparencyPage | None:
    found = TransparencyPage.objects.select_related("published_by", "system")
    page: TransparencyPage | None = found.filter(system=system).first()
    return page


def address_of(page: TransparencyPage | None) -> str:
    if page is None or not page.is_public:
        return ""
    return f"{settings.BASE_URL}{reverse('public_transparency', args=[page.token])}"


def versions_of(page: TransparencyPage | None) -> list[Snapshot]:
    """Every version that stood outside, the newest first."""
    if page is None:
        return []
    found = Snapshot.objects.filter(kind=TransparencyPage._meta.label_lower, object_id=page.pk)
    return list(found.select_related("taken_by").order_by("-version"))


def content_of(page: TransparencyPage) -> dict[str, Any]:
    """What the page says: all of it was chosen, and nothing in it leads back inside."""
    system = page.system
    said = [(FIELDS[key], said_of(system, key)) for key in FIELDS if key in page.fields]
    chosen = Disclosure.objects.shown().filter(system=system, is_on_page=True).order_by("id")
    return {
        "title": page.title,
        "publisher": page.publisher,
        "language": page.language,
        "intro": page.intro,
        "contact": page.contact,
        "allows_search": page.allows_search,
        "facts": [{"label": label, "value": value} for label, value in said if value],
        "disclosures": [
            {
                "kind": label_of(DisclosureKind, each.kind),
                "audience": label_of(DisclosureAudience, each.audience),
                "language": each.language,
                "text": each.text,
                "where": each.shown_where,
            }
            for each in chosen
        ],
    }


def said_of(system: AISystem, key: str) -> str:
    """One value of a system, in words for outsiders."""
    if key == "model":
        return " ".join(part for part in (system.model_name, system.model_version) if part)
    if key == "organization_roles":
        return ", ".join(label_of(OrganizationRole, role) for role in system.organization_roles)
    if key == "ai_type":
        return label_of(AIType, system.ai_type)
    if key == "automation_degree":
        return label_of(AutomationDegree, system.automation_degree)
    value = getattr(system, key)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def published(token: str) -> dict[str, Any] | None:
    """The frozen content behind an address; asked without any organization."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT transparency_by_token(%s)", [token])
        text = cursor.fetchone()[0]
    return json.loads(text) if text else None
