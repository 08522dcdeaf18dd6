"""The register of all questionnaires, one of them on paper, and the mail about their acceptance."""

from __future__ import annotations

import csv
import datetime
import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from aims.core.exceptions import RuleBroken
from aims.core.models import Mail
from aims.core.tenancy.context import acting_as, acting_in
from inventory.models import SupplierQuestionnaire
from inventory.rules.questionnaires import DECLARATION
from inventory.services import questionnaires as services
from inventory.services.questionnaire_mails import mail_acceptance
from tests.cast import House, as_member, in_days
from tests.inventory.questionnaires import RECIPIENT, asked_supplier, handed_in, over, send
from tests.inventory.test_api import Api
from tests.queries import count_queries


def rows(client: Client, house: House, query: str = "") -> list[list[str]]:
    answer = client.get(house.url(f"questionnaires/csv/{query}"))
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def references(client: Client, house: House, query: str = "") -> list[str]:
    return [row[0] for row in rows(client, house, query)[1:]]


def change(house: House, questionnaire: SupplierQuestionnaire, **values: Any) -> None:
    with acting_in(house.organization):
        SupplierQuestionnaire.objects.filter(pk=questionnaire.pk).update(**values)


@pytest.fixture
def four(house: House) -> dict[str, SupplierQuestionnaire]:
    """Awaited, overdue, handed in and withdrawn, each of a supplier of its own."""
    found = {}
    for name in ("Awaited", "Late", "Done", "Gone"):
        with acting_in(house.organization):
            supplier = asked_supplier(house, name)
        found[name] = handed_in(house, supplier) if name == "Done" else send(house, supplier)
    change(house, found["Late"], due_date=in_days(-2))
    change(house, found["Gone"], state="withdrawn")
    return found


def test_an_empty_register_says_where_one_is_sent(house: House, lead: Client) -> None:
    page = lead.get(house.url("questionnaires/")).text

    assert "No questionnaires yet" in page and house.url("suppliers/") in page
    assert house.url("questionnaires/") in lead.get(house.url("suppliers/")).text


def test_views_filters_and_order(house: House, lead: Client, four: dict[str, Any]) -> None:
    page = lead.get(house.url("questionnaires/")).text
    for each in four.values():
        assert house.url(f"questionnaires/{each.pk}/") in page
    late, done = four["Late"], four["Done"]
    number = done.supplier_id

    assert references(lead, house, "?view=awaited&sort=ref") == ["QSN-001", "QSN-002"]
    assert references(lead, house, "?view=overdue") == [late.reference]
    assert references(lead, house, "?view=to_decide") == [done.reference]
    assert references(lead, house, "?view=ended") == [four["Gone"].reference]
    assert references(lead, house, "?state=handed_in") == [done.reference]
    assert references(lead, house, f"?supplier={number}") == [done.reference]
    assert references(lead, house, "?supplier=987654321&sort=-ref") == references(lead, house, "?sort=-ref")
    assert references(lead, house, "?q=gone") == [four["Gone"].reference]
    assert [row[1] for row in rows(lead, house, "?sort=supplier")[1:]] == ["Awaited", "Done", "Gone", "Late"]
    assert references(lead, house, "?sort=due")[0] == late.reference
    assert "Nothing matches" in lead.get(house.url("questionnaires/?q=nobody")).text
    late_page, done_page = (
        lead.get(house.url(f"questionnaires/?view={view}")).text for view in ("overdue", "to_decide")
    )
    assert late_page.count("Overdue") == done_page.count("Overdue") + 1


def test_the_csv_holds_what_is_shown(house: House, lead: Client, four: dict[str, Any]) -> None:
    head, *_ = rows(lead, house)
    assert head == ["Reference", "Supplier", "State", "Answered", "Answers by", "Last sent", "Handed in"]

    chosen = rows(lead, house, "?columns=reference,recipient,sha256&view=to_decide")

    assert chosen == [
        ["Reference", "Sent to", "SHA-256 of the answers"],
        [four["Done"].reference, RECIPIENT, four["Done"].sha256],
    ]


def test_the_register_of_a_past_day(house: House, lead: Client, four: dict[str, Any]) -> None:
    with acting_as(house.lead) as actor:
        services.withdraw_questionnaire(
            actor=actor, questionnaire=four["Awaited"], reason="Not needed", now=timezone.now()
        )
    yesterday = timezone.now().date() - datetime.timedelta(days=1)

    assert "No questionnaires yet" in lead.get(house.url(f"questionnaires/?as_of={yesterday}")).text
    assert lead.get(house.url(f"questionnaires/?as_of={timezone.now().date()}")).status_code == 200


@pytest.mark.parametrize("path", ["questionnaires/", "questionnaires/csv/"])
def test_the_register_asks_as_often_for_thirty_rows_as_for_one(house: House, lead: Client, path: str) -> None:
    counts = []
    for number in range(30):
        with acting_in(house.organization):
            supplier = asked_supplier(house, f"Supplier {number}")
            SupplierQuestionnaire.objects.create(
                reference=f"QSN-9{number:02d}",
                supplier=supplier,
                recipient=RECIPIENT,
                due_date=in_days(9),
                sent_at=timezone.now(),
                expires_at=timezone.now(),
                questions=[{}, {}],
            )
        if number in {0, 29}:
            with count_queries() as seen:
                page = lead.get(house.url(path)).content.decode()
            counts.append(len(seen))

    assert page.count("0 of 2") == 30
    assert counts[0] == counts[1]


def test_who_may_read_it_and_that_nobody_sees_another_organization(
    house: House, other_house: House, four: dict[str, Any]
) -> None:
    with acting_in(other_house.organization):
        supplier = asked_supplier(other_house, "Foreign")
    foreign = send(other_house, supplier)
    lead = as_member(house, "lead")
    number = four["Done"].pk

    for who, status in (("owner", 200), ("internal_auditor", 200), ("staff", 403)):
        client = as_member(house, who)
        for path in ("questionnaires/", "questionnaires/csv/", f"questionnaires/{number}/print/"):
            assert client.get(house.url(path)).status_code == status, (who, path)
    assert "Foreign" not in lead.get(house.url("questionnaires/")).text
    assert len(references(lead, house, f"?supplier={foreign.supplier_id}")) == 4
    assert lead.get(house.url(f"questionnaires/{foreign.pk}/print/")).status_code == 404


def test_the_api_filters_and_sorts_as_the_page_does(house: House, four: dict[str, Any]) -> None:
    api = Api(house, "suppliers:read")
    path = "supplier-questionnaires"

    def found(query: str) -> list[str]:
        return [row["reference"] for row in api.get(f"{path}?{query}").json()["results"]]

    assert found("view=overdue") == [four["Late"].reference]
    assert found("q=gone") == [four["Gone"].reference]
    assert found("sort=-ref") == sorted((each.reference for each in four.values()), reverse=True)
    assert found(f"supplier={four['Done'].supplier_id}&state=handed_in") == [four["Done"].reference]
    for wrong in ("state=none", "supplier=x"):
        assert api.get(f"{path}?{wrong}").status_code == 400


def test_one_page_for_the_printer_has_answers_declaration_hash_and_decision(
    house: House, lead: Client
) -> None:
    questionnaire = handed_in(house)
    url = house.url(f"questionnaires/{questionnaire.pk}/print/")
    before = lead.get(url).text
    accept(house, questionnaire, "Read with security")

    page = lead.get(url).text

    assert url in lead.get(house.url(f"questionnaires/{questionnaire.pk}/")).text
    assert "None yet" in before and DECLARATION in before
    for said in (
        "As agreed.",
        "Zoe Clinara, Quality lead",
        questionnaire.sha256,
        "Tara Top",
        "Read with security",
    ):
        assert said in page, said


def test_what_is_not_handed_in_declares_nothing(house: House, lead: Client) -> None:
    page = lead.get(house.url(f"questionnaires/{send(house).pk}/print/")).text

    assert "Not handed in" in page and DECLARATION not in page


def accept(house: House, questionnaire: SupplierQuestionnaire, comment: str = "") -> SupplierQuestionnaire:
    with acting_as(house.actor("top")) as actor:
        return services.accept_questionnaire(
            actor=actor, questionnaire=questionnaire, comment=comment, now=timezone.now()
        )


def test_the_supplier_hears_once_that_the_answers_are_accepted(house: House) -> None:
    questionnaire = handed_in(house)
    accepted = accept(house, questionnaire, "Not for outside")

    with acting_in(house.organization):
        mail_acceptance(accepted)
        mail = Mail.objects.get(subject__startswith="Answers accepted")

    assert (mail.recipient, mail.text_is_secret) == (RECIPIENT, False)
    assert accepted.reference in mail.subject and accepted.sha256 in mail.text
    assert "Zoe Clinara" in mail.text
    assert "Not for outside" not in mail.text and "http" not in mail.text


def test_no_mail_goes_out_where_nothing_is_accepted(house: House) -> None:
    questionnaire = send(house)
    with acting_in(house.organization):
        before = Mail.objects.count()

    with pytest.raises(RuleBroken):
        accept(house, questionnaire)
    over(questionnaire, house)

    with acting_in(house.organization):
        assert Mail.objects.count() == before
