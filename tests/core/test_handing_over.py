"""Nobody leaves, and no role goes, with a record behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import transaction

from aims.core import keys
from aims.core.actor import Actor
from aims.core.evidence import request_evidence
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Member, TrailEvent
from aims.core.registry import registry
from aims.core.services.handing_over import end_access, hand_over, holdings
from aims.core.services.organizations import change_roles, deactivate_member
from aims.core.tenancy.context import acting_as, acting_in
from controls.models import Control
from controls.services.library import add_control, edit_control
from inventory.models import AISystem
from inventory.services.systems import edit_system, register_system, set_owner
from risk.models import Risk
from risk.services.risks import edit_risk, identify_risk
from tests.cast import NOW, House, as_member
from tests.core.evidence_sample import requested


@pytest.fixture
def system(house: House) -> AISystem:
    with acting_as(house.lead) as actor:
        return register_system(actor=actor, name="Triage", owner=house.member["owner"], now=NOW)


def second_owner(house: House) -> Member:
    with acting_in(house.organization):
        member = house.member["risk_owner"]
        member.roles = ["ai_system_owner", "risk_owner"]
        member.save()
    return member


def test_every_app_says_what_members_own() -> None:
    names = {each.name for each in registry.ownerships}

    assert names >= {"systems", "system-risks", "risks", "controls", "audit-places", "findings"}
    assert names >= {"evidence-requests", "api-keys"}


def test_everything_goes_to_another_and_access_ends_in_one_act(house: House, system: AISystem) -> None:
    requested(house, of="owner")
    taker = second_owner(house)
    leaver = house.member["owner"]

    with acting_as(house.admin) as actor:
        names = {each.name_of(record): taker for each in holdings(leaver) for record in each.records}
        end_access(actor=actor, member=leaver, reason="Left", to=names, now=NOW)

    with acting_in(house.organization):
        assert AISystem.objects.get(pk=system.pk).owner == taker
        assert Evidence.objects.get().asked_of == taker
        assert not Member.objects.get(pk=leaver.pk).is_active
        assert TrailEvent.objects.filter(action="aisystem.owner_set", actor=house.admin.label).count() == 1


def test_one_refusal_undoes_the_whole_act(house: House, system: AISystem) -> None:
    """A request stays behind, so the system stays with its owner too."""
    requested(house, of="owner")
    taker, leaver = second_owner(house), house.member["owner"]

    with pytest.raises(RuleBroken, match="still owns the request EV-001"), acting_as(house.admin) as actor:
        end_access(actor=actor, member=leaver, reason="Left", to={f"systems:{system.pk}": taker}, now=NOW)

    with acting_in(house.organization):
        assert AISystem.objects.get(pk=system.pk).owner == leaver
        assert Member.objects.get(pk=leaver.pk).is_active


def test_whoever_takes_a_record_has_the_role_for_it(house: House, system: AISystem) -> None:
    with pytest.raises(RuleBroken, match="does not have the role AI system owner"):  # noqa: SIM117
        with acting_as(house.admin) as actor:
            to = {f"systems:{system.pk}": house.member["staff"]}
            hand_over(actor=actor, member=house.member["owner"], to=to)

    with acting_in(house.organization):
        assert AISystem.objects.get(pk=system.pk).owner == house.member["owner"]


def test_what_somebody_does_not_own_is_not_handed_over(house: House, system: AISystem) -> None:
    taker = second_owner(house)

    with pytest.raises(StaleState), acting_as(house.admin) as actor:
        hand_over(actor=actor, member=house.member["staff"], to={f"systems:{system.pk}": taker})


@pytest.mark.parametrize("who", ["owner", "top", "internal_auditor", "staff"])
def test_only_leads_and_administrators_hand_over(house: House, system: AISystem, who: str) -> None:
    taker = second_owner(house)

    with pytest.raises(NotAllowed), acting_as(house.actor(who)) as actor:
        hand_over(actor=actor, member=house.member["owner"], to={f"systems:{system.pk}": taker})


def test_a_role_that_an_ownership_needs_is_not_taken_away(house: House, system: AISystem) -> None:
    with pytest.raises(RuleBroken) as refused, acting_as(house.admin) as actor:
        change_roles(actor=actor, member=house.member["owner"], roles=["staff"])

    assert refused.value.code == "orphans" and "Triage" in refused.value.sentence
    with acting_in(house.organization):
        assert Member.objects.get(pk=house.member["owner"].pk).roles == ["ai_system_owner"]


def test_keys_are_listed_and_revoked_before_their_maker_leaves(house: House) -> None:
    with acting_in(house.organization):
        lead = house.member["lead"]
        lead.roles = ["admin", "compliance_lead"]
        lead.save()
    with acting_as(house.lead) as actor:
        key, _ = keys.create_key(actor=actor, name="Scanner", scopes=["systems:read"], now=NOW)

    with pytest.raises(RuleBroken, match="the API key Scanner"), acting_as(house.admin) as actor:
        deactivate_member(actor=actor, member=house.member["lead"], reason="Left")

    with acting_as(house.admin) as actor:
        keys.revoke_key(actor=actor, key=key, now=NOW)
        deactivate_member(actor=actor, member=house.member["lead"], reason="Left")


OWNERS: dict[str, Callable[[Actor, Member, Records], Any]] = {
    "a new system": lambda who, to, its: register_system(actor=who, name="New", owner=to, now=NOW),
    "the risks of a new system": lambda who, to, its: register_system(
        actor=who, name="New", risk_owner=to, now=NOW
    ),
    "a system": lambda who, to, its: set_owner(actor=who, system=its.system, owner=to, now=NOW),
    "an edited system": lambda who, to, its: edit_system(
        actor=who, system=its.system, row_version=1, changes={"owner": to}, now=NOW
    ),
    "the risks of a system": lambda who, to, its: edit_system(
        actor=who, system=its.system, row_version=1, changes={"risk_owner": to}, now=NOW
    ),
    "a new risk": lambda who, to, its: identify_risk(
        actor=who, title="New", system=its.system, owner=to, now=NOW
    ),
    "a risk": lambda who, to, its: edit_risk(
        actor=who, risk=its.risk, row_version=1, changes={"owner": to}, now=NOW
    ),
    "a new control": lambda who, to, its: add_control(
        actor=who, reference="OC-1", title="New", owner=to, now=NOW
    ),
    "a control": lambda who, to, its: edit_control(
        actor=who, control=its.control, changes={"owner": to}, row_version=1, now=NOW
    ),
    "a request for evidence": lambda who, to, its: request_evidence(
        actor=who, title="New", member=to, now=NOW
    ),
}


@dataclass(frozen=True)
class Records:
    system: AISystem
    risk: Risk
    control: Control

    def told(self) -> list[Any]:
        kept = [model.objects.order_by("pk").values() for model in (AISystem, Risk, Control, Evidence)]
        return [*map(list, kept), TrailEvent.objects.count()]

    def again(self) -> Records:
        """As they are stored: a refused verb may have written into the object that it was given."""
        return Records(*(each._meta.model.objects.get(pk=each.pk) for each in vars(self).values()))


@pytest.fixture
def records(house: House, system: AISystem) -> Records:
    with acting_as(house.lead) as actor:
        risk = identify_risk(actor=actor, title="Too low", system=system, now=NOW)
        return Records(system, risk, Control.objects.get(reference="A.6.2.4"))


@pytest.mark.parametrize("what", OWNERS)
@pytest.mark.parametrize("who", ["staff", "top"])
def test_no_verb_names_an_owner_without_the_role_for_it(
    house: House, records: Records, what: str, who: str
) -> None:
    with acting_as(house.lead) as actor:
        before = records.told()
        with pytest.raises(RuleBroken, match="does not have the role") as refused, transaction.atomic():
            OWNERS[what](actor, house.member[who], records)

        assert refused.value.code == "role"
        assert records.told() == before


@pytest.mark.parametrize("what", OWNERS)
def test_and_none_somebody_who_has_left(house: House, records: Records, what: str) -> None:
    everything = ["ai_system_owner", "control_owner", "risk_owner"]
    with acting_as(house.lead) as actor:
        gone = house.member["staff"]
        gone.roles, gone.is_active = everything, False
        gone.save()
        before = records.told()
        with pytest.raises(RuleBroken, match=r"has left|no access any more"), transaction.atomic():
            OWNERS[what](actor, gone, records)
        assert records.told() == before

        gone.is_active = True
        gone.save()
        OWNERS[what](actor, gone, records.again())
        assert records.told() != before


def test_an_owner_who_lost_the_role_keeps_the_record_until_it_is_given_on(
    house: House, records: Records
) -> None:
    """Only naming asks: editing something else of an older record is not refused for it."""
    with acting_as(house.lead) as actor:
        AISystem.objects.filter(pk=records.system.pk).update(owner=house.member["staff"])
        stored = AISystem.objects.get(pk=records.system.pk)
        changes = {"purpose": "Sorts referrals", "owner": house.member["staff"]}
        edit_system(actor=actor, system=stored, row_version=1, changes=changes, now=NOW)

        found = AISystem.objects.get(pk=records.system.pk)
    assert (found.purpose, found.owner_id) == ("Sorts referrals", house.member["staff"].pk)


def test_forms_offer_whom_the_verb_takes(house: House, records: Records) -> None:
    page = as_member(house, "lead").get(house.url(f"systems/{records.system.pk}/edit/")).text
    chosen = page[page.index('name="owner"') : page.index('name="risk_owner"')]

    assert "Oscar Owner" in chosen
    assert "Stan Staff" not in chosen and "Rita Risk" not in chosen


def test_whoever_registers_for_an_owner_registers_it_as_theirs(house: House) -> None:
    owner = house.member["owner"].pk
    delegate = replace(
        house.staff,
        roles=frozenset({"staff", "ai_system_owner"}),
        delegations=(("ai_system_owner", owner),),
    )

    with acting_as(delegate) as actor:
        made = register_system(actor=actor, name="Triage", now=NOW)

    assert made.owner_id == owner


def test_the_page_lists_with_links_and_ends_access(house: House, system: AISystem) -> None:
    taker = second_owner(house)
    admin, address = as_member(house, "admin"), house.url(f"people/{house.member['owner'].pk}/deactivate/")

    page = admin.get(address).text
    assert "Triage" in page and house.url(f"systems/{system.pk}/") in page
    assert admin.post(address, {"reason": "Left"}).status_code == 422
    assert admin.post(address, {"everything": taker.pk}).status_code == 422
    assert admin.post(address, {"reason": "Left", "everything": taker.pk}).status_code == 302

    with acting_in(house.organization):
        assert AISystem.objects.get(pk=system.pk).owner == taker
