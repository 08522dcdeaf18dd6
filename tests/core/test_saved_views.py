"""Views of registers that people save under a name, for themselves or for everybody."""

from __future__ import annotations

from typing import Any

import pytest

from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import SavedView, TrailEvent
from aims.core.services import saved_views as services
from aims.core.tenancy.context import acting_in
from tests.cast import NOW, House, as_member
from tests.inventory.factories import a_system
from tests.queries import count_queries


def save(house: House, who: str = "lead", **given: Any) -> SavedView:
    values = {"register": "systems", "query": "stage=proposed&q=", "name": "Ideas", **given}
    return services.save_view(actor=house.actor(who), now=NOW, **values)


def post(house: House, who: str, path: str, **data: str) -> Any:
    return as_member(house, who).post(house.url(path), data)


def test_what_is_no_part_of_a_view_is_left_out() -> None:
    assert (
        services.plain("q=&page=3&stage=proposed&as_of=2026-01-01&x=a&x=b&y=%00") == "stage=proposed&x=a&x=b"
    )


def test_a_view_is_saved_shown_opened_and_removed(house: House) -> None:
    lead = as_member(house, "lead")
    with acting_in(house.organization):
        a_system(house)
    asked = lead.get(house.url("systems/?stage=proposed&q=&page=1"))
    assert "Save this view" in asked.text and "Save this view" not in lead.get(house.url("systems/")).text

    done = post(house, "lead", "views/save/", register="systems", query="stage=proposed&q=", name=" Ideas ")

    assert done.headers["Location"] == house.url("systems/") + "?stage=proposed"
    page = lead.get(done.headers["Location"]).text
    assert "Your views" in page and "Remove this view" in page and "Save this view" not in page
    assert "Ideas" in lead.get(house.url("systems/")).text
    assert "Ideas" not in lead.get(house.url("suppliers/")).text
    with acting_in(house.organization):
        view = SavedView.objects.get()
    assert post(house, "lead", f"views/{view.pk}/remove/").headers["Location"] == house.url("systems/")
    with acting_in(house.organization):
        assert not SavedView.objects.exists()
        lines = TrailEvent.objects.filter(action__startswith="savedview.").order_by("id")
        assert [line.action for line in lines] == ["savedview.saved", "savedview.removed"]


def test_others_see_what_is_shared_and_nothing_else(house: House) -> None:
    with acting_in(house.organization):
        a_system(house)
        own, shared = save(house), save(house, name="For all", is_shared=True)

    page = as_member(house, "owner").get(house.url("systems/")).text

    assert "For all" in page and "Ideas" not in page
    assert post(house, "owner", f"views/{own.pk}/remove/").status_code == 404
    assert post(house, "owner", f"views/{shared.pk}/remove/").status_code == 403
    with acting_in(house.organization):
        assert SavedView.objects.count() == 2
        services.remove_view(
            actor=house.lead, view=save(house, "staff", name="Theirs", is_shared=True), now=NOW
        )
        assert SavedView.objects.count() == 2


def test_the_same_name_again_takes_the_place_of_the_first(acting: House) -> None:
    save(acting), save(acting, query="stage=retired"), save(acting, "owner")

    assert list(SavedView.objects.order_by("id").values_list("query", flat=True)) == [
        "stage=retired",
        "stage=proposed",
    ]


@pytest.mark.parametrize(
    "given", [{"name": " "}, {"name": "x" * 61}, {"query": "q=&page=2"}, {"query": "q=" + "x" * 1000}]
)
def test_what_cannot_be_saved_is_refused(acting: House, given: dict[str, str]) -> None:
    with pytest.raises(RuleBroken):
        save(acting, **given)

    assert not SavedView.objects.exists()


def test_a_view_belongs_to_a_person_and_there_are_not_too_many(
    acting: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotAllowed):
        services.save_view(actor=acting.system, register="systems", query="q=a", name="A", now=NOW)
    monkeypatch.setattr(services, "MOST", 1)
    save(acting)
    with pytest.raises(RuleBroken, match="1 views already"):
        save(acting, name="Second")
    save(acting, query="stage=retired")

    assert SavedView.objects.get().query == "stage=retired"


@pytest.mark.parametrize(
    "register", ["", "home", "system", "https://elsewhere.example", "api_keys", "risks\x00"]
)
def test_only_registers_that_one_may_read_have_views(house: House, register: str) -> None:
    assert post(house, "staff", "views/save/", register=register, query="q=a", name="A").status_code == 404
    assert post(house, "staff", "views/save/", register="suppliers", query="q=a", name="A").status_code == 404
    with acting_in(house.organization):
        assert not SavedView.objects.exists()


def test_a_register_asks_as_often_with_thirty_views_as_with_one(house: House) -> None:
    lead, counts = as_member(house, "lead"), []
    for number in range(30):
        with acting_in(house.organization):
            save(house, name=f"View {number}")
        if number in {0, 29}:
            with count_queries() as seen:
                lead.get(house.url("systems/"))
            counts.append(len(seen))

    assert counts[0] == counts[1]
