"""E-mail domains proved by a TXT record, asked of a DNS server that the test runs."""

from __future__ import annotations

import pytest
from django.utils import timezone

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import EmailDomain
from aims.core.services.email_domains import claim_domain, domain_of, prove_domain, record_name, record_value
from aims.core.tenancy.context import acting_in
from tests.cast import acting_for, as_member
from tests.identity.journey import lines, text_of
from tests.queries import count_queries


def claimed(house, domain: str = "meadow.example") -> EmailDomain:
    with acting_for(house, "admin") as admin:
        return claim_domain(actor=admin, domain=domain)


def prove(house, row: EmailDomain) -> None:
    with acting_for(house, "admin") as admin:
        prove_domain(actor=admin, domain=row, now=timezone.now())


def is_verified(house, row: EmailDomain) -> bool:
    with acting_in(house.organization):
        return EmailDomain.objects.verified().filter(pk=row.pk).exists()


def test_a_domain_is_verified_when_its_record_is_published(house, dns):
    row = claimed(house)
    dns.records[record_name(row)] = ["something else", record_value(row)]

    prove(house, row)

    assert record_name(row) == "_aims-portal.meadow.example"
    assert is_verified(house, row)
    assert len(lines(house, "email_domain.verified")) == 1


@pytest.mark.parametrize(
    "texts", [None, [], ["aims-portal-verification=another"], ["aims-portal-verification="]]
)
def test_without_the_record_the_domain_stays_unverified(house, dns, texts):
    row = claimed(house)
    if texts is not None:
        dns.records[record_name(row)] = texts

    with pytest.raises(RuleBroken, match="The record is not there yet"):
        prove(house, row)

    assert not is_verified(house, row)


def test_a_dns_server_that_fails_is_told_apart_from_a_missing_record(house, dns):
    row = claimed(house)
    dns.broken.add(record_name(row))

    with pytest.raises(RuleBroken, match="No DNS server answered"):
        prove(house, row)

    assert not is_verified(house, row)


def test_the_record_of_one_organization_proves_nothing_for_another(house, other_house, dns):
    ours, theirs = claimed(house), claimed(other_house)
    dns.records[record_name(ours)] = [record_value(ours)]

    with pytest.raises(RuleBroken, match="The record is not there yet"):
        prove(other_house, theirs)


def test_a_domain_held_elsewhere_is_refused_only_after_the_proof_and_names_nobody(house, other_house, dns):
    ours, theirs = claimed(house), claimed(other_house)
    dns.records[record_name(ours)] = [record_value(ours), record_value(theirs)]
    prove(house, ours)
    never = claimed(other_house, "never.example")

    with pytest.raises(RuleBroken) as refused:
        prove(other_house, theirs)
    with pytest.raises(RuleBroken) as missing:
        prove(other_house, never)

    assert str(refused.value) == (
        "The record is there, but this domain cannot be verified here. Ask the operator of the portal."
    )
    assert "The record is not there yet" in str(missing.value)
    assert not is_verified(other_house, theirs)
    dns.records[record_name(ours)] = []
    with pytest.raises(RuleBroken, match="The record is not there yet"):  # held or not
        prove(other_house, theirs)


def test_removing_a_domain_frees_it(house, other_house, dns):
    ours, theirs = claimed(house), claimed(other_house)
    dns.records[record_name(ours)] = [record_value(ours), record_value(theirs)]
    prove(house, ours)
    answer = as_member(house, "admin").post(house.url(f"sign-in/domains/{ours.pk}/remove/"))

    prove(other_house, theirs)

    assert answer.status_code == 302
    assert is_verified(other_house, theirs)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Example.ORG", "example.org"),
        (" @example.org. ", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_kept_in_one_form(house, typed, kept):
    assert claimed(house, typed).domain == kept


@pytest.mark.parametrize(
    "typed", ["", "localhost", "a b.example", "127.0.0.1", "-a.example", "a..b", "x" * 300]
)
def test_what_is_no_domain_is_refused(house, typed):
    with pytest.raises(RuleBroken, match="Give a domain such as"):
        claimed(house, typed)
    with acting_in(house.organization):
        assert not EmailDomain.objects.exists()


@pytest.mark.parametrize("who", ["lead", "staff", "top", "internal_auditor"])
def test_only_administrators_claim_domains(house, who):
    with acting_for(house, who) as actor, pytest.raises(NotAllowed):
        claim_domain(actor=actor, domain="meadow.example")


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("A@Example.org", "example.org"),
        ("a@b@example.org", "example.org"),
        ("example.org", ""),
        ("@example.org", ""),
        ("", ""),
    ],
)
def test_the_domain_of_an_address_is_what_follows_the_last_at(email, domain):
    assert domain_of(email) == domain


def test_the_page_tells_what_to_publish_and_what_is_missing(house, dns):
    admin = as_member(house, "admin")
    admin.post(house.url("sign-in/domains/claim/"), {"domain": "meadow.example"})
    with acting_in(house.organization):
        row = EmailDomain.objects.get()

    page = text_of(admin.get(house.url("sign-in/")))
    answer = text_of(admin.post(house.url(f"sign-in/domains/{row.pk}/prove/"), follow=True))

    assert record_name(row) in page and record_value(row) in page
    assert "The record is not there yet" in answer


def test_the_page_asks_the_same_number_of_questions_with_one_and_thirty_domains(house):
    admin = as_member(house, "admin")
    admin.get(house.url("sign-in/"))
    counts = []
    for number in (1, 29):
        for each in range(number):
            claimed(house, f"d{number}-{each}.example")
        with count_queries() as seen:
            assert admin.get(house.url("sign-in/")).status_code == 200
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 8, counts
