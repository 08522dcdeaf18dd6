"""A file of more records than one answer can hold: asked for, written by a worker, fetched."""

from __future__ import annotations

import datetime
import io
import json
import re
from typing import Any

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from aims.core import jobs, orphans
from aims.core.enums import JobState
from aims.core.exceptions import NotAllowed, RuleBroken
from aims.core.models import ApiKey, Blob, Job, Member, Notification, TrailEvent
from aims.core.tenancy.context import acting_in
from inventory import register_files
from inventory.exports.files import KINDS
from inventory.models import AISystem
from inventory.queries import exports, sheets
from tests.cast import TODAY, House, as_member
from tests.inventory.auditors import as_auditor, grant_for
from tests.inventory.factories import a_complete_system, a_system
from tests.inventory.test_api import Api
from tests.inventory.test_importing import uploaded
from tests.inventory.test_suppliers import a_supplier
from tests.queries import count_queries


@pytest.fixture
def at_most_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_IN_A_REQUEST", 1)


@pytest.fixture
def three(house: House, at_most_one: None) -> None:
    with acting_in(house.organization):
        for name in ("First", "Second", "Third"):
            a_system(house, name)


def asked(house: House, client: Client, path: str = "systems/sheet/") -> Job:
    answer = client.post(house.url(path))
    assert answer.status_code == 302
    with acting_in(house.organization):
        job = Job.objects.get(kind=register_files.KIND, state=JobState.QUEUED)
    assert answer.headers["Location"] == house.url(f"jobs/{job.pk}/")
    return job


def written(house: House, job: Job) -> Job:
    with acting_in(house.organization):
        return jobs.run_now(job)


def names_in(content: bytes) -> list[Any]:
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [row[0] for row in page.iter_rows(min_row=2, min_col=4, max_col=4, values_only=True)]


def test_too_many_rows_are_written_by_a_worker_and_fetched_by_whoever_asked(
    house: House, lead: Client, three: None
) -> None:
    page = lead.get(house.url("systems/sheet/?q=ir")).text
    assert "Workbook of 2 systems" in page and "systems/sheet/?q=ir" in page
    job = written(house, asked(house, lead, "systems/sheet/?q=ir"))

    assert (job.state, job.progress, job.result["label"]) == ("done", 100, "Download: Workbook")
    assert job.result["url"] == house.url(f"register-files/{job.pk}/")
    shown = lead.get(house.url(f"jobs/{job.pk}/")).text
    assert job.result["url"] in shown
    file = lead.get(job.result["url"])
    content = b"".join(file.streaming_content)
    page_of = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    rows = list(page_of.iter_rows(values_only=True))
    assert sorted(row[3] for row in rows[1:]) == ["First", "Third"]
    assert file.headers["Content-Disposition"] == 'attachment; filename="ai-systems-to-edit.xlsx"'
    with acting_in(house.organization):
        assert (
            Notification.objects.get(text__contains="Your file of 2 systems (Workbook)").member
            == house.member["lead"]
        )
        assert TrailEvent.objects.filter(action="job.register_file_requested").count() == 1


def test_what_was_written_comes_back_untouched(house: House, lead: Client, three: None) -> None:
    job = written(house, asked(house, lead))
    content = b"".join(lead.get(job.result["url"]).streaming_content)

    with acting_in(house.organization):
        upload = uploaded(house, content, name="systems.xlsx")

        assert sheets.comparison_of(upload).rows == []


def test_the_suppliers_and_the_filters_of_their_register(
    house: House, lead: Client, at_most_one: None
) -> None:
    with acting_in(house.organization):
        for name in ("Clinara", "Clinbase", "Other"):
            a_supplier(house, name)
    assert "Workbook of 2 suppliers" in lead.get(house.url("suppliers/sheet/?q=clin")).text

    job = written(house, asked(house, lead, "suppliers/sheet/?q=clin"))

    content = b"".join(lead.get(job.result["url"]).streaming_content)
    assert names_in(content) != [] and job.arguments["asked"]["q"] == "clin"
    with acting_in(house.organization):
        found = register_files.records(sheets.SUPPLIERS, job.arguments["asked"], on=TODAY)
        assert sorted(found.values_list("name", flat=True)) == ["Clinara", "Clinbase"]


def test_pressing_twice_asks_once_and_nobody_fills_the_queue(house: House, lead: Client, three: None) -> None:
    for _ in range(2):
        asked(house, lead)
    with acting_in(house.organization):
        assert Job.objects.filter(kind=register_files.KIND).count() == 1
        for word in ("a", "b"):
            request(house, {"q": word})
        before = Job.objects.count()

        with pytest.raises(RuleBroken, match="Wait for one of them"):
            request(house, {"q": "c"})

        assert Job.objects.count() == before
    assert "Wait for one of them" in lead.post(house.url("systems/sheet/?q=d"), follow=True).text


def request(house: House, said: dict[str, Any]) -> Job:
    with acting_in(house.organization):
        return _request(house, said)


def _request(house: House, said: dict[str, Any]) -> Job:
    return register_files.request_file(
        actor=house.lead, register=sheets.SYSTEMS, format="sheet", asked=said, now=timezone.now()
    )


def test_nobody_else_fetches_it(house: House, other_house: House, lead: Client, three: None) -> None:
    job = written(house, asked(house, lead))
    url = job.result["url"]

    for client in (as_member(house, "top"), as_member(house, "owner")):
        assert client.get(url).status_code == 404
    assert as_member(other_house, "lead").get(url).status_code == 404
    assert as_member(other_house, "lead").get(other_house.url(f"register-files/{job.pk}/")).status_code == 404
    with acting_in(house.organization):
        Member.objects.filter(pk=house.member["lead"].pk).update(roles=["staff"])
    assert lead.get(url).status_code == 403


def test_external_auditors_and_past_days_ask_for_a_filter_as_before(
    house: House, lead: Client, at_most_one: None
) -> None:
    with acting_in(house.organization):
        first, second = a_complete_system(house, name="First"), a_complete_system(house, name="Second")
    auditor = as_auditor(grant_for(house, first))
    assert auditor.post(house.url("systems/sheet/")).status_code == 403
    past = lead.get(house.url(f"systems/sheet/?as_of={timezone.now().date()}"))
    assert past.status_code == 422 and "filter the register" in past.text

    with acting_in(house.organization):
        assert not Job.objects.filter(kind=register_files.KIND).exists()
        assert AISystem.objects.count() == 2 and second.pk


def test_whoever_left_or_lost_the_right_gets_nothing_written(house: House, lead: Client, three: None) -> None:
    job = asked(house, lead)
    with acting_in(house.organization):
        Member.objects.filter(pk=house.member["lead"].pk).update(roles=["staff"])

    failed = written(house, job)

    assert failed.state == "failed" and failed.result == {}
    assert not default_storage.exists(register_files._key(house.organization.pk, job.pk))


def test_a_member_who_may_not_read_the_register_may_not_ask(house: House, three: None) -> None:
    with acting_in(house.organization), pytest.raises(NotAllowed):
        register_files.request_file(
            actor=house.actor("staff"), register=sheets.SYSTEMS, format="sheet", asked={}, now=timezone.now()
        )


def test_the_sweep_of_files_that_no_row_tells_of_takes_it_away(
    house: House, lead: Client, three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = written(house, asked(house, lead))
    with acting_in(house.organization) as portal:
        orphans.sweep(portal, TODAY)
    assert lead.get(job.result["url"]).status_code == 200

    monkeypatch.setattr(orphans, "LEFT_ALONE", datetime.timedelta(days=-1))
    with acting_in(house.organization) as portal:
        orphans.sweep(portal, TODAY)

    assert lead.get(job.result["url"]).status_code == 404
    with acting_in(house.organization):
        assert not Blob.objects.exists()


def test_the_worker_reads_in_batches_with_as_many_queries_whatever_their_size(
    house: House, lead: Client, three: None
) -> None:
    counts = []
    for total in (3, 30):
        with acting_in(house.organization):
            for number in range(AISystem.objects.count(), total):
                a_system(house, f"System {number}")
        job = asked(house, lead)
        with count_queries() as seen:
            written(house, job)
        counts.append(len(seen))
        with acting_in(house.organization):
            Job.objects.filter(pk=job.pk).update(idempotency_key=f"done-{total}")

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "format", ["cyclonedx", "spdx", "model-card-html", "model-card-markdown", "annex-viii"]
)
def test_each_format_of_the_systems_is_written_as_it_is_at_once(
    house: House, lead: Client, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting_in(house.organization):
        for number in range(3):
            a_complete_system(house, name=f"System {number}", external_id=str(number))
    at_once = lead.get(house.url(f"systems/export/{format}/?q=system")).content
    monkeypatch.setattr(exports, "MOST_IN_A_REQUEST", 1)
    monkeypatch.setattr(register_files, "BATCH", 2)
    page = lead.get(house.url(f"systems/export/{format}/?q=system")).text

    job = written(house, asked(house, lead, f"systems/export/{format}/?q=system"))

    file = lead.get(job.result["url"])
    assert "of 3 systems" in page and "Write the file" in page
    assert without_the_moment(b"".join(file.streaming_content)) == without_the_moment(at_once)
    assert file.headers["Content-Disposition"] == f'attachment; filename="ai-systems.{KINDS[format].suffix}"'
    assert file.headers["Content-Type"] == KINDS[format].media_type


def without_the_moment(content: bytes) -> str:
    """Without the times and the numbers that each file has of its own."""
    text = re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.+Z]*", "", content.decode())
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)


def test_a_pdf_of_many_and_an_unknown_format_are_not_written(house: House, lead: Client, three: None) -> None:
    assert lead.get(house.url("systems/export/model-card-pdf/")).status_code == 422
    for format in ("model-card-pdf", "doc"):
        assert lead.post(house.url(f"systems/export/{format}/")).status_code == 404
    with acting_in(house.organization), pytest.raises(RuleBroken, match="written as one of: sheet"):
        register_files.request_file(
            actor=house.lead, register=sheets.SUPPLIERS, format="spdx", asked={}, now=timezone.now()
        )
    with acting_in(house.organization):
        assert not Job.objects.filter(kind=register_files.KIND).exists()


def test_a_key_has_a_file_written_and_fetches_it_and_nobody_else_does(
    house: House, other_house: House, lead: Client, three: None
) -> None:
    api, other = Api(house, "systems:read", "jobs:read"), Api(house, "systems:read", "jobs:read")
    answer = api.post("systems/files?kind=cyclonedx&q=ir", {})
    assert answer.status_code == 202, answer.content
    number = answer.json()["job_id"]
    assert api.get(f"register-files/{number}").status_code == 404  # not written yet
    with acting_in(house.organization):
        job = jobs.run_now(Job.objects.get(pk=number))
        assert not Notification.objects.exists()

    file = api.get(f"register-files/{number}")

    names = [each["name"] for each in json.loads(b"".join(file.streaming_content))["components"]]
    assert (job.state, api.get(f"jobs/{number}").json()["state"]) == ("done", "done")
    assert sorted(names) == ["First", "Third"]
    assert other.get(f"register-files/{number}").status_code == 404
    assert lead.get(house.api(f"register-files/{number}")).status_code == 404
    stranger = Api(other_house, "systems:read", "jobs:read")
    assert stranger.get(f"register-files/{number}").status_code == 404


def test_a_repeated_key_of_another_request_gets_no_file_of_the_first(house: House, three: None) -> None:
    api = Api(house, "systems:read", "jobs:read")

    def send(query: str) -> Any:
        address = house.api(f"systems/files?{query}")
        return api.client.post(address, {}, "application/json", headers={"Idempotency-Key": "one"})

    first, again, other = send("kind=spdx"), send("kind=spdx"), send("kind=cyclonedx")

    assert (first.status_code, again.json(), other.status_code) == (202, first.json(), 422)


def test_what_is_written_already_is_not_asked_for_again_but_what_is_done_is(
    house: House, three: None
) -> None:
    first = request(house, {"q": "a"})
    assert request(house, {"q": "a"}) == first
    written(house, first)

    assert request(house, {"q": "a"}) != first


def test_a_filter_by_a_field_that_is_not_there_is_refused_at_once(house: House, three: None) -> None:
    answer = Api(house, "systems:read").post("systems/files?custom=no:x", {})

    assert answer.status_code == 422 and "There is no field" in answer.content.decode()
    with acting_in(house.organization):
        assert not Job.objects.filter(kind=register_files.KIND).exists()


def test_a_revoked_key_gets_nothing_written(house: House, three: None) -> None:
    number = Api(house, "systems:read").post("systems/files", {}).json()["job_id"]
    with acting_in(house.organization):
        ApiKey.objects.update(revoked_at=timezone.now())

        failed = jobs.run_now(Job.objects.get(pk=number))

    assert failed.state == "failed" and failed.result == {}
    assert not default_storage.exists(register_files._key(house.organization.pk, number))


def test_the_filters_of_a_file_are_checked_like_those_of_the_list(house: House, three: None) -> None:
    api = Api(house, "systems:read", "suppliers:read", "jobs:read")

    for path in (
        "systems/files?in_scope=perhaps",
        "systems/files?kind=doc",
        "systems/files?wish=1",
        "suppliers/files?kind=spdx",
    ):
        assert api.post(path, {}).status_code == 400, path
    assert Api(house, "evidence:read").post("systems/files", {}).status_code == 403
    with acting_in(house.organization):
        assert not Job.objects.filter(kind=register_files.KIND).exists()


@pytest.mark.parametrize("register", ["suppliers", "models", "data-sets", "prompts"])
def test_every_register_with_a_workbook_has_it_written_for_a_key(house: House, register: str) -> None:
    api = Api(house, "resources:read", "suppliers:read", "jobs:read")
    number = api.post(f"{register}/files?q=nothing", {}).json()["job_id"]
    with acting_in(house.organization):
        jobs.run_now(Job.objects.get(pk=number))

    content = b"".join(api.get(f"register-files/{number}").streaming_content)

    assert len(list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values)) == 1
