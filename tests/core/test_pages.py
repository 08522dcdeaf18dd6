"""The pages of the core: they show what they should to whom they should, with a fixed number of queries."""

from __future__ import annotations

import datetime
import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from aims.core import evidence, jobs
from aims.core.enums import JobState
from aims.core.models import (
    ApiKey,
    Evidence,
    EvidencePermission,
    Job,
    Member,
    Notification,
    Organization,
    TrailEvent,
)
from aims.core.services.organizations import add_member
from aims.core.tenancy.context import acting_as, acting_in
from tests.cast import NOW, House, as_member
from tests.core.evidence_sample import PDF, accepted, requested, submitted
from tests.queries import count_queries

PAGES = [
    "my_work",
    "notifications",
    "search",
    "help",
    "settings",
    "evidence_list",
    "evidence_new",
    "evidence_request",
    "shared",
    "people",
    "permissions",
    "api_keys",
    "trail",
    "jobs",
]


@pytest.mark.parametrize("name", ["home", *PAGES])
def test_each_page_opens_for_the_lead_and_for_nobody_from_elsewhere(
    house: House, other_house: House, lead: Client, stranger: Client, nobody: Client, name: str
) -> None:
    url = reverse(name, args=[house.slug])

    page = lead.get(url)

    assert page.status_code == 200
    assert "<h1>" in page.text
    assert stranger.get(url).status_code == 404
    assert nobody.get(url).status_code == 302


def test_staff_see_their_own_pages_only(house: House, staff: Client) -> None:
    open_to_staff = {name for name in PAGES if staff.get(reverse(name, args=[house.slug])).status_code == 200}

    assert open_to_staff == {"my_work", "notifications", "search", "help", "shared", "permissions"}


def test_evidence_goes_from_a_form_over_review_to_a_download(house: House) -> None:
    owner, lead = as_member(house, "control_owner"), as_member(house, "lead")
    file = SimpleUploadedFile("Report.pdf", PDF)
    answer = owner.post(
        reverse("evidence_new", args=[house.slug]),
        {
            "title": "Bias test",
            "kind": "report",
            "file": file,
            "source": "Bench",
            "period_from": "2026-10-01",
        },
    )
    assert answer.status_code == 302
    url = answer.headers["Location"]

    own = owner.post(f"{url}accept/", {})
    accepted_answer = lead.post(f"{url}accept/", {"valid_until": "2099-01-01"})
    page = lead.get(url)
    download = lead.get(f"{url}download/")

    assert own.status_code == 403
    assert accepted_answer.status_code == 302
    assert "Accepted" in page.text and "Bias test" in page.text
    assert b"".join(download.streaming_content) == PDF
    assert download.headers["Content-Disposition"] == 'attachment; filename="Report.pdf"'
    with acting_in(house.organization):
        assert Evidence.objects.get().state == "accepted"
        assert TrailEvent.objects.filter(action="evidence.downloaded").count() == 1


def test_a_refused_upload_says_so_on_the_form_and_keeps_what_was_typed(house: House, lead: Client) -> None:
    answer = lead.post(
        reverse("evidence_new", args=[house.slug]),
        {
            "title": "Kept title",
            "kind": "report",
            "file": SimpleUploadedFile("page.html", b"<script>"),
            "source": "Bench",
            "period_from": "2026-10-01",
        },
    )

    assert answer.status_code == 422
    assert "Kept title" in answer.text
    assert "Files of the kind “html” are not taken" in answer.text
    with acting_in(house.organization):
        assert Evidence.objects.count() == 0


@pytest.mark.parametrize(
    "act", ["", "download/", "submit/", "resubmit/", "accept/", "reject/", "replace/", "share/"]
)
def test_another_organizations_item_is_answered_like_none(
    house: House, other_house: House, lead: Client, act: str
) -> None:
    theirs = submitted(other_house)

    for method in (lead.get, lead.post):
        there = method(house.url(f"evidence/{theirs.pk}/{act}"))
        nowhere = method(house.url(f"evidence/99999999/{act}"))
        if there.status_code != 405:
            assert (there.status_code, nowhere.status_code) == (404, 404)
            assert without_token(there) == without_token(nowhere)


def without_token(response: Any) -> str:
    """The page without what differs from one request to the next."""
    return re.sub(r'(content|value)="[A-Za-z0-9]{64}"', "", response.text)


def test_confidential_items_are_not_there_for_others(house: House) -> None:
    item = submitted(house, is_confidential=True, title="Board minutes")
    other = as_member(house, "owner")

    assert other.get(house.url(f"evidence/{item.pk}/")).status_code == 404
    assert other.get(house.url(f"evidence/{item.pk}/download/")).status_code == 404
    assert "Board minutes" not in other.get(house.url("evidence/")).text
    assert "Board minutes" not in other.get(house.url("search/?q=Board")).text
    assert "Board minutes" in as_member(house, "top").get(house.url("search/?q=Board")).text


def test_a_shared_document_opens_for_one_person_outside_their_role(house: House, staff: Client) -> None:
    shown = submitted(house, title="Shown")
    hidden = submitted(house, title="Hidden")
    lead, admin = as_member(house, "lead"), as_member(house, "admin")
    lead.post(
        house.url(f"evidence/{shown.pk}/share/"),
        {"member": house.member["staff"].pk, "reason": "Needs it for the test"},
    )

    listed = staff.get(house.url("shared/")).text
    assert "Shown" in listed and "Hidden" not in listed
    assert staff.get(house.url(f"shared/{shown.pk}/")).status_code == 200
    download = staff.get(house.url(f"shared/{shown.pk}/download/"))
    assert b"".join(download.streaming_content).startswith(b"%PDF")
    assert staff.get(house.url(f"evidence/{shown.pk}/")).status_code == 403
    assert staff.get(house.url(f"shared/{hidden.pk}/")).status_code == 404
    assert admin.get(house.url(f"shared/{shown.pk}/")).status_code == 404
    assert "Stan Staff" in lead.get(house.url(f"evidence/{shown.pk}/")).text
    assert "Shown" in lead.get(house.url("people/")).text

    with acting_in(house.organization):
        share = EvidencePermission.objects.get()
    assert lead.post(house.url(f"shares/{share.pk}/revoke/"), {"reason": ""}).status_code == 422
    assert lead.post(house.url(f"shares/{share.pk}/revoke/"), {"reason": "Done"}).status_code == 302
    assert staff.get(house.url(f"shared/{shown.pk}/")).status_code == 404


def test_a_share_of_another_organization_is_not_revoked_from_here(
    house: House, other_house: House, lead: Client
) -> None:
    item = submitted(other_house)
    with acting_as(other_house.lead) as actor:
        share = evidence.share_evidence(
            actor=actor, evidence=item, member=other_house.member["staff"], reason="x", now=NOW
        )

    assert lead.post(house.url(f"shares/{share.pk}/revoke/"), {"reason": "x"}).status_code == 404
    with acting_in(other_house.organization):
        assert EvidencePermission.objects.count() == 1


@pytest.mark.parametrize("name", ["evidence_list", "jobs", "trail", "people", "my_work", "shared"])
def test_a_list_asks_as_much_for_thirty_rows_as_for_one(house: House, lead: Client, name: str) -> None:
    url = reverse(name, args=[house.slug])
    fill(house, 1)
    lead.get(url)
    with count_queries() as one:
        assert lead.get(url).status_code == 200
    fill(house, 29)
    with count_queries() as thirty:
        assert lead.get(url).status_code == 200

    assert len(thirty) == len(one), thirty


def as_if_committed() -> None:
    """What waits for the end of the transaction, such as the chain of the trail, is done now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def fill(house: House, count: int) -> None:
    for number in range(count):
        item = submitted(house, title=f"Item {number}")
        with acting_as(house.lead) as actor:
            evidence.share_evidence(
                actor=actor, evidence=item, member=house.member["lead"], reason="x", now=NOW
            )
            jobs.enqueue(actor=actor, kind="nothing", key=f"{item.pk}", title="Nothing")


def test_the_library_filters_searches_and_counts(house: House, other_house: House, lead: Client) -> None:
    accepted(house, title="Bias report", until=datetime.date(2099, 1, 1))
    submitted(house, title="Access log", kind="log")
    submitted(other_house, title="Bias elsewhere")

    found = lead.get(house.url("evidence/?q=bias"))
    waiting = lead.get(house.url("evidence/?view=waiting"))
    logs = lead.get(house.url("evidence/?kind=log"))

    assert "Bias report" in found.text and "Access log" not in found.text
    assert "elsewhere" not in found.text
    assert "Access log" in waiting.text and "Bias report" not in waiting.text
    assert "Access log" in logs.text and "Bias report" not in logs.text


def test_my_work_names_what_waits(house: House) -> None:
    asked = requested(house)
    waiting = submitted(house, title="Waits for review")

    owner_page = as_member(house, "control_owner").get(house.url("work/")).text
    lead_page = as_member(house, "lead").get(house.url("work/")).text

    assert f"{asked.reference} Access review" in owner_page
    assert "Waits for review" not in owner_page
    assert f"{waiting.reference} Waits for review" in lead_page


def test_notifications_are_ones_own_and_are_read_once(house: House) -> None:
    requested(house, of="owner")
    owner, lead = as_member(house, "owner"), as_member(house, "lead")

    assert "You are asked for evidence" in owner.get(house.url("notifications/")).text
    assert "You are asked for evidence" not in lead.get(house.url("notifications/")).text
    lead.post(house.url("notifications/read/"))
    with acting_in(house.organization):
        assert Notification.objects.unread().count() == 1
    owner.post(house.url("notifications/read/"))
    with acting_in(house.organization):
        assert Notification.objects.unread().count() == 0


def test_a_member_changes_roles_and_leaves(house: House) -> None:
    admin = as_member(house, "admin")
    with acting_in(house.organization):
        nora = add_member(actor=house.system, email="nora@meadow.test", name="Nora New", roles=["risk_owner"])

    admin.post(house.url(f"people/{nora.pk}/roles/"), {"roles": ["control_owner", "staff"]})
    assert admin.post(house.url(f"people/{nora.pk}/deactivate/"), {"reason": ""}).status_code == 422
    admin.post(house.url(f"people/{nora.pk}/deactivate/"), {"reason": "Left"})

    with acting_in(house.organization):
        nora.refresh_from_db()
        assert (nora.roles, nora.is_active) == (["control_owner", "staff"], False)


def test_who_still_owes_something_cannot_leave(house: House) -> None:
    requested(house, of="owner")
    admin = as_member(house, "admin")

    answer = admin.post(
        house.url(f"people/{house.member['owner'].pk}/deactivate/"), {"reason": "Left the company"}
    )

    assert answer.status_code == 422
    assert "still owns the request EV-001" in answer.text
    with acting_in(house.organization):
        assert Member.objects.get(pk=house.member["owner"].pk).is_active


def test_ended_access_holds_from_the_next_request(house: House) -> None:
    owner = as_member(house, "owner")
    assert owner.get(house.url()).status_code == 200

    as_member(house, "admin").post(
        house.url(f"people/{house.member['owner'].pk}/deactivate/"), {"reason": "Left"}
    )

    assert owner.get(house.url()).status_code == 404
    assert owner.get(house.url("evidence/")).status_code == 404


def test_nobody_gives_themselves_a_role(house: House) -> None:
    admin = as_member(house, "admin")

    answer = admin.post(
        house.url(f"people/{house.member['admin'].pk}/roles/"), {"roles": ["admin", "compliance_lead"]}
    )

    assert answer.status_code == 422
    assert "SOD-06" in answer.text
    with acting_in(house.organization):
        assert Member.objects.get(pk=house.member["admin"].pk).roles == ["admin"]


def new_key(house: House) -> dict[str, Any]:
    responsible = house.member["lead"].pk
    scopes = ["evidence:write"]
    return {"name": "Push", "scopes": scopes, "days": 30, "responsible": responsible, "rate_limit": 60}


def test_a_key_is_shown_once_and_revoked(house: House) -> None:
    admin = as_member(house, "admin")

    made = admin.post(house.url("api-keys/new/"), new_key(house))
    listed = admin.get(house.url("api-keys/"))

    with acting_in(house.organization):
        key = ApiKey.objects.get()
    assert f"aims_test_{key.prefix}_" in made.text
    assert made.headers["Cache-Control"] == "no-store"
    assert f"aims_test_{key.prefix}_" not in listed.text and key.prefix in listed.text
    admin.post(house.url(f"api-keys/{key.pk}/revoke/"))
    with acting_in(house.organization):
        assert ApiKey.objects.get().revoked_at is not None
    assert as_member(house, "lead").get(house.url("api-keys/")).status_code == 200
    assert as_member(house, "lead").post(house.url("api-keys/new/"), {}).status_code == 403


def test_the_permission_page_is_made_from_the_verb_tables(house: House, lead: Client) -> None:
    from aims.core import permissions

    page = lead.get(house.url("people/permissions/")).text

    for verb in permissions.verbs().values():
        assert verb.title.replace("’", "&#x27;").replace("'", "&#x27;") in page


def test_the_trail_page_shows_filters_exports_and_verifies(house: House, lead: Client) -> None:
    submitted(house, title="=cmd()")
    as_if_committed()

    page = lead.get(house.url("trail/"))
    filtered = lead.get(house.url("trail/?action=evidence.submitted"))
    export = lead.get(house.url("trail/export/?action=evidence.submitted"))
    verified = lead.post(house.url("trail/verify/"))

    assert ">added</td>" in page.text and ">submitted</td>" in page.text
    assert ">added</td>" not in filtered.text and ">submitted</td>" in filtered.text
    rows = b"".join(export.streaming_content).decode().splitlines()
    assert len(rows) == 2 and "Carl Control" in rows[1]
    assert export.headers["Content-Disposition"] == 'attachment; filename="activity-log.csv"'
    assert "The chain is whole." in verified.text
    assert as_member(house, "owner").get(house.url("trail/")).status_code == 403


def test_a_job_shows_its_progress_and_a_failed_one_starts_again(house: House, lead: Client) -> None:
    with acting_as(house.lead) as actor:
        job = jobs.enqueue(actor=actor, kind="nothing", key="1", title="Import of systems")
        Job.objects.update(state=JobState.RUNNING, progress=40, step="Reading rows")
    running = lead.get(house.url(f"jobs/{job.pk}/progress/")).text
    assert 'value="40"' in running and "Reading rows" in running and "<html" not in running

    with acting_in(house.organization):
        Job.objects.update(state=JobState.FAILED, error="The file is broken")
    failed = lead.get(house.url(f"jobs/{job.pk}/")).text
    answer = lead.post(house.url(f"jobs/{job.pk}/retry/"))

    assert "The file is broken" in failed
    assert answer.status_code == 302
    with acting_in(house.organization):
        assert Job.objects.get().state == JobState.QUEUED
        assert TrailEvent.objects.filter(action="job.retried").count() == 1


def test_the_palette_gets_options_and_the_page_results(house: House, lead: Client) -> None:
    submitted(house, title="Bias report")

    palette = lead.get(house.url("search/?q=bias&palette=1"))
    page = lead.get(house.url("search/?q=people"))

    assert 'role="option"' in palette.text and "<html" not in palette.text
    assert "Bias report" in palette.text
    assert "People and access" in page.text


def test_settings_are_changed_by_administrators_only(house: House, lead: Client) -> None:
    values = {"name": "Meadow Hospital", "time_zone": "Europe/Vienna", "independence_months": 24}
    values |= {"digest_to": "admins_and_lead"}

    assert lead.post(house.url("settings/change/"), values).status_code == 403
    assert as_member(house, "admin").post(house.url("settings/change/"), values).status_code == 302

    with acting_in(house.organization):
        kept = Organization.objects.get(pk=house.organization.pk)
    assert (kept.name, kept.time_zone) == ("Meadow Hospital", "Europe/Vienna")
    assert (kept.independence_months, kept.digest_to) == (24, "admins_and_lead")


def test_only_a_sample_is_removed(house: House, lead: Client) -> None:
    refused = lead.post(house.url("settings/remove-sample/"))

    assert refused.status_code == 422
    with acting_in(house.organization):
        assert Organization.objects.filter(pk=house.organization.pk).exists()
        Organization.objects.filter(pk=house.organization.pk).update(is_sample=True)
    submitted(house)
    as_if_committed()
    removed = lead.post(house.url("settings/remove-sample/"))
    assert removed.status_code == 302
    assert lead.get(house.url()).status_code == 404


def test_the_theme_turns_and_goes_nowhere_else(nobody: Client) -> None:
    back = nobody.post(reverse("theme"), {"next": "/accounts/login/"})
    elsewhere = nobody.post(reverse("theme"), {"next": "https://evil.test/"})

    assert back.cookies["theme"].value == "dark"
    assert back.headers["Location"] == "/accounts/login/"
    assert elsewhere.cookies["theme"].value == "light"
    assert elsewhere.headers["Location"] == "/"


def test_health_needs_no_sign_in(nobody: Client) -> None:
    assert nobody.get("/healthz").json() == {"status": "ok"}


def test_history_tells_field_by_field_what_changed(house: House, lead: Client) -> None:
    from aims.core.queries.history import changes_of

    item = accepted(house, until=datetime.date(2027, 5, 1))
    with acting_in(house.organization), count_queries() as seen:
        history = changes_of(Evidence.objects.get(pk=item.pk))

    kinds = [(change.kind, change.who) for change in history]
    assert kinds == [("update", "Lena Lead"), ("update", "Lena Lead"), ("insert", "Carl Control")]
    states = [each for change in history for each in change.changes if each.label == "State"]
    assert [(each.old, each.new) for each in states] == [("Submitted", "Accepted"), ("", "Submitted")]
    assert len(seen) <= 6, seen
    assert "Submitted" in lead.get(house.url(f"evidence/{item.pk}/")).text


@pytest.mark.parametrize("name", ["theme", "notifications_read", "trail_verify", "sample_remove"])
def test_acts_are_not_done_by_opening_an_address(house: House, lead: Client, name: str) -> None:
    args = [] if name == "theme" else [house.slug]

    assert lead.get(reverse(name, args=args)).status_code == 405


def test_forms_without_their_token_are_refused(house: House) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(house.member["lead"].user, backend="django.contrib.auth.backends.ModelBackend")
    values: dict[str, Any] = {
        "title": "x",
        "source": "x",
        "file": io.BytesIO(PDF),
        "period_from": "2026-01-01",
    }

    assert strict.post(house.url("evidence/new/"), values).status_code == 403
    with acting_in(house.organization):
        assert Evidence.objects.count() == 0
