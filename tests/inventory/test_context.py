"""The context of the AIMS (clause 4): scope, issues, the climate decision, and what is missing."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest

from aims.core.documents import Table
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Notification, Snapshot, TrailEvent
from aims.core.tenancy.context import acting_as, acting_in
from inventory.models import ClimateDecision, ContextIssue, ScopeStatement
from inventory.places import context as places
from inventory.queries import context as queries
from inventory.reminders import context as reminders
from inventory.rules import context as rules
from inventory.sections import context as sections
from inventory.services import context as services
from inventory.services import scope as scopes
from tests.cast import NOW, TODAY, House, as_member
from tests.inventory.auditors import as_auditor, grant_for
from tests.inventory.factories import a_complete_system, a_system
from tests.inventory.test_api import Api
from tests.pdf_text import pages_text
from tests.queries import count_queries

DAY = datetime.timedelta(days=1)
SITE = {"name": "Riverside", "place": "Hamburg", "activities": "Care"}
EXCLUSION = {"what": "Research", "reason": "The ethics board governs it"}


def an_issue(house: House, title: str = "The law changes", **values: Any) -> ContextIssue:
    return services.record_issue(actor=house.lead, title=title, now=NOW, **values)


def stored() -> tuple[int, ...]:
    tables: Iterator[Any] = iter((ScopeStatement, ContextIssue, ClimateDecision, Snapshot, TrailEvent))
    return tuple(table.objects.count() for table in tables)


# The scope


def test_a_scope_is_frozen_with_its_sites_and_what_is_left_out(house):
    lead, top = as_member(house, "lead"), as_member(house, "top")
    shown = lead.get(house.url("scope/write/")).content.decode()
    assert "sites_2_name" in shown and "sites_3_name" not in shown
    sent = {
        "statement": "All AI",
        "sites_0_name": "",
        "sites_1_name": "Riverside",
        "sites_1_place": "Hamburg",
        "sites_1_activities": "Care",
        "exclusions_0_what": "Research",
        "exclusions_0_reason": "The ethics board governs it",
    }
    assert lead.post(house.url("scope/write/"), sent).status_code == 302
    with acting_in(house.organization):
        scope = ScopeStatement.objects.get()
    assert (scope.sites, scope.exclusions) == ([SITE], [EXCLUSION])
    assert "Riverside" in lead.get(house.url("scope/write/")).content.decode()
    top.post(house.url(f"scope/{scope.pk}/approve/"))

    page = top.get(house.url("scope/")).content.decode()
    file = top.get(house.url(f"scope/{scope.pk}/export/json/"))

    with acting_in(house.organization):
        frozen = Snapshot.objects.get()
    assert json.loads(file.content)["sites"] == [SITE] and file.content.decode() == frozen.text
    assert frozen.sha256 in page and "Hamburg" in page


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"sites": [{"name": "", "place": "Hamburg"}]}, "sites"),
        ({"exclusions": [{"what": "Research", "reason": " "}]}, "exclusions"),
        ({"sites": [SITE] * 101}, "sites"),
    ],
)
def test_a_site_without_name_and_an_exclusion_without_reason_are_refused(acting, given, field):
    before = stored()

    with pytest.raises(RuleBroken) as refused:
        scopes.write_scope_statement(actor=acting.lead, statement="All", now=NOW, **given)

    assert (refused.value.field, stored()) == (field, before)


def test_staff_read_the_approved_scope_and_no_draft(house, staff):
    with acting_in(house.organization):
        scope = scopes.write_scope_statement(actor=house.lead, statement="Approved words", now=NOW)
        scopes.approve_scope_statement(actor=house.top, scope=scope, now=NOW)
        draft = scopes.write_scope_statement(actor=house.lead, statement="Draft words", now=NOW)

    page = staff.get(house.url("scope/")).content.decode()
    listed = staff.get(house.api("scope-statements")).json()["results"]

    assert "Approved words" in page and "Draft words" not in page
    assert [each["statement"] for each in listed] == ["Approved words"]
    assert staff.get(house.url(f"scope/{draft.pk}/export/json/")).status_code == 404
    for path in ("context/", "context/issues/", "context/climate/"):
        assert staff.get(house.url(path)).status_code == 403


def test_the_scope_is_printed_with_its_approval(house):

    with acting_in(house.organization):
        scope = scopes.write_scope_statement(
            actor=house.lead, statement="All AI of the clinic", sites=[SITE], now=NOW
        )
        scopes.approve_scope_statement(actor=house.top, scope=scope, now=NOW)

    printed = as_member(house, "staff").get(house.url(f"scope/{scope.pk}/export/pdf/"))

    words = " ".join(pages_text(printed.content))
    assert "AllAIoftheclinic" in words and "Riverside" in words and "byTaraTop" in words


def test_a_version_is_written_and_approved_through_the_api_by_two_people(house):
    body = {"statement": "All AI", "sites": [SITE], "exclusions": [EXCLUSION]}
    lead, top = as_member(house, "lead"), as_member(house, "top")
    kind = "application/json"
    made = lead.post(house.api("scope-statements"), body, content_type=kind)
    assert (made.status_code, made.json()["sites"]) == (201, [SITE])
    path = house.api(f"scope-statements/{made.json()['id']}/approve")
    assert lead.post(path, {}, content_type=kind).status_code == 403

    approved = top.post(path, {}, content_type=kind)

    assert approved.json()["approved_by_id"] == house.member["top"].pk
    assert Api(house, "context:write").post("scope-statements", body).status_code == 403


# Issues and the climate decision


def test_an_issue_is_recorded_edited_and_looked_at_again_by_whoever_answers_for_it(house, lead):
    sent = {"title": "The law changes", "kind": "external", "theme": "law", "standing": "open"}
    made = lead.post(house.url("context/issues/new/"), {**sent, "owner": house.member["owner"].pk})
    with acting_in(house.organization):
        issue = ContextIssue.objects.get()
        assert (issue.reference, Notification.objects.get().member) == ("CI-001", house.member["owner"])
    url = house.url(f"context/issues/{issue.pk}/")
    assert made.headers["Location"] == url
    owner = as_member(house, "owner")
    assert "Note a review" in owner.get(url).content.decode()
    assert owner.post(f"{url}edit/", {**sent, "row_version": 1}).status_code == 403

    note = {"note": "Still so", "row_version": 1, "next_review_date": "2099-01-01"}
    assert owner.post(f"{url}review/", note).status_code == 302
    assert owner.post(f"{url}review/", note).status_code == 409
    assert as_member(house, "risk_owner").post(f"{url}review/", note).status_code == 403
    stale = lead.post(f"{url}edit/", {**sent, "title": "Mine", "row_version": 1})

    assert stale.status_code == 409
    with acting_in(house.organization):
        issue = ContextIssue.objects.get()
    assert (issue.title, issue.review_note, issue.row_version) == ("The law changes", "Still so", 2)
    assert "Still so" in lead.get(f"{url}history/").content.decode()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": " "}, "title"),
        ({"standing": "closed"}, "closed_reason"),
        ({"theme": "nonsense"}, "theme"),
        ({"reference": "CI-999"}, "reference"),
    ],
)
def test_an_issue_that_cannot_be_is_refused(acting, given, field):
    before = stored()

    with pytest.raises(RuleBroken) as refused:
        an_issue(acting, **given)

    assert (refused.value.field, stored()) == (field, before)


def test_a_review_says_what_it_came_to_and_a_later_day(acting):
    issue = an_issue(acting)
    for note, day in (("", None), ("Looked", TODAY)):
        with pytest.raises(RuleBroken):
            services.review_issue(
                actor=acting.lead, issue=issue, row_version=1, note=note, next_review_date=day, now=NOW
            )
    services.edit_issue(
        actor=acting.lead,
        issue=issue,
        row_version=1,
        changes={"standing": "closed", "closed_reason": "Repealed"},
        now=NOW,
    )
    with pytest.raises(RuleBroken, match="no longer matters"):
        services.review_issue(actor=acting.lead, issue=issue, row_version=2, note="Looked", now=NOW)

    assert ContextIssue.objects.get().last_reviewed_on is None


@pytest.mark.parametrize("who", ["owner", "top", "internal_auditor", "admin", "staff"])
def test_only_the_lead_keeps_the_context(acting, who):
    issue = an_issue(acting)
    before = stored()
    actor = acting.actor(who)
    for verb in (
        lambda: services.record_issue(actor=actor, title="Mine", now=NOW),
        lambda: services.edit_issue(
            actor=actor, issue=issue, row_version=1, changes={"title": "Mine"}, now=NOW
        ),
        lambda: services.decide_climate(actor=actor, is_relevant=False, reason="No", now=NOW),
    ):
        with pytest.raises(NotAllowed):
            verb()

    assert stored() == before


def test_climate_change_is_asked_for_until_somebody_decided(house, lead):
    assert "It is not decided whether climate change is relevant." in page_of(house, lead)
    with acting_as(house.lead):
        assert [item.title for item in places.work(house.lead, TODAY)] == [
            "Decide whether climate change is relevant to the AIMS"
        ]
    url = house.url("context/climate/")
    assert lead.post(url, {"is_relevant": "no", "reason": " "}).status_code == 422
    assert lead.post(url, {"is_relevant": "no", "reason": "Little energy"}).status_code == 302
    lead.post(url, {"is_relevant": "yes", "reason": "Heat in the data centre"})

    page = page_of(house, lead)

    assert "not decided whether climate" not in page
    assert "Heat in the data centre" in page and "not relevant. Little energy" in page
    with acting_as(house.lead):
        assert list(places.work(house.lead, TODAY)) == []
        assert [each.is_relevant for each in ClimateDecision.objects.all()] == [True, False]


def page_of(house: House, client: Any) -> str:
    return client.get(house.url("context/")).content.decode()


# Clause 4 on one page, in the pack, in reminders


def test_the_context_names_what_is_missing_and_falls_silent_when_nothing_is(acting):
    a_system(acting)
    assert [(each.clause, each.sentence) for each in queries.context_of(on=TODAY).missing] == [
        ("4.1", "No internal issue is recorded."),
        ("4.1", "No external issue is recorded."),
        ("4.1", "It is not decided whether climate change is relevant."),
        ("4.1", "1 AI system without a recorded role of the organization."),
        ("4.2", "No interested party is recorded."),
        ("4.3", "No scope statement was approved."),
        ("4.3", "1 AI system neither in scope nor left out."),
        ("5.3", "No governance body is recorded."),
    ]


def test_a_complete_context_lacks_nothing():
    complete = rules.ContextFacts(
        scope_approved=True,
        scope_waits=True,
        scope_has_sites=True,
        systems_undecided=0,
        systems_without_role=0,
        internal_issues=1,
        external_issues=1,
        issues_without_owner=0,
        issues_overdue=0,
        climate_decided=True,
        parties=1,
        affected_among_parties=True,
        parties_without_needs=0,
        parties_overdue=0,
        needs_undecided=0,
        bodies=1,
        bodies_without_chair=0,
        bodies_quiet=0,
        decisions_overdue=0,
    )

    assert rules.missing(complete) == []


def test_roles_are_counted_over_systems_and_open_them(house, lead):
    with acting_in(house.organization):
        a_complete_system(house, name="Purchased sorter")
        a_complete_system(house, name="Built here", organization_roles=["provider", "deployer_user"])
        a_system(house, name="Roleless")
        found = queries.system_counts()

    assert {each.role: (each.systems, each.in_scope) for each in found.roles} == {
        "provider": (1, 1),
        "developer": (0, 0),
        "deployer_user": (2, 2),
    }
    register = lead.get(house.url("systems/?role=provider")).content.decode()
    assert "Built here" in register and "Purchased sorter" not in register
    assert "Roleless" in lead.get(house.url("systems/?role=none")).content.decode()
    listed = Api(house, "systems:read").get("systems?role=none").json()["results"]
    assert [each["name"] for each in listed] == ["Roleless"]


@pytest.mark.parametrize("path", ["context/", "context/issues/", "context/issues/csv/"])
def test_the_pages_take_as_many_queries_for_thirty_issues_as_for_one(house, lead, path):
    with acting_in(house.organization):
        an_issue(house)
    with count_queries() as one:
        assert lead.get(house.url(path)).status_code == 200
    with acting_in(house.organization):
        for number in range(29):
            an_issue(house, f"Issue {number}")
    with count_queries() as thirty:
        assert lead.get(house.url(path)).status_code == 200

    assert len(one) == len(thirty) <= 12, thirty


def test_reviews_that_fall_due_remind_the_owner_and_stand_in_their_work(acting):
    issue = an_issue(acting, owner=acting.member["owner"], next_review_date=TODAY - DAY)
    an_issue(acting, "Closed", standing="closed", closed_reason="Gone", next_review_date=TODAY)

    (due,) = reminders.due(TODAY + 6 * DAY)
    (item,) = places.work(acting.owner, TODAY)

    assert (due.object_id, due.member_ids) == (issue.pk, (acting.member["owner"].pk,))
    assert (item.title, item.due) == ("Review the issue CI-001 The law changes", TODAY - DAY)


def test_the_pack_tells_issues_the_climate_decision_and_what_lacks(acting):
    empty, _ = sections.sections(TODAY)
    assert empty.gaps == (
        "No internal issue is recorded.",
        "No external issue is recorded.",
        sections.NO_CLIMATE,
    )
    an_issue(acting, owner=acting.member["owner"], next_review_date=TODAY - DAY)
    services.decide_climate(actor=acting.lead, is_relevant=False, reason="Little energy", now=NOW - DAY)

    section, _ = sections.sections(TODAY)

    table = section.data["issues"]
    assert isinstance(table, Table) and table.rows[0][:3] == ("CI-001", "The law changes", "External")
    assert ("Grounds", "Little energy") in section.data["climate"].rows
    assert section.gaps == (
        "No internal issue is recorded.",
        "CI-001 The law changes: the review is overdue.",
    )


def test_an_external_auditor_reads_the_context_of_the_organization_only(house, other_house):
    with acting_in(house.organization):
        system = a_complete_system(house)
        issue = an_issue(house)
    with acting_in(other_house.organization):
        theirs = an_issue(other_house, "Bank secrets")
    audrey = as_auditor(grant_for(house, system))

    register = audrey.get(house.url("context/issues/")).content.decode()

    assert "The law changes" in register and "Bank secrets" not in register
    assert audrey.get(house.url(f"context/issues/{issue.pk}/")).status_code == 200
    assert audrey.get(house.url(f"context/issues/{issue.pk}/history/")).status_code == 403
    assert audrey.get(house.url(f"context/issues/{theirs.pk}/")).status_code == 404
    assert audrey.post(house.url("context/issues/new/"), {"title": "Mine"}).status_code == 403


def test_an_external_auditor_is_told_that_counts_are_of_the_systems_of_the_access(house):
    with acting_in(house.organization):
        system = a_complete_system(house)
        a_complete_system(house, name="Other one", is_in_scope=None)
    audrey, lead = as_auditor(grant_for(house, system)), as_member(house, "lead")

    for path, times in (("context/", 2), ("scope/", 1)):
        seen, inside = (client.get(house.url(path)).content.decode() for client in (audrey, lead))
        assert seen.count("Counted over the AI systems of your access") == times
        assert "of your access" not in inside
        assert "1 AI system neither in scope" not in seen and "Other one" not in seen


def test_the_api_keeps_issues_and_leaves_decisions_to_people(house):
    api = Api(house, "context:read", "context:write")
    made = api.post("context-issues", {"title": "Law", "kind": "internal", "theme": "law"})
    assert (made.status_code, made.json()["reference"]) == (201, "CI-001")
    path = f"context-issues/{made.json()['id']}"

    assert api.patch(path, {"row_version": 1, "effect": "More proof"}).json()["effect"] == "More proof"
    assert api.patch(path, {"row_version": 1, "effect": "Old"}).status_code == 409
    assert api.post(f"{path}/review", {"row_version": 2, "note": "Seen"}).status_code == 403
    assert api.post("climate-decisions", {"is_relevant": True, "reason": "R"}).status_code == 403
    assert api.get("context-issues?theme=law").json()["count"] == 1
    assert api.get("context-issues?view=external").json()["count"] == 0
    overview = api.get("context").json()
    assert (overview["climate_is_relevant"], overview["scope_version"]) == (None, None)
    assert "climate" in [each["place"] for each in overview["missing"]]
    assert Api(house, "systems:read").get("context-issues").status_code == 403


def test_somebody_faster_keeps_what_they_wrote(acting):
    issue = an_issue(acting)
    ContextIssue.objects.update(row_version=2, title="Theirs")

    with pytest.raises(StaleState):
        services.edit_issue(actor=acting.lead, issue=issue, row_version=1, changes={"title": "Mine"}, now=NOW)

    assert ContextIssue.objects.get().title == "Theirs"
