"""Disclosures, and the transparency page: what stands outside was chosen, previewed and frozen."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Snapshot, TrailEvent
from aims.core.tenancy.context import acting_as, acting_in
from inventory.models import AISystem, Disclosure, DisclosureEvidence, TransparencyPage
from inventory.queries import transparency as queries
from inventory.reminders import transparency as reminders
from inventory.sections.transparency import sections
from inventory.services import disclosures as services
from inventory.services import transparency as pages
from tests.cast import NOW, TODAY, House, as_member
from tests.core.evidence_sample import accepted
from tests.inventory.factories import a_complete_system
from tests.inventory.test_api import Api
from tests.queries import count_queries

DAY = datetime.timedelta(days=1)
WORDS = "You talk to a machine. A person reads every refusal."
CANARY = "zqcanary-inside"
PAGE = {
    "title": "Invoice helper",
    "publisher": "Meadow outside",
    "language": "en",
    "intro": "What it does.",
    "contact": "ask@meadow.test",
    "allows_search": False,
}


@pytest.fixture
def system(house: House) -> AISystem:
    with acting_in(house.organization):
        return a_complete_system(house)


def a_disclosure(house: House, system: AISystem, who: str = "lead", **values: Any) -> Disclosure:
    given = {"kind": "interaction", "audience": "users", "language": "en", "text": WORDS, **values}
    with acting_as(house.actor(who)) as actor:
        return services.register_disclosure(actor=actor, system=system, now=NOW, **given)


def drafted(house: House, system: AISystem, *chosen: Disclosure, **values: Any) -> TransparencyPage:
    given = {**PAGE, "fields": ["purpose"], "row_version": 0, **values}
    with acting_as(house.lead) as actor:
        return pages.draft_page(actor=actor, system=system, disclosures=chosen, now=NOW, **given)


def published(house: House, page: TransparencyPage) -> TransparencyPage:
    with acting_as(house.lead) as actor:
        digest = pages.digest_of(queries.content_of(page))
        return pages.publish_page(actor=actor, page=page, digest=digest, now=NOW)


def address(page: TransparencyPage) -> str:
    return f"/transparency/{page.token}/"


@pytest.mark.parametrize("state", ["rejected", "superseded"])
def test_what_was_rejected_or_replaced_is_no_proof(house, system, state):
    disclosure = a_disclosure(house, system, review_date=TODAY)
    with acting_as(house.lead) as actor:
        item = Evidence.objects.create(reference="EV-900", title="Notice", state=state)
        with pytest.raises(RuleBroken, match=r"was rejected|was replaced"):
            services.link_proof(
                actor=actor, disclosure=disclosure, evidence=item, shown_on=TODAY - DAY, today=TODAY
            )
        assert not DisclosureEvidence.objects.exists()


def test_a_disclosure_is_kept_with_its_proof_and_every_act_stands_in_the_trail(house, system):
    disclosure = a_disclosure(house, system, review_date=TODAY)
    with acting_as(house.lead) as actor:
        evidence = accepted(house)
        given = {"evidence": evidence, "disclosure": disclosure, "actor": actor}
        with pytest.raises(RuleBroken, match="lies ahead"):
            services.link_proof(shown_on=TODAY + DAY, today=TODAY, **given)
        assert not DisclosureEvidence.objects.exists()
        link = services.link_proof(shown_on=TODAY - DAY, today=TODAY, **given)
        services.edit_disclosure(
            actor=actor, disclosure=disclosure, row_version=1, changes={"text": "You talk to AI."}, now=NOW
        )
        with pytest.raises(StaleState):
            services.edit_disclosure(
                actor=actor, disclosure=disclosure, row_version=1, changes={"text": "No"}, now=NOW
            )
        disclosure.refresh_from_db()
        assert (disclosure.reference, disclosure.text) == ("DCL-001", "You talk to AI.")
        services.unlink_proof(actor=actor, link=link, now=NOW)
        services.end_disclosure(actor=actor, disclosure=disclosure, on=TODAY, now=NOW)
        with pytest.raises(RuleBroken, match="keeps its record"):
            services.edit_disclosure(
                actor=actor, disclosure=disclosure, row_version=3, changes={"text": "No"}, now=NOW
            )
        lines = TrailEvent.objects.filter(action__startswith="disclosure.").order_by("id")
        assert [each.action.partition(".")[2] for each in lines] == [
            *("registered", "proof_linked", "edited", "proof_unlinked", "ended")
        ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kind": "rumour"}, "what people are told"),
        ({"audience": "nobody"}, "whom"),
        ({"language": "English"}, "as a code"),
        ({"text": "  "}, "words that are shown"),
        ({"is_on_page": True}, "cannot be set"),
    ],
)
def test_a_disclosure_without_sense_is_refused(house, system, given, sentence):
    with pytest.raises(RuleBroken, match=sentence):
        a_disclosure(house, system, **given)
    with acting_in(house.organization):
        assert not Disclosure.objects.exists()


def test_owners_keep_what_is_of_their_systems_and_the_lead_alone_publishes(house, system):
    with acting_in(house.organization):
        AISystem.objects.update(owner=house.member["owner"])
        system.refresh_from_db()
    disclosure = a_disclosure(house, system, "owner")
    page = drafted(house, system, disclosure)
    for who in ("risk_owner", "internal_auditor", "top", "admin", "staff"):
        with pytest.raises(NotAllowed):
            a_disclosure(house, system, who)
    with acting_in(house.organization):
        AISystem.objects.update(owner=None)
        stranger = Disclosure.objects.select_related("system").get()
    with acting_as(house.owner) as actor:
        with pytest.raises(NotAllowed):
            services.end_disclosure(actor=actor, disclosure=stranger, on=TODAY, now=NOW)
        digest = pages.digest_of(queries.content_of(page))
        with pytest.raises(NotAllowed):
            pages.publish_page(actor=actor, page=page, digest=digest, now=NOW)
        assert not TransparencyPage.objects.get().is_public


def test_only_what_was_chosen_stands_outside_and_nothing_leads_back_inside(house, system, client):
    with acting_in(house.organization):
        AISystem.objects.update(intended_use=f"{CANARY} use", business_process=f"{CANARY} process")
    chosen = a_disclosure(house, system)
    a_disclosure(house, system, text=f"{CANARY} words")
    with acting_in(house.organization):
        AISystem.objects.update(name=f"{CANARY} name", affected_people=f"{CANARY} people")
    page = drafted(house, system, chosen)

    assert Client().get("/transparency//").status_code == 404
    page = published(house, page)
    answer = client.get(address(page))

    text = answer.content.decode()
    assert answer.status_code == 200 and not client.cookies
    assert "Set-Cookie" not in answer.headers and "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow" and 'content="noindex' in text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert WORDS in text and "Meadow outside" in text and "ask@meadow.test" in text
    with acting_in(house.organization):
        assert AISystem.objects.get().purpose in text
    inside = (CANARY, "Meadow Clinic", "/o/", "SYS-", "DCL-", "Lena", "csrf", "<script", "AIMS")
    assert [word for word in inside if word in text] == []
    assert len(page.token) >= 32
    assert client.post(address(page)).status_code == 405
    signed_in = as_member(house, "lead").get(address(page)).content.decode()
    assert signed_in == text


def test_what_stands_outside_is_frozen_until_it_is_published_again_and_goes_at_once(house, system, client):
    disclosure = a_disclosure(house, system)
    page = published(house, drafted(house, system, disclosure))
    first = client.get(address(page)).content

    with acting_as(house.lead) as actor:
        services.edit_disclosure(
            actor=actor, disclosure=disclosure, row_version=1, changes={"text": "New words"}, now=NOW
        )
    drafted(house, system, disclosure, intro="New intro", allows_search=True, row_version=1)
    assert client.get(address(page)).content == first

    with acting_in(house.organization):
        page = TransparencyPage.objects.select_related("system").get()
    second = published(house, page)
    answer = client.get(address(second))
    assert (second.version, second.token) == (2, page.token)
    assert "New words" in answer.content.decode() and "X-Robots-Tag" not in answer.headers
    assert "noindex" not in answer.content.decode()

    with acting_as(house.lead) as actor:
        pages.take_down(actor=actor, page=second, now=NOW)
        with pytest.raises(RuleBroken, match="does not stand outside"):
            pages.take_down(actor=actor, page=second, now=NOW)
        assert Snapshot.objects.filter(kind="inventory.transparencypage").count() == 2
    assert client.get(address(second)).status_code == 404
    with acting_in(house.organization):
        page = TransparencyPage.objects.select_related("system").get()
    third = published(house, page)
    assert third.token not in {"", second.token}
    assert client.get(f"/transparency/{second.token}/").status_code == 404


def test_nothing_is_published_but_what_was_looked_at(house, system):
    page = drafted(house, system)
    with acting_as(house.lead) as actor:
        digest = pages.digest_of(queries.content_of(page))
        AISystem.objects.update(purpose="Changed meanwhile")
        page = TransparencyPage.objects.select_related("system").get()
        with pytest.raises(StaleState, match="Look at the preview again"):
            pages.publish_page(actor=actor, page=page, digest=digest, now=NOW)
        assert not Snapshot.objects.filter(kind="inventory.transparencypage").exists()
        with pytest.raises(RuleBroken, match="cannot be published"):
            pages.draft_page(
                actor=actor,
                system=system,
                disclosures=(),
                now=NOW,
                row_version=1,
                **{**PAGE, "fields": ["owner"]},
            )


def test_the_pages_lead_from_the_draft_to_the_outside_and_back(house, system, lead, client):
    url = house.url(f"systems/{system.pk}/transparency/")
    new = {"system": system.pk, "kind": "limits", "audience": "public", "language": "de", "text": "Grenzen"}
    made = lead.post(house.url("disclosures/new/"), new)
    with acting_in(house.organization):
        disclosure = Disclosure.objects.get()
    draft = {
        **PAGE,
        "row_version": "0",
        "fields_chosen": ["purpose", "ai_type"],
        "disclosures": [disclosure.pk],
    }
    draft.pop("allows_search")

    saved = lead.post(f"{url}draft/", draft)
    text = lead.get(url).content.decode()
    digest = text.split('name="digest" value="')[1].split('"')[0]
    lead.post(f"{url}publish/", {"digest": "0" * 64})
    assert "stands outside" not in lead.get(url).content.decode().partition("Version")[0]
    lead.post(f"{url}publish/", {"digest": digest})

    assert (made.status_code, saved.status_code, "Grenzen" in text) == (302, 302, True)
    with acting_in(house.organization):
        page = TransparencyPage.objects.get()
    assert "Grenzen" in client.get(address(page)).content.decode()
    assert address(page) in lead.get(url).content.decode()
    record = lead.get(house.url(f"disclosures/{disclosure.pk}/")).content.decode()
    assert "Grenzen" in record and "Nothing proves yet" in record
    assert lead.post(f"{url}take-down/").status_code == 302
    assert client.get(address(page)).status_code == 404


def test_the_api_keeps_disclosures_and_the_draft_and_publishing_is_for_persons(house, system, lead):
    api = Api(house, "transparency:read", "transparency:write")
    body = {"system_id": system.pk, "kind": "generated", "audience": "public", "text": WORDS}
    made = api.post("disclosures", body).json()
    changed = api.patch(f"disclosures/{made['id']}", {"row_version": 1, "shown_where": "Below each picture"})
    draft = {"row_version": 0, "title": "T", "publisher": "P", "disclosure_ids": [made["id"]]}
    page = api.post(f"systems/{system.pk}/draft-transparency", {**draft, "fields_chosen": ["purpose"]}).json()
    refused = api.post(f"systems/{system.pk}/publish-transparency", {"digest": page["digest"]})
    by_person = lead.post(
        house.api(f"systems/{system.pk}/publish-transparency"),
        {"digest": page["digest"]},
        content_type="application/json",
    )
    found = api.get("disclosures?kind=generated").json()["results"]
    assert api.get(f"disclosures?system={system.pk}").json()["count"] == 1
    assert api.get("disclosures?system=all").status_code == 400

    assert (made["reference"], changed.json()["shown_where"]) == ("DCL-001", "Below each picture")
    assert page["preview"]["disclosures"][0]["text"] == WORDS
    assert (refused.status_code, by_person.json()["is_public"]) == (403, True)
    assert [each["reference"] for each in found] == ["DCL-001"]
    assert api.get(f"systems/{system.pk}/transparency").json()["address"] == by_person.json()["address"]


def test_reviews_are_reminded_of_and_a_pack_names_what_is_not_proven(house, system):
    a_disclosure(house, system, review_date=TODAY + 7 * DAY, owner=house.member["owner"])
    with acting_in(house.organization):
        [due] = reminders.due(TODAY)
        [section] = sections(TODAY + 30 * DAY)

    assert (due.rule, due.step, due.member_ids) == ("disclosure_review", 7, (house.member["owner"].pk,))
    assert section.data["disclosures"].rows[0][0] == "DCL-001"
    assert section.gaps == (
        "DCL-001: nothing proves that it was shown.",
        "DCL-001: the review is overdue.",
    )


def test_a_pack_says_of_a_disclosure_that_it_ended(house, system):
    ended = a_disclosure(house, system)
    with acting_in(house.organization):
        Disclosure.objects.filter(pk=ended.pk).update(ended_on=TODAY)
        [section] = sections(TODAY)

    table = section.data["disclosures"]
    assert (table.columns[-1].label, table.rows[0][-1]) == ("Ended", TODAY)


def test_the_register_takes_as_many_queries_for_thirty_as_for_one(house, system, lead):
    a_disclosure(house, system)
    lead.get(house.url("disclosures/"))
    with count_queries() as one:
        lead.get(house.url("disclosures/"))
    with acting_in(house.organization):
        Disclosure.objects.bulk_create(
            Disclosure(
                organization=house.organization,
                reference=f"DCL-1{number:02}",
                system=system,
                kind="other",
                audience="public",
                text="x",
            )
            for number in range(29)
        )
    with count_queries() as thirty:
        page = lead.get(house.url("disclosures/")).content.decode()

    assert page.count("DCL-1") >= 29
    assert len(one) == len(thirty), thirty
