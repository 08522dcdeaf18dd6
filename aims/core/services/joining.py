"""A person becomes a member because the organization's own directory says so, not an administrator's hand."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from aims.core import trail
from aims.core.actor import Actor
from aims.core.models import Member, Person


def account_for(*, email: str, name: str) -> Person:
    """The account with this address; a new one has no password."""
    person = Person.objects.filter(email=email).first()
    if person is None:
        person = Person.objects.create_user(email, name[:150] or email)
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def join(*, actor: Actor, person: Person, name: str, roles: list[str], how: str) -> Member:
    member = Member.objects.create(
        user=person, name=name[:150] or person.name, email=person.email, roles=sorted(set(roles))
    )
    trail.record(actor, "member.joined", member, after={"roles": member.roles, "how": how})
    return member
