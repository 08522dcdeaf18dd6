"""Two organizations with a marked row in every table, made from the models, so none is forgotten.

`seen`: what Meadow's external auditor is meant to see. `hidden`: Meadow's rows outside the engagement, or in
tables no auditor reads. `foreign`: rows of Harbour. Every free text field of a row carries its mark.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.postgres.fields import ArrayField
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.test import Client
from django.utils import timezone

from aims.core import blobs, keys, permissions, trail
from aims.core.actor import Actor, ActorKind, member_actor
from aims.core.enums import GrantState
from aims.core.models import AccessGrant, GrantedObject, Member, Person, TrailEvent, TrailText
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.tenancy.db.schema import is_tenant
from aims.core.tenancy.models import AuditorSees
from aims.core.tenancy.policies import _granted_by, auditor_condition, is_history, tenant_models
from risk import scoring
from tests.cast import PASSWORD, House, as_member, build_house, freshly_signed_in

SEEN, HIDDEN, FOREIGN, SECOND = "zqseen", "zqhidden", "zqforeign", "zqsecond"
#: The id of Harbour's rows in all tables; no table of Meadow comes near it.
FOREIGN_ID = 5_000_001
#: And of those of Orchard, where Dora works too.
SECOND_ID = 6_000_001
OWN_IDS = {FOREIGN: FOREIGN_ID, SECOND: SECOND_ID}
NUMBERS = {SEEN: 1001, HIDDEN: 1002, FOREIGN: 1003, SECOND: 1004}
Rows = dict[str, models.Model]

#: Tables that fill themselves, or that `World` fills by hand below.
BY_HAND = {
    "core.trailevent",
    "core.trailtext",
    "core.trailhead",
    "core.blob",
    "core.member",
    "core.accessgrant",
}


def json_text(mark: str) -> str:
    return json.dumps({"title": mark})


#: Where chance would make an impossible row: what stands in a column of the row that auditors see, and else.
SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "inventory.climatedecision": ({"is_relevant": False}, {"is_relevant": False}),
    "inventory.scopestatement": ({"approved_at": timezone.now()}, {}),
    "risk.riskapproval": ({"state": "submitted"}, {"state": "draft"}),
    "controls.statementofapplicability": ({"state": "approved"}, {"state": "draft"}),
    "audits.audit": (
        {"state": "report_issued", "criteria": ["9.2"]},
        {"state": "planned", "criteria": ["9.2"]},
    ),
    "audits.finding": ({"state": "raised", "grade": "minor"}, {"state": "draft", "grade": "minor"}),
    "inventory.intake": ({"system": None}, {"system": None}),
    "risk.impactassessment": (
        {
            "outcome": "full",
            "state": "in_progress",
            "answers": {"IA-013": [{"actor": "A", "way": "B", "likelihood": 1, "severity": 1}]},
        },
        {"outcome": "light"},
    ),
    "audits.evidencepack": ({"state": "ready"}, {"state": "ready"}),
    "audits.requestproof": ({"submitted_at": timezone.now()}, {"submitted_at": timezone.now()}),
    "audits.auditrequest": ({"state": "submitted"}, {"state": "submitted"}),
    "core.evidence": ({"state": "accepted"}, {"state": "accepted"}),
    "core.operatorentry": (
        {"ends_at": timezone.now() + datetime.timedelta(hours=3)},
        {"ends_at": timezone.now() + datetime.timedelta(hours=3)},
    ),
}
#: (table, column) -> value by mark, where a text has a meaning to the program
MEANINGS = {
    ("core.snapshot", "text"): json_text,
    ("risk.riskcriteria", "content"): lambda mark: scoring.DEFAULT_CRITERIA.as_dict(),
    ("core.apikey", "scopes"): lambda mark: ["systems:read"],
    ("core.grantedobject", "object_type"): lambda mark: "inventory.aisystem",
    # No number that a row of the tests before may reach: it would be covered by the access.
    ("core.grantedobject", "object_id"): lambda mark: NUMBERS[mark] * 1_000_000,
    ("core.signinconnection", "certificates"): lambda mark: [],
    ("inventory.intake", "answers"): lambda mark: {"does": ["finds"]},
    ("audits.sample", "population_text"): lambda mark: json.dumps([[mark, mark]]),
}

#: Where the database wants another person than the one who stands in the other columns.
OTHER_PERSON = {
    ("core.separationexception", "granted_by"),
    ("core.delegation", "delegate"),
    ("core.rolerequest", "decided_by"),
    ("core.erasure", "decided_by"),
}


def planted_models() -> Iterator[type[models.Model]]:
    """Every tenant table but histories, those that are pointed at first."""
    done: set[type[models.Model]] = set()

    def visit(model: type[models.Model]) -> Iterator[type[models.Model]]:
        if model in done:
            return
        done.add(model)
        for column in model._meta.local_fields:
            target = column.related_model
            if isinstance(target, type) and is_tenant(target):
                yield from visit(target)
        yield model

    for model in tenant_models():
        if not is_history(model):
            yield from visit(model)


def text_for(column: Any, mark: str) -> str:
    if isinstance(column, models.EmailField):
        return f"{mark}@{mark}.test"
    if isinstance(column, models.URLField):
        return f"https://{mark}.test/"
    return mark


def value_for(column: Any, mark: str, rows: Rows, person: Person) -> Any:
    """Something that fits the column; None where nothing needs to stand there."""
    if column.is_relation:
        return related_for(column, rows, person)
    if isinstance(column, ArrayField):
        return [text_for(column.base_field, mark)] if is_free_text(column.base_field) else []
    if is_free_text(column):
        return text_for(column, mark)
    if column.has_default() or column.has_db_default():
        return column.get_default() if column.has_default() else None
    if column.choices:
        return column.choices[0][0]
    if column.null:
        return None
    return plain_value(column, mark)


def is_free_text(column: Any) -> bool:
    return isinstance(column, models.CharField | models.TextField) and not column.choices


def plain_value(column: Any, mark: str) -> Any:
    if isinstance(column, models.DateTimeField):
        return timezone.now()
    if isinstance(column, models.DateField):
        return timezone.localdate() + datetime.timedelta(days=NUMBERS[mark] - 1000)
    if isinstance(column, models.BooleanField):
        return True
    if isinstance(column, models.IntegerField):
        return NUMBERS[mark]
    if isinstance(column, models.FloatField):
        return float(NUMBERS[mark])
    if isinstance(column, models.BinaryField):
        return mark.encode()
    raise NotImplementedError(f"{column}: say in tests/architecture/world.py what to plant there")


def related_for(column: Any, rows: Rows, person: Person) -> Any:
    if column.related_model is Person:
        return person
    if column.related_model is Permission:
        return Permission.objects.get(codename="view_evidence")
    return rows.get(column.related_model._meta.label_lower)


@dataclass
class World:
    meadow: House
    harbour: House
    orchard: House
    auditor: Person
    seen: Rows = field(default_factory=dict)
    hidden: Rows = field(default_factory=dict)
    foreign: Rows = field(default_factory=dict)
    second: Rows = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def grant(self) -> AccessGrant:
        return self.seen["core.accessgrant"]  # type: ignore[return-value]

    @property
    def auditor_actor(self) -> Actor:
        return Actor(
            kind=ActorKind.AUDITOR,
            name="Ada Auditor",
            organization_id=self.meadow.organization.pk,
            user_id=self.auditor.pk,
            grant_id=self.grant.pk,
            roles=frozenset({"external_auditor"}),
            request_id="test",
        )

    def client(self, who: str) -> Client:
        """One of the cast: nobody, a member of Meadow, the stranger, or the external auditor."""
        if who == "nobody" or who in self.keys:
            return Client(headers=self.headers_of(who))
        if who == "dora":  # leads Meadow and Orchard
            return as_member(self.orchard, "lead")
        if who == "stranger":
            return as_member(self.harbour, "lead")
        if who == "auditor":
            return freshly_signed_in(self.auditor)
        return as_member(self.meadow, who)

    def headers_of(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[who]}"} if who in self.keys else {}

    def write_files(self) -> None:
        for key, content in self.files.items():
            if not default_storage.exists(key):
                default_storage.save(key, ContentFile(content))


def has_two_faces(model: type[models.Model]) -> bool:
    """Whether auditors see some rows of a table and not others."""
    sees = getattr(model, "auditor_sees", AuditorSees.NOTHING)
    return bool(auditor_condition(model)) and (
        sees == AuditorSees.GRANTED or bool(getattr(model, "auditor_rows", ""))
    )


def build_world() -> World:
    world = World(
        meadow=build_house("Meadow Clinic", "meadow"),
        harbour=build_house(f"{FOREIGN} Bank", "harbour"),
        orchard=build_house("Orchard", "orchard"),
        auditor=Person.objects.create_user("ada@auditors.test", "Ada Auditor", PASSWORD),
    )
    Authenticator.objects.create(user=world.auditor, type="totp", data={"secret": "unused"})
    other = Person.objects.create_user("otto@auditors.test", f"Otto {HIDDEN}", PASSWORD)
    with acting_in(world.meadow.organization):
        for rows, mark, auditor in ((world.seen, SEEN, world.auditor), (world.hidden, HIDDEN, other)):
            rows["core.accessgrant"] = grant_for(auditor, mark)
        plant_meadow(world)
        cover_by_grant(world)
        plant_line(world.hidden, world.meadow.system, HIDDEN)
        plant_line(world.seen, world.auditor_actor, SEEN)
    for mark, rows, house in (
        (FOREIGN, world.foreign, world.harbour),
        (SECOND, world.second, world.orchard),
    ):
        plant_elsewhere(world, mark, rows, house, other)
    let_dora_in(world)
    make_keys(world)
    return world


def plant_elsewhere(world: World, mark: str, rows: Rows, house: House, person: Person) -> None:
    with acting_in(house.organization):
        rows["core.accessgrant"] = grant_for(person, mark)
        rows["core.member"] = Member.objects.create(
            pk=OWN_IDS[mark], user=person, name=mark, email=f"{mark}@{mark}.test", roles=["staff"]
        )
        for model in planted_models():
            plant(world, model, mark, rows, house)
        plant_line(rows, house.system, mark)


def plant_line(rows: Rows, actor: Actor, mark: str) -> None:
    """A line of the trail with a code in it, and a text beside it."""
    trail.record(actor, "test.planted", after={"code": mark}, reason=f"Words of {mark}")
    rows["core.trailevent"] = TrailEvent.objects.get(action="test.planted", body__contains=mark)
    rows["core.trailtext"] = TrailText.objects.get(text=f"Words of {mark}")


def let_dora_in(world: World) -> None:
    """The lead of Orchard is a lead of Meadow as well: one sign-in, two organizations."""
    dora = world.orchard.member["lead"]
    with acting_in(world.meadow.organization):
        Member.objects.create(user_id=dora.user_id, name="Dora", email=dora.email, roles=["compliance_lead"])


def grant_for(auditor: Person, mark: str) -> AccessGrant:
    now = timezone.now()
    return AccessGrant.objects.create(
        pk=OWN_IDS.get(mark),
        user=auditor,
        name=mark,
        purpose=mark,
        state=GrantState.ACTIVE,
        starts_at=now - datetime.timedelta(days=1),
        ends_at=now + datetime.timedelta(days=30),
        accepted_at=now,
    )


def rename(house: House, mark: str) -> Member:
    member = house.member["lead"]
    member.name = f"{mark} lead"
    member.save(update_fields=["name"])
    return member


def plant_meadow(world: World) -> None:
    world.seen["core.member"] = world.hidden["core.member"] = rename(world.meadow, SEEN)
    for model in planted_models():
        label = model._meta.label_lower
        if has_two_faces(model):
            plant(world, model, SEEN, world.seen, world.meadow)
            plant(world, model, HIDDEN, world.hidden, world.meadow)
        else:
            mark = SEEN if auditor_condition(model) else HIDDEN
            plant(world, model, mark, world.seen, world.meadow)
            if label in world.seen:
                world.hidden[label] = world.seen[label]


def plant(world: World, model: Any, mark: str, rows: Rows, house: House) -> None:
    label = model._meta.label_lower
    if label == "core.blob":
        rows[label] = plant_blob(world, mark)
    if label in BY_HAND:
        return
    values = dict(SHAPES.get(label, ({}, {}))[mark == HIDDEN])
    values |= {name: meaning(mark) for (table, name), meaning in MEANINGS.items() if table == label}
    values |= {name: house.member["top"] for table, name in OTHER_PERSON if table == label}
    values |= {
        column.name: value_for(column, mark, rows, house.member["lead"].user)
        for column in model._meta.local_fields
        if column.name not in {"organization", model._meta.pk.name, *values}
    }
    row = model(**{name: value for name, value in values.items() if value is not None})
    if mark in OWN_IDS:
        row.pk = OWN_IDS[mark]
    with writing(model, rows):
        row.save(force_insert=True)
    rows[label] = row


@contextmanager
def writing(model: Any, rows: Rows) -> Iterator[None]:
    """What opens to the people it names only is written by one of them."""
    if not model.confidential:
        yield
        return
    with acting_as(member_actor(rows["core.member"])):  # type: ignore[arg-type]
        yield


def plant_blob(world: World, mark: str) -> Any:
    content = f"{mark} file".encode()
    blob = blobs.store(ContentFile(content), name=f"{mark}.txt")
    world.files[blob.storage_key] = content
    return blob


def cover_by_grant(world: World) -> None:
    """The engagement covers the rows that auditors are meant to see, and no other."""
    for model in apps.get_models():
        if getattr(model, "auditor_sees", "") != AuditorSees.GRANTED or _granted_by(model)[0] != "id":  # type: ignore[arg-type]
            continue
        row = world.seen[model._meta.label_lower]
        GrantedObject.objects.create(grant=world.grant, object_type=model._meta.label_lower, object_id=row.pk)


def make_keys(world: World) -> None:
    """Keys that may do all that keys may in either organization, and one that may only read."""
    readable = [scope for scope in permissions.scopes() if scope.endswith(":read")]
    for name, house, scopes in (
        ("key", world.meadow, permissions.scopes()),
        ("reading key", world.meadow, readable),
        ("foreign key", world.harbour, permissions.scopes()),
    ):
        with acting_in(house.organization):
            _, text = keys.create_key(actor=house.admin, name="Key", scopes=scopes, now=timezone.now())
            world.keys[name] = text
