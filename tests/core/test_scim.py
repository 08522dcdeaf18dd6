from __future__ import annotations

import pytest

from aims.core import scim
from aims.core.scim import Change, Condition, ScimError


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ('userName eq "a@b.test"', [Condition("username", "eq", "a@b.test")]),
        ("active eq true", [Condition("active", "eq", "true")]),
        ("externalId pr", [Condition("externalid", "pr", "")]),
        (
            'displayName SW "A \\"B\\"" and emails.value ew "@b.test"',
            [Condition("displayname", "sw", 'A "B"'), Condition("emails.value", "ew", "@b.test")],
        ),
    ],
)
def test_a_filter_is_read(text, found):
    assert scim.conditions(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "userName",
        'userName is "a"',
        'userName eq "a" or userName eq "b"',
        'userName eq "a" and',
        'userName eq "a" active eq true',
        'emails[type eq "work"]',
        "userName eq",
        'userName pr "a"',
        'not (userName eq "a")',
    ],
)
def test_a_filter_that_is_not_understood_is_refused_and_never_guessed(text):
    with pytest.raises(ScimError) as refused:
        scim.conditions(text)
    assert (refused.value.status, refused.value.kind) == (400, "invalidFilter")


def test_operations_of_a_patch_are_read_as_the_large_directories_write_them():
    body = {
        "Operations": [
            {"op": "Replace", "path": "active", "value": "False"},
            {"op": "replace", "value": {"displayName": "Nora", "externalId": "7"}},
            {"op": "Remove", "path": 'members[value eq "12"]'},
            {"op": "add", "path": f"{scim.GROUP}:members", "value": [{"value": "3"}]},
        ]
    }

    assert scim.changes(body) == [
        Change("replace", "active", "False"),
        Change("replace", "displayname", "Nora"),
        Change("replace", "externalid", "7"),
        Change("remove", "members", [{"value": "12"}]),
        Change("add", "members", [{"value": "3"}]),
    ]
    assert scim.truth("False") is False


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Operations": []},
        {"Operations": ["x"]},
        {"Operations": [{"op": "move", "path": "active"}]},
        {"Operations": [{"op": "remove"}]},
        {"Operations": [{"op": "add", "value": "x"}]},
        {"Operations": [{"op": "add", "path": 7, "value": 1}]},
    ],
)
def test_a_patch_that_is_not_understood_is_refused(body):
    with pytest.raises(ScimError):
        scim.changes(body)


@pytest.mark.parametrize(
    ("query", "page"),
    [({}, (1, 100)), ({"startIndex": "0", "count": "-1"}, (1, 0)), ({"count": "900"}, (1, 200))],
)
def test_a_page_is_bounded(query, page):
    assert scim.page_of(query) == page


@pytest.mark.parametrize(
    "value", [None, 7, {"value": "x"}, [{"value": "1; drop"}], [{}], {"value": "9" * 30}]
)
def test_members_are_given_by_id(value):
    with pytest.raises(ScimError):
        scim.member_ids(value)
