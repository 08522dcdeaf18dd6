"""The request list: asked and decided by the auditor, answered by the organization, notes kept apart."""

from __future__ import annotations

import datetime
import io

import openpyxl
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from aims.core import verification
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import Evidence, Notification, TrailEvent
from aims.core.reminders import run_round
from aims.core.tenancy.context import acting_as, acting_in
from audits.models import AuditRequest, Engagement, InternalNote, RequestComment
from audits.request_rules import REQUEST, request_rows
from audits.services import engagements
from audits.services import requests as verbs
from tests.audits.conftest import DAY, Records, add_second_factor, auditor_actor, auditor_client, invite
from tests.cast import House, as_member

SENTINEL = "zq-internal-sentinel"


def now() -> datetime.datetime:
    return timezone.now()


@pytest.fixture
def auditor(engagement: Engagement) -> Client:
    return auditor_client(engagement)


@pytest.fixture
def asked(engagement: Engagement) -> AuditRequest:
    """Asked by the auditor under their own database role."""
    with acting_as(auditor_actor(engagement)):
        return verbs.add_request(
            actor=auditor_actor(engagement),
            engagement=Engagement.objects.get(),
            title="Log of the weekly review",
            requirements=["9.1", "A.6.2.4"],
            due_date=(now() + 5 * DAY).date(),
            now=now(),
        )


def answer(house: House, asked: AuditRequest, evidence: Evidence) -> None:
    with acting_in(house.organization):
        request = AuditRequest.objects.get(pk=asked.pk)
        verbs.link_proof(actor=house.lead, request=request, evidence=evidence, now=now())
        verbs.submit_request(actor=house.lead, request=request, now=now())


def state_of(house: House, asked: AuditRequest) -> str:
    with acting_in(house.organization):
        return str(AuditRequest.objects.get(pk=asked.pk).state)


# The life of a request


def test_every_action_of_every_state_ends_where_the_table_says_and_no_other_is_possible() -> None:
    moves = {(row.source, row.action): row.target for row in REQUEST.transitions}

    assert moves == {
        ("draft", "open"): "open",
        ("draft", "drop"): "not_applicable",
        ("open", "submit"): "submitted",
        ("needs_revision", "submit"): "submitted",
        ("submitted", "accept"): "accepted",
        ("submitted", "flag"): "needs_revision",
        ("open", "mark_not_applicable"): "not_applicable",
        ("submitted", "mark_not_applicable"): "not_applicable",
        ("needs_revision", "mark_not_applicable"): "not_applicable",
        ("accepted", "close"): "closed",
    }


def test_a_request_goes_its_whole_way_through_the_pages(
    house: House, auditor: Client, engagement: Engagement, records: Records
) -> None:
    lead, where = as_member(house, "lead"), house.url("requests/")
    made = auditor.post(
        f"{where}new/", {"engagement": engagement.pk, "title": "Minutes", "requirements": ["9.1"]}
    )
    page = made.url
    lead.post(f"{page}evidence/", {"evidence": records.evidence["outside"].pk})
    unsent = auditor.get(page)
    lead.post(f"{page}act/submit/")
    sent = auditor.get(page)
    flagged = auditor.post(f"{page}act/flag/", {"reason": "Of the wrong year"})
    lead.post(f"{page}comment/", {"text": "This is the only one there is."})
    lead.post(f"{page}act/submit/")
    auditor.post(f"{page}act/accept/")
    auditor.post(f"{page}act/close/")

    assert "Report outside" not in unsent.text
    assert "Report outside" in sent.text
    assert flagged.status_code == 302
    with acting_in(house.organization):
        request = AuditRequest.objects.get()
        lines = list(TrailEvent.objects.filter(object_type="audits.auditrequest").order_by("id"))
        assert (request.state, request.reference, request.grant_id) == (
            "closed",
            "RQ-A01",
            engagement.grant_id,
        )
    assert [line.action for line in lines] == [
        "auditrequest.added",
        "auditrequest.proof_linked",
        "auditrequest.submit",
        "auditrequest.flag",
        "auditrequest.commented",
        "auditrequest.submit",
        "auditrequest.accept",
        "auditrequest.close",
    ]


def test_proof_is_seen_by_the_auditor_once_submitted_and_opens_then(
    house: House, auditor: Client, asked: AuditRequest, records: Records
) -> None:
    evidence = records.evidence["outside"]
    with acting_in(house.organization):
        verbs.link_proof(actor=house.lead, request=AuditRequest.objects.get(), evidence=evidence, now=now())
    address = house.url(f"evidence/{evidence.pk}/")
    before = auditor.get(address).status_code
    with acting_in(house.organization):
        verbs.submit_request(actor=house.lead, request=AuditRequest.objects.get(), now=now())

    assert before == 404
    assert auditor.get(address).status_code == 200


@pytest.mark.parametrize(
    ("name", "why"),
    [("secret", "confidential"), ("old", "outside the audited period"), ("waiting", "not accepted yet")],
)
def test_what_the_access_does_not_cover_stays_hidden_and_the_organization_reads_why(
    house: House, auditor: Client, asked: AuditRequest, records: Records, name: str, why: str
) -> None:
    evidence = records.evidence[name]
    answer(house, asked, evidence)

    page = house.url(f"requests/{asked.pk}/")
    assert auditor.get(house.url(f"evidence/{evidence.pk}/")).status_code == 404
    assert f"Report {name}" not in auditor.get(page).text
    assert f"Auditor does not see it: {why}" in as_member(house, "lead").get(page).text


def test_confidential_evidence_is_shown_when_the_lead_says_so(
    house: House, auditor: Client, asked: AuditRequest, records: Records
) -> None:
    secret = records.evidence["secret"]
    with acting_in(house.organization):
        request = AuditRequest.objects.get(pk=asked.pk)
        verbs.assign_request(actor=house.lead, request=request, assignee=house.member["owner"], now=now())
        with pytest.raises(NotAllowed):
            verbs.link_proof(
                actor=house.owner, request=request, evidence=secret, shows_confidential=True, now=now()
            )
        assert not request.proofs.exists()
        verbs.link_proof(
            actor=house.lead, request=request, evidence=secret, shows_confidential=True, now=now()
        )
        verbs.submit_request(actor=house.lead, request=request, now=now())

    assert auditor.get(house.url(f"evidence/{secret.pk}/")).status_code == 200


def test_an_empty_answer_is_not_submitted(house: House, asked: AuditRequest) -> None:
    with acting_in(house.organization):
        with pytest.raises(RuleBroken, match="Link evidence or write an answer"):
            verbs.submit_request(actor=house.lead, request=AuditRequest.objects.get(), now=now())

        assert AuditRequest.objects.get().state == "open"


@pytest.mark.parametrize("action", ["flag", "mark_not_applicable"])
def test_flagging_and_not_applicable_need_a_reason(
    house: House, auditor: Client, asked: AuditRequest, records: Records, action: str
) -> None:
    answer(house, asked, records.evidence["inside"])

    page = auditor.post(house.url(f"requests/{asked.pk}/act/{action}/"), {"reason": " "})

    assert page.status_code == 422
    assert state_of(house, asked) == "submitted"


@pytest.mark.parametrize("who", ["lead", "owner", "internal_auditor", "top", "admin", "staff"])
def test_nobody_inside_accepts_an_answer(
    house: House, asked: AuditRequest, records: Records, who: str
) -> None:
    answer(house, asked, records.evidence["inside"])

    page = as_member(house, who).post(house.url(f"requests/{asked.pk}/act/accept/"))

    assert page.status_code == 403
    assert state_of(house, asked) == "submitted"


def test_only_the_person_who_has_it_or_the_lead_answers(house: House, asked: AuditRequest) -> None:
    with acting_in(house.organization):
        request = AuditRequest.objects.get()
        verbs.assign_request(actor=house.lead, request=request, assignee=house.member["owner"], now=now())
        told = Notification.objects.filter(member=house.member["owner"]).count()
        with pytest.raises(NotAllowed):
            verbs.submit_request(actor=house.control_owner, request=request, now=now())
        verbs.comment(actor=house.owner, request=request, text="See the log", now=now())
        verbs.submit_request(actor=house.owner, request=request, now=now())

    assert told == 1
    assert state_of(house, asked) == "submitted"


# What each side sees


def test_drafts_stay_with_their_side(house: House, engagement: Engagement, auditor: Client) -> None:
    with acting_in(house.organization):
        verbs.add_request(actor=house.lead, engagement=engagement, title="Ours", as_draft=True, now=now())
    with acting_as(auditor_actor(engagement)):
        verbs.add_request(
            actor=auditor_actor(engagement),
            engagement=Engagement.objects.get(),
            title="Theirs",
            as_draft=True,
            now=now(),
        )
    ours, theirs = (
        client.get(house.url("requests/?view=all")).text for client in (as_member(house, "lead"), auditor)
    )

    assert ("Ours" in ours, "Theirs" in ours) == (True, False)
    assert ("Ours" in theirs, "Theirs" in theirs) == (False, True)


def test_internal_notes_are_refused_to_the_auditor_by_the_database_and_on_every_page(
    house: House, engagement: Engagement, auditor: Client, asked: AuditRequest
) -> None:
    with acting_in(house.organization):
        verbs.note_internally(actor=house.lead, request=AuditRequest.objects.get(), text=SENTINEL, now=now())
        assert InternalNote.objects.get().text == SENTINEL
        assert not RequestComment.objects.exists()
        assert not TrailEvent.objects.filter(body__contains=SENTINEL).exists()

    with (
        acting_as(auditor_actor(engagement)),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT text FROM audits_internalnote")
    pages = [
        "requests/?view=all",
        f"requests/{asked.pk}/",
        "requests/export/?view=all",
        "search/?q=zq-internal",
    ]
    assert [page for page in pages if SENTINEL in auditor.get(house.url(page)).text] == []
    assert SENTINEL in as_member(house, "lead").get(house.url(f"requests/{asked.pk}/")).text


def test_the_requests_of_another_engagement_are_as_unknown_as_ones_that_do_not_exist(
    house: House, records: Records, asked: AuditRequest
) -> None:
    with acting_in(house.organization):
        other = invite(house, records, auditor_email="otto@other-cert.example", auditor_name="Otto Other")
        add_second_factor(other)
        from tests.audits.conftest import activate

        activate(other)
    client = auditor_client(other)
    for path in ("requests/{}/", "requests/{}/act/flag/", "requests/{}/comment/"):
        there, missing = (client.get(house.url(path.format(pk))) for pk in (asked.pk, 999_999))
        assert (there.status_code, missing.status_code) == (404, 404)
    page = client.post(house.url(f"requests/{asked.pk}/comment/"), {"text": "Mine"})

    assert page.status_code == 404
    with acting_in(house.organization):
        assert not RequestComment.objects.exists()


def test_after_the_end_of_the_access_nothing_is_asked(house: House, engagement: Engagement) -> None:
    with acting_in(house.organization):
        engagements.revoke_engagement(actor=house.lead, engagement=engagement, reason="Over", now=now())
        with pytest.raises(RuleBroken, match="has ended"):
            verbs.add_request(actor=house.lead, engagement=engagement, title="Late", now=now())

        assert not AuditRequest.objects.exists()


# Lists


def sheet(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def upload(client: Client, house: House, engagement: Engagement, name: str, content: bytes):
    file = io.BytesIO(content)
    file.name = name
    return client.post(house.url("requests/import/"), {"engagement": engagement.pk, "file": file})


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_is_shown_first_and_comes_in_as_drafts(
    house: House, engagement: Engagement, auditor: Client, kind: str
) -> None:
    rows = [
        ["Request", "Description", "Due date", "Clause"],
        ["Minutes", "=HYPERLINK()", "2027-01-31", "9.1, A.6.2.4"],
        ["Log", "", "", ""],
    ]
    content = sheet(rows) if kind == "xlsx" else "\n".join(";".join(row) for row in rows).encode()

    preview = upload(auditor, house, engagement, f"list.{kind}", content)
    with acting_in(house.organization):
        assert not AuditRequest.objects.exists()
    done = auditor.post(
        house.url("requests/import/apply/"),
        {"engagement": engagement.pk, "rows": preview.context["confirm"]["rows"].value()},
    )

    assert done.status_code == 302
    with acting_in(house.organization):
        found = AuditRequest.objects.order_by("reference")
        assert [(each.reference, each.title, each.state, each.requirements) for each in found] == [
            ("RQ-A01", "Minutes", "draft", ["9.1", "A.6.2.4"]),
            ("RQ-A02", "Log", "draft", []),
        ]
        assert found[0].due_date == datetime.date(2027, 1, 31)
    auditor.post(house.url("requests/send/"), {})
    with acting_in(house.organization):
        assert set(AuditRequest.objects.values_list("state", flat=True)) == {"open"}


def test_each_row_says_what_is_wrong_with_it_and_nothing_comes_in(
    house: House, engagement: Engagement, auditor: Client
) -> None:
    content = b"Title,Due,Control\nMinutes,soon,A.99\n,2027-01-31,9.1\n"
    preview = upload(auditor, house, engagement, "list.csv", content)

    assert [row.problems for row in preview.context["rows"]] == [
        ("\u201csoon\u201d is no day: write 2027-01-31.", "\u201cA.99\u201d is no clause and no control."),
        ("The title is missing.",),
    ]
    forged = '[{"number": 2, "title": "", "question": "", "requirements": ["A.99"], "due_date": ""}]'
    page = auditor.post(house.url("requests/import/apply/"), {"engagement": engagement.pk, "rows": forged})
    assert page.status_code == 422
    with acting_in(house.organization):
        assert not AuditRequest.objects.exists()


@pytest.mark.parametrize("rows", ["x", "[1]", '[{"number": 1}]', '{"a": 1}', "null", "[[]]", '"text"'])
def test_rows_of_any_other_shape_are_refused(
    house: House, engagement: Engagement, auditor: Client, rows: str
) -> None:
    page = auditor.post(house.url("requests/import/apply/"), {"engagement": engagement.pk, "rows": rows})

    assert page.status_code == 422


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b""), ("a.csv", b"Foo\nBar\n"), ("a.xlsx", b"PK\x03\x04broken"), ("a.json", b"{}")],
)
def test_a_file_that_holds_no_list_is_refused_with_a_sentence(
    house: House, engagement: Engagement, auditor: Client, name: str, content: bytes
) -> None:
    page = upload(auditor, house, engagement, name, content)

    assert page.status_code == 422
    assert page.context["form"].errors


def test_empty_rows_are_left_out_and_days_are_read_in_several_ways() -> None:
    rows = [(1, ["Title", "Deadline"]), (2, ["A", "31.01.2027"]), (3, ["", " "]), (4, ["B", "31 Jan 2027"])]

    found = request_rows(rows, set())

    assert [(row.number, row.title, row.due_date) for row in found] == [
        (2, "A", datetime.date(2027, 1, 31)),
        (4, "B", datetime.date(2027, 1, 31)),
    ]


# Reminders, export, queries


def test_an_overdue_request_reminds_who_has_it_once_and_the_lead_too(
    house: House, asked: AuditRequest
) -> None:
    with acting_in(house.organization):
        request = AuditRequest.objects.get()
        verbs.assign_request(actor=house.lead, request=request, assignee=house.member["owner"], now=now())
        due = request.due_date
        assert due is not None
        for day in (due + DAY, due + DAY):
            run_round(day)
        told = Notification.objects.filter(text__startswith=f"Request {request.reference}")

        assert sorted(told.values_list("member__name", "text")) == [
            (name, f"Request RQ-A01: Log of the weekly review: {due:%-d %b %Y}, overdue 1 day")
            for name in ("Lena Lead", "Oscar Owner")
        ]


def test_the_export_is_safe_for_spreadsheets_and_holds_what_the_register_shows(
    house: House, engagement: Engagement, auditor: Client
) -> None:
    with acting_in(house.organization):
        verbs.add_request(actor=house.lead, engagement=engagement, title="=1+1", now=now())

    text = auditor.get(house.url("requests/export/?view=all")).content.decode("utf-8-sig")

    assert '"RQ-O01","Stage 2 audit","\'=1+1",' in text


@pytest.mark.parametrize("who", ["lead", "auditor"])
def test_the_register_asks_the_same_number_of_queries_for_1_and_30_rows(
    house: House, engagement: Engagement, auditor: Client, who: str, django_assert_num_queries
) -> None:
    client = auditor if who == "auditor" else as_member(house, "lead")
    counts = []
    for number in (1, 29):
        with acting_in(house.organization):
            for _ in range(number):
                verbs.add_request(actor=house.lead, engagement=engagement, title="Minutes", now=now())
        client.get(house.url("requests/"))
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            assert client.get(house.url("requests/")).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_comment_is_kept_and_says_whose_it_is(
    house: House, auditor: Client, asked: AuditRequest, engagement: Engagement
) -> None:
    auditor.post(house.url(f"requests/{asked.pk}/comment/"), {"text": "Which <b>week</b>?"})

    page = as_member(house, "lead").get(house.url(f"requests/{asked.pk}/"))
    assert "Which &lt;b&gt;week&lt;/b&gt;?" in page.text
    assert "Edda External" in page.text
    with acting_in(house.organization):
        assert RequestComment.objects.get().grant_id == engagement.grant_id
        connection.check_constraints()
        assert verification.verify(house.organization.pk).is_intact


# The wording of a draft


def drafted(engagement: Engagement) -> AuditRequest:
    with acting_as(auditor_actor(engagement)):
        return verbs.add_request(
            actor=auditor_actor(engagement),
            engagement=Engagement.objects.get(),
            title="Log of the review",
            as_draft=True,
            now=now(),
        )


def wording(house: House, request: AuditRequest) -> tuple[str, str, list[str], str]:
    with acting_in(house.organization):
        found = AuditRequest.objects.get(pk=request.pk)
    return found.title, found.question, found.requirements, str(found.state)


def test_an_auditor_rewords_a_draft_on_its_page_and_in_the_api(
    house: House, engagement: Engagement, auditor: Client
) -> None:
    draft = drafted(engagement)
    page = house.url(f"requests/{draft.pk}/")
    assert f"{page}reword/" in auditor.get(page).content.decode()

    given = {"title": "Log of the weekly review", "question": "Of May", "requirements": ["9.1"]}
    answer = auditor.post(f"{page}reword/", given)
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    assert wording(house, draft) == ("Log of the weekly review", "Of May", ["9.1"], "draft")
    answer = auditor.post(
        house.api(f"requests/{draft.pk}/reword"), {"title": "Log of June"}, "application/json"
    )
    assert (answer.status_code, answer.json()["title"]) == (200, "Log of June")
    assert wording(house, draft) == ("Log of June", "", [], "draft")
    empty = auditor.post(f"{page}reword/", {"title": " "})
    assert (empty.status_code, wording(house, draft)[0]) == (422, "Log of June")
    with acting_in(house.organization):
        assert TrailEvent.objects.filter(action="auditrequest.reworded").count() == 2


def test_what_was_sent_is_reworded_by_nobody_and_the_database_holds_it(
    house: House, engagement: Engagement, auditor: Client, asked: AuditRequest
) -> None:
    before = wording(house, asked)
    address, api = house.url(f"requests/{asked.pk}/reword/"), house.api(f"requests/{asked.pk}/reword")

    for client in (auditor, as_member(house, "lead")):
        assert client.get(address).status_code == 403
        assert client.post(address, {"title": "Something else"}).status_code == 422
        assert client.post(api, {"title": "Something else"}, "application/json").status_code == 422
        page = client.get(house.url(f"requests/{asked.pk}/")).content.decode()
        assert "reword/" not in page
    for actor in (auditor_actor(engagement), house.lead):
        for change in (
            {"title": "Other"},
            {"state": "draft"},
            {"question": "Other"},
            {"requirements": []},
            {"due_date": None},
        ):
            with pytest.raises(DatabaseError, match="keeps its wording"), acting_as(actor):
                AuditRequest.objects.filter(pk=asked.pk).update(**change)
    assert wording(house, asked) == before


def test_the_organization_knows_no_draft_of_the_auditor_and_the_other_way_round(
    house: House, engagement: Engagement, auditor: Client
) -> None:
    theirs = drafted(engagement)
    with acting_in(house.organization):
        ours = verbs.add_request(
            actor=house.lead, engagement=engagement, title="Ours", as_draft=True, now=now()
        )
    lead = as_member(house, "lead")

    assert lead.post(house.url(f"requests/{theirs.pk}/reword/"), {"title": "X"}).status_code == 404
    assert auditor.post(house.url(f"requests/{ours.pk}/reword/"), {"title": "X"}).status_code == 404
    assert lead.post(house.url(f"requests/{ours.pk}/reword/"), {"title": "Ours, anew"}).status_code == 302

    assert (wording(house, theirs)[0], wording(house, ours)[0]) == ("Log of the review", "Ours, anew")
