import pytest

from inventory import enums
from inventory.imports.cells import read_value
from inventory.imports.field import Unreadable, folded
from inventory.imports.fields import ALL_FIELDS, BY_KEY, FIELD_BY_HEADING, FIELDS, SHEET_FIELDS
from inventory.models import AISystem

EVERY_FIELD = {
    "name", "version", "purpose", "intended_use", "excluded_uses", "business_process", "owner_email",
    "organization_roles", "ai_type", "sourcing", "supplier", "model_name", "model_version", "data_classes",
    "special_categories", "affected_people", "affected_count", "automation_degree", "places", "languages",
    "stage", "in_scope", "scope_reason", "external_id", "risk_owner_email", "oversight_emails",
    "next_review_date",
}  # fmt: skip


def test_the_fields_are_those_of_the_inventory():
    assert set(FIELDS) == EVERY_FIELD
    assert len(FIELDS) == len(EVERY_FIELD)


@pytest.mark.parametrize(
    ("key", "vocabulary"),
    [
        ("organization_roles", enums.OrganizationRole),
        ("ai_type", enums.AIType),
        ("sourcing", enums.Sourcing),
        ("automation_degree", enums.AutomationDegree),
        ("stage", enums.SystemStage),
    ],
)
def test_choices_are_the_vocabulary_of_the_inventory_and_its_labels_are_understood(key, vocabulary):
    assert [choice.value for choice in BY_KEY[key].choices] == vocabulary.values
    for member in vocabulary:
        assert read_value(BY_KEY[key], str(member.label)) in (member.value, [member.value])


NOT_STORED_AS_THEY_ARE = {"owner_email", "risk_owner_email", "oversight_emails", "in_scope"}


@pytest.mark.parametrize("key", sorted(EVERY_FIELD - NOT_STORED_AS_THEY_ARE))
def test_every_value_that_is_read_fits_into_the_inventory(key):
    column = AISystem._meta.get_field(key)
    longest = getattr(column, "base_field", column).max_length

    assert longest is None or BY_KEY[key].choices or BY_KEY[key].max_length <= longest


def test_no_two_fields_share_a_heading_and_no_two_choices_a_word():
    headings = {
        field.key: {folded(word) for word in (field.key, field.label, *field.aliases)} for field in ALL_FIELDS
    }
    assert sum(map(len, headings.values())) + len(SHEET_FIELDS) == len(FIELD_BY_HEADING)
    for field in ALL_FIELDS:
        words = [{folded(word) for word in (choice.value, *choice.aliases)} for choice in field.choices]
        assert len(set().union(*words)) == sum(map(len, words)), field.key


@pytest.mark.parametrize(
    ("key", "raw", "value"),
    [
        ("name", "  Triage \n helper ", "Triage helper"),
        ("purpose", "line one\r\nline two", "line one\nline two"),
        ("purpose", "cafe\u0301", "café"),
        ("purpose", "n/a", "n/a"),
        ("owner_email", "alice@example.org", "alice@example.org"),
        ("owner_email", "n/a", None),
        ("oversight_emails", "a@x.test; b@x.test, a@x.test", ["a@x.test", "b@x.test"]),
        ("oversight_emails", " - ", None),
        ("next_review_date", "2027-01-31", "2027-01-31"),
        ("organization_roles", "Deployer; developer", ["deployer_user", "developer"]),
        ("ai_type", "LLM", "generative_llm"),
        ("ai_type", "Computer Vision", "computer_vision"),
        ("sourcing", "In-house", "own"),
        ("automation_degree", "Human in the loop", "human_approves"),
        ("stage", "In production", "operation_monitoring"),
        ("affected_count", "1200", 1200),
        ("affected_count", "1,200", 1200),
        ("affected_count", "1.200.000", 1_200_000),
        ("affected_count", "1 200", 1200),
        ("affected_count", "12.0", 12),
        ("affected_count", "unknown", None),
        ("in_scope", "YES", True),
        ("in_scope", "x", True),
        ("in_scope", "0", False),
        ("places", "Germany; Austria, Germany", ["Germany", "Austria"]),
        ("special_categories", "none", []),
        ("special_categories", "", None),
    ],
)
def test_reads_values_leniently(key, raw, value):
    assert read_value(BY_KEY[key], raw) == value


@pytest.mark.parametrize(
    ("key", "raw", "sentence"),
    [
        (
            "sourcing",
            "rented",
            "Sourcing “rented” is not known. Use one of: own, vendor, embedded.",
        ),
        ("in_scope", "maybe", "In AIMS scope needs yes or no; “maybe” is neither."),
        (
            "affected_count",
            "about 40",
            "Number of people affected needs a whole number such as 1200; “about 40” is none.",
        ),
        (
            "affected_count",
            "1.5",
            "Number of people affected needs a whole number such as 1200; “1.5” is none.",
        ),
        (
            "affected_count",
            "-5",
            "Number of people affected needs a whole number such as 1200; “-5” is none.",
        ),
        ("affected_count", "9999999999", "Number of people affected is larger than 2147483647."),
        ("owner_email", "Alice", "Owner e-mail needs one e-mail address; “Alice” is none."),
        (
            "oversight_emails",
            "a@x.test; Bea",
            "Oversight e-mails needs one e-mail address; “Bea” is none.",
        ),
        (
            "next_review_date",
            "31.2.2027",
            "Next review needs a day such as 2027-01-31; “31.2.2027” is none.",
        ),
        ("name", "x" * 201, "Name has 201 characters; at most 200 are possible."),
    ],
)
def test_says_what_would_be_right(key, raw, sentence):
    with pytest.raises(Unreadable) as unreadable:
        read_value(BY_KEY[key], raw)

    assert str(unreadable.value) == sentence
