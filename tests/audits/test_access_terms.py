"""What an external auditor accepts is sealed; the switch, the warning and single shares do what they say."""

from __future__ import annotations

import datetime
import json

import pytest
from django.db import DatabaseError, transaction

from aims.core import evidence as documents
from aims.core.models import AccessGrant, EvidencePermission, Mail, Member, Snapshot
from aims.core.services.organizations import deactivate_member
from aims.core.tenancy.context import acting_as, acting_in
from audits.models import Engagement
from audits.services import engagements
from audits.terms import terms_of
from inventory.models import AISystem
from tests.audits.conftest import (
    DAY,
    TODAY,
    Records,
    add_second_factor,
    auditor_actor,
    auditor_client,
    invite,
)
from tests.cast import NOW, House, as_member


def test_the_terms_are_sealed_with_their_text_hash_name_and_time(house: House, records: Records) -> None:
    with acting_in(house.organization):
        made = invite(house, records)
        now = datetime.datetime.now(tz=datetime.UTC)
        AccessGrant.objects.filter(pk=made.grant_id).update(starts_at=now - DAY, ends_at=now + DAY)
        add_second_factor(made)

    auditor_client(made).post(house.url("terms/"), {"terms": "on", "name": "Somebody Else"})

    with acting_in(house.organization):
        sealed = Engagement.objects.get(pk=made.pk).terms
        assert sealed is not None
        content = json.loads(sealed.text)
        assert content["name"] == "Edda External"
        assert content["terms_sha256"] == terms_of("Meadow Clinic").sha256
        assert content["terms"]["sentences"] == list(terms_of("Meadow Clinic").sentences)
        with pytest.raises(DatabaseError), transaction.atomic():
            Snapshot.objects.filter(pk=sealed.pk).update(text="{}")


def test_the_switch_shows_every_system_and_still_no_confidential_or_old_evidence(
    house: House, records: Records, engagement: Engagement
) -> None:
    with acting_in(house.organization):
        engagements.change_scope(
            actor=house.lead,
            engagement=engagement,
            systems=[records.inside],
            soa=records.soa,
            period_from=engagement.period_from,
            period_to=engagement.period_to,
            full_read=True,
            now=NOW,
        )
    from aims.core.models import Evidence

    with acting_as(auditor_actor(engagement)):
        systems = set(AISystem.objects.values_list("name", flat=True))
        shown = set(Evidence.objects.values_list("title", flat=True))

    assert systems == {"Triage", "Billing assistant"}
    assert shown == {"Report inside", "Report outside", "Report control"}


def test_the_auditor_is_warned_once_in_the_last_seven_days(house: House, engagement: Engagement) -> None:
    with acting_in(house.organization) as system:
        AccessGrant.objects.filter(pk=engagement.grant_id).update(starts_at=NOW - DAY, ends_at=NOW + 20 * DAY)
        for day in (TODAY + 12 * DAY, TODAY + 13 * DAY, TODAY + 14 * DAY):
            engagements.warn_of_end(system, day)
        mails = Mail.objects.filter(subject__startswith="Your access to Meadow Clinic ends")

        assert [mail.recipient for mail in mails] == ["edda@northern-cert.example"]


def test_a_share_ends_with_the_members_access_and_with_the_document(house: House, records: Records) -> None:
    staff, document = as_member(house, "staff"), records.evidence["outside"]
    with acting_in(house.organization):
        documents.share_evidence(
            actor=house.lead,
            evidence=document,
            member=house.member["staff"],
            reason="Needed for training",
            now=NOW,
        )
    address = house.url(f"shared/{document.pk}/")
    before = staff.get(address).status_code
    with acting_in(house.organization):
        type(document).objects.filter(pk=document.pk).update(state="superseded")
    withdrawn = (staff.get(address).status_code, "Report outside" in staff.get(house.url("shared/")).text)
    with acting_in(house.organization):
        type(document).objects.filter(pk=document.pk).update(state="accepted")
        deactivate_member(actor=house.admin, member=house.member["staff"], reason="Left")
        left = EvidencePermission.objects.count()
        Member.objects.filter(pk=house.member["staff"].pk).update(is_active=True)

    assert before == 200
    assert withdrawn == (404, False)
    assert left == 0
    assert staff.get(address).status_code == 404
