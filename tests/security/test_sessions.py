"""A session ends with the password it began with, and with the membership it came by."""

from __future__ import annotations

from django.test import Client

from aims.core.services.organizations import deactivate_member
from aims.core.tenancy.context import acting_in
from tests.cast import PASSWORD, House, as_member


def test_a_new_password_ends_every_other_session(house: House) -> None:
    user = house.member["lead"].user
    user.set_password(PASSWORD)
    user.save()
    one, other = Client(), Client()
    for client in (one, other):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    new = "another long passphrase"

    one.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    user.refresh_from_db()
    assert user.check_password(new)
    assert other.get(house.url()).status_code == 302


def test_a_deactivated_member_loses_pages_and_api_at_once(house: House) -> None:
    client = as_member(house, "staff")
    assert client.get(house.url()).status_code == 200

    with acting_in(house.organization):
        deactivate_member(actor=house.admin, member=house.member["staff"], reason="Left the clinic")

    assert client.get(house.url()).status_code == 404
    assert client.get(house.api("systems")).status_code == 404
