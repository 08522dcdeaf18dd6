"""The compliance lead looks as an external auditor would: the same pages, by the same role, and no write."""

from __future__ import annotations

import dataclasses
import datetime
import re

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from aims.core import permissions, previews
from aims.core.actor import Actor
from aims.core.models import AccessGrant, TrailEvent
from aims.core.tenancy.context import acting_as, acting_in
from aims.core.tenancy.policies import tenant_models
from audits.models import AuditorNote, AuditRequest, Engagement, FindingDraft
from audits.services.engagements import revoke_engagement
from inventory.models import AISystem
from tests.architecture.walking import NOWHERE, routes_inside
from tests.audits.conftest import Records, auditor_actor, auditor_client, invite
from tests.cast import NOW, House, as_member

PAGES = (
    "engagement_home",
    "systems",
    "risks",
    "assessments",
    "controls",
    "soas",
    "evidence_list",
    "findings",
)


def begin(house: House, engagement: Engagement) -> Client:
    client = as_member(house, "lead")
    answer = client.post(house.url(f"engagements/{engagement.pk}/preview/"))
    assert (answer.status_code, answer.headers["Location"]) == (302, house.url("overview/"))
    return client


def preview_actor(house: House, engagement: Engagement) -> Actor:
    lead = house.member["lead"]
    seen = dataclasses.replace(auditor_actor(engagement), user_id=lead.user_id, previewer_id=lead.pk)
    assert seen.label == f"member:{lead.pk}"
    return seen


def content_of(client: Client, address: str) -> str:
    """The page without the frame around it and without what is drawn for each request."""
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, address
    main = re.search(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    assert main is not None
    text = re.sub(
        r'<div class="banner[^"]* context-banner".*?</div></div>|name="csrfmiddlewaretoken"[^>]*', "", main[0]
    )
    return re.sub(r'<div class="[^"]*context-banner.*?(?=<div class="head)', "", text, flags=re.DOTALL)


def test_the_pages_are_those_of_the_auditor_and_the_frame_says_whose_eyes_they_are(
    house: House, engagement: Engagement
) -> None:
    lead, auditor = begin(house, engagement), auditor_client(engagement)

    for name in PAGES:
        address = reverse(name, args=[house.slug])
        assert content_of(lead, address) == content_of(auditor, address), name
    page = lead.get(house.url("systems/")).content.decode()
    assert "Preview." in page
    assert "Edda External" in page
    assert "End preview" in page
    assert "Triage" in page
    assert "Billing assistant" not in page
    assert lead.get(house.api("systems")).json()["count"] == 1


def test_every_page_that_reads_is_answered_as_the_auditor_is_answered(
    house: House, engagement: Engagement
) -> None:
    lead, auditor = begin(house, engagement), auditor_client(engagement)
    differ, seen = [], 0
    for route in routes_inside():
        verb = permissions.verbs().get(getattr(route.view, "verb", ""))
        if verb is None or verb.on.kind != permissions.READ or route.name == "preview_end":
            continue
        for address in route.addresses(house.slug, lambda table: NOWHERE):
            seen += 1
            mine, theirs = lead.get(address).status_code, auditor.get(address).status_code
            if mine != theirs:
                differ.append((address, mine, theirs))

    assert seen > 40
    assert differ == []


def test_a_preview_writes_nowhere_by_page_or_by_the_database(house: House, engagement: Engagement) -> None:
    lead = begin(house, engagement)
    faults = []
    for route in routes_inside():
        if route.name == "preview_end":
            continue
        for address in route.addresses(house.slug, lambda table: NOWHERE):
            status = lead.post(address, {}).status_code
            if status not in {403, 404}:
                faults.append((address, status))
    assert faults == []

    allowed = []
    with acting_as(preview_actor(house, engagement)):
        for model in tenant_models():
            if getattr(model, "auditor_writes", False) and not is_refused(model._meta.db_table):
                allowed.append(model._meta.db_table)
        assert list(AISystem.objects.values_list("name", flat=True)) == ["Triage"]
    assert allowed == []
    with acting_in(house.organization):
        assert not AuditorNote.objects.exists()


def is_refused(table: str) -> bool:
    """By the policy: the rows would do for the auditor."""
    columns = {
        "audits_auditornote": "engagement_id, text, grant_id, created_at",
        "core_trailevent": "body, at, actor, action, object_type",
    }.get(table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, grant_id FROM audits_engagement")
        engagement_id, grant_id = cursor.fetchone()
        values = {
            "audits_auditornote": f"{engagement_id}, 'x', {grant_id}, now()",
            "core_trailevent": "'{}', now(), 'auditor:1', 'x', ''",
        }.get(table)
        insert = f"INSERT INTO {table} (organization_id, {columns}) SELECT current_setting('app.current_org')::bigint, {values}"  # noqa: E501
        if columns is None:
            insert = f"INSERT INTO {table} DEFAULT VALUES"
        try:
            with transaction.atomic():
                cursor.execute(insert)
        except DatabaseError as error:
            return "row-level security" in str(error) or "permission denied" in str(error)
    return False


def test_what_the_auditor_keeps_private_is_not_shown(house: House, engagement: Engagement) -> None:
    with acting_in(house.organization):
        given = {"engagement": engagement, "grant_id": engagement.grant_id, "created_at": NOW}
        AuditorNote.objects.create(text="Private note", **given)
        AuditorNote.objects.create(text="Shared note", shared_at=NOW, **given)
        for state in ("draft", "issued"):
            FindingDraft.objects.create(
                reference=f"EF-{state}",
                title=f"Finding {state}",
                grade="minor",
                requirement="9.1",
                statement="S",
                state=state,
                issued_at=None if state == "draft" else NOW,
                **given,
            )
        for state in ("draft", "open"):
            AuditRequest.objects.create(
                reference=f"RQ-{state}", title=f"Request {state}", state=state, **given
            )
    lead, auditor = begin(house, engagement), auditor_client(engagement)

    for page, private, shared in (
        ("auditor-notes/", "Private note", "Shared note"),
        ("external-findings/", "Finding draft", "Finding issued"),
        ("requests/?view=all", "Request draft", "Request open"),
    ):
        mine, theirs = (each.get(house.url(page)).content.decode() for each in (lead, auditor))
        assert (private in theirs, shared in theirs) == (True, True), page
        assert (private in mine, shared in mine) == (False, True), page


def test_it_can_be_looked_at_before_the_auditor_has_accepted(house: House, records: Records) -> None:
    with acting_in(house.organization):
        made = invite(house, records, until_date=timezone.localdate() + datetime.timedelta(days=20))
    assert made.grant.state == "invited"

    client = begin(house, made)

    page = client.get(house.url("systems/")).content.decode()
    assert ("Triage" in page, "Billing assistant" in page) == (True, False)


@pytest.mark.parametrize("who", ["admin", "top", "internal_auditor", "owner", "staff"])
def test_only_the_compliance_lead_begins_one(house: House, engagement: Engagement, who: str) -> None:
    client = as_member(house, who)

    assert client.post(house.url(f"engagements/{engagement.pk}/preview/")).status_code == 403
    assert previews.SHOWN not in client.session


def test_a_button_ends_it_and_begin_and_end_stand_in_the_log_and_not_in_the_auditors(
    house: House, engagement: Engagement
) -> None:
    lead = begin(house, engagement)
    lead.get(house.url("systems/"))
    assert lead.get(house.url("engagements/")).status_code == 403

    answer = lead.post(house.url("preview/end/"))

    assert answer.headers["Location"] == house.url(f"engagements/{engagement.pk}/")
    assert lead.get(house.url("engagements/")).status_code == 200
    assert "Billing assistant" in lead.get(house.url("systems/")).content.decode()
    assert lead.post(house.url("preview/end/")).headers["Location"] == house.url("engagements/")
    with acting_in(house.organization):
        lines = TrailEvent.objects.filter(action__startswith="engagement.preview").order_by("pk")
        label = f"member:{house.member['lead'].pk}"
        assert [(line.action, line.actor) for line in lines] == [
            ("engagement.preview_begun", label),
            ("engagement.preview_ended", label),
        ]
        assert not TrailEvent.objects.filter(actor=f"auditor:{engagement.grant_id}").exists()


def test_when_the_access_ends_the_preview_ends_with_it(house: House, engagement: Engagement) -> None:
    lead = begin(house, engagement)
    seen = preview_actor(house, engagement)

    with acting_in(house.organization):
        revoke_engagement(actor=house.lead, engagement=engagement, reason="Over", now=NOW)

    with acting_as(seen):
        assert not AISystem.objects.exists()
    assert "Billing assistant" in lead.get(house.url("systems/")).content.decode()
    answer = lead.post(house.url(f"engagements/{engagement.pk}/preview/"))
    assert answer.status_code == 422


def test_the_database_asks_for_an_active_member_of_the_organization(
    house: House, other_house: House, engagement: Engagement
) -> None:
    seen = preview_actor(house, engagement)
    stranger = other_house.member["lead"]

    for actor in (
        dataclasses.replace(seen, previewer_id=stranger.pk, user_id=stranger.user_id),
        dataclasses.replace(seen, previewer_id=house.member["lead"].pk, user_id=stranger.user_id),
        dataclasses.replace(seen, organization_id=other_house.organization.pk),
    ):
        with acting_as(actor):
            assert not AISystem.objects.exists()
            assert not AccessGrant.objects.exists()
    with acting_as(seen):
        assert AISystem.objects.count() == 1
