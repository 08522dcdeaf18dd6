"""The verbs of questionnaires: inside, by the holder of the link, and by the daily round."""

from __future__ import annotations

import datetime
import json

import pytest
from django.db import IntegrityError
from django.utils import timezone

from aims.core.exceptions import NotAllowed, RuleBroken, StaleState
from aims.core.models import Evidence, Mail, Notification, Snapshot, TrailEvent
from aims.core.tenancy.context import acting_as, acting_in
from inventory import rounds
from inventory.models import QuestionnaireAnswer, Supplier, SupplierEvidence, SupplierQuestionnaire
from inventory.places import suppliers as places
from inventory.queries import questionnaires as queries
from inventory.reminders import suppliers as reminders
from inventory.sections import suppliers as sections
from inventory.services import questionnaire_answers as outside
from inventory.services import questionnaire_mails as mails
from inventory.services import questionnaires as services
from inventory.services.suppliers import move_supplier
from tests.cast import House, in_days
from tests.inventory.questionnaires import (
    RECIPIENT,
    answer_all,
    asked_supplier,
    hand_in,
    handed_in,
    over,
    send,
    sent_token,
    stands,
)

EMPTY = queries.mark_of({})


def save(house: House, digest: str, section: str = "delivery", seen: str = EMPTY, **answers: str):
    with acting_in(house.organization) as portal:
        return outside.save_answers(
            actor=portal, digest=digest, section=section, answers=answers, seen=seen, now=timezone.now()
        )


def act(house: House, verb, questionnaire, who: str = "lead", **more):
    with acting_as(house.actor(who)) as actor:
        return verb(actor=actor, questionnaire=questionnaire, now=timezone.now(), **more)


def fresh(house: House) -> SupplierQuestionnaire:
    with acting_in(house.organization):
        return SupplierQuestionnaire.objects.select_related("supplier__owner").get()


def last_line(house: House) -> tuple[str, str]:
    with acting_in(house.organization):
        line = TrailEvent.objects.order_by("-id").first()
        return line.action, line.actor


def test_a_questionnaire_is_sent_with_the_questions_of_its_day_and_a_link_that_only_the_mail_holds(house):
    sent = send(house, note="Call us.", contact_name="Zoe")

    assert (sent.reference, sent.state, len(sent.questions)) == ("QSN-001", "sent", 16)
    token = sent_token(house)
    assert services.digest_of(token) == sent.digest and token not in str(vars(sent))
    with acting_in(house.organization):
        mail = Mail.objects.get(recipient=RECIPIENT)
        assert mail.text_is_secret and "Call us." in mail.text and "16 questions" in mail.text
        line = TrailEvent.objects.get(action="supplierquestionnaire.sent")
        assert RECIPIENT not in line.body and token not in line.body and sent.digest not in line.body


@pytest.mark.parametrize("who", ["staff", "admin", "risk_owner", "control_owner", "internal_auditor", "top"])
def test_only_who_keeps_the_supplier_sends_and_withdraws(house, who):
    sent = send(house)
    before = stands(house, sent)

    for verb, more in (
        (services.resend_questionnaire, {"due_date": in_days(30)}),
        (services.withdraw_questionnaire, {"reason": "x"}),
    ):
        with pytest.raises(NotAllowed):
            act(house, verb, sent, who, **more)
    with pytest.raises(NotAllowed):
        send(house, sent.supplier, who)

    assert stands(house, sent) == before


def test_an_owner_sends_to_their_own_suppliers_only(house):
    with acting_in(house.organization):
        other = asked_supplier(house, "Lumen", owner=house.member["lead"])
    assert send(house, who="owner").sent_by_id == house.member["owner"].pk

    with pytest.raises(NotAllowed):
        send(house, other, "owner")

    with acting_in(house.organization):
        assert SupplierQuestionnaire.objects.count() == 1


@pytest.mark.parametrize(
    ("supplier", "more", "sentence"),
    [
        ({"tier": ""}, {}, "Set the tier"),
        ({}, {"recipient": " "}, "e-mail address"),
        ({}, {"due_date": in_days(0)}, "lie ahead"),
        ({}, {"due_date": in_days(400)}, "within 180"),
        ({}, {"note": "x" * 2001}, "2000 characters"),
    ],
)
def test_what_cannot_be_asked_is_not_sent(house, supplier, more, sentence):
    with acting_in(house.organization):
        asked = asked_supplier(house, **supplier)

    with pytest.raises(RuleBroken, match=sentence):
        send(house, asked, **more)

    with acting_in(house.organization):
        assert not SupplierQuestionnaire.objects.exists() and not Mail.objects.exists()


def test_a_supplier_that_left_is_asked_nothing(house):
    with acting_in(house.organization):
        asked = asked_supplier(house)
        Supplier.objects.update(state="exited")
        asked.refresh_from_db()

    with pytest.raises(RuleBroken, match="nothing to ask"):
        send(house, asked)


def test_one_questionnaire_at_a_time_runs_for_a_supplier_even_where_two_are_fast(house):
    sent = send(house)
    supplier = sent.supplier
    with pytest.raises(RuleBroken, match="QSN-001 is still out"):
        send(house, supplier)
    with acting_in(house.organization), pytest.raises(IntegrityError):
        SupplierQuestionnaire.objects.create(
            reference="QSN-002",
            supplier=supplier,
            recipient=RECIPIENT,
            due_date=in_days(9),
            sent_at=timezone.now(),
            expires_at=timezone.now(),
        )
    act(house, services.withdraw_questionnaire, sent, reason="Wrong address")

    assert send(house, supplier).reference == "QSN-002"


def test_an_address_gets_no_more_than_a_few_mails_a_day(house):
    sent = send(house)
    for _ in range(mails.MAILS_A_DAY - 1):
        act(house, services.resend_questionnaire, sent, due_date=in_days(30))
    before = stands(house, sent)

    with pytest.raises(RuleBroken, match="mails went to this address"):
        act(house, services.resend_questionnaire, sent, due_date=in_days(30))

    assert stands(house, sent) == before
    sent = fresh(house)
    other = act(
        house, services.resend_questionnaire, sent, due_date=in_days(30), recipient="yan@clinara.test"
    )
    assert other.recipient == "yan@clinara.test"


def test_sending_again_ends_the_old_link_and_keeps_the_answers(house):
    sent = send(house)
    old = sent.digest
    save(house, old, delivered="A chat service")

    act(house, services.resend_questionnaire, fresh(house), due_date=in_days(40))

    with pytest.raises(outside.LinkGone):
        save(house, old, delivered="Something else")
    with acting_in(house.organization):
        row = SupplierQuestionnaire.objects.get()
        assert (row.state, row.times_sent, row.due_date) == ("in_progress", 2, in_days(40))
        assert queries.answers_of(row) == {"delivered": "A chat service"}
    assert services.digest_of(sent_token(house)) == row.digest


def test_two_who_send_again_at_once_leave_one_link(house):
    sent = send(house)
    with acting_in(house.organization):
        same = SupplierQuestionnaire.objects.get()
    act(house, services.resend_questionnaire, sent, due_date=in_days(40))
    before = stands(house, sent)

    with pytest.raises(StaleState):
        act(house, services.resend_questionnaire, same, due_date=in_days(50))

    assert stands(house, sent) == before


def test_answers_are_saved_in_parts_and_the_portal_acts_for_whoever_holds_the_link(house):
    sent = send(house)

    save(house, sent.digest, delivered="  A chat service ", models="")

    assert last_line(house) == ("supplierquestionnaire.answered", "system:0")
    with acting_in(house.organization):
        row = SupplierQuestionnaire.objects.get()
        assert (row.state, queries.answers_of(row)) == ("in_progress", {"delivered": "A chat service"})
        assert "chat" not in TrailEvent.objects.order_by("-id").first().body
    save(house, sent.digest, seen=queries.mark_of({"delivered": "A chat service"}), delivered="")
    with acting_in(house.organization):
        assert not QuestionnaireAnswer.objects.exists()


def test_what_changes_nothing_leaves_no_line(house):
    sent = send(house)
    save(house, sent.digest, delivered="A")
    with acting_in(house.organization):
        lines = TrailEvent.objects.count()

    save(house, sent.digest, seen="of another day", delivered="A")

    with acting_in(house.organization):
        assert TrailEvent.objects.count() == lines


@pytest.mark.parametrize(
    ("section", "answers", "sentence"),
    [
        ("delivery", {"learning": "never"}, "not asked here"),
        ("nowhere", {"delivered": "x"}, "not asked here"),
        ("changes", {"change_notice": "tomorrow"}, "Choose one"),
        ("law", {"aims_valid_until": "soon"}, "Give a day"),
        ("delivery", {"delivered": "x" * 4001}, "4000 characters"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(house, section, answers, sentence):
    sent = send(house)
    before = stands(house, sent)

    with pytest.raises(RuleBroken, match=sentence):
        save(house, sent.digest, section, **answers)

    assert stands(house, sent) == before


def test_of_two_tabs_on_one_part_the_second_looks_first_and_other_parts_do_not_disturb(house):
    sent = send(house)
    save(house, sent.digest, delivered="First tab")
    save(house, sent.digest, "changes", change_notice="month")
    before = stands(house, sent)

    with pytest.raises(StaleState, match="Somebody saved other answers"):
        save(house, sent.digest, delivered="Second tab")

    assert stands(house, sent) == before


@pytest.mark.parametrize("how", ["expired", "withdrawn", "handed in", "never"])
def test_a_link_that_is_over_saves_and_hands_in_nothing(house, how):
    sent = send(house)
    digest = sent.digest
    if how == "expired":
        over(sent, house)
    elif how == "withdrawn":
        act(house, services.withdraw_questionnaire, sent, reason="Not needed")
    elif how == "handed in":
        answer_all(house, digest)
        hand_in(house, digest)
    else:
        digest = ""
    before = stands(house, sent)

    with pytest.raises(outside.LinkGone):
        save(house, digest, delivered="Too late")
    with pytest.raises(outside.LinkGone), acting_in(house.organization) as portal:
        outside.hand_in(
            actor=portal, digest=digest, name="Z", role="Q", declares=True, seen="", now=timezone.now()
        )

    assert stands(house, sent) == before


def test_handing_in_freezes_the_answers_and_tells_the_reviewers(house):
    row = handed_in(house, change_notice="never")

    assert (row.state, row.hand_ins, row.handed_in_name) == ("handed_in", 1, "Zoe Clinara")
    assert last_line(house) == ("supplierquestionnaire.handed_in", "system:0")
    with acting_in(house.organization):
        frozen = Snapshot.objects.get(kind="inventory.supplierquestionnaire", object_id=row.pk)
        assert frozen.sha256 == row.sha256 and len(row.sha256) == 64
        content = json.loads(frozen.text)
        said = {line["id"]: line for part in content["parts"] for line in part["answers"]}
        assert said["change_notice"]["in_words"] == "We do not tell, or only afterwards"
        assert content["handed_in"]["role"] == "Quality lead"
        told = Notification.objects.filter(text__contains="answered the questionnaire")
        assert {each.member for each in told} == {house.member["lead"], house.member["owner"]}
        [flag] = [flag for flag in queries.detail_of(row).flags if flag.question.id == "change_notice"]
        assert flag.why.startswith("Changes come unannounced")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"name": " "}, "Give your name"),
        ({"role": ""}, "what you do"),
        ({"declares": False}, "Declare"),
        ({"name": "x" * 201}, "200 characters"),
    ],
)
def test_nobody_hands_in_without_name_role_and_declaration(house, more, sentence):
    sent = send(house)
    answer_all(house, sent.digest)
    before = stands(house, sent)

    with pytest.raises(RuleBroken, match=sentence):
        hand_in(house, sent.digest, **more)

    assert stands(house, sent) == before


def test_what_is_missing_keeps_it_from_being_handed_in(house):
    sent = send(house)
    answer_all(house, sent.digest, delivered="")
    before = stands(house, sent)

    with pytest.raises(RuleBroken, match="1 question needs an answer"):
        hand_in(house, sent.digest)

    assert stands(house, sent) == before


def test_nobody_signs_answers_that_changed_since_they_looked(house):
    sent = send(house)
    answer_all(house, sent.digest)
    before = stands(house, sent)

    with pytest.raises(StaleState, match="Look over"):
        hand_in(house, sent.digest, seen=EMPTY)

    assert stands(house, sent) == before


def test_top_management_or_the_lead_accepts_and_nobody_else(house):
    row = handed_in(house)
    before = stands(house, row)
    for who in ("owner", "staff", "admin", "risk_owner", "control_owner", "internal_auditor"):
        for verb, more in (
            (services.accept_questionnaire, {}),
            (services.return_questionnaire, {"comment": "More", "due_date": in_days(9)}),
        ):
            with pytest.raises(NotAllowed):
                act(house, verb, row, who, **more)
    assert stands(house, row) == before

    done = act(house, services.accept_questionnaire, row, "top", comment="Read with security")

    assert (done.state, done.decided_by_id, done.comment) == (
        "accepted",
        house.member["top"].pk,
        "Read with security",
    )
    with acting_in(house.organization):
        assert (
            Notification.objects.filter(text__contains="are accepted").get().member == house.member["owner"]
        )


def test_of_two_who_decide_at_once_one_decides(house):
    row = handed_in(house)
    with acting_in(house.organization):
        same = SupplierQuestionnaire.objects.select_related("supplier").get()
    act(house, services.accept_questionnaire, row)
    before = stands(house, row)

    with pytest.raises(StaleState):
        act(house, services.return_questionnaire, same, "top", comment="More", due_date=in_days(9))

    assert stands(house, row) == before


def test_accepted_answers_are_filed_as_evidence_once_with_the_hash_of_the_receipt(house):
    row = handed_in(house)
    before = stands(house, row)
    with pytest.raises(RuleBroken, match="Only answers that are accepted"):
        act(house, services.file_as_evidence, row)
    act(house, services.accept_questionnaire, row)
    for who in ("risk_owner", "staff", "top"):
        with pytest.raises(NotAllowed):
            act(house, services.file_as_evidence, row, who)
    with acting_in(house.organization):
        assert not Evidence.objects.exists()

    act(house, services.file_as_evidence, row, "owner")

    assert stands(house, row)[1:3] == before[1:3]
    with acting_in(house.organization):
        item = Evidence.objects.select_related("blob").get()
        assert item.blob.sha256 == row.sha256 and item.state == "submitted"
        assert SupplierEvidence.objects.get().supplier_id == row.supplier_id
    with pytest.raises(RuleBroken, match="filed already, as EV-"):
        act(house, services.file_as_evidence, row)
    with acting_in(house.organization):
        assert Evidence.objects.count() == 1


def test_a_returned_one_opens_again_by_a_new_link_and_is_handed_in_a_second_time(house):
    row = handed_in(house)
    first, old = row.sha256, row.digest

    act(house, services.return_questionnaire, row, comment="Name the data sets.", due_date=in_days(9))

    with pytest.raises(outside.LinkGone):
        save(house, old, delivered="x")
    token = sent_token(house)
    digest = services.digest_of(token)
    with acting_in(house.organization):
        assert "Name the data sets." in Mail.objects.order_by("-id").first().text
        row.refresh_from_db()
        assert (row.state, row.digest, row.due_date) == ("returned", digest, in_days(9))
    answer_all(house, digest, delivered="With the names of the data sets")
    again = hand_in(house, digest)
    assert (again.state, again.hand_ins) == ("handed_in", 2) and again.sha256 != first
    with acting_in(house.organization):
        kept = Snapshot.objects.filter(kind="inventory.supplierquestionnaire").order_by("version")
        assert [each.sha256 for each in kept] == [first, again.sha256]


def test_a_return_says_what_is_missing(house):
    row = handed_in(house)
    before = stands(house, row)

    with pytest.raises(RuleBroken, match="what is missing"):
        act(house, services.return_questionnaire, row, comment=" ", due_date=in_days(9))
    with pytest.raises(RuleBroken, match="lie ahead"):
        act(house, services.return_questionnaire, row, comment="More", due_date=in_days(-1))

    assert stands(house, row) == before


def test_nothing_is_accepted_before_it_is_handed_in_and_withdrawn_with_a_reason_only(house):
    sent = send(house)
    before = stands(house, sent)

    with pytest.raises(RuleBroken, match="the questionnaire is sent"):
        act(house, services.accept_questionnaire, sent)
    with pytest.raises(RuleBroken, match="Give a reason"):
        act(house, services.withdraw_questionnaire, sent, reason=" ")

    assert stands(house, sent) == before


def test_the_round_reminds_outside_once_and_ends_what_is_over(house):
    sent = send(house)
    yesterday = timezone.now() - datetime.timedelta(days=2)
    with acting_in(house.organization) as portal:
        SupplierQuestionnaire.objects.update(due_date=in_days(3), sent_at=yesterday)
        rounds.questionnaire_round(portal, in_days(0))
        rounds.questionnaire_round(portal, in_days(0))
        [mail] = Mail.objects.filter(dedupe__startswith="questionnaire-reminder")
        assert sent.reference in mail.subject and "/questionnaire/" not in mail.text
        assert TrailEvent.objects.filter(action="supplierquestionnaire.reminded").count() == 1
    over(sent, house)
    with acting_in(house.organization) as portal:
        rounds.questionnaire_round(portal, in_days(0))
        rounds.questionnaire_round(portal, in_days(0))
        row = SupplierQuestionnaire.objects.get()
        assert (row.state, row.digest) == ("expired", "")
        assert TrailEvent.objects.filter(action="supplierquestionnaire.expired").count() == 1
        told = Notification.objects.filter(text__contains="has expired").get()
        assert told.member == house.member["owner"]

    again = act(house, services.resend_questionnaire, row, due_date=in_days(20))
    assert again.state == "sent" and again.reminded_at is None


def test_nobody_is_reminded_about_a_supplier_that_left(house):
    send(house)
    with acting_in(house.organization) as portal:
        SupplierQuestionnaire.objects.update(
            due_date=in_days(3), sent_at=timezone.now() - datetime.timedelta(days=2)
        )
        Supplier.objects.update(state="rejected")
        rounds.questionnaire_round(portal, in_days(0))
        assert not Mail.objects.filter(dedupe__startswith="questionnaire-reminder").exists()
        assert not [each for each in reminders.due(in_days(0)) if each.rule == "supplier_questionnaire"]


def test_whom_it_was_sent_today_is_not_reminded_today(house):
    send(house, due_date=in_days(2))
    with acting_in(house.organization) as portal:
        rounds.questionnaire_round(portal, in_days(0))
        assert not Mail.objects.filter(dedupe__startswith="questionnaire-reminder").exists()


def test_whoever_answers_for_the_supplier_is_reminded_inside_and_has_it_in_their_work(house):
    sent = send(house, due_date=in_days(5))
    with acting_in(house.organization):
        [due] = [each for each in reminders.due(in_days(0)) if each.rule == "supplier_questionnaire"]
        assert (due.member_ids, due.url) == ((house.member["owner"].pk,), sent.get_absolute_url())
        [late] = [each for each in reminders.due(in_days(13)) if each.rule == "supplier_questionnaire"]
        assert set(late.member_ids) == {house.member["owner"].pk, house.member["lead"].pk}
        titles = [item.title for item in places.work(house.owner, in_days(0))]
        assert titles == ["Answers of Clinara are due"]
        assert not [i for i in places.work(house.owner, in_days(-5)) if "Answers" in i.title]


def test_what_is_handed_in_stands_in_the_work_of_those_who_decide(house):
    handed_in(house)
    with acting_in(house.organization):
        for who, wanted in (("lead", 1), ("top", 1), ("owner", 0), ("risk_owner", 0)):
            found = [i for i in places.work(house.actor(who), in_days(0)) if i.title.startswith("Read the")]
            assert len(found) == wanted, who


def test_the_reference_of_a_mail_finds_its_questionnaire(house):
    sent = send(house)
    with acting_in(house.organization):
        [hit] = places.search(house.lead, " qsn-001 ")
        assert (hit.label, hit.url) == ("QSN-001 Clinara", sent.get_absolute_url())
        assert list(places.search(house.staff, "QSN-001")) == []


def test_starting_the_due_diligence_sends_the_questionnaire_to_the_contact(house):
    with acting_in(house.organization):
        supplier = asked_supplier(house, contact="Zoe", contact_email=RECIPIENT)
    with acting_as(house.owner) as owner:
        move_supplier(actor=owner, supplier=supplier, action="start", now=timezone.now())

    with acting_in(house.organization):
        sent = SupplierQuestionnaire.objects.get()
        assert (sent.recipient, sent.contact_name, sent.due_date) == (RECIPIENT, "Zoe", in_days(30))
        assert sent.sent_by == house.member["owner"]
    assert sent_token(house)


def test_a_supplier_that_was_asked_already_is_not_asked_twice_at_the_start(house):
    with acting_in(house.organization):
        supplier = asked_supplier(house, contact_email=RECIPIENT)
    send(house, supplier)
    with acting_as(house.owner) as owner:
        move_supplier(actor=owner, supplier=supplier, action="start", now=timezone.now())

    with acting_in(house.organization):
        assert SupplierQuestionnaire.objects.count() == 1


def test_the_pack_lists_questionnaires_with_the_hash_of_their_answers(house):
    row = handed_in(house)
    with acting_in(house.organization):
        [section] = sections.sections(in_days(0))

    [line] = section.data["questionnaires"].rows
    assert line[:3] == ("QSN-001", "SUP-001 Clinara", "Handed in")
    assert line[-1] == row.sha256
