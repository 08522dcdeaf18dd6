"""Whom the app tells: the people of a role, and the auditees of an audit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db import models
from django.urls import reverse

from aims.core.enums import Role
from aims.core.messages import tell
from aims.core.models import Member, Organization
from aims.core.tenancy.context import current_actor
from audits.models import Audit
from controls.models import Control
from inventory.models import AISystem


def leads() -> list[Member]:
    return list(Member.objects.with_role(Role.COMPLIANCE_LEAD))


def management() -> list[Member]:
    return list(Member.objects.with_role(Role.COMPLIANCE_LEAD, Role.TOP_MANAGEMENT))


def auditees(audit: Audit) -> list[Member]:
    """Who owns a control among the criteria or a system in the scope."""
    chosen = audit.systems.values("system_id")
    systems = AISystem.objects.in_scope()
    if audit.systems.exists():
        systems = AISystem.objects.filter(pk__in=chosen)
    controls = Control.objects.filter(reference__in=audit.criteria)
    owners = {*controls.values_list("owner_id", flat=True), *systems.values_list("owner_id", flat=True)}
    return list(Member.objects.active().filter(pk__in=owners - {None}))


def page_of(obj: models.Model, url_name: str) -> str:
    """The address of a record; known without asking for the organization once per row."""
    slug = Organization.objects.get(pk=current_actor().organization_id).slug
    return reverse(url_name, args=[slug, obj.pk])


def tell_all(
    members: Iterable[Member], *, obj: models.Model, what: str, text: str, url_name: str, mail: bool = True
) -> None:
    """Tell each of them once about this event of this record."""
    url = page_of(obj, url_name)
    said = hashlib.sha256(text.encode()).hexdigest()[:8]
    for member in {each.pk: each for each in members}.values():
        tell(
            member,
            dedupe=f"{obj._meta.label_lower}:{obj.pk}:{what}:{said}",
            text=text,
            url=url,
            mail_subject=text[:120] if mail else "",
        )
