"""The controls an organization has: the 38 of Annex A, taken over when it begins, and its own."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django.db import transaction

from aims.core import permissions, trail
from aims.core.actor import Actor
from aims.core.catalogs import ANNEX_A, catalog
from aims.core.exceptions import RuleBroken, StaleState
from aims.core.models import Member
from aims.core.ownerships import require_holder
from aims.core.tenancy.models import fill_organization
from aims.core.versions import write_version
from controls import library
from controls.enums import ControlOrigin
from controls.models import Control, SoAEntry, StatementOfApplicability

OWN_REFERENCE = re.compile(r"[A-Z][A-Za-z0-9]*([.\-][A-Za-z0-9]+)*")
LONGEST_REFERENCE = 20
OWN_CONTROLS_START = 1000
#: What edit_control may change; the owner is given away by assign_control's roles only.
EDITABLE = frozenset(
    {
        "title",
        "description",
        "licensed_text",
        "how_implemented",
        "applies_to",
        "target_date",
        "next_review_date",
        "owner",
    }
)
OF_THE_CATALOG = frozenset({"title", "description"})


def adopt_library(actor: Actor, now: datetime.datetime) -> None:
    """Give an organization the 38 controls of Annex A, once; those it has stay as they are."""
    version = catalog(ANNEX_A)["meta"]["version"]
    there = set(Control.objects.annex_a().values_list("reference", flat=True))
    rows = [
        Control(
            reference=each.ref,
            position=position,
            title=each.title,
            origin=ControlOrigin.ANNEX_A,
            catalog_version=version,
        )
        for position, each in enumerate(library.controls(), start=1)
        if each.ref not in there
    ]
    if not rows:
        return
    Control.objects.bulk_create(fill_organization(rows))
    trail.record(actor, "controls.adopted", after={"count": len(rows), "catalog_version": version})


@transaction.atomic
def add_control(
    *,
    actor: Actor,
    reference: str,
    title: str,
    description: str = "",
    owner: Member | None = None,
    applies_to: str = "",
    now: datetime.datetime,
) -> Control:
    """A control of the organization's own. An open draft of the Statement has to decide on it too."""
    permissions.require(actor, "controls.add_control")
    reference = reference.strip()
    _require_own_reference(reference)
    if not title.strip():
        raise RuleBroken("Give the control a title.", field="title")
    require_holder("controls", owner)
    control = Control.objects.create(
        reference=reference,
        position=OWN_CONTROLS_START + Control.objects.additional().count(),
        title=title.strip(),
        description=description,
        owner=owner,
        applies_to=applies_to,
    )
    for draft in StatementOfApplicability.objects.filter(state="draft"):
        SoAEntry.objects.create(soa=draft, control=control)
    trail.record(actor, "control.added", control, after={"reference": reference})
    return control


def _require_own_reference(reference: str) -> None:
    if reference.upper().startswith("A."):
        sentence = "“A.” stands for Annex A. Begin the id of an own control differently, such as “OC-1”."
        raise RuleBroken(sentence, field="reference")
    if not OWN_REFERENCE.fullmatch(reference) or len(reference) > LONGEST_REFERENCE:
        sentence = (
            "Give an id of letters, digits, dots and hyphens that begins with a capital, such as “OC-1”."
        )
        raise RuleBroken(sentence, field="reference")
    if Control.objects.filter(reference=reference).exists():
        raise RuleBroken(f"There is a control {reference} already.", field="reference")


@transaction.atomic
def edit_control(
    *, actor: Actor, control: Control, changes: dict[str, Any], row_version: int, now: datetime.datetime
) -> Control:
    """Change what the organization says of a control. Its state moves by its own verbs."""
    permissions.require(actor, "controls.edit_control", control)
    _require_editable(control, changes)
    changed = {name: value for name, value in changes.items() if getattr(control, name) != value}
    if not changed:
        return control
    if "owner" in changed:
        permissions.require(actor, "controls.assign_control", control)
        require_holder("controls", changed["owner"])
    if not write_version(Control.objects.filter(pk=control.pk), row_version, **changed):
        raise stale(control, changed)
    trail.record(
        actor,
        "control.edited",
        control,
        before={name: trail.number_of(getattr(control, name)) for name in sorted(changed)},
        after={name: trail.number_of(value) for name, value in sorted(changed.items())},
    )
    control.refresh_from_db()
    return control


def _require_editable(control: Control, changes: dict[str, Any]) -> None:
    closed = sorted(set(changes) - EDITABLE)
    if closed:
        raise RuleBroken(f"{closed[0]} cannot be changed here.", field=closed[0])
    if control.origin != ControlOrigin.ANNEX_A:
        return
    for name in sorted(OF_THE_CATALOG & set(changes)):
        if changes[name] != getattr(control, name):
            sentence = f"The {name} of {control.reference} comes from the library of Annex A."
            raise RuleBroken(sentence, field=name)


def stale(control: Control, changed: dict[str, Any]) -> StaleState:
    theirs = Control.objects.select_related("owner").get(pk=control.pk)
    return StaleState(
        f"Somebody changed {control.reference} while you were editing. Look at both and decide.",
        yours=_said(changed),
        theirs=_said({name: getattr(theirs, name) for name in changed}),
    )


def _said(values: dict[str, Any]) -> str:
    return "; ".join(f"{name.replace('_', ' ')}: {value or '–'}" for name, value in sorted(values.items()))
