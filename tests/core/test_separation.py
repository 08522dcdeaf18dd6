"""SOD-01 to SOD-10 between persons: refusals, the exceptions that lift some of them, and delegation."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from aims.core import evidence, permissions, separation
from aims.core.actor import Actor, ActorKind
from aims.core.directory import places_of
from aims.core.enums import SeparationRule
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Delegation, Member, Notification, RoleRequest, SeparationException, TrailEvent
from aims.core.queries.history import changes_of
from aims.core.queries.participation import took_part
from aims.core.registry import registry
from aims.core.services.delegations import delegate_duties, revoke_delegation
from aims.core.services.organizations import change_roles, deactivate_member
from aims.core.services.own_roles import decide_roles, request_roles
from aims.core.services.separation import act_named, end_exception, exceptions_due, grant_exception
from aims.core.tenancy.context import acting_as, acting_in
from inventory.models import ScopeStatement
from inventory.services.scope import approve_scope_statement, write_scope_statement
from tests.cast import NOW, TODAY, House, as_member
from tests.core.evidence_sample import submitted

pytestmark = pytest.mark.usefixtures("frozen")
DAY = datetime.timedelta(days=1)


@pytest.fixture
def frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def granted(house: House, act: str, who: str, by: str = "top", **given: Any) -> SeparationException:
    values = {
        "reason": "Two people only",
        "compensating_check": "Top management reads the list each month",
        "ends_on": TODAY + 30 * DAY,
        "record": "",
    } | given
    with acting_as(house.actor(by)) as actor:
        return grant_exception(actor=actor, act=act_named(act), member=house.member[who], now=NOW, **values)


def own_scope(house: House, who: str = "top") -> ScopeStatement:
    """A scope statement whose author may approve, were it not their own."""
    with acting_as(house.lead) as actor:
        scope = write_scope_statement(actor=actor, statement="All systems", boundaries="None", now=NOW)
    with acting_in(house.organization):
        ScopeStatement.objects.filter(pk=scope.pk).update(author=house.member[who])
        scope.refresh_from_db()
    return scope


def own_evidence(house: House, who: str = "lead") -> Any:
    return submitted(house, who=who)


# Refusal and exception


def test_an_author_approves_nothing_of_their_own_unless_an_exception_runs(house: House) -> None:
    scope = own_scope(house)

    with pytest.raises(RuleBroken) as refused, acting_as(house.top) as actor:
        approve_scope_statement(actor=actor, scope=scope, now=NOW)

    assert refused.value.code == "SOD-01"
    with acting_in(house.organization):
        assert ScopeStatement.objects.get(pk=scope.pk).approved_at is None
        assert TrailEvent.objects.filter(action="scopestatement.approved").count() == 0

    exception = granted(house, "SOD-01 inventory.scopestatement", "top", by="lead")
    with acting_as(house.top) as actor:
        approve_scope_statement(actor=actor, scope=scope, now=NOW)

    with acting_in(house.organization):
        assert ScopeStatement.objects.get(pk=scope.pk).approved_by == house.member["top"]
        [line] = TrailEvent.objects.filter(action="separation.excepted")
        told = json.loads(line.body)
        assert told["after"]["exception"] == exception.reference == "SE-001"
        assert told["object"]["type"] == "inventory.scopestatement"


def test_the_history_of_the_record_says_under_which_exception(house: House) -> None:
    item = own_evidence(house)
    granted(house, "SOD-05 core.evidence", "lead")

    with acting_as(house.lead) as actor:
        evidence.accept_evidence(actor=actor, evidence=item, now=NOW)

    later = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)  # the database's clock is not frozen
    with time_machine.travel(later), acting_in(house.organization):
        assert changes_of(item)[0].exception == "SE-001 (SOD-05)"


def test_evidence_is_not_accepted_by_its_submitter_without_one(house: House) -> None:
    item = own_evidence(house)

    with pytest.raises(RuleBroken) as refused, acting_as(house.lead) as actor:
        evidence.accept_evidence(actor=actor, evidence=item, now=NOW)

    assert refused.value.code == "SOD-05"
    with acting_in(house.organization):
        item.refresh_from_db()
    assert item.state == "submitted"


@pytest.mark.parametrize(
    ("act", "who", "record"),
    [
        ("SOD-05 core.evidence", "control_owner", ""),
        ("SOD-01 inventory.scopestatement", "lead", ""),
    ],
)
def test_an_exception_is_for_one_person_and_one_kind_of_act(
    house: House, act: str, who: str, record: str
) -> None:
    item = own_evidence(house)
    granted(house, act, who, by="top", record=record)

    with pytest.raises(RuleBroken, match="SOD-05"), acting_as(house.lead) as actor:
        evidence.accept_evidence(actor=actor, evidence=item, now=NOW)


def test_an_exception_for_one_record_allows_no_other(house: House) -> None:
    first, second = own_evidence(house), own_evidence(house)
    granted(house, "SOD-05 core.evidence", "lead", record=first.reference)

    with acting_as(house.lead) as actor:
        evidence.accept_evidence(actor=actor, evidence=first, now=NOW)
    with pytest.raises(RuleBroken, match="SOD-05"), acting_as(house.lead) as actor:
        evidence.accept_evidence(actor=actor, evidence=second, now=NOW)


def test_after_its_last_day_where_the_organization_lives_it_allows_nothing(house: House) -> None:
    with acting_in(house.organization):
        house.organization.time_zone = "Pacific/Auckland"  # thirteen hours ahead in November
        house.organization.save()
    item = own_evidence(house)
    granted(house, "SOD-05 core.evidence", "lead", ends_on=TODAY)

    def lifted() -> bool:
        with acting_as(house.lead) as actor:
            return separation.running_exception("SOD-05", member_id=actor.member_id, obj=item) is not None

    with time_machine.travel(datetime.datetime(2026, 11, 22, 10, 59, tzinfo=datetime.UTC)):
        assert lifted()
    with time_machine.travel(datetime.datetime(2026, 11, 22, 11, 1, tzinfo=datetime.UTC)):
        assert not lifted()


def test_an_exception_that_was_ended_allows_nothing(house: House) -> None:
    item = own_evidence(house)
    exception = granted(house, "SOD-05 core.evidence", "lead")
    with acting_as(house.top) as actor:
        end_exception(actor=actor, exception=exception, now=NOW)

    with pytest.raises(RuleBroken, match="SOD-05"), acting_as(house.lead) as actor:
        evidence.accept_evidence(actor=actor, evidence=item, now=NOW)
    with pytest.raises(StaleState), acting_as(house.top) as actor:
        end_exception(actor=actor, exception=exception, now=NOW)


def test_asking_what_stands_in_the_way_records_no_use(house: House) -> None:
    item = own_evidence(house)
    granted(house, "SOD-05 core.evidence", "lead")

    with acting_as(house.lead) as actor, separation.only_asking():
        assert separation.excepted("SOD-05", member_id=actor.member_id, obj=item, actor=actor)

    with acting_in(house.organization):
        assert TrailEvent.objects.filter(action="separation.excepted").count() == 0


# Who grants, and what


def test_nobody_grants_an_exception_to_themselves(house: House) -> None:
    with pytest.raises(RuleBroken) as refused:
        granted(house, "SOD-05 core.evidence", "lead", by="lead")

    assert (refused.value.code, refused.value.field) == ("SOD-09", "member")
    with acting_in(house.organization):
        assert SeparationException.objects.count() == 0


def test_the_database_knows_no_exception_granted_to_oneself(house: House) -> None:
    with acting_in(house.organization), pytest.raises(IntegrityError), transaction.atomic():
        SeparationException.objects.create(
            reference="SE-9",
            rule="SOD-05",
            member=house.member["lead"],
            object_type="core.evidence",
            reason="x",
            compensating_check="x",
            ends_on=TODAY,
            granted_by=house.member["lead"],
            granted_at=NOW,
        )


@pytest.mark.parametrize("who", ["admin", "owner", "internal_auditor", "staff"])
def test_only_the_lead_and_top_management_grant(house: House, who: str) -> None:
    with pytest.raises(NotAllowed):
        granted(house, "SOD-05 core.evidence", "lead", by=who)

    with acting_in(house.organization):
        assert SeparationException.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"compensating_check": ""}, "compensating_check"),
        ({"ends_on": TODAY - DAY}, "ends_on"),
        ({"ends_on": TODAY + 367 * DAY}, "ends_on"),
        ({"record": "EV-999"}, "record"),
    ],
)
def test_an_exception_has_a_reason_a_check_and_an_end(
    house: House, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        granted(house, "SOD-05 core.evidence", "lead", **given)

    assert refused.value.field == field
    with acting_in(house.organization):
        assert SeparationException.objects.count() == 0


def test_no_exception_lifts_the_rules_about_admins_auditors_and_delegation() -> None:
    rules = {act.rule for act in registry.separated_acts}

    assert rules == {"SOD-01", "SOD-02", "SOD-03", "SOD-04", "SOD-05", "SOD-08"} == set(SeparationRule.values)
    for rule in ("SOD-06", "SOD-07", "SOD-10"):
        with pytest.raises(RuleBroken):
            act_named(f"{rule} core.evidence")


def test_an_end_in_sight_is_told_to_the_lead_and_the_person(house: House) -> None:
    granted(house, "SOD-05 core.evidence", "internal_auditor")

    with acting_in(house.organization):
        assert [due.step for due in exceptions_due(TODAY + 23 * DAY)] == [7]
        [due] = exceptions_due(TODAY + 30 * DAY)
        assert set(due.member_ids) == {house.member["lead"].pk, house.member["internal_auditor"].pk}
        assert list(exceptions_due(TODAY - DAY)) == []


# Delegation


def delegated(house: House, giver: str, taker: str, role: str, **given: Any) -> Any:
    values = {"starts_on": TODAY, "ends_on": TODAY + 5 * DAY, "reason": "Leave"} | given
    with acting_as(house.actor(giver)) as actor:
        return delegate_duties(actor=actor, delegate=house.member[taker], role=role, now=NOW, **values)


def acting_for(house: House, who: str) -> Actor:
    """As the middleware finds the person now."""
    [place] = places_of(house.member[who].user_id)
    return Actor(
        kind=ActorKind.MEMBER,
        name=place.display_name,
        organization_id=place.organization_id,
        user_id=house.member[who].user_id,
        member_id=place.member_id,
        roles=place.roles,
        delegations=place.delegations,
    )


@pytest.mark.parametrize(
    ("first", "last", "holds"), [(1, 2, False), (0, 0, True), (-2, 3, True), (-2, -1, False)]
)
def test_a_delegate_has_the_role_from_the_first_to_the_last_day_and_no_longer(
    house: House, first: int, last: int, holds: bool
) -> None:
    row = delegated(house, "top", "lead", "top_management")
    with acting_in(house.organization):
        today = database_today()  # its clock decides, in every process
        Delegation.objects.filter(pk=row.pk).update(starts_on=today + first * DAY, ends_on=today + last * DAY)

    actor = acting_for(house, "lead")

    assert ("top_management" in actor.roles) is holds
    assert actor.stands_for == ({house.member["top"].pk} if holds else frozenset())
    assert actor.own_roles == {"compliance_lead"}


def running(house: House, giver: str, taker: str, role: str) -> Any:
    row = delegated(house, giver, taker, role)
    with acting_in(house.organization):
        Delegation.objects.filter(pk=row.pk).update(
            starts_on=database_today() - DAY, ends_on=database_today() + DAY
        )
    return row


def test_a_delegate_approves_nothing_that_the_delegator_wrote(house: House) -> None:
    scope = own_scope(house, "top")
    running(house, "top", "owner", "top_management")

    with pytest.raises(RuleBroken) as refused, acting_as(acting_for(house, "owner")) as actor:
        approve_scope_statement(actor=actor, scope=scope, now=NOW)

    assert refused.value.code == "SOD-01" and "SOD-10" in refused.value.sentence
    with acting_in(house.organization):
        assert ScopeStatement.objects.get(pk=scope.pk).approved_at is None


def test_an_exception_of_the_delegator_does_not_go_to_the_delegate(house: House) -> None:
    scope = own_scope(house, "top")
    granted(house, "SOD-01 inventory.scopestatement", "top", by="lead")
    granted(house, "SOD-01 inventory.scopestatement", "owner", by="lead")
    running(house, "top", "owner", "top_management")

    with pytest.raises(RuleBroken, match="SOD-10"), acting_as(acting_for(house, "owner")) as actor:
        approve_scope_statement(actor=actor, scope=scope, now=NOW)


def test_a_delegate_does_what_the_role_may_and_the_trail_names_them(house: House) -> None:
    with acting_as(house.lead) as actor:
        scope = write_scope_statement(actor=actor, statement="All systems", boundaries="None", now=NOW)
    running(house, "top", "owner", "top_management")

    with acting_as(acting_for(house, "owner")) as actor:
        approve_scope_statement(actor=actor, scope=scope, now=NOW)

    with acting_in(house.organization):
        [line] = TrailEvent.objects.filter(action="scopestatement.approved")
    assert line.actor == f"member:{house.member['owner'].pk}"
    assert json.loads(line.body)["acting_for"] == [house.member["top"].pk]


def test_what_the_delegator_owns_is_the_delegates_own_in_that_role_only(house: House) -> None:
    control = type("Control", (), {"owner_id": house.member["control_owner"].pk})()

    assert not permissions.can(house.risk_owner, "controls.complete", control)
    running(house, "control_owner", "risk_owner", "control_owner")
    assert permissions.can(acting_for(house, "risk_owner"), "controls.complete", control)

    system = type("System", (), {"owner_id": house.member["control_owner"].pk})()
    assert not permissions.can(acting_for(house, "risk_owner"), "inventory.edit_system", system)


@pytest.mark.parametrize(
    ("role", "taker", "given", "field"),
    [
        ("top_management", "lead", {}, "role"),  # not held
        ("compliance_lead", "owner", {"ends_on": TODAY - DAY}, "ends_on"),
        ("compliance_lead", "owner", {"ends_on": TODAY + 400 * DAY}, "ends_on"),
        ("compliance_lead", "lead", {}, "delegate"),  # oneself
        ("admin", "owner", {}, "role"),
        ("compliance_lead", "owner", {"reason": " "}, "reason"),
    ],
)
def test_a_delegation_that_does_not_hold_together_is_refused(
    house: House, role: str, taker: str, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        delegated(house, "lead", taker, role, **given)

    assert refused.value.field == field
    with acting_in(house.organization):
        assert Delegation.objects.count() == 0


def test_a_role_held_by_delegation_is_not_delegated_on(house: House) -> None:
    running(house, "top", "lead", "top_management")

    with pytest.raises(RuleBroken, match="hold yourself"), acting_as(acting_for(house, "lead")) as actor:
        delegate_duties(
            actor=actor,
            delegate=house.member["owner"],
            role="top_management",
            starts_on=TODAY,
            ends_on=TODAY,
            reason="Leave",
            now=NOW,
        )


def test_either_of_the_two_takes_it_back_and_nobody_else(house: House) -> None:
    row = running(house, "top", "lead", "top_management")

    with pytest.raises(NotAllowed), acting_as(house.owner) as actor:
        revoke_delegation(actor=actor, delegation=row, now=NOW)
    assert "top_management" in acting_for(house, "lead").roles

    with acting_as(house.lead) as actor:
        revoke_delegation(actor=actor, delegation=row, now=NOW)
    assert "top_management" not in acting_for(house, "lead").roles


@pytest.mark.parametrize("change", ["leaves", "loses the role"])
def test_it_ends_when_the_delegator_leaves_or_loses_the_role(house: House, change: str) -> None:
    running(house, "top", "lead", "top_management")

    with acting_as(house.admin) as actor:
        if change == "leaves":
            deactivate_member(actor=actor, member=house.member["top"], reason="Left")
        else:
            change_roles(actor=actor, member=house.member["top"], roles=["staff"])

    assert acting_for(house, "lead").roles == {"compliance_lead"}


# SOD-06


def test_an_administrator_gives_themselves_nothing_and_asks_instead(house: House) -> None:
    with pytest.raises(RuleBroken) as refused, acting_as(house.admin) as actor:
        change_roles(actor=actor, member=house.member["admin"], roles=["admin", "top_management"])
    assert refused.value.code == "SOD-06"

    with acting_as(house.admin) as actor:
        request = request_roles(actor=actor, roles=["top_management"], reason="Small firm", now=NOW)

    with acting_in(house.organization):
        assert Member.objects.get(pk=house.member["admin"].pk).roles == ["admin"]
        told = Notification.objects.filter(text__contains="asks for a role of their own")
        assert {each.member_id for each in told} == {house.member["lead"].pk, house.member["top"].pk}

    with pytest.raises(RuleBroken, match="own roles"), acting_as(house.admin) as actor:
        decide_roles(actor=actor, request=request, approve=True, now=NOW)
    with pytest.raises(NotAllowed), acting_as(house.lead) as actor:
        decide_roles(actor=actor, request=request, approve=True, now=NOW)

    with acting_as(house.top) as actor:
        decide_roles(actor=actor, request=request, approve=True, now=NOW)
    with acting_in(house.organization):
        assert Member.objects.get(pk=house.member["admin"].pk).roles == ["admin", "top_management"]
        assert RoleRequest.objects.get(pk=request.pk).decided_by == house.member["top"]


def test_a_key_gives_its_maker_no_role(house: House) -> None:
    from aims.core.keys import create_key

    with acting_as(house.admin) as actor:
        key, _ = create_key(actor=actor, name="Directory", scopes=["people:write"], now=NOW)
    program = Actor(
        ActorKind.KEY, "Directory", house.organization.pk, key_id=key.pk, scopes=frozenset({"people:write"})
    )

    with pytest.raises(RuleBroken, match="SOD-06"), acting_as(program) as actor:
        change_roles(actor=actor, member=house.member["admin"], roles=["admin", "compliance_lead"])

    with acting_in(house.organization):
        assert Member.objects.get(pk=house.member["admin"].pk).roles == ["admin"]


# Taking part


def test_taking_part_is_found_in_the_trail_since_a_day_and_without_assurance(house: House) -> None:
    item = own_evidence(house)
    people = [member.pk for member in house.member.values()]

    with acting_in(house.organization):
        [part] = took_part(people, ["core.evidence"], object_id=item.pk, since=TODAY)

        assert (part.person, part.object_id) == (house.member["lead"].pk, item.pk)
        assert took_part(people, ["core.evidence"], since=TODAY + DAY) == []
        assert took_part(people, ["core.evidence"], since=TODAY, but=["evidence.submitted"]) == []


# Pages


def test_pages_list_what_runs_and_grant_and_end_it(house: House) -> None:
    lead, top = as_member(house, "lead"), as_member(house, "top")
    form = {
        "act": "SOD-05 core.evidence",
        "member": house.member["lead"].pk,
        "reason": "One person",
        "compensating_check": "Read monthly",
        "ends_on": str(TODAY + 9 * DAY),
    }

    assert "No exception was granted" in lead.get(house.url("people/exceptions/")).text
    assert lead.post(house.url("people/exceptions/new/"), form).status_code == 422
    assert top.post(house.url("people/exceptions/new/"), form).status_code == 302
    page = lead.get(house.url("people/exceptions/")).text
    assert "SE-001" in page and "Read monthly" in page and "Running" in page
    assert "SE-001" in lead.get(house.url("people/permissions/")).text
    with acting_in(house.organization):
        pk = SeparationException.objects.get().pk
    assert top.post(house.url(f"people/exceptions/{pk}/end/")).status_code == 302
    assert "Ended early" in lead.get(house.url("people/exceptions/")).text


@pytest.mark.parametrize("address", ["people/exceptions/", "people/delegations/"])
def test_a_list_asks_as_often_with_thirty_rows_as_with_one(house: House, address: str) -> None:
    lead = as_member(house, "lead")

    def rows(count: int) -> None:
        for _ in range(count):
            granted(house, "SOD-05 core.evidence", "control_owner")
            delegated(house, "lead", "owner", "compliance_lead")

    rows(1)
    lead.get(house.url(address))
    with CaptureQueriesContext(connection) as one:
        lead.get(house.url(address))
    rows(29)
    with CaptureQueriesContext(connection) as thirty:
        lead.get(house.url(address))

    assert len(thirty) == len(one)


def database_today() -> datetime.date:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'UTC')::date")
        today: datetime.date = cursor.fetchone()[0]
    return today
