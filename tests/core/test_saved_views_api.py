"""Saved views in the API: a person's own and shared ones, for a key the shared ones."""

from __future__ import annotations

from typing import Any

import pytest

from aims.core.models import SavedView, TrailEvent
from aims.core.tenancy.context import acting_in
from tests.cast import House, as_member
from tests.core.test_saved_views import save
from tests.inventory.factories import a_system
from tests.inventory.test_api import Api
from tests.queries import count_queries

SCOPES = ("views:read", "views:write", "systems:read", "suppliers:read")
BODY = {"register": "systems", "name": "In use", "query": "view=live&page=2&q=", "is_shared": True}


def stored(house: House) -> list[tuple[Any, ...]]:
    with acting_in(house.organization):
        views = SavedView.objects.order_by("pk")
        lines = TrailEvent.objects.filter(action__startswith="savedview.").count()
        return [*views.values_list("name", "query", "is_shared", "member_id"), (lines,)]


def test_a_key_saves_reads_changes_and_removes_shared_views(house: House) -> None:
    api = Api(house, *SCOPES)
    with acting_in(house.organization):
        a_system(house)

    made = api.post("saved-views", BODY)
    assert made.status_code == 201, made.text
    assert (made.json()["query"], made.json()["member_id"]) == ("view=live", None)
    path = f"saved-views/{made.json()['id']}"
    assert "Remove this view" in as_member(house, "owner").get(house.url("systems/?view=live")).text
    changed = api.patch(path, {"name": "Live", "query": "view=live&columns=name,owner"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Live")
    assert [each["name"] for each in api.get("saved-views?register=systems").json()["results"]] == ["Live"]
    assert api.get("saved-views?register=suppliers").json()["count"] == 0
    assert api.get(path).json()["is_shared"] is True
    assert api.send("delete", path, {}).status_code == 204

    assert stored(house) == [(3,)]


def test_the_same_name_again_takes_the_place_of_what_a_key_saved(house: House) -> None:
    api = Api(house, *SCOPES)
    for query in ("view=live", "view=no_owner"):
        assert api.post("saved-views", {**BODY, "query": query}).status_code == 201

    assert stored(house) == [("In use", "view=no_owner", True, None), (2,)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**BODY, "is_shared": False}, 422),
        ({"register": "systems", "name": "In use", "query": "view=live"}, 422),
        ({**BODY, "name": " "}, 400),
        ({**BODY, "query": "page=2"}, 422),
        ({**BODY, "register": "risks"}, 400),
        ({**BODY, "register": "incidents"}, 400),
        ({**BODY, "register": "https://elsewhere.example"}, 400),
        ({**BODY, "member_id": 1}, 400),
    ],
)
def test_what_a_key_cannot_save_is_refused(house: House, body: dict[str, Any], status: int) -> None:
    refused = Api(house, *SCOPES).post("saved-views", body)

    assert refused.status_code == status, refused.text
    assert stored(house) == [(0,)]


def test_a_key_sees_what_is_shared_of_registers_that_it_may_read(house: House, other_house: House) -> None:
    with acting_in(house.organization):
        own = save(house, name="Private")
        shared = save(house, name="For all", is_shared=True)
        save(house, name="Of suppliers", register="suppliers", is_shared=True)
        save(house, name="Of incidents", register="incidents", is_shared=True)
    with acting_in(other_house.organization):
        foreign = save(other_house, name="Theirs", is_shared=True)
    api, narrow = Api(house, *SCOPES), Api(house, "views:read", "views:write", "suppliers:read")

    assert {each["name"] for each in api.get("saved-views").json()["results"]} == {"For all", "Of suppliers"}
    assert [each["name"] for each in narrow.get("saved-views").json()["results"]] == ["Of suppliers"]
    before = stored(house)
    for view in (own, foreign):
        assert api.get(f"saved-views/{view.pk}").status_code == 404
        assert api.patch(f"saved-views/{view.pk}", {"name": "Mine"}).status_code == 404
        assert api.send("delete", f"saved-views/{view.pk}", {}).status_code == 404
    assert narrow.send("delete", f"saved-views/{shared.pk}", {}).status_code == 404
    assert Api(house, "systems:read").get("saved-views").status_code == 403
    assert Api(house, "views:read", "systems:read").post("saved-views", BODY).status_code == 403
    assert stored(house) == before


def test_what_a_key_writes_stays_shared_and_names_stay_single(house: House) -> None:
    api = Api(house, *SCOPES)
    first = api.post("saved-views", BODY).json()["id"]
    api.post("saved-views", {**BODY, "name": "Other"})
    with acting_in(house.organization):
        shared = save(house, name="For all", is_shared=True)
    before = stored(house)

    for change in ({"is_shared": False}, {"name": "Other"}, {"query": "page=1"}):
        assert api.patch(f"saved-views/{first}", change).status_code == 422
    assert api.patch(f"saved-views/{shared.pk}", {"name": "Of a key"}).status_code == 403
    assert api.send("delete", f"saved-views/{shared.pk}", {}).status_code == 403
    assert stored(house) == before


def test_a_person_sees_and_writes_the_own_ones_and_sees_shared_ones(house: House) -> None:
    with acting_in(house.organization):
        own = save(house, "owner", name="Private")
        shared = save(house, name="For all", is_shared=True)
        save(house, name="Of the lead")
    owner, lead = as_member(house, "owner"), as_member(house, "lead")
    sent = {"content_type": "application/json"}

    listed = owner.get(house.api("saved-views")).json()["results"]
    changed = owner.patch(house.api(f"saved-views/{own.pk}"), {"is_shared": True}, **sent)
    refused = owner.patch(house.api(f"saved-views/{shared.pk}"), {"name": "Mine"}, **sent)

    assert [each["name"] for each in listed] == ["For all", "Private"]
    assert (changed.status_code, refused.status_code) == (200, 403)
    assert owner.delete(house.api(f"saved-views/{shared.pk}")).status_code == 403
    assert lead.delete(house.api(f"saved-views/{own.pk}")).status_code == 204
    with acting_in(house.organization):
        assert set(SavedView.objects.values_list("name", flat=True)) == {"For all", "Of the lead"}


def test_thirty_views_take_as_many_queries_as_one(house: House) -> None:
    api, counts = Api(house, *SCOPES), []
    for first, last in ((0, 1), (1, 30)):
        with acting_in(house.organization):
            for number in range(first, last):
                save(house, name=f"View {number}", is_shared=True)
        with count_queries() as seen:
            assert api.get("saved-views").json()["count"] == last
        counts.append(seen)

    assert len(counts[0]) == len(counts[1]), counts[1]
