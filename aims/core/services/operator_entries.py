"""Break glass: an operator of the installation reads in one organization for a time; it is told at once."""

from __future__ import annotations

import datetime
import zoneinfo
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from aims.core import directory, permissions, trail
from aims.core.actor import Actor, system_actor
from aims.core.enums import EntryEnd, Role
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.messages import tell
from aims.core.models import Member, OperatorEntry, Organization, Person
from aims.core.models.operator import LONGEST_ENTRY
from aims.core.operating import Operator, machine_operator, operating
from aims.core.services.operators import organization_named, reason_of
from aims.core.templatetags.formats import day_text
from aims.core.tenancy.context import acting_as, acting_in

LONGEST_TICKET = 120


def begin_entry(
    *,
    operator: Operator,
    person: Person,
    slug: str,
    minutes: int,
    reason: str,
    ticket: str,
    opens_files: bool = False,
    now: datetime.datetime,
) -> OperatorEntry:
    """Open one organization to one operator, read-only, and tell its administrators first."""
    reason, ticket = reason_of(reason), _ticket(ticket)
    length = datetime.timedelta(minutes=minutes)
    if not datetime.timedelta() < length <= LONGEST_ENTRY:
        raise RuleBroken("An entry lasts between one minute and four hours.", field="minutes")
    if any(place.slug == slug for place in directory.places_of(person.pk)):
        raise RuleBroken("You have a place of your own in this organization. Enter it as yourself.")
    after = {"minutes": minutes, "ticket": ticket, "files": opens_files}
    with operating(operator, "entry.begun", slug=slug, reason=reason, after=after), transaction.atomic():
        found = organization_named(slug)
        with acting_as(system_actor(found.pk, name=operator.name)) as actor:
            # Two at once: the second sees the entry of the first.
            organization = Organization.objects.select_for_update().get(pk=found.pk)
            settle_over(now=now)
            if OperatorEntry.objects.running(at=now).filter(operator=person).exists():
                raise RuleBroken("An entry of yours is running there. End it first.")
            entry = OperatorEntry.objects.create(
                operator=person,
                operator_name=person.name,
                reason=reason,
                ticket=ticket,
                opens_files=opens_files,
                begins_at=now,
                ends_at=now + length,
            )
            told = {"by": operator.label, "until": entry.ends_at, "ticket": ticket, "files": opens_files}
            trail.record(actor, "entry.begun", entry, reason=reason, after=told)
            _tell_administrators(organization, entry)
    return entry


def end_entry(*, operator: Operator, person: Person, slug: str, now: datetime.datetime) -> None:
    """The operator leaves before the time is over."""
    with operating(operator, "entry.ended", slug=slug), transaction.atomic():
        found = organization_named(slug)
        with acting_as(system_actor(found.pk, name=operator.name)) as actor:
            entry = OperatorEntry.objects.running(at=now).filter(operator=person).first()
            if entry is None:
                raise RuleBroken("No entry of yours is running there.")
            _end(actor, entry, EntryEnd.OPERATOR, at=now, by=operator.label)


@transaction.atomic
def end_entry_of_operator(*, actor: Actor, entry: OperatorEntry, now: datetime.datetime) -> None:
    """An administrator ends it: the operator's next request finds nothing."""
    permissions.require(actor, "core.end_operator_entry")
    if not entry.runs(at=now):
        raise RuleBroken("This entry has ended already.", code="state")
    _end(actor, entry, EntryEnd.ORGANIZATION, at=now, by=actor.label, member=actor.member_id)
    _note_for_operators(entry)


def settle_over(*, now: datetime.datetime) -> None:
    """Say in the record what the database does by itself when the time is over; inside a scope."""
    for entry in OperatorEntry.objects.over(at=now):
        actor = system_actor(entry.organization_id)
        _end(actor, entry, EntryEnd.TIME, at=entry.ends_at, by=actor.label)
        _note_for_operators(entry)


def settle_all_over(*, now: datetime.datetime) -> None:
    for organization_id in directory.organizations_with_entries_over():
        with acting_in(organization_id):
            settle_over(now=now)


def _end(
    actor: Actor,
    entry: OperatorEntry,
    how: EntryEnd,
    *,
    at: datetime.datetime,
    by: str,
    member: int | None = None,
) -> None:
    open_still = OperatorEntry.objects.filter(pk=entry.pk, ended_at=None)
    if not open_still.update(ended_at=at, ended_how=how, ended_by_id=member):
        raise StaleState("Somebody else ended this entry a moment ago.")
    entry.ended_at, entry.ended_how, entry.ended_by_id = at, how, member
    trail.record(actor, "entry.ended", entry, after={"by": by, "how": str(how.value)})


def _tell_administrators(organization: Organization, entry: OperatorEntry) -> None:
    """Where no administrator is left: the leads and top management."""
    here = Member.objects.filter(user__is_active=True)
    told = here.with_role(Role.ADMIN)
    if not told.exists():
        told = here.with_role(Role.COMPLIANCE_LEAD, Role.TOP_MANAGEMENT)
    files = " Evidence files can be opened." if entry.opens_files else ""
    # A notification holds 300 characters, and the reason stands on the page it leads to.
    reason = entry.reason if len(entry.reason) <= 90 else f"{entry.reason[:89]}…"
    local = timezone.localtime(entry.ends_at, zoneinfo.ZoneInfo(organization.time_zone))
    until = f"{day_text(local.date())}, {local:%H:%M}"
    text = (
        f"{entry.operator_name[:60]}, an operator of the installation, reads here until "
        f"{until}: {reason}{files} You can end it."
    )
    url = reverse("operator_entry", args=[organization.slug, entry.pk])
    for member in told:
        tell(
            member,
            dedupe=f"operator-entry:{entry.pk}",
            text=text,
            url=url,
            mail_subject=f"{organization.name}: an operator of the installation has entered",
            even_suspended=True,
        )


def _note_for_operators(entry: OperatorEntry) -> None:
    """After commit and only if it can be done: an end must hold when the operators' login is away."""
    body = {"entry": entry.pk, "how": str(entry.ended_how)}
    transaction.on_commit(partial(_write_note, entry.organization, body), robust=True)


def _write_note(organization: Organization, body: dict[str, object]) -> None:
    with operating(machine_operator(), "entry.ended", organization=organization, after=body):
        pass


def _ticket(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise RuleBroken("Name the ticket or request that asks for it.", field="ticket")
    if len(text) > LONGEST_TICKET:
        raise RuleBroken(f"Keep the ticket within {LONGEST_TICKET} characters.", field="ticket")
    return text
