"""What stands around every page: only what leads somewhere, in the time of the organization."""

from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.urls import reverse

from aims.core import permissions
from aims.core.exceptions import NotAllowed
from aims.core.models import Organization, TrailEvent
from aims.core.tenancy.context import acting_in
from aims.onboarding import checklist
from tests.cast import House, as_member
from tests.core.test_pages import as_if_committed

pytestmark = pytest.mark.django_db


def test_pages_tell_the_time_of_the_organization(house: House) -> None:
    with acting_in(house.organization):
        Organization.objects.filter(pk=house.organization.pk).update(time_zone="Asia/Tokyo")
        as_if_committed()
        written = TrailEvent.objects.latest("seq").at

    page = as_member(house, "lead").get(reverse("trail", args=[house.slug])).content.decode()

    there = written.astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"{there:%H:%M}" in page


def test_a_sample_offers_its_removal_to_those_who_may_only(house: House) -> None:
    with acting_in(house.organization):
        Organization.objects.filter(pk=house.organization.pk).update(is_sample=True)
    home = reverse("home", args=[house.slug])

    assert "Remove sample data" in as_member(house, "lead").get(home).content.decode()
    owner = as_member(house, "risk_owner").get(home).content.decode()
    assert "Sample data" in owner
    assert "Remove sample data" not in owner


def test_the_first_visit_links_only_what_the_visitor_may_start(house: House) -> None:
    with acting_in(house.organization):
        of_lead = {task["title"]: task for task in checklist(house.lead, house.slug)["tasks"]}
        of_admin = {task["title"]: task for task in checklist(house.admin, house.slug)["tasks"]}

    scope = "Say what your AI management system covers"
    assert of_lead[scope]["url"] == reverse("scope", args=[house.slug])
    assert (of_admin[scope]["url"], of_admin[scope]["note"]) == ("", "By the compliance lead")


@pytest.mark.parametrize(
    ("url_name", "label"),
    [("home", "Home"), ("people", "People and access"), ("exceptions", "Exceptions"), ("help", "")],
)
def test_the_rail_marks_the_one_page_one_is_on(house: House, url_name: str, label: str) -> None:
    answer = as_member(house, "lead").get(reverse(url_name, args=[house.slug]))

    groups = answer.context["navigation"]
    marked = [entry["label"] for group in groups for entry in group["entries"] if entry["current"]]
    assert marked == ([label] if label else [])


def test_a_refusal_names_the_roles_as_people_write_them(house: House) -> None:
    with acting_in(house.organization), pytest.raises(NotAllowed) as refused:
        permissions.require(house.staff, "risk.identify_risk")

    assert (
        str(refused.value) == "Identifying risks is for the AI system owner, compliance lead or risk owner."
    )


@pytest.mark.parametrize(
    ("level", "tone"), [("success", "ok"), ("warning", "warn"), ("error", "bad"), ("info", "info")]
)
def test_a_message_has_the_tone_of_its_level(level: str, tone: str) -> None:
    said = Message(getattr(constants, level.upper()), "Said.")

    shown = render_to_string("components/_messages.html", {"messages": [said]})

    assert f'class="banner banner-{tone}"' in shown
