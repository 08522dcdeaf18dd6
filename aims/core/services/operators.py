"""What operators of the installation do with organizations and with each other, by page and by command."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from aims.core import trail
from aims.core.actor import system_actor
from aims.core.enums import Role
from aims.core.exceptions import RuleBroken
from aims.core.messages import tell
from aims.core.models import Member, Organization, Person
from aims.core.operating import ALIAS, Operator, operating
from aims.core.services.organizations import add_member, change_roles, create_organization
from aims.core.tenancy.context import acting_as, acting_in

LONGEST_REASON = 300


def open_organization(
    *, operator: Operator, name: str, slug: str, time_zone: str, admin_email: str, admin_name: str
) -> tuple[Organization, Person]:
    """A new organization with its first administrator, or neither."""
    slug = slug or slugify(name)
    try:
        validate_slug(slug)
    except ValidationError as refused:
        raise RuleBroken("Give an address of letters and digits.", field="slug") from refused
    with operating(operator, "organization.opened", slug=slug), transaction.atomic():
        organization = create_organization(name=name, slug=slug, time_zone=time_zone, now=timezone.now())
        with acting_in(organization) as actor:
            member = add_member(actor=actor, email=admin_email, name=admin_name, roles=[Role.ADMIN])
    return organization, member.user


def suspend_organization(*, operator: Operator, slug: str, reason: str) -> None:
    """Close an organization to everybody from their next request on; its jobs and mails wait."""
    reason = reason_of(reason)
    with operating(operator, "organization.suspended", slug=slug, reason=reason):
        found = organization_named(slug)
        changed = _organizations().filter(pk=found.pk, suspended_at=None)
        if not changed.update(suspended_at=timezone.now(), suspension_reason=reason):
            raise RuleBroken(f"“{slug}” is suspended already.")
        _tell_its_trail(operator, found, "organization.suspended", reason)


def resume_organization(*, operator: Operator, slug: str, reason: str) -> None:
    """Open a suspended organization again. The sweeper takes its waiting work up by itself."""
    reason = reason_of(reason)
    with operating(operator, "organization.resumed", slug=slug, reason=reason):
        found = organization_named(slug)
        changed = _organizations().filter(pk=found.pk).exclude(suspended_at=None)
        if not changed.update(suspended_at=None, suspension_reason=""):
            raise RuleBroken(f"“{slug}” is not suspended.")
        _tell_its_trail(operator, found, "organization.resumed", reason)


def appoint_administrator(*, operator: Operator, slug: str, email: str, reason: str) -> None:
    """Give the role to a named active member, only where no active administrator is left."""
    reason = reason_of(reason)
    email = email.strip().lower()
    with operating(operator, "administrator.appointed", slug=slug, reason=reason), transaction.atomic():
        found = organization_named(slug)
        actor = system_actor(found.pk, name=operator.name)
        with acting_as(actor):
            # Two operators at once: the second sees the administrator of the first.
            organization = Organization.objects.select_for_update().get(pk=found.pk)
            here = Member.objects.active().filter(user__is_active=True)
            if here.with_role(Role.ADMIN).exists():
                raise RuleBroken(f"“{slug}” has an active administrator. Ask there.")
            member = here.filter(email=email).first()
            if member is None:
                raise RuleBroken(f"{email} is no active member of “{slug}”.", field="email")
            change_roles(actor=actor, member=member, roles=[*member.roles, Role.ADMIN])
            after = {"member": member.pk, "by": operator.label}
            trail.record(actor, "administrator.appointed", organization, reason=reason, after=after)
            _tell_of_administrator(organization, member, reason)


def _tell_of_administrator(organization: Organization, appointed: Member, reason: str) -> None:
    text = f"An operator of the installation made {appointed.name} administrator: {reason}"
    dedupe = f"administrator-appointed:{timezone.now().isoformat()}"
    url = reverse("trail", args=[organization.slug])
    leading = Member.objects.with_role(Role.COMPLIANCE_LEAD, Role.TOP_MANAGEMENT)
    for member in {appointed.pk: appointed, **{each.pk: each for each in leading}}.values():
        subject = f"{organization.name}: a new administrator"
        tell(member, dedupe=dedupe, text=text, url=url, mail_subject=subject)


def grant_operator(*, operator: Operator, email: str) -> None:
    """Make a person an operator; they need a second factor before the site opens."""
    _set_operator(operator, email, wanted=True)


def revoke_operator(*, operator: Operator, email: str) -> None:
    """Holds from the person's next request on."""
    _set_operator(operator, email, wanted=False)


def _set_operator(operator: Operator, email: str, *, wanted: bool) -> None:
    email = email.strip().lower()
    action = "operator.granted" if wanted else "operator.revoked"
    with operating(operator, action, after={"email": email}):
        people = Person.objects.using(ALIAS).filter(email=email)
        if not people.exists():
            raise RuleBroken(f"Nobody has the address {email}.", field="email")
        if not people.filter(is_operator=not wanted).update(is_operator=wanted):
            raise RuleBroken(f"{email} is {'an' if wanted else 'no'} operator already.", field="email")


def _organizations() -> models.QuerySet[Organization]:
    return Organization.objects.using(ALIAS)


def organization_named(slug: str) -> Organization:
    """By the operators' login; only inside `operating`."""
    found = _organizations().filter(slug=slug).first()
    if found is None:
        raise RuleBroken(f"There is no organization “{slug}”.", field="slug")
    return found


def reason_of(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise RuleBroken("Give a reason.", field="reason")
    if len(text) > LONGEST_REASON:
        raise RuleBroken(f"Keep the reason within {LONGEST_REASON} characters.", field="reason")
    return text


def _tell_its_trail(operator: Operator, organization: Organization, action: str, reason: str) -> None:
    actor = system_actor(organization.pk, name=operator.name)
    with acting_as(actor):
        trail.record(actor, action, organization, reason=reason, after={"by": operator.label})
