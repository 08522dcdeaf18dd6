"""Erasing the personal data of a departed member: one person asks, another confirms, the chain stays whole.

The trail names people by number, and what people wrote lies beside it: no line has to change.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Left, Replace

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.enums import ErasureGround, ErasureState, GrantState, Role
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.messages import tell
from aims.core.models import (
    AccessGrant,
    Erasure,
    ExternalIdentity,
    Invitation,
    KeptAnswer,
    Mail,
    Member,
    Notification,
    Person,
    Reminder,
)
from aims.core.queries.erasure import kept, known_as
from aims.core.services.handing_over import require_nothing_left

#: Sign-in data of an account; our own tables point at it too and stay.
SIGN_IN_APPS = frozenset({"account", "mfa", "usersessions"})


def pseudonym(member: Member) -> tuple[str, str]:
    """Name and address that take the place; erase_member_history writes the same into row history."""
    return f"Former member {member.pk}", f"former-{member.pk}@erased.invalid"


@transaction.atomic
def request_erasure(
    *, actor: Actor, member: Member, ground: str, note: str = "", now: datetime.datetime
) -> Erasure:
    """Ask for it; nothing is erased before another person confirms."""
    permissions.require(actor, "core.request_erasure")
    if actor.member_id is None:
        raise NotAllowed("A person asks for this.")
    if ground not in ErasureGround.values:
        raise RuleBroken("Choose the legal ground.", field="ground")
    note = note.strip()[:300]
    if ground == ErasureGround.OTHER_LAW and not note:
        raise RuleBroken("Name the law.", field="note")
    _require_departed(member)
    if any(name.lower() in note.lower() for name in known_as(member)):
        raise RuleBroken("Leave the person's name and address out of the note: it is kept.", field="note")
    if Erasure.objects.filter(member=member).exclude(state=ErasureState.REFUSED).exists():
        raise StaleState("The erasure of this person's data was asked for already.")
    erasure = Erasure.objects.create(
        member=member, ground=ground, note=note, requested_by_id=actor.member_id, requested_at=now
    )
    trail.record(
        actor, "erasure.requested", erasure, after={"member": member.pk, "ground": ground}, reason=note
    )
    _tell_deciders(erasure)
    return erasure


@transaction.atomic
def decide_erasure(*, actor: Actor, erasure: Erasure, confirm: bool, now: datetime.datetime) -> Erasure:
    """Confirm it, which erases at once and for good, or refuse it."""
    permissions.require(actor, "core.decide_erasure")
    if actor.member_id is None:
        raise NotAllowed("A person decides on this.")
    if erasure.requested_by_id in actor.persons:
        raise RuleBroken("You asked for this yourself. Another person confirms it (SOD-06).", code="SOD-06")
    state = ErasureState.DONE if confirm else ErasureState.REFUSED
    decided = Erasure.objects.filter(pk=erasure.pk, state=ErasureState.WAITING).update(
        state=state, decided_by_id=actor.member_id, decided_at=now
    )
    if not decided:
        raise StaleState("Somebody decided on this already.")
    after: dict[str, Any] = {"state": state}
    if confirm:
        after |= _erase(actor, erasure)
    trail.record(
        actor,
        f"erasure.{'confirmed' if confirm else 'refused'}",
        erasure,
        before={"state": ErasureState.WAITING},
        after=after,
    )
    erasure.refresh_from_db()
    return erasure


def _erase(actor: Actor, erasure: Erasure) -> dict[str, Any]:
    member = Member.objects.select_for_update().get(pk=erasure.member_id)
    _require_departed(member)
    names, person = known_as(member), member.user
    remaining = kept(member, names)
    ends_account = not _account_needed_elsewhere(member)
    name, email = pseudonym(member)
    member.user = _end_account(person, name, email) if ends_account else _stand_in(name, email)
    member.name, member.email = name, email
    with connection.cursor() as cursor:
        cursor.execute("SELECT erase_trail_texts(%s)", [member.pk])
    member.save(update_fields=["name", "email", "user"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT erase_member_history(%s)", [member.pk])
    ExternalIdentity.objects.filter(user=person).delete()
    AccessGrant.objects.filter(user=person).update(name=name, user=member.user)
    Invitation.objects.filter(email__in=names).update(name=name, email=email)
    _erase_messages(names, name, email)
    Erasure.objects.filter(pk=erasure.pk).update(
        kept=[dataclasses.asdict(each) for each in remaining], account_ended=ends_account
    )
    trail.record(actor, "member.erased", member, after={"erasure": erasure.pk, "account_ended": ends_account})
    return {"kept": len(remaining), "account_ended": ends_account}


def _require_departed(member: Member) -> None:
    if member.is_active:
        raise RuleBroken("End this person's access first.")
    require_nothing_left(member)  # the directory ends access without handing over
    running = AccessGrant.objects.filter(
        user=member.user_id, state__in=[GrantState.INVITED, GrantState.ACTIVE]
    )
    if running.filter(revoked_at=None).exists():
        raise RuleBroken("This person has access as an external auditor. End it first.")
    if Invitation.objects.waiting().filter(email=member.email).exists():
        raise RuleBroken("An invitation to this person's address is open. Withdraw it first.")


def _account_needed_elsewhere(member: Member) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_needed_elsewhere(%s)", [member.pk])
        return bool(cursor.fetchone()[0])


def _end_account(person: Person, name: str, email: str) -> Person:
    for relation in Person._meta.related_objects:
        model: Any = relation.related_model
        if model._meta.app_label in SIGN_IN_APPS:
            model._base_manager.filter(**{relation.field.name: person}).delete()
    Person.objects.filter(pk=person.pk).update(
        name=name, email=email, password=make_password(None), is_active=False, last_login=None
    )
    return person


def _stand_in(name: str, email: str) -> Person:
    """Another organization needs the account, so a closed one takes its place here."""
    person = Person.objects.create_user(email, name)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    return person


def _erase_messages(names: list[str], name: str, email: str) -> None:
    """What the portal itself wrote: mail to the person goes, texts that name them are rewritten."""
    Mail.objects.filter(recipient__in=names).delete()
    KeptAnswer.objects.all().delete()  # kept for a day, and may hold the address
    for old in names:
        new = email if "@" in old else name
        for model, column, longest in (
            (Mail, "subject", 200),
            (Mail, "text", None),
            (Notification, "text", 300),
            (Reminder, "text", 300),
        ):
            replaced: Any = Replace(F(column), Value(old), Value(new), output_field=TextField())
            rows: Any = model._default_manager.filter(Q(**{f"{column}__contains": old}))  # type: ignore[attr-defined]
            rows.update(**{column: Left(replaced, longest) if longest else replaced})


def _tell_deciders(erasure: Erasure) -> None:
    text = "The erasure of a former member's personal data waits for a second person."
    deciders = Member.objects.with_role(Role.ADMIN, Role.COMPLIANCE_LEAD, Role.TOP_MANAGEMENT)
    for member in deciders.exclude(pk=erasure.requested_by_id):
        tell(
            member,
            dedupe=f"erasure:{erasure.pk}",
            text=text,
            url=erasure.get_absolute_url(),
            mail_subject=text,
        )
