"""An external auditor under a running grant, as an actor of the database role that only reads."""

from __future__ import annotations

import datetime

from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from aims.core.actor import Actor, ActorKind
from aims.core.enums import GrantState, Role
from aims.core.models import AccessGrant, GrantedObject, Person
from aims.core.tenancy.context import acting_in
from inventory.models import AISystem
from tests.cast import House


def grant_for(house: House, *systems: AISystem) -> AccessGrant:
    person = Person.objects.create_user("audrey@cert.test", "Audrey Auditor")
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
    now = timezone.now()
    with acting_in(house.organization):
        grant = AccessGrant.objects.create(
            user=person,
            name="Audrey Auditor",
            purpose="Stage 1",
            state=GrantState.ACTIVE,
            starts_at=now - datetime.timedelta(days=1),
            ends_at=now + datetime.timedelta(days=1),
            accepted_at=now,
        )
        for system in systems:
            GrantedObject.objects.create(grant=grant, object_type="inventory.aisystem", object_id=system.pk)
    return grant


def auditor_of(house: House, grant: AccessGrant) -> Actor:
    return Actor(
        kind=ActorKind.AUDITOR,
        name=grant.name,
        organization_id=house.organization.pk,
        user_id=grant.user_id,
        grant_id=grant.pk,
        roles=frozenset({Role.EXTERNAL_AUDITOR}),
    )


def as_auditor(grant: AccessGrant) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(grant.user, backend="django.contrib.auth.backends.ModelBackend")
    return client
