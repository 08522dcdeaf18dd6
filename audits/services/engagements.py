"""External audits: the invitation of an auditor, what their access covers, and its end."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from aims.core import invitations, permissions, trail, transitions
from aims.core.actor import Actor
from aims.core.days import end_of_day, local_today, start_of_day
from aims.core.enums import GrantState
from aims.core.exceptions import RuleBroken
from aims.core.messages import send_later
from aims.core.models import AccessGrant, GrantedObject, Member, Organization, Person
from aims.core.rules import AUDITOR_GRANT
from aims.core.schedule import add_months
from aims.core.snapshots import freeze
from aims.core.templatetags.formats import day_text
from aims.core.tenancy.models import fill_organization
from audits import rules
from audits.enums import EngagementKind
from audits.models import Engagement
from audits.queries.coverage import Period, objects_covered
from audits.terms import terms_of
from controls.enums import SoAState
from controls.models import StatementOfApplicability
from inventory.models import AISystem

LONGEST_MONTHS = 12
WARNING_DAYS = 7
PRIVATE_MAIL = frozenset(
    {
        "gmail.com",
        "googlemail.com",
        "gmx.de",
        "gmx.net",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mail.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "web.de",
        "yahoo.com",
    }
)


@transaction.atomic
def create_engagement(
    *,
    actor: Actor,
    kind: str,
    title: str,
    body: str = "",
    auditor_name: str,
    auditor_email: str,
    from_date: datetime.date,
    until_date: datetime.date,
    systems: Iterable[AISystem],
    soa: StatementOfApplicability | None = None,
    period_from: datetime.date | None = None,
    period_to: datetime.date | None = None,
    may_download: bool = True,
    full_read: bool = False,
    now: datetime.datetime,
) -> Engagement:
    """Invite an external auditor to one audit: named person, named systems, from one day until another."""
    permissions.require(actor, "audits.manage_engagements")
    _check_window(from_date, until_date, now)
    _check_facts(kind, title, auditor_name, period_from, period_to, soa)
    email = _business_address(auditor_email)
    chosen = list(systems)
    if not chosen:
        raise RuleBroken("Choose at least one AI system for the scope.", field="systems")
    person = _person(auditor_name.strip(), email)
    starts_at, ends_at = _window(from_date, until_date)
    grant = AccessGrant.objects.create(
        user=person,
        name=auditor_name.strip(),
        firm=body.strip(),
        purpose=title.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        may_download=may_download,
        created_by_id=actor.member_id,
    )
    engagement = Engagement.objects.create(
        kind=kind,
        title=title.strip(),
        body=body.strip(),
        period_from=period_from,
        period_to=period_to,
        soa=soa,
        grant=grant,
        full_read=full_read,
        created_by_id=actor.member_id,
        created_at=now,
    )
    covered = _cover(engagement, chosen)
    after = {
        "grant": grant.pk,
        "until": until_date,
        "systems": [each.pk for each in chosen],
        "objects": covered,
    }
    trail.record(actor, "engagement.created", engagement, after=after)
    invitations.invite_auditor(actor=actor, grant=grant, now=now)
    return engagement


@transaction.atomic
def change_scope(
    *,
    actor: Actor,
    engagement: Engagement,
    systems: Iterable[AISystem],
    soa: StatementOfApplicability | None,
    period_from: datetime.date | None,
    period_to: datetime.date | None,
    full_read: bool = False,
    now: datetime.datetime,
) -> Engagement:
    """Widen or narrow what the auditor reads; new evidence of the same scope comes in as well."""
    permissions.require(actor, "audits.manage_engagements", engagement)
    _require_alive(engagement)
    chosen = list(systems)
    if not chosen:
        raise RuleBroken("Choose at least one AI system for the scope.", field="systems")
    _check_period(period_from, period_to)
    before = {
        "systems": systems_of(engagement),
        "period": [engagement.period_from, engagement.period_to],
        "full_read": engagement.full_read,
    }
    engagement.soa, engagement.period_from, engagement.period_to = soa, period_from, period_to
    engagement.full_read = full_read
    engagement.save(update_fields=["soa", "period_from", "period_to", "full_read"])
    covered = _cover(engagement, chosen)
    after = {
        "systems": [each.pk for each in chosen],
        "period": [period_from, period_to],
        "full_read": full_read,
        "objects": covered,
    }
    trail.record(actor, "engagement.scope_changed", engagement, before=before, after=after)
    return engagement


def refresh_scope(*, actor: Actor, engagement: Engagement, now: datetime.datetime) -> Engagement:
    """Show the auditor what was added to the same scope since it was last fixed."""
    return change_scope(
        actor=actor,
        engagement=engagement,
        systems=AISystem.objects.filter(pk__in=systems_of(engagement)),
        soa=engagement.soa,
        period_from=engagement.period_from,
        period_to=engagement.period_to,
        full_read=engagement.full_read,
        now=now,
    )


@transaction.atomic
def extend(
    *, actor: Actor, engagement: Engagement, until_date: datetime.date, reason: str, now: datetime.datetime
) -> Engagement:
    """Move the last day, in either direction but never into the past."""
    permissions.require(actor, "audits.manage_engagements", engagement)
    _require_alive(engagement)
    if not reason.strip():
        raise RuleBroken("Give a reason.", field="reason")
    grant = engagement.grant
    from_date = local_today(grant.starts_at)
    _check_window(from_date, until_date, now)
    before = {"ends_at": grant.ends_at}
    grant.ends_at = _window(from_date, until_date)[1]
    grant.save(update_fields=["ends_at"])
    after = {"ends_at": grant.ends_at}
    trail.record(actor, "engagement.extended", engagement, before=before, after=after, reason=reason)
    return engagement


@transaction.atomic
def revoke_engagement(
    *, actor: Actor, engagement: Engagement, reason: str, now: datetime.datetime
) -> Engagement:
    """End the access at once: the next request finds nothing."""
    permissions.require(actor, "core.manage_grants", engagement)
    changes = {"revoked_at": now, "revoke_reason": reason.strip()[:300]}
    given = {"reason": reason}
    transitions.move(
        AUDITOR_GRANT, engagement.grant, "revoke", actor=actor, now=now, given=given, changes=changes
    )
    return engagement


def can_be_previewed(engagement: Engagement, *, now: datetime.datetime) -> bool:
    """Before the auditor comes too, so that nothing is shown that was not meant."""
    grant = engagement.grant
    alive = grant.state in {GrantState.INVITED, GrantState.ACTIVE}
    return alive and grant.revoked_at is None and grant.ends_at > now


@transaction.atomic
def begin_preview(*, actor: Actor, engagement: Engagement) -> None:
    """Look as the auditor would; the auditor's own notes and drafts stay theirs."""
    permissions.require(actor, "core.preview_grant")
    if not can_be_previewed(engagement, now=timezone.now()):
        raise RuleBroken("This access has ended. There is nothing to look at.", code="state")
    trail.record(actor, "engagement.preview_begun", engagement)


def end_preview(*, actor: Actor, engagement: Engagement) -> None:
    trail.record(actor, "engagement.preview_ended", engagement)


@transaction.atomic
def accept_terms(*, actor: Actor, terms: bool, now: datetime.datetime) -> AccessGrant:
    """The auditor accepts the terms; from now on the scope opens to them."""
    permissions.require(actor, "core.accept_grant")
    grant = AccessGrant.objects.select_related("user").get(pk__in=[actor.grant_id])
    transitions.move(
        AUDITOR_GRANT,
        grant,
        "accept",
        actor=actor,
        now=now,
        given={"terms": terms},
        changes={"accepted_at": now},
    )
    _seal_terms(actor, grant, now)
    return grant


def _seal_terms(actor: Actor, grant: AccessGrant, now: datetime.datetime) -> None:
    """What was accepted, by whom and when, as a record that nobody can change. The name is the session's."""
    engagement = Engagement.objects.filter(grant=grant).first()
    if engagement is None:
        return
    text = terms_of(Organization.objects.get(pk=actor.organization_id).name)
    person = Person.objects.get(pk__in=[actor.user_id])
    content = {
        "terms": {"version": text.version, "sentences": list(text.sentences)},
        "terms_sha256": text.sha256,
        "name": person.name,
        "email": person.email,
        "firm": grant.firm,
        "grant": grant.pk,
        "accepted_at": now,
    }
    engagement.terms = freeze(actor, engagement, content, now=now)
    engagement.save(update_fields=["terms"])
    after = {"terms_sha256": text.sha256, "snapshot": engagement.terms.pk}
    trail.record(actor, "engagement.terms_sealed", engagement, after=after)


def warn_of_end(actor: Actor, today: datetime.date) -> None:
    """Seven days before the end the auditor is told by mail; the lead by the reminder of the portal."""
    organization = Organization.objects.get(pk=actor.organization_id)
    for engagement in Engagement.objects.filter(grant__state=GrantState.ACTIVE).select_related("grant__user"):
        last_day = local_today(engagement.grant.ends_at)
        if 0 <= (last_day - today).days <= WARNING_DAYS:
            send_later(
                dedupe=f"engagement:{engagement.pk}:ends:{last_day}",
                recipient=engagement.grant.user.email,
                subject=f"Your access to {organization.name} ends on {day_text(last_day)}",
                text=(
                    f"{engagement.grant.name},\n\nyour access for “{engagement.title}” ends with "
                    f"{day_text(last_day)}. Ask {organization.name} if you need longer.\n\n"
                    f"{settings.BASE_URL}{reverse('home', args=[organization.slug])}"
                ),
            )


def end_expired(actor: Actor, today: datetime.date) -> None:
    """Daily: say in the record what the database does by itself when the window closes."""
    now = start_of_day(today)
    for grant in AccessGrant.objects.filter(state=GrantState.ACTIVE, ends_at__lte=now):
        transitions.move(AUDITOR_GRANT, grant, "end", actor=actor, now=now)


def cover_again(engagement: Engagement) -> int:
    """After an answer was handed in: the same scope, with what answers requests now."""
    return _cover(engagement, list(AISystem.objects.filter(pk__in=systems_of(engagement))))


def systems_of(engagement: Engagement) -> list[int]:
    rows = GrantedObject.objects.filter(grant_id=engagement.grant_id, object_type=AISystem._meta.label_lower)
    return sorted(rows.values_list("object_id", flat=True))


def _cover(engagement: Engagement, systems: Sequence[AISystem]) -> int:
    """Make the granted objects exactly what the scope covers now; returns how many there are.

    The customer's switch opens every system; the period and confidentiality hold all the same.
    """
    if engagement.full_read:
        systems = list(AISystem.objects.all())
    period = Period(engagement.period_from, engagement.period_to)
    wanted = objects_covered(engagement, [each.pk for each in systems], period)
    present = {
        (row.object_type, row.object_id): row.pk
        for row in GrantedObject.objects.filter(grant_id=engagement.grant_id)
    }
    GrantedObject.objects.filter(pk__in=[present[key] for key in present.keys() - wanted]).delete()
    rows = [
        GrantedObject(grant_id=engagement.grant_id, object_type=object_type, object_id=object_id)
        for object_type, object_id in sorted(wanted - present.keys())
    ]
    GrantedObject.objects.bulk_create(fill_organization(rows), batch_size=1000)
    return len(wanted)


def _person(name: str, email: str) -> Person:
    person: Person | None = Person.objects.filter(email=email).first()
    if person is None:
        person = Person.objects.create_user(email, name)
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    if Member.objects.filter(user=person).exists():
        raise RuleBroken(
            "A member of the organization cannot be its external auditor.", field="auditor_email"
        )
    return person


def _business_address(email: str) -> str:
    """A person is invited at the address of their firm, never at one of the audited organization."""
    email = email.strip().lower()
    domain = email.rpartition("@")[2]
    if not domain or "@" not in email:
        raise RuleBroken("Enter the auditor's e-mail address.", field="auditor_email")
    if domain in PRIVATE_MAIL:
        raise RuleBroken("Use the auditor's business address, not a private one.", field="auditor_email")
    own = {address.rpartition("@")[2].lower() for address in Member.objects.values_list("email", flat=True)}
    if domain in own:
        raise RuleBroken(
            f"{domain} is your own organization. An external auditor has an address of their firm.",
            field="auditor_email",
        )
    return email


def _check_window(from_date: datetime.date, until_date: datetime.date, now: datetime.datetime) -> None:
    today = local_today(now)
    rules.require_engagement_window(from_date=from_date, until_date=until_date, today=today)
    if until_date > add_months(from_date, LONGEST_MONTHS):
        raise RuleBroken("Access lasts for twelve months at most.", field="until_date")


def _check_facts(
    kind: str,
    title: str,
    auditor_name: str,
    period_from: datetime.date | None,
    period_to: datetime.date | None,
    soa: StatementOfApplicability | None,
) -> None:
    if kind not in EngagementKind.values:
        raise RuleBroken("Choose the kind of audit.", field="kind")
    if not title.strip():
        raise RuleBroken("Give the audit a title.", field="title")
    if not auditor_name.strip():
        raise RuleBroken("Name the auditor.", field="auditor_name")
    _check_period(period_from, period_to)
    if soa is not None and soa.state != SoAState.APPROVED:
        raise RuleBroken("An auditor sees an approved Statement of Applicability.", field="soa")


def _check_period(period_from: datetime.date | None, period_to: datetime.date | None) -> None:
    if period_from and period_to and period_to < period_from:
        raise RuleBroken("The audited period ends after it starts.", field="period_to")


def _window(
    from_date: datetime.date, until_date: datetime.date
) -> tuple[datetime.datetime, datetime.datetime]:
    """From the first moment of the first day to the last of the last, where the organization lives."""
    return start_of_day(from_date), end_of_day(until_date)


def _require_alive(engagement: Engagement) -> None:
    if engagement.grant.state not in {GrantState.INVITED, GrantState.ACTIVE}:
        raise RuleBroken("This access has ended. Invite the auditor again.", code="state")
