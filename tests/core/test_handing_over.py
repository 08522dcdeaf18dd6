"""Nobody leaves, and no role goes, with a record behind it."""

from __future__ import annotations

import pytest

from aims.core import keys
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Member, TrailEvent
from aims.core.registry import registry
from aims.core.services.handing_over import end_access, hand_over, holdings
from aims.core.services.organizations import change_roles, deactivate_member
from aims.core.tenancy.context import acting_as, acting_in
from inventory.models import AISystem
from inventory.services.systems import register_system
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


def test_the_page_lists_with_links_and_ends_access(house: House, system: AISystem) -> None:
    taker = second_owner(house)
    admin, address = as_member(house, "admin"), house.url(f"people/{house.member['owner'].pk}/deactivate/")

    page = admin.get(address).text
    assert "Triage" in page and system.get_absolute_url() in page
    assert admin.post(address, {"reason": "Left"}).status_code == 422
    assert admin.post(address, {"everything": taker.pk}).status_code == 422
    assert admin.post(address, {"reason": "Left", "everything": taker.pk}).status_code == 302

    with acting_in(house.organization):
        assert AISystem.objects.get(pk=system.pk).owner == taker
