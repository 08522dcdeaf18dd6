"""What the organization's directory sees of it: members with addresses in verified domains, and groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from aims.core.models import DirectoryGroup, DirectoryGroupMember, EmailDomain, Member
from aims.core.numbers import whole_number
from aims.core.scim import Condition, ScimError

LOOKUPS = {"eq": "iexact", "ne": "iexact", "co": "icontains", "sw": "istartswith", "ew": "iendswith"}
USER_COLUMNS = {
    "username": "email",
    "emails": "email",
    "emails.value": "email",
    "displayname": "name",
    "name.formatted": "name",
    "externalid": "provisioned__external_id",
}
GROUP_COLUMNS = {"displayname": "name", "externalid": "external_id"}


def users() -> QuerySet[Any]:
    domains = EmailDomain.objects.verified().values_list("domain", flat=True)  # type: ignore[attr-defined]
    inside = Q(pk__in=[])
    for domain in domains:
        inside |= Q(email__endswith=f"@{domain}")
    return Member.objects.filter(inside).prefetch_related("provisioned").order_by("pk")  # type: ignore[misc]


def groups() -> QuerySet[Any]:
    entries = DirectoryGroupMember.objects.select_related("member").order_by("pk")
    return DirectoryGroup.objects.prefetch_related(Prefetch("entries", queryset=entries)).order_by("pk")


def filtered_users(conditions: Iterable[Condition]) -> QuerySet[Any]:
    return _filtered(users(), conditions, USER_COLUMNS, {"id": _id, "active": _active})


def filtered_groups(conditions: Iterable[Condition]) -> QuerySet[Any]:
    return _filtered(groups(), conditions, GROUP_COLUMNS, {"id": _id, "members.value": _member})


def _filtered(
    rows: QuerySet[Any],
    conditions: Iterable[Condition],
    columns: dict[str, str],
    special: dict[str, Callable[[str], Q]],
) -> QuerySet[Any]:
    for condition in conditions:
        negated = condition.operator == "ne"
        if condition.name in special and condition.operator in {"eq", "ne"}:
            found = special[condition.name](condition.value)
        elif condition.name not in columns:
            raise ScimError(400, f"{condition.name} cannot be filtered by.", "invalidFilter")
        elif condition.operator == "pr":
            found = ~Q(**{columns[condition.name]: ""}) & Q(**{f"{columns[condition.name]}__isnull": False})
        else:
            found = Q(**{f"{columns[condition.name]}__{LOOKUPS[condition.operator]}": condition.value})
        rows = rows.exclude(found) if negated else rows.filter(found)
    return rows


def _id(value: str) -> Q:
    return Q(pk=whole_number(value) or 0)


def _member(value: str) -> Q:
    return Q(entries__member_id=whole_number(value) or 0)


def _active(value: str) -> Q:
    return Q(is_active=value.lower() == "true")
