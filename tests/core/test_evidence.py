"""Evidence: each guard refuses, each effect is seen, sharing opens one document and nothing else."""

from __future__ import annotations

import datetime
import hashlib
import io
from dataclasses import replace
from typing import Any

import pytest

from aims.core import blobs, evidence, permissions
from aims.core.actor import Actor, ActorKind
from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Blob, Evidence, EvidencePermission, Mail, Notification, Reminder, TrailEvent
from aims.core.queries.evidence import may_know, shared_evidence, view_counts, visible_evidence
from aims.core.registry import registry
from aims.core.reminders import run_round
from aims.core.tenancy.context import acting_as, acting_in
from tests.cast import NOW, PEOPLE, House
from tests.core.evidence_sample import TODAY, accepted, day, pdf, requested, submitted


def stored(item: Evidence) -> Evidence:
    return Evidence.objects.get(pk=item.pk)


def test_what_is_handed_in_unasked_waits_for_review_with_its_hash(house: House) -> None:
    item = submitted(house)

    with acting_in(house.organization):
        kept = stored(item)
        assert (kept.state, kept.reference, kept.submitted_by_id) == (
            "submitted",
            "EV-001",
            house.member["control_owner"].pk,
        )
        assert kept.blob is not None and blobs.is_unchanged(kept.blob)
        assert kept.period_to == kept.period_from == day(-30)
        assert TrailEvent.objects.filter(action="evidence.submitted", object_id=item.pk).count() == 1
        told = set(Notification.objects.values_list("member_id", flat=True))
        assert told == {house.member["lead"].pk}


def test_a_request_tells_the_person_and_is_answered(house: House) -> None:
    item = requested(house)

    with acting_as(house.control_owner) as actor:
        evidence.submit_evidence(
            actor=actor,
            request=item,
            source="IAM",
            link="https://iam.test/1",
            period_from=day(-3),
            now=NOW,
        )

    with acting_in(house.organization):
        assert stored(item).state == "submitted"
        assert stored(item).link == "https://iam.test/1"
        told = Notification.objects.get(member=house.member["control_owner"])
        assert told.text == "You are asked for evidence: EV-001 Access review"
        assert Mail.objects.filter(recipient="control_owner@meadow.test").count() == 1


INCOMPLETE: list[tuple[dict[str, Any], str]] = [
    ({"file": None}, "file"),
    ({"link": "https://also.test"}, "file"),
    ({"source": " "}, "source"),
    ({"period_from": None}, "period_from"),
    ({"file": None, "link": "javascript:alert(1)"}, "link"),
    ({"file": None, "link": "file:///etc/passwd"}, "link"),
    ({"period_to": day(-31)}, "period_to"),
    ({"valid_until": day(-1)}, "valid_until"),
    ({"title": "  "}, "title"),
]


@pytest.mark.parametrize(("given", "field"), INCOMPLETE)
def test_incomplete_content_is_refused_and_nothing_is_kept(
    house: House, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        submitted(house, **given)

    assert refused.value.field == field
    with acting_in(house.organization):
        assert Evidence.objects.count() == 0


def test_a_request_is_not_answered_with_nothing(house: House) -> None:
    item = requested(house)

    with pytest.raises(RuleBroken, match="Give a file or a link"), acting_as(house.control_owner) as actor:
        evidence.submit_evidence(actor=actor, request=item, source="IAM", period_from=day(-3), now=NOW)

    with acting_in(house.organization):
        assert stored(item).state == "requested"


def test_nobody_reviews_what_they_handed_in(house: House) -> None:
    item = submitted(house, "lead")

    with pytest.raises(RuleBroken) as refused, acting_as(house.lead) as actor:
        evidence.accept_evidence(actor=actor, evidence=item, now=NOW)

    assert refused.value.code == "SOD-05"
    with acting_in(house.organization):
        assert stored(item).state == "submitted"


@pytest.mark.parametrize(
    ("kind", "until"),
    [
        ("log", datetime.date(2027, 2, 22)),
        ("screenshot", datetime.date(2027, 5, 22)),
        ("policy", datetime.date(2027, 11, 22)),
    ],
)
def test_acceptance_sets_the_validity_by_the_kinds_review_frequency(
    house: House, kind: str, until: datetime.date
) -> None:
    item = accepted(house, kind=kind)

    with acting_in(house.organization):
        assert (stored(item).state, stored(item).valid_until) == ("accepted", until)


def test_the_reviewers_day_goes_before_the_submitters_and_both_before_the_frequency(house: House) -> None:
    own = accepted(house, valid_until=day(50))
    chosen = accepted(house, title="Other", valid_until=day(50), until=day(60))

    assert (own.valid_until, chosen.valid_until) == (day(50), day(60))


def test_a_rejection_needs_a_reason_and_tells_the_submitter(house: House) -> None:
    item = submitted(house)

    with pytest.raises(RuleBroken, match="Give a reason"), acting_as(house.lead) as actor:
        evidence.reject_evidence(actor=actor, evidence=item, reason=" ", now=NOW)
    with acting_as(house.lead) as actor:
        evidence.reject_evidence(actor=actor, evidence=item, reason="The wrong year", now=NOW)

    with acting_in(house.organization):
        assert stored(item).state == "rejected"
        told = Notification.objects.get(member=house.member["control_owner"])
        assert told.text == "EV-001 Bias test report was rejected: The wrong year"


def test_a_rejected_item_is_handed_in_again_with_what_was_there(house: House) -> None:
    item = submitted(house)
    with acting_as(house.lead) as actor:
        evidence.reject_evidence(actor=actor, evidence=item, reason="No period", now=NOW)

    with acting_as(house.control_owner) as actor:
        evidence.resubmit_evidence(actor=actor, evidence=item, source="Bench", period_from=day(-9), now=NOW)

    with acting_in(house.organization):
        assert stored(item).state == "submitted"
        assert stored(item).blob is not None


def test_handing_in_again_without_a_source_is_refused(house: House) -> None:
    item = submitted(house)
    with acting_as(house.lead) as actor:
        evidence.reject_evidence(actor=actor, evidence=item, reason="No period", now=NOW)

    with pytest.raises(RuleBroken, match="where it comes from"), acting_as(house.control_owner) as actor:
        evidence.resubmit_evidence(actor=actor, evidence=item, source="", period_from=day(-9), now=NOW)

    with acting_in(house.organization):
        assert stored(item).state == "rejected"


def test_the_daily_round_moves_what_time_moves(house: House) -> None:
    soon = accepted(house, title="Soon", until=day(30))
    later = accepted(house, title="Later", until=day(31))

    with acting_in(house.organization) as system:
        evidence.daily_round(system, TODAY)
        assert (stored(soon).state, stored(later).state) == ("expiring", "accepted")
        evidence.daily_round(system, day(30))
        assert stored(soon).state == "expiring"
        evidence.daily_round(system, day(31))
        assert (stored(soon).state, stored(later).state) == ("expired", "expiring")
        told = Notification.objects.filter(member=house.member["control_owner"], text__contains="has expired")
        assert [each.text for each in told] == ["EV-001 Soon has expired. Hand in a newer item."]


@pytest.mark.parametrize(
    ("text", "until", "sentence"),
    [
        ("30 days before end", day(31), "more than 30 days"),
        ("30 days before end", None, "more than 30 days"),
        ("end date", TODAY, "not over yet"),
        ("end date", None, "not over yet"),
    ],
)
def test_time_does_not_move_it_early(
    house: House, text: str, until: datetime.date | None, sentence: str
) -> None:
    from aims.core.transitions import Facts

    facts = Facts(Evidence(valid_until=until), house.system, NOW, {"today": TODAY})

    with pytest.raises(RuleBroken, match=sentence):
        registry.guards["SM-10", text](facts)


def test_only_a_newer_accepted_item_takes_its_place(house: House) -> None:
    old = accepted(house)
    newer = submitted(house, title="Newer", replaces=old, now=NOW + datetime.timedelta(hours=1))

    with pytest.raises(RuleBroken, match="Name the newer"), acting_as(house.control_owner) as actor:
        evidence.replace_evidence(actor=actor, evidence=old, now=NOW)
    with pytest.raises(RuleBroken, match="accepted first"), acting_as(house.control_owner) as actor:
        evidence.replace_evidence(actor=actor, evidence=old, newer=newer, now=NOW)
    with acting_as(house.lead) as actor:
        evidence.accept_evidence(actor=actor, evidence=newer, now=NOW)
    with acting_as(house.control_owner) as actor:
        evidence.replace_evidence(actor=actor, evidence=old, now=NOW)

    with acting_in(house.organization):
        assert stored(old).state == "superseded"


def test_an_older_item_does_not_take_a_newer_ones_place(house: House) -> None:
    older = accepted(house, now=NOW - datetime.timedelta(days=2))
    newer = accepted(house, title="Newer")

    with pytest.raises(RuleBroken, match="has to be newer"), acting_as(house.control_owner) as actor:
        evidence.replace_evidence(actor=actor, evidence=newer, newer=older, now=NOW)

    with acting_in(house.organization):
        assert stored(newer).state == "accepted"


def test_who_comes_second_is_told_so(house: House) -> None:
    item = submitted(house)
    with acting_in(house.organization):
        copy = stored(item)
    with acting_as(house.lead) as actor:
        evidence.accept_evidence(actor=actor, evidence=item, now=NOW)

    with pytest.raises(StaleState), acting_as(house.internal_auditor) as actor:
        evidence.reject_evidence(actor=actor, evidence=copy, reason="Too late", now=NOW)

    with acting_in(house.organization):
        assert stored(item).state == "accepted"


ROLES_WITHOUT: list[tuple[str, str]] = [
    ("submit", "staff"),
    ("submit", "admin"),
    ("submit", "top"),
    ("submit", "internal_auditor"),
    ("review", "owner"),
    ("review", "top"),
    ("review", "admin"),
    ("request", "owner"),
    ("share", "internal_auditor"),
]


@pytest.mark.parametrize(("act", "who"), ROLES_WITHOUT)
def test_who_may_not_is_refused(house: House, act: str, who: str) -> None:
    item = submitted(house)

    with pytest.raises(NotAllowed), acting_as(house.actor(who)) as actor:
        if act == "submit":
            evidence.submit_evidence(
                actor=actor, title="x", source="x", file=pdf(), file_name="x.pdf", now=NOW
            )
        elif act == "review":
            evidence.accept_evidence(actor=actor, evidence=item, now=NOW)
        elif act == "request":
            evidence.request_evidence(actor=actor, title="x", member=house.member["owner"], now=NOW)
        else:
            member = house.member["staff"]
            evidence.share_evidence(actor=actor, evidence=item, member=member, reason="x", now=NOW)

    with acting_in(house.organization):
        assert Evidence.objects.count() == 1
        assert stored(item).state == "submitted"
        assert EvidencePermission.objects.count() == 0


def test_expiry_is_reminded_once_for_each_step(house: House) -> None:
    item = accepted(house, until=day(30))
    with acting_in(house.organization) as system:
        evidence.daily_round(system, TODAY)
        for offset in (0, 0, 1, 23, 23, 30, 31):
            run_round(day(offset))

        steps = list(Reminder.objects.order_by("pk").values_list("days_before", "object_id"))
        mails = Mail.objects.filter(dedupe__startswith="reminder:").count()

    assert steps == [(30, item.pk), (7, item.pk), (0, item.pk)]
    assert mails == 3


def test_confidential_items_are_known_to_few(house: House) -> None:
    item = submitted(house, is_confidential=True)

    def sees(who: str) -> bool:
        with acting_as(house.actor(who)) as actor:
            return bool(visible_evidence(actor).filter(pk=item.pk).exists())

    assert [who for who in house.member if sees(who)] == [
        "lead",
        "control_owner",
        "internal_auditor",
        "top",
    ]


def test_a_shared_document_opens_to_one_person_until_it_is_taken_back(
    house: House, other_house: House
) -> None:
    shown, hidden = submitted(house, is_confidential=True), submitted(house, title="Hidden")
    elsewhere = submitted(other_house, title="Elsewhere")
    staff, admin = house.member["staff"], house.member["admin"]
    with acting_as(house.lead) as actor:
        shared = evidence.share_evidence(
            actor=actor, evidence=shown, member=staff, reason="Helps with the test", now=NOW
        )

    with acting_in(house.organization):
        assert {item.pk for item in shared_evidence(staff.user)} == {shown.pk}
        assert permissions.is_shared_with(staff.user, shown)
        assert not permissions.is_shared_with(staff.user, hidden)
        assert not permissions.is_shared_with(admin.user, shown)
        assert shared_evidence(admin.user).count() == 0
        assert Evidence.objects.filter(pk=elsewhere.pk).count() == 0
        line = TrailEvent.objects.get(action="evidence.shared")
        assert line.object_id == shown.pk
    with acting_in(other_house.organization):
        assert shared_evidence(staff.user).count() == 0

    with acting_as(house.lead) as actor:
        evidence.unshare_evidence(actor=actor, shared=shared, reason="Done")
    with acting_in(house.organization):
        assert shared_evidence(staff.user).count() == 0
        assert EvidencePermission.objects.count() == 0


@pytest.mark.parametrize("reason", ["", "  "])
def test_sharing_needs_a_reason(house: House, reason: str) -> None:
    item = submitted(house)

    with pytest.raises(RuleBroken, match="reason"), acting_as(house.lead) as actor:
        evidence.share_evidence(
            actor=actor, evidence=item, member=house.member["staff"], reason=reason, now=NOW
        )

    with acting_in(house.organization):
        assert EvidencePermission.objects.count() == 0


def test_sharing_writes_nothing_into_tables_without_an_organization(house: House) -> None:
    from guardian.models import UserObjectPermission

    item = submitted(house)
    with acting_as(house.lead) as actor:
        evidence.share_evidence(actor=actor, evidence=item, member=house.member["staff"], reason="x", now=NOW)

        assert EvidencePermission.objects.get().shared_by_id == house.member["lead"].pk
        assert UserObjectPermission.objects.count() == 0


def test_a_file_that_changed_on_the_disk_is_not_handed_out(house: House, tmp_path: Any) -> None:
    item = submitted(house)
    assert item.blob is not None
    path = tmp_path / "files" / item.blob.storage_key
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"!")

    with pytest.raises(RuleBroken, match="hash does not match"), acting_as(house.lead) as actor:
        evidence.open_file(actor=actor, evidence=item)


def test_half_a_file_that_a_killed_process_left_is_not_taken_for_the_whole(
    house: House, tmp_path: Any
) -> None:
    content = pdf("minutes").getvalue()
    digest = hashlib.sha256(content).hexdigest()
    left = tmp_path / "files" / f"org/{house.organization.pk}/sha256/{digest[:2]}/{digest}"
    left.parent.mkdir(parents=True)
    left.write_bytes(content[:10])

    item = submitted(house, file=io.BytesIO(content))

    assert item.blob is not None
    with acting_in(house.organization):
        assert blobs.is_unchanged(item.blob)
    assert item.blob.storage_key.endswith(f"/{digest}")
    assert left.read_bytes() == content


def test_access_without_downloading_reads_no_file(house: House) -> None:
    item = submitted(house)

    with pytest.raises(NotAllowed), acting_as(house.lead) as actor:
        evidence.open_file(actor=replace(actor, may_download=False), evidence=item)

    with acting_in(house.organization):
        assert not TrailEvent.objects.filter(action="evidence.downloaded").exists()


def test_the_same_bytes_are_kept_once_in_each_organization(house: House, other_house: House) -> None:
    first, second = submitted(house, file=pdf()), submitted(house, file=pdf(), title="Again")
    elsewhere = submitted(other_house, file=pdf())

    assert first.blob_id == second.blob_id
    assert elsewhere.blob_id != first.blob_id
    with acting_in(house.organization):
        assert Blob.objects.count() == 1


REFUSED: list[tuple[str, bytes]] = [
    ("report.pdf", b"MZ\x90\x00 not a pdf"),
    ("report.pdf", b"<html><script>alert(1)</script>"),
    ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ("page.html", b"<script>alert(1)</script>"),
    ("page.xhtml", b"<script>alert(1)</script>"),
    ("report.pdf.exe", b"MZ\x90\x00"),
    ("report.pdf.html", b"%PDF-1.7"),
    ("notes.txt", b"PK\x03\x04 really a zip"),
    ("notes.csv", b"a,b\x00c"),
    ("picture.png", b"\xff\xd8\xff a jpeg"),
    ("report.pdf", b""),
    ("report", b"%PDF-1.7"),
    ("report.", b"%PDF-1.7"),
    ("report\u202efdp.exe", b"MZ\x90\x00"),
]


@pytest.mark.parametrize(("name", "content"), REFUSED)
def test_files_that_are_not_what_they_say_are_refused(house: House, name: str, content: bytes) -> None:
    with pytest.raises(RuleBroken) as refused:
        submitted(house, file=io.BytesIO(content), file_name=name)

    assert refused.value.field == "file"
    with acting_in(house.organization):
        assert Blob.objects.count() == Evidence.objects.count() == 0


def test_a_file_over_the_limit_is_refused(house: House, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 20

    with pytest.raises(RuleBroken, match="too large"):
        submitted(house)

    with acting_in(house.organization):
        assert Blob.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\secret\\plan.pdf", "plan.pdf"),
        ("in\u202evoice\u200b\x07.pdf", "invoice.pdf"),
        ("e\u0301vidence.pdf", "évidence.pdf"),
        ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
        ('we"ird<>:|?*.pdf', "we_ird______.pdf"),
        (".hidden.pdf", "hidden.pdf"),
    ],
)
def test_hostile_names_are_made_harmless(name: str, kept: str) -> None:
    assert blobs.clean_name(name) == kept


def test_serving_headers_leave_nothing_to_run(house: House) -> None:
    item = submitted(house, file_name="Prüfbericht.pdf")
    with acting_in(house.organization):
        response = blobs.serve(Blob.objects.get(pk=item.blob_id))
    response.close()

    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Pr%C3%BC")


def test_the_tabs_count_what_they_show(house: House, other_house: House) -> None:
    accepted(house, until=day(10))
    accepted(house, title="Long", until=day(200))
    submitted(house, title="Waits")
    submitted(other_house)

    with acting_as(house.lead) as actor:
        counts = view_counts(actor, today=TODAY)

    assert counts == {"all": 3, "expiring": 1, "expired": 0, "waiting": 1, "unlinked": 3}


@pytest.mark.parametrize("who", [*PEOPLE, "key", "system"])
def test_what_is_told_of_one_item_is_what_a_query_finds(house: House, who: str) -> None:
    submitted(house, title="Open")
    submitted(house, title="Closed", is_confidential=True)
    asked = requested(house)
    with acting_in(house.organization):
        Evidence.objects.filter(pk=asked.pk).update(is_confidential=True)
        key = Actor(kind=ActorKind.KEY, name="Key", organization_id=house.organization.pk, key_id=1)
        actor = {"key": key, "system": house.system}.get(who) or house.actor(who)
        found = set(visible_evidence(actor).values_list("title", flat=True))
        told = {item.title for item in Evidence.objects.all() if may_know(actor, item)}

    assert found == told
    assert ("Closed" in found) == (who in {"lead", "top", "internal_auditor", "control_owner", "system"})
